"""Numbers of standards: grammar, one normal form, and which level a number belongs to (handbook 8.1)."""

import re
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from .text import half_width

Level = Literal["national", "industry", "local", "association", "enterprise"]

# Industry codes in use for consumer and industrial products; all recommended today (STL Art.2), so «/T».
INDUSTRY_CODES = (
    "AQ|BB|CJ|DL|FZ|GA|GH|HG|HJ|JB|JC|JG|JT|JY|LY|MT|NB|NY|QB|QC|SB|SC|SH|SJ|SL|SN|SY|TB|WB|WS|XB|YB|YC|YD|YS|YY"
)
_PREFIX = rf"(?P<prefix>GB(?:/[TZ])?|(?:{INDUSTRY_CODES})(?:/T)?|DB[0-9]{{2,6}}(?:/T)?|T/[A-Z]{{2,6}}|Q/[A-Z0-9]+)"
_NUMBER = re.compile(rf"^{_PREFIX} ?(?P<serial>[0-9]+(?:\.[0-9]+)*)-(?P<year>(?:19|20)[0-9]{{2}})$")
_DASHES = dict.fromkeys(map(ord, "—–―－‐‑−─一"), "-")
_MISSING_SLASH = re.compile(r"^(GB|[A-Z]{2}|DB[0-9]{2,6})([TZ])(?=[ 0-9])")


class BadNumber(ValueError):
    """The text is no number of a standard; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Number:
    """A standard's number in normal form, taken apart."""

    text: str
    prefix: str
    serial: str
    year: int
    level: Level
    mandatory: bool


def normalise(text: str) -> str:
    """Half-width, long dashes to `-`, blanks out, upper case; one blank between prefix and serial number."""
    compact = re.sub(r"\s+", "", half_width(text).upper()).translate(_DASHES)
    compact = re.sub(r"-+", "-", compact)
    return re.sub(r"^(Q/[A-Z0-9]*?[A-Z]|[A-Z]+[0-9]*/[A-Z]+|DB[0-9]{2}|[A-Z]+)(?=[0-9])", r"\1 ", compact)


def parse(text: str) -> Number:
    """The number in normal form; `BadNumber` says what is wrong and, where it can be guessed, the right writing."""
    normal = normalise(text)
    match = _NUMBER.match(normal)
    if match is None:
        raise BadNumber(_why_not(normal))
    prefix, serial = match["prefix"], match["serial"]
    return Number(
        f"{prefix} {serial}-{match['year']}", prefix, serial, int(match["year"]), _level(prefix), prefix == "GB"
    )


def _level(prefix: str) -> Level:
    if prefix.startswith("GB"):
        return "national"
    if prefix.startswith("DB"):
        return "local"
    if prefix.startswith("T/"):
        return "association"
    return "enterprise" if prefix.startswith("Q/") else "industry"


def _why_not(normal: str) -> str:
    if not normal:
        return _("没有填写标准编号")
    slashed = _MISSING_SLASH.sub(r"\1/\2", normal)
    if slashed != normal:
        return _("“%(text)s”缺少斜线,是否为“%(guess)s”") % {"text": normal, "guess": slashed}
    short_year = re.match(r"^(.*-)([5-9][0-9])$", normal)
    if short_year:
        guess = f"{short_year[1]}19{short_year[2]}"
        return _("年份应为四位,是否为“%(guess)s”") % {"guess": guess}
    if "-" not in normal:
        return _("“%(text)s”缺少发布年份,应如“GB/T 2660-2017”") % {"text": normal}
    return _("“%(text)s”不是标准编号,应如“GB 18401-2010”“T/ZZB 1527-2020”“Q/ABC 001-2020”") % {"text": normal}
