"""The cheapest set of cuts that lets a plan keep its deadline: a linear programme whose vertices are whole days.

Start of each task s, days cut x with 0 ≤ x ≤ max_cut, duration d - x:

    minimise Σ cost·x   subject to every link, s ≥ start, s + d - x ≤ deadline.

Written in starts and finishes every row holds the difference of two unknowns, so the matrix is totally unimodular and
the simplex method returns whole days: the answer is exact. Without capacity; with it see `proof`.

Source: J. E. Kelley, "Critical-path planning and scheduling: mathematical basis", Operations Research 9 (1961) 296-320;
D. R. Fulkerson, "A network flow computation for project cost curves", Management Science 7 (1961) 167-178. Solver:
HiGHS dual simplex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import csr_array

from .network import Links, check_durations, cpm
from .planning import Plan

LP = "linear programme over starts and cuts, HiGHS dual simplex"


@dataclass(frozen=True)
class Cut:
    """One task (position), the days cut from it, and what they cost."""

    task: int
    days: int
    cost: float


@dataclass(frozen=True, eq=False)
class Repair:
    """The cuts (tasks,), their cost and a proved lower bound of it; `short_by`: days missing even with all cuts.

    `converged`: the cost is proved to be the least. If `short_by` > 0 the deadline cannot be kept; no cut is made.
    """

    days: NDArray[np.int64]
    price: NDArray[np.float64]
    bound: float
    short_by: int
    method: str

    @property
    def cost(self) -> float:
        """What all cuts cost together."""
        return float((self.days * self.price).sum())

    @property
    def converged(self) -> bool:
        """Whether the cost is proved to be the least."""
        return self.cost <= self.bound + 1e-6 * max(1.0, abs(self.bound))

    @property
    def cuts(self) -> list[Cut]:
        """The tasks that are cut."""
        return [
            Cut(int(at), int(self.days[at]), float(self.days[at] * self.price[at])) for at in self.days.nonzero()[0]
        ]


def repair(duration: Any, links: Links, deadline: int, cost: Any, max_cut: Any, *, start: Any = 0) -> Repair:
    """Return the least-cost cuts with which all tasks end by the boundary `deadline`.

    duration, cost (≥ 0, a day), max_cut (whole days, at most the duration): (n,); start: first working-day number, one
    or (n,). ValueError names what is wrong; Cycle gives a circle.

    >>> found = repair([5, 5, 9], Links.of([(0, 1)]), 8, [3.0, 1.0, 2.0], [2, 1, 4])
    >>> found.days.tolist(), found.cost, found.converged
    ([1, 1, 1], 6.0, True)
    """
    days = check_durations(duration)
    price, most = _prices(days, cost, max_cut)
    begin = np.broadcast_to(np.asarray(start, dtype=np.int64), days.shape)
    base = cpm(days, links, start=0)
    late = deadline - (base.length - base.ls)
    early = _early(days, links, begin)
    tight = early > late
    cut = np.zeros(days.size, dtype=np.int64)
    total = 0.0
    for chosen in (tight, np.ones(days.size, dtype=bool)):
        # Tasks off every chain that is too long need no cut, unless a cut elsewhere moves a start by its finish (FF,
        # SF). So the small programme bounds the large one from below, and is its answer whenever it fits.
        if not chosen.any():
            break
        found = _solve(days, links, deadline, price, most, begin, chosen)
        if found.status == 2:
            whole = np.ones(days.size, dtype=bool)
            missing = _solve(days, links, deadline, price, most, begin, whole, soft=True).fun
            return Repair(cut, price, 0.0, round(missing), LP)
        if found.status:
            raise RuntimeError(f"HiGHS: {found.message}")
        inner = found.x[chosen.sum() : 2 * chosen.sum()]
        cut[chosen], total = np.rint(inner).astype(np.int64), float(found.fun)
        if np.abs(inner - np.rint(inner)).max() < 1e-6 and _fits(days - cut, links, begin, deadline):
            break
    return Repair(cut, price, total, 0, LP)


def mend(plan: Plan, cost: Mapping[str, float], max_cut: Mapping[str, int], *, effort: float = 2.0) -> Repair:
    """Return the least-cost cuts of a plan's unstarted tasks (others cannot be cut), with capacity where it binds.

    `cost`: task id → cost of a day; `max_cut`: task id → most days (0 where not named). Without capacity exact; with
    it by CP-SAT for `effort` (deterministic seconds, each some seconds of a processor); `bound` and `converged` say how
    sure. One calendar for all is needed. Positions in the result are those of `plan.tasks`.
    """
    model = plan.model
    if not model.axis.plain:
        raise ValueError("plan: cutting needs one calendar for all departments")
    unknown = sorted({*cost, *max_cut} - {task.id for task in plan.tasks})
    priceless = sorted(name for name, most in max_cut.items() if most and name not in cost)
    started = sorted(name for name, most in max_cut.items() if most and name in model.given.frozen)
    faults = [f"cost and max_cut: {name!r} is no task" for name in unknown]
    faults += [f"cost: none given for task {name!r}" for name in priceless]
    faults += [f"max_cut: task {name!r} has started" for name in started]
    if faults:
        raise ValueError("; ".join(faults))
    price = np.array([float(cost.get(task.id, 0)) for task in plan.tasks])
    most = np.array([max_cut.get(task.id, 0) for task in plan.tasks])
    instance, moving = model.instance, model.moving
    inner = repair(instance.duration, instance.links, model.deadline, price[moving], most[moving], start=instance.head)
    if instance.demand.any() and not inner.short_by:
        from .proof import repair_under_capacity

        inner = repair_under_capacity(plan, price[moving], most[moving], least=inner.cost, effort=effort)
    days = np.zeros(price.size, dtype=np.int64)
    days[moving] = inner.days
    return Repair(days, price, inner.bound, inner.short_by, inner.method)


def _prices(days: NDArray[np.int64], cost: Any, max_cut: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    price, most = np.asarray(cost, dtype=np.float64), np.asarray(max_cut)
    for name, given in (("cost", price), ("max_cut", most)):
        if given.shape != days.shape:
            raise ValueError(f"{name}: shape {given.shape}, not that of duration {days.shape}")
    if most.size and most.dtype.kind not in "iu":
        raise ValueError(f"max_cut: whole days are needed, not {most.dtype}")
    faults = [f"cost: {price[at]} of task {at}" for at in np.flatnonzero(~(price >= 0) | np.isinf(price))]
    faults += [
        f"max_cut: {most[at]} of task {at}, which takes {days[at]}" for at in np.flatnonzero((most < 0) | (most > days))
    ]
    if faults:
        raise ValueError("; ".join(faults))
    return price, most.astype(np.int64)


def _early(days: NDArray[np.int64], links: Links, begin: NDArray[np.int64]) -> NDArray[np.int64]:
    """Early starts from one start for each task: links from a task before all, whose lag is that start."""
    n, base = days.size, int(begin.min(initial=0))
    held = Links(
        np.concatenate((links.pred, np.full(n, n))),
        np.concatenate((links.succ, np.arange(n))),
        np.concatenate((links.kind, np.zeros(n, dtype=np.int8))),
        np.concatenate((links.lag, begin - base)),
    )
    return cpm(np.append(days, 0), held, start=base).es[:n]


def _fits(days: NDArray[np.int64], links: Links, begin: NDArray[np.int64], deadline: int) -> bool:
    return bool((_early(days, links, begin) + days).max(initial=deadline) <= deadline)


def _solve(
    days: NDArray[np.int64],
    links: Links,
    deadline: int,
    price: NDArray[np.float64],
    most: NDArray[np.int64],
    begin: NDArray[np.int64],
    chosen: NDArray[np.bool_],
    soft: bool = False,
) -> OptimizeResult:
    """The programme over the chosen tasks; unknowns s (k), x (k), days late (1; 0 unless soft, else the cost)."""
    k, place = int(chosen.sum()), np.cumsum(chosen) - 1
    inner = chosen[links.pred] & chosen[links.succ]
    pred, succ = place[links.pred[inner]], place[links.succ[inner]]
    leaves, binds = links.from_finish[inner], links.to_finish[inner]
    rows = np.arange(pred.size)
    ends = pred.size + np.arange(k)
    parts = [  # row, column, coefficient
        (rows, pred, np.ones(rows.size)),
        (rows, succ, -np.ones(rows.size)),
        (rows[leaves], k + pred[leaves], -np.ones(int(leaves.sum()))),
        (rows[binds], k + succ[binds], np.ones(int(binds.sum()))),
        (ends, np.arange(k), np.ones(k)),
        (ends, k + np.arange(k), -np.ones(k)),
        (ends, np.full(k, 2 * k), -np.ones(k)),
    ]
    row, column, value = (np.concatenate([part[at] for part in parts]) for at in range(3))
    matrix = csr_array((value, (row, column)), shape=(pred.size + k, 2 * k + 1))
    limit = np.concatenate((-links.weights(days)[inner], deadline - days[chosen]))
    lowest = np.concatenate((begin[chosen], np.zeros(k + 1)))
    highest = np.concatenate((np.full(k, np.inf), most[chosen], [np.inf if soft else 0]))
    cost = np.concatenate((np.zeros(k), np.zeros(k) if soft else price[chosen], [float(soft)]))
    return linprog(cost, A_ub=matrix, b_ub=limit, bounds=np.stack((lowest, highest), axis=1), method="highs-ds")
