"""Quasi-Poisson regression log μ = a(level) + β·time, for thousands of series on one design at once.

For a fixed β the best intercept of a level is a closed form, so that only the one-dimensional β is searched (Newton on
the profile likelihood, which is concave). Hence no matrix is inverted, and a level in which nothing was ever counted
(where the usual iteration runs away to −∞) is an exact 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitycity.methods.monitoring.arguments import Flags, Floats, Ints

STEPS, TOLERANCE, LONGEST = 60, 1e-11, 1.0


@dataclass(frozen=True)
class Design:
    """What all series share: ``time`` [n] (0 is the moment to predict) and ``level`` [n] of ``levels``."""

    time: Floats
    level: Ints
    levels: int

    @property
    def member(self) -> Floats:
        """One column per level [n, G], 1 where the observation belongs to it."""
        return np.eye(self.levels)[self.level]


@dataclass(frozen=True)
class Fit:
    """Fits of S series.

    ``beta`` [S] trend in log units per unit of time, ``beta_se`` its standard error (infinite without information),
    ``dof`` observations less parameters, ``dispersion`` the Pearson estimate (it may be below 1), ``mu`` and
    ``leverage`` [S, n], ``rate`` expected count per unit of exposure at time 0 and level 0, ``log_variance`` the
    variance of its logarithm (infinite for a rate of 0), ``converged`` false where β has no finite best value.
    """

    beta: Floats
    beta_se: Floats
    dof: Floats
    dispersion: Floats
    mu: Floats
    leverage: Floats
    rate: Floats
    log_variance: Floats
    converged: Flags


@dataclass(frozen=True)
class _Profile:
    """The likelihood at one β: shares of a level's total, deviations from its mean time, score and information."""

    share: Floats
    mean_time: Floats
    deviation: Floats
    score: Floats
    information: Floats
    size: Floats


def fit(y: Floats, exposure: Floats, weight: Floats, design: Design, *, trend: bool) -> Fit:
    """Fit every row of ``y`` [S, n]; ``weight`` [S, n] are prior weights, 0 for an observation that is missing.

    ``exposure`` [S, n] > 0 multiplies the mean. Standard errors use the Pearson dispersion of the same weights.

    Source: McCullagh and Nelder, Generalized Linear Models, 2nd ed., 9.2; the intercepts are profiled out.

    >>> design = Design(np.array([-4.0, -3.0, -2.0, -1.0]), np.zeros(4, dtype=int), 1)
    >>> one = np.ones((1, 4))
    >>> found = fit(np.array([[1.0, 2.0, 4.0, 8.0]]), one, one, design, trend=True)
    >>> round(float(np.exp(found.beta[0])), 9), round(float(found.rate[0]), 9)
    (2.0, 16.0)
    """
    member = design.member
    base, total = weight * exposure, (weight * y) @ member
    beta, converged = np.zeros(len(y)), np.ones(len(y), dtype=np.bool_)
    if trend:
        beta, converged = _search(y * weight, base, total, design)
    at = _profile(y * weight, base, total, beta, design)
    size = np.where(at.size > 0, at.size, 1)
    intercept = total / size
    mu = exposure * np.exp(beta[:, None] * design.time) * intercept[:, design.level]
    seen = weight > 0
    dof = seen.sum(axis=1) - (seen.astype(float) @ member > 0).sum(axis=1) - float(trend)
    pearson = np.divide(weight * (y - mu) ** 2, mu, out=np.zeros_like(mu), where=mu > 0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion = np.where(dof > 0, pearson / dof, np.nan)
        slope = np.where(at.information > 0, 1 / at.information, np.inf) if trend else np.zeros(len(y))
        reach = np.where(at.mean_time[:, 0] != 0, at.mean_time[:, 0] ** 2 * slope, 0.0)
        log_variance = dispersion * (1 / total[:, 0] + reach)
        beta_se = np.sqrt(dispersion * slope)
    leverage = _leverage(at, total, slope, design, trend)
    rate = np.where(at.size[:, 0] > 0, intercept[:, 0], np.nan)
    return Fit(beta, beta_se, dof, dispersion, mu, leverage, rate, log_variance, converged)


def anscombe(y: Floats, found: Fit) -> Floats:
    """Standardised Anscombe residuals [S, n] of a fit: 1.5 (y^⅔ − μ^⅔) / (μ^⅙ √(φ (1 − h))), 0 where μ is 0.

    Source: Noufaily et al. 2013, with φ ≥ 1.

    >>> design = Design(np.array([-3.0, -2.0, -1.0]), np.zeros(3, dtype=int), 1)
    >>> one, y = np.ones((1, 3)), np.array([[1.0, 8.0, 27.0]])
    >>> anscombe(y, fit(y, one, one, design, trend=False)).round(3).tolist()
    [[-1.326, -0.388, 1.175]]
    """
    spread = np.sqrt(np.maximum(found.dispersion, 1.0))[:, None] * np.sqrt(np.maximum(1 - found.leverage, 1e-12))
    scaled = np.divide(
        y ** (2 / 3) - found.mu ** (2 / 3), found.mu ** (1 / 6), out=np.zeros_like(y), where=found.mu > 0
    )
    return 1.5 * scaled / spread


def _profile(wy: Floats, base: Floats, total: Floats, beta: Floats, design: Design) -> _Profile:
    member, time = design.member, design.time
    part = base * np.exp(beta[:, None] * time)
    size = part @ member
    safe = np.where(size > 0, size, 1)
    mean_time = ((part * time) @ member) / safe
    share = part / safe[:, design.level]
    deviation = time - mean_time[:, design.level]
    score = (wy * time).sum(axis=1) - (total * mean_time).sum(axis=1)
    information = (share * deviation**2 * total[:, design.level]).sum(axis=1)
    return _Profile(share, mean_time, deviation, score, information, size)


def _search(wy: Floats, base: Floats, total: Floats, design: Design) -> tuple[Floats, Flags]:
    """Newton steps in β, no longer than a factor e over the whole baseline; rows that stand still leave the work."""
    span = float(np.abs(design.time).max())
    beta, live = np.zeros(len(wy)), np.arange(len(wy))
    for _step in range(STEPS):
        at = _profile(wy[live], base[live], total[live], beta[live], design)
        flat = at.information <= 0
        step = np.where(flat, 0.0, at.score / np.where(flat, 1.0, at.information))
        beta[live] += np.clip(step, -LONGEST / span, LONGEST / span)
        live = live[np.abs(step) * span > TOLERANCE]
        if live.size == 0:
            break
    converged = np.ones(len(wy), dtype=np.bool_)
    converged[live] = False
    return beta, converged


def _leverage(at: _Profile, total: Floats, slope: Floats, design: Design, trend: bool) -> Floats:
    """Diagonal of the hat matrix: share of the level, and with a trend the pull of the moment on β."""
    if not trend:
        return at.share
    pull = np.where(np.isfinite(slope), slope, 0.0)[:, None] * at.deviation**2 * total[:, design.level]
    return at.share * (1 + pull)
