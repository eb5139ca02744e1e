"""Forms of clock and calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.acts import Faults
from qualitycity.kernel.ui.forms import Form

from .calendar import INVENTED, OFF, OFFICIAL, PROVISIONAL, WORK, CalendarDay
from .models import CalendarYear
from .seed import YearTable, span
from .services import draft_year, preview_year

STATUSES = {
    OFFICIAL: gettext_lazy("正式(依国务院办公厅通知)"),
    PROVISIONAL: gettext_lazy("暂定(通知尚未发布)"),
    INVENTED: gettext_lazy("虚构(演示用)"),
}
KINDS = {OFF: gettext_lazy("休息"), WORK: gettext_lazy("调休上班")}
MOST_DAYS, MOST_LINES = 31, 30


class ClockForm(Form):
    """The day the demonstration clock is to show."""

    day = forms.DateField(label=gettext_lazy("拨到"), widget=forms.DateInput())
    autosave = False


class YearForm(Form):
    """What is to change in one year's table: days added, days taken away, status and source."""

    year: int
    held: CalendarYear | None = None
    table: YearTable | None = None

    remove = forms.MultipleChoiceField(
        label=gettext_lazy("要删去的日子"), widget=forms.CheckboxSelectMultiple(), required=False
    )
    first = forms.DateField(label=gettext_lazy("添加:自"), widget=forms.DateInput(), required=False)
    last = forms.DateField(
        label=gettext_lazy("至(含)"),
        widget=forms.DateInput(),
        required=False,
        help_text=gettext_lazy("只有一天的留空。"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("这几天"), choices=list(KINDS.items()), initial=OFF)
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=40, required=False, help_text=gettext_lazy("例:国庆节、停电")
    )
    statutory = forms.BooleanField(
        label=gettext_lazy("属于法定节假日"),
        required=False,
        help_text=gettext_lazy("末日落在法定节假日的期限会顺延;单位自己的休息日不会。"),
    )
    status = forms.ChoiceField(label=gettext_lazy("日历性质"), choices=list(STATUSES.items()))
    source = forms.CharField(label=gettext_lazy("依据"), max_length=200, help_text=gettext_lazy("通知的名称与文号。"))
    sections = [
        (gettext_lazy("添加"), ["first", "last", "kind", "name", "statutory"]),
        (gettext_lazy("删去"), ["remove"]),
        (gettext_lazy("这一年"), ["status", "source"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = sorted(self.held.table().values()) if self.held else []
        choices = [(day.day.isoformat(), f"{day.day} {KINDS[day.kind]} {day.name}".strip()) for day in days]
        self.fields["remove"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["remove"]

    def clean(self) -> dict[str, Any]:
        """Draft the table, so that every fault shows before the check page."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        first, last = cleaned.get("first"), cleaned.get("last") or cleaned.get("first")
        if last and not first:
            self.add_error("first", _("请填起始日"))
        elif first and last < first:
            self.add_error("last", _("早于起始日"))
        elif first and (last - first) >= timedelta(days=MOST_DAYS):
            self.add_error("last", _("一次最多添加 %(days)s 天") % {"days": MOST_DAYS})
        else:
            self._draft(cleaned, span(first, last) if first and last else [])
        return cleaned

    def _draft(self, cleaned: dict[str, Any], days: list) -> None:
        statutory = cleaned["statutory"] and cleaned["kind"] == OFF
        try:
            self.table = draft_year(
                self.year,
                add=[CalendarDay(day, cleaned["kind"], cleaned["name"], statutory) for day in days],
                remove=[date.fromisoformat(day) for day in cleaned.get("remove", [])],
                status=cleaned["status"],
                source=cleaned["source"],
            )
        except Faults as faults:
            self.add_refusal(faults)

    def answers(self) -> list[tuple[Any, Any]]:
        """What was typed, then what would move."""
        return super().answers() + changes_in_words(self.table) if self.table else super().answers()

    def arguments(self) -> dict[str, Any]:
        """For the act: the new table, the version it was drafted from, and the cause that clocks and tasks quote."""
        version = self.held.version if self.held else 0
        return {"table": self.table, "version": version, "because": self.cleaned_data["reason"]}


def changes_in_words(table: YearTable) -> list[tuple[Any, Any]]:
    """«8 项任务的日期随之变动» and each of them, by consumer."""
    lines: list[tuple[Any, Any]] = []
    for title, changes in preview_year(table):
        lines.append((title, _("%(count)s 项的日期随之变动") % {"count": len(changes)}))
        lines += [
            (change.number, f"{change.title}:{change.before} → {change.after}") for change in changes[:MOST_LINES]
        ]
        if len(changes) > MOST_LINES:
            lines.append(("", _("另有 %(count)s 项") % {"count": len(changes) - MOST_LINES}))
    return lines or [(_("影响"), _("没有已推算的日期会变动。"))]


def form_for(year: int, held: CalendarYear | None) -> type[YearForm]:
    """The form class of one year in the version that holds now."""
    return type("OneYearForm", (YearForm,), {"year": year, "held": held})
