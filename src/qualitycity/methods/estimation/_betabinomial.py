"""Maximum likelihood of the beta-binomial on counts of counts, regular down to zero spread.

With mu = alpha / (alpha + beta) and theta = 1 / (alpha + beta) the log-likelihood of all units is, but for a constant,

    sum over j of  c1[j] log(mu + j theta) + c2[j] log(1 - mu + j theta) - c3[j] log(1 + j theta)

where c1, c2, c3 count the units with y, n - y, n above j. It needs no gamma function, loses no digits for a large
alpha + beta and has theta = 0, the plain binomial, as an ordinary point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from ._labels import Floats

_DECREMENT = 1e-18  # gain still expected of the log-likelihood; one Newton step earlier it was about 1e-9
_SMALLEST = -30.0  # log theta: further down the spread cannot be told from none


@dataclass(frozen=True)
class Counts:
    """What the likelihood sees of a group of units."""

    over: Floats  # c1, c2, c3: (3, J)
    failed: float
    tested: float
    constant: float  # sum of log binomial coefficients
    all_or_none: bool

    @property
    def pooled(self) -> float:
        """Failures over tests of all units."""
        return self.failed / self.tested


def count(y: Floats, n: Floats) -> Counts:
    """Read the counts of a group; n > 0 somewhere."""
    longest = int(n.max())
    over = np.empty((3, longest))
    for row, values in zip(over, (y, n - y, n), strict=True):
        at_least = np.bincount(values.astype(np.intp), minlength=longest + 1)[::-1].cumsum()[::-1]
        row[:] = at_least[1:]
    constant = float((special.gammaln(n + 1) - special.gammaln(y + 1) - special.gammaln(n - y + 1)).sum())
    return Counts(over, float(y.sum()), float(n.sum()), constant, bool(((y == 0) | (y == n)).all()))


def log_likelihood(counts: Counts, mu: float, theta: float) -> float:
    """Log-likelihood at mu in [0, 1] and theta >= 0; 0 log 0 counts as 0."""
    j = theta * np.arange(counts.over.shape[1])
    c1, c2, c3 = counts.over
    value = special.xlogy(c1, mu + j).sum() + special.xlogy(c2, 1 - mu + j).sum() - (c3 * np.log1p(j)).sum()
    return float(value) + counts.constant


def spread_gains(counts: Counts) -> bool:
    """Whether the likelihood rises as theta leaves 0 at the pooled rate, by more than the rounding of its slope."""
    j = np.arange(counts.over.shape[1])
    c1, c2, c3 = counts.over
    mu = counts.pooled
    return bool((j * c1).sum() / mu + (j * c2).sum() / (1 - mu) > (j * c3).sum() * (1 + 1e-12))


def maximise(counts: Counts, mu: float, theta: float, max_iter: int) -> tuple[float, float, bool]:
    """Return (mu, theta, converged) of the maximum inside, by damped Newton steps in logit(mu) and log(theta)."""
    place = np.array([math.log(mu / (1 - mu)), math.log(theta)])
    here = log_likelihood(counts, mu, theta)
    damping = 0.0
    noise = 1e-14 * float(counts.over.sum())  # rounding of a sum of that many logarithms
    for _ in range(max_iter):
        gradient, bend = _slopes(counts, *_back(place))
        top = float(np.linalg.eigvalsh(bend)[-1])
        step = np.linalg.solve(bend - (max(top, 0.0) * 2 + damping) * np.eye(2), -gradient)
        if top < 0 and gradient @ np.linalg.solve(bend, -gradient) < 2 * _DECREMENT:
            return *_back(place), True
        step *= min(1.0, 4 / float(np.abs(step).max()))
        new = place + step
        if new[1] < _SMALLEST:
            return *_back(place), False
        there = log_likelihood(counts, *_back(new))
        if there >= here - noise:
            place, here, damping = new, there, damping / 8
        else:
            damping = max(damping * 8, float(np.abs(bend).max()) / 64)
    return *_back(place), False


def _back(place: Floats) -> tuple[float, float]:
    return float(special.expit(place[0])), math.exp(place[1])


def _slopes(counts: Counts, mu: float, theta: float) -> tuple[Floats, Floats]:
    """Gradient and Hessian of the log-likelihood in logit(mu) and log(theta)."""
    j = np.arange(counts.over.shape[1])
    one, two, three = mu + j * theta, 1 - mu + j * theta, 1 + j * theta
    r1, r2, r3 = counts.over[0] / one, counts.over[1] / two, counts.over[2] / three
    s1, s2, s3 = r1 / one, r2 / two, r3 / three
    by_mu, by_theta = (r1 - r2).sum(), (j * (r1 + r2 - r3)).sum()
    scale = mu * (1 - mu)
    mixed = scale * theta * (j * (s2 - s1)).sum()
    bend = np.array(
        [
            [scale**2 * -(s1 + s2).sum() + scale * (1 - 2 * mu) * by_mu, mixed],
            [mixed, theta**2 * (j * j * (s3 - s1 - s2)).sum() + theta * by_theta],
        ]
    )
    return np.array([scale * by_mu, theta * by_theta]), bend
