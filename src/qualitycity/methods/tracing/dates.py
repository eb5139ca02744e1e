"""Three ways to use dates where a holder mixes goods: not at all, as given, or inferred from the neighbours.

A lot that came on day a can have gone into a lot that left on day b only if a <= b. A missing date is an open interval
("given"); "inferred" narrows it: a lot left its giver no earlier than each of its inputs came there, and came to its
holder no later than each of its outputs left. A date that contradicts what follows from the others is set aside and the
limits are inferred once more without it, as FoodChain-Lab does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qualitycity.methods.tracing.blocks import NONE
from qualitycity.methods.tracing.kernels import FREE, span


@njit(cache=True)
def latest_before(own: Any, order: Any, graph: Any, today: Any) -> Any:
    """For each lot the largest `own` among all lots before it (not itself), along the links of `graph`.

    Lots are visited in descending order of `own`, each once: the first to reach a lot has its largest value.
    """
    reach = own.copy()
    seen = np.zeros(own.size, np.bool_)
    start, others, _numbers = graph
    late_lots, late_start, late_others, _late_numbers = today
    queue = np.empty(own.size, np.int64)
    for root in order:
        if seen[root] or own[root] == -FREE:
            continue
        seen[root], queue[0], head, tail = True, root, 0, 1
        while head < tail:
            lot = queue[head]
            head += 1
            reach[lot] = own[root]
            low, high, late, last = span(start, late_lots, late_start, lot)
            for at in range(low, high + last - late):
                other = others[at] if at < high else late_others[at - high + late]
                if not seen[other]:
                    seen[other], queue[tail] = True, other
                    tail += 1
    best = np.full(own.size, -FREE)
    for lot in range(own.size):
        if reach[lot] != -FREE:
            low, high, late, last = span(start, late_lots, late_start, lot)
            for at in range(low, high + last - late):
                other = others[at] if at < high else late_others[at - high + late]
                best[other] = max(best[other], reach[lot])
    return best


def inferred(left: NDArray[Any], came: NDArray[Any], forward: Any, back: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Latest day a lot can have left and earliest day it can have come, inferred; int32 with NONE for "any day".

    `left`, `came` [n] days or NONE; `forward`, `back` = (links of the index, today's links) as the walk takes them.
    """
    out_min, out_max = _interval(left)
    in_min, in_max = _interval(came)
    bad_out = bad_in = out_min > in_max
    latest_left, earliest_came = out_max, in_min
    for _attempt in range(2):
        out_low, out_high = np.where(bad_out, -FREE, out_min), np.where(bad_out, FREE, out_max)
        in_low, in_high = np.where(bad_in, -FREE, in_min), np.where(bad_in, FREE, in_max)
        in_low, out_high = np.maximum(in_low, out_low), np.minimum(out_high, in_high)
        before = latest_before(in_low, np.argsort(-in_low, kind="stable"), *forward)
        after = -latest_before(-out_high, np.argsort(out_high, kind="stable"), *back)
        out_low, earliest_came = np.maximum(out_low, before), np.maximum(in_low, before)
        in_high, latest_left = np.minimum(in_high, after), np.minimum(out_high, after)
        wrong_out = ~bad_out & ((out_min > latest_left) | (out_max < out_low))
        wrong_in = ~bad_in & ((in_min > in_high) | (in_max < earliest_came))
        if not (wrong_out.any() or wrong_in.any()):
            break
        bad_out, bad_in = bad_out | wrong_out, bad_in | wrong_in
    return _days(latest_left), _days(earliest_came)


def _interval(day: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    open_ = day == NONE
    wide = day.astype(np.int64)
    return np.where(open_, -FREE, wide), np.where(open_, FREE, wide)


def _days(limit: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.where(np.abs(limit) == FREE, NONE, limit).astype(np.int32)
