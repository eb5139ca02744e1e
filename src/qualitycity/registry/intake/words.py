"""What became of a row, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..models import ImportRow
from .sheet import ENTERPRISES


def explain(row: ImportRow) -> str:
    """What is said of a row, in one line: the reasons, and for a changed one what changes."""
    titles = {column.key: str(column.title) for column in ENTERPRISES.columns} | {"region": _("镇街")}
    parts = []
    for reason in row.reasons:
        text = f"{titles[reason['field']]}:{reason['message']}" if reason["field"] in titles else reason["message"]
        parts.append(f"{text}。{reason['hint']}" if reason["hint"] else text)
    for field, (old, new) in row.changes.items():
        parts.append(f"{titles.get(field, field)}:{old or '—'} → {new or '—'}")
    return ";".join(parts)
