"""Cochran's, Grubbs' and Mandel's statistics with critical values by formula (ISO 5725-2:2019, 7.3), in batch.

A statistic beyond the 5 % value is a straggler, beyond the 1 % value an outlier. Grubbs' tests are two-sided, as the
standard's tables are: either tail has half of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtr, fdtri, stdtr, stdtrit

from .components import STANDARD, Cells
from .pair import pair_critical, pair_probability
from .rounds import Floats, numbers, probability, shaped, sorted_rounds

STRAGGLER, OUTLIER = 0.05, 0.01  # 7.3.2
_LEAST = 1e-300  # in place of 0 below a fraction


@dataclass(frozen=True)
class OutlierTest:
    """One test in each level: arrays [L], or scalars for one level alone; `lab` [L, 2] for a test of two values.

    lab is the suspect laboratory, straggler_limit and outlier_limit are the 5 % and 1 % critical values, verdict is
    "", "straggler" or "outlier". p_value is an upper bound for Cochran and one value, exact for two values. A level
    without any spread has the statistic NaN and no suspect (lab -1).
    """

    statistic: Floats
    lab: NDArray[np.int64]
    straggler_limit: Floats
    outlier_limit: Floats
    p_value: Floats
    verdict: NDArray[np.str_]
    method: str
    standard: str = STANDARD


@dataclass(frozen=True)
class Grubbs:
    """Grubbs' test at either end of the laboratories' means."""

    high: OutlierTest
    low: OutlierTest


@dataclass(frozen=True)
class Mandel:
    """Mandel's consistency statistics [L, p] (or [p]) and their critical values [L, 2]: 5 % and 1 %.

    h compares a laboratory's mean with the mean of all means, k its standard deviation with the pooled one; NaN where
    the laboratory has no mean or no standard deviation. h (k) is 0 where all means are equal (no replicates differ).
    """

    h: Floats
    k: Floats
    h_critical: Floats
    k_critical: Floats
    method: str = "Mandel's h and k (7.3.1)"
    standard: str = STANDARD


def cochran_critical(p: ArrayLike, n: ArrayLike, alpha: float) -> Floats:
    """Return the critical value of Cochran's C for p variances of n results each; arrays broadcast.

    C = 1/(1 + (p - 1)/F), F the upper alpha/p quantile with n - 1 and (p - 1)(n - 1) degrees of freedom.

    >>> round(float(cochran_critical(8, 3, 0.05)), 3)
    0.516
    """
    p, n = _sizes(p, "p", 2), _sizes(n, "n", 2)
    return 1 / (1 + (p - 1) / fdtri(n - 1, (p - 1) * (n - 1), 1 - probability(alpha, "alpha") / p))


def grubbs_critical(p: ArrayLike, alpha: float, kind: str = "one") -> Floats:
    """Return the two-sided critical value of Grubbs' test for p values; kind "one" or "two" outlying values.

    One value: (p - 1)/sqrt(p) · sqrt(t²/(p - 2 + t²)), t the upper alpha/(2p) quantile with p - 2 degrees of freedom;
    larger is outlying. Two values: the exact quantile of Grubbs' ratio at alpha/2, module pair; smaller is outlying.

    >>> round(float(grubbs_critical(8, 0.05)), 3), round(float(grubbs_critical(8, 0.05, "two")), 4)
    (2.127, 0.1101)
    """
    probability(alpha, "alpha")
    if kind == "two":
        sizes = _sizes(p, "p", 4)
        return np.array([pair_critical(int(size), alpha / 2) for size in sizes.flat]).reshape(sizes.shape)[()]
    if kind != "one":
        raise ValueError(f'kind must be "one" or "two", not {kind!r}')
    p = _sizes(p, "p", 3)
    square = stdtrit(p - 2, 1 - alpha / (2 * p)) ** 2
    return (p - 1) / np.sqrt(p) * np.sqrt(square / (p - 2 + square))


def h_critical(p: ArrayLike, alpha: float) -> Floats:
    """Return the two-sided critical value of Mandel's h for p laboratories: (p - 1) t/sqrt(p (t² + p - 2)).

    >>> round(float(h_critical(8, 0.05)), 4)
    1.7491
    """
    p = _sizes(p, "p", 3)
    t = stdtrit(p - 2, 1 - probability(alpha, "alpha") / 2)
    return (p - 1) * t / np.sqrt(p * (t**2 + p - 2))


def k_critical(p: ArrayLike, n: ArrayLike, alpha: float) -> Floats:
    """Return the critical value of Mandel's k for p laboratories of n results: sqrt(p/(1 + (p - 1)/F)).

    >>> round(float(k_critical(8, 3, 0.05)), 4)
    1.6689
    """
    p, n = _sizes(p, "p", 2), _sizes(n, "n", 2)
    return np.sqrt(p / (1 + (p - 1) / fdtri(n - 1, (p - 1) * (n - 1), 1 - probability(alpha, "alpha"))))


def cochran(cells: ArrayLike | Sequence[Any] | Cells) -> OutlierTest:
    """Return Cochran's test of each level: is the largest within-laboratory variance too large (7.3.3)?

    cells: as for precision(); laboratories with fewer than two results take no part. With unequal cells the critical
    value is that of the commonest cell size (of the smaller, if two are equally common), as the standard says.

    >>> found = cochran([[1.0, 1.1], [1.0, 1.2], [1.1, 1.1], [1.0, 2.4]])
    >>> round(float(found.statistic), 4), int(found.lab), str(found.verdict)
    (0.9751, 3, 'outlier')
    """
    data = cells if isinstance(cells, Cells) else Cells.of(cells)
    p = np.count_nonzero(data.counts > 1, axis=1)
    if (p < 2).any():
        raise ValueError("cells needs 2 laboratories with replicates in every level")
    n = _usual(data.counts)
    squares = np.where(data.counts > 1, data.sds, 0.0) ** 2
    largest, total = squares.max(axis=1), squares.sum(axis=1)
    share = np.divide(largest, total, out=np.full_like(total, np.nan), where=total > 0)
    ratio = (p - 1) * share / np.maximum(1 - share, _LEAST)
    chance = np.minimum(1.0, p * (1 - fdtr(n - 1, (p - 1) * (n - 1), ratio)))
    limits = cochran_critical(p, n, STRAGGLER), cochran_critical(p, n, OUTLIER)
    lab = np.where(total > 0, squares.argmax(axis=1), -1)
    return _test("Cochran's test (7.3.3)", data.alone, share, lab, limits, chance)


def grubbs(values: ArrayLike, kind: str = "one") -> Grubbs:
    """Return Grubbs' test of each level for one or two outlying values at the high and at the low end (7.3.4).

    values: the laboratories' means [p] or [L, p], NaN missing; at least 3 (4 for kind "two") in each level. For "one"
    the statistic is (max - mean)/s, for "two" the share of the sum of squares that stays without the two.

    >>> found = grubbs([10.1, 10.2, 9.9, 10.0, 13.0])
    >>> round(float(found.high.statistic), 4), int(found.high.lab), str(found.high.verdict)
    (1.7825, 4, 'outlier')
    """
    if kind not in ("one", "two"):
        raise ValueError(f'kind must be "one" or "two", not {kind!r}')
    found = numbers(values, "values")
    rows, p, alone = sorted_rounds(found, "values", 3 if kind == "one" else 4)
    order = np.argsort(np.atleast_2d(found), axis=1, kind="stable")
    noise = _noise(rows)
    rows = rows - rows[:, :1]
    mean = np.nansum(rows, axis=1) / p
    squares = np.nansum((rows - mean[:, None]) ** 2, axis=1)
    squares[squares <= noise**2 * p] = 0.0
    limits = grubbs_critical(p, STRAGGLER, kind), grubbs_critical(p, OUTLIER, kind)
    last = np.arange(len(rows)), p - 1
    if kind == "one":
        away = rows[last] - mean, mean
        labs = order[last], order[:, 0]
        tests = [_one(part, squares, p, lab, limits, alone) for part, lab in zip(away, labs, strict=True)]
    else:
        high = np.stack([order[last], order[last[0], p - 2]], axis=1)
        at = np.arange(rows.shape[1])
        kept = at < p[:, None] - 2, (at >= 2) & (at < p[:, None])
        labs = high, order[:, :2]
        tests = [_two(rows, part, squares, p, lab, limits, alone) for part, lab in zip(kept, labs, strict=True)]
    return Grubbs(*tests)


def mandel(cells: ArrayLike | Sequence[Any] | Cells) -> Mandel:
    """Return Mandel's h and k of each laboratory and level with critical values (7.3.1).

    cells: as for precision(), at least 3 laboratories a level. h stands on the plain mean of the cell means, for which
    its critical value is exact; with unequal cells that is not the general mean m. k is compared at the commonest cell
    size; its critical values are NaN in a level without replicates.

    >>> found = mandel([[1.0, 1.1], [1.0, 1.2], [1.1, 1.1], [1.0, 2.4]])
    >>> found.h.round(2), found.k.round(2)
    (array([-0.61, -0.44, -0.44,  1.5 ]), array([0.14, 0.28, 0.  , 1.97]))
    """
    data = cells if isinstance(cells, Cells) else Cells.of(cells)
    p = np.count_nonzero(data.counts, axis=1)
    base = np.nanmin(data.means, axis=1, keepdims=True)
    away = data.means - base
    away = away - np.nansum(away, axis=1, keepdims=True) / p[:, None]
    spread = np.sqrt(np.nansum(away**2, axis=1, keepdims=True) / (p[:, None] - 1))
    spreads = spread > _noise(data.means)[:, None]
    h = np.divide(away, spread, out=np.where(np.isnan(away), np.nan, 0.0), where=spreads)
    repeated, n = np.count_nonzero(data.counts > 1, axis=1), _usual(data.counts)
    pooled = np.sqrt(np.nansum(data.sds**2, axis=1, keepdims=True) / np.maximum(repeated, 1)[:, None])
    k = np.divide(data.sds, pooled, out=np.where(np.isnan(data.sds), np.nan, 0.0), where=pooled > 0)
    h_limits = np.stack([h_critical(p, alpha) for alpha in (STRAGGLER, OUTLIER)], axis=1)
    can = (repeated > 1)[:, None]
    sizes = np.maximum(repeated, 2), np.maximum(n, 2)
    k_limits = np.where(can, np.stack([k_critical(*sizes, alpha) for alpha in (STRAGGLER, OUTLIER)], axis=1), np.nan)
    return Mandel(*(shaped(part, data.alone) for part in (h, k, h_limits, k_limits)))


def _sizes(value: ArrayLike, name: str, least: int) -> NDArray[np.int64]:
    found = np.asarray(value)
    if found.dtype.kind not in "iu" or (found < least).any():
        raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}")
    return found.astype(np.int64)


def _noise(rows: Floats) -> Floats:
    """Means that are equal in exact arithmetic differ by less than this in binary."""
    return 8 * np.finfo(float).eps * np.nanmax(np.abs(rows), axis=1)


def _usual(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The commonest number of results of a cell with replicates, the smaller of two equally common."""
    sizes = np.arange(2, max(3, counts.max() + 1))
    return sizes[np.argmax((counts[:, :, None] == sizes).sum(axis=1), axis=1)]


