"""Identity codes of organisations: the unified social credit code (GB 32100-2015) and the older 15-digit number.

Source: domain handbook 5.6. python-stdnum (`stdnum.cn.uscc`) supplies the outer check character; it wrongly demands
digits in positions 1–2 and skips the inner check of position 17, so both are done here.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from stdnum.cn import uscc as outer

from .text import half_width

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 signs; I O S V Z are absent
# Position 1: who registers; position 2: what. GB 32100-2015 table 1; rows for 9, 1, 5 high, the rest medium.
KINDS: dict[str, str] = {
    "1": "1239",
    "2": "19",
    "3": "123459",
    "4": "19",
    "5": "1239",
    "6": "129",
    "7": "129",
    "8": "19",
    "9": "123",
    "A": "19",
    "N": "1239",
    "Y": "1",
}
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714

Kind = Literal["uscc", "legacy_reg_no"]


class BadCode(ValueError):
    """The code cannot be what it claims to be; the message says exactly why, for a person."""


@dataclass(frozen=True, slots=True)
class Code:
    """A normalised identity code and which of the two kinds it is."""

    value: str
    kind: Kind


def normalise(text: str) -> str:
    """Trim, upper-case, full-width to half-width, separators out. Says nothing about validity."""
    return "".join(half_width(text).upper().replace("-", "").split())


def body_check(body: str) -> str:
    """Check character of an organisation code (GB 11714) for its 8 body characters."""
    remainder = 11 - sum(int(sign, 36) * weight for sign, weight in zip(body, _BODY_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def outer_check(first17: str) -> str:
    """Check character 18 for the first 17 characters; the `31 → 0` overflow is handled."""
    return str(outer.calc_check_digit(first17))


def make(prefix: str, body: str) -> str:
    """A whole code from its first 8 characters (authority, category, division) and 8 body characters.

    For synthetic organisations only: the caller chooses a body that nobody was given.
    """
    first17 = prefix + body + body_check(body)
    return first17 + outer_check(first17)


def parse(text: str) -> Code:
    """Normalise and check a code; `BadCode` with the first thing wrong, in the handbook's order."""
    value = normalise(text)
    if len(value) == 15 and value.isdecimal():
        return Code(value, "legacy_reg_no")
    _check_shape(value)
    _check_signs(value)
    return Code(value, "uscc")


def is_valid(text: str) -> bool:
    """True for a valid 18-character code (a 15-digit number is kept, but is not valid in this sense)."""
    try:
        return parse(text).kind == "uscc"
    except BadCode:
        return False


def _check_shape(value: str) -> None:
    if not value:
        raise BadCode(_("没有填写代码"))
    if len(value) != 18:
        raise BadCode(_("应为 18 位(旧注册号为 15 位数字),现为 %(length)d 位") % {"length": len(value)})
    for position, sign in enumerate(value, start=1):
        if sign not in ALPHABET:
            raise BadCode(
                _("第 %(position)d 位“%(sign)s”不是代码字符(代码不用 I、O、S、V、Z)")
                % {"position": position, "sign": sign}
            )


def _check_signs(value: str) -> None:
    if value[1] not in KINDS.get(value[0], ""):
        raise BadCode(_("第 1–2 位“%(pair)s”不是登记管理部门与机构类别的组合") % {"pair": value[:2]})
    if not value[2:8].isdecimal():
        raise BadCode(_("第 3–8 位“%(part)s”应为 6 位数字的行政区划代码") % {"part": value[2:8]})
    expected = body_check(value[8:16])
    if value[16] != expected:
        raise BadCode(
            _("第 17 位(主体标识码校验)应为“%(expected)s”,现为“%(actual)s”")
            % {"expected": expected, "actual": value[16]}
        )
    expected = outer_check(value[:17])
    if value[17] != expected:
        raise BadCode(
            _("第 18 位(校验码)应为“%(expected)s”,现为“%(actual)s”") % {"expected": expected, "actual": value[17]}
        )
