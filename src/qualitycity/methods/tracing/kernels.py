"""The loops: counting sort in both directions, the walk, the hitting probabilities. Plain Python under `.py_func`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

FREE = np.int64(2**62)  # a limit that nothing reaches
MISSING = np.int64(-(2**31))  # NONE of blocks.py


@njit(cache=True)
def tally(ids: Any, counts: Any) -> None:
    """Add how often each id occurs to `counts`."""
    for at in range(ids.size):
        counts[ids[at]] += 1


@njit(cache=True)
def place(source: Any, target: Any, out_next: Any, in_next: Any, out_lot: Any, in_lot: Any, in_edge: Any) -> Any:
    """Put links where their counting sort wants them, in both directions; the number each got (its forward place)."""
    number = np.empty(source.size, np.uint32)
    for at in range(source.size):
        here, there = source[at], target[at]
        forward, backward = out_next[here], in_next[there]
        out_next[here], in_next[there] = forward + 1, backward + 1
        out_lot[forward] = there
        in_lot[backward] = here
        in_edge[backward] = forward
        number[at] = forward
    return number


@njit(cache=True)
def place_ids(ids: Any, following: Any, members: Any, first: int) -> None:
    """Counting sort of one column: member `first + at` goes to the group `ids[at]`; negative ids belong to none."""
    for at in range(ids.size):
        if ids[at] >= 0:
            members[following[ids[at]]] = first + at
            following[ids[at]] += 1


@njit(cache=True)
def pick(column: Any, lot: int) -> int:
    """A value of a column that lies in two parts: the index's and today's."""
    base, extra = column
    return base[lot] if lot < base.size else extra[lot - base.size]


@njit(cache=True)
def find(ordered: Any, value: int) -> int:
    """Where a value stands in an ascending array; -1 if nowhere."""
    low, high = 0, ordered.size
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < ordered.size and ordered[low] == value else -1


@njit(cache=True)
def span(graph: Any, today: Any, lot: int) -> Any:
    """Where the links of a lot lie: (from, to) in the index and (from, to) in today's links."""
    start = graph[0]
    low, high = (np.int64(start[lot]), np.int64(start[lot + 1])) if lot + 1 < start.size else (0, 0)
    at = find(today[0], lot) if today[0].size else -1
    return (low, high, today[1][at], today[1][at + 1]) if at >= 0 else (low, high, np.int64(0), np.int64(0))


@njit(cache=True)
def slot(table: Any, lot: int) -> int:
    """The place of a lot in the open-addressing table, or the free place where it would go."""
    mask = table.size - 1
    at = (np.int64(lot) * 2654435769 >> 15) & mask  # < 2**63: lots are below 2**31
    while table[at] != -1 and table[at] != lot:
        at = (at + 1) & mask
    return at


@njit(cache=True)
def enter(book: Any, table: Any, count: int, lot: int, depth: int, parent: int, edge: int) -> Any:
    """Write a lot into the book of the walk unless it stands there; rows are (lot, depth, parent's row, edge)."""
    at = slot(table, lot)
    if table[at] == lot:
        return book, table, count
    table[at] = lot
    if count == book.shape[0]:
        longer = np.empty((2 * count, 4), np.int64)
        longer[:count] = book
        book = longer
    book[count, 0], book[count, 1], book[count, 2], book[count, 3] = lot, depth, parent, edge
    count += 1
    if 2 * count > table.size:  # keep the table half empty
        table = np.full(4 * table.size, -1, np.int32)
        for row in range(count):
            table[slot(table, book[row, 0])] = book[row, 0]
    return book, table, count


@njit(cache=True)
def longer_by(edges: Any, used: int, more: int) -> Any:
    """The same edges with room for more."""
    if used + more <= edges.size:
        return edges
    room = np.empty(2 * (used + more), np.int64)
    room[:used] = edges[:used]
    return room


@njit(cache=True)
def limit_of(limits: Any, lot: int, sign: int) -> int:
    """The day up to which a mixing holder's other lots count, in the direction of the walk."""
    if limits[0].size + limits[1].size == 0:
        return FREE
    day = np.int64(pick(limits, lot))
    return FREE if day == MISSING else day * sign


@njit(cache=True)
def walk(starts: Any, graph: Any, today: Any, stations: Any, limits: Any, cross: Any, stops: Any, far: Any) -> Any:
    """Breadth-first walk with memory of the size of its answer; a visited set, so that cycles end.

    `graph` = (start, lot, edge; no edge: its place) and `today` = (lots, start, lot, edge) of one direction; `stations` and `limits` are
    columns in two parts; `cross` = (stations, start, lots, keys) with keys ascending; `stops` = (stations, lots);
    `far` = (greatest depth, sign of days). Answers (book, edges, ends).
    """
    mixers, from_, mixed, keys = cross
    place_of = from_.copy()
    book, table = np.empty((64, 4), np.int64), np.full(256, -1, np.int32)
    edges, used, count, row = np.empty(64, np.int64), 0, 0, 0
    ends = np.zeros(64, np.bool_)
    for start in starts:
        if find(stops[1], start) < 0:
            book, table, count = enter(book, table, count, start, 0, -1, -1)
    while row < count:
        if row == ends.size:
            ends = np.concatenate((ends, np.zeros(row, np.bool_)))
        lot, depth = book[row, 0], book[row, 1] + 1
        station = np.int64(pick(stations, lot)) if stations[0].size + stations[1].size else MISSING
        if depth > far[0] or find(stops[0], station) >= 0:
            row += 1
            continue
        low, high, late, last = span(graph, today, lot)
        edges = longer_by(edges, used, high - low + last - late)
        ends[row] = high - low + last - late == 0
        for at in range(low, high + last - late):
            old = at < high
            other = graph[1][at] if old else today[2][at - high + late]
            edge = today[3][at - high + late] if not old else np.int64(graph[2][at]) if graph[2].size else at
            if stops[1].size and find(stops[1], other) >= 0:
                continue
            edges[used] = edge
            used += 1
            book, table, count = enter(book, table, count, other, depth, row, edge)
        at = find(mixers, station) if mixers.size else -1
        if at >= 0:
            ends[row] &= from_[at] == from_[at + 1]
            bound = limit_of(limits, lot, far[1])
            while place_of[at] < from_[at + 1] and keys[place_of[at]] <= bound:
                other = mixed[place_of[at]]
                place_of[at] += 1
                if find(stops[1], other) < 0:
                    book, table, count = enter(book, table, count, other, depth, row, -1)
        row += 1
    return book[:count], edges[:used], ends[:count]
