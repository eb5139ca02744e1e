"""Cells of laboratories and the variance components of a level (ISO 5725-2:2019, 7.4), unequal cell sizes allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rounds import Floats, numbers, padded, places, shaped

STANDARD = "ISO 5725-2:2019"
_RANGE = 2.8  # ISO 5725-6, 4.1.2: 1.96 sqrt(2) rounded, the limit for the difference of two results


@dataclass(frozen=True)
class Cells:
    """Results a laboratory, summed up: counts, means and standard deviations [L, p] (NaN where not defined)."""

    counts: NDArray[np.int64]
    means: Floats
    sds: Floats
    alone: bool

    @classmethod
    def of(cls, cells: ArrayLike | Sequence[Any], name: str = "cells") -> Cells:
        """Return the cells of [p, n] one level, [L, p, n] levels, or a ragged list of laboratories' results.

        NaN is a missing result. Replicates that are all alike have a standard deviation of exactly 0. Raises
        ValueError for another shape, infinite values, and a level with fewer than two laboratories.

        >>> Cells.of([[1.0, 3.0], [5.0]]).means
        array([[2., 5.]])
        """
        ragged = isinstance(cells, list | tuple) and any(isinstance(part, list | tuple | np.ndarray) for part in cells)
        values = padded(cells) if ragged else numbers(cells, name)  # type: ignore[arg-type]
        if values.ndim not in (2, 3):
            raise ValueError(f"{name} must have the shape [p, n] or [L, p, n], not {values.shape}")
        alone = values.ndim == 2
        values = values[None] if alone else values
        counts = np.count_nonzero(~np.isnan(values), axis=2)
        few = np.argwhere(np.count_nonzero(counts, axis=1) < 2)
        if len(few):
            raise ValueError(f"{name} has fewer than 2 laboratories with results in level {places(few)}")
        ordered = np.sort(values, axis=2)  # the first is the smallest, NaN last: no order of replicates matters
        first = ordered[..., :1]
        away = ordered - first
        means = np.where(counts > 0, np.nansum(away, axis=2) / np.maximum(counts, 1), np.nan)
        squares = np.nansum((away - means[..., None]) ** 2, axis=2)
        sds = np.where(counts > 1, np.sqrt(squares / np.maximum(counts - 1, 1)), np.nan)
        return cls(counts, means + first[..., 0], sds, alone)

    def without(self, level: int, lab: int) -> Cells:
        """Return the cells with one laboratory's results of one level left out.

        >>> Cells.of([[1.0], [5.0], [3.0]]).without(0, 1).counts
        array([[1, 0, 1]])
        """
        counts, means, sds = self.counts.copy(), self.means.copy(), self.sds.copy()
        counts[level, lab], means[level, lab], sds[level, lab] = 0, np.nan, np.nan
        return Cells(counts, means, sds, self.alone)


@dataclass(frozen=True)
class Precision:
    """Precision of a measurement method: arrays [L], or scalars for one level alone.

    m general mean; s_r repeatability, s_L between laboratories, s_R reproducibility standard deviations; r and R the
    limits 2.8 s_r and 2.8 s_R; p laboratories, n results. `between_is_zero` marks s_L² estimated below 0 and set to 0.
    """

    m: Floats
    s_r: Floats
    s_L: Floats  # noqa: N815
    s_R: Floats  # noqa: N815
    r: Floats
    R: Floats
    p: NDArray[np.int64]
    n: NDArray[np.int64]
    between_is_zero: NDArray[np.bool_]
    method: str = "one-way analysis of variance, unequal cells (7.4)"
    standard: str = STANDARD


def precision(cells: ArrayLike | Sequence[Any] | Cells) -> Precision:
    """Return repeatability and reproducibility of each level, cells of any size (ISO 5725-2, 7.4.4 and 7.4.5).

    cells: one array of results a laboratory (a list), [p, n] or [L, p, n] with NaN missing, or Cells. With
    n̄ = (Σn_i - Σn_i²/Σn_i)/(p - 1), s_L² = (s_d² - s_r²)/n̄, set to 0 where negative, and s_R² = s_r² + s_L².
    Raises ValueError for a level with fewer than two laboratories or without any replicate.

    >>> found = precision([[1.0, 1.2], [1.4, 1.5, 1.6], [0.9, 1.1]])
    >>> [round(float(value), 4) for value in (found.m, found.s_r, found.s_L, found.s_R)]
    [1.2429, 0.1225, 0.2675, 0.2942]
    """
    found = cells if isinstance(cells, Cells) else Cells.of(cells)
    n = found.counts.astype(np.float64)
    total, labs = n.sum(axis=1), np.count_nonzero(n, axis=1)
    free = total - labs
    if (free == 0).any():
        raise ValueError(f"cells has no replicate in level {places(np.argwhere(free == 0))}: s_r is undefined")
    within = np.nansum((n - 1) * found.sds**2, axis=1) / free
    base = np.nanmin(found.means, axis=1, keepdims=True)
    away = np.where(n > 0, found.means - base, 0.0)
    mean = (n * away).sum(axis=1) / total
    spread = (n * (away - mean[:, None]) ** 2).sum(axis=1) / (labs - 1)
    size = (total - (n**2).sum(axis=1) / total) / (labs - 1)
    between = (spread - within) / size
    s_r, s_l = np.sqrt(within), np.sqrt(np.maximum(between, 0.0))
    s_big = np.hypot(s_r, s_l)
    parts = (mean + base[:, 0], s_r, s_l, s_big, _RANGE * s_r, _RANGE * s_big, labs, total.astype(np.int64))
    return Precision(*(shaped(part, found.alone) for part in (*parts, between < 0)))
