"""Pages of clock and calendar."""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.ui import cells
from qualitycity.kernel.ui.listing import Column, Listing
from qualitycity.kernel.ui.pages import check_page, create_page

from . import store
from .calendar import OFF, NoCalendar, WorkCalendar
from .forms import KINDS, STATUSES, ClockForm, form_for
from .models import CalendarYear, ClockSetting
from .services import release_clock, revise_year, set_clock

EARLIEST, LATEST = 2004, 2100
NEAR = 2  # so many years before and after the one shown stand beside it


@page("clock.set")
def clock_page(request: HttpRequest) -> HttpResponse:
    """Set the demonstration clock; what it showed before stands below."""
    if not settings.CITY_DEMO:
        raise Http404
    listing = Listing(
        request,
        ClockSetting.objects.order_by("-pk"),
        columns=[
            Column("set_at", _("实际时间"), kind="datetime"),
            Column("before", _("此前业务日期"), kind="date"),
            Column("day", _("拨到"), kind="date"),
        ],
        empty=_("时钟还没有拨过,现在用的是实际时间。"),
    )
    return create_page(
        request,
        set_clock,
        form=ClockForm,
        title=_("演示时钟"),
        initial={"day": clock.today()},
        template="clock/clock.html",
        done=reverse("clock:clock"),
        back=reverse("clock:clock"),
        listing=listing,
        set_now=clock.demo_day(),
    )


@page("clock.set")
@require_http_methods(["GET", "POST"])
def clock_release(request: HttpRequest) -> HttpResponse:
    """Give real time back, after a look at what that means."""
    back = reverse("clock:clock")
    return check_page(
        request,
        title=_("恢复实际时间"),
        consequences=[
            _("业务日期从 %(day)s 回到 %(real)s。") % {"day": clock.today(), "real": clock.real_now().date()}
        ],
        submit=_("恢复实际时间"),
        action=release_clock,
        done=back,
        back=back,
    )


@dataclass(frozen=True)
class Cell:
    """A day of the year view: its number, the word that tells it apart, and its holiday's name."""

    day: date
    word: str
    name: str
    look: str


def _cell(day: date, table: WorkCalendar) -> Cell:
    special = table.days.get(day)
    if special is None:
        return Cell(day, "", "", "plain" if day.weekday() < 5 else "weekend")
    word = pgettext("calendar", "休") if special.kind == OFF else pgettext("calendar", "班")
    return Cell(day, word, special.name, "holiday" if special.statutory else special.kind)


def _months(year: int, table: WorkCalendar) -> list[tuple[int, list[list[Cell | None]]]]:
    weeks = gregorian.Calendar()
    return [
        (
            month,
            [
                [_cell(day, table) if day.month == month else None for day in week]
                for week in weeks.monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _years(known: list[int], shown: int) -> dict[str, list[int]]:
    """The years around the one shown, and the others, newest first."""
    near = [year for year in known if abs(year - shown) <= NEAR]
    return {"years": near, "other_years": [year for year in reversed(known) if year not in near]}


@page("calendar.view")
def calendar_year(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """One year: twelve months, the days that differ, the versions of its table."""
    year = clock.today().year if year is None else year
    if not EARLIEST <= year <= LATEST:
        raise Http404
    table = store.in_force()
    versions = list(CalendarYear.objects.filter(year=year).select_related("edition").order_by("-version"))
    held = versions[0] if versions else None
    context: dict[str, Any] = {
        "title": _("%(year)s 年工作日历") % {"year": year},
        "year": year,
        "held": held,
        "status": STATUSES[held.status] if held else "",
        "months": _months(year, table),
        "weekdays": [cells.weekday(day) for day in gregorian.Calendar().monthdatescalendar(year, 1)[0]],
        "days": [(day, KINDS[day.kind]) for day in sorted(held.table().values())] if held else [],
        "versions": [(version, STATUSES[version.status]) for version in versions],
        **_years(sorted({*table.years, clock.today().year, clock.today().year + 1}), year),
        "missing": str(NoCalendar(year)) if held is None else "",
        "may_edit": current_actor().can("calendar.edit"),
    }
    return render(request, "clock/calendar.html", context)


@page("calendar.edit")
def calendar_edit(request: HttpRequest, year: int) -> HttpResponse:
    """Add and take away days of a year: what is typed, then what would move, then the act."""
    if not EARLIEST <= year <= LATEST:
        raise Http404
    held = store.newest_years().get(year)
    back = reverse("clock:calendar-year", args=[year])
    return create_page(
        request,
        revise_year,
        form=form_for(year, held),
        title=_("修改 %(year)s 年工作日历") % {"year": year},
        initial={"status": held.status, "source": held.source} if held else {"status": "provisional"},
        done=back,
        back=back,
        crumbs=[(str(year), back)],
    )
