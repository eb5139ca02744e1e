"""The verbs of the clock and the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Fault, Faults, Refused, act, note

from . import consumers, store
from .calendar import INVENTED, OFFICIAL, PROVISIONAL, CalendarDay, WorkCalendar
from .models import CalendarEdition, CalendarYear, ClockSetting
from .seed import YearTable, demo_years, official_years
from .workflow import CALENDAR, CLOCK

Origin = CalendarYear.Origin


@act(CLOCK, "set")
def _set(*, day: date) -> ClockSetting:
    """Record that the demonstration clock shows `day` from now on."""
    _only_in_a_demonstration()
    years = store.in_force().years
    # Each skipped day runs its jobs: a slip of the finger to the year 9999 would keep the city busy for weeks.
    if years and not min(years) <= day.year <= max(years) + 1:
        raise Refused(
            _("只能拨到 %(first)s–%(last)s 年:别的年份没有工作日历。") % {"first": min(years), "last": max(years) + 1},
            field="day",
        )
    setting = ClockSetting.objects.create(day=day, before=clock.today(), state="set")
    store.clock_setting.forget()
    note(before=setting.before.isoformat(), day=day.isoformat())
    return setting


@act(CLOCK, "release")
def release_clock() -> ClockSetting:
    """Give real time back."""
    _only_in_a_demonstration()
    if clock.demo_day() is None:
        raise Refused(_("演示时钟没有拨过,现在就是实际时间。"))
    setting = ClockSetting.objects.create(day=None, before=clock.today(), state="real")
    store.clock_setting.forget()
    note(before=setting.before.isoformat())
    return setting


def set_clock(day: date, reason: str = "") -> ClockSetting:
    """Set the demonstration clock; going forward, the jobs of the skipped days run in order, `day` included.

    Refused outside demonstration mode, without the duty, and for a year far from those of the calendar. The jobs run
    after the setting is committed, each as the system in its own act on its own day, so that one failing leaves the
    clock where it was put.
    """
    from qualitycity.kernel.jobs import run_day

    before = clock.today()
    setting = _set(day=day, reason=reason)
    for offset in range((day - before).days):
        run_day(before + timedelta(days=offset + 1))
    return setting


set_clock.move, set_clock.workflow = _set.move, _set.workflow  # type: ignore[attr-defined]


def _only_in_a_demonstration() -> None:
    if not settings.CITY_DEMO:
        raise Refused(_("只有演示环境可以拨动时钟。"), code="mode")


@dataclass(frozen=True)
class LoadedYears:
    """Years that got a new version; years left as they are because the city edited them."""

    added: tuple[int, ...]
    kept: tuple[int, ...]


def load_official_calendar() -> LoadedYears:
    """Bring the database up to the calendars of the installed package; again and again without effect."""
    return _bring(official_years(), Origin.PACKAGE)


def load_demo_calendar() -> LoadedYears:
    """Load the invented years of the demonstration; refused in a real installation."""
    _only_in_a_demonstration()
    return _bring(demo_years(), Origin.DEMO)


def _bring(tables: Sequence[YearTable], origin: str) -> LoadedYears:
    newest, added, kept = store.newest_years(), [], []
    for table in tables:
        held = newest.get(table.year)
        same = held is not None and held.status == table.status and held.table() == {day.day: day for day in table.days}
        if held is not None and held.origin == Origin.DESK and not same:
            kept.append(table.year)
        elif not same:
            added.append(table)
    if added:
        _load(tables=added, origin=origin)
    return LoadedYears(tuple(table.year for table in added), tuple(kept))


@act(CALENDAR, "load")
def _load(*, tables: Sequence[YearTable], origin: str) -> CalendarEdition:
    """One edition with a new version of each year given; everything that hangs on the calendar follows."""
    before = store.in_force()
    edition = CalendarEdition.objects.create(state="recorded", reason=tables[0].source)
    for table in tables:
        _add(edition, table, origin)
    note(years=[table.year for table in tables], source=tables[0].source)
    _follow(before, tables[0].source)
    return edition


def _add(edition: CalendarEdition, table: YearTable, origin: str) -> CalendarYear:
    last = CalendarYear.objects.filter(year=table.year).order_by("-version").first()
    return CalendarYear.objects.create(
        edition=edition,
        year=table.year,
        version=last.version + 1 if last else 1,
        status=table.status,
        origin=origin,
        source=table.source,
        days=[day.as_json() for day in table.days],
    )


def _follow(before: WorkCalendar, reason: str) -> None:
    store.calendar.forget()
    consumers.follow_all(before, store.in_force(), reason)


def draft_year(
    year: int,
    *,
    add: Iterable[CalendarDay] = (),
    remove: Iterable[date] = (),
    status: str = "",
    source: str = "",
) -> YearTable:
    """The year's table with days added and taken away; Faults with everything wrong with the wish, nothing saved."""
    held, faults = store.newest_years().get(year), []
    days = held.table() if held else {}
    added, removed = list(add), list(remove)
    for day in removed:
        if days.pop(day, None) is None:
            faults.append(Fault(_("日历里没有这一天"), field="remove", value=str(day)))
    for special in added:
        if special.day.year != year:
            faults.append(Fault(_("不在 %(year)s 年") % {"year": year}, field="first", value=str(special.day)))
        elif special.day in days:
            hint = _("要改它,请先删去再添加")
            faults.append(Fault(_("日历里已有这一天"), field="first", value=str(special.day), hint=hint))
        elif special.kind == "work" and special.day.weekday() < 5:
            faults.append(Fault(_("周一至周五本来就上班,不必设为调休上班"), field="kind", value=str(special.day)))
        elif special.kind == "off" and special.day.weekday() >= 5 and not special.statutory:
            faults.append(Fault(_("周末本来就不上班,不必设为休息日"), field="kind", value=str(special.day)))
        else:
            days[special.day] = special
    status = status or (held.status if held else PROVISIONAL)
    if status not in (OFFICIAL, PROVISIONAL, INVENTED):
        faults.append(Fault(_("只能是 official、provisional 或 invented"), field="status", value=status))
    source = source or (held.source if held else "")
    if not source:
        faults.append(Fault(_("请写明依据,例如通知的文号"), field="source"))
    if not faults and held and held.table() == days and held.status == status and held.source == source:
        faults.append(Fault(_("没有任何改动"), field="first"))
    if faults:
        raise Faults(faults)
    return YearTable(year, status, source, tuple(sorted(days.values())))


