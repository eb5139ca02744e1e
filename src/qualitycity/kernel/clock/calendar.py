"""The arithmetic of days (domain.md 0.6): working days, months, roll-over. Pure: it takes a calendar, it reads nothing.

A `WorkCalendar` holds, for each year that has a table, the days that differ from Monday to Friday. A year without a
table raises `NoCalendar`; `calendar.provisionally()` answers it by Monday to Friday, and `is_provisional` says so.
Functions called without a calendar take the one in force (`store.in_force`).
"""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

ONE_DAY = timedelta(days=1)
OFF, WORK = "off", "work"
OFFICIAL, PROVISIONAL, INVENTED = "official", "provisional", "invented"
ROLL_NONE, ROLL_STATUTORY, ROLL_NON_WORKING = "none", "statutory", "non_working"


class NoCalendar(LookupError):
    """No working calendar is known for a year, so no working day of it is guessed."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(_("%(year)s 年还没有工作日历,不能推算工作日;请管理员在「日历」里录入。") % {"year": year})


@dataclass(frozen=True, order=True)
class CalendarDay:
    """One day that differs from Monday to Friday, or a holiday that falls on a weekend.

    `statutory`: the day belongs to a statutory holiday (法定节假日) of the annual notice. A plain weekend, or a day a
    city closes by itself, does not, and periods of Order 18 do not roll over it.
    """

    day: date
    kind: str
    name: str = ""
    statutory: bool = False

    def __post_init__(self) -> None:
        if self.kind not in (OFF, WORK):
            raise ValueError(f"{self.day}: kind is «off» or «work», not «{self.kind}»")
        if self.statutory and self.kind == WORK:
            raise ValueError(f"{self.day}: a working day is no statutory holiday")

    def as_json(self) -> dict[str, Any]:
        """The row as stored in the database."""
        return {"day": self.day.isoformat(), "kind": self.kind, "name": self.name, "statutory": self.statutory}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> CalendarDay:
        """The inverse of `as_json`."""
        return cls(date.fromisoformat(row["day"]), row["kind"], row["name"], row["statutory"])


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """A working calendar: status of each year that has a table, and the days that differ from Monday to Friday."""

    years: Mapping[int, str]
    days: Mapping[date, CalendarDay] = field(default_factory=dict)
    guess: bool = False

    def provisionally(self) -> WorkCalendar:
        """The same calendar, which answers a year without a table by Monday to Friday."""
        return replace(self, guess=True)

    def status(self, year: int) -> str:
        """official, provisional or invented; a year without a table is provisional."""
        return self.years.get(year, PROVISIONAL)

    def is_provisional(self, start: date, end: date | None = None) -> bool:
        """Whether a span touches a year whose table is missing or provisional."""
        first, last = sorted((start, end or start))
        return any(self.status(year) == PROVISIONAL for year in range(first.year, last.year + 1))

    def _known(self, day: date) -> None:
        if not self.guess and day.year not in self.years:
            raise NoCalendar(day.year)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday minus days off plus make-up working weekends (调休上班)."""
        special = self.days.get(day)
        if special is not None:
            return special.kind == WORK
        self._known(day)
        return day.weekday() < 5

    def is_statutory_holiday(self, day: date) -> bool:
        """Whether the day belongs to a statutory holiday (法定节假日) of the year's table."""
        special = self.days.get(day)
        if special is None:
            self._known(day)
        return special is not None and special.statutory

    def differences(self, other: WorkCalendar) -> frozenset[date]:
        """Days on which the two calendars differ, in working time or in holiday."""
        return frozenset(day for day in {*self.days, *other.days} if self.days.get(day) != other.days.get(day))


def _in_force(calendar: WorkCalendar | None, provisional: bool) -> WorkCalendar:
    if calendar is None:
        from .store import in_force

        calendar = in_force()
    return calendar.provisionally() if provisional else calendar


def is_working_day(day: date, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> bool:
    """Whether people work on `day`; NoCalendar for a year without a table unless `provisional`."""
    return _in_force(calendar, provisional).is_working_day(day)


def is_statutory_holiday(day: date, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> bool:
    """Whether `day` belongs to a statutory holiday (法定节假日), which is more than a weekend."""
    return _in_force(calendar, provisional).is_statutory_holiday(day)


def add_working_days(day: date, count: int, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> date:
    """The `count`-th working day after `day` (before it where negative); `day` itself is not counted; 0 gives `day`."""
    table = _in_force(calendar, provisional)
    step = ONE_DAY if count > 0 else -ONE_DAY
    left = abs(count)
    while left:
        day += step
        left -= table.is_working_day(day)
    return day


def next_working_day(day: date, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> date:
    """The first working day after `day`."""
    return add_working_days(day, 1, calendar, provisional=provisional)


def previous_working_day(day: date, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> date:
    """The last working day before `day`."""
    return add_working_days(day, -1, calendar, provisional=provisional)


def working_day_on_or_after(day: date, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> date:
    """`day` if people work on it, else the next working day."""
    return next_working_day(day - ONE_DAY, calendar, provisional=provisional)


def working_day_on_or_before(day: date, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> date:
    """`day` if people work on it, else the last working day before it."""
    return previous_working_day(day + ONE_DAY, calendar, provisional=provisional)


def working_days_between(
    start: date, end: date, calendar: WorkCalendar | None = None, *, provisional: bool = False
) -> int:
    """Working days after `start` up to and with `end`; negative where `end` lies before `start`.

    From an event to the last day it counts the days one has, from a last day to today those one is late.
    """
    if end < start:
        return -working_days_between(end, start, calendar, provisional=provisional)
    table = _in_force(calendar, provisional)
    return sum(table.is_working_day(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))


def add_calendar_days(day: date, count: int) -> date:
    """`count` calendar days later; the day of the event is not counted (民法典 Art.201)."""
    return day + timedelta(days=count)


def add_months(day: date, count: int) -> date:
    """The same-numbered day `count` months later, or the last day of that month (民法典 Art.202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def roll(day: date, policy: str, calendar: WorkCalendar | None = None, *, provisional: bool = False) -> date:
    """The day on which a period really ends when its last day may be a holiday.

    none: it stays. statutory: a last day in a statutory holiday moves to the first day after that holiday (Order 18,
    about Art.55), which may be a plain Saturday. non_working: it moves to the next working day.
    """
    if policy == ROLL_NONE:
        return day
    table = _in_force(calendar, provisional)
    if policy == ROLL_NON_WORKING:
        return working_day_on_or_after(day, table)
    if policy != ROLL_STATUTORY:
        raise ValueError(f"no such roll-over policy: {policy}")
    while table.is_statutory_holiday(day):
        day += ONE_DAY
    return day
