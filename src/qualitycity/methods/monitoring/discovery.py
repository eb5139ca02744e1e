"""False discoveries: with thousands of series a share α of the quiet ones raises an alarm every week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qualitycity.methods.monitoring.arguments import Flags, Floats, one_of, share


@dataclass(frozen=True)
class Discoveries:
    """``rejected`` which hypotheses fall at false discovery rate ``q``; ``adjusted`` the smallest q at which each does.

    Both have the shape of the p-values; a NaN among those is no test: not counted, not rejected, NaN again.
    """

    rejected: Flags
    adjusted: Floats
    q: float
    method: str
    standard: str


SOURCES = {
    "bh": "Benjamini and Hochberg, JRSS B 57 (1995) 289–300",
    "by": "Benjamini and Yekutieli, Annals of Statistics 29 (2001) 1165–1188",
}


def fdr(p: ArrayLike, q: float = 0.05, method: str = "bh") -> Discoveries:
    """Control the false discovery rate along the last axis of ``p`` [..., S] (for instance [week, series]).

    ``"bh"`` for independent or positively dependent tests, ``"by"`` under any dependence.

    Raises ValueError for a p-value outside 0…1 or another method.

    >>> found = fdr([0.001, 0.02, 0.04, 0.9, float("nan")])
    >>> found.rejected.tolist(), found.adjusted.round(4).tolist()
    ([True, True, False, False, False], [0.004, 0.04, 0.0533, 0.9, nan])
    """
    one_of("method", method, tuple(SOURCES))
    level, values = share("q", q), np.atleast_1d(np.asarray(p, dtype=np.float64))
    bad = (values < 0) | (values > 1)
    if bad.any():
        raise ValueError(f"p must lie between 0 and 1; it holds {values[bad][0]}")
    number = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    order = np.argsort(values, axis=-1, kind="stable")
    rank = np.arange(1, values.shape[-1] + 1)
    factor = number * (np.cumsum(1 / rank)[np.maximum(number, 1) - 1] if method == "by" else 1)
    scaled = np.take_along_axis(values, order, axis=-1) * factor / rank
    falling = np.flip(np.fmin.accumulate(np.flip(scaled, axis=-1), axis=-1), axis=-1)
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, np.minimum(falling, 1.0), axis=-1)
    adjusted[np.isnan(values)] = np.nan
    return Discoveries(adjusted <= level, adjusted, level, method, SOURCES[method])
