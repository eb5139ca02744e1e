"""Putting registers' characters into one form before anything is compared."""

import re

# Full-width ASCII (U+FF01–U+FF5E) and the ideographic space: typed on Chinese keyboards, meant as ASCII.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FULL_WIDTH_BRACKETS = str.maketrans("()", "（）")
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
EMPTY = frozenset({"", "N/A", "NA", "-", "--", "/", "无", "NULL", "NONE", "#N/A"})
LONGEST_EMPTY = max(map(len, EMPTY))


def half_width(text: str) -> str:
    """Full-width letters, digits, signs and spaces as their ASCII twins; Chinese characters stay."""
    return text.translate(_HALF_WIDTH)


def is_empty(text: str) -> bool:
    """True for blank cells and for the words registers write where nothing is known («N/A», «-», «无»)."""
    stripped = text.strip()
    return len(stripped) <= LONGEST_EMPTY and half_width(stripped).strip().upper() in EMPTY


def clean(text: str) -> str:
    """One line: blanks of every kind collapsed to single spaces, ends trimmed."""
    return _BLANKS.sub(" ", text).strip()


def name_key(name: str) -> str:
    """The form in which two spellings of one name compare equal: no blanks, one width, one kind of bracket."""
    return _BLANKS.sub("", half_width(name)).upper().translate(_FULL_WIDTH_BRACKETS)
