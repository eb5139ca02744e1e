"""Specific and global risk of a decision, and the guard band for a wanted risk: JCGM 106:2012, 9; RP-10 and Z540.3.

Specific risk is about one item with a known result; global risk about an item not yet measured, from a production
whose distribution (`prior`) is known. The two are different numbers, and so are the unconditional risk (of accepting
a bad item, among all) and the conditional one (of being bad, among the accepted).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from ._arrays import Floats, floats, refuse, tolerance
from .decision import specific_risk

__all__ = ["GlobalRisk", "Normal", "Prior", "global_risk", "guard_band_for", "specific_risk", "tur_guard_band"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PANELS = 2  # in each stretch between two break points
_REACH = 8.3  # standard uncertainties beyond which a measurement does not stray: Phi(-8.3) = 5e-17
_REST = 1e-16  # probability of the production left out at either end
_HALVINGS = 60


class Prior(Protocol):
    """Distribution of the true values: `Normal`, or any frozen continuous distribution of scipy.stats."""

    def pdf(self, x: Any) -> Any:
        """Density."""

    def ppf(self, q: Any) -> Any:
        """Quantile."""

    def isf(self, q: Any) -> Any:
        """Upper quantile."""


@dataclass(frozen=True)
class Normal:
    """Normal production: mean and standard deviation, scalars or arrays with one entry for each problem."""

    mean: ArrayLike
    sd: ArrayLike

    def __post_init__(self) -> None:
        floats("mean", self.mean)
        floats("sd", self.sd, "positive")

    @classmethod
    def in_tolerance(cls, share: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Normal:
        """Return the production centred in the tolerance, of which this share (0 to 1) lies within.

        >>> round(Normal.in_tolerance(0.95, -1.0, 1.0).sd.item(), 4)
        0.5102
        """
        within, (low, high) = floats("share", share, "positive"), tolerance(lower, upper)
        refuse("share", within, within >= 1, "is not below 1")
        refuse("lower", low, np.isinf(low) | np.isinf(high), "and upper: both limits are needed")
        return cls((low + high) / 2, (high - low) / 2 / ndtri((1 + within) / 2))

    def pdf(self, x: Any) -> Any:
        """Density."""
        z = (x - np.asarray(self.mean)) / np.asarray(self.sd)
        return np.exp(-0.5 * z * z) / (np.sqrt(2 * np.pi) * np.asarray(self.sd))

    def ppf(self, q: Any) -> Any:
        """Quantile."""
        return np.asarray(self.mean) + np.asarray(self.sd) * ndtri(q)

    def isf(self, q: Any) -> Any:
        """Upper quantile."""
        return np.asarray(self.mean) - np.asarray(self.sd) * ndtri(q)


class GlobalRisk(NamedTuple):
    """`consumer`: accepted and bad, among all (unconditional false accept). `producer`: rejected and good, among all.
    `conditional`: bad among the accepted; NaN where nothing is ever accepted."""

    consumer: Floats
    producer: Floats
    conditional: Floats


def global_risk(
    prior: Prior,
    u: ArrayLike,
    T: tuple[ArrayLike | None, ArrayLike | None],  # noqa: N803
    A: tuple[ArrayLike | None, ArrayLike | None],  # noqa: N803
) -> GlobalRisk:
    """Return the global risks of accepting what measures within `A` when `T` is the tolerance.

    `u` > 0 is the standard uncertainty of the normal measurement, T = (lower, upper) the tolerance limits, A =
    (lower, upper) the acceptance limits; None or an infinity where there is none. All broadcast, also with arrays in
    the prior; the result has their shape. By Gauss-Legendre quadrature over the true value, split where the prior, the
    tolerance and the measurement turn; absolute error below 1e-10 for smooth priors. Raises ValueError for u <= 0,
    lower >= upper, or no limit. JCGM 106:2012, 9.5, equations 17 and 19.

    >>> found = global_risk(Normal(0.0, 1.0), 0.25, (-2.0, 2.0), (-2.0, 2.0))
    >>> [round(risk.item(), 4) for risk in found]
    [0.008, 0.0149, 0.0084]
    """
    spread = floats("u", u, "positive")
    low, high = tolerance(*T)
    start, end = tolerance(*A)
    points = _break_points(prior, spread, [low, high], [start, end])
    total = np.zeros((3, *points.shape[1:]))  # accepted and bad, rejected and good, accepted
    for left, right in zip(points[:-1], points[1:], strict=True):
        if not (right > left).any():
            continue
        x, weight = _nodes(left, right)
        density = weight * prior.pdf(x)
        reject = density * (ndtr((start - x) / spread) + ndtr((x - end) / spread))
        accept = density - reject
        good = (x >= low) & (x <= high)
        total += np.stack([np.where(good, 0.0, accept).sum(0), np.where(good, reject, 0.0).sum(0), accept.sum(0)])
    consumer, producer, accepted = total
    conditional = np.divide(consumer, accepted, out=np.full(accepted.shape, np.nan), where=accepted > 0)
    return GlobalRisk(consumer, producer, conditional[()])


def _break_points(prior: Prior, u: Floats, limits: list[Floats], acceptance: list[Floats]) -> Floats:
    """Where to split the integral, sorted on the first axis: no stretch in between holds a corner or a sudden turn."""
    low, high = np.asarray(prior.ppf(_REST), dtype=float), np.asarray(prior.isf(_REST), dtype=float)
    turns = [low, *(np.asarray(prior.ppf(q), dtype=float) for q in (0.01, 0.5, 0.99)), high, *limits]
    for limit in acceptance:
        turns += [limit - _REACH * u, limit, limit + _REACH * u]
    points = np.stack(np.broadcast_arrays(*turns))
    return np.sort(np.minimum(np.maximum(points, low), high), axis=0)


def _nodes(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights of the panels between two points, on a new first axis."""
    panel = (right - left) / _PANELS
    middle = left + panel * (np.arange(_PANELS) + 0.5).reshape(-1, *[1] * left.ndim)
    x = middle[:, None] + panel / 2 * _NODES.reshape(-1, *[1] * left.ndim)
    weight = np.broadcast_to(panel / 2 * _WEIGHTS.reshape(-1, *[1] * left.ndim), x.shape)
    shape = (_PANELS * _NODES.size, *left.shape)
    return x.reshape(shape), weight.reshape(shape)


