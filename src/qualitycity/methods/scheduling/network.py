"""The network of tasks and the critical path method (CPM) with four kinds of links and lags, in working-day numbers.

Time is cut into working days. A task that starts at `s` and takes `d` occupies the days s, s+1 … s+d-1; its finish is
the boundary f = s + d, so that the last day (included) is f - 1. A milestone (d = 0) is a boundary: 17:00 of day s - 1
or, which is the same working time, 08:00 of day s. Lags are working days and may be negative (a lead).

A link p → q of each kind asks

    FS (finish to start)   s_q ≥ f_p + lag        FF (finish to finish)  f_q ≥ f_p + lag
    SS (start to start)    s_q ≥ s_p + lag        SF (start to finish)   f_q ≥ s_p + lag

which is s_q ≥ s_p + w for one weight w a link. The forward pass takes the longest path from the start, the backward
pass the longest path to the deadline, both in topological order in O(tasks + links).

Source: J. E. Kelley, M. R. Walker, "Critical-path planning and scheduling", Proc. EJCC 1959; kinds of links: precedence
diagramming, S. E. Elmaghraby, "Activity nets", EJOR 82 (1995) 383-408.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

KINDS = ("FS", "SS", "FF", "SF")
FS, SS, FF, SF = range(4)


class Cycle(ValueError):
    """The links run in a circle; `path` holds the tasks along it, the first again as the last."""

    def __init__(self, path: Sequence[int], names: Sequence[str] | None = None) -> None:
        self.path = tuple(path)
        shown = " → ".join(names[at] if names else str(at) for at in self.path)
        super().__init__(f"links: they run in a circle: {shown}")


@dataclass(frozen=True, eq=False)
class Links:
    """Links between tasks, arrays of shape (links,): `pred`, `succ` (positions), `kind` (in KINDS), `lag` (days)."""

    pred: NDArray[np.int32]
    succ: NDArray[np.int32]
    kind: NDArray[np.int8]
    lag: NDArray[np.int32]

    def __post_init__(self) -> None:
        sizes = set()
        for name, kind in (("pred", np.int32), ("succ", np.int32), ("kind", np.int8), ("lag", np.int32)):
            given = np.asarray(getattr(self, name))
            if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
                raise ValueError(f"{name}: a line of whole numbers is needed, not {given.dtype}{given.shape}")
            object.__setattr__(self, name, np.ascontiguousarray(given, dtype=kind))
            sizes.add(given.size)
        if len(sizes) > 1:
            raise ValueError(f"pred, succ, kind, lag: of one length, not {sorted(sizes)}")
        wrong = np.flatnonzero((self.kind < 0) | (self.kind > SF))
        if wrong.size:
            raise ValueError(f"kind: {int(self.kind[wrong[0]])} of link {int(wrong[0])} is none of 0 to 3 {KINDS}")

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int] | tuple[int, int, str] | tuple[int, int, str, int]]) -> Links:
        """Return links from rows (pred, succ[, kind[, lag]]); kind FS and lag 0 where not given.

        ValueError lists every row whose kind is unknown.

        >>> Links.of([(0, 1), (1, 2, "SS", 3)]).lag.tolist()
        [0, 3]
        """
        full = [(*row, *("FS", 0)[len(row) - 2 :]) for row in rows]
        wrong = [f"{row} has kind {row[2]!r}" for row in full if row[2] not in KINDS]
        if wrong:
            raise ValueError(f"kind: one of {', '.join(KINDS)} is needed; " + "; ".join(wrong))
        table = [(int(row[0]), int(row[1]), KINDS.index(str(row[2])), int(row[3])) for row in full]
        columns = np.array(table, dtype=np.int64).reshape(-1, 4).T
        return cls(*columns)

    def __len__(self) -> int:
        return self.pred.size

    @property
    def from_finish(self) -> NDArray[np.bool_]:
        """Links that leave from the finish of their predecessor."""
        return (self.kind == FS) | (self.kind == FF)

    @property
    def to_finish(self) -> NDArray[np.bool_]:
        """Links that bind the finish of their successor."""
        return self.kind >= FF

    def weights(self, duration: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return w of s_succ ≥ s_pred + w for each link.

        >>> Links.of([(0, 1, "FF", 1)]).weights(np.array([5, 2])).tolist()
        [4]
        """
        return (
            self.lag.astype(np.int64)
            + np.where(self.from_finish, duration[self.pred], 0)
            - np.where(self.to_finish, duration[self.succ], 0)
        )


