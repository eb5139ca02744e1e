"""Outliers: winsorised a few points at a time until skewness and kurtosis pass, else the column is logged."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .moments import _kurtosis, _skewness, sums
from .table import Floats

__all__ = ["Treated", "treat"]


@dataclass(frozen=True)
class Treated:
    """``values`` (n, m); by column ``points`` winsorised (0 where logged), ``logged``, ``passed`` at the end.

    ``skewness`` and ``kurtosis`` are those before treatment. A column that fails even when logged stays logged and is
    reported by ``passed`` false.
    """

    values: Floats
    points: NDArray[np.int64]
    logged: NDArray[np.bool_]
    passed: NDArray[np.bool_]
    skewness: Floats
    kurtosis: Floats
    method: str


def treat(X: Floats, winmax: int = 5, skew: float = 2.0, kurt: float = 3.5) -> Treated:
    """Treat the columns whose \\|skewness\\| ≥ ``skew`` and kurtosis ≥ ``kurt`` (sample-corrected kinds).

    The most extreme value on the side of the skew (and every value tied with it) takes the next value, again and again
    until the column passes or ``winmax`` points are treated; then the *untreated* column is replaced by
    log(x - min + a) with a = 1 % of its range (reflected for a left tail, so that order and direction stay). The rule
    of COINr and of the JRC's COIN tool; OECD/JRC Handbook (2008), steps 3 and 5. ``X`` (n, m), NaN allowed.

    >>> x = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [100.0]])
    >>> treated = treat(x, winmax=1)
    >>> treated.values[:, 0].tolist(), treated.points.tolist()
    ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 7.0], [1])
    """
    if winmax < 0 or winmax != int(winmax):
        raise ValueError(f"winmax: {winmax} is not a whole number from 0 up")
    if skew <= 0 or not np.isfinite([skew, kurt]).all():
        raise ValueError(f"skew, kurt: {skew}, {kurt} are no limits")
    before_skew, before_kurt = _moments(X)
    failing = _outlying(before_skew, before_kurt, skew, kurt)
    values, points = X.copy(), np.zeros(X.shape[1], dtype=np.int64)
    logged, passed = np.zeros_like(failing), ~failing
    if failing.any():
        columns = np.flatnonzero(failing)
        values[:, columns], points[columns], passed[columns] = _winsorise(X[:, columns], winmax, skew, kurt)
        logged[columns] = ~passed[columns]
    if logged.any():
        points[logged] = 0
        values[:, logged] = _log(X[:, logged], before_skew[logged])
        passed[logged] = ~_outlying(*_moments(values[:, logged]), skew, kurt)
    return Treated(values, points, logged, passed, before_skew, before_kurt, f"winsorise <= {winmax}, else log")


def _moments(X: Floats) -> tuple[Floats, Floats]:
    count, second, third, fourth = sums(X)
    return _skewness(count, second, third), _kurtosis(count, second, fourth)


def _outlying(skewness: Floats, kurtosis: Floats, skew: float, kurt: float) -> NDArray[np.bool_]:
    return (np.abs(skewness) >= skew) & (kurtosis >= kurt)


def _winsorise(X: Floats, winmax: int, skew: float, kurt: float) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Values, points treated and whether it passes, for columns that all fail at the start."""
    values = X.copy()
    touched = np.zeros(X.shape, dtype=bool)
    passed, active = np.zeros(X.shape[1], dtype=bool), np.full(X.shape[1], winmax > 0)
    skewness = _moments(values)[0]
    while active.any():
        columns = np.flatnonzero(active)
        side = np.where(skewness[columns] >= 0, 1.0, -1.0)
        facing = values[:, columns] * side
        facing = np.where(np.isnan(facing), -np.inf, facing)
        extreme = facing == facing.max(axis=0)
        following = np.where(extreme, -np.inf, facing).max(axis=0) * side
        values[:, columns] = np.where(extreme, following, values[:, columns])
        touched[:, columns] |= extreme
        skewness[columns], kurtosis = _moments(values[:, columns])
        passed[columns] = ~_outlying(skewness[columns], kurtosis, skew, kurt)
        active[columns] = ~passed[columns] & (touched[:, columns].sum(axis=0) < winmax)
    return values, touched.sum(axis=0), passed


def _log(X: Floats, skewness: Floats) -> Floats:
    side = np.where(skewness >= 0, 1.0, -1.0)
    facing = X * side
    low, high = np.nanmin(facing, axis=0), np.nanmax(facing, axis=0)
    return side * np.log(facing - low + 0.01 * (high - low))