def _one(
    away: Floats,
    squares: Floats,
    p: NDArray[np.int64],
    lab: NDArray[np.int64],
    limits: tuple[Floats, Floats],
    alone: bool,
) -> OutlierTest:
    sd = np.sqrt(squares / (p - 1))
    g = np.divide(away, sd, out=np.full_like(away, np.nan), where=squares > 0)
    share = np.minimum(g**2 * p / (p - 1) ** 2, 1.0)  # of the sum of squares, what the suspect takes away
    t = np.sqrt((p - 2) * share / np.maximum(1 - share, _LEAST))
    chance = np.minimum(1.0, 2 * p * stdtr(p - 2, -t))
    return _test("Grubbs' test for one outlying value (7.3.4)", alone, g, lab, limits, chance)


def _two(
    rows: Floats,
    kept: NDArray[np.bool_],
    squares: Floats,
    p: NDArray[np.int64],
    lab: NDArray[np.int64],
    limits: tuple[Floats, Floats],
    alone: bool,
) -> OutlierTest:
    left = np.where(kept, rows, 0.0)
    mean = left.sum(axis=1, keepdims=True) / (p[:, None] - 2)
    rest = np.where(kept, (left - mean) ** 2, 0.0).sum(axis=1)
    ratio = np.divide(rest, squares, out=np.full_like(rest, np.nan), where=squares > 0)
    chance = np.array([min(1.0, 2 * pair_probability(int(size), float(g))) for size, g in zip(p, ratio, strict=True)])
    return _test("Grubbs' test for two outlying values (7.3.4)", alone, ratio, lab, limits, chance, smaller=True)


def _test(
    method: str,
    alone: bool,
    statistic: Floats,
    lab: NDArray[np.int64],
    limits: tuple[Floats, Floats],
    chance: Floats,
    *,
    smaller: bool = False,
) -> OutlierTest:
    beyond = [statistic < limit if smaller else statistic > limit for limit in limits]
    verdict = np.where(beyond[1], "outlier", np.where(beyond[0], "straggler", ""))
    known = ~np.isnan(statistic)
    lab = np.where(known if lab.ndim == 1 else known[:, None], lab, -1)
    return OutlierTest(
        statistic=shaped(statistic, alone),
        lab=shaped(lab, alone),
        straggler_limit=shaped(limits[0], alone),
        outlier_limit=shaped(limits[1], alone),
        p_value=shaped(chance, alone),
        verdict=shaped(verdict, alone),
        method=method,
    )
