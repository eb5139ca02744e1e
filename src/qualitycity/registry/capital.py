"""Registered capital as registers write it: «1,800(万元人民币)», «50万人民币», «20(万美元)», «N/A»."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from .text import half_width, is_empty

# What follows 万, mapped to ISO 4217. A bare 万 or 万元 is renminbi: registers name every other currency.
CURRENCIES: dict[str, str] = {
    "": "CNY",
    "元": "CNY",
    "元人民币": "CNY",
    "人民币": "CNY",
    "人民币元": "CNY",
    "元(人民币)": "CNY",
    "美元": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "香港元": "HKD",
    "日元": "JPY",
    "欧元": "EUR",
    "英镑": "GBP",
    "法国法郎": "FRF",
    "德国马克": "DEM",
    "瑞士法郎": "CHF",
    "澳大利亚元": "AUD",
    "加拿大元": "CAD",
    "新加坡元": "SGD",
    "新台币": "TWD",
    "韩元": "KRW",
    "澳门元": "MOP",
}
LARGEST = 10**12  # in ten thousands: what the column holds
_PATTERN = re.compile(r"^(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<unit>\D*)$")


class BadCapital(ValueError):
    """The text is no amount of capital; the message says why."""


@dataclass(frozen=True, slots=True)
class Capital:
    """An amount in ten thousands (万) of a currency (ISO 4217)."""

    amount: Decimal
    currency: str


def parse(text: str) -> Capital | None:
    """The capital, `None` where the register says that nothing is known, `BadCapital` for anything else."""
    if is_empty(text):
        return None
    compact = re.sub(r"\s+", "", half_width(text))
    match = _PATTERN.match(compact)
    if match is None:
        raise BadCapital(_("“%(text)s”不是金额;请写成“1,800(万元人民币)”或“N/A”") % {"text": text.strip()})
    unit = _outer_brackets_off(match["unit"])
    amount = Decimal(match["amount"].replace(",", ""))
    if amount >= LARGEST:
        raise BadCapital(_("“%(text)s”大得不像注册资金,可能错列或多写了位数") % {"text": text.strip()[:40]})
    if unit in ("元", "元人民币", "人民币元"):
        return Capital(amount / 10_000, "CNY")
    if not unit.startswith("万") or unit[1:] not in CURRENCIES:
        raise BadCapital(_("不认识的资金单位“%(unit)s”;请写“万元人民币”“万美元”等") % {"unit": unit or _("(空)")})
    return Capital(amount, CURRENCIES[unit[1:]])


def _outer_brackets_off(unit: str) -> str:
    return unit[1:-1] if unit.startswith("(") and unit.endswith(")") else unit
