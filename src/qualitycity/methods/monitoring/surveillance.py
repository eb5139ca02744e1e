"""Surveillance of thousands of count series: Farrington's flexible algorithm, and beside it every other chart.

Names of the field in one place: ``farrington``, ``ears``, ``ewma``, ``cusum_poisson``, ``cusum_nb_glr``, ``arl``,
``find_h``, ``fdr``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from qualitycity.methods.monitoring.arguments import Flags, Floats, Ints, at_least, counts, one_of, positive, share
from qualitycity.methods.monitoring.charts import cusum_nb_glr, cusum_poisson, ewma
from qualitycity.methods.monitoring.discovery import fdr
from qualitycity.methods.monitoring.ears import ears
from qualitycity.methods.monitoring.quasipoisson import Design, Fit, anscombe, fit
from qualitycity.methods.monitoring.runlength import arl, find_h
from qualitycity.methods.monitoring.thresholds import THRESHOLDS
from qualitycity.methods.monitoring.windows import Baseline, baseline, centres

__all__ = ["Farrington", "arl", "cusum_nb_glr", "cusum_poisson", "ears", "ewma", "farrington", "fdr", "find_h"]

STANDARD = "Noufaily et al., Statistics in Medicine 32 (2013) 1206–1222"
OUTLIER = 2.58
TREND_LEVEL, TREND_YEARS = 0.05, 3


@dataclass(frozen=True)
class Farrington:
    """Week ``k`` of S series against its past.

    ``expected``, ``upper`` and ``p`` [S]: expected count, bound, p-value of the count (NaN where a series cannot be
    fitted); ``phi`` ≥ 1 the dispersion; ``trend`` whether a trend was kept; ``score`` (y − expected)/(upper −
    expected), above 1 exactly where y > upper; ``enough`` whether the last weeks hold the cases ``limit54`` asks for;
    ``alarm`` = ``enough`` and y > ``upper``; ``converged`` false where no finite trend fits best (it is then dropped).
    ``baseline`` are the weeks compared with.
    """

    expected: Floats
    upper: Floats
    p: Floats
    phi: Floats
    trend: Flags
    score: Floats
    enough: Flags
    alarm: Flags
    converged: Flags
    baseline: Ints
    alpha: float
    method: str
    standard: str = STANDARD


def farrington(
    Y: ArrayLike,  # noqa: N803  the name of the field
    k: int,
    *,
    alpha: float,
    freq: int = 52,
    b: int = 5,
    w: int = 3,
    no_periods: int = 10,
    past: int = 26,
    reweight: bool = True,
    threshold: str = "nb",
    exposure: ArrayLike | None = None,
    limit54: tuple[float, int] = (5, 4),
    centre: Sequence[int] | Ints | None = None,
) -> Farrington:
    """Farrington's flexible algorithm: is the count of week ``k`` (from 0) above what season and trend foretell?

    ``Y`` [S, T] counts, NaN = missing; ``exposure`` [T] or [S, T] > 0, for instance numbers inspected, multiplies the
    mean. Baseline: windows of ±``w`` weeks in ``b`` years, the seasons between as ``no_periods`` levels (1 = windows
    only), without the last ``past`` weeks; ``centre`` replaces the weeks ``k - j·freq`` (:func:`windows.iso_centres`).
    ``reweight``: observations with Anscombe residual s above 2.58 weigh s⁻². ``threshold``: ``"nb"``, ``"delta"`` or
    ``"muan"``, one-sided at ``alpha``. A trend is kept with three years or more, at a two-sided t-test below 0.05, and
    where it foretells no more than was ever counted. ``limit54`` = (cases, weeks): fewer cases in the last weeks, ``k``
    included, raise no alarm.

    Raises ValueError for counts below 0, too short a series, an unknown threshold, an exposure not above 0.

    Source: Noufaily et al. 2013; Salmon, Schumacher and Höhle 2016 for ``muan``. With ``reweight`` standard errors
    come from the reweighted fit itself, which R surveillance (to 1.26) does not do.

    >>> Y = np.tile(10 + 3 * np.sin(np.arange(320) / 52 * 2 * np.pi).round(), (2, 1))
    >>> Y[1, 319] = 40
    >>> found = farrington(Y, 319, alpha=0.005)
    >>> found.alarm.tolist(), found.upper.tolist(), found.phi.tolist()
    ([False, True], [23.0, 23.0], [1.0, 1.0])
    """
    y, level = counts("Y", Y), share("alpha", alpha)
    if not 0 <= k < y.shape[1]:
        raise ValueError(f"k must be a week of Y, 0 to {y.shape[1] - 1}; it is {k}")
    one_of("threshold", threshold, tuple(THRESHOLDS))
    middle = centres(k, at_least("freq", freq, 2), at_least("b", b, 1)) if centre is None else np.asarray(centre)
    base = baseline(k, middle, at_least("w", w, 0), at_least("no_periods", no_periods, 1), at_least("past", past, 0))
    forecast = _forecast(y, _exposure(exposure, y), base, k, reweight)
    return _judge(y, k, forecast, threshold, level, limit54)


@dataclass(frozen=True)
class _Forecast:
    """What the past of S series foretells: expected count, variance of its logarithm, φ, and how it was fitted."""

    expected: Floats
    log_variance: Floats
    phi: Floats
    trend: Flags
    converged: Flags
    baseline: Ints


def _judge(
    y: Floats, k: int, forecast: _Forecast, threshold: str, alpha: float, limit54: tuple[float, int]
) -> Farrington:
    """The current counts against the bound."""
    current, expected, phi = y[:, k], forecast.expected, forecast.phi
    upper, p = THRESHOLDS[threshold](current, expected, forecast.log_variance, phi, alpha)
    above = current > upper
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(upper > expected, (current - expected) / (upper - expected), np.where(above, np.inf, 0.0))
    score[np.isnan(upper) | np.isnan(current)] = np.nan
    cases, weeks = limit54
    enough = np.nansum(y[:, max(0, k + 1 - at_least("limit54", weeks, 1)) : k + 1], axis=1) >= cases
    how = (forecast.converged, forecast.baseline, alpha, f"flexible, {threshold}")
    return Farrington(expected, upper, p, phi, forecast.trend, score, enough, above & enough, *how)


def _exposure(exposure: ArrayLike | None, y: Floats) -> Floats:
    if exposure is None:
        return np.ones_like(y)
    try:
        return np.ascontiguousarray(np.broadcast_to(positive("exposure", exposure), y.shape))
    except ValueError as fault:
        if "broadcast" not in str(fault):
            raise
        raise ValueError(f"exposure must be [T] or [S, T] = {y.shape}; its shape is {np.shape(exposure)}") from None


def _forecast(y: Floats, exposure: Floats, base: Baseline, k: int, reweight: bool) -> _Forecast:
    """With a trend where it is allowed and trusted, without elsewhere."""
    design = Design((base.weeks - k).astype(np.float64), base.level, base.levels)
    values, size = y[:, base.weeks], exposure[:, base.weeks]
    seen = (~np.isnan(values)).astype(np.float64)
    values = np.nan_to_num(values)
    kept, converged = np.zeros(len(y), dtype=np.bool_), np.ones(len(y), dtype=np.bool_)
    rate, log_variance, phi = (np.full(len(y), np.nan) for _ in range(3))
    if base.years >= TREND_YEARS:
        found = _twice(values, size, seen, design, reweight, trend=True)
        kept, converged = _trusted(found, values, exposure[:, k]), found.converged
        rate[kept], log_variance[kept], phi[kept] = found.rate[kept], found.log_variance[kept], found.dispersion[kept]
    if not kept.all():
        found = _twice(values[~kept], size[~kept], seen[~kept], design, reweight, trend=False)
        rate[~kept], log_variance[~kept], phi[~kept] = found.rate, found.log_variance, found.dispersion
    rate[np.isnan(phi)] = np.nan
    return _Forecast(rate * exposure[:, k], log_variance, np.maximum(phi, 1.0), kept, converged, base.weeks)


def _twice(y: Floats, size: Floats, seen: Floats, design: Design, reweight: bool, *, trend: bool) -> Fit:
    """Fit, and with ``reweight`` once more with past outbreaks held down; the weights sum to the number of weeks."""
    first = fit(y, size, seen, design, trend=trend)
    if not reweight:
        return first
    residual = anscombe(y, first)
    weight = np.where(residual > OUTLIER, np.maximum(residual, OUTLIER) ** -2, 1.0) * seen
    weight *= seen.sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    return fit(y, size, weight, design, trend=trend)


def _trusted(found: Fit, y: Floats, exposure: Floats) -> Flags:
    """Where a trend is significant and foretells no more than was ever counted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(found.beta / found.beta_se), found.dof)
        return np.asarray((p < TREND_LEVEL) & (found.rate * exposure <= y.max(axis=1)) & found.converged)
