"""Control charts with memory: EWMA, Poisson CUSUM, negative binomial generalised likelihood ratio CUSUM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from qualitycity.methods.monitoring.arguments import Flags, Floats, at_least, counts, matrix, positive, spread


@dataclass(frozen=True)
class Chart:
    """A chart of S series over T weeks: ``statistic``, ``limit`` and ``alarm`` [S, T].

    NaN where the count is missing (the memory then stays as it was). ``limit`` is on the scale of ``statistic``.
    """

    statistic: Floats
    limit: Floats
    alarm: Flags
    method: str
    standard: str


def ewma(
    Y: ArrayLike,  # noqa: N803  the name of the field
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    lam: float,
    c: float,
    start: bool = True,
    upper_only: bool = False,
) -> Chart:
    """Exponentially weighted moving average of the standardised values: z ← (1 − λ) z + λ (y − μ)/σ, z₀ = 0.

    ``Y`` [S, T], NaN = missing; ``mu`` and ``sigma`` > 0 a number, [S] or [S, T] (so a season enters through them);
    ``lam`` in (0, 1), or exactly 1 for the Shewhart chart; alarm where \\|z\\| > c √(λ/(2 − λ) (1 − (1 − λ)^2t)), with
    ``start=False`` the limit of large t throughout, with ``upper_only`` for z alone.

    Raises ValueError for a sigma not above 0, λ outside (0, 1], c not above 0.

    Source: Lucas and Saccucci, Technometrics 32 (1990) 1–12; ISO 7870-6:2016. The ARL is in ``runlength``.

    >>> found = ewma([[0, 0, 3, 3]], 0, 1, lam=0.25, c=2.7)
    >>> found.statistic.round(4).tolist(), found.limit.round(4).tolist(), found.alarm.tolist()
    ([[0.0, 0.0, 0.75, 1.3125]], [[0.675, 0.8438, 0.9252, 0.9681]], [[False, False, False, True]])
    """
    y = matrix("Y", Y)
    if not 0 < lam <= 1:
        raise ValueError(f"lam must lie in (0, 1]; it is {lam!r}")
    positive("c", c)
    centre = _centre(mu, y)
    out = np.full_like(y, np.nan)
    _ewma(y, centre, spread("sigma", sigma, y.shape), lam, out)
    age = np.arange(1, y.shape[1] + 1) if start else np.inf
    limit = np.broadcast_to(c * np.sqrt(lam / (2 - lam) * (1 - (1 - lam) ** (2 * age))), y.shape)
    return Chart(out, limit, (out if upper_only else np.abs(out)) > limit, f"EWMA, λ = {lam:g}", "ISO 7870-6:2016")


def reference_value(mu0: ArrayLike, mu1: ArrayLike) -> Floats:
    """The reference value k of a Poisson CUSUM that tells mean ``mu1`` from ``mu0`` fastest: (μ₁ − μ₀)/(ln μ₁ − ln μ₀).

    Source: Lucas, Technometrics 27 (1985) 129–144. Raises ValueError for equal or non-positive means.

    >>> round(float(reference_value(4.0, 6.0)), 4)
    4.9326
    """
    low, high = positive("mu0", mu0), positive("mu1", mu1)
    if np.any(low == high):
        raise ValueError(f"mu1 must differ from mu0; both are {low if low.ndim == 0 else low[low == high][0]}")
    return np.asarray((high - low) / np.log(high / low))


def cusum_poisson(
    Y: ArrayLike,  # noqa: N803  the name of the field
    k: ArrayLike,
    h: float,
    *,
    head_start: float = 0.0,
    restart: bool = True,
) -> Chart:
    """Poisson CUSUM: C ← max(0, C + y − k), alarm where C ≥ h.

    ``Y`` [S, T] counts, NaN = missing; ``k`` > 0 the reference value, a number, [S] or [S, T] (see
    :func:`reference_value`); ``head_start`` (0 ≤ . < h) is where the chart begins, ``restart`` whether it begins anew
    after an alarm.

    Raises ValueError for counts below 0, k or h not above 0, a head start outside [0, h).

    Source: Lucas 1985; the limit for a wanted run length is :func:`runlength.find_h`.

    >>> found = cusum_poisson([[3, 6, 9, 2, 4]], 5, 5)
    >>> found.statistic.tolist(), found.alarm.tolist()
    ([[0.0, 1.0, 5.0, 0.0, 0.0]], [[False, False, True, False, False]])
    """
    y = counts("Y", Y)
    positive("h", h)
    if not 0 <= head_start < h:
        raise ValueError(f"head_start must lie in [0, h); it is {head_start!r}")
    out = np.full_like(y, np.nan)
    _cusum(y, spread("k", k, y.shape), float(h), float(head_start), restart, out)
    return Chart(out, np.broadcast_to(float(h), y.shape), out >= h, "Poisson CUSUM", "Lucas, Technometrics 27 (1985)")


def cusum_nb_glr(
    Y: ArrayLike,  # noqa: N803  the name of the field
    mu0: ArrayLike,
    dispersion: ArrayLike,
    h: float,
    *,
    window: int,
    restart: bool = True,
) -> Chart:
    """Negative binomial GLR CUSUM: the best case for «the mean was multiplied by e^κ, κ > 0, since some week».

    For each week the maximum, over starts within the last ``window`` weeks (and since the last alarm with ``restart``)
    and over κ ≥ 0, of the log likelihood ratio against means ``mu0``; alarm where it is ≥ ``h``. ``Y`` [S, T], NaN =
    missing; ``mu0`` > 0 a number, [S] or [S, T]; ``dispersion`` α > 0 likewise, variance μ + αμ².

    Raises ValueError for counts below 0, other arguments not above 0.

    Source: Höhle and Paul, Computational Statistics & Data Analysis 52 (2008) 4357–4368.

    >>> found = cusum_nb_glr([[4, 5, 12, 11, 13]], 5, 0.1, 4, window=10)
    >>> found.statistic.round(3).tolist(), found.alarm[0].tolist()
    ([[0.0, 0.0, 2.08, 3.677, 6.239]], [False, False, False, False, True])
    """
    y = counts("Y", Y)
    positive("h", h)
    means, alpha = spread("mu0", mu0, y.shape), spread("dispersion", dispersion, y.shape)
    out = np.full_like(y, np.nan)
    _glr(y, means, alpha, float(h), at_least("window", window, 1), restart, out)
    limit = np.broadcast_to(float(h), y.shape)
    return Chart(out, limit, out >= h, "negative binomial GLR CUSUM", "Höhle and Paul, CSDA 52 (2008)")


def _centre(mu: ArrayLike, y: Floats) -> Floats:
    found = np.asarray(mu, dtype=np.float64)
    if not np.isfinite(found).all():
        raise ValueError("mu must be finite")
    try:
        return np.ascontiguousarray(np.broadcast_to(found[:, None] if found.ndim == 1 else found, y.shape))
    except ValueError:
        raise ValueError(f"mu must be a number, [S] or [S, T] = {y.shape}; its shape is {found.shape}") from None


@njit(cache=True)
def _ewma(y: Floats, mu: Floats, sigma: Floats, lam: float, out: Floats) -> None:
    for s in range(y.shape[0]):
        z = 0.0
        for t in range(y.shape[1]):
            if not np.isnan(y[s, t]):
                z += lam * ((y[s, t] - mu[s, t]) / sigma[s, t] - z)
                out[s, t] = z


@njit(cache=True)
def _cusum(y: Floats, k: Floats, h: float, head_start: float, restart: bool, out: Floats) -> None:
    for s in range(y.shape[0]):
        c = head_start
        for t in range(y.shape[1]):
            if np.isnan(y[s, t]):
                continue
            if restart and c >= h:
                c = head_start
            c = max(0.0, c + y[s, t] - k[s, t])
            out[s, t] = c


@njit(cache=True)
def _glr(y: Floats, mu: Floats, alpha: Floats, h: float, window: int, restart: bool, out: Floats) -> None:
    for s in range(y.shape[0]):
        since = 0
        for t in range(y.shape[1]):
            if np.isnan(y[s, t]):
                continue
            best, total, mean = 0.0, 0.0, 0.0
            for start in range(t, max(since, t - window + 1) - 1, -1):
                if not np.isnan(y[s, start]):
                    total += y[s, start]
                    mean += mu[s, start]
                    best = max(best, _ratio(y[s], mu[s], alpha[s], start, t, total, mean))
            out[s, t] = best
            if restart and best >= h:
                since = t + 1


@njit(cache=True)
def _ratio(y: Floats, mu: Floats, alpha: Floats, start: int, end: int, total: float, mean: float) -> float:
    """Log likelihood ratio of weeks start…end at the best κ ≥ 0; 0 where the score at κ = 0 is not above 0."""
    score = 0.0
    for i in range(start, end + 1):
        if not np.isnan(y[i]):
            score += (y[i] - mu[i]) / (1 + alpha[i] * mu[i])
    if score <= 0:
        return 0.0
    kappa = np.log(total / mean) if total > mean else 0.0  # the answer itself where mu and alpha stand still
    for _step in range(50):
        slope = curve = 0.0
        for i in range(start, end + 1):
            if not np.isnan(y[i]):
                m = mu[i] * np.exp(kappa)
                slope += (y[i] - m) / (1 + alpha[i] * m)
                curve += m * (1 + alpha[i] * y[i]) / (1 + alpha[i] * m) ** 2
        step = min(1.0, max(-1.0, slope / curve))
        kappa += step
        if abs(step) < 1e-9:
            break
    gain = 0.0
    for i in range(start, end + 1):
        if not np.isnan(y[i]):
            ratio = (1 + alpha[i] * mu[i]) / (1 + alpha[i] * mu[i] * np.exp(kappa))
            gain += y[i] * kappa + (y[i] + 1 / alpha[i]) * np.log(ratio)
    return max(gain, 0.0)
