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
def outside(lots: Any, size: Any) -> Any:
    """The place of the first number that is no lot of `size` lots; -1 if all are."""
    for at in range(lots.size):
        if lots[at] < 0 or lots[at] >= size:
            return at
    return -1


@njit(cache=True)
def pick(base: Any, extra: Any, lot: Any) -> Any:
    """A value of a column that lies in two parts: the index's and today's."""
    return base[lot] if lot < base.size else extra[lot - base.size]


@njit(cache=True)
def find(ordered: Any, value: Any) -> Any:
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
def span(start: Any, late_lots: Any, late_start: Any, lot: Any) -> Any:
    """Where the links of a lot lie: (from, to) in the index and (from, to) in today's links."""
    low, high = (np.int64(start[lot]), np.int64(start[lot + 1])) if lot + 1 < start.size else (0, 0)
    at = find(late_lots, lot) if late_lots.size else -1
    return (low, high, late_start[at], late_start[at + 1]) if at >= 0 else (low, high, np.int64(0), np.int64(0))


@njit(cache=True)
def slot(table: Any, lot: Any) -> Any:
    """The place of a lot in the open-addressing table, or the free place where it would go."""
    mask = table.size - 1
    at = (np.int64(lot) * 2654435769 >> 15) & mask  # < 2**63: lots are below 2**31
    while table[at] != -1 and table[at] != lot:
        at = (at + 1) & mask
    return at


@njit(cache=True)
def put(lots: Any, parent: Any, depth: Any, via: Any, table: Any, count: Any, lot: Any, row: Any, edge: Any) -> Any:
    """Write a lot into the columns of a walk unless it stands there; how many stand there then."""
    at = slot(table, lot)
    if table[at] == lot:
        return count
    table[at], lots[count], parent[count], via[count] = lot, lot, row, edge
    depth[count] = depth[row] + 1 if row >= 0 else 0
    return count + 1


@njit(cache=True)
def visited(lots: Any, room: Any = 256) -> Any:
    """A table of lots with room for more: open addressing, at least three quarters empty."""
    while room < lots.size:
        room *= 4
    table = np.full(4 * room, -1, np.int32)
    for lot in lots:
        table[slot(table, lot)] = lot
    return table


@njit(cache=True)
def roomier(lots: Any, parent: Any, depth: Any, via: Any, ends: Any, count: Any, more: Any) -> Any:
    """The columns of a walk with room for `more` rows, and its table of visited lots, three quarters empty."""
    room = max(lots.size, 256)
    while room < count + more:
        room *= 4
    new_lots, new_parent, new_depth = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    new_via, new_ends = np.empty(room, np.int64), np.zeros(room, np.bool_)
    new_lots[:count], new_parent[:count], new_depth[:count] = lots[:count], parent[:count], depth[:count]
    new_via[:count], new_ends[: ends.size] = via[:count], ends
    return new_lots, new_parent, new_depth, new_via, new_ends, visited(lots[:count], room)


@njit(cache=True)
def limit_of(base: Any, extra: Any, lot: Any, sign: Any) -> Any:
    """The day up to which a mixing holder's other lots count, in the direction of the walk."""
    if base.size + extra.size == 0:
        return FREE
    day = np.int64(pick(base, extra, lot))
    return FREE if day == MISSING else day * sign


@njit(cache=True)
def aside(lot: Any, today: Any, limits: Any, cross: Any, place_of: Any, mixer: Any) -> Any:
    """Neighbours of a lot besides the links of the index, as rows (lot, edge): today's links, then mixed goods (-1)."""
    (day, day_late, sign), (_mixers, mixed_start, mixed, keys) = limits, cross
    late_lots, late_start, late_others, late_numbers = today
    at, used = find(late_lots, lot), 0
    late, last = (late_start[at], late_start[at + 1]) if at >= 0 else (0, 0)
    met = np.empty((last - late + (mixed_start[mixer + 1] - place_of[mixer] if mixer >= 0 else 0), 2), np.int64)
    for step in range(late, last):
        met[used, 0], met[used, 1] = late_others[step], late_numbers[step]
        used += 1
    bound = limit_of(day, day_late, lot, sign) if mixer >= 0 else -FREE
    while mixer >= 0 and place_of[mixer] < mixed_start[mixer + 1] and keys[place_of[mixer]] <= bound:
        met[used, 0], met[used, 1] = mixed[place_of[mixer]], -1
        used, place_of[mixer] = used + 1, place_of[mixer] + 1
    return met[:used]


