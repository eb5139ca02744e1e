"""From dates, departments and started tasks to slots of time and back; what planning, proof and difference share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .calendar import WorkCalendar
from .genetic import scratch
from .instance import Axis, Instance
from .kernels import Net, Scratch, by_priority, finishes, push_late, serial
from .network import Links, cpm
from .work import Given


@dataclass(frozen=True, eq=False)
class Model:
    """The same in slots: boundaries of time from 0 on, `today` and `deadline` among them; n tasks.

    With one calendar for all, slots are its working days (`zero`: number of slot 0); with several, civil days from the
    first day that all tables know. `fixed` (n,): start of each frozen task; `moving`: positions of all others.
    """

    given: Given
    calendars: tuple[WorkCalendar, ...]
    calendar: NDArray[np.int64]
    axis: Axis
    zero: int
    today: int
    deadline: int
    duration: NDArray[np.int64]
    demand: NDArray[np.int64]
    fixed: NDArray[np.int64]
    moving: NDArray[np.int64]

    @classmethod
    def of(cls, given: Given) -> Model:
        """Lay the slots of time out and find every date's place; ValueError where a table does not reach."""
        found = [given.calendar_of(at) for at in range(len(given.tasks))]
        known = {one.content: one for one in found}
        rows = {key: at for at, key in enumerate(known)}
        calendar = np.array([rows[one.content] for one in found], dtype=np.int64)
        duration = np.array([task.duration for task in given.tasks], dtype=np.int64)
        demand = np.array(
            [[task.demand.get(name, 0) for name in given.departments] for task in given.tasks], dtype=np.int64
        ).reshape(len(found), len(given.departments))
        cpm(duration, given.links, start=0)  # refuses circles before anything else is laid out
        calendars = tuple(known.values())
        lay = _working_days if len(calendars) == 1 else _civil_days
        axis, zero, today, deadline, started = lay(given, calendars, calendar, duration)
        fixed = np.zeros(duration.size, dtype=np.int64)
        fixed[[given.place[name] for name in given.frozen]] = started
        moving = np.array([at for at, task in enumerate(given.tasks) if task.id not in given.frozen], dtype=np.int64)
        return cls(given, calendars, calendar, axis, zero, today, deadline, duration, demand, fixed, moving)

    @cached_property
    def instance(self) -> Instance:
        """The tasks that may still move, with what the frozen ones leave them."""
        links, place = self.given.links, np.full(self.duration.size, -1)
        place[self.moving] = np.arange(self.moving.size)
        inner = (place[links.pred] >= 0) & (place[links.succ] >= 0)
        kept = Links(place[links.pred[inner]], place[links.succ[inner]], links.kind[inner], links.lag[inner])
        return Instance(
            self.duration[self.moving],
            kept,
            self.demand[self.moving],
            np.maximum(self.capacity - self.usage(self.fixed, place < 0), 0),
            self._heads(place),
            self._limits(place),
            self.calendar[self.moving],
            self.axis,
        )

    @cached_property
    def nets(self) -> tuple[Net, Net]:
        """Forward and mirrored nets of the instance."""
        return self.instance.nets()

    @cached_property
    def loose(self) -> tuple[Net, Net]:
        """The same nets without any capacity."""
        return tuple(net._replace(span=np.zeros_like(net.span)) for net in self.nets)  # type: ignore[return-value]

    @cached_property
    def tool(self) -> Scratch:
        """Working memory of this model's kernels."""
        return scratch(*self.nets)

    @property
    def capacity(self) -> NDArray[np.int64]:
        """Tenths of persons of each department."""
        return np.array([self.given.capacity[name] for name in self.given.departments], dtype=np.int64)

    def rank(self, calendar: NDArray[np.int64], slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """Working days of a task's calendar before a slot."""
        return slot if self.axis.plain else self.axis.rank[calendar, slot]

    def finish(self, start: NDArray[np.int64]) -> NDArray[np.int64]:
        """Finish boundary of each task that starts at `start`; shape (n,)."""
        if self.axis.plain:
            return start + self.duration
        last = self.axis.rank[self.calendar, start] + np.maximum(self.duration, 1) - 1
        inside = np.minimum(last, self.axis.days.shape[1] - 1)
        return np.where(self.duration > 0, self.axis.days[self.calendar, inside] + 1, start)

    def usage(self, start: NDArray[np.int64], which: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Tenths of persons bound on each slot by some of the tasks; (slots, departments)."""
        used = np.zeros((self.axis.slots, self.demand.shape[1]), dtype=np.int64)
        for at in np.flatnonzero(which & self.demand.any(axis=1)):
            days = np.arange(start[at], start[at] + self.duration[at])
            if not self.axis.plain:
                first = self.axis.rank[self.calendar[at], start[at]]
                days = self.axis.days[self.calendar[at], first : first + self.duration[at]]
            used[days[(days >= 0) & (days < self.axis.slots)]] += self.demand[at]
        return used

    def early(self, order: NDArray[np.int64] | None, net: Net) -> NDArray[np.int64]:
        """Starts as early as possible in the order of a list (None: a topological one), of the moving tasks."""
        start = np.empty(self.moving.size, dtype=np.int64)
        if serial(net, net.topological if order is None else order, 0, start, self.tool.free, self.tool.used[0]) < 0:
            raise ValueError(f"calendars: the tables end before the work does ({self.last_days})")
        return start

    def late(self, start: NDArray[np.int64], end: int, nets: tuple[Net, Net]) -> NDArray[np.int64]:
        """The same tasks pushed as late as possible before `end`, last finish first, until none moves any more."""
        pushed, order = start.copy(), np.empty(self.moving.size, dtype=np.int64)
        if self.axis.plain and not self.given.frozen:
            pushed += end - self.end(start)  # nothing stands in the way of the whole, so every task keeps its margin
        before = None
        while self.moving.size and (before is None or not np.array_equal(before, pushed)):
            before = pushed.copy()
            if push_late(*nets, pushed, end, order, self.tool) < 0:
                raise ValueError(f"calendars: the tables begin after the work must ({self.last_days})")
        return pushed

    def by_priority(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """List of the moving tasks by ascending key that keeps all links."""
        order = np.empty(self.moving.size, dtype=np.int64)
        by_priority(self.nets[0], key, order)
        return order

    def all(self, start: NDArray[np.int64]) -> NDArray[np.int64]:
        """Starts of all tasks from those of the moving ones."""
        full = self.fixed.copy()
        full[self.moving] = start
        return full

    def end(self, start: NDArray[np.int64]) -> int:
        """Last finish of moving tasks; today if there are none."""
        out = np.empty_like(start)
        finishes(self.nets[0], start, out)
        return int(out.max(initial=self.today))

    @property
    def last_days(self) -> str:
        """The tables and where they begin and end, for messages."""
        return ", ".join(f"«{one.version}» {one.first} to {one.last}" for one in self.calendars)

    def _heads(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        """First slot of each moving task: today, and what links out of frozen tasks ask."""
        head = np.full(self.moving.size, self.today, dtype=np.int64)
        links, finish = self.given.links, self.finish(self.fixed)
        for at in np.flatnonzero((place[links.pred] < 0) & (place[links.succ] >= 0)):
            pred, succ = int(links.pred[at]), int(links.succ[at])
            bound = int((finish if links.from_finish[at] else self.fixed)[pred])
            row, days = int(self.calendar[succ]), int(self.duration[succ])
            bound = self._after(row, bound, int(links.lag[at]), int(links.kind[at]))
            if links.to_finish[at] and days:  # the last day of the successor is the one that reaches the bound
                bound = bound - days if self.axis.plain else self._last_day(row, bound, days)
            head[place[succ]] = max(head[place[succ]], bound)
        return head

    def _limits(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        """Last boundary of each moving task's finish: what links into tasks fixed from today on ask of it."""
        limit = np.full(self.moving.size, self.axis.slots, dtype=np.int64)
        links, finish = self.given.links, self.finish(self.fixed)
        held = (place[links.pred] >= 0) & (place[links.succ] < 0) & (self.fixed[links.succ] >= self.today)
        for at in np.flatnonzero(held):
            pred, succ, lag = int(links.pred[at]), int(links.succ[at]), int(links.lag[at])
            bound = int((finish if links.to_finish[at] else self.fixed)[succ])
            if self.axis.plain:
                bound += (0 if links.from_finish[at] else int(self.duration[pred])) - lag
            else:
                bound = self._latest(pred, int(self.calendar[succ]), bound, lag, int(links.kind[at]))
            limit[place[pred]] = min(limit[place[pred]], max(bound, 0))
        return limit

    def _latest(self, task: int, yard: int, bound: int, lag: int, kind: int) -> int:
        """Last finish of a task that a link into a boundary allows, where calendars differ."""
        rank, days = self.axis.rank, self.axis.days
        if lag or kind == 3:
            bound = int(days[yard, np.clip(rank[yard, bound] - lag, 0, rank[yard, -1] - 1)])
        if kind % 2 == 0 or not self.duration[task]:
            return bound
        own = int(self.calendar[task])
        last = rank[own, min(bound + 1, self.axis.slots)] - 2 + self.duration[task]
        return int(days[own, np.clip(last, 0, rank[own, -1] - 1)]) + 1

    def _last_day(self, row: int, bound: int, days: int) -> int:
        """First slot from which `days` working days of a calendar end on or after a boundary."""
        first = int(self.axis.rank[row, max(bound - 1, 0)]) + 1 - days
        return int(self.axis.days[row, first]) if first >= 0 else 0

    def _after(self, row: int, slot: int, lag: int, kind: int) -> int:
        """First boundary with `lag` working days of a calendar after a slot (SF: also for lag 0)."""
        if self.axis.plain or (lag == 0 and kind < 3):
            return slot + lag
        count = int(self.axis.rank[row, slot]) + lag
        if count > self.axis.rank[row, -1]:
            raise ValueError(f"calendars: the tables end before the work does ({self.last_days})")
        return int(self.axis.days[row, count - 1]) + 1 if count > 0 else 0


Layout = tuple[Axis, int, int, int, list[int]]


def _working_days(
    given: Given, calendars: Sequence[WorkCalendar], rows: NDArray[np.int64], duration: NDArray[np.int64]
) -> Layout:
    """One calendar: slots are working days, with room for all tasks one after the other on both sides of today."""
    calendar = calendars[0]
    today = calendar.index(given.today, "forward")
    started = [calendar.index(day, "forward") - today for day in given.frozen.values()]
    deadline = calendar.index(given.deadline, "backward") + 1 - today
    length = int(duration.sum() + np.abs(given.links.lag).sum()) + max([0, *started]) + 1
    room = length + max([0, -deadline, *(-day for day in started)])
    slots = room + max(length, deadline) + length
    return Axis.even(slots), today - room, room, room + deadline, [room + day for day in started]


def _civil_days(
    given: Given, calendars: Sequence[WorkCalendar], rows: NDArray[np.int64], duration: NDArray[np.int64]
) -> Layout:
    """Several calendars: slots are the civil days that all tables know."""
    first, last = max(one.first for one in calendars), min(one.last for one in calendars)
    if last < first:
        raise ValueError(f"calendars: no day is in all tables ({', '.join(one.version for one in calendars)})")
    working = np.array([one.working[(first - one.first).days : (last - one.first).days + 1] for one in calendars])

    def slot(day: date) -> int:
        if not first <= day <= last:
            raise ValueError(f"day: {day} lies outside the days all calendars know ({first} to {last})")
        return (day - first).days

    started = []
    for name, day in given.frozen.items():
        own = calendars[rows[given.place[name]]]
        started.append(slot(own.date(own.index(day, "forward"))))
    zero = first.toordinal()
    return Axis.of_calendars(working), zero, slot(given.today), slot(given.deadline) + 1, started
