"""How early can it end at best: the longest chain, and the work that a department's capacity must get through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .model import Model


def lower_bound(model: Model, early: NDArray[np.int64]) -> int:
    """Return the slot before which no plan of the model can end; `early`: starts without any capacity.

    The largest of: the end of the longest chain; for each department and each pair of a day and a tail, the day plus
    the days needed for all its work that cannot begin earlier, plus the tail that must follow each of these tasks.
    """
    instance = model.instance
    end = model.end(early)
    best = end
    if not model.axis.plain or not early.size:
        return best
    tail = end - (model.late(early, end, model.loose) + instance.duration)
    for at, tenths in enumerate(model.capacity.tolist()):
        uses = np.flatnonzero(instance.demand[:, at] * instance.duration)
        if uses.size and tenths:
            uses = uses[np.argsort(-tail[uses], kind="stable")]
            work = instance.demand[uses, at] * instance.duration[uses]
            best = max(best, int(_work_bound(early[uses], tail[uses], work, np.unique(early[uses]), tenths)))
    return best


@njit(cache=True)
def _work_bound(head: Any, tail: Any, work: Any, days: Any, tenths: int) -> int:  # pragma: no cover - compiled
    """Largest day + ceil(work of tasks with head ≥ day and tail ≥ t, over capacity) + t; tasks by descending tail."""
    best = 0
    for day in days:
        done = 0
        for at in range(head.size):
            if head[at] >= day:
                done += work[at]
                best = max(best, day + -(-done // tenths) + tail[at])
    return best
