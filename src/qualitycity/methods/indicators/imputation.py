"""Missing figures: filled by the mean or median of a group, or counted so that a unit with too many is left out."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .table import Floats, refuse

__all__ = ["Imputed", "Screened", "impute", "screen"]

CENTRES: dict[str, Callable[[Floats], float]] = {
    "mean": lambda have: float(np.mean(have)),
    "median": lambda have: float(np.median(have)),
}


@dataclass(frozen=True)
class Imputed:
    """``values`` (n, m) with every gap filled; ``filled`` (n, m) true where a figure was put in; ``method``."""

    values: Floats
    filled: NDArray[np.bool_]
    method: str


@dataclass(frozen=True)
class Screened:
    """``kept`` (n,) true for units that stay; ``share`` (n,) of figures each unit has; ``min_share`` asked for."""

    kept: NDArray[np.bool_]
    share: Floats
    min_share: float


def impute(X: Floats, how: str, group: Sequence[Any] | NDArray[Any] | None = None) -> Imputed:
    """Fill missing figures with the ``"mean"`` or ``"median"`` of their column, within ``group`` (n,) where given.

    OECD/JRC Handbook (2008), step 3 (implicit modelling is left to the user). Raises ValueError naming every column
    and group that has no figure at all.

    >>> impute(np.array([[1.0], [3.0], [np.nan]]), "mean").values.tolist()
    [[1.0], [3.0], [2.0]]
    >>> impute(np.array([[1.0], [3.0], [np.nan]]), "mean", group=["a", "b", "b"]).values.tolist()
    [[1.0], [3.0], [3.0]]
    """
    if how not in CENTRES:
        raise ValueError(f"how: {how!r} is not one of {', '.join(CENTRES)}")
    labels = np.zeros(len(X)) if group is None else np.asarray(group)
    if labels.shape != (len(X),):
        raise ValueError(f"group: shape {labels.shape} is not ({len(X)},)")
    filled, values, faults = np.isnan(X), X.copy(), []
    for label in np.unique(labels[filled.any(axis=1)]):
        rows = labels == label
        for column in np.flatnonzero(filled[rows].any(axis=0)):
            have = X[rows & ~filled[:, column], column]
            if not have.size:
                where = "" if group is None else f" in group {label}"
                faults.append(f"X: column {column} has no figure{where} to impute from")
                continue
            values[rows & filled[:, column], column] = CENTRES[how](have)
    refuse(faults)
    return Imputed(values, filled, how if group is None else f"group {how}")


def screen(X: Floats, min_share: float) -> Screened:
    """Say which units have at least ``min_share`` (0 to 1) of their figures.

    >>> screen(np.array([[1.0, np.nan], [1.0, 2.0]]), 0.9).kept.tolist()
    [False, True]
    """
    if not 0 <= min_share <= 1:
        raise ValueError(f"min_share: {min_share} is not between 0 and 1")
    share = 1 - np.isnan(X).mean(axis=1)
    kept = share >= min_share
    if not kept.any():
        raise ValueError(f"min_share: no unit has {min_share:.0%} of its figures")
    return Screened(kept, share, min_share)