@dataclass(frozen=True, eq=False)
class Cpm:
    """Early and late starts and finishes (boundaries), slack, and a topological order; arrays of shape (tasks,).

    `total_slack` = ls - es: how far a task may slip without breaking the deadline (negative: it is short by as much).
    `free_slack`: how far it may slip without moving any other early date. `critical`: total slack ≤ 0. `start` and
    `deadline` are the boundaries counted from; `finish` is the earliest possible end of all.
    """

    es: NDArray[np.int64]
    ef: NDArray[np.int64]
    ls: NDArray[np.int64]
    lf: NDArray[np.int64]
    total_slack: NDArray[np.int64]
    free_slack: NDArray[np.int64]
    critical: NDArray[np.bool_]
    order: NDArray[np.int64]
    start: int
    finish: int
    deadline: int
    method: str = "critical path method, precedence diagram, working-day numbers"

    @property
    def length(self) -> int:
        """Working days from start to the earliest end of all."""
        return self.finish - self.start


def cpm(duration: Any, links: Links, *, start: int | None = None, deadline: int | None = None) -> Cpm:
    """Return early and late dates and slack of every task.

    duration: (n,) whole working days ≥ 0; links: positions 0 … n-1; start: first working-day number; deadline: the
    boundary after the last day allowed. Without a deadline: the earliest end of all. Without a start: as late as the
    longest chain allows (0 if neither is given). ValueError names what is wrong; Cycle gives the circle.

    >>> found = cpm([3, 2, 4], Links.of([(0, 1), (0, 2), (1, 2, "SS", 1)]), start=0, deadline=9)
    >>> found.es.tolist(), found.ls.tolist(), found.total_slack.tolist(), found.finish
    ([0, 3, 4], [1, 4, 5], [1, 1, 1], 8)
    """
    days = check_durations(duration)
    check_links(links, days.size)
    weights = links.weights(days)
    order, es, slack = _forward(days.size, links.pred, links.succ, weights, days)
    if order.size < days.size:
        raise Cycle(find_cycle(links, order, days.size))
    length = int((es + days).max(initial=0))
    if start is None:
        start = 0 if deadline is None else deadline - length
    finish = start + length
    end = finish if deadline is None else deadline
    es += start
    ls = _backward(order, links.pred, links.succ, weights, days, end)
    ef, lf = es + days, ls + days
    free = np.minimum(slack, finish - ef)
    total = ls - es
    return Cpm(es, ef, ls, lf, total, free, total <= 0, order, start, finish, end)


def check_durations(duration: Any) -> NDArray[np.int64]:
    """Return durations as int64; ValueError for other than whole numbers ≥ 0 in one line."""
    days = np.asarray(duration)
    if days.ndim != 1 or (days.size and days.dtype.kind not in "iu"):
        raise ValueError(f"duration: a line of whole working days is needed, not {days.dtype}{days.shape}")
    wrong = np.flatnonzero(days < 0)
    if wrong.size:
        raise ValueError(f"duration: {int(days[wrong[0]])} of task {int(wrong[0])} is negative")
    return days.astype(np.int64)


def check_links(links: Links, tasks: int) -> None:
    """Raise ValueError where a link names a task that is not there."""
    for name in ("pred", "succ"):
        at = getattr(links, name)
        wrong = np.flatnonzero((at < 0) | (at >= tasks))
        if wrong.size:
            raise ValueError(f"links: {name} {int(at[wrong[0]])} of link {int(wrong[0])} is none of {tasks} tasks")


def find_cycle(links: Links, order: NDArray[np.int64], tasks: int) -> list[int]:
    """Return a circle among the tasks that no topological order reaches."""
    left = np.ones(tasks, dtype=bool)
    left[order] = False
    before: dict[int, int] = {}
    for pred, succ in zip(links.pred.tolist(), links.succ.tolist(), strict=True):
        if left[pred] and left[succ]:
            before[succ] = pred
    at, seen = min(before), dict[int, int]()
    while at not in seen:  # every task left over has a predecessor left over, so walking back must come round
        seen[at] = len(seen)
        at = before[at]
    walked = list(seen)[seen[at] :]
    return [at, *reversed(walked)]


