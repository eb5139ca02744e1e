"""Confidence intervals of a rate: from a design-based estimate, and from a plain binomial count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ._labels import Floats

CiMethod = Literal["korn_graubard", "beta", "logit", "wilson", "clopper_pearson"]
BinomialMethod = Literal["clopper_pearson", "wilson", "wilson_cc", "jeffreys"]

SOURCES = {
    "korn_graubard": "Korn and Graubard 1998; n_eff <= n as in Parker et al. 2017 (NCHS, Vital Health Stat 2(175))",
    "beta": "Korn and Graubard 1998, (2.1), (2.2)",
    "logit": "Korn and Graubard 1999, Analysis of Health Surveys, 3.2",
    "wilson": "Wilson 1927; effective sample size as in Franco et al. 2019, JSSAM 7:334-364",
    "clopper_pearson": "Clopper and Pearson 1934",
    "wilson_cc": "Newcombe 1998, method 4",
    "jeffreys": "Brown, Cai and DasGupta 2001, 3.1.3",
}


@dataclass(frozen=True)
class Interval:
    """Limits of each rate, the confidence level and how they were made. NaN where no interval exists."""

    low: Floats
    high: Floats
    level: float
    method: str
    standard: str


def ci(
    p: ArrayLike, se: ArrayLike, df: ArrayLike, n: ArrayLike, method: CiMethod = "korn_graubard", level: float = 0.95
) -> Interval:
    """Return two-sided intervals of design-based rates.

    p, se, df, n   estimate, standard error, degrees of freedom and tested units of each domain (broadcast)

    With n_eff = p (1 - p) / se² and r = (t(n - 1) / t(df))²:

    korn_graubard    Clopper-Pearson at min(n, r n_eff)
    beta             Clopper-Pearson at r n_eff, not capped (R's "beta")
    clopper_pearson  Clopper-Pearson at min(n, n_eff), no allowance for few degrees of freedom
    wilson           score interval at min(n, r n_eff)
    logit            logit(p) ± t(df) se / (p (1 - p)), transformed back

    df <= 0: NaN. At p = 0 or 1 the standard error says nothing: n_eff is set to n, the interval becomes one-sided, and
    logit and beta, which have none, give NaN. se = 0 inside (0, 1): the rate is known, both limits are p.

    >>> found = ci(0.827948011416, 0.0243447801131, 197, 200)
    >>> round(float(found.low), 4), round(float(found.high), 4)
    (0.7684, 0.8775)
    >>> ci([0.0, 1.0], 0.0, 19, 20).low.round(6).tolist()
    [0.0, 0.831567]
    """
    if method not in get_args(CiMethod):
        raise ValueError(f"method = {method!r} is not one of {', '.join(get_args(CiMethod))}")
    alpha = 1 - checked_level(level)
    p, se, df, n = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (p, se, df, n)))
    for name, value, bad in (("p", p, (p < 0) | (p > 1)), ("se", se, se < 0), ("n", n, ~(n >= 0))):
        if bad.any():
            raise ValueError(f"{name} = {float(value[bad].flat[0])!r} is not possible")
    alive = (df > 0) & np.isfinite(p) & np.isfinite(se) & (n > 0)
    edge = (p == 0) | (p == 1)
    work = alive & (edge | (se > 0))
    one_p, one_se, one_df, one_n = p[work], se[work], df[work], n[work]
    if method == "logit":
        limits = _logit(one_p, one_se, one_df, alpha)
    else:
        size = _effective(one_p, one_se, one_df, one_n, alpha, method)
        limits = _wilson(one_p, size, alpha) if method == "wilson" else _exact(one_p * size, size, alpha)
    low, high = (np.where(alive & ~edge & (se == 0), p, np.nan) for _ in range(2))
    low[work], high[work] = limits
    return Interval(low, high, level, method, SOURCES[method])


def binomial(x: ArrayLike, n: ArrayLike, method: BinomialMethod = "wilson", level: float = 0.95) -> Interval:
    """Return two-sided intervals of x successes among n independent trials of one probability (broadcast).

    Methods: "clopper_pearson" (exact), "wilson" (score), "wilson_cc" (with continuity correction), "jeffreys"
    (Beta(1/2, 1/2) prior, limit 0 at x = 0 and 1 at x = n). n = 0 gives NaN.

    >>> found = binomial(15, 148, "wilson")
    >>> float(found.low.round(4)), float(found.high.round(4))
    (0.0624, 0.1605)
    """
    if method not in get_args(BinomialMethod):
        raise ValueError(f"method = {method!r} is not one of {', '.join(get_args(BinomialMethod))}")
    alpha = 1 - checked_level(level)
    x, n = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(n, np.float64))
    for name, value in (("x", x), ("n", n)):
        bad = ~((value >= 0) & (value == np.floor(value)) & np.isfinite(value))
        if bad.any():
            raise ValueError(f"{name} = {float(value[bad].flat[0])!r} is no count")
    if (x > n).any():
        raise ValueError(f"x = {x[x > n].flat[0]:g} exceeds n = {n[x > n].flat[0]:g}")
    low, high = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    some = n > 0
    x, n = x[some], n[some]
    if method == "clopper_pearson":
        limits = _exact(x, n, alpha)
    elif method == "wilson":
        limits = _wilson(x / n, n, alpha)
    elif method == "wilson_cc":
        limits = _wilson_cc(x / n, n, alpha)
    else:
        limits = _jeffreys(x, n, alpha)
    low[some], high[some] = limits
    return Interval(low, high, level, method, SOURCES[method])


def student(estimate: ArrayLike, se: ArrayLike, df: ArrayLike, level: float = 0.95) -> Interval:
    """Return estimate ± t(df) se, for means and totals; for a rate use ``ci``, which stays within 0 and 1.

    >>> found = student(656.585, 9.24972203928, 199)
    >>> float(found.low.round(3)), float(found.high.round(3))
    (638.345, 674.825)
    """
    alpha = 1 - checked_level(level)
    centre, width, df = (np.asarray(one, np.float64) for one in (estimate, se, df))
    if (width < 0).any():
        raise ValueError(f"se = {float(width[width < 0].flat[0])!r} is negative")
    half = -_t(alpha / 2, np.where(df > 0, df, np.nan)) * width
    return Interval(centre - half, centre + half, level, "student", "Student 1908")


def checked_level(level: float) -> float:
    """Return the confidence level, or raise ValueError unless it lies strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level = {level!r} is not between 0 and 1")
    return level


def _t(q: float, df: Floats) -> Floats:
    return special.stdtrit(df, q)


def _effective(p: Floats, se: Floats, df: Floats, n: Floats, alpha: float, method: CiMethod) -> Floats:
    """Effective sample size; at p = 0 or 1 it starts from n, and NaN for "beta", which has none there."""
    edge = (p == 0) | (p == 1)
    start = np.full(p.shape, np.nan) if method == "beta" else n
    size = np.where(edge, start, p * (1 - p) / np.where(edge, 1.0, se) ** 2)
    if method != "clopper_pearson":
        size = size * (_t(alpha / 2, np.maximum(n - 1, 1)) / _t(alpha / 2, df)) ** 2
    return size if method == "beta" else np.minimum(size, n)


def _exact(x: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Clopper-Pearson, for any real 0 <= x <= n."""
    bottom, top = x <= 0, x >= n
    low = special.betaincinv(np.where(bottom, 1.0, x), np.where(bottom, 1.0, n - x + 1), alpha / 2)
    high = special.betainccinv(np.where(top, 1.0, x + 1), np.where(top, 1.0, n - x), alpha / 2)
    return np.where(bottom, 0.0, low), np.where(top, 1.0, high)


def _wilson(p: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    z2 = special.ndtri(alpha / 2) ** 2
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    centre, scale = p + z2 / (2 * n), 1 + z2 / n
    # At the ends the exact limits are 0 and 1; the formula leaves a rounding error of either sign.
    return np.where(p == 0, 0.0, (centre - half) / scale), np.where(p == 1, 1.0, (centre + half) / scale)


def _wilson_cc(p: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    z2 = special.ndtri(alpha / 2) ** 2
    z, q = np.sqrt(z2), 1 - p
    below = z2 - 2 - 1 / n + 4 * p * (n * q + 1)
    above = z2 + 2 - 1 / n + 4 * p * (n * q - 1)
    low = (2 * n * p + z2 - 1 - z * np.sqrt(np.maximum(below, 0))) / (2 * (n + z2))
    high = (2 * n * p + z2 + 1 + z * np.sqrt(np.maximum(above, 0))) / (2 * (n + z2))
    return np.where(p == 0, 0.0, low), np.where(p == 1, 1.0, high)


def _jeffreys(x: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    low = special.betaincinv(x + 0.5, n - x + 0.5, alpha / 2)
    high = special.betainccinv(x + 0.5, n - x + 0.5, alpha / 2)
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


def _logit(p: Floats, se: Floats, df: Floats, alpha: float) -> tuple[Floats, Floats]:
    odds_known = (p > 0) & (p < 1)
    inner = np.where(odds_known, p, np.nan)
    half = -_t(alpha / 2, df) * se / (inner * (1 - inner))
    centre = special.logit(inner)
    return special.expit(centre - half), special.expit(centre + half)