@njit(cache=True)
def follow(
    state: Any, start: Any, others: Any, numbers: Any, here: Any, here_late: Any, shut: Any, barred: Any, beside: Any,
    lots: Any, parent: Any, depth: Any, via: Any, ends: Any, table: Any, edges: Any,
) -> Any:  # fmt: skip
    """Follow the links of the index row by row; back for more room, or (`beside`) after each row that goes on.

    `state` = (row, count, used, deepest), kept up to date; True once more room is needed. Nothing is called with an
    array in here and no array is bound anew: Numba would count references at each link, which costs ten times the rest.
    """
    row, count, used, mask = state[0], state[1], state[2], table.size - 1
    needed = wanted = False
    while row < count and depth[row] < state[3] and not needed and not wanted:
        lot = np.int64(lots[row])
        shut_here = False
        if shut.size > 0:
            station = here[lot] if lot < here.size else here_late[lot - here.size]
            for at in range(shut.size):
                shut_here |= shut[at] == station
        low = np.int64(start[lot]) if lot + 1 < start.size and not shut_here else 0
        high = np.int64(start[lot + 1]) if lot + 1 < start.size and not shut_here else 0
        needed = count + high - low > lots.size or used + high - low > edges.size
        if needed:
            break
        ends[row], deep = low == high and not shut_here, depth[row] + 1
        for step in range(low, high):
            other, free = np.int64(others[step]), True
            for at in range(barred.size):
                free &= barred[at] != other
            if not free:
                continue
            edges[used] = numbers[step] if numbers.size else step
            used += 1
            at = (other * 2654435769 >> 15) & mask  # as `slot`
            while table[at] != -1 and table[at] != other:
                at = (at + 1) & mask
            if table[at] == -1:
                table[at], lots[count], parent[count], depth[count], via[count] = (
                    other,
                    other,
                    row,
                    deep,
                    edges[used - 1],
                )
                count += 1
        wanted = beside and not shut_here
        row += 1
    state[0], state[1], state[2] = row, count, used
    return needed


@njit(cache=True)
def walk(starts: Any, graph: Any, today: Any, stations: Any, limits: Any, cross: Any, stops: Any, deepest: Any) -> Any:
    """Breadth-first walk with memory of the size of its answer; a visited set, so that cycles end.

    `graph` = (start, lot, edge; no edge: its place) and `today` = (lots, start, lot, edge) of one direction; `stations`
    is a column in two parts, `limits` one with the sign of its days behind; `cross` = (stations, start, lots, keys)
    with keys ascending, each lot of which is met once; `stops` = (stations, lots). Answers the columns lots, parent,
    depth, via, ends and the edges.
    """
    (start, others, numbers), (here, here_late), (shut, barred) = graph, stations, stops
    mixers, mixed_start, place_of = cross[0], cross[1], cross[1].copy()
    none, wide = np.empty(0, np.int32), np.empty(0, np.int64)
    lots, parent, depth, via, ends, table = roomier(none, none, none, wide, np.empty(0, np.bool_), 0, starts.size)
    edges, state = np.empty(lots.size, np.int64), np.array([0, 0, 0, deepest])
    for lot in starts:
        if find(barred, lot) < 0:
            state[1] = put(lots, parent, depth, via, table, state[1], lot, -1, -1)
    beside = today[0].size > 0 or mixers.size > 0
    while state[0] < state[1] and depth[state[0]] < deepest:
        before, more = state[0], np.int64(0)
        needed = follow(
            state, start, others, numbers, here, here_late, shut, barred, beside,
            lots, parent, depth, via, ends, table, edges,
        )  # fmt: skip
        met = np.empty((0, 2), np.int64)
        row = state[0] - 1
        if needed:
            lot = lots[state[0]]
            more = np.int64(start[lot + 1]) - np.int64(start[lot])
        elif beside and row >= before and (not shut.size or find(shut, pick(here, here_late, lots[row])) < 0):
            lot = np.int64(lots[row])
            mixer = find(mixers, pick(here, here_late, lot)) if mixers.size else -1
            met = aside(lot, today, limits, cross, place_of, mixer)
            ends[row] &= met.shape[0] == 0 and (mixer < 0 or mixed_start[mixer] == mixed_start[mixer + 1])
            more = met.shape[0]
        if state[1] + more > lots.size:
            lots, parent, depth, via, ends, table = roomier(lots, parent, depth, via, ends, state[1], more)
        if state[2] + more > edges.size:
            edges = np.concatenate((edges[: state[2]], np.empty(state[2] + 2 * more, np.int64)))
        for at in range(met.shape[0]):
            if find(barred, met[at, 0]) < 0:
                edges[state[2]] = met[at, 1]
                state[2] += met[at, 1] >= 0
                state[1] = put(lots, parent, depth, via, table, state[1], met[at, 0], row, met[at, 1])
    count = state[1]
    return lots[:count], parent[:count], depth[:count], via[:count], ends[:count], edges[: state[2]]


