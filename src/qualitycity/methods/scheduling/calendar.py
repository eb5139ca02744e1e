"""Working calendars as versioned tables: no library call, no clock, no silent Monday-to-Friday.

A calendar is an array of days, each working or not, with the version of the notice it was made from. Working days are
numbered from 0; all arithmetic of plans is done on these numbers and mapped to dates at the end. A date outside the
table is refused; a stretch made before its notice appeared is marked `provisional_from`.

Conventions: the last day of a task is included; a stretch of `d` working days that begins on number `i` ends on number
`i + d - 1`.

Source of the Chinese tables: the annual notices of the General Office of the State Council on holidays (rest days,
and the weekend days worked in exchange, 调休).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Roll = Literal["backward", "forward"]
Day = date  # the class below has a method of that name


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """A table of days from `first` on, working or not (bool), with its version; `provisional_from`: guessed from then.

    Days outside the table are unknown: asking for them raises ValueError that names the day and the version.

    >>> calendar = WorkCalendar(date(2027, 4, 24), np.array([False, True, True]), "demo")
    >>> calendar.index(date(2027, 4, 24), "forward"), calendar.date(1).isoformat()
    (0, '2027-04-26')
    """

    first: date
    working: NDArray[np.bool_]
    version: str
    provisional_from: date | None = None

    def __post_init__(self) -> None:
        working = np.asarray(self.working)
        if working.dtype != np.bool_ or working.ndim != 1 or not working.size:
            raise ValueError(f"working: a non-empty array of bool is needed, not {working.dtype}{working.shape}")
        if not self.version:
            raise ValueError("version: a calendar needs the name of its version, not ''")
        working = working.copy()
        working.flags.writeable = False
        object.__setattr__(self, "working", working)

    @classmethod
    def of_weeks(
        cls,
        first: date,
        last: date,
        *,
        off: Iterable[date] = (),
        on: Iterable[date] = (),
        version: str,
        provisional_from: date | None = None,
    ) -> WorkCalendar:
        """Return Monday to Friday from `first` to `last`, less the days `off`, plus the weekend days `on` (调休).

        A calendar year in which nothing differs from Monday to Friday has no notice yet: it is refused unless it
        lies from `provisional_from` on. Days outside the span, or both off and on, are refused (ValueError, all at
        once).

        >>> calendar = WorkCalendar.of_weeks(date(2027, 4, 19), date(2027, 5, 9), version="2027 demo",
        ...     off=[date(2027, 5, day) for day in range(1, 6)], on=[date(2027, 4, 25), date(2027, 5, 8)])
        >>> int(calendar.working.sum())
        14
        """
        if last < first:
            raise ValueError(f"last: {last} lies before first, {first}")
        rest, extra = set(off), set(on)
        faults = [f"off and on: {day} is in both" for day in sorted(rest & extra)]
        faults += [f"off and on: {day} lies outside {first} to {last}" for day in sorted(rest | extra)
                   if not first <= day <= last]  # fmt: skip
        told = {day.year for day in rest | extra}
        for year in range(first.year, last.year + 1):
            guessed = provisional_from is not None and max(first, date(year, 1, 1)) >= provisional_from
            if year not in told and not guessed:
                faults.append(f"off and on: {year} has no row; give its table or make it provisional")
        if faults:
            raise ValueError("; ".join(faults))
        days = np.arange((last - first).days + 1)
        working = (days + first.weekday()) % 7 < 5
        working[[(day - first).days for day in rest]] = False
        working[[(day - first).days for day in extra]] = True
        return cls(first, working, version, provisional_from)

    @property
    def last(self) -> date:
        """Last day of the table."""
        return self.first + timedelta(days=self.working.size - 1)

    @cached_property
    def content(self) -> tuple[str, Day, bytes]:
        """What makes two tables the same: version, first day, days."""
        return self.version, self.first, self.working.tobytes()

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """Number of working days before each day, and before the day after the last; shape (days + 1,)."""
        return np.concatenate(([0], np.cumsum(self.working)))

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Offsets from `first` of the working days, ascending."""
        return np.flatnonzero(self.working)

    def index(self, day: date, roll: Roll) -> int:
        """Return the number of a working day; a rest day is rolled `backward` or `forward` to the nearest one.

        ValueError if the day, or the day it rolls to, is outside the table.

        >>> calendar = WorkCalendar(date(2027, 1, 1), np.array([False, False, True, False, True]), "demo")
        >>> calendar.index(date(2027, 1, 4), "backward"), calendar.index(date(2027, 1, 4), "forward")
        (0, 1)
        """
        return int(self.indices(np.array([day], dtype="datetime64[D]"), roll)[0])

    def date(self, index: int) -> date:
        """Return the date of a working-day number; ValueError outside the table.

        >>> WorkCalendar(date(2027, 1, 1), np.array([False, True]), "demo").date(0).isoformat()
        '2027-01-02'
        """
        return self.dates(np.array([index]))[0].item()

    def indices(self, days: Any, roll: Roll) -> NDArray[np.int64]:
        """Return the numbers of many days at once (datetime64[D]); as `index`."""
        if roll not in ("backward", "forward"):
            raise ValueError(f"roll: «backward» or «forward», not {roll!r}")
        days = np.asarray(days, dtype="datetime64[D]")
        offset = (days - np.datetime64(self.first, "D")).astype(np.int64)
        inside = (offset >= 0) & (offset < self.working.size)
        self._refuse(days, ~inside)
        found = self.rank[offset + 1] - 1 if roll == "backward" else self.rank[offset]
        self._refuse(days, (found < 0) | (found >= self.days.size))
        return found

    def dates(self, indices: Any) -> NDArray[np.datetime64]:
        """Return the dates of many working-day numbers at once, datetime64[D]; ValueError outside the table."""
        indices = np.asarray(indices, dtype=np.int64)
        wrong = (indices < 0) | (indices >= self.days.size)
        if wrong.any():
            raise ValueError(
                f"indices: working day {int(indices[wrong][0])} is outside calendar «{self.version}» "
                f"({self.first} to {self.last}: working days 0 to {self.days.size - 1})"
            )
        return np.datetime64(self.first, "D") + self.days[indices]

    def back(self, deadline: Day, duration: int) -> tuple[Day, Day]:
        """Return the latest (start, finish) of `duration` working days that end on or before `deadline`, both included.

        >>> calendar = WorkCalendar(date(2027, 1, 1), np.array([True, False, True, True, False]), "demo")
        >>> [day.day for day in calendar.back(date(2027, 1, 5), 3)]
        [1, 4]
        """
        if duration < 1:
            raise ValueError(f"duration: at least one working day, not {duration}")
        end = self.index(deadline, "backward")
        return self.date(end - duration + 1), self.date(end)

    def is_provisional(self, day: Day) -> bool:
        """Tell whether the table of that day is a guess, made before its notice."""
        return self.provisional_from is not None and day >= self.provisional_from

    def exceptions(self) -> list[tuple[Day, bool]]:
        """Return the days that differ from Monday to Friday, each with whether it is worked; what a table stores."""
        plain = (np.arange(self.working.size) + self.first.weekday()) % 7 < 5
        differ = np.flatnonzero(plain != self.working)
        return [(self.first + timedelta(days=int(at)), bool(self.working[at])) for at in differ]

    def _refuse(self, days: NDArray[np.datetime64], wrong: NDArray[np.bool_]) -> None:
        if wrong.any():
            raise ValueError(
                f"day: {days[wrong][0]} cannot be counted with calendar «{self.version}» ({self.first} to {self.last})"
            )
