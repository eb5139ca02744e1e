"""Words that were written down in Chinese, whoever acted, in the language of whoever reads.

Records, to-dos and notices keep the official language: one sentence, one meaning. Their Chinese is the message of the
catalogue, so the reader's language is one look away.
"""

from __future__ import annotations

from django.utils.translation import gettext


def translated(text: str) -> str:
    """A kept text as the reader reads it: whole, head and rest («临期:2027-04-12»), or parts («检验人员、审核人员»)."""
    if (whole := gettext(text)) != text:
        return whole
    head, colon, rest = text.partition(":")
    return "、".join(gettext(part) for part in head.split("、")) + colon + gettext(rest)
