"""Gamma–Poisson shrinker (GPS, MGPS): the empirical-Bayes score EBGM with bounds, from all pairs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from qualitycity.methods.monitoring.arguments import Floats, at_least, one_of, share, vector
from qualitycity.methods.monitoring.mixture import Pairs, component, loss

STANDARD = "DuMouchel, American Statistician 53 (1999) 177–190; DuMouchel and Pregibon, KDD 2001"
TRUNCATIONS = ("component", "mixture")
STARTS = ((0.2, 0.06, 1.4, 1.8, 0.1), (2.0, 0.5, 2.0, 2.0, 0.3), (0.5, 0.1, 4.0, 4.0, 0.02))
SMALL, SAMPLE = 1e-7, 4_000


@dataclass(frozen=True)
class Theta:
    """The prior of the reporting ratio: gamma(α₁, β₁) with weight P, gamma(α₂, β₂) else; the first has the larger mean.

    ``loglik`` at the maximum (NaN for a Theta written by hand), ``truncation`` and ``n_star`` the likelihood it is of.
    """

    alpha1: float
    beta1: float
    alpha2: float
    beta2: float
    P: float
    loglik: float = float("nan")
    truncation: str = "component"
    n_star: int = 1
    converged: bool = True
    method: str = "maximum likelihood, all pairs"
    standard: str = STANDARD


@dataclass(frozen=True)
class GpsScore:
    """``Q`` [K] posterior weight of the first component, ``ebgm`` [K] exp of the posterior mean of log λ,
    ``quantile`` [K, len(q)] of the posterior of λ at ``q`` (EB05 and EB95)."""

    Q: Floats
    ebgm: Floats
    quantile: Floats
    q: tuple[float, ...]
    method: str = "EBGM"
    standard: str = STANDARD


def gps_fit(
    N: ArrayLike,  # noqa: N803  the names of the field
    E: ArrayLike,  # noqa: N803
    *,
    truncation: str,
    n_star: int = 1,
) -> Theta:
    """Fit the prior to K pairs by maximum likelihood, from three starts, on all pairs (no squashing, no bounds).

    ``N`` [K] whole numbers ≥ ``n_star``, ``E`` [K] > 0. Pairs with fewer than ``n_star`` reports are not in the data,
    so the likelihood is truncated, and there are two conventions with different answers: ``"component"`` divides each
    negative binomial by its own P(N ≥ n*) (openEBGM), ``"mixture"`` the mixture by the mixture's (PhViD, vigipy).
    ``n_star = 0`` is no truncation; then the zeros must be in the data, and both are one.

    Raises ValueError for a count below ``n_star``, an E not above 0, lengths that differ, fewer than five pairs.

    Source: DuMouchel 1999; DuMouchel and Pregibon 2001.

    >>> rng = np.random.default_rng(5)
    >>> E = rng.gamma(1, 1, 20000)
    >>> lam = np.where(rng.random(20000) < 0.1, rng.gamma(2, 1 / 0.4, 20000), rng.gamma(3, 1 / 3, 20000))
    >>> N = rng.poisson(lam * E)
    >>> theta = gps_fit(N[N > 0], E[N > 0], truncation="mixture")
    >>> theta.converged, round(theta.alpha2 / theta.beta2, 1), round(theta.P, 1)
    (True, 1.0, 0.1)
    """
    one_of("truncation", truncation, TRUNCATIONS)
    least = at_least("n_star", n_star, 0)
    observed, expected = _pair(N, E)
    if observed.min() < least:
        raise ValueError(f"N must be at least n_star = {least}; it holds {observed.min():g}")
    if observed.size < 5:
        raise ValueError(f"N must hold at least 5 pairs for 5 parameters; it holds {observed.size}")
    at, value, steep = _best(Pairs.of(observed, expected), least, truncation == "component")
    return _theta(at, -value * observed.size, truncation, least, bool(steep < SMALL * 10))


def gps_score(
    theta: Theta,
    N: ArrayLike,  # noqa: N803  the names of the field
    E: ArrayLike,  # noqa: N803
    q: Sequence[float] = (0.05, 0.95),
) -> GpsScore:
    """Score K pairs under a prior: EBGM and posterior quantiles, these to 1e-10 relative.

    ``N`` [K] ≥ 0, ``E`` [K] > 0. The posterior is a mixture of gamma(α₁ + N, β₁ + E) and gamma(α₂ + N, β₂ + E).

    Raises ValueError for a parameter not above 0, P outside 0…1, a level outside (0, 1), N or E as in :func:`gps_fit`.

    Source: DuMouchel 1999.

    >>> theta = Theta(3.2537864286, 0.399888365989, 2.02613053524, 1.90808259828, 0.0653457004101)
    >>> found = gps_score(theta, [16], [0.406436233611442])          # CAERS: a product and «weight increased»
    >>> found.ebgm.round(2).tolist(), found.quantile.round(2).tolist()
    ([23.26], [[15.69, 33.48]])
    """
    for name in ("alpha1", "beta1", "alpha2", "beta2"):
        if not 0 < getattr(theta, name) < np.inf:
            raise ValueError(f"theta.{name} must be above 0 and finite; it is {getattr(theta, name)!r}")
    if not 0 <= theta.P <= 1:
        raise ValueError(f"theta.P must lie in [0, 1]; it is {theta.P!r}")
    levels = tuple(share("q", level) for level in q)
    observed, expected = _pair(N, E)
    pairs = Pairs(observed, expected, np.ones_like(expected), *np.unique(observed, return_inverse=True))
    first, second = (
        component(alpha, beta, pairs, 0).density
        for alpha, beta in ((theta.alpha1, theta.beta1), (theta.alpha2, theta.beta2))
    )
    weight = special.expit(special.logit(theta.P) + first - second)
    shape = np.stack([theta.alpha1 + observed, theta.alpha2 + observed])
    rate = np.stack([theta.beta1 + expected, theta.beta2 + expected])
    mean_log = special.digamma(shape) - np.log(rate)
    ebgm = np.exp(weight * mean_log[0] + (1 - weight) * mean_log[1])
    bounds = [_quantile(level, weight, shape, rate) for level in levels]
    return GpsScore(weight, ebgm, np.stack(bounds, axis=1) if bounds else np.empty((observed.size, 0)), levels)


def _pair(N: ArrayLike, E: ArrayLike) -> tuple[Floats, Floats]:  # noqa: N803
    observed, expected = vector("N", N, lowest=0, whole=True), vector("E", E)
    if observed.shape != expected.shape:
        raise ValueError(f"N and E must have one length; it is {observed.size} and {expected.size}")
    if expected.min() <= 0:
        raise ValueError(f"E must be above 0; it holds {expected.min():g}")
    return observed, expected


def _best(pairs: Pairs, n_star: int, by_component: bool) -> tuple[Floats, float, float]:
    """(place, loss, steepest slope): every start on a sample first, then each different summit on all pairs."""
    sample = pairs.every(max(1, pairs.N.size // SAMPLE))
    summits: list[tuple[Floats, Floats]] = []
    for start in STARTS:
        begin = np.array([*np.log(start[:4]), special.logit(start[4])])
        at, spread = _climb(sample, begin, np.eye(5), n_star, by_component)
        if not any(np.allclose(at, known, atol=0.01) for known, _spread in summits):
            summits.append((at, spread))
    whole = [_climb(pairs, at, spread, n_star, by_component)[0] for at, spread in summits]
    return min((_polish(pairs, at, n_star, by_component) for at in whole), key=lambda found: found[1])


def _climb(pairs: Pairs, begin: Floats, spread: Floats, n_star: int, by_component: bool) -> tuple[Floats, Floats]:
    """BFGS in logs: where it ends, and its estimate of the inverse curvature there."""
    options = {"gtol": SMALL, "hess_inv0": spread}
    found = optimize.minimize(loss, begin, args=(pairs, n_star, by_component), jac=True, method="BFGS", options=options)
    inverse = (found.hess_inv + found.hess_inv.T) / 2
    firm = np.isfinite(inverse).all() and np.linalg.eigvalsh(inverse)[0] > 0
    return found.x, inverse if firm else np.eye(5)


def _polish(pairs: Pairs, at: Floats, n_star: int, by_component: bool) -> tuple[Floats, float, float]:
    """Newton steps where BFGS stopped early for want of digits."""
    value, slope = loss(at, pairs, n_star, by_component)
    for _step in range(5):
        if np.abs(slope).max() < SMALL:
            break
        sides = [[loss(at + side * one, pairs, n_star, by_component)[1] for side in (1e-5, -1e-5)] for one in np.eye(5)]
        curve = np.stack([(ahead - behind) / 2e-5 for ahead, behind in sides])
        step = np.linalg.lstsq((curve + curve.T) / 2, -slope, rcond=None)[0]
        ahead, steeper = loss(at + step, pairs, n_star, by_component)
        if not ahead <= value + 1e-12 or np.abs(step).max() > 1:
            break
        at, value, slope = at + step, ahead, steeper
    return at, value, float(np.abs(slope).max())


def _theta(at: Floats, loglik: float, truncation: str, n_star: int, converged: bool) -> Theta:
    a1, b1, a2, b2 = (float(value) for value in np.exp(at[:4]))
    weight = float(special.expit(at[4]))
    if a1 / b1 < a2 / b2:
        a1, b1, a2, b2, weight = a2, b2, a1, b1, 1 - weight
    return Theta(a1, b1, a2, b2, weight, loglik, truncation, n_star, converged)


def _quantile(q: float, weight: Floats, shape: Floats, rate: Floats) -> Floats:
    """Root of the mixture's distribution function between the quantiles of its parts, by Newton in log λ, bracketed."""
    ends = np.log(special.gammaincinv(shape, q) / rate)
    low, high = ends.min(axis=0), ends.max(axis=0)
    x = weight * ends[0] + (1 - weight) * ends[1]
    constant = shape * np.log(rate) - special.gammaln(shape)
    live = np.flatnonzero(high - low > 1e-12)
    for _step in range(100):
        if live.size == 0:
            break
        y, a, scaled = x[live], shape[:, live], rate[:, live] * np.exp(x[live])
        mix = np.stack([weight[live], 1 - weight[live]])
        excess = (mix * special.gammainc(a, scaled)).sum(axis=0) - q
        slope = (mix * np.exp(constant[:, live] + a * y - scaled)).sum(axis=0)
        low[live], high[live] = np.where(excess < 0, y, low[live]), np.where(excess < 0, high[live], y)
        with np.errstate(divide="ignore", invalid="ignore"):
            ahead = y - excess / slope
        inside = (ahead > low[live]) & (ahead < high[live])
        x[live] = np.where(inside, ahead, (low[live] + high[live]) / 2)
        live = live[np.abs(x[live] - y) > 1e-11]
    return np.exp(x)
