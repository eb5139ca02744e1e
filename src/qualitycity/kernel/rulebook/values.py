"""What a rule says: its value with unit, start, source and standing. Pure; no database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

PERIOD_UNITS = {
    "calendar_day": pgettext_lazy("unit", "自然日"),
    "working_day": pgettext_lazy("unit", "工作日"),
    "month": pgettext_lazy("unit", "个月"),
    "year": pgettext_lazy("unit", "年"),
}
UNITS = PERIOD_UNITS | {
    "hour": pgettext_lazy("unit", "小时"),
    "minute": pgettext_lazy("unit", "分钟"),
    "second": pgettext_lazy("unit", "秒"),
    "annual_date": pgettext_lazy("unit", "每年固定日期"),
    "date": pgettext_lazy("unit", "日期"),
    "count": pgettext_lazy("unit", "个"),
    "number": pgettext_lazy("unit", "数值"),
    "percent": "%",
    "point": pgettext_lazy("unit", "分"),
    "yuan": pgettext_lazy("unit", "元"),
    "byte": pgettext_lazy("unit", "字节"),
    "weight": pgettext_lazy("unit", "权重"),
    "text": pgettext_lazy("unit", "文字"),
    "table": pgettext_lazy("unit", "表"),
    "switch": pgettext_lazy("unit", "开关"),
}
# As the unit is said after a number; the others are said as they stand.
COUNTED = UNITS | {"calendar_day": pgettext_lazy("unit", "个自然日"), "working_day": pgettext_lazy("unit", "个工作日")}
CONFIDENCES = {
    "high ✓": gettext_lazy("高(已读原文)"),
    "high": gettext_lazy("高"),
    "medium": gettext_lazy("中(条次待核)"),
    "low": gettext_lazy("低(引用前须核实)"),
    "model": gettext_lazy("本系统默认"),
}
NATURES = {
    "duty": gettext_lazy("须在期内办结"),
    "right": gettext_lazy("期满权利消灭"),
    "bar": gettext_lazy("期内不得办理"),
}
ROLLS = {
    "none": gettext_lazy("不顺延"),
    "statutory": gettext_lazy("末日为法定节假日的,顺延至节后第一日"),
    "non_working": gettext_lazy("末日为非工作日的,顺延至下一工作日"),
}
STANDINGS = {
    "in_force": gettext_lazy("施行中"),
    "ahead": gettext_lazy("尚未施行"),
    "ended": gettext_lazy("已停止施行"),
}
REGIMES = {
    "": gettext_lazy("不分"),
    "AQSIQ133": gettext_lazy("总局令第133号(2011—2019)"),
    "SAMR18": gettext_lazy("总局令第18号(2020年起)"),
}
EVENTS = {
    "receipt": gettext_lazy("收到之日"),
    "retest_notice": gettext_lazy("收到复检通知之日"),
    "formalities_done": gettext_lazy("复检手续办理完毕之日"),
    "acceptance": gettext_lazy("受理之日"),
    "obstacle_removed": gettext_lazy("障碍消除之日"),
    "order": gettext_lazy("责令之日"),
    "announcement": gettext_lazy("公告之日"),
    "last_sampling": gettext_lazy("上次抽样之日"),
    "request": gettext_lazy("申请之日"),
    "formed": gettext_lazy("信息形成之日"),
    "decision": gettext_lazy("作出决定之日"),
    "revocation": gettext_lazy("撤销之日"),
    "discovery": gettext_lazy("发现之日"),
    "filing": gettext_lazy("立案之日"),
    "measure": gettext_lazy("采取措施之日"),
    "finding": gettext_lazy("认定缺陷之日"),
    "notice": gettext_lazy("接到通知之日"),
    "recall_start": gettext_lazy("召回实施之日"),
    "recall_end": gettext_lazy("召回完成之日"),
    "expiry": gettext_lazy("有效期届满之日"),
    "notification": gettext_lazy("通报之日"),
    "check_end": gettext_lazy("检查结束之日"),
}


class UnknownRule(KeyError):
    """No rule of this id was ever loaded."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id
        super().__init__(rule_id)

    def __str__(self) -> str:
        return _("规则库里没有「%(id)s」这条规则。") % {"id": self.rule_id}