def guard_band_for(
    risk: ArrayLike,
    kind: Literal["specific", "global", "conditional"] = "specific",
    *,
    u: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    prior: Prior | None = None,
) -> Floats:
    """Return the guard band w, in the unit of u, that holds the consumer's risk at `risk`: A = (lower + w, upper - w).

    "specific": the risk of an item that measures exactly on an acceptance limit; "global": unconditional, and
    "conditional": among the accepted, both for items of the `prior`. w is negative where the risk is below the wanted
    one without any guard band. All arguments broadcast. Raises ValueError where no guard band gives the risk (too
    uncertain a measurement, or a risk that accepting everything does not reach), for a risk outside (0, 1), and for a
    prior missing or given in vain. JCGM 106:2012, 8.3, 9.5.

    >>> round(guard_band_for(0.05, u=0.5, upper=10.0).item() / 0.5, 3)
    1.645
    """
    if kind not in ("specific", "global", "conditional"):
        raise ValueError(f"kind: {kind!r} is none of specific, global, conditional")
    if (prior is None) != (kind == "specific"):
        raise ValueError(f'prior: is for global risks and needed there, kind is "{kind}"')
    wanted, spread = floats("risk", risk, "positive"), floats("u", u, "positive")
    refuse("risk", wanted, wanted >= 1, "is not below 1")
    low, high = tolerance(lower, upper)
    refuse("lower", low, np.isinf(low) & np.isinf(high), "and upper: at least one limit is needed")

    def found(width: Floats) -> Floats:
        if prior is None:
            return np.maximum(
                *(
                    specific_risk(np.where(np.isinf(at), other, at), spread, low, high)
                    for at, other in ((high - width, low + width), (low + width, high - width))
                )
            )
        band = global_risk(prior, spread, (low, high), (low + width, high - width))
        return band.consumer if kind == "global" else band.conditional

    return _solve(found, wanted, _reach(spread, low, high, prior), (high - low) / 2)


def _reach(u: Floats, low: Floats, high: Floats, prior: Prior | None) -> Floats:
    """A width that accepts everything to within rounding, outwards, and nothing, inwards."""
    if prior is None:
        return 40 * u
    first, middle, last = (np.asarray(prior.ppf(_REST)), np.asarray(prior.ppf(0.5)), np.asarray(prior.isf(_REST)))
    away = sum(np.where(np.isinf(limit), 0.0, np.abs(limit - middle)) for limit in (low, high))
    return away + 40 * (u + last - first)


def _solve(found: Callable[[Floats], Floats], wanted: Floats, reach: Floats, room: Floats) -> Floats:
    """Bisect the guard band: the risk falls as it grows."""
    reach, wanted, room = np.broadcast_arrays(reach, wanted, room)
    few, many = -reach, np.minimum(reach, room * (1 - 1e-9))
    with_few, with_many = found(few), found(many)
    refuse("risk", wanted, with_few <= wanted, "is not reached even if everything is accepted")
    refuse("risk", wanted, ~(with_many <= wanted), "cannot be held by any guard band with this uncertainty")
    for _ in range(_HALVINGS):
        middle = (few + many) / 2
        above = found(middle) > wanted
        few, many = np.where(above, middle, few), np.where(above, many, middle)
    return (few + many) / 2


def tur_guard_band(tur: ArrayLike, method: Literal["rss", "test95", "rp10", "dobbert"]) -> Floats:
    """Return the acceptance limit as a share of the tolerance limit, from the test uncertainty ratio TUR = T / U alone.

    "rss" sqrt(1 - 1/TUR²); "test95" 1 - 1/TUR, which is w = U; "rp10" 1.25 - 1/TUR (NCSL RP-10); "dobbert"
    1 - M/TUR with M = 1.04 - exp(0.38 ln TUR - 0.54), which holds the unconditional risk at 2 % whatever the
    production (ANSI/NCSL Z540.3 handbook, method 6). Raises ValueError for TUR <= 0, another method, and "rss" or
    "test95" below TUR 1, where nothing is left.

    >>> tur_guard_band([1.5, 3.0], "rp10").round(4).tolist()
    [0.5833, 0.9167]
    """
    ratio = floats("tur", tur, "positive")
    if method in ("rss", "test95"):
        refuse("tur", ratio, ratio < 1, "is below 1: nothing could be accepted")
        return np.sqrt(1 - 1 / ratio**2) if method == "rss" else 1 - 1 / ratio
    if method == "rp10":
        return 1.25 - 1 / ratio
    if method == "dobbert":
        return 1 - (1.04 - np.exp(0.38 * np.log(ratio) - 0.54)) / ratio
    raise ValueError(f"method: {method!r} is none of rss, test95, rp10, dobbert")
