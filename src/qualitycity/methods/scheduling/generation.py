"""Serial schedule generation: take the tasks in the order of a list, start each as early as links and capacity allow.

Departments' free capacity stands in 15-bit lanes, four departments to a 64-bit word, so that one subtraction tells
whether all four suffice on a day. One kernel serves both directions of time: the backward pass is the same work on
the mirrored net.

Source: J. E. Kelley, "The critical-path method: resources planning and scheduling", 1963; R. Kolisch, "Serial and
parallel resource-constrained project scheduling methods revisited", EJOR 90 (1996) 320-333; justification: V. Valls,
F. Ballestín, S. Quintanilla, "Justification and RCPSP", EJOR 165 (2005) 375-386.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

LANES = 4
LIMIT = 2**15 - 1  # tenths of persons in one lane
GUARD = np.uint64(0x8000_8000_8000_8000)


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


def pack(tenths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return rows of tenths (…, departments), each 0 … LIMIT, as words (…, ceil(departments / 4))."""
    words = -(-tenths.shape[-1] // LANES)
    lanes = np.zeros((*tenths.shape[:-1], words * LANES), dtype=np.uint64)
    lanes[..., : tenths.shape[-1]] = tenths
    shifts = np.arange(LANES, dtype=np.uint64) * np.uint64(16)
    return (lanes.reshape(*tenths.shape[:-1], words, LANES) << shifts).sum(axis=-1, dtype=np.uint64)


@njit(cache=True)
def serial(net: Any, order: Any, offset: int, start: Any, free: Any, used: Any) -> int:  # pragma: no cover - compiled
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
def _earliest(net: Any, task: int, offset: int, start: Any) -> int:  # pragma: no cover - compiled
    begin = max(offset, net.head[task])
    for at in range(net.first[task], net.first[task + 1]):
        begin = max(begin, start[net.pred[at]] + net.weight[at])
    return begin


@njit(cache=True)
def _lacks(net: Any, task: int, slot: int, free: Any) -> bool:  # pragma: no cover - compiled
    for at in range(net.span[task], net.span[task + 1]):
        if ((free[net.word[at], slot] | GUARD) - net.need[at]) & GUARD != GUARD:
            return True
    return False


@njit(cache=True)
def _book(net: Any, task: int, slot: int, free: Any) -> None:  # pragma: no cover - compiled
    for at in range(net.span[task], net.span[task + 1]):
        free[net.word[at], slot] -= net.need[at]


@njit(cache=True)
def _fit(net: Any, task: int, begin: int, free: Any, used: Any) -> int:  # pragma: no cover - compiled
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
def _bound(net: Any, link: int, start: Any) -> int:  # pragma: no cover - compiled
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
def _fit_calendar(
    net: Any, task: int, offset: int, start: Any, free: Any, used: Any
) -> tuple[int, int]:  # pragma: no cover - compiled
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
def by_time(net: Any, key: Any, order: Any, tally: Any) -> None:  # pragma: no cover - compiled
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
def by_priority(net: Any, key: Any, order: Any) -> None:  # pragma: no cover - compiled
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
