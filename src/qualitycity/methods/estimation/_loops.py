"""The passes over the rows of a sample, compiled: one loop each in place of a dozen arrays that come and go."""

from __future__ import annotations

import numpy as np
from numba import njit

from ._labels import Codes, Floats


@njit(cache=True)
def sound(y: Floats, w: Floats, binary: bool) -> tuple[bool, bool]:
    """Return (y and w are all possible, some y is NaN)."""
    gap = False
    for i in range(len(y)):
        if not (w[i] > 0 and w[i] < np.inf):
            return False, gap
        if np.isnan(y[i]):
            gap = True
        elif binary:
            if y[i] != 0 and y[i] != 1:
                return False, gap
        elif np.isinf(y[i]):
            return False, gap
    return True, gap


@njit(cache=True)
def tally(y: Floats, w: Floats, domain: Codes, domains: int) -> tuple[Codes, Floats, Floats]:
    """Return rows, sum of w and sum of w y of every domain."""
    rows, whole, weighted = np.zeros(domains, np.intp), np.zeros(domains), np.zeros(domains)
    for i in range(len(y)):
        at = domain[i]
        rows[at] += 1
        whole[at] += w[i]
        weighted[at] += w[i] * y[i]
    return rows, whole, weighted


@njit(cache=True)
def residuals(y: Floats, w: Floats, domain: Codes, found: Floats, whole: Floats) -> Floats:
    """Return w (y - mean of its domain) / sum of the domain's weights, of every row."""
    score = np.empty(len(y))
    for i in range(len(y)):
        score[i] = w[i] * (y[i] - found[domain[i]]) / whole[domain[i]]
    return score


@njit(cache=True)
def squares(value: Floats, cell: Codes, units: Floats) -> tuple[Codes, Floats]:
    """Return how many values each cell holds, and its sum of squares about the mean of ``units``, the rest being 0.

    Centred first, the zeros added after: never negative, exactly zero where all values are equal.
    """
    present, mean, square = np.zeros(len(units), np.intp), np.zeros(len(units)), np.zeros(len(units))
    for i in range(len(value)):
        present[cell[i]] += 1
        mean[cell[i]] += value[i]
    for at in range(len(units)):
        mean[at] /= units[at]
    for i in range(len(value)):
        apart = value[i] - mean[cell[i]]
        square[cell[i]] += apart * apart
    for at in range(len(units)):
        square[at] += (units[at] - present[at]) * mean[at] * mean[at]
    return present, square
