"""What a plan does to lots of a given quality: probability of acceptance, mean sample and outgoing quality.

A plan of any number of stages is walked forward once: the distribution of the cumulated count among the undecided is
convolved with the next sample's. The cost grows with stages and numbers, not with the paths through them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special
from scipy.optimize import elementwise

from .kernels import BINOMIAL, HYPERGEOMETRIC, POISSON, TIE, law_of, singles, walk
from .stages import HasStages, Stages

_ANY_LOT = 0  # the laws without a lot do not read it


@dataclass(frozen=True)
class Decisions:
    """Where the stages decide: arrays [..., K] over the qualities asked and the K stages.

    accept, reject   probability to be decided so at that stage; over all stages they add up to 1
    found            mean count at that stage, times the probability to be accepted there

    >>> from qualitycity.methods.acceptance.stages import single
    >>> made = decide(single(2, 0), 0.5)
    >>> made.accept.round(12), made.reject.round(12)
    (array([0.25]), array([0.75]))
    """

    accept: np.ndarray
    reject: np.ndarray
    found: np.ndarray
    dist: str
    method: str = "forward convolution over the stages"


def decide(plan: HasStages, p: Any, dist: str = "binomial", N: int | None = None) -> Decisions:  # noqa: N803
    """Return with which probability each stage accepts and does not accept.

    p: array of any shape: fractions in [0, 1] ("binomial"), nonconformities per item >= 0 ("poisson"), or integer
    counts of nonconforming items in the lot, 0 .. N ("hypergeometric", the only one that takes the lot size N).
    ValueError for anything else; a hypergeometric fraction is never rounded to a count, and a plan of `tables` made per
    100 items follows no law but "poisson".

    >>> from qualitycity.methods.acceptance.stages import double
    >>> decide(double((8, 8), (0, 1), 2), 0.05).accept.round(4)
    array([0.6634, 0.1853])
    """
    law, stages = _of(plan, dist)
    quality, lot = checked(p, law, N, stages.total)
    shape = (quality.size, len(stages.n))
    accept, reject, found = np.empty(shape), np.empty(shape), np.empty(shape)
    n, ac, re = (np.array(numbers, dtype=np.int64) for numbers in (stages.n, stages.ac, stages.re))
    walk(law, n, ac, re, quality.ravel(), lot, accept, reject, found)
    whole = (*quality.shape, len(stages.n))
    return Decisions(accept.reshape(whole), reject.reshape(whole), found.reshape(whole), dist)


def oc(plan: HasStages, p: Any, dist: str = "binomial", N: int | None = None) -> np.ndarray:  # noqa: N803
    """Return the probability of acceptance at each quality p (operating characteristic); arguments as `decide`.

    >>> from qualitycity.methods.acceptance.stages import single
    >>> oc(single(80, 2), [0.01, 0.05]).round(4)
    array([0.9534, 0.2306])
    >>> oc(single(5, 1), [0, 5], "hypergeometric", N=50).round(6)
    array([1.      , 0.928248])
    """
    return np.minimum(decide(plan, p, dist, N).accept.sum(axis=-1), 1.0)  # rounding alone can exceed 1


def asn(plan: HasStages, p: Any, dist: str = "binomial", N: int | None = None) -> np.ndarray:  # noqa: N803
    """Return the mean number of items inspected (average sample number), every stage taken whole.

    >>> from qualitycity.methods.acceptance.stages import double
    >>> asn(double((50, 50), (0, 3), 3), 0.02).round(2)
    np.float64(77.87)
    """
    made = decide(plan, p, dist, N)
    return np.asarray((made.accept + made.reject) @ np.array(plan.stages.drawn, dtype=float))[()]


def aoq(
    plan: HasStages,
    p: Any,
    dist: str = "binomial",
    N: int | None = None,  # noqa: N803
) -> np.ndarray:
    """Return the average outgoing quality: nonconforming left per item, where lots not accepted are sorted whole.

    Items found nonconforming, in samples and while sorting, are replaced by conforming ones. N is the lot size; without
    it the lot is endless and AOQ = p Pa. ValueError if N is below the plan's total sample.

    >>> from qualitycity.methods.acceptance.stages import single
    >>> aoq(single(80, 2), 0.02, N=1000).round(5)
    np.float64(0.01443)
    """
    made, drawn = _over_a_lot(plan, p, dist, N)
    if law_of(dist) == HYPERGEOMETRIC:
        left = made.accept.sum(axis=-1) * np.asarray(p) - made.found.sum(axis=-1)
        return np.asarray(left / N)[()]
    unseen = 1.0 if N is None else 1 - drawn / N
    return np.asarray(np.asarray(p) * (made.accept * unseen).sum(axis=-1))[()]


def ati(plan: HasStages, p: Any, N: int, dist: str = "binomial") -> np.ndarray:  # noqa: N803
    """Return the mean number of items inspected where lots not accepted are sorted whole (average total inspection).

    >>> from qualitycity.methods.acceptance.stages import single
    >>> ati(single(80, 2), [0.0, 0.02], 1000).round(1)
    array([ 80. , 278.3])
    """
    made, drawn = _over_a_lot(plan, p, dist, N)
    return np.asarray(made.accept @ drawn + made.reject.sum(axis=-1) * N)[()]


def quantile(plan: HasStages, pa: Any, dist: str = "binomial", N: int | None = None) -> np.ndarray:  # noqa: N803
    """Return the quality that is accepted with probability pa; hypergeometric: the largest count with at least pa.

    pa: array inside (0, 1). Single plans by the inverse incomplete beta and gamma functions, others by a bracketed root
    of `oc` (which never rises). ValueError where the plan accepts every quality.

    >>> from qualitycity.methods.acceptance.stages import single
    >>> quantile(single(80, 2), [0.95, 0.10]).round(5)
    array([0.0103 , 0.06516])
    >>> quantile(single(5, 1), 0.9, "hypergeometric", N=50)
    np.int64(5)
    """
    law, stages = _of(plan, dist)
    wanted = np.asarray(pa, dtype=float)
    if not ((wanted > 0) & (wanted < 1)).all():
        raise ValueError(f"pa: inside (0, 1), got {wanted[~((wanted > 0) & (wanted < 1))].tolist()}")
    if law == HYPERGEOMETRIC:
        checked(0, law, N, stages.total)
        return _largest_count(stages, wanted, int(N or 0))
    if law == BINOMIAL and oc(stages, 1.0) > 0:
        raise ValueError(f"plan: {stages} accepts even where every item is nonconforming")
    last = _tail(law, stages.n[0], stages.re[0] - 1, wanted)  # no better than: not rejected at the first stage
    if len(stages.n) == 1:
        return last[()]
    above = last * (1 + 1e-9)  # rounding could put the root a hair beyond
    above = np.minimum(above, 1) if law == BINOMIAL else above
    root = elementwise.find_root(lambda x, y: oc(stages, x, dist) - y, (np.zeros_like(last), above), args=(wanted,))
    if not root.success.all():
        raise ArithmeticError(f"pa: no root found for {wanted[~root.success].tolist()}")
    return root.x[()]


def checked(p: Any, law: int, N: int | None, total: int) -> tuple[np.ndarray, int]:  # noqa: N803
    """Return qualities as floats and the lot size for the compiled laws, or raise ValueError naming what is wrong.

    >>> checked([1, 2], HYPERGEOMETRIC, 50, 5)
    (array([1., 2.]), 50)
    """
    given = np.asarray(p)
    if law == HYPERGEOMETRIC:
        if N is None or total > N:
            raise ValueError(f"N: the hypergeometric law needs a lot of at least the {total} items sampled, got {N}")
        if given.dtype.kind not in "iu":
            raise ValueError(f"p: integer counts of nonconforming items (not fractions), got {given.tolist()!r}")
        return _within(given, N), int(N)
    if N is not None:
        raise ValueError(f"N: only the hypergeometric law takes a lot size, got {N}")
    return _within(given, 1 if law == BINOMIAL else np.inf), _ANY_LOT


def _of(plan: HasStages, dist: str) -> tuple[int, Stages]:
    law = law_of(dist)
    if law != POISSON and getattr(plan, "regime", "percent") == "per100":
        raise ValueError(f"dist: a plan per 100 items counts nonconformities, which are 'poisson', not {dist!r}")
    return law, plan.stages


def _within(given: np.ndarray, most: float) -> np.ndarray:
    quality = given.astype(float)
    bad = ~((quality >= 0) & (quality <= most) & np.isfinite(quality))
    if bad.any():
        raise ValueError(f"p: between 0 and {most:g}, got {quality[bad].tolist()[:5]}")
    return quality


def _over_a_lot(plan: HasStages, p: Any, dist: str, N: int | None) -> tuple[Decisions, np.ndarray]:  # noqa: N803
    total = plan.stages.total
    if N is not None and total > N:
        raise ValueError(f"N: a lot of at least the {total} items sampled, got {N}")
    made = decide(plan, p, dist, N if law_of(dist) == HYPERGEOMETRIC else None)
    return made, np.array(plan.stages.drawn, dtype=float)


def _tail(law: int, n: int, c: int, pa: np.ndarray) -> np.ndarray:
    """Return the quality at which P(count <= c) = pa; 1 where c >= n and the law is binomial."""
    if law == BINOMIAL:
        return special.betaincinv(c + 1, n - c, 1 - pa) if c < n else np.ones_like(pa)
    return special.gammainccinv(c + 1, pa) / n


def _largest_count(stages: Stages, pa: np.ndarray, lot: int) -> np.ndarray:
    good, bad = np.zeros(pa.shape, dtype=np.int64), np.full(pa.shape, lot + 1, dtype=np.int64)
    while (bad - good > 1).any():
        middle = (good + bad) // 2
        enough = oc(stages, middle, "hypergeometric", lot) >= pa * (1 - TIE)
        good, bad = np.where(enough, middle, good), np.where(enough, bad, middle)
    return good[()]


def single_oc(n: np.ndarray, ac: np.ndarray, quality: np.ndarray, law: int, lot: np.ndarray) -> np.ndarray:
    """Return the probability of acceptance of many single plans, each at its own quality (arrays of one length).

    >>> single_oc(np.array([80, 5]), np.array([2, 1]), np.array([0.01, 0.1]), BINOMIAL, np.array([0, 0])).round(6)
    array([0.953447, 0.91854 ])
    """
    out = np.empty(len(n))
    singles(law, n, ac, quality, lot, out)
    return out
