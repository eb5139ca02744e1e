"""All compiled code of capacity: serial schedules, justification, the genetic algorithm; why and whence in `genetic`.

It stands in one file because numba's cache looks only at the file of the function it keeps: code of another file that
is compiled into it could change unseen.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

GUARD = np.uint64(0x8000_8000_8000_8000)  # the bit above each lane of 15
PASSES = 3  # schedules a child costs: forward, backward, forward
_SWAPS = 50  # chance in 1,000 that two neighbours on a child's list change places
_NEVER = np.iinfo(np.int64).max


class Net(NamedTuple):
    """One direction of time, as arrays the kernel reads; n tasks, their links in two forms, lanes, calendars.

    `first`, `pred`, `weight` (and `kind`, `lag`, for mixed calendars): links into each task, by task. `after`, `succ`:
    links out of it. `head`: earliest start (slot). `span`, `word`, `need`: the words each task draws on. `base`: free
    capacity (words, slots). `plain`: every slot is a working day of everybody; otherwise slot `days[c, k]` is working
    day k of calendar c, and `rank[c, t]` counts its working days before t. `ordered`: no link lets a successor start
    before its predecessor, so sorting by start keeps all links.
    """

    duration: NDArray[np.int64]
    first: NDArray[np.int64]
    pred: NDArray[np.int64]
    weight: NDArray[np.int64]
    kind: NDArray[np.int64]
    lag: NDArray[np.int64]
    yard: NDArray[np.int64]
    after: NDArray[np.int64]
    succ: NDArray[np.int64]
    topological: NDArray[np.int64]
    head: NDArray[np.int64]
    span: NDArray[np.int64]
    word: NDArray[np.int64]
    need: NDArray[np.uint64]
    base: NDArray[np.uint64]
    calendar: NDArray[np.int64]
    days: NDArray[np.int64]
    rank: NDArray[np.int64]
    plain: bool
    ordered: bool


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


@njit(cache=True)
def serial(net: Any, order: Any, offset: int, start: Any, free: Any, used: Any) -> int:
    """Fill `start` in the order of the list, from `offset` on; return the last finish, or -1 past the calendars.

    `free` and `used` (slots touched by the last call) are working memory, so that no call allocates.
    """
    for row in range(free.shape[0]):
        for slot in range(used[0], used[1]):
            free[row, slot] = net.base[row, slot]
    used[0], used[1] = free.shape[1], 0
    last = offset
    for at in range(order.size):
        task = order[at]
        if net.plain:
            begin = _earliest(net, task, offset, start)
            begin = _fit(net, task, begin, free, used)
            finish = begin + net.duration[task]
        else:
            begin, finish = _fit_calendar(net, task, offset, start, free, used)
            if begin < 0:
                return -1
        start[task] = begin
        last = max(last, finish)
    return last


@njit(cache=True)
def _earliest(net: Any, task: int, offset: int, start: Any) -> int:
    begin = max(offset, net.head[task])
    for at in range(net.first[task], net.first[task + 1]):
        begin = max(begin, start[net.pred[at]] + net.weight[at])
    return begin


@njit(cache=True)
def _lacks(net: Any, task: int, slot: int, free: Any) -> bool:
    for at in range(net.span[task], net.span[task + 1]):
        if ((free[net.word[at], slot] | GUARD) - net.need[at]) & GUARD != GUARD:
            return True
    return False


@njit(cache=True)
def _book(net: Any, task: int, slot: int, free: Any) -> None:
    for at in range(net.span[task], net.span[task + 1]):
        free[net.word[at], slot] -= net.need[at]


@njit(cache=True)
def _fit(net: Any, task: int, begin: int, free: Any, used: Any) -> int:
    """First start from `begin` on with capacity on every day; books it."""
    days = net.duration[task]
    if days == 0 or net.span[task] == net.span[task + 1]:
        return begin
    known = begin  # slots of the window before this one are known to suffice
    slot = begin + days - 1
    while slot >= known:
        if _lacks(net, task, slot, free):
            known = begin + days
            begin = slot + 1
            slot = begin + days
        slot -= 1
    for slot in range(begin, begin + days):
        _book(net, task, slot, free)
    used[0], used[1] = min(used[0], begin), max(used[1], begin + days)
    return begin


@njit(cache=True)
def _bound(net: Any, link: int, start: Any) -> int:
    """Slot before which a link does not let the bound end of its successor lie; -1 past the table.

    A start on Monday 08:00 and a finish on Friday 17:00 are one moment of work: SF counts working days even for lag 0.
    """
    task = net.pred[link]
    bound = start[task]
    if net.kind[link] % 2 == 0 and net.duration[task] > 0:  # FS and FF leave from the finish
        own = net.calendar[task]
        bound = net.days[own, net.rank[own, bound] + net.duration[task] - 1] + 1
    if net.lag[link] == 0 and net.kind[link] < 3:
        return bound
    yard = net.yard[link]  # the calendar in which this lag is counted
    count = net.rank[yard, bound] + net.lag[link]
    if count > net.rank[yard, -1]:
        return -1
    return net.days[yard, count - 1] + 1 if count > 0 else 0


@njit(cache=True)
def _fit_calendar(net: Any, task: int, offset: int, start: Any, free: Any, used: Any) -> tuple[int, int]:
    """As `_earliest` and `_fit`, on the working days of the task's own calendar; (-1, -1) past the table."""
    own, days = net.calendar[task], net.duration[task]
    begin = max(offset, net.head[task])
    number = net.rank[own, begin]
    for link in range(net.first[task], net.first[task + 1]):
        bound = _bound(net, link, start)
        if bound < 0:
            return -1, -1
        begin = max(begin, bound)
        if net.kind[link] < 2:
            number = max(number, net.rank[own, bound])
        elif bound > 0:
            number = max(number, net.rank[own, bound - 1] + 1 - days)
    if days == 0:  # a boundary in time, in nobody's calendar
        return begin, begin
    known = number
    at = number + days - 1
    while at >= known:
        if at >= net.rank[own, -1]:
            return -1, -1
        if _lacks(net, task, net.days[own, at], free):
            known = number + days
            number = at + 1
            at = number + days
        at -= 1
    for at in range(number, number + days):
        _book(net, task, net.days[own, at], free)
    begin, finish = net.days[own, number], net.days[own, number + days - 1] + 1
    used[0], used[1] = min(used[0], begin), max(used[1], finish)
    return begin, finish


