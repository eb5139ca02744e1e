"""Counting back from a deadline (倒排工期) under the capacity of departments, and making such a plan better.

The plan is scheduled forward from today by the genetic algorithm, which gives the earliest end any list of tasks
reaches; then, last finish first, every task is pushed as late before the deadline as links and capacity allow. Both
schedules stay in the plan: `early` and `late`. Their difference is the slack, which so counts capacity as well. Without
capacity both are those of the critical path method.

If the early end is after the deadline the plan is short by that many working days, and slack is negative: the late
dates say when each task ought to have begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .bounds import lower_bound
from .calendar import WorkCalendar
from .genetic import POPULATION, herd, scratch, seeded
from .kernels import PASSES, Origin, evolve
from .model import Model
from .network import Links
from .work import Given, Task

CAPACITY = "serial schedule generation, double justification, genetic algorithm"
NO_CAPACITY = "critical path method, forward and backward passes"


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan: `early` and `late` starts as slots of its model, shape (tasks,), and how they were found.

    `bound`: no plan can end before this slot. `schedules`: how many were made; `seed`: with which the same plan comes
    out again. Dates are read through the properties; a milestone is the end (17:00) of the day before its boundary.
    """

    model: Model
    early: NDArray[np.int64]
    late: NDArray[np.int64]
    bound: int
    schedules: int
    seed: int

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks, in the order given."""
        return self.model.given.tasks

    @property
    def method(self) -> str:
        """How the plan was made."""
        return CAPACITY if self._binds else NO_CAPACITY

    @property
    def converged(self) -> bool:
        """Whether the early end is proved to be the best: it equals the lower bound."""
        return self.early_end <= self.bound

    @property
    def _binds(self) -> bool:
        return bool(self.model.instance.demand.any())

    @cached_property
    def early_end(self) -> int:
        """Slot of the boundary at which the early schedule ends."""
        return self.model.end(self.early[self.model.moving])

    @cached_property
    def margin(self) -> int:
        """Working days between the early end and the deadline; negative if the plan is short."""
        return self._days_to_deadline(self.early_end)

    @property
    def short_by(self) -> int:
        """Working days by which the deadline is missed."""
        return max(0, -self.margin)

    @property
    def certainly_short_by(self) -> int:
        """Working days by which every plan misses the deadline, by the lower bound."""
        return max(0, -self._days_to_deadline(self.bound))

    @property
    def feasible(self) -> bool:
        """Whether everything can be done by the deadline."""
        return self.margin >= 0

    @cached_property
    def total_slack(self) -> NDArray[np.int64]:
        """Working days (of the task's department) from its early to its late start; 0 for frozen tasks."""
        rank = self.model.rank
        return rank(self.model.calendar, self.late) - rank(self.model.calendar, self.early)

    @cached_property
    def free_slack(self) -> NDArray[np.int64]:
        """Working days by which a task may slip from its early dates before links move another one."""
        return _free_slack(self.model, self.early, self.early_end)

    @cached_property
    def critical(self) -> NDArray[np.bool_]:
        """Tasks that are not frozen and have no slack left."""
        found = self.total_slack <= 0
        found[np.setdiff1d(np.arange(found.size), self.model.moving)] = False
        return found

    @cached_property
    def starts(self) -> NDArray[np.datetime64]:
        """Latest first day of each task; for a milestone the day at whose end it falls."""
        return _first_days(self.model, self.late)

    @cached_property
    def finishes(self) -> NDArray[np.datetime64]:
        """Latest last day of each task, included."""
        return _last_days(self.model, self.late)

    @cached_property
    def early_starts(self) -> NDArray[np.datetime64]:
        """First day of each task if all begin as early as they can."""
        return _first_days(self.model, self.early)

    @cached_property
    def early_finishes(self) -> NDArray[np.datetime64]:
        """Last day of each task if all begin as early as they can."""
        return _last_days(self.model, self.early)

    @property
    def provisional(self) -> bool:
        """Whether a date of the plan falls where a calendar is a guess."""
        pairs = zip(self.model.calendar, np.maximum(self.finishes, self.early_finishes), strict=True)
        return any(self.model.calendars[row].is_provisional(day.item()) for row, day in pairs)

    def _days_to_deadline(self, end: int) -> int:
        """Working days from a boundary to the deadline, by the calendar of the task that ends last."""
        last = self.model.calendar[[int(np.argmax(self.model.finish(self.early)))]]
        ends = np.array([end, self.model.deadline])
        counted = self.model.rank(np.repeat(last, 2), ends)
        return int(counted[1] - counted[0])


def back_schedule(
    tasks: Sequence[Task],
    links: Links,
    deadline: date,
    calendars: WorkCalendar | Mapping[str, WorkCalendar],
    capacity: Mapping[str, int],
    *,
    today: date,
    frozen: Mapping[str, date] | None = None,
    schedules: int = 600,
    seed: int = 0,
) -> Plan:
    """Return the plan that ends by `deadline` (last day allowed), as late as possible, from `today` on.

    `links`: between positions of `tasks`. `calendars`: one, or department → calendar. `capacity`: department → tenths
    of persons at work on each working day, for every department the tasks need. `frozen`: task id → day it started:
    it stays there for its duration (give a finished task the days it took); if that was before today, links into it no
    longer bind. `schedules`:
    how many the search may make. ValueError names all faults; Cycle gives the circle.

    >>> import numpy as np
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> tasks = [Task("survey", 3, demand={"bureau": 10}), Task("visit", 4, demand={"bureau": 5}),
    ...          Task("report", 2, demand={"bureau": 10})]
    >>> plan = back_schedule(tasks, Links.of([(0, 2), (1, 2)]), date(2027, 3, 12), every_day, {"bureau": 10},
    ...     today=date(2027, 3, 1))
    >>> [str(day) for day in plan.starts], plan.margin
    (['2027-03-08', '2027-03-04', '2027-03-11'], 3)
    """
    model = Model.of(Given(tuple(tasks), links, deadline, calendars, capacity, today, dict(frozen or {})))
    return solve(model, schedules, seed)


def solve(model: Model, schedules: int, seed: int) -> Plan:
    """Return the plan of a model: by the critical path alone where nobody's capacity is asked, else searched."""
    loose = model.loose
    early = model.early(None, loose[0])
    bound = lower_bound(model, early)
    if not model.instance.demand.any():
        late = model.late(early, model.deadline, loose)
        return Plan(model, model.all(early), model.all(late), bound, 0, seed)
    return _search(model, None, bound, max(schedules, PASSES), 1, seed)


def improve(plan: Plan, *, schedules: int = 50_000, threads: int = 2, seed: int = 0) -> Plan:
    """Return a plan that ends no later, searched by the genetic algorithm from the present one.

    Each of `threads` searches makes `schedules` schedules with a generator of its own; the same arguments give the
    same plan. The search stops early where the lower bound is reached. A plan without capacity is returned as it is.

    >>> import numpy as np
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> tasks = [Task(str(at), days, demand={"bureau": 10}) for at, days in enumerate((3, 5, 2))]
    >>> plan = back_schedule(tasks, Links.of([]), date(2027, 3, 20), every_day, {"bureau": 20}, today=date(2027, 3, 1))
    >>> improve(plan, schedules=300).early_finishes.max().item().day
    5
    """
    for name, value in (("schedules", schedules), ("threads", threads)):
        if value < 1:
            raise ValueError(f"{name}: at least 1, not {value}")
    if plan.converged or plan.method == NO_CAPACITY:
        return plan
    found = _search(plan.model, plan.early[plan.model.moving], plan.bound, max(schedules, PASSES), threads, seed)
    return found if found.early_end <= plan.early_end else replace(plan, schedules=found.schedules, seed=seed)


def _search(
    model: Model, present: NDArray[np.int64] | None, bound: int, schedules: int, threads: int, seed: int
) -> Plan:
    """Search on islands that do not meet, so that the order in which threads run changes nothing."""
    forward, backward = model.nets
    early = model.early(None, model.loose[0])
    end = model.end(early)
    late = model.late(early, end, model.loose)
    first = model.by_priority(late if present is None else present)
    origin = Origin(first, late, max(1, (end - model.today) // 2))
    size = int(min(POPULATION, max(2, schedules // (4 * PASSES))))

    def island(at: int) -> tuple[int, int, NDArray[np.int64]]:
        best = np.empty(first.size, dtype=np.int64)
        stop = np.array([schedules, bound], dtype=np.int64)
        tool, group = scratch(forward, backward), herd(size, first.size)
        reached, made = evolve(forward, backward, origin, group, tool, seeded(seed, at), stop, best)
        return reached, made, best

    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(island, range(threads)))
    reached, _, best = min(results, key=lambda one: one[0])
    if reached > forward.base.shape[1]:
        raise ValueError(f"calendars: the tables end before the work does ({model.last_days})")
    pushed = model.late(best, model.deadline, model.nets)
    made = sum(one[1] for one in results)
    return Plan(model, model.all(best), model.all(pushed), bound, made, seed)


def _free_slack(model: Model, early: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Least room on the links out of each task, and before the end of all."""
    own, finish = model.calendar, model.finish(early)
    room = model.rank(own, np.full(early.size, end)) - model.rank(own, finish)
    np.minimum.at(room, model.given.links.pred, link_room(model, early))
    room[np.setdiff1d(np.arange(room.size), model.moving)] = 0
    return np.maximum(room, 0)


def link_room(model: Model, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Working days (of its own calendar) by which the predecessor of each link may slip before the link binds."""
    links, own, finish = model.given.links, model.calendar, model.finish(start)
    bound = np.where(links.to_finish, finish[links.succ], start[links.succ])
    pred, yard = links.pred, own[links.succ]
    if model.axis.plain:
        return (bound - links.lag - np.where(links.from_finish, finish[pred], start[pred])).astype(np.int64)
    rank, days = model.axis.rank, model.axis.days
    back = np.clip(rank[yard, bound] - links.lag, 0, rank[yard, -1] - 1)
    latest = np.where((links.lag == 0) & (links.kind < 3), bound, days[yard, back])
    by_start = rank[own[pred], np.minimum(latest + 1, model.axis.slots)] - 1 - rank[own[pred], start[pred]]
    return np.where(links.from_finish, rank[own[pred], latest] - rank[own[pred], finish[pred]], by_start)


def _first_days(model: Model, start: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Dates of starts; milestones read as finishes."""
    shown = np.where(model.duration > 0, start, start - 1)
    return _dates(model, shown)


def _last_days(model: Model, start: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return _dates(model, model.finish(start) - 1)


def _dates(model: Model, slot: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Dates of slots; a milestone between working days is read on the working day before."""
    if model.axis.plain:
        return model.calendars[0].dates(model.zero + slot)
    rank = model.axis.rank[model.calendar, slot + 1]
    worked = model.axis.days[model.calendar, np.maximum(rank - 1, 0)]
    return np.datetime64(date.fromordinal(model.zero), "D") + worked