@njit(cache=True)
def flood(state: Any, begin: Any, start: Any, others: Any, lots: Any, table: Any) -> Any:
    """Follow links with nothing to heed, from `lots[begin:]` on; back with the room needed, or 0 at the end.

    `state` = (row, count, stamp). `table` holds stamp + lot; what an earlier walk left there is smaller and counts as
    free, so that no walk clears it.
    """
    row, count, stamp, mask = state[0], state[1], state[2], table.size - 1
    needed = np.int64(0)
    while row < count and needed == 0:
        lot = np.int64(lots[row])
        low = np.int64(start[lot]) if lot + 1 < start.size else 0
        high = np.int64(start[lot + 1]) if lot + 1 < start.size else 0
        if count + high - low > lots.size or 4 * (count + high - low - begin) > table.size:
            needed = count + high - low
            break
        for step in range(low, high):
            key = stamp + np.int64(others[step])
            at = (np.int64(others[step]) * 2654435769 >> 15) & mask  # as `slot`
            while table[at] > stamp - 1 and table[at] != key:
                at = (at + 1) & mask
            if table[at] != key:
                table[at], lots[count] = key, others[step]
                count += 1
        row += 1
    state[0], state[1] = row, count
    return needed


@njit(cache=True)
def enter(state: Any, lot: Any, lots: Any, table: Any) -> None:
    """Write one lot into the answer of `flood`, unless it stands there."""
    key, mask = state[2] + np.int64(lot), table.size - 1
    at = (np.int64(lot) * 2654435769 >> 15) & mask
    while table[at] > state[2] - 1 and table[at] != key:
        at = (at + 1) & mask
    if table[at] != key:
        table[at], lots[state[1]] = key, lot
        state[1] += 1


@njit(cache=True)
def floods(group: Any, starts: Any, start: Any, others: Any) -> Any:
    """`walks` where no date, mixing, stop, depth or late link counts: one buffer and one table serve all walks."""
    first, lots, table = np.zeros(group.size, np.int64), np.empty(1024, np.int32), np.zeros(4096, np.int64)
    state = np.zeros(3, np.int64)
    for walk_number in range(group.size - 1):
        begin, size = first[walk_number], group[walk_number + 1] - group[walk_number]
        state[0], state[1], state[2] = begin, begin, np.int64(walk_number + 1) << 32
        needed = begin + size if begin + size > lots.size or 4 * size > table.size else np.int64(0)
        entered = False
        while needed > 0 or not entered:
            if needed > lots.size:
                lots = np.concatenate((lots[: state[1]], np.empty(2 * needed - state[1], np.int32)))
            if 4 * (needed - begin) > table.size:
                room = table.size
                while room < 4 * (needed - begin):
                    room *= 4
                table, here = np.zeros(room, np.int64), lots[begin : state[1]].copy()
                state[1] = begin
                for lot in here:
                    enter(state, lot, lots, table)
            if not entered:
                for lot in starts[group[walk_number] : group[walk_number + 1]]:
                    enter(state, lot, lots, table)
                entered = True
            needed = flood(state, begin, start, others, lots, table)
        first[walk_number + 1] = state[1]
    return first, lots[: first[-1]]


@njit(cache=True)
def walks(
    group: Any, starts: Any, graph: Any, today: Any, stations: Any, limits: Any, cross: Any, stops: Any, deepest: Any
) -> Any:
    """One walk for each group `starts[group[i]:group[i + 1]]`: (where each answer begins, lots)."""
    if not (today[0].size or cross[0].size or stops[0].size or stops[1].size) and deepest == FREE:
        return floods(group, starts, graph[0], graph[1])
    first, lots = np.zeros(group.size, np.int64), np.empty(256, np.int32)
    for at in range(group.size - 1):
        met = walk(starts[group[at] : group[at + 1]], graph, today, stations, limits, cross, stops, deepest)[0]
        used, end = first[at], first[at] + met.size
        if end > lots.size:
            lots = np.concatenate((lots[:used], np.empty(2 * end - used, np.int32)))
        lots[used:end] = met
        first[at + 1] = end
    return first, lots[: first[-1]]
