"""Likelihood of the gamma–Poisson mixture under its two truncations, with gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from qualitycity.methods.monitoring.arguments import Floats, Ints


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs (N, E) [K] and how often each occurs; ``code`` [K] leads to its number among ``levels``."""

    N: Floats
    E: Floats
    times: Floats
    levels: Floats
    code: Ints

    @classmethod
    def of(cls, observed: Floats, expected: Floats) -> Pairs:
        """Merge equal pairs.

        >>> found = Pairs.of(np.array([2.0, 1.0, 2.0]), np.array([0.5, 0.1, 0.5]))
        >>> found.N.tolist(), found.times.tolist()
        ([1.0, 2.0], [1.0, 2.0])
        """
        order = np.lexsort((expected, observed))
        n, e = observed[order], expected[order]
        first = np.flatnonzero(np.append(True, (n[1:] != n[:-1]) | (e[1:] != e[:-1])))
        times = np.diff(np.append(first, n.size)).astype(np.float64)
        levels, code = np.unique(n[first], return_inverse=True)
        return cls(n[first], e[first], times, levels, code)

    def every(self, step: int) -> Pairs:
        """Each ``step``-th distinct pair: as they are ordered by N, then E, a sample like the whole.

        >>> Pairs.of(np.arange(1.0, 7.0), np.ones(6)).every(2).N.tolist()
        [1.0, 3.0, 5.0]
        """
        levels, code = np.unique(self.N[::step], return_inverse=True)
        return Pairs(self.N[::step], self.E[::step], self.times[::step], levels, code)


@dataclass(frozen=True)
class _Component:
    """One negative binomial over the pairs: logs of density and of P(N ≥ n*), and both gradients in (log α, log β)."""

    density: Floats
    tail: Floats
    density_slope: tuple[Floats, Floats]
    tail_slope: tuple[Floats, Floats]


def loss(at: Floats, pairs: Pairs, n_star: int, by_component: bool) -> tuple[float, Floats]:
    """Mean negative log likelihood at (log α₁, log β₁, log α₂, log β₂, logit P) and its gradient [5].

    >>> pairs = Pairs.of(np.array([1.0, 3.0]), np.array([1.0, 0.5]))
    >>> value, slope = loss(np.zeros(5), pairs, 1, True)
    >>> round(value, 6), slope.round(4).tolist()
    (1.647918, [-0.0577, 0.125, -0.0577, 0.125, -0.0])
    """
    share = float(special.expit(at[4]))
    first, second = (component(float(np.exp(at[i])), float(np.exp(at[i + 1])), pairs, n_star) for i in (0, 2))
    logs = (
        np.log([share, 1 - share]) if 0 < share < 1 else np.array([special.log_expit(at[4]), special.log_expit(-at[4])])
    )
    tails = np.stack([first.tail, second.tail])
    both = np.stack([first.density, second.density]) + logs[:, None] - (tails if by_component else 0.0)
    whole = np.logaddexp(both[0], both[1])
    held = special.expit(both[0] - both[1])
    value, cut = whole, held
    pull = held - share
    if not by_component:
        kept = logs[:, None] + tails
        value, cut = whole - np.logaddexp(kept[0], kept[1]), special.expit(kept[0] - kept[1])
        pull = held - cut
    slope = np.empty(5)
    for i, part, weight, tail in ((0, first, held, cut), (2, second, 1 - held, 1 - cut)):
        for j in (0, 1):
            slope[i + j] = pairs.times @ (weight * part.density_slope[j] - tail * part.tail_slope[j])
    slope[4] = pairs.times @ pull
    total = pairs.times.sum()
    return float(-(pairs.times @ value) / total), -slope / total


def component(alpha: float, beta: float, pairs: Pairs, n_star: int) -> _Component:
    """The negative binomial of size α and odds β/E over all pairs; gammaln and digamma only on distinct counts.

    >>> part = component(1.0, 1.0, Pairs.of(np.array([1.0]), np.array([1.0])), 1)
    >>> np.exp(part.density).tolist(), np.exp(part.tail).tolist()
    ([0.25], [0.5])
    """
    n, e = pairs.N, pairs.E
    low, high = np.log(beta / (beta + e)), np.log(e / (beta + e))
    constant = special.gammaln(alpha + pairs.levels) - special.gammaln(alpha) - special.gammaln(pairs.levels + 1)
    turn = (special.digamma(alpha + pairs.levels) - special.digamma(alpha))[pairs.code]
    density = constant[pairs.code] + alpha * low + n * high
    slope = alpha * (turn + low), alpha - (alpha + n) * beta / (beta + e)
    if n_star == 0:
        zero = np.zeros_like(e)
        return _Component(density, zero, slope, (zero, zero))
    missed = [np.zeros_like(e), np.zeros_like(e)]
    for m in range(n_star):
        rise = special.gammaln(alpha + m) - special.gammaln(alpha) - special.gammaln(m + 1)
        weight = np.exp(rise + alpha * low + m * high)
        missed[0] += weight * alpha * (special.digamma(alpha + m) - special.digamma(alpha) + low)
        missed[1] += weight * (alpha - (alpha + m) * beta / (beta + e))
    tail = -np.expm1(alpha * low) if n_star == 1 else special.betainc(n_star, alpha, e / (beta + e))
    return _Component(density, np.log(tail), slope, (-missed[0] / tail, -missed[1] / tail))