@njit(cache=True)
def _forward(n: int, pred: Any, succ: Any, weight: Any, duration: Any) -> Any:  # pragma: no cover - compiled
    """Order (shorter than n if there is a cycle), early starts from 0, and room before the nearest successor moves."""
    links = pred.size
    first = np.zeros(n + 1, np.int64)
    waiting = np.zeros(n, np.int64)
    for at in range(links):
        first[pred[at] + 1] += 1
        waiting[succ[at]] += 1
    for task in range(n):
        first[task + 1] += first[task]
    place = first[:-1].copy()
    target, weighs = np.empty(links, np.int64), np.empty(links, np.int64)
    for at in range(links):
        where = place[pred[at]]
        target[where], weighs[where] = succ[at], weight[at]
        place[pred[at]] += 1
    order = np.empty(n, np.int64)
    early = np.zeros(n, np.int64)
    head = tail = 0
    for task in range(n):
        if waiting[task] == 0:
            order[tail] = task
            tail += 1
    while head < tail:
        task = order[head]
        head += 1
        for at in range(first[task], first[task + 1]):
            other = target[at]
            early[other] = max(early[other], early[task] + weighs[at])
            waiting[other] -= 1
            if waiting[other] == 0:
                order[tail] = other
                tail += 1
    room = np.full(n, np.iinfo(np.int64).max, np.int64)
    for at in range(links):
        task = pred[at]
        room[task] = min(room[task], early[succ[at]] - early[task] - weight[at])
    return order[:tail], early, room


@njit(cache=True)
def _backward(order: Any, pred: Any, succ: Any, weight: Any, duration: Any, end: int) -> Any:  # pragma: no cover
    """Late starts from the boundary `end`."""
    n = order.size
    place = np.empty(n, np.int64)
    for at in range(n):
        place[order[at]] = at
    first = np.zeros(n + 1, np.int64)
    for at in range(pred.size):
        first[place[pred[at]] + 1] += 1
    for at in range(n):
        first[at + 1] += first[at]
    fill = first[:-1].copy()
    member = np.empty(pred.size, np.int64)
    for at in range(pred.size):
        where = place[pred[at]]
        member[fill[where]] = at
        fill[where] += 1
    late = end - duration
    for where in range(n - 1, -1, -1):
        task = order[where]
        for at in range(first[where], first[where + 1]):
            link = member[at]
            late[task] = min(late[task], late[succ[link]] - weight[link])
    return late


def expand(links: Links, parent: Any) -> Links:
    """Return links between leaves only, where links may name summary tasks; parent: (n,) position of it, -1 for none.

    A summary task finishes when its last leaf does and starts when its first does: so a link from its finish leaves
    from every leaf, a link to its start binds every leaf. A link from its start, or to its finish, would say «any of
    them»: refused, as is a link between a summary task and its own part (ValueError, all at once).

    >>> expand(Links.of([(0, 3)]), [-1, 0, 0, -1]).pred.tolist()
    [1, 2]
    """
    above = np.asarray(parent, dtype=np.int64)
    check_links(links, above.size)
    leaves: dict[int, list[int]] = {int(task): [] for task in np.unique(above[above >= 0])}
    ancestors: list[list[int]] = []
    for task in range(above.size):
        line, at = [], int(above[task])
        while at >= 0 and at not in line and at != task:
            line.append(at)
            at = int(above[at])
        if at >= 0:
            raise ValueError(f"parent: task {at} lies within itself")
        ancestors.append(line)
        if task not in leaves:
            for one in line:
                leaves[one].append(task)
    rows, faults = [], []
    for pred, succ, kind, lag in zip(*(column.tolist() for column in _columns(links)), strict=True):
        if pred in ancestors[succ] or succ in ancestors[pred]:
            inner, outer = (succ, pred) if pred in ancestors[succ] else (pred, succ)
            faults.append(f"links: task {inner} is part of task {outer}, so no link can join them")
        if pred in leaves and kind in (SS, SF):
            faults.append(f"links: {KINDS[kind]} from the start of summary task {pred} would bind to any of its parts")
        if succ in leaves and kind in (FF, SF):
            faults.append(f"links: {KINDS[kind]} to the finish of summary task {succ} would bind any of its parts")
        rows += [(one, two, KINDS[kind], lag) for one in leaves.get(pred, [pred]) for two in leaves.get(succ, [succ])]
    if faults:
        raise ValueError("; ".join(faults))
    return Links.of(rows)


def _columns(links: Links) -> tuple[NDArray[Any], ...]:
    return links.pred, links.succ, links.kind, links.lag