@njit(cache=True)
def by_time(net: Any, key: Any, order: Any, tally: Any) -> None:
    """Fill `order` with the tasks by ascending key; ties follow the topological order.

    Sorting by time alone breaks links between milestones that fall on the same day.
    """
    low = key.min()
    reach = key.max() - low + 2
    for at in range(reach):
        tally[at] = 0
    for task in range(key.size):
        tally[key[task] - low + 1] += 1
    for at in range(1, reach):
        tally[at] += tally[at - 1]
    for at in range(key.size):
        task = net.topological[at]
        order[tally[key[task] - low]] = task
        tally[key[task] - low] += 1


@njit(cache=True)
def by_priority(net: Any, key: Any, order: Any) -> None:
    """Fill `order` with a topological order that takes, among the tasks whose predecessors are in, the least key."""
    n = key.size
    waiting = np.empty(n, np.int64)
    place = np.empty(n, np.int64)
    for at in range(n):
        place[net.topological[at]] = at
    heap = [(np.int64(0), np.int64(0)) for _ in range(0)]
    for task in range(n):
        waiting[task] = net.first[task + 1] - net.first[task]
        if waiting[task] == 0:
            heapq.heappush(heap, (np.int64(key[task]), place[task]))
    for at in range(n):
        task = net.topological[heapq.heappop(heap)[1]]
        order[at] = task
        for link in range(net.after[task], net.after[task + 1]):
            other = net.succ[link]
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(heap, (np.int64(key[other]), place[other]))


@njit(cache=True)
def draw(state: Any, below: int) -> Any:
    """Next whole number from 0 to below - 1 (xorshift64, G. Marsaglia, J. Stat. Softw. 8 (2003) 14)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(11)) % below


@njit(cache=True)
def finishes(net: Net, start: Any, out: Any) -> None:
    """Fill `out` with the finish of each task that starts at `start`."""
    for task in range(start.size):
        if net.plain or net.duration[task] == 0:
            out[task] = start[task] + net.duration[task]
        else:
            own = net.calendar[task]
            out[task] = net.days[own, net.rank[own, start[task]] + net.duration[task] - 1] + 1


@njit(cache=True)
def push_late(forward: Net, backward: Net, start: Any, end: int, order: Any, tool: Scratch) -> int:
    """Push a schedule as late as it goes before slot `end`, last finish first; fills `order` and `start` anew.

    The backward pass is the forward pass of the mirrored net. A task whose turn comes before that of a successor (a
    start-to-start link lets it) keeps to where the successor is now; so no task ever moves the wrong way. Successors
    come first only where that holds anyway: without capacity, or if the schedule does not fit before `end` as it is.
    Returns -1 past the calendars.
    """
    slots = forward.base.shape[1]
    finishes(forward, start, tool.key)
    tool.key[:] = slots - tool.key
    if backward.ordered or (backward.span[-1] > 0 and slots - tool.key.min() <= end):
        by_time(backward, tool.key, order, tool.tally)
    else:
        by_priority(backward, tool.key, order)
    tool.mirror[:] = tool.key
    if serial(backward, order, slots - end, tool.mirror, tool.back, tool.used[1]) < 0:
        return -1
    finishes(backward, tool.mirror, start)
    start[:] = slots - start
    return 0


@njit(cache=True)
def justify(forward: Net, backward: Net, order: Any, tool: Scratch) -> int:
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
def _cross(mother: Any, father: Any, child: Any, taken: Any, state: Any) -> None:
    """Two-point crossover of lists: the middle in the father's order, the rest in the mother's."""
    n = mother.size
    cuts = draw(state, n + 1), draw(state, n + 1)
    one, two = min(cuts), max(cuts)
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
def _mutate(net: Net, child: Any, state: Any) -> None:
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
def _better_of_two(ends: Any, state: Any) -> int:
    one, two = draw(state, ends.size), draw(state, ends.size)
    return one if ends[one] <= ends[two] else two


@njit(cache=True)
def _place(group: Herd, filled: int, end: int, mark: int) -> int:
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
) -> tuple[int, int]:
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
