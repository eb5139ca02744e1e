"""EARS: Early Aberration Reporting System, for series without years of history (C1, C2, C3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy import stats

from qualitycity.methods.monitoring.arguments import Flags, Floats, at_least, counts, one_of, share

STANDARD = "Hutwagner et al., Journal of Urban Health 80 (2003) i89–i96"
LAGS = {"C1": 0, "C2": 2, "C3": 2}


@dataclass(frozen=True)
class Ears:
    """All weeks of S series [S, T]; NaN where a baseline is short or holds a missing count.

    ``mean``, ``sd`` of the baseline; ``statistic`` = (y − mean)/sd for C1 and C2, the three-week sum for C3;
    ``alarm`` = ``statistic`` > the normal quantile of 1 − alpha; ``upper`` the count above which that is so (−∞ for C3
    where the two weeks before suffice by themselves); ``floored`` where ``min_sigma`` stands for a smaller sd.
    """

    statistic: Floats
    upper: Floats
    alarm: Flags
    mean: Floats
    sd: Floats
    floored: Flags
    alpha: float
    method: str
    standard: str = STANDARD


def ears(
    Y: ArrayLike,  # noqa: N803  the name of the field
    method: str = "C1",
    *,
    alpha: float,
    min_sigma: float,
    baseline: int = 7,
    lag: int | None = None,
) -> Ears:
    """EARS C1, C2 or C3 over every week of ``Y`` [S, T], NaN = missing.

    C1 compares a count with the ``baseline`` counts just before it, C2 leaves ``lag`` = 2 between (so that an outbreak
    does not enter its own baseline), C3 sums max(0, C2 − 1) of this week and the two before. ``min_sigma`` is the least
    standard deviation, in counts: without a floor one case after seven quiet weeks is infinitely far away.

    Raises ValueError for counts below 0, ``min_sigma`` below 0, ``baseline`` below 2, an unknown method.

    Source: Hutwagner et al. 2003; C3 as in Fricker, Hegler and Dunfee 2008 (their threshold 2 is alpha ≈ 0.023).

    >>> found = ears([[1, 2, 1, 0, 2, 1, 0, 9, 1]], "C1", alpha=0.001, min_sigma=0.5)
    >>> found.upper.round(3)[0, 6:].tolist(), found.alarm[0, 6:].tolist()
    ([nan, 3.523, 11.822], [False, True, False])
    """
    one_of("method", method, tuple(LAGS))
    at_least("baseline", baseline, 2)
    if not min_sigma >= 0 or min_sigma == np.inf:
        raise ValueError(f"min_sigma must be a number of 0 or more; it is {min_sigma!r}")
    y = counts("Y", Y)
    gap = LAGS[method] if lag is None else at_least("lag", lag, 0)
    limit = float(stats.norm.isf(share("alpha", alpha)))
    mean, sd = moments(y, baseline, gap)
    floored = sd < min_sigma
    sd = np.where(floored, min_sigma, sd)
    statistic, upper = _three(y, mean, sd, limit) if method == "C3" else _one(y, mean, sd, limit)
    return Ears(statistic, upper, statistic > limit, mean, sd, floored, alpha, method)


def _one(y: Floats, mean: Floats, sd: Floats, limit: float) -> tuple[Floats, Floats]:
    return _distance(y, mean, sd), mean + limit * sd


def _three(y: Floats, mean: Floats, sd: Floats, limit: float) -> tuple[Floats, Floats]:
    excess = np.maximum(_distance(y, mean, sd) - 1, 0)
    before = np.full_like(y, np.nan)
    before[:, 2:] = excess[:, 1:-1] + excess[:, :-2]
    upper = np.where(before > limit, -np.inf, mean + sd * (1 + limit - before))
    return excess + before, upper


def _distance(y: Floats, mean: Floats, sd: Floats) -> Floats:
    """(y − mean)/sd; with sd 0 (only where no floor was asked for) ±∞, and 0 where y is the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((sd == 0) & (y == mean), 0.0, (y - mean) / sd)


def moments(y: Floats, baseline: int, lag: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation (n − 1) of the ``baseline`` weeks that end ``lag`` weeks before each week [S, T].

    >>> mean, sd = moments(np.array([[1.0, 3.0, 5.0, 9.0]]), 2, 0)
    >>> mean.tolist(), sd.round(3).tolist()
    ([[nan, nan, 2.0, 4.0]], [[nan, nan, 1.414, 1.414]])
    """
    mean, sd = np.full_like(y, np.nan), np.full_like(y, np.nan)
    _moments(np.ascontiguousarray(y), baseline, lag, mean, sd)
    return mean, sd


@njit(cache=True)
def _moments(y: Floats, baseline: int, lag: int, mean: Floats, sd: Floats) -> None:
    """Each window by itself: a running sum would lose digits where levels change by magnitudes, and carry a NaN on."""
    for s in range(y.shape[0]):
        for t in range(baseline + lag, y.shape[1]):
            start, total, squares = t - lag - baseline, 0.0, 0.0
            for i in range(start, t - lag):
                total += y[s, i]
            centre = total / baseline
            for i in range(start, t - lag):
                squares += (y[s, i] - centre) ** 2
            mean[s, t], sd[s, t] = centre, np.sqrt(squares / (baseline - 1))
