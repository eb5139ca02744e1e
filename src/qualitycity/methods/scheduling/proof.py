"""Proof on small knots by constraint programming (CP-SAT): how early a plan can end at best, and exact repair.

A whole project of at most `limit` tasks is solved exactly: the answer is a plan and a bound. Of a larger one a knot is
solved for each department: its tasks with the least slack, with its capacity alone, with the longest chains between,
before and after them. Each knot bounds the whole from below. CP-SAT runs one worker with one seed and a deterministic
limit of effort, so that the same call gives the same answer on every machine, however loaded.

Source: OR-Tools CP-SAT (L. Perron, F. Didier); lazy clause generation for the RCPSP: A. Schutt and others,
Constraints 16 (2011) 250-282.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from .instance import Instance
from .model import Model
from .planning import Plan
from .shortening import Repair

CP_SAT = "CP-SAT, one worker, deterministic limit"
_FAR = np.iinfo(np.int64).min // 4


@dataclass(frozen=True)
class Knot:
    """One solved part: the department ("" for the whole), its tasks, and the days from today no plan can undercut."""

    department: str
    tasks: tuple[str, ...]
    lower: int
    exact: bool


@dataclass(frozen=True, eq=False)
class Bound:
    """Working days from today to the end: `lower` for every plan, `upper` reached by `plan` (perhaps a better one)."""

    lower: int
    upper: int
    plan: Plan
    knots: tuple[Knot, ...]
    method: str = CP_SAT

    @property
    def converged(self) -> bool:
        """Whether the plan is proved to end as early as any can."""
        return self.lower >= self.upper


def prove(plan: Plan, *, limit: int = 40, effort: float = 2.0, seed: int = 0) -> Bound:
    """Return bounds of the earliest end, and a better plan if one is found.

    `limit`: most tasks of one knot. `effort`: CP-SAT's deterministic seconds for each knot (each some
    seconds of a processor). One calendar for all is
    needed (ValueError), as bounds are counted in its working days.

    >>> from datetime import date
    >>> from .calendar import WorkCalendar
    >>> from .network import Links
    >>> from .planning import back_schedule
    >>> from .work import Task
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> tasks = [Task(name, 3, demand={"bureau": 6}) for name in "abc"]
    >>> plan = back_schedule(tasks, Links.of([]), date(2027, 3, 20), every_day, {"bureau": 10}, today=date(2027, 3, 1))
    >>> plan.bound - plan.model.today, prove(plan).lower
    (6, 9)
    """
    model = plan.model
    if not model.axis.plain:
        raise ValueError("plan: a proof needs one calendar for all departments")
    for name, value in (("limit", limit), ("effort", effort)):
        if value <= 0:
            raise ValueError(f"{name}: more than 0 is needed, not {value}")
    lower, knots = plan.bound, list[Knot]()
    best = plan
    if plan.converged:
        pass
    elif model.moving.size <= limit:
        found, bound = _whole(plan, effort, seed)
        lower = max(lower, bound)
        if found is not None:
            best = found
        names = tuple(plan.tasks[at].id for at in model.moving)
        knots.append(Knot("", names, lower - model.today, lower >= best.early_end))
    else:
        for at, name in enumerate(model.given.departments):
            knot = _knot(plan, at, name, limit, effort, seed)
            if knot is not None:
                knots.append(knot)
                lower = max(lower, model.today + knot.lower)
    best = replace(best, bound=min(lower, best.early_end))
    return Bound(best.bound - model.today, best.early_end - model.today, best, tuple(knots))


def repair_under_capacity(
    plan: Plan, price: NDArray[np.float64], most: NDArray[np.int64], *, least: float, effort: float, seed: int = 0
) -> Repair:
    """Return the least-cost cuts of the moving tasks with which the plan keeps its deadline under capacity.

    price: cost of a day, whole numbers ≥ 0; most: days that may be cut; both (moving tasks,). `least`: a cost that is
    needed anyway. If the deadline cannot be kept, `short_by` holds the days that are missing with every cut made, as
    far as proved.
    """
    if (price != np.rint(price)).any() or (price < 0).any():
        raise ValueError("cost: whole numbers ≥ 0 are needed where capacity binds")
    if (most < 0).any() or (most > plan.model.instance.duration).any():
        raise ValueError("max_cut: from 0 to the duration of the task")
    model, none = plan.model, np.zeros_like(most)
    program, _, cuts = _program(model.instance, model.deadline, most)
    cost = program.new_int_var(round(least), int((price * most).sum()), "cost")
    program.add(cost == sum(int(one) * cut for one, cut in zip(price, cuts, strict=True)))
    program.minimize(cost)
    solver = _solver(effort, seed)
    status = solver.solve(program)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        days = np.array([solver.value(cut) for cut in cuts], dtype=np.int64)
        return Repair(days, price, float(solver.best_objective_bound), 0, CP_SAT)
    if status != cp_model.INFEASIBLE:
        raise RuntimeError(f"CP-SAT: no answer within the effort of {effort}; give more")
    longest = model.early(None, model.nets[0])
    program, starts, cuts = _program(model.instance, model.end(longest), most)
    end = _end(program, model.instance, starts, cuts, model.end(longest), none)
    program.minimize(end)
    solver.solve(program)
    return Repair(none, price, 0.0, int(np.ceil(solver.best_objective_bound)) - model.deadline, CP_SAT)


def _solver(effort: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = effort
    return solver


def _program(instance: Instance, end: int, most: NDArray[np.int64]) -> tuple[cp_model.CpModel, list[Any], list[Any]]:
    """Starts, cuts (0 … most) and all rules of an instance that ends by a slot."""
    program = cp_model.CpModel()
    n = instance.duration.size
    starts = [program.new_int_var(int(instance.head[at]), end, f"s{at}") for at in range(n)]
    cuts: list[Any] = [program.new_int_var(0, int(most[at]), f"x{at}") if most[at] else 0 for at in range(n)]
    links = instance.links
    for pred, succ, weight, leaves, binds in zip(
        links.pred, links.succ, links.weights(instance.duration), links.from_finish, links.to_finish, strict=True
    ):
        gain = (cuts[pred] if leaves else 0) - (cuts[succ] if binds else 0)
        program.add(starts[succ] >= starts[pred] + int(weight) - gain)
    boxes = []
    for at in range(n):
        finish = program.new_int_var(0, end, f"f{at}")
        boxes.append(program.new_interval_var(starts[at], int(instance.duration[at]) - cuts[at], finish, f"b{at}"))
    top = instance.free.max(axis=0, initial=0)
    for at in range(instance.demand.shape[1]):
        uses = np.flatnonzero(instance.demand[:, at])
        fixed, taken = _blocks(program, top[at] - instance.free[:end, at])
        if uses.size:
            demand = [int(one) for one in instance.demand[uses, at]]
            program.add_cumulative([*(boxes[one] for one in uses), *fixed], [*demand, *taken], int(top[at]))
    return program, starts, cuts


def _blocks(program: cp_model.CpModel, taken: NDArray[np.int64]) -> tuple[list[Any], list[int]]:
    """Stretches of slots that frozen tasks take from a department, as fixed intervals."""
    edges = np.flatnonzero(np.diff(taken, prepend=0, append=0))
    spans = [(int(one), int(two), int(taken[one])) for one, two in zip(edges, edges[1:], strict=False) if taken[one]]
    return (
        [program.new_fixed_size_interval_var(one, two - one, f"f{one}") for one, two, _ in spans],
        [tenths for *_, tenths in spans],
    )


def _end(
    program: cp_model.CpModel, instance: Instance, starts: Sequence[Any], cuts: Sequence[Any], most: int, tail: Any
) -> Any:
    """An unknown that is no earlier than every finish plus its tail."""
    end = program.new_int_var(0, most, "end")
    for at in range(instance.duration.size):
        program.add(end >= starts[at] + int(instance.duration[at] + tail[at]) - cuts[at])
    return end


def _whole(plan: Plan, effort: float, seed: int) -> tuple[Plan | None, int]:
    """A plan that ends earlier (None if none was found) and the slot before which none can end."""
    model, instance = plan.model, plan.model.instance
    none = np.zeros_like(instance.duration)
    program, starts, cuts = _program(instance, plan.early_end, none)
    end = _end(program, instance, starts, cuts, plan.early_end, none)
    program.add(end >= plan.bound)
    for unknown, slot in zip(starts, plan.early[model.moving], strict=True):
        program.add_hint(unknown, int(slot))
    program.minimize(end)
    solver = _solver(effort, seed)
    status = solver.solve(program)
    bound = int(np.ceil(solver.best_objective_bound - 1e-6))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or solver.value(end) >= plan.early_end:
        return None, bound
    early = np.array([solver.value(unknown) for unknown in starts], dtype=np.int64)
    late = model.late(early, model.deadline, model.nets)
    return replace(plan, early=model.all(early), late=model.all(late)), bound


def _knot(plan: Plan, at: int, name: str, limit: int, effort: float, seed: int) -> Knot | None:
    """The bound of one department's tightest tasks; None if no two of them can be in each other's way."""
    model, instance = plan.model, plan.model.instance
    early = model.early(None, model.loose[0])
    end = model.end(early)
    tail = end - model.late(early, end, model.loose) - instance.duration
    uses = np.flatnonzero((instance.demand[:, at] > 0) & (instance.duration > 0))
    slack = end - early - instance.duration - tail
    chosen = np.sort(uses[np.argsort(slack[uses], kind="stable")][:limit])
    if chosen.size < 2:
        return None
    apart = _apart(model, chosen)
    program = cp_model.CpModel()
    last = plan.early_end
    starts = [program.new_int_var(int(early[one]), last, f"s{one}") for one in chosen]
    for one, two in zip(*np.nonzero(apart > _FAR), strict=True):
        if one != two:
            program.add(starts[two] >= starts[one] + int(apart[one, two]))
    boxes = [
        program.new_fixed_size_interval_var(start, int(instance.duration[one]), f"b{one}")
        for start, one in zip(starts, chosen, strict=True)
    ]
    top = int(instance.free[:, at].max())
    fixed, taken = _blocks(program, top - instance.free[:last, at])
    program.add_cumulative([*boxes, *fixed], [*map(int, instance.demand[chosen, at]), *taken], top)
    finish = program.new_int_var(plan.bound, last, "end")
    for start, one in zip(starts, chosen, strict=True):
        program.add(finish >= start + int(instance.duration[one] + tail[one]))
    program.minimize(finish)
    solver = _solver(effort, seed)
    status = solver.solve(program)
    lower = max(plan.bound, int(np.ceil(solver.best_objective_bound - 1e-6))) - model.today
    names = tuple(plan.tasks[model.moving[one]].id for one in chosen)
    return Knot(name, names, lower, status == cp_model.OPTIMAL)


def _apart(model: Model, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Least days between the starts of the chosen tasks by chains of links; (k, k), far below 0 where none joins."""
    net = model.nets[0]
    return _longest(net.topological, net.first, net.pred, net.weight, chosen)[:, chosen]


@njit(cache=True)
def _longest(order: Any, first: Any, pred: Any, weight: Any, sources: Any) -> Any:  # pragma: no cover - compiled
    """Longest chains from each source to every task."""
    far = np.full((sources.size, order.size), _FAR)
    for row in range(sources.size):
        far[row, sources[row]] = 0
        for task in order:
            for at in range(first[task], first[task + 1]):
                if far[row, pred[at]] > _FAR:
                    far[row, task] = max(far[row, task], far[row, pred[at]] + weight[at])
    return far
