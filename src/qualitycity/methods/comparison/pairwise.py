"""Estimates from the differences of all pairs of results, and Hampel's location (ISO 13528 C.5), in batch over rounds.

The differences of a round are sorted once; the Q method then walks up to the first quarter of them only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from .factors import STANDARD, qn_correction
from .robust import Robust, _middle
from .rounds import Floats, enough, numbers, positive, shaped, sorted_rounds

_QN = 2.2191  # Amd 1:2026 to formula (C.19); the 2022 text has 2.2219 with another h
_TIE = 4 * np.finfo(float).eps  # equal differences of decimals come out up to 2 eps max|x| apart
_ZERO = 1e-12  # a sum of psi below this is a root, on results in units of the scale
_BLOCK = 2**17  # differences sorted at a time: they stay in the cache
_CORNERS = np.array([-4.5, -3.0, -1.5, 1.5, 3.0, 4.5])  # where psi of (C.30) bends


def qn(X: ArrayLike) -> Floats:  # noqa: N803
    """Return Qn of each round, the k-th smallest difference made consistent (C.5.2.1 as amended 2026).

    k = h(h - 1)/2 with h = floor(p/2) + 1, factor 2.2191 and the correction b_p. X [R, p] or [p], NaN missing;
    ValueError for fewer than two results.

    >>> round(float(qn([1.0, 2.0, 3.0, 4.0, 100.0])), 4)
    1.8729
    """
    rows, counts, alone = sorted_rounds(X, "X", 2)
    half = counts // 2 + 1
    at = half * (half - 1) // 2 - 1
    found = np.empty(len(rows))
    for part, pairs in _sorted_pairs(rows, counts):
        found[part] = pairs[np.arange(len(pairs)), at[part]]
    return shaped(_QN * qn_correction(counts) * found, alone)


def q_method(X: ArrayLike) -> Floats:  # noqa: N803
    """Return the standard deviation of each round by the Q method (C.5.2.2), with or without replicates.

    X: [p] one round, [R, p] rounds, or [R, p, n] with n replicates a laboratory; NaN missing (rounds.padded makes such
    an array of ragged lists). With replicates every pair of laboratories weighs the same, whatever their numbers of
    results. Differences that are equal in exact arithmetic are merged within 4 eps max|x|, so that the result does not
    depend on the unit of rounded data. 0 where all laboratories agree. ValueError for fewer than two laboratories.

    >>> round(float(q_method([1.0, 2.0, 3.0, 4.0, 100.0])), 4)
    3.1068
    """
    values = numbers(X, "X")
    if values.ndim == 3:
        return _q_of_replicates(values)
    rows, counts, alone = sorted_rounds(values, "X", 2)
    total = (counts * (counts - 1) // 2).astype(np.float64)
    tie = _TIE * np.maximum(np.abs(rows[:, 0]), np.abs(rows[np.arange(len(rows)), counts - 1]))
    quarter, ties = np.empty(len(rows)), np.empty(len(rows))
    for part, pairs in _sorted_pairs(rows, counts):
        ones = np.broadcast_to(1.0, pairs.shape)
        quarter[part], ties[part] = _quarter_point(pairs, ones, total[part], tie[part])
    return shaped(_consistent(quarter, ties / total), alone)


def hampel(X: ArrayLike, scale: ArrayLike) -> Floats:  # noqa: N803
    """Return Hampel's location of each round for a given scale, by the finite search of C.5.3.3.

    X [R, p] or [p], NaN missing; scale [R] or one number, not negative. Of several roots the one nearest the median is
    taken, the median itself if two are equally near or the scale is 0.

    >>> round(float(hampel([1.0, 2.0, 3.0, 4.0, 100.0], 2.0)), 4)
    2.5
    """
    rows, counts, alone = sorted_rounds(X, "X", 1)
    width = positive(scale, "scale", zero=True)
    if np.isnan(width).any() or width.ndim > 1 or width.size not in (1, len(rows)):
        raise ValueError(f"scale must be one number or one for each of {len(rows)} rounds, not {width.shape} with NaN")
    width = np.broadcast_to(width, len(rows)).astype(np.float64)
    middle = _middle(rows, counts)
    units = np.divide(rows - middle[:, None], width[:, None], out=np.zeros_like(rows), where=width[:, None] > 0)
    corners = np.sort((units[:, :, None] + _CORNERS).reshape(len(rows), -1), axis=1)
    return shaped(middle + width * _nearest_root(units, corners, counts), alone)


def q_hampel(X: ArrayLike) -> Robust:  # noqa: N803
    """Return Hampel's location with the Q method's scale for each round (C.5.4).

    X: as for q_method; with replicates the location is that of the laboratories' means.

    >>> found = q_hampel([1.0, 2.0, 3.0, 4.0, 100.0])
    >>> round(float(found.location), 4), round(float(found.scale), 4)
    (2.5, 3.1068)
    """
    values = numbers(X, "X")
    scale = q_method(values)
    means = values
    if values.ndim == 3:
        present = np.count_nonzero(~np.isnan(values), axis=2)
        means = np.where(present > 0, np.nansum(values, axis=2) / np.maximum(present, 1), np.nan)
    p = np.count_nonzero(~np.isnan(means), axis=-1)
    none, done = np.zeros_like(p), np.ones_like(p, dtype=np.bool_)
    return Robust(hampel(means, scale), scale, p, none, done, scale == 0, "Q/Hampel", STANDARD)


def _sorted_pairs(rows: Floats, counts: NDArray[np.int64]) -> Iterator[tuple[slice, Floats]]:
    """Blocks of rounds with their differences in ascending order, missing pairs last as infinity."""
    pairs = rows.shape[1] * (rows.shape[1] - 1) // 2
    step = max(1, _BLOCK // max(pairs, 1))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        found = _differences(rows[part], counts[part])
        found.sort(axis=1)
        yield part, found


@nb.njit(cache=True)
def _differences(rows: Floats, counts: NDArray[np.int64]) -> Floats:
    p = rows.shape[1]
    out = np.full((len(rows), p * (p - 1) // 2), np.inf)
    for r in range(len(rows)):
        at = 0
        for i in range(counts[r]):
            for j in range(i + 1, counts[r]):
                out[r, at] = rows[r, j] - rows[r, i]
                at += 1
    return out


def _q_of_replicates(values: Floats) -> Floats:
    """The Q method of [R, p, n]: formula (C.23) weighs a difference of laboratories i and j by 1/(n_i n_j)."""
    size, labs, reps = values.shape
    present = np.count_nonzero(~np.isnan(values), axis=2)
    counts = np.count_nonzero(present, axis=1)
    enough(counts, "X", 2)
    one, other = np.triu_indices(labs * reps, 1)
    apart = one // reps != other // reps
    one, other = one[apart], other[apart]
    flat = values.reshape(size, labs * reps)
    share = np.repeat(1 / np.maximum(present, 1), reps, axis=1)
    quarter, ties = np.empty(size), np.empty(size)
    total = counts * (counts - 1) / 2
    tie = _TIE * np.nanmax(np.abs(flat), axis=1)
    for r in range(size):
        pairs = np.abs(flat[r, one] - flat[r, other])
        order = np.argsort(pairs, kind="stable")  # NaN, a missing pair, comes last
        order = order[: np.count_nonzero(~np.isnan(pairs))]
        weights = (share[r, one] * share[r, other])[order]
        found = _quarter_point(pairs[None, order], weights[None], total[r : r + 1], tie[r : r + 1])
        quarter[r], ties[r] = found[0][0], found[1][0]
    return _consistent(quarter, ties / total)


def _consistent(quarter: Floats, zeros: Floats) -> Floats:
    """Formula (C.25): from the quarter point of the differences to a standard deviation of normal results."""
    return quarter / (np.sqrt(2.0) * ndtri(0.625 + 0.375 * zeros))


@nb.njit(cache=True)
def _quarter_point(pairs: Floats, weights: Floats, total: Floats, tie: Floats) -> tuple[Floats, Floats]:
    """Where G, formula (C.24), reaches 1/4 + 3/4 H(0); and the weight of the differences that are zero.

    G joins the middles of the steps of H by straight lines; a step gathers what lies within `tie` of its first member.
    """
    size, n = pairs.shape
    found, zeros = np.zeros(size), np.zeros(size)
    for r in range(size):
        at = 0
        while at < n and pairs[r, at] <= tie[r]:
            zeros[r] += weights[r, at]
            at += 1
        aim = 0.25 * total[r] + 0.75 * zeros[r]
        height, last_x, last_g = zeros[r], 0.0, 0.0
        while at < n and pairs[r, at] < np.inf:
            x, step = pairs[r, at], 0.0
            while at < n and pairs[r, at] - x <= tie[r]:
                step += weights[r, at]
                at += 1
            g = height + 0.5 * step
            if g >= aim:
                found[r] = last_x + (x - last_x) * (aim - last_g) / (g - last_g)
                break
            height, last_x, last_g = height + step, x, g
    return found, zeros


@nb.njit(cache=True)
def _sum_of_psi(units: Floats, n: int, at: float) -> float:
    """The sum of Hampel's psi, formula (C.30), over the first n results."""
    total = 0.0
    for i in range(n):
        q = units[i] - at
        size = abs(q)
        if size > 1.5:
            size = min(1.5, max(4.5 - size, 0.0))
        total += size if q > 0 else -size
    return total


@nb.njit(cache=True)
def _nearest_root(units: Floats, corners: Floats, counts: NDArray[np.int64]) -> Floats:
    """The root of the sum of psi nearest 0 (the median), 0 if tied; the sum is straight between the corners."""
    out = np.zeros(len(units))
    for r in range(len(units)):
        n = counts[r]
        tiny = 1e-12 * max(1.0, -units[r, 0], units[r, n - 1])
        below, above = corners[r, 0], np.inf  # the nearest root on either side; the outermost corners always are roots
        left, left_sum = corners[r, 0], _sum_of_psi(units[r], n, corners[r, 0])
        for m in range(1, 6 * n):
            right = corners[r, m]
            right_sum = _sum_of_psi(units[r], n, right)
            root = np.nan
            if abs(right_sum) < _ZERO:
                root = right
            elif abs(left_sum) >= _ZERO and left_sum * right_sum < 0 and right - left > tiny:
                root = left - left_sum * (right - left) / (right_sum - left_sum)
            if root <= 0.0:
                below = root
            if root >= 0.0 and root < above:
                above = root
            left, left_sum = right, right_sum
            if above < np.inf:
                break
        if above < -below - tiny:
            out[r] = above
        elif -below < above - tiny:
            out[r] = below
    return out
