"""Horvitz-Thompson total of a sample of fixed size drawn with unequal probabilities, without replacement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from ._labels import Floats

HtVariance = Literal["syg", "deville"]

SOURCES = {
    "syg": "Sen 1953; Yates and Grundy 1953; Särndal, Swensson and Wretman 1992, (2.8.13)",
    "deville": "Deville 1993, as in Tillé, Sampling Algorithms (2006), 8.2",
}


@dataclass(frozen=True)
class HorvitzThompson:
    """Estimated totals, their variances and standard errors, one a variable (0-d for a single one).

    ``se`` is NaN where the variance is negative, which Sen-Yates-Grundy can give if some pi_ij > pi_i pi_j.
    """

    total: Floats
    variance: Floats
    se: Floats
    method: HtVariance
    standard: str


def total_ht(
    y: ArrayLike, pi: ArrayLike, pi2: ArrayLike | None = None, variance: HtVariance = "syg"
) -> HorvitzThompson:
    """Return the Horvitz-Thompson total sum(y / pi) and its variance, for a design of fixed sample size.

    y         (n,) values of the drawn units, or (m, n) for m variables; any unit
    pi        (n,) inclusion probabilities, in (0, 1]
    pi2       (n, n) joint inclusion probabilities, > 0 off the diagonal; needed by "syg", not taken by "deville"
    variance  "syg" Sen-Yates-Grundy, unbiased; "deville" from pi alone, close for designs of high entropy

    syg:      sum over i < j of (pi_i pi_j - pi_ij) / pi_ij · (y_i/pi_i - y_j/pi_j)²
    deville:  sum of (1 - pi_i) (y_i/pi_i - A)² / (1 - sum a_i²), a_i = (1 - pi_i) / sum(1 - pi), A = sum a_i y_i/pi_i

    The variance of Horvitz and Thompson themselves is not offered: it is often negative. Strata drawn independently:
    add totals and variances. Raises ValueError for impossible probabilities, a pi_ij of 0 (the variance cannot be
    estimated without bias then) and a sample of one uncertain unit.

    >>> found = total_ht([3.0, 5.0, 4.0], [0.5, 0.5, 0.5], np.full((3, 3), 0.2))   # 3 of 6 with equal chances
    >>> float(found.total), round(float(found.variance), 12)
    (24.0, 6.0)
    >>> round(float(total_ht([3.0, 5.0, 4.0], [0.5, 0.5, 0.5], variance="deville").variance), 12)
    6.0
    """
    if variance not in get_args(HtVariance):
        raise ValueError(f"variance = {variance!r} is not one of {', '.join(get_args(HtVariance))}")
    values, chance = np.asarray(y, np.float64), np.asarray(pi, np.float64)
    if chance.ndim != 1 or not chance.size or values.ndim not in (1, 2) or values.shape[-1:] != chance.shape:
        raise ValueError(f"y, pi: shapes {values.shape} and {chance.shape}, expected (n,) or (m, n), and (n,)")
    bad = ~((chance > 0) & (chance <= 1))
    if bad.any():
        raise ValueError(f"pi[{int(bad.argmax())}] = {float(chance[bad][0])!r} is not in (0, 1]")
    if not np.isfinite(values).all():
        raise ValueError("y: holds a value that is not finite")
    expanded = values / chance
    if variance == "syg":
        spread = _sen_yates_grundy(expanded, chance, _joint(pi2, chance))
    elif pi2 is not None:
        raise ValueError("pi2: not used by the variance of Deville; leave it out or choose variance='syg'")
    else:
        spread = _deville(expanded, chance)
    se = np.sqrt(np.where(spread < 0, np.nan, spread))
    return HorvitzThompson(expanded.sum(axis=-1), spread, se, variance, SOURCES[variance])


def _joint(pi2: ArrayLike | None, chance: Floats) -> Floats:
    if pi2 is None:
        raise ValueError("pi2: None; 'syg' needs joint inclusion probabilities (variance='deville' does not)")
    joint = np.array(pi2, np.float64)
    size = len(chance)
    if joint.shape != (size, size):
        raise ValueError(f"pi2: shape {joint.shape}, expected ({size}, {size})")
    np.fill_diagonal(joint, chance)
    if not np.array_equal(joint, joint.T):
        raise ValueError("pi2: not symmetric")
    # No pair is likelier than its rarer unit; a rounding of the caller's table is let pass.
    bad = ~((joint > 0) & (joint <= np.minimum.outer(chance, chance) * (1 + 1e-9)))
    if bad.any():
        i, j = (int(one) for one in np.argwhere(bad)[0])
        raise ValueError(f"pi2[{i}, {j}] = {float(joint[i, j])!r} is not in (0, min(pi[{i}], pi[{j}])]")
    return joint


def _sen_yates_grundy(expanded: Floats, chance: Floats, joint: Floats) -> Floats:
    factor = np.outer(chance, chance) / joint - 1
    # Centred, so that the products below lose no digits when all y / pi are alike.
    apart = expanded - expanded.mean(axis=-1, keepdims=True)
    np.fill_diagonal(factor, 0.0)
    rows = factor.sum(axis=1)
    return (apart * apart) @ rows - np.einsum("...i,ij,...j->...", apart, factor, apart)


def _deville(expanded: Floats, chance: Floats) -> Floats:
    open_ = 1 - chance
    uncertain = int((open_ > 0).sum())
    if uncertain == 0:
        return np.zeros(expanded.shape[:-1])
    if uncertain == 1:
        raise ValueError("pi: only one drawn unit is not certain; no variance can be estimated")
    share = open_ / open_.sum()
    centre = (share * expanded).sum(axis=-1, keepdims=True)
    return (open_ * (expanded - centre) ** 2).sum(axis=-1) / (1 - (share * share).sum())
