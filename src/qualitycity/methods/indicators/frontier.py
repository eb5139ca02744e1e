"""Benefit of the doubt: every unit is weighed by the weights that flatter it most, within stated bounds."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .table import Floats

__all__ = ["BenefitOfDoubt", "benefit_of_doubt"]


@dataclass(frozen=True)
class BenefitOfDoubt:
    """``scores`` (n,) in 0..1, 1 on the frontier; ``weights`` (n, k) and ``shares`` (n, k) of each unit's own score."""

    scores: Floats
    weights: Floats
    shares: Floats
    method: str = "benefit of the doubt (DEA with unit input)"
    converged: bool = True


def benefit_of_doubt(X: Floats, lower: Floats | None = None, upper: Floats | None = None) -> BenefitOfDoubt:
    """Score each unit by its own best weights: max Σ w_r y_r, where with the same weights no unit exceeds 1.

    ``X`` (n, k) ≥ 0, more is better, no gaps. ``lower`` and ``upper`` (k,) bound the share of each member in the unit's
    own score (0..1; they keep a unit from hiding its weak sides). One linear programme a unit (HiGHS). Cherchye et al.
    (2007); OECD/JRC Handbook (2008), step 6. Raises ValueError for negative values, a unit of zeros, bounds that leave
    no weights.

    >>> benefit_of_doubt(np.array([[1.0, 4.0], [4.0, 1.0], [2.0, 2.0]])).scores.round(3).tolist()
    [1.0, 1.0, 0.8]
    """
    from scipy.optimize import linprog  # heavy: only those who ask for the frontier pay for it

    _check(X, lower, upper)
    scale = X.max(axis=0)
    table = X / np.where(scale > 0, scale, 1.0)
    count = X.shape[1]
    weights = np.empty(X.shape)
    for at, own in enumerate(table):
        rows = [table]
        if lower is not None:
            rows.append((lower[:, None] - np.eye(count)) * own)
        if upper is not None:
            rows.append((np.eye(count) - upper[:, None]) * own)
        limits = np.concatenate([np.ones(len(table)), np.zeros(count * (len(rows) - 1))])
        found = linprog(-own, A_ub=np.concatenate(rows), b_ub=limits, bounds=(0, None), method="highs")
        if not found.success:
            raise ValueError(f"lower, upper: no weights of unit {at} meet the bounds ({found.message})")
        weights[at] = found.x
    parts = weights * table
    scores = parts.sum(axis=1)
    return BenefitOfDoubt(scores, weights / np.where(scale > 0, scale, 1.0), parts / scores[:, None])


def _check(X: Floats, lower: Floats | None, upper: Floats | None) -> None:
    if not (X >= 0).all():
        raise ValueError("X: benefit of the doubt takes values from 0 up and no gaps")
    if not X.any(axis=1).all():
        raise ValueError(f"X: unit {int((~X.any(axis=1)).argmax())} has nothing but zeros")
    for name, bound in (("lower", lower), ("upper", upper)):
        if bound is not None and (bound.shape != X.shape[1:] or not ((bound >= 0) & np.isfinite(bound)).all()):
            raise ValueError(f"{name}: {bound} must be {X.shape[1]} shares from 0 up")
    if lower is not None and lower.sum() > 1 + 1e-12:
        raise ValueError(f"lower: the shares sum to {lower.sum():g}, more than 1")
    if upper is not None and upper.sum() < 1 - 1e-12:
        raise ValueError(f"upper: the shares sum to {upper.sum():g}, less than 1")
