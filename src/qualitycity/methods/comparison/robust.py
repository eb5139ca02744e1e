"""Robust location and scale of rounds of results: median, MADe, nIQR, Algorithm A and Algorithm S (ISO 13528 C.2-C.4).

Each takes rounds × laboratories [R, p] (or one round [p]) with missing results as NaN and answers for all rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .factors import STANDARD, algorithm_s_factors
from .rounds import Floats, numbers, positive, shaped, sorted_rounds

MADE = 1.483  # as printed in C.2.2; 1/Phi^-1(3/4) = 1.4826
NIQR = 0.7413  # C.2.3
_DELTA = 1.5  # C.3.1: results further than 1.5 s* from x* are drawn in
_COLLAPSED = 1e-9  # a scale below this share of its start is falling to zero
_MAX_ITERATIONS = 100_000
_FLOOR = 8 * np.finfo(float).eps


@dataclass(frozen=True)
class Robust:
    """A robust location x* and scale s* for each round: arrays [R], scalars for one round alone.

    `degenerate` marks rounds whose results give no scale (s* = 0: nearly all alike, or only one result).
    """

    location: Floats
    scale: Floats
    p: NDArray[np.int64]
    iterations: NDArray[np.int64]
    converged: NDArray[np.bool_]
    degenerate: NDArray[np.bool_]
    method: str
    standard: str = STANDARD


def median(X: ArrayLike) -> Floats:  # noqa: N803
    """Return the median of each round (C.2.1). X [R, p] or [p], NaN missing; ValueError for an empty round.

    >>> float(median([1.0, 9.0, 2.0]))
    2.0
    """
    rows, counts, alone = sorted_rounds(X, "X", 1)
    return shaped(_middle(rows, counts), alone)


def made(X: ArrayLike, *, factor: float = MADE) -> Floats:  # noqa: N803
    """Return the scaled median absolute deviation of each round, factor · med|x - med(x)| (C.2.2).

    X [R, p] or [p], NaN missing. The factor is the printed 1.483; give 1.4826 for what R calls mad().

    >>> float(made([1.0, 2.0, 3.0, 4.0, 100.0]))
    1.483
    """
    rows, counts, alone = sorted_rounds(X, "X", 1)
    away = np.sort(np.abs(rows - _middle(rows, counts)[:, None]), axis=1)
    return shaped(factor * _middle(away, counts), alone)


def niqr(X: ArrayLike, *, quartiles: str = "linear") -> Floats:  # noqa: N803
    """Return the normalised interquartile range of each round, 0.7413 (Q3 - Q1) (C.2.3).

    X [R, p] or [p], NaN missing. quartiles: a method name of numpy.quantile; programs differ here (note under Table
    E.5), and "linear" (type 7) is the one that gives the printed value.

    >>> round(float(niqr([1.0, 2.0, 3.0, 4.0, 100.0])), 4)
    1.4826
    """
    rows, _, alone = sorted_rounds(X, "X", 1)
    low, high = np.nanquantile(rows, [0.25, 0.75], axis=1, method=quartiles)  # type: ignore[call-overload]
    return shaped(NIQR * (high - low), alone)


def algorithm_a(X: ArrayLike, *, tol: float | str = 1e-10, factor: float = 1.134) -> Robust:  # noqa: N803
    """Return x* and s* of Algorithm A for each round (C.3.1): iterated winsorising at x* ± 1.5 s*.

    X: [R, p] or [p], NaN missing. tol: iterate until x* and s* both move by less than tol · s*; "iso2022" stops, as the
    standard's text says, when the third significant figures stay, which depends on the unit and comes early. factor:
    1.134 as printed (exactly 1.13339). Starts from median and MADe, from the standard deviation where MADe = 0; a
    scale that falls to zero is returned as `degenerate`. Raises ValueError for infinite or no results, tol or factor
    out of range.

    >>> found = algorithm_a([0.1, 0.2, 0.2, 0.3, 9.0])
    >>> round(float(found.location), 4), round(float(found.scale), 4)
    (0.2971, 0.2591)
    """
    by_figures = isinstance(tol, str)
    if by_figures and tol != "iso2022":
        raise ValueError(f'tol must be a positive number or "iso2022", not {tol!r}')
    if not by_figures:
        positive(tol, "tol")
    positive(factor, "factor")
    rows, counts, alone = sorted_rounds(X, "X", 1)
    middle = _middle(rows, counts)
    out = _algorithm_a(rows, counts, middle, 0.0 if by_figures else float(tol), by_figures, factor, _MAX_ITERATIONS)
    stop = "three figures (C.3.1)" if by_figures else f"converged to {tol}"
    return _result(f"Algorithm A, {stop}", alone, out[0], out[1], counts, *out[2:])


def algorithm_s(W: ArrayLike, nu: int, *, tol: float = 1e-10, factors: str = "printed") -> Robust:  # noqa: N803
    """Return the robust pooled standard deviation w* of each round by Algorithm S (C.4); location is w* too.

    W: [R, p] or [p] standard deviations with `nu` degrees of freedom each (or ranges of pairs with nu = 1), NaN
    missing. factors: "printed" (Table C.1) or "exact". Raises ValueError for negative values or nu beyond the table.

    >>> round(float(algorithm_s([0.2, 0.3, 0.25, 2.0], 2).scale), 4)
    0.3849
    """
    eta, xi = algorithm_s_factors(nu, factors)
    positive(tol, "tol")
    rows, counts, alone = sorted_rounds(positive(W, "W", zero=True), "W", 1)
    out = _algorithm_s(rows, counts, _middle(rows, counts), tol, eta, xi, _MAX_ITERATIONS)
    return _result(f"Algorithm S, {factors} factors", alone, out[0], out[0], counts, *out[1:])


def mean_sd(X: ArrayLike) -> Robust:  # noqa: N803
    """Return arithmetic mean and standard deviation of each round, in the shape of the robust estimates.

    X [R, p] or [p], NaN missing. Results all alike have scale exactly 0 and are `degenerate`, whatever their size.

    >>> round(float(mean_sd([1.0, 2.0, 3.0]).scale), 6)
    1.0
    """
    rows, counts, alone = sorted_rounds(X, "X", 1)
    first = rows[:, :1]
    mean = first[:, 0] + np.nanmean(rows - first, axis=1)
    squares = np.nansum((rows - mean[:, None]) ** 2, axis=1)
    alike = np.nanmax(rows, axis=1) == first[:, 0]
    scale = np.where(alike, 0.0, np.sqrt(squares / np.maximum(counts - 1, 1)))
    return _result("mean and standard deviation", alone, mean, scale, counts)


def median_spread(X: ArrayLike, spread: str = "niqr") -> Robust:  # noqa: N803
    """Return the median with nIQR or MADe as scale, in the shape of the robust estimates (C.2).

    >>> float(median_spread([1.0, 2.0, 3.0, 4.0, 100.0], "made").scale)
    1.483
    """
    if spread not in ("niqr", "made"):
        raise ValueError(f'spread must be "niqr" or "made", not {spread!r}')
    values = np.atleast_2d(numbers(X, "X"))
    middle, counts = median(values), np.count_nonzero(~np.isnan(values), axis=1)
    scale = niqr(values) if spread == "niqr" else made(values)
    return _result(f"median and {spread}", np.ndim(X) == 1, middle, scale, counts)


def _result(
    method: str,
    alone: bool,
    location: Floats,
    scale: Floats,
    counts: NDArray[np.int64],
    iterations: NDArray[np.int64] | None = None,
    converged: NDArray[np.bool_] | None = None,
    degenerate: NDArray[np.bool_] | None = None,
) -> Robust:
    """The result of all rounds; a direct estimate needs no iterations and is degenerate where its scale is 0."""
    return Robust(
        location=shaped(location, alone),
        scale=shaped(scale, alone),
        p=shaped(counts, alone),
        iterations=shaped(np.zeros_like(counts) if iterations is None else iterations, alone),
        converged=shaped(np.ones(len(scale), dtype=np.bool_) if converged is None else converged, alone),
        degenerate=shaped(scale == 0 if degenerate is None else degenerate, alone),
        method=method,
    )


def _middle(rows: Floats, counts: NDArray[np.int64]) -> Floats:
    """The medians of ascending rows with NaN last."""
    at = np.arange(len(rows))
    return (rows[at, (counts - 1) // 2] + rows[at, counts // 2]) / 2


@nb.njit(cache=True)
def _three_figures(value: float) -> float:
    if value == 0.0:
        return 0.0
    unit = 10.0 ** (np.floor(np.log10(abs(value))) - 2)
    return float(np.rint(value / unit) * unit)


@nb.njit(cache=True)
def _same_figures(one: float, other: float) -> bool:
    first, second = _three_figures(one), _three_figures(other)
    return abs(first - second) <= 1e-9 * abs(first)  # 9.995 and 10.00 come to the same figures by two units


@nb.njit(cache=True)
def _start_a(a: Floats) -> float:
    """MADe of values whose median is 0; the standard deviation where it is 0 (C.3.1, note 2)."""
    scale = MADE * np.median(np.abs(a))
    if scale == 0.0:
        scale = np.sqrt(np.sum((a - a.mean()) ** 2) / (len(a) - 1))
    return scale


@nb.njit(cache=True)
def _update_a(a: Floats, x: float, s: float, factor: float) -> tuple[float, float]:
    """One step of Algorithm A, formulas (C.7) to (C.10)."""
    low, high = x - _DELTA * s, x + _DELTA * s
    total = 0.0
    for value in a:
        total += min(max(value, low), high)
    mean, squares = total / len(a), 0.0
    for value in a:
        squares += (min(max(value, low), high) - mean) ** 2
    return mean, factor * np.sqrt(squares / (len(a) - 1))


@nb.njit(cache=True)
def _algorithm_a(
    rows: Floats,
    counts: NDArray[np.int64],
    middle: Floats,
    tol: float,
    by_figures: bool,
    factor: float,
    most: int,
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Each round on its own scale, (x - median) / max|x - median|: no unit, no level can mask a collapse."""
    size = len(rows)
    location, scale = middle.copy(), np.zeros(size)
    iterations = np.zeros(size, dtype=np.int64)
    converged, degenerate = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for r in range(size):
        a = rows[r, : counts[r]] - middle[r]
        unit = max(-a[0], a[-1])
        if unit == 0.0:
            degenerate[r] = True
            continue
        a /= unit
        x, s = 0.0, _start_a(a)
        start, done = s, False
        while not done and iterations[r] < most:
            new_x, new_s = _update_a(a, x, s, factor)
            iterations[r] += 1
            if by_figures:  # the starting values are no iteration
                done = (
                    iterations[r] > 1
                    and _same_figures(middle[r] + unit * new_x, middle[r] + unit * x)
                    and _same_figures(unit * new_s, unit * s)
                )
            else:
                bound = max(tol * new_s, _FLOOR * abs(new_x))
                done = abs(new_x - x) < bound and abs(new_s - s) < bound
            x, s = new_x, new_s
            if s < _COLLAPSED * start:
                x, s, done, degenerate[r] = a[np.argmin(np.abs(a - x))], 0.0, True, True
        location[r], scale[r], converged[r] = middle[r] + unit * x, unit * s, done
    return location, scale, iterations, converged, degenerate


@nb.njit(cache=True)
def _algorithm_s(
    rows: Floats, counts: NDArray[np.int64], middle: Floats, tol: float, eta: float, xi: float, most: int
) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    size = len(rows)
    scale, iterations = np.zeros(size), np.zeros(size, dtype=np.int64)
    converged, degenerate = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for r in range(size):
        n = counts[r]
        unit = rows[r, n - 1]
        if unit == 0.0:
            degenerate[r] = True
            continue
        a = rows[r, :n] / unit
        w = middle[r] / unit
        if w == 0.0:  # the note of C.4
            w = np.sqrt(np.mean(a**2))
        start, done = w, False
        while not done and iterations[r] < most:
            new = xi * np.sqrt(np.mean(np.minimum(a, eta * w) ** 2))
            iterations[r] += 1
            done = abs(new - w) < max(tol, _FLOOR) * new
            w = new
            if w < _COLLAPSED * start:
                w, done, degenerate[r] = 0.0, True, True
        scale[r], converged[r] = unit * w, done
    return scale, iterations, converged, degenerate
