"""Plans for one measured, normally distributed characteristic with one limit: accept where (limit - mean) / s >= k.

With unknown standard deviation sqrt(n) (U - mean) / s has the noncentral t distribution with n - 1 degrees of freedom
and noncentrality sqrt(n) z(p): the OC is exact, and no normal approximation of k is made.

Source: ISO 3951-1 (GB/T 6378.1), s method and sigma method; D. B. Owen, J. Amer. Stat. Assoc. 63 (1968) 445-478.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

Sigma = Literal["known", "unknown"]
_LARGEST = 2**24  # items


@dataclass(frozen=True)
class VariablesPlans:
    """Smallest plans (n; k): arrays [R]; alpha, beta are the risks attained at p1 and p2.

    >>> variables_plan(0.01, 0.05, 0.05, 0.10).beta.round(4)
    array([0.0972])
    """

    n: np.ndarray
    k: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    sigma: str
    method: str


def variables_oc(n: Any, k: Any, p: Any, sigma: Sigma = "unknown") -> np.ndarray:
    """Return the probability to accept lots with fraction p beyond the limit, by the plan (n; k).

    Arguments broadcast; n >= 1 (>= 2 where sigma is unknown), p in [0, 1]; ValueError otherwise.

    >>> variables_oc(15, 1.72, [0.01, 0.1]).round(6)
    array([0.935978, 0.161677])
    >>> variables_oc(10, 1.8, 0.05, "known").round(6)
    np.float64(0.311849)
    """
    _check_sigma(sigma)
    size, share = np.asarray(n, dtype=float), np.asarray(p, dtype=float)
    least = 2 if sigma == "unknown" else 1
    if (size < least).any() or (size % 1 != 0).any():
        raise ValueError(f"n: integers of at least {least} with sigma {sigma}, got {size.tolist()}")
    if not ((share >= 0) & (share <= 1)).all():
        raise ValueError(f"p: between 0 and 1, got {share.tolist()}")
    return np.asarray(_accept(size, np.asarray(k, dtype=float), share, sigma))[()]


def variables_plan(p1: Any, p2: Any, alpha: Any, beta: Any, sigma: Sigma = "unknown") -> VariablesPlans:
    """Return the smallest plans (n; k) that accept p1 with 1 - alpha and p2 with at most beta.

    Arguments broadcast to [R]; 0 < p1 < p2 < 1, risks inside (0, 1). k solves the first point exactly, n is the
    smallest integer that keeps the second. ValueError lists every fault.

    >>> variables_plan(0.05, 0.15, 0.05, 0.075, "known").n
    array([26])
    >>> made = variables_plan([0.01, 0.05], [0.05, 0.15], 0.05, [0.1, 0.075])
    >>> made.n, made.k.round(4)
    (array([55, 49]), array([1.9522, 1.3265]))
    """
    _check_sigma(sigma)
    good, bad, risk1, risk2 = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (p1, p2, alpha, beta)))
    _check_points(good, bad, risk1, risk2)
    least = 2 if sigma == "unknown" else 1

    def keeps(n: np.ndarray) -> np.ndarray:
        return _accept(n, _k(n, good, risk1, sigma), bad, sigma) <= risk2

    n = _smallest(keeps, np.full(good.shape, float(least)))
    k = _k(n, good, risk1, sigma)
    attained = [1 - _accept(n, k, good, sigma), _accept(n, k, bad, sigma)]
    method = "noncentral t" if sigma == "unknown" else "normal"
    return VariablesPlans(n.astype(np.int64), k, attained[0], attained[1], sigma, method)


def _accept(n: np.ndarray, k: np.ndarray, p: np.ndarray, sigma: Sigma) -> np.ndarray:
    inside = (p > 0) & (p < 1)
    away = -special.ndtri(np.where(inside, p, 0.5))  # limit - mean, in standard deviations
    if sigma == "known":
        found = special.ndtr(np.sqrt(n) * (away - k))
    else:
        found = 1 - special.nctdtr(n - 1, np.sqrt(n) * away, np.sqrt(n) * k)
    return np.where(inside, found, np.where(p == 0, 1.0, 0.0))


def _k(n: np.ndarray, p: np.ndarray, alpha: np.ndarray, sigma: Sigma) -> np.ndarray:
    """Return the k that accepts p with exactly 1 - alpha."""
    away = -special.ndtri(p)
    if sigma == "known":
        return away + special.ndtri(alpha) / np.sqrt(n)
    return special.nctdtrit(n - 1, np.sqrt(n) * away, alpha) / np.sqrt(n)


def _smallest(keeps: Any, start: np.ndarray) -> np.ndarray:
    """Return the smallest n >= start that keeps the second point (acceptance of p2 falls as n grows)."""
    below, above = start - 1, start.copy()
    while not (done := keeps(above)).all():
        below = np.where(done, below, above)
        above = np.where(done, above, above * 2)
        if above.max() > _LARGEST:
            raise ValueError(f"p1, p2: too near each other, more than {_LARGEST} items in rows {(~done).nonzero()[0]}")
    while (above - below > 1).any():
        middle = np.where(above - below > 1, (below + above) // 2, above)
        done = keeps(middle)
        below, above = np.where(done, below, middle), np.where(done, middle, above)
    return above


def _check_sigma(sigma: str) -> None:
    if sigma not in ("known", "unknown"):
        raise ValueError(f"sigma: {sigma!r} is neither 'known' nor 'unknown'")


def _check_points(good: np.ndarray, bad: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> None:
    tests = [
        ("p1", (good > 0) & (good < bad), good),
        ("p2", bad < 1, bad),
        ("alpha", (alpha > 0) & (alpha < 1), alpha),
        ("beta", (beta > 0) & (beta < 1), beta),
    ]
    faults = [f"{name}: {x[row]:g} in row {row}" for name, fine, x in tests for row in np.flatnonzero(~fine)]
    if faults:
        raise ValueError("out of range (0 < p1 < p2 < 1, risks inside (0, 1)): " + "; ".join(faults))
