"""Why a plan is short: the chains of tasks that have no room, the days each lacks and what holds its members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .planning import Plan, link_room

LINK = "link"


@dataclass(frozen=True)
class Chain:
    """Tasks one after the other without a gap, and the working days this chain lacks.

    `held_by`: for each task but the first, `link`, or the name of the department whose people the task before had.
    """

    tasks: tuple[str, ...]
    days: int
    held_by: tuple[str, ...]


@dataclass(frozen=True)
class Shortage:
    """How many working days are missing, at least (`certain`: by the lower bound) and in this plan, and why.

    `helps`: tasks on the chains, whose shortening may help. `spare`: every other task with the days it has to spare;
    shortening one of these alone helps nothing.
    """

    days: int
    certain: int
    chains: tuple[Chain, ...]
    helps: tuple[str, ...]
    spare: Mapping[str, int]


def shortage(plan: Plan) -> Shortage:
    """Return the chains that break the deadline, worst first; each task with negative slack is on at least one.

    >>> from datetime import date
    >>> from .calendar import WorkCalendar
    >>> from .network import Links
    >>> from .planning import back_schedule
    >>> from .work import Task
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> tasks = [Task("plan", 4), Task("print", 1), Task("visit", 5)]
    >>> plan = back_schedule(tasks, Links.of([(0, 2), (1, 2)]), date(2027, 3, 10), every_day, {},
    ...     today=date(2027, 3, 3))
    >>> found = shortage(plan)
    >>> found.days, [chain.tasks for chain in found.chains], found.spare
    (1, [('plan', 'visit')], {'print': 2})
    """
    slack, names = plan.total_slack, [task.id for task in plan.tasks]
    short = [at for at in np.lexsort((plan.early, slack)).tolist() if slack[at] < 0]
    before, after = _holder(plan, plan.early, -1), _holder(plan, plan.late, 1)
    covered: set[int] = set()
    chains = []
    for at in short:
        if at in covered:
            continue
        head, tail = _walk(at, before), _walk(at, after)
        path = [*(one for one, _ in reversed(head)), at, *(one for one, _ in tail)]
        held = [*(why for _, why in reversed(head)), *(why for _, why in tail)]
        covered.update(path)
        chains.append(Chain(tuple(names[one] for one in path), -int(slack[at]), tuple(held)))
    spare = {names[at]: int(slack[at]) for at in plan.model.moving.tolist() if slack[at] >= 0}
    helps = tuple(names[at] for at in sorted(short))
    return Shortage(plan.short_by, plan.certainly_short_by, tuple(chains), helps, spare)


Holder = Callable[[int], tuple[int, str] | None]


def _walk(at: int, holder: Holder) -> list[tuple[int, str]]:
    path: list[tuple[int, str]] = []
    seen = {at}
    found = holder(at)
    while found is not None and found[0] not in seen:
        path.append(found)
        seen.add(found[0])
        found = holder(found[0])
    return path


def _holder(plan: Plan, start: NDArray[np.int64], way: int) -> Holder:
    """What holds a task in a schedule: before it (way -1) or after it (way 1), by a tight link or by capacity."""
    model, links = plan.model, plan.model.given.links
    finish, moving = model.finish(start), np.zeros(start.size, dtype=bool)
    moving[model.moving] = True
    inside = (link_room(model, start) == 0) & moving[links.pred] & moving[links.succ]
    tight = np.flatnonzero(inside)
    here, there = (links.succ, links.pred) if way < 0 else (links.pred, links.succ)

    def find(at: int) -> tuple[int, str] | None:
        linked = there[tight[here[tight] == at]]
        if linked.size:
            return int(linked[np.argmin(plan.total_slack[linked])]), LINK
        edge, met = (start[at], finish) if way < 0 else (finish[at], start)
        own = np.full(start.size, model.calendar[at])
        level = model.rank(own, met) == model.rank(own, np.full(start.size, edge))
        shared = (model.demand[at] > 0) & (model.demand > 0)
        beside = np.flatnonzero(level & shared.any(axis=1) & moving & (model.duration > 0))
        beside = beside[beside != at]
        if not beside.size or model.duration[at] == 0:
            return None
        other = int(beside[np.argmin(plan.total_slack[beside])])
        return other, model.given.departments[int(np.argmax(shared[other]))]

    return find
