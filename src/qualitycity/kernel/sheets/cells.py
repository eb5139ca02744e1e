"""From what stands in a cell (or a form field) to a Python value: one reader a kind, all tolerant of how people write.

A reader takes the raw cell (str, int, float, bool, date, datetime, time, timedelta or None) and gives the value, None
for an empty cell, or raises `BadCell` with a sentence and a hint. Decimals never pass through a float's binary value.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

# Excel keeps 15 significant digits of a number: a longer code typed as a number has already lost its tail.
EXCEL_DIGITS = 15
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b-\u200f\u202a-\u202e\u2060\ufffe\uffff]|[\ud800-\udfff]"
)
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_YES = frozenset({"是", "有", "√", "✓", "☑", "对", "y", "yes", "true", "1"})
_NO = frozenset({"否", "无", "×", "✗", "☐", "错", "x", "n", "no", "false", "0"})


class BadCell(ValueError):
    """A cell that cannot be read; ``hint`` says how to mend it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class BrokenFormula(str):
    """What a spreadsheet shows where a formula failed: ``#N/A``, ``#DIV/0!``."""


def as_text(raw: Any) -> str:
    """What a person sees in the cell, without control, direction and zero-width characters."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 10**EXCEL_DIGITS else repr(raw)
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat() if raw.time() == dt.time() else raw.isoformat(" ", "seconds")
    return _CONTROL.sub("", str(raw)).strip()


def _half_width(raw: Any) -> str:
    """Full-width letters, digits and signs as half-width ones (NFKC), blanks collapsed."""
    return " ".join(unicodedata.normalize("NFKC", as_text(raw)).split())


def read_text(raw: Any) -> str | None:
    """Any cell as text."""
    return as_text(raw) or None


def read_code(raw: Any) -> str | None:
    """A code: upper case, half-width, no blanks. A long number is refused, since its last digits are gone."""
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if is_number and abs(raw) >= 10**EXCEL_DIGITS:
        raise BadCell(
            _("表格软件把这个编码当成了数字,末尾几位已经变了。"), _("把这一列设成“文本”格式后重新填写完整的编码。")
        )
    text = _half_width(raw).replace(" ", "").upper()
    if isinstance(raw, str) and re.fullmatch(r"\d(\.\d+)?E\+\d+", text):
        raise BadCell(_("编码显示成了科学计数法,末尾几位已经变了。"), _("把这一列设成“文本”格式后重新填写完整的编码。"))
    return text or None


def read_decimal(raw: Any) -> Decimal | None:
    """A decimal number; thousands separators only where they belong."""
    if isinstance(raw, bool):
        raise BadCell(_("这里要填数字。"), _("例如 12.5。"))
    if isinstance(raw, int | float | Decimal):
        text = repr(raw) if isinstance(raw, float) else str(raw)
    else:
        text = _half_width(raw).replace(" ", "").replace("，", ",")
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise BadCell(_("这里要填数字。"), _("只写数字,不写单位,例如 12.5。"))
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadCell(_("这里要填数字。"), _("例如 12.5。")) from error


def read_integer(raw: Any) -> int | None:
    """A whole number; ``12.0`` is 12, ``12.5`` is refused."""
    number = read_decimal(raw)
    if number is None:
        return None
    if number.adjusted() > 30 or number != number.to_integral_value():
        raise BadCell(_("这里要填整数。"), _("例如 12。"))
    return int(number)


def read_date(raw: Any) -> dt.date | None:
    """A date cell or one of the usual ways to write a date."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    text = _half_width(raw)
    if not text:
        return None
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if found is None or isinstance(raw, dt.time | dt.timedelta):
        raise BadCell(_("不是认得出的日期。"), _("写成 2027-04-12 的样子。"))
    try:
        return dt.date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise BadCell(_("日历上没有这一天。"), _("核对年、月、日。")) from error


def read_boolean(raw: Any) -> bool | None:
    """Yes or no, as people and tables write it."""
    if isinstance(raw, bool):
        return raw
    text = _half_width(raw).lower()
    if not text:
        return None
    text = text.removesuffix(".0")
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise BadCell(_("这里只能填“是”或“否”。"), _("填“是”或“否”。"))


READERS: dict[str, Callable[[Any], Any]] = {
    "text": read_text,
    "code": read_code,
    "integer": read_integer,
    "decimal": read_decimal,
    "date": read_date,
    "boolean": read_boolean,
    "choice": read_text,
}
