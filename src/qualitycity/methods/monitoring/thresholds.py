"""Upper prediction bounds of a count whose mean was estimated, and the p-value that goes with each.

All three take ``mu`` [S], the variance of log μ̂ ``log_variance`` [S], the dispersion ``phi`` ≥ 1 [S] and return
(upper [S], p [S]) such that ``y > upper`` exactly where ``p <= alpha``. Where μ is 0 the bound is 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from qualitycity.methods.monitoring.arguments import Flags, Floats

Threshold = Callable[[Floats, Floats, Floats, Floats, float], tuple[Floats, Floats]]
HALVINGS = 50


def nb(y: Floats, mu: Floats, log_variance: Floats, phi: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Quantile of the negative binomial with mean μ and variance φμ (Poisson for φ = 1), μ taken as known.

    Source: Noufaily et al. 2013; p = P(Y ≥ y).

    >>> upper, p = nb(np.array([9.0]), np.array([4.0]), np.array([0.1]), np.array([2.0]), 0.05)
    >>> upper.tolist(), p.round(4).tolist()
    ([9.0], [0.073])
    """
    return _upper(mu, phi, alpha), _at_least(y, mu, phi)


def delta(y: Floats, mu: Floats, log_variance: Floats, phi: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Normal bound for y^⅔, whose variance is 4/9 μ^⅓ (φ + Var(μ̂)/μ), carried back to counts.

    Source: Farrington et al., JRSS A 159 (1996) 547–563.

    >>> upper, p = delta(np.array([9.0]), np.array([4.0]), np.array([0.1]), np.array([2.0]), 0.05)
    >>> upper.round(4).tolist(), p.round(4).tolist()
    ([10.0602], [0.0825])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(4 / 9 * mu ** (1 / 3) * (phi + log_variance * mu))
        upper = (mu ** (2 / 3) + stats.norm.isf(alpha) * spread) ** 1.5
        p = stats.norm.sf((y ** (2 / 3) - mu ** (2 / 3)) / spread)
    return np.where(mu == 0, 0.0, upper), np.where(mu == 0, np.where(y > 0, 0.0, 1.0), p)


def muan(y: Floats, mu: Floats, log_variance: Floats, phi: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Like :func:`nb`, at the upper (1 − α) bound of μ̂ itself, normal on the log scale.

    Source: Salmon, Schumacher and Höhle, J. Statistical Software 70 (2016) 10.
    The p-value is the smallest α at which ``y`` would pass the bound.

    >>> upper, p = muan(np.array([9.0]), np.array([4.0]), np.array([0.01]), np.array([2.0]), 0.05)
    >>> upper.tolist(), p.round(4).tolist()
    ([10.0], [0.1031])
    """
    spread = np.sqrt(np.where(mu > 0, log_variance, 0.0))

    def mean(level: Floats | float) -> Floats:
        return np.asarray(mu * np.exp(stats.norm.isf(level) * spread))

    low, high = np.zeros_like(mu), np.ones_like(mu)
    for _halving in range(HALVINGS):
        middle = (low + high) / 2
        enough = _at_least(y, mean(middle), phi) <= middle
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    p = np.where(np.isfinite(mu) & np.isfinite(y), high, np.nan)
    return _upper(mean(alpha), phi, alpha), p


THRESHOLDS: dict[str, Threshold] = {"nb": nb, "delta": delta, "muan": muan}


def _upper(mu: Floats, phi: Floats, alpha: float) -> Floats:
    wide = _wide(mu, phi)
    out = np.where(mu == 0, 0.0, stats.poisson.isf(alpha, np.where(mu > 0, mu, 1.0)))
    size = mu[wide] / (phi[wide] - 1)
    out[wide] = stats.nbinom.isf(alpha, size, 1 / phi[wide])
    return np.where(np.isnan(mu), np.nan, out)


def _at_least(y: Floats, mu: Floats, phi: Floats) -> Floats:
    """P(Y ≥ y)."""
    wide = _wide(mu, phi)
    out = np.where(mu == 0, np.where(y > 0, 0.0, 1.0), stats.poisson.sf(np.ceil(y) - 1, np.where(mu > 0, mu, 1.0)))
    size = mu[wide] / (phi[wide] - 1)
    out[wide] = stats.nbinom.sf(np.ceil(y[wide]) - 1, size, 1 / phi[wide])
    return np.where(np.isnan(mu) | np.isnan(y), np.nan, out)


def _wide(mu: Floats, phi: Floats) -> Flags:
    """Where the negative binomial is not the Poisson; so little overdispersion that the size is astronomic is none."""
    return np.asarray((mu > 0) & (phi > 1 + 1e-9))
