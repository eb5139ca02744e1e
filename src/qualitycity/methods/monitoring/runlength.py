"""Average run length: how many weeks until a chart raises an alarm, and the limit that makes it a wanted number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy import optimize, stats

from qualitycity.methods.monitoring.arguments import Floats

NODES = 80
FINEST = 1000


@dataclass(frozen=True)
class PoissonCusum:
    """C ← max(0, C + y − k), alarm at C ≥ h; all three are fractions with a small denominator, which makes it exact.

    Raises ValueError for k or h not above 0, a head start outside [0, h), a common denominator above 1000.

    Source: Brook and Evans, Biometrika 59 (1972) 539–549.

    >>> round(PoissonCusum(k=5, h=7).arl(4), 4), round(PoissonCusum(k=5, h=7, head_start=3).arl(4), 4)
    (108.2594, 101.1053)
    """

    k: float
    h: float
    head_start: float = 0

    def __post_init__(self) -> None:
        if not self.k > 0:
            raise ValueError(f"k must be above 0; it is {self.k!r}")
        _check_limit(self.h)
        if not 0 <= self.head_start < self.h:
            raise ValueError(f"head_start must lie in [0, h); it is {self.head_start!r}")

    def arl(self, mean: float) -> float:
        """Weeks to an alarm when counts are Poisson with this mean."""
        if not 0 < mean < math.inf:
            raise ValueError(f"mean must be above 0 and finite; it is {mean!r}")
        unit = self.unit()
        k, h, start = (int(Fraction(str(value)) * unit) for value in (self.k, self.h, self.head_start))
        to = np.arange(h)[None, :] - np.arange(h)[:, None] + k
        moves = np.where(to % unit == 0, stats.poisson.pmf(to // unit, mean), 0.0)
        moves[:, 0] = stats.poisson.cdf((k - np.arange(h)) // unit, mean)
        return float(np.linalg.solve(np.eye(h) - moves, np.ones(h))[start])

    def unit(self) -> int:
        """The common denominator of k, h and the head start: the chain has h times that many states."""
        unit = math.lcm(*(Fraction(str(value)).denominator for value in (self.k, self.h, self.head_start)))
        if unit > FINEST:
            raise ValueError(f"k, h and head_start need a common denominator of at most {FINEST}; it is {unit}")
        return unit


@dataclass(frozen=True)
class NormalCusum:
    """C ← max(0, C + z − k), alarm at C > h, of standard normal z; ``two_sided`` with its mirror image.

    Raises ValueError for k or h not above 0. Source: Crosier, Technometrics 28 (1986) 187–194, by Nyström quadrature.

    >>> round(NormalCusum(k=0.5, h=4).arl(0), 4), round(NormalCusum(k=0.5, h=4, two_sided=True).arl(0), 4)
    (335.3676, 167.6838)
    """

    k: float
    h: float
    two_sided: bool = False

    def __post_init__(self) -> None:
        if not self.k > 0:
            raise ValueError(f"k must be above 0; it is {self.k!r}")
        _check_limit(self.h)

    def arl(self, mean: float) -> float:
        """Observations to an alarm when z has this mean."""
        up = self._one(mean)
        return up if not self.two_sided else 1 / (1 / up + 1 / self._one(-mean))

    def _one(self, mean: float) -> float:
        point, weight = _nodes(0.0, self.h)
        start = np.concatenate([[0.0], point])
        moves = np.empty((start.size, start.size))
        moves[:, 0] = stats.norm.cdf(self.k - mean - start)
        moves[:, 1:] = stats.norm.pdf(point[None, :] - start[:, None] + self.k - mean) * weight
        return float(np.linalg.solve(np.eye(start.size) - moves, np.ones(start.size))[0])


@dataclass(frozen=True)
class NormalEwma:
    """z ← (1 − λ) z + λ x from 0, alarm at \\|z\\| > h √(λ/(2 − λ)), of standard normal x; h is often named c or L.

    Raises ValueError for λ outside (0, 1) or h not above 0. Source: Crowder, Technometrics 29 (1987) 401–407.

    >>> round(NormalEwma(lam=0.1, h=2.7).arl(0), 4), round(NormalEwma(lam=0.1, h=2.7).arl(1), 4)
    (368.9937, 9.73)
    """

    lam: float
    h: float

    def __post_init__(self) -> None:
        if not 0 < self.lam < 1:
            raise ValueError(f"lam must lie between 0 and 1, both excluded; it is {self.lam!r}")
        _check_limit(self.h)

    def arl(self, mean: float) -> float:
        """Observations to an alarm when x has this mean."""
        edge = self.h * math.sqrt(self.lam / (2 - self.lam))
        point, weight = _nodes(-edge, edge)
        start = np.concatenate([[0.0], point])
        moves = stats.norm.pdf((point[None, :] - (1 - self.lam) * start[:, None]) / self.lam - mean) * weight / self.lam
        lengths = np.linalg.solve(np.eye(point.size) - moves[1:], np.ones(point.size))
        return float(1 + moves[0] @ lengths)


Design = PoissonCusum | NormalCusum | NormalEwma


def arl(chart: Design, mean: float) -> float:
    """Average run length of a chart under a mean (of the counts, or in standard deviations for the normal charts).

    >>> round(arl(NormalEwma(lam=0.25, h=3), 0.5), 4)
    48.453
    """
    return chart.arl(mean)


def find_h(chart: Design, mean: float, target: float, longest: float = 200.0) -> float:
    """The limit h for which a chart like this one has average run length ``target`` at ``mean``; its own h is unused.

    For a Poisson CUSUM, whose run length rises in jumps, the smallest h (on the grid of k and head start) with at least
    ``target``. Raises ValueError for a target not above 1, or where no h up to ``longest`` reaches it.

    >>> round(find_h(NormalEwma(lam=0.1, h=1), 0, 370), 4)
    2.701
    >>> find_h(PoissonCusum(k=5, h=1), 4, 1000)
    12.0
    """
    if not 1 < target < math.inf:
        raise ValueError(f"target must be above 1 and finite; it is {target!r}")
    if isinstance(chart, PoissonCusum):
        return _smallest(chart, mean, target, longest)

    def excess(h: float) -> float:
        return math.log(replace(chart, h=h).arl(mean) / target)

    low, high = 1e-6, 1.0
    while excess(high) < 0:
        low, high = high, high * 1.5
        if high > longest:
            raise ValueError(f"target {target!r} is not reached by any h up to {longest:g}")
    if excess(low) >= 0:
        raise ValueError(f"target {target!r} lies below the run length of any h")
    return float(optimize.brentq(excess, low, high, xtol=1e-11, rtol=1e-13))


def _smallest(chart: PoissonCusum, mean: float, target: float, longest: float) -> float:
    """Doubling, then halving, on the grid 1/unit."""
    least = math.floor(chart.head_start) + 1
    unit = replace(chart, h=least).unit()

    def enough(steps: int) -> bool:
        return replace(chart, h=float(Fraction(steps, unit))).arl(mean) >= target

    low, high = int(Fraction(str(chart.head_start)) * unit), least * unit
    while not enough(high):
        low, high = high, high * 2
        if high > longest * unit:
            raise ValueError(f"target {target!r} is not reached by any h up to {longest:g}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high / unit


def _check_limit(h: float) -> None:
    if not 0 < h < math.inf:
        raise ValueError(f"h must be above 0 and finite; it is {h!r}")


def _nodes(low: float, high: float) -> tuple[Floats, Floats]:
    """Gauss–Legendre points and weights; more of them on a longer stretch, so that each bell curve meets enough."""
    point, weight = np.polynomial.legendre.leggauss(max(NODES, int(12 * (high - low))))
    return (high - low) / 2 * point + (high + low) / 2, (high - low) / 2 * weight
