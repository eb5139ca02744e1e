"""Homogeneity and stability of proficiency test items (ISO 13528:2022, Annex B), in batch over characteristics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, fdtri

from .factors import STANDARD
from .rounds import Floats, numbers, places, positive

_SHARE = 0.3  # B.2.2: the greatest share of sigma_pt for the difference between items
_LEVEL = 0.95  # B.2.3


@dataclass(frozen=True)
class Homogeneity:
    """What the check of g items measured m times each found; arrays [B], or scalars for one characteristic.

    s_x between item means, s_w within items, s_s between items (0 where s_x² < s_w²/m). `sufficient` is the plain
    criterion s_s <= 0.3 sigma_pt, `sufficient_expanded` the one that allows for the error of the check itself.
    """

    mean: Floats
    s_x: Floats
    s_w: Floats
    s_s: Floats
    limit: Floats
    sufficient: NDArray[np.bool_]
    expanded_limit: Floats
    sufficient_expanded: NDArray[np.bool_]
    method: str = "homogeneity by analysis of variance (B.2, B.3)"
    standard: str = STANDARD


@dataclass(frozen=True)
class Stability:
    """Means of two occasions, their difference, and the plain and the expanded criterion (None without u)."""

    mean_1: Floats
    mean_2: Floats
    difference: Floats
    limit: Floats
    stable: NDArray[np.bool_]
    expanded_limit: Floats | None
    stable_expanded: NDArray[np.bool_] | None
    method: str = "stability by two occasions (B.5)"
    standard: str = STANDARD


def expanded_factors(g: int, m: int = 2) -> tuple[float, float]:
    """Return (F1, F2) of the expanded criterion for g items measured m times (B.2.3; Table B.1 for m = 2).

    F1 = chi²(0.95; g - 1)/(g - 1), F2 = (F(0.95; g - 1, g(m - 1)) - 1)/m.

    >>> [round(factor, 2) for factor in expanded_factors(10)]
    [1.88, 1.01]
    """
    for name, value in (("g", g), ("m", m)):
        if value != int(value) or value < 2:
            raise ValueError(f"{name} must be an integer of at least 2, not {value}")
    return float(chdtri(g - 1, 1 - _LEVEL)) / (g - 1), (float(fdtri(g - 1, g * (m - 1), _LEVEL)) - 1) / m


def homogeneity(cells: ArrayLike, sigma_pt: ArrayLike) -> Homogeneity:
    """Return the homogeneity check of items (B.2.2, B.2.3, B.3).

    cells: [g, m] one characteristic, or [B, g, m]; g items (at least 2) measured m times (at least 2), none missing.
    sigma_pt: one number or [B], in the unit of the cells. Raises ValueError for missing values (look at the item, or
    leave it out whole) and for too small a table.

    >>> found = homogeneity([[10.1, 10.3], [9.9, 10.0], [10.4, 10.2]], sigma_pt=1.0)
    >>> round(float(found.s_s), 4), bool(found.sufficient)
    (0.1581, True)
    """
    values = numbers(cells, "cells")
    if values.ndim not in (2, 3) or min(values.shape[-2:]) < 2:
        raise ValueError(f"cells must have the shape [g, m] or [B, g, m] with g, m >= 2, not {values.shape}")
    if np.isnan(values).any():
        raise ValueError(f"cells has missing values at {places(np.argwhere(np.isnan(values)))}")
    sigma = positive(sigma_pt, "sigma_pt")
    if sigma.ndim and sigma.shape != values.shape[:-2]:
        raise ValueError(f"sigma_pt must be one number or {values.shape[:-2]}, not {sigma.shape}")
    g, m = values.shape[-2:]
    f1, f2 = expanded_factors(g, m)
    means = values.mean(axis=-1)
    between, within = means.var(axis=-1, ddof=1), values.var(axis=-1, ddof=1).mean(axis=-1)
    s_s = np.sqrt(np.maximum(between - within / m, 0.0))
    limit = np.broadcast_to(_SHARE * sigma, s_s.shape)[()]
    expanded = np.sqrt(f1 * limit**2 + f2 * within)
    return Homogeneity(
        mean=means.mean(axis=-1),
        s_x=np.sqrt(between),
        s_w=np.sqrt(within),
        s_s=s_s,
        limit=limit,
        sufficient=s_s <= limit,
        expanded_limit=expanded,
        sufficient_expanded=s_s <= expanded,
    )


def stability(
    y1: ArrayLike,
    y2: ArrayLike,
    sigma_pt: ArrayLike,
    u1: ArrayLike | None = None,
    u2: ArrayLike | None = None,
) -> Stability:
    """Return whether the mean moved between two occasions by more than 0.3 sigma_pt (B.5, formulas (B.17), (B.18)).

    y1, y2: results of the occasions, [n] or [B, n] (n may differ, NaN missing). sigma_pt, and the standard
    uncertainties u1, u2 of the two means: one number or [B]. With both u the limit grows by 2 sqrt(u1² + u2²).

    >>> found = stability([10.0, 10.2], [10.5, 10.5], sigma_pt=1.0, u1=0.1, u2=0.1)
    >>> round(float(found.difference), 3), bool(found.stable), bool(found.stable_expanded)
    (0.4, False, True)
    """
    means = []
    for name, value in (("y1", y1), ("y2", y2)):
        values = numbers(value, name)
        if not values.ndim or not (~np.isnan(values)).any(axis=-1).all():
            raise ValueError(f"{name} needs at least one result on each occasion")
        means.append(np.nanmean(values, axis=-1))
    if (u1 is None) != (u2 is None):
        raise ValueError(f"{'u1' if u1 is None else 'u2'} is missing: the expanded criterion needs both u1 and u2")
    difference = np.abs(means[0] - means[1])
    limit = _SHARE * positive(sigma_pt, "sigma_pt")
    expanded = None
    if u1 is not None and u2 is not None:
        expanded = limit + 2 * np.hypot(positive(u1, "u1", zero=True), positive(u2, "u2", zero=True))
    return Stability(
        mean_1=means[0],
        mean_2=means[1],
        difference=difference,
        limit=limit,
        stable=difference <= limit,
        expanded_limit=expanded,
        stable_expanded=None if expanded is None else difference <= expanded,
    )
