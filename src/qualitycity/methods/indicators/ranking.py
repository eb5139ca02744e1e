"""Ranks on unrounded scores, with a stated rule for ties, over many replications at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .table import Floats

__all__ = ["NOISE", "TIES", "rank"]

NOISE = 1e-12  # relative: what order of summation does to a double, far below any figure that means something
TIES = ("min", "max", "average", "dense")


def rank(
    scores: Floats,
    ties: str = "min",
    keys: Sequence[Floats] = (),
    ahead: Floats | None = None,
    noise: float = NOISE,
) -> Floats:
    """Rank along the last axis, 1 for the highest score; NaN stays NaN.

    ``scores`` (..., n), never rounded: rounding is for display. Scores closer than ``noise`` times the largest are one
    score, so that the order in which a sum was taken decides nothing. ``ties``: ``"min"`` (1, 1, 3), ``"max"``,
    ``"average"`` or ``"dense"``. ``keys``: further arrays, higher is better, looked at in turn among equal scores;
    ``ahead``: an array looked at before the score (a grade). Both broadcast to ``scores``.

    >>> rank(np.array([80.0, 90.0, 90.0, np.nan])).tolist()
    [3.0, 1.0, 1.0, nan]
    >>> rank(np.array([80.0, 90.0, 90.0]), keys=[np.array([0.0, 1.0, 2.0])]).tolist()
    [3.0, 2.0, 1.0]
    """
    if ties not in TIES:
        raise ValueError(f"ties: {ties!r} is not one of {', '.join(TIES)}")
    scores = np.asarray(scores, dtype=float)
    order, fresh = _groups(scores, noise)
    if ahead is not None or len(keys):
        level = np.empty(scores.shape)
        np.put_along_axis(level, order, np.cumsum(fresh, axis=-1).astype(float), axis=-1)
        columns = [level, *(-np.broadcast_to(key, scores.shape) for key in keys)]
        if ahead is not None:
            lead = -np.broadcast_to(ahead, scores.shape)
            columns.insert(0, np.where(np.isnan(scores), np.inf, lead))
        order = np.lexsort(columns[::-1], axis=-1)
        fresh = np.zeros(scores.shape, dtype=bool)
        fresh[..., :1] = True
        for column in columns:
            placed = np.take_along_axis(column, order, axis=-1)
            fresh[..., 1:] |= placed[..., 1:] > placed[..., :-1]
    return _place(scores, order, fresh, ties)


def _groups(scores: Floats, noise: float) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Order from highest to lowest (NaN last), and true where a value is not the one before it."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    found = np.take_along_axis(scores, order, axis=-1)
    fresh = np.ones(scores.shape, dtype=bool)
    if not scores.shape[-1]:
        return order, fresh
    size = np.abs(np.where(np.isnan(scores), 0.0, scores)).max(axis=-1, keepdims=True)
    fresh[..., 1:] = ~(found[..., :-1] - found[..., 1:] <= noise * size)
    return order, fresh


def _place(scores: Floats, order: NDArray[np.intp], fresh: NDArray[np.bool_], ties: str) -> Floats:
    size = scores.shape[-1]
    place = np.arange(1.0, size + 1)
    if ties == "dense":
        sorted_ranks = np.cumsum(fresh, axis=-1).astype(float)
    else:
        first = np.maximum.accumulate(np.where(fresh, place, 0.0), axis=-1)
        final = np.ones_like(fresh)
        final[..., :-1] = fresh[..., 1:]
        last = np.minimum.accumulate(np.where(final, place, size + 1.0)[..., ::-1], axis=-1)[..., ::-1]
        sorted_ranks = {"min": first, "max": last, "average": (first + last) / 2}[ties]
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, sorted_ranks, axis=-1)
    return np.where(np.isnan(scores), np.nan, ranks)
