"""Tasks of departments, and everything a plan is made from, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from .calendar import WorkCalendar
from .instance import LIMIT
from .network import Links, check_links


@dataclass(frozen=True)
class Task:
    """A task: working days it takes, the department that leads it (its calendar), persons it binds on each of its days.

    `demand`: department → tenths of persons, so that half a day of one person is 5. `name`: what people read.

    >>> Task("T1", 15, "quality", {"quality": 10, "economy": 5}).demand["economy"]
    5
    """

    id: str
    duration: int
    department: str = ""
    demand: Mapping[str, int] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, eq=False)
class Given:
    """What a plan is made from; checked as a whole, all faults in one ValueError.

    `calendars`: one for all, or department → calendar. `capacity`: department → tenths of persons on each working day.
    `deadline`: last day on which work may be done. `today`: no unstarted task starts before it. `frozen`: task id →
    day on which it started, or is fixed to start; it stays there. Links into a task that started before today are
    facts, no longer rules.
    """

    tasks: tuple[Task, ...]
    links: Links
    deadline: date
    calendars: WorkCalendar | Mapping[str, WorkCalendar]
    capacity: Mapping[str, int]
    today: date
    frozen: Mapping[str, date]

    def __post_init__(self) -> None:
        faults = [*self._task_faults(), *self._demand_faults()]
        faults += [f"frozen: {name!r} is no task" for name in self.frozen if name not in self.place]
        faults += [
            f"capacity: {tenths!r} of {name!r}; whole tenths of persons from 0 to {LIMIT} are needed"
            for name, tenths in self.capacity.items()
            if not _whole(tenths) or not 0 <= tenths <= LIMIT
        ]
        if faults:
            raise ValueError("; ".join(faults))
        check_links(self.links, len(self.tasks))

    def _task_faults(self) -> list[str]:
        faults = [] if self.tasks else ["tasks: none given"]
        if len(self.place) < len(self.tasks):
            ids = [task.id for task in self.tasks]
            faults += [f"tasks: id {name!r} is there twice" for name in sorted({x for x in ids if ids.count(x) > 1})]
        for task in self.tasks:
            if not _whole(task.duration) or task.duration < 0:
                faults.append(f"duration: {task.duration!r} of task {task.id!r}; whole working days ≥ 0 are needed")
            if not isinstance(self.calendars, WorkCalendar) and task.department not in self.calendars:
                faults.append(f"calendars: none for department {task.department!r} of task {task.id!r}")
        return faults

    def _demand_faults(self) -> list[str]:
        faults = []
        for task in self.tasks:
            for name, tenths in task.demand.items():
                if not _whole(tenths) or tenths < 0:
                    faults.append(f"demand: {tenths!r} of task {task.id!r} on {name!r}; whole tenths ≥ 0 are needed")
                elif name not in self.capacity:
                    faults.append(f"capacity: none given for department {name!r}, which task {task.id!r} needs")
                elif task.id not in self.frozen and tenths > self.capacity[name]:
                    faults.append(
                        f"demand: task {task.id!r} needs {tenths} tenths of {name!r}, which has {self.capacity[name]}"
                    )
        return faults

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each task id."""
        return {task.id: at for at, task in enumerate(self.tasks)}

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """Departments with a capacity, in the order given."""
        return tuple(self.capacity)

    def calendar_of(self, at: int) -> WorkCalendar:
        """The calendar a task is worked in: that of its department."""
        if isinstance(self.calendars, WorkCalendar):
            return self.calendars
        return self.calendars[self.tasks[at].department]


def _whole(value: object) -> bool:
    return type(value) is int or isinstance(value, np.integer)
