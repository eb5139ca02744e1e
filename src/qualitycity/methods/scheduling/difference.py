"""What if: another duration, date, capacity or calendar, and everything that moves by it, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .bounds import lower_bound
from .calendar import WorkCalendar
from .model import Model
from .network import Links
from .planning import Plan, link_room


@dataclass(frozen=True)
class Edits:
    """Changes to try: durations and starts (pins) by task id, capacities by department, the rest as in `back_schedule`.

    A pinned task starts on its day whatever links or capacity say; what cannot be kept is told.
    """

    durations: Mapping[str, int] = field(default_factory=dict)
    starts: Mapping[str, date] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)
    deadline: date | None = None
    today: date | None = None
    calendars: WorkCalendar | Mapping[str, WorkCalendar] | None = None
    links: Links | None = None


@dataclass(frozen=True)
class Moved:
    """A task whose latest dates change, first and last day before and after."""

    task: str
    start: tuple[date, date]
    finish: tuple[date, date]


@dataclass(frozen=True)
class Clash:
    """A department that is asked for more than it has, from a day to a day, tenths of persons at the peak."""

    department: str
    first: date
    last: date
    peak: int
    capacity: int


@dataclass(frozen=True, eq=False)
class PlanDiff:
    """The plan after the edits and what differs: tasks moved, tasks that became or ceased to be critical.

    `clashes`: capacity overdrawn by pinned or started tasks; `broken`: links (task, task) that pins break.
    """

    before: Plan
    after: Plan
    moved: tuple[Moved, ...]
    now_critical: tuple[str, ...]
    no_longer_critical: tuple[str, ...]
    clashes: tuple[Clash, ...]
    broken: tuple[tuple[str, str], ...]

    @property
    def margin(self) -> tuple[int, int]:
        """Working days to spare before and after."""
        return self.before.margin, self.after.margin


def what_if(plan: Plan, edits: Edits) -> PlanDiff:
    """Return what the edits would change; the plan itself stays. The list of tasks is kept, no search is made.

    ValueError names edits of tasks or departments that are not there, and all that a plan refuses.

    >>> from .planning import back_schedule
    >>> from .work import Task
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> tasks = [Task("draft", 4), Task("print", 2)]
    >>> plan = back_schedule(tasks, Links.of([(0, 1)]), date(2027, 3, 20), every_day, {}, today=date(2027, 3, 3))
    >>> found = what_if(plan, Edits(durations={"print": 5}))
    >>> [move.task for move in found.moved], found.margin
    (['draft', 'print'], (12, 9))
    """
    given = plan.model.given
    faults = [f"edits: {name!r} is no task" for name in {**edits.durations, **edits.starts} if name not in given.place]
    faults += [
        f"edits: {name!r} is no department with a capacity" for name in edits.capacity if name not in given.capacity
    ]
    if faults:
        raise ValueError("; ".join(faults))
    changed = replace(
        given,
        tasks=tuple(
            replace(task, duration=edits.durations[task.id]) if task.id in edits.durations else task
            for task in given.tasks
        ),
        links=given.links if edits.links is None else edits.links,
        deadline=edits.deadline or given.deadline,
        today=edits.today or given.today,
        calendars=given.calendars if edits.calendars is None else edits.calendars,
        capacity={**given.capacity, **edits.capacity},
        frozen={**given.frozen, **edits.starts},
    )
    after = _again(plan, Model.of(changed))
    gained, lost = after.critical & ~plan.critical, plan.critical & ~after.critical
    return PlanDiff(
        plan,
        after,
        _moved(plan, after),
        _names(plan, gained),
        _names(plan, lost),
        clashes(after),
        _broken(after, edits),
    )


def clashes(plan: Plan) -> tuple[Clash, ...]:
    """Return the stretches on which a plan's latest dates ask a department for more than it has."""
    model = plan.model
    used = model.usage(plan.late, np.ones(plan.late.size, dtype=bool))
    found = []
    for at, name in enumerate(model.given.departments):
        over = used[:, at] > model.capacity[at]
        edges = np.flatnonzero(np.diff(over.astype(np.int8), prepend=0, append=0))
        for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            peak = int(used[first:end, at].max())
            found.append(Clash(name, _day(model, first), _day(model, end - 1), peak, int(model.capacity[at])))
    return tuple(found)


def _again(plan: Plan, model: Model) -> Plan:
    """The plan of a changed model by the list of the present one."""
    loose = model.early(None, model.loose[0])
    bound = lower_bound(model, loose)
    if not model.instance.demand.any():
        early, nets = loose, model.loose
    else:
        early, nets = model.early(model.by_priority(plan.early[model.moving]), model.nets[0]), model.nets
    late = model.late(early, model.deadline, nets)
    return Plan(model, model.all(early), model.all(late), bound, plan.schedules, plan.seed)


def _moved(before: Plan, after: Plan) -> tuple[Moved, ...]:
    differ = np.flatnonzero((before.starts != after.starts) | (before.finishes != after.finishes))
    columns = [days[differ].tolist() for days in (before.starts, after.starts, before.finishes, after.finishes)]
    names = [before.tasks[at].id for at in differ]
    return tuple(
        Moved(name, (one, two), (three, four)) for name, one, two, three, four in zip(names, *columns, strict=True)
    )


def _broken(plan: Plan, edits: Edits) -> tuple[tuple[str, str], ...]:
    """Links at pinned tasks that do not hold even if all begin as early as they can."""
    links, names = plan.model.given.links, [task.id for task in plan.tasks]
    pinned = np.array([name in edits.starts for name in names])
    wrong = (link_room(plan.model, plan.early) < 0) & (pinned[links.pred] | pinned[links.succ])
    return tuple((names[links.pred[at]], names[links.succ[at]]) for at in np.flatnonzero(wrong))


def _names(plan: Plan, which: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(plan.tasks[at].id for at in np.flatnonzero(which))


def _day(model: Model, slot: int) -> date:
    if model.axis.plain:
        return model.calendars[0].date(model.zero + slot)
    return date.fromordinal(model.zero + slot)
