"""The genetic algorithm: lists of tasks, serial schedules, double justification; steady state, duplicates refused.

An individual is a list of tasks that keeps the links. Every child is scheduled forward, then pushed as late as it goes
in the order of its finishes, then as early as it goes in the order of its starts, and takes the list of the result.
Each of the three counts as one schedule. A child enters if it is no worse than the worst and no twin of it is there.
Everything is drawn from one xorshift generator, so that a seed gives the same plan on every machine.

Source: S. Hartmann, "A competitive genetic algorithm for resource-constrained project scheduling", Naval Research
Logistics 45 (1998) 733-750; V. Valls, F. Ballestín, S. Quintanilla, "A hybrid genetic algorithm for the RCPSP",
EJOR 185 (2008) 495-508.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .generation import Net, by_priority, by_time, serial

PASSES = 3  # schedules a child costs: forward, backward, forward
POPULATION = 400
_SWAPS = 50  # chance in 1,000 that two neighbours on a child's list change places
_NEVER = np.iinfo(np.int64).max


class Scratch(NamedTuple):
    """Working memory of one thread, so that no schedule allocates."""

    free: NDArray[np.uint64]
    back: NDArray[np.uint64]
    used: NDArray[np.int64]
    tally: NDArray[np.int64]
    start: NDArray[np.int64]
    mirror: NDArray[np.int64]
    key: NDArray[np.int64]
    taken: NDArray[np.bool_]


class Origin(NamedTuple):
    """Where the search starts: one list, and lists by latest start with noise of so many slots."""

    first: NDArray[np.int64]
    late: NDArray[np.int64]
    noise: int


class Herd(NamedTuple):
    """The population: lists (size, tasks), the end of each schedule, and a mark by which twins are known."""

    lists: NDArray[np.int64]
    ends: NDArray[np.int64]
    marks: NDArray[np.int64]


def scratch(forward: Net, backward: Net) -> Scratch:
    """Return fresh working memory for a pair of nets."""
    tasks = forward.duration.size
    tally = np.empty(forward.base.shape[1] + 3, dtype=np.int64)
    used = np.zeros((2, 2), dtype=np.int64)
    lines, taken = np.empty((3, tasks), dtype=np.int64), np.zeros(tasks, dtype=np.bool_)
    return Scratch(forward.base.copy(), backward.base.copy(), used, tally, lines[0], lines[1], lines[2], taken)


def herd(size: int, tasks: int) -> Herd:
    """Return an empty population."""
    return Herd(
        np.empty((size, tasks), dtype=np.int64),
        np.full(size, _NEVER, dtype=np.int64),
        np.zeros(size, dtype=np.int64),
    )


def seeded(seed: int, island: int) -> NDArray[np.uint64]:
    """Return the generator's state for a seed and an island (splitmix64 of both, never 0)."""
    x = (seed * 0x9E3779B97F4A7C15 + island * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) % 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> shift)) * factor % 2**64
    return np.array([(x ^ (x >> 31)) or 1], dtype=np.uint64)


