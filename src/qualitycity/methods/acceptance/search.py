"""Plans that do what is wanted: through two points of the OC curve, or accepting on zero.

Every search is exact: the probability at hand is computed, never approximated, and the smallest plan is proved by
monotony (for a fixed acceptance number acceptance falls as the sample grows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .declared import declared_quality
from .kernels import BINOMIAL, HYPERGEOMETRIC, LARGEST_AC, POISSON, law_of, smallest_plans, zero_samples
from .oc import single_oc
from .variables import variables_plan

__all__ = ["Found", "ZeroPlans", "declared_quality", "find_plan", "variables_plan", "zero_acceptance"]

_ENDLESS = 2**60  # items; a stand-in for the size of a lot that has none
_LEAST = 1e-12  # of a quality: smaller ones would need more items than 64 bits count


@dataclass(frozen=True)
class Found:
    """Smallest single plans: arrays [R].

    alpha, beta   risks attained at p1 and p2; NaN where the whole lot is inspected: such a plan does not sample
    inspect_all   n reaches the lot size

    >>> find_plan(0.01, 0.05, 0.05, 0.10).alpha.round(4)
    array([0.0443])
    """

    n: np.ndarray
    ac: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    inspect_all: np.ndarray
    dist: str
    method: str = "smallest acceptance number, then smallest sample, by exact probabilities"


@dataclass(frozen=True)
class ZeroPlans:
    """Zero-acceptance plans: arrays [R]; `beta` attained is NaN where the whole lot is inspected.

    >>> zero_acceptance(20, 1, 0.01).beta
    array([nan])
    """

    n: np.ndarray
    beta: np.ndarray
    inspect_all: np.ndarray
    dist: str
    method: str = "smallest sample that accepts on zero, by exact probabilities"


def find_plan(
    p1: Any,
    p2: Any,
    alpha: Any,
    beta: Any,
    dist: str = "binomial",
    N: Any = None,  # noqa: N803
) -> Found:
    """Return the smallest single plans that accept p1 with at least 1 - alpha and p2 with at most beta.

    All arguments broadcast to [R]. p1 < p2: fractions ("binomial"), nonconformities per item ("poisson"), or integer
    counts in lots of N items ("hypergeometric"). Risks inside (0, 1). ValueError lists every fault of every row; two
    points so near that more than 5,000 would have to be acceptable are refused.

    >>> found = find_plan([0.01, 0.05], [0.05, 0.15], 0.05, [0.10, 0.075])
    >>> found.n, found.ac
    (array([132,  80]), array([3, 7]))
    >>> find_plan(5, 15, 0.05, 0.075, "hypergeometric", N=100).n
    array([47])
    """
    law = law_of(dist)
    lot = _lots(law, N)
    good, bad, risk1, risk2, lot = _columns(p1, p2, alpha, beta, lot)
    _check_points(law, good, bad, risk1, risk2, lot, (p1, p2))
    n, ac = np.empty(good.size, dtype=np.int64), np.empty(good.size, dtype=np.int64)
    smallest_plans(law, good, bad, risk1, risk2, lot, n, ac)
    if (ac < 0).any():
        raise ValueError(f"p1, p2: too near each other, no plan with Ac <= {LARGEST_AC} in rows {_where(ac < 0)}")
    whole = n >= lot
    missed_good = np.where(whole, np.nan, 1 - single_oc(n, ac, good, law, lot))
    taken_bad = np.where(whole, np.nan, single_oc(n, ac, bad, law, lot))
    return Found(n, ac, missed_good, taken_bad, whole, dist)


def zero_acceptance(N: Any, p: Any, beta: Any) -> ZeroPlans:  # noqa: N803
    """Return the smallest samples in which quality p shows no nonconforming item with probability at most beta.

    N: lot sizes, and p integer counts in them; or N None, and p fractions of an endless lot. All broadcast to [R].
    Of a lot of N with p nonconforming, N - p + 1 always show one. ValueError lists every fault.

    >>> zero_acceptance(None, [0.01, 0.05], 0.05).n
    array([299,  59])
    >>> zero_acceptance([50, 500], [1, 25], 0.05).n
    array([48, 56])
    """
    law = BINOMIAL if N is None else HYPERGEOMETRIC
    quality, risk, lot = _columns(p, beta, _lots(law, N))
    good = np.full(quality.size, -1.0)  # no first point
    _check_points(law, good, quality, risk, risk, lot, (p,))
    n = np.empty(quality.size, dtype=np.int64)
    zero_samples(law, quality, risk, lot, n)
    whole = n >= lot
    attained = single_oc(n, np.zeros(n.size, dtype=np.int64), quality, law, lot)
    return ZeroPlans(n, np.where(whole, np.nan, attained), whole, "binomial" if law == BINOMIAL else "hypergeometric")


def _lots(law: int, N: Any) -> Any:  # noqa: N803
    if (N is None) == (law == HYPERGEOMETRIC):
        raise ValueError(f"N: lot sizes belong to the hypergeometric law and to it alone, got {N!r}")
    if N is None:
        return _ENDLESS
    if np.asarray(N).dtype.kind not in "iu":
        raise ValueError(f"N: integers, got {N!r}")
    return N


def _columns(*values: Any) -> list[np.ndarray]:
    """Broadcast to one length; the last is the lot size and stays an integer."""
    wide = np.broadcast_arrays(*(np.atleast_1d(value) for value in values))
    if wide[0].ndim != 1:
        raise ValueError(f"arguments: scalars or one-dimensional arrays, got shape {wide[0].shape}")
    return [column.astype(float) for column in wide[:-1]] + [wide[-1].astype(np.int64)]


def _check_points(
    law: int,
    good: np.ndarray,
    bad: np.ndarray,
    alpha: np.ndarray,
    beta: np.ndarray,
    lot: np.ndarray,
    given: tuple[Any, ...],
) -> None:
    if law == HYPERGEOMETRIC and any(np.asarray(value).dtype.kind not in "iu" for value in given):
        raise ValueError(f"p: integer counts of nonconforming items in the lot (not fractions), got {given!r}")
    most = np.where(law == HYPERGEOMETRIC, lot, np.where(law == POISSON, np.inf, 1))
    single_point = len(given) == 1
    tests = [
        ("p" if single_point else "p2", (bad >= _LEAST) & (bad <= most) & np.isfinite(bad), bad),
        ("beta", (beta > 0) & (beta < 1), beta),
    ]
    if not single_point:
        tests += [("p1", (good >= 0) & (good < bad), good), ("alpha", (alpha > 0) & (alpha < 1), alpha)]
    faults = [f"{name}: {column[row]:g} in row {row}" for name, fine, column in tests for row in np.flatnonzero(~fine)]
    if faults:
        raise ValueError("out of range (0 <= p1 < p2, risks inside (0, 1)): " + "; ".join(faults))


def _where(mask: np.ndarray) -> list[int]:
    return np.flatnonzero(mask).tolist()
