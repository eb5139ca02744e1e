"""Weights and sizes of a sample: chances proportional to size, post-stratification, exact optimum allocation."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._labels import Floats, blame, codes, numbers, read_labels, settle


def inclusion_probabilities(size: ArrayLike, n: int) -> Floats:
    """Return inclusion probabilities proportional to size that add up to n; units too large for that are certain (1).

    size  (N,) >= 0, finite; a unit of size 0 is never drawn
    n     units to draw, at least 1 and at most the number of units with size > 0

    Source: Särndal, Swensson and Wretman 1992, 3.6.1. These are the target of a fixed-size design; for a draw of the
    package lottery the exact ones are those of ``lottery.odds``.

    >>> inclusion_probabilities([6, 1, 1, 2], 2).tolist()
    [1.0, 0.25, 0.25, 0.5]
    """
    sizes = np.asarray(size, np.float64)
    if sizes.ndim != 1 or not sizes.size:
        raise ValueError(f"size: shape {sizes.shape}, expected (N,)")
    bad = ~((sizes >= 0) & np.isfinite(sizes))
    if bad.any():
        raise ValueError(f"size[{int(bad.argmax())}] = {float(sizes[bad][0])!r} is not a finite number >= 0")
    able = int((sizes > 0).sum())
    if n != int(n) or not 1 <= n <= able:
        raise ValueError(f"n = {n!r} is not a whole number from 1 to {able}, the units with size > 0")
    chance = np.zeros(len(sizes))
    certain = np.zeros(len(sizes), bool)
    while True:  # each turn makes at least one more unit certain
        open_ = ~certain
        left = n - int(certain.sum())
        if left == int((sizes[open_] > 0).sum()):  # also when both are 0: all that are left are drawn
            return (certain | (sizes > 0)).astype(float) if left else certain.astype(float)
        chance = np.where(certain, 1.0, left * sizes / sizes[open_].sum())
        large = open_ & (chance >= 1)
        if not large.any():
            return chance
        certain |= large


def poststratify(w: ArrayLike, cell: ArrayLike, totals: Mapping[Any, float]) -> Floats:
    """Return weights scaled so that in each cell they add up to the known total of the population.

    w       (n,) design weights > 0
    cell    (n,) labels
    totals  population count of every cell that occurs, > 0; a cell without a drawn unit must be merged first

    Pass the same ``cell`` as ``poststratum`` to ``survey.proportion``, so that its variance knows of it.
    Source: Särndal, Swensson and Wretman 1992, 7.6.

    >>> poststratify([2, 2, 4], ["a", "a", "b"], {"a": 6, "b": 2}).tolist()
    [3.0, 3.0, 2.0]
    """
    rows = np.size(w)
    faults: list[str] = []
    weights = numbers("w", w, rows, faults)
    blame("w", weights, ~(weights > 0) | np.isinf(weights), "is no weight: finite and > 0", faults)
    of_row, names = codes(read_labels("cell", cell, rows, faults))
    labels = names.tolist()
    faults += [f"totals: no entry for cell {name!r}" for name in labels if name not in totals]
    for name, value in totals.items():
        if name not in labels:
            faults.append(f"totals: cell {name!r} has no drawn unit; merge it with another")
        elif not (math.isfinite(value) and value > 0):
            faults.append(f"totals[{name!r}] = {value!r} is not finite and > 0")
    settle(faults)
    known = np.array([totals[name] for name in labels], np.float64)
    return weights * (known / np.bincount(of_row, weights, len(labels)))[of_row]


def neyman(N_h: ArrayLike, s_h: ArrayLike, n: int, minimum: int = 1) -> NDArray[np.int64]:  # noqa: N803 - the usual name
    """Return whole sample sizes of the strata that give the least variance of the stratified total, exactly.

    N_h      (H,) units of each stratum, whole numbers > 0
    s_h      (H,) standard deviation in each stratum, >= 0; for a pass rate sqrt(p (1 - p))
    n        units to draw in all
    minimum  least units of every stratum, >= 1 (2 if the variance is to be estimated); smaller strata are taken whole

    Rounding the real-valued n N_h s_h / sum(N_h s_h) is neither optimal nor sure to add up; here each unit goes where
    it lowers the variance most: the next after k in a stratum by (N_h s_h)² / (k (k + 1)). No stratum gets more than
    N_h. Among equals the earlier stratum is served first. Raises ValueError where n cannot be placed.
    Source: Wright, The American Statistician 66 (2012) 217-224, and Stat. Prob. Letters 129 (2017) 50-57.

    >>> neyman([47, 61, 41], [10, 5, 8], 10).tolist()
    [4, 3, 3]
    """
    sizes, spread = np.asarray(N_h, np.float64), np.asarray(s_h, np.float64)
    if sizes.ndim != 1 or not sizes.size or sizes.shape != spread.shape:
        raise ValueError(f"N_h, s_h: shapes {sizes.shape} and {spread.shape}, expected (H,) twice")
    faults: list[str] = []
    blame("N_h", sizes, ~((sizes > 0) & (sizes == np.floor(sizes)) & np.isfinite(sizes)), "is no count > 0", faults)
    blame("s_h", spread, ~((spread >= 0) & np.isfinite(spread)), "is not finite and >= 0", faults)
    if minimum < 1:
        faults.append(f"minimum = {minimum!r} is less than 1: a stratum without a unit cannot be estimated")
    settle(faults)
    taken = np.minimum(sizes, minimum).astype(np.int64)
    left = n - int(taken.sum())
    if left < 0 or n > sizes.sum():
        raise ValueError(f"n = {n!r} is not from {int(taken.sum())} (the least) to {sizes.sum():.0f} (all units)")
    worth = (sizes * spread) ** 2
    # Strata without spread fill up last, in order: every unit there is worth 0.
    queue = [(-worth[h] / (taken[h] * (taken[h] + 1.0)), h) for h in range(len(sizes)) if taken[h] < sizes[h]]
    heapq.heapify(queue)
    for _ in range(left):
        _, h = queue[0]
        taken[h] += 1
        if taken[h] < sizes[h]:
            heapq.heapreplace(queue, (-worth[h] / (taken[h] * (taken[h] + 1.0)), h))
        else:
            heapq.heappop(queue)
    return taken