def with_year(calendar: WorkCalendar, table: YearTable) -> WorkCalendar:
    """The calendar as it would be with this year's table."""
    days = {day: special for day, special in calendar.days.items() if day.year != table.year}
    return WorkCalendar({**calendar.years, table.year: table.status}, days | {day.day: day for day in table.days})


def preview_year(table: YearTable) -> list[tuple[object, list[consumers.CalendarChange]]]:
    """What would move, by consumer, if this table were saved («8 tasks change»)."""
    before = store.in_force()
    return consumers.previews(before, with_year(before, table))


@act(CALENDAR, "revise")
def revise_year(*, table: YearTable, version: int, because: str) -> CalendarEdition:
    """Save a year's table as a new version; clocks follow with a line each, other rooms ask their own consent.

    `version` is the one the draft was made from (0 for a new year): refused where somebody was quicker. `because` is
    the cause that clocks and tasks quote; the act's own `reason` goes into its line.
    """
    held = store.newest_years().get(table.year)
    if (held.version if held else 0) != version:
        raise Refused(_("%(year)s 年的日历刚刚被改过,请重新打开再改。") % {"year": table.year})
    before = store.in_force()
    edition = CalendarEdition.objects.create(state="recorded", reason=because[:200])
    row = _add(edition, table, Origin.DESK)
    changed = sorted(before.differences(with_year(before, table)))
    note(year=table.year, version=row.version, status=table.status, days=[day.isoformat() for day in changed])
    _follow(before, because)
    return edition