class RuleNotInForce(LookupError):
    """The rule exists, but no version of it binds on that day (or in that regime)."""

    def __init__(self, rule_id: str, day: date, regime: str | None) -> None:
        self.rule_id, self.day, self.regime = rule_id, day, regime
        where = f"({regime})" if regime else ""
        super().__init__(
            _("规则「%(id)s」%(where)s在 %(day)s 没有施行中的版本。") % {"id": rule_id, "where": where, "day": day}
        )


@dataclass(frozen=True)
class Extension:
    """How a period may be extended: by how many of its units, how often, asked how many days before its end."""

    amount: int
    times: int = 1
    ask_before: int = 0

    def __str__(self) -> str:
        text = _("可延长 %(amount)s(%(times)s 次)") % {"amount": self.amount, "times": self.times}
        if self.ask_before:
            text += _(",须在届满 %(days)s 日前提出") % {"days": self.ask_before}
        return text


@dataclass(frozen=True)
class RuleValue:
    """One version of one rule as in force on the day asked for. `value` is a number, text, list or table."""

    rule_id: str
    version: int
    title: str
    value: Any
    unit: str
    from_event: str = ""
    nature: str = "duty"
    before: bool = False
    roll: str = "none"
    extension: Extension | None = None
    suspendable: bool = False
    signature: bool = False
    source: str = ""
    article: str = ""
    confidence: str = ""
    is_model: bool = False
    regime: str = ""
    in_force_from: date = date.min
    in_force_to: date | None = None
    binds_from: date = date.min
    note: str = ""
    room: str = ""
    pk: int = 0

    @property
    def amount(self) -> int | Decimal:
        """The number, exact; ValueError where the rule holds something else (then read `value`)."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise ValueError(f"{self.rule_id}: «{self.value}» is not a number; read .value")
        return self.value if isinstance(self.value, int) else Decimal(str(self.value))

    @property
    def is_period(self) -> bool:
        """Whether a last day can be computed from it."""
        return self.unit in PERIOD_UNITS or self.unit == "annual_date"

    @property
    def mark(self) -> str:
        """What must stand beside the value wherever it is shown; empty for what was read in the law."""
        if self.is_model:
            return _("[MODEL] 本系统默认值,不是法定")
        if self.confidence in ("low", "medium"):
            return _("条次待核") if self.confidence == "medium" else _("低可信:引用前须核实")
        return ""

    @property
    def event(self) -> str:
        """The event from which the period runs, in words."""
        return str(EVENTS.get(self.from_event, self.from_event))

    def standing(self, day: date) -> str:
        """in_force, ended or ahead on a day, by the dates of the rule's source."""
        if self.in_force_to is not None and day > self.in_force_to:
            return "ended"
        return "ahead" if day < self.binds_from else "in_force"

    @property
    def basis(self) -> str:
        """Source and article in one line, with its mark."""
        return " · ".join(part for part in (self.source, self.article, self.mark) if part)

    @property
    def text(self) -> str:
        """The value in words: «15 个自然日», «第 61 至第 89 个自然日», «每年 6 月 30 日», «20 %»."""
        return describe(self.value, self.unit)

    def __str__(self) -> str:
        return f"{self.rule_id} {self.title}:{self.text}"


def describe(value: Any, unit: str) -> str:
    """A value with its unit in words."""
    if unit == "annual_date":
        return _("每年 %(month)s 月 %(day)s 日") % value
    if isinstance(value, dict) and set(value) == {"after", "before"}:
        days = {"first": value["after"] + 1, "last": value["before"] - 1, "unit": UNITS[unit]}
        return _("第 %(first)s 至第 %(last)s 个%(unit)s") % days
    if unit == "switch":
        return pgettext("switch", "开") if value else pgettext("switch", "关")
    if unit == "date":
        return date_format(date.fromisoformat(value), "Y-m-d")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "、".join(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if unit in ("text", "number", "weight", "table"):
        return str(value)
    return _("%(number)s %(unit)s") % {"number": value, "unit": COUNTED.get(unit, unit)}