@njit(cache=True)
def draw(state: Any, below: int) -> Any:  # pragma: no cover - compiled
    """Next whole number from 0 to below - 1 (xorshift64, G. Marsaglia, J. Stat. Softw. 8 (2003) 14)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(11)) % below


@njit(cache=True)
def finishes(net: Net, start: Any, out: Any) -> None:  # pragma: no cover - compiled
    """Fill `out` with the finish of each task that starts at `start`."""
    for task in range(start.size):
        if net.plain or net.duration[task] == 0:
            out[task] = start[task] + net.duration[task]
        else:
            own = net.calendar[task]
            out[task] = net.days[own, net.rank[own, start[task]] + net.duration[task] - 1] + 1


@njit(cache=True)
def push_late(forward: Net, backward: Net, start: Any, end: int, order: Any, tool: Scratch) -> int:  # pragma: no cover
    """Push a schedule as late as it goes before slot `end`, last finish first; fills `order` and `start` anew.

    The backward pass is the forward pass of the mirrored net. A task whose turn comes before that of a successor (a
    start-to-start link lets it) keeps to where the successor is now; so no task ever moves the wrong way. Successors
    come first only where that holds anyway: without capacity, or if the schedule does not fit before `end` as it is.
    Returns -1 past the calendars.
    """
    slots = forward.base.shape[1]
    finishes(forward, start, tool.key)
    for task in range(order.size):
        tool.key[task] = slots - tool.key[task]
    if backward.ordered or (backward.span[-1] > 0 and slots - tool.key.min() <= end):
        by_time(backward, tool.key, order, tool.tally)
    else:
        by_priority(backward, tool.key, order)
    tool.mirror[:] = tool.key
    if serial(backward, order, slots - end, tool.mirror, tool.back, tool.used[1]) < 0:
        return -1
    finishes(backward, tool.mirror, start)
    for task in range(order.size):
        start[task] = slots - start[task]
    return 0


@njit(cache=True)
def justify(forward: Net, backward: Net, order: Any, tool: Scratch) -> int:  # pragma: no cover - compiled
    """Schedule a list, push it late, then early again; leaves list and starts of the result, returns its end or -1."""
    end = serial(forward, order, 0, tool.start, tool.free, tool.used[0])
    if end < 0 or push_late(forward, backward, tool.start, end, order, tool) < 0:
        return -1
    by_time(forward, tool.start, order, tool.tally)
    end = serial(forward, order, 0, tool.start, tool.free, tool.used[0])
    if end >= 0 and forward.ordered:
        by_time(forward, tool.start, order, tool.tally)
    elif end >= 0:
        by_priority(forward, tool.start, order)
    return end


@njit(cache=True)
def _cross(mother: Any, father: Any, child: Any, taken: Any, state: Any) -> None:  # pragma: no cover - compiled
    """Two-point crossover of lists: the middle in the father's order, the rest in the mother's."""
    n = mother.size
    one, two = draw(state, n + 1), draw(state, n + 1)
    one, two = min(one, two), max(one, two)
    taken[:] = False
    for at in range(one):
        child[at] = mother[at]
        taken[mother[at]] = True
    put = one
    for at in range(n):
        if put == two:
            break
        if not taken[father[at]]:
            child[put] = father[at]
            taken[father[at]] = True
            put += 1
    for at in range(one, n):
        if not taken[mother[at]]:
            child[put] = mother[at]
            put += 1


@njit(cache=True)
def _mutate(net: Net, child: Any, state: Any) -> None:  # pragma: no cover - compiled
    """Let neighbours on the list that no link joins change places."""
    for at in range(child.size - 1):
        if draw(state, 1000) >= _SWAPS:
            continue
        one, two = child[at], child[at + 1]
        joined = False
        for link in range(net.first[two], net.first[two + 1]):
            joined |= net.pred[link] == one
        if not joined:
            child[at], child[at + 1] = two, one


@njit(cache=True)
def _better_of_two(ends: Any, state: Any) -> int:  # pragma: no cover - compiled
    one, two = draw(state, ends.size), draw(state, ends.size)
    return one if ends[one] <= ends[two] else two


@njit(cache=True)
def _place(group: Herd, filled: int, end: int, mark: int) -> int:  # pragma: no cover - compiled
    """Where a child enters: the next free place, or that of the worst; -1 if it is worse still or a twin is there."""
    if filled < group.ends.size:
        return filled
    worst = 0
    for at in range(group.ends.size):
        if group.ends[at] == end and group.marks[at] == mark:
            return -1
        if group.ends[at] > group.ends[worst] or (
            group.ends[at] == group.ends[worst] and group.marks[at] > group.marks[worst]
        ):
            worst = at
    return worst if end <= group.ends[worst] else -1


@njit(cache=True, nogil=True)
def evolve(
    forward: Net, backward: Net, origin: Origin, group: Herd, tool: Scratch, state: Any, stop: Any, best: Any
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Search until `stop` = (schedules, end that is good enough); fill `best` with starts; return (end, schedules)."""
    child = origin.first.copy()
    best_end, made, filled = _NEVER, 0, 0
    while made + PASSES <= stop[0] and best_end > stop[1]:
        if filled == group.ends.size:
            mother, father = _better_of_two(group.ends, state), _better_of_two(group.ends, state)
            _cross(group.lists[mother], group.lists[father], child, tool.taken, state)
            _mutate(forward, child, state)
        elif filled > 0:
            for task in range(child.size):
                tool.key[task] = origin.late[task] * 1024 + draw(state, origin.noise * 1024 + 1)
            by_priority(forward, tool.key, child)
        end = justify(forward, backward, child, tool)
        made += PASSES
        if end < 0:
            end = _NEVER - 1
        mark = 0
        for task in range(child.size):
            mark += tool.start[task] * (task + 1)
        if end < best_end:
            best_end = end
            best[:] = tool.start
        at = _place(group, filled, end, mark)
        if at >= 0:
            filled = max(filled, at + 1)
            group.lists[at] = child
            group.ends[at], group.marks[at] = end, mark
    return best_end, made
