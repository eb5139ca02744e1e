"""One row of a register file, normalised: every fault at once, notes on what was decided. Pure: no database."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel.sheets import BadCell
from qualitycity.kernel.sheets.cells import as_text, read_date

from .. import capital, categories, uscc
from ..pinyin import initials
from ..text import clean, is_empty, name_key
from ..towns import Found, Gazetteer

PROVINCES = frozenset(
    [
        "北京",
        "天津",
        "河北",
        "山西",
        "内蒙古",
        "辽宁",
        "吉林",
        "黑龙江",
        "上海",
        "江苏",
        "浙江",
        "安徽",
        "福建",
        "江西",
        "山东",
        "河南",
        "湖北",
        "湖南",
        "广东",
        "广西",
        "海南",
        "重庆",
        "四川",
        "贵州",
        "云南",
        "西藏",
        "陕西",
        "甘肃",
        "青海",
        "宁夏",
        "新疆",
        "台湾",
        "香港",
        "澳门",
    ]
)
_PROVINCE_KIND = re.compile("(省|市|(壮族|回族|维吾尔)?自治区|特别行政区)$")
LONGEST = {"name": 200, "address": 300, "kind": 60}
SIZES = {"大型": "large", "中型": "medium", "小型": "small", "微型": "micro"}
EARLIEST = dt.date(1900, 1, 1)


@dataclass(slots=True)
class Staged:
    """A row on its way in. `faults` refuse it, `notes` say what was decided; both {field, value, message, hint}."""

    row_no: int
    code: str = ""
    code_kind: str = ""
    name: str = ""
    name_key: str = ""
    initials: str = ""
    established_on: dt.date | None = None
    kind: str = ""
    capital_amount: Decimal | None = None
    capital_currency: str = ""
    scope: str = ""
    address: str = ""
    region_code: str = ""
    region_basis: str = ""
    is_local: bool = True
    cancelled_on: dt.date | None = None
    size: str = ""
    faults: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    proposals: list[categories.Proposal] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)

    def fault(self, where: str, value: Any, message: str, hint: str = "") -> None:
        """Record what is wrong and how to mend it."""
        self.faults.append({"field": where, "value": as_text(value)[:200], "message": message, "hint": hint})

    def note(self, where: str, value: str, message: str) -> None:
        """Record a decision the reader should know."""
        self.notes.append({"field": where, "value": value[:200], "message": message, "hint": ""})


def normalise(row_no: int, raw: dict[str, Any], gazetteer: Gazetteer | None, today: dt.date) -> Staged:
    """Read a row's raw cells (by column key). `gazetteer` None: no region pack is loaded, towns stay open."""
    row = Staged(row_no)
    cells = {key: as_text(cell) for key, cell in raw.items()}
    _name(row, cells)
    _code(row, raw.get("code"))
    row.established_on = _date(row, "established_on", raw.get("established_on"), today)
    row.cancelled_on = _date(row, "cancelled_on", raw.get("cancelled_on"), None)
    _capital(row, cells.get("capital", ""))
    row.kind = _text(row, "kind", cells)
    row.address = _text(row, "address", cells)
    row.scope = "" if is_empty(cells.get("scope", "")) else clean(cells["scope"])
    _size(row, cells.get("size", ""))
    _whole_row(row, cells, gazetteer)
    if row.faults:
        row.cells = cells
    else:
        _place(row, gazetteer)
        if row.is_local:
            row.proposals = categories.propose(row.name, row.scope)
    return row


def _name(row: Staged, cells: dict[str, str]) -> None:
    row.name = _text(row, "name", cells)
    if not row.name:
        row.fault("name", cells.get("name", ""), _("没有企业名称"), _("填写营业执照上的名称"))
        return
    row.name_key = name_key(row.name)
    row.initials = initials(row.name)


def _text(row: Staged, key: str, cells: dict[str, str]) -> str:
    text = cells.get(key, "")
    if is_empty(text):
        return ""
    text = clean(text)
    most = LONGEST[key]
    if len(text) > most:
        row.fault(
            key,
            text,
            _("太长:%(now)d 个字,最多 %(most)d 个") % {"now": len(text), "most": most},
            _("核对这一格是否混入别的内容"),
        )
        return text[:most]
    return text


def _code(row: Staged, raw: Any) -> None:
    try:
        if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= 10**15:
            raise uscc.BadCode(_("表格软件把代码当成了数字,末尾几位已经变了"))
        found = uscc.parse("" if is_empty(as_text(raw)) else as_text(raw))
    except uscc.BadCode as bad:
        row.code = uscc.normalise(as_text(raw))[:60]
        row.fault("code", raw, str(bad), _("对照营业执照更正;名称和地址与名录一致的行会并入该企业"))
        return
    row.code, row.code_kind = found.value, found.kind
    if found.kind == "legacy_reg_no":
        row.note("code", found.value, _("15 位旧注册号,按旧号保存"))
    elif found.value != as_text(raw):
        row.note("code", as_text(raw), _("代码已规范为 %(code)s") % {"code": found.value})


def _date(row: Staged, key: str, raw: Any, latest: dt.date | None) -> dt.date | None:
    if raw is None or isinstance(raw, str) and is_empty(raw):
        return None
    try:
        day = read_date(raw)
    except BadCell as bad:
        row.fault(key, raw, bad.message, bad.hint)
        return None
    if day is not None and day < EARLIEST:
        row.fault(key, raw, _("年份太早"), _("核对年份"))
    if day is not None and latest is not None and day > latest:
        row.fault(key, raw, _("晚于今天(%(today)s)") % {"today": latest}, _("核对日期"))
    return day


def _capital(row: Staged, text: str) -> None:
    try:
        found = capital.parse(text)
    except capital.BadCapital as bad:
        row.fault("capital", text, str(bad), _("金额后写单位,如“1,800(万元人民币)”;不知道写“N/A”"))
        return
    if found is not None:
        row.capital_amount, row.capital_currency = found.amount, found.currency


def _size(row: Staged, text: str) -> None:
    if is_empty(text):
        return
    size = SIZES.get(text, SIZES.get(text + "型", ""))
    if not size:
        row.fault("size", text, _("没有这种规模"), _("写“大型”“中型”“小型”或“微型”"))
    row.size = size


def _whole_row(row: Staged, cells: dict[str, str], gazetteer: Gazetteer | None) -> None:
    """Cells that slid into other columns show in the province: it is a closed list."""
    province = clean(cells.get("province", ""))
    if is_empty(province) or (gazetteer is not None and province == gazetteer.pack.province):
        return
    if _PROVINCE_KIND.sub("", province) not in PROVINCES:
        row.fault("province", province, _("不是省级行政区名,整行可能错列"), _("对照原表,把各格移回本列"))


def _place(row: Staged, gazetteer: Gazetteer | None) -> None:
    if gazetteer is None:
        return
    row.is_local = gazetteer.is_here(row.address, row.name, row.code)
    if not row.is_local:
        row.region_basis = _("地址不在%(county)s") % {"county": gazetteer.pack.name}
        return
    found = gazetteer.find(row.address, row.name)
    if isinstance(found, Found):
        row.region_code, row.region_basis = found.code, found.basis
        if found.via:
            row.note("address", found.via, row.region_basis)
    else:
        row.region_basis = found.reason
        row.note("address", row.address, found.reason)
