"""Normalisation: figures of different units brought to one scale, in the direction in which more is better."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .ranking import rank
from .table import Floats, refuse

__all__ = ["FIXED", "METHODS", "Normalised", "normalise"]


@dataclass(frozen=True)
class Normalised:
    """``values`` (n, m); ``clipped`` (n, m) true where a value was cut at the end of its scale; ``method``."""

    values: Floats
    clipped: NDArray[np.bool_]
    method: str


def normalise(
    X: Floats,
    how: str,
    p: Mapping[str, Any] | None = None,
    direction: ArrayLike = 1.0,
    target: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Normalised:
    """Normalise the columns of ``X`` (n, m), NaN allowed; ``direction`` (m,) 1 or -1 is applied first.

    ``how`` with its parameters ``p`` (defaults in brackets), OECD/JRC Handbook (2008), step 5:

    - ``minmax``: ``low`` [0], ``high`` [100]; worst and best unit get these
    - ``zscore``: ``mean`` [0], ``sd`` [1]; sample standard deviation (n - 1)
    - ``rank``: ``ties`` ["min"]; 1 for the worst. ``borda``: rank - 1. ``percentile``: (rank - 1) / (n - 1)
    - ``target``: share of the way from the worst unit to ``target`` (m,); ``cap`` [False] cuts at 1
    - ``best``: 1 - distance to the best unit / range. ``share``: x / max, or min / x where less is better
    - ``goalposts``: (x - ``worst``) / (``best`` - ``worst``) × ``scale`` [100]; ``clip`` [False] cuts at both ends

    Only ``goalposts`` gives scores that do not depend on the other units. Raises ValueError naming (by ``names`` where
    given) constant columns, goalposts against the direction, unknown parameters.

    >>> normalise(np.array([[1.0], [2.0], [5.0]]), "minmax", {"low": 1, "high": 100}).values[:, 0].tolist()
    [1.0, 25.75, 100.0]
    >>> normalise(np.array([[0.94], [1.0]]), "goalposts", {"worst": 0.8, "best": 0.98, "clip": True}).values[1, 0]
    np.float64(100.0)
    """
    if how not in METHODS:
        raise ValueError(f"how: {how!r} is not one of {', '.join(METHODS)}")
    sign = np.broadcast_to(np.asarray(direction, dtype=float), X.shape[1:])
    if not np.isin(sign, (1.0, -1.0)).all():
        raise ValueError(f"direction: {sign[~np.isin(sign, (1.0, -1.0))][0]} is not 1 or -1")
    called = list(names) if names is not None else [f"column {at}" for at in range(X.shape[1])]
    method, allowed = METHODS[how]
    given = dict(p or {})
    if strange := set(given) - set(allowed):
        raise ValueError(f"p: {how} takes no {', '.join(sorted(strange))}")
    given = allowed | given
    if how == "target":
        if target is None:
            raise ValueError("target: distance to target needs one")
        given["target"] = target
    values, clipped = method(X, sign, called, **given)
    return Normalised(values, clipped if clipped is not None else np.zeros(X.shape, dtype=bool), how)


Found = tuple[Floats, NDArray[np.bool_] | None]


def _range(X: Floats, names: list[str]) -> tuple[Floats, Floats]:
    low, high = _edge(X, np.inf).min(axis=0), _edge(X, -np.inf).max(axis=0)
    refuse([f"X: {names[at]!r} is constant or empty" for at in np.flatnonzero(~(high > low))])
    return low, high


def _edge(X: Floats, instead: float) -> Floats:
    return np.where(np.isnan(X), instead, X)


def _minmax(X: Floats, sign: Floats, names: list[str], low: float, high: float) -> Found:
    if not high > low:
        raise ValueError(f"p: low {low} is not below high {high}")
    facing = X * sign
    least, most = _range(facing, names)
    return low + (facing - least) / (most - least) * (high - low), None


def _zscore(X: Floats, sign: Floats, names: list[str], mean: float, sd: float) -> Found:
    if not sd > 0:
        raise ValueError(f"p: sd {sd} is not above 0")
    facing = X * sign
    _range(facing, names)
    gaps = np.isnan(X).any()
    centre = np.nanmean(facing, axis=0) if gaps else facing.mean(axis=0)
    spread = np.nanstd(facing, axis=0, ddof=1) if gaps else facing.std(axis=0, ddof=1)
    return mean + (facing - centre) / spread * sd, None


def _rank(X: Floats, sign: Floats, names: list[str], ties: str) -> Found:
    return rank(-(X * sign).T, ties, noise=0.0).T, None


def _borda(X: Floats, sign: Floats, names: list[str]) -> Found:
    return _rank(X, sign, names, "min")[0] - 1, None


def _percentile(X: Floats, sign: Floats, names: list[str]) -> Found:
    count = (~np.isnan(X)).sum(axis=0)
    refuse([f"X: {names[at]!r} has {count[at]} figures, percentiles need 2" for at in np.flatnonzero(count < 2)])
    return _borda(X, sign, names)[0] / (count - 1), None


def _target(X: Floats, sign: Floats, names: list[str], target: Any, cap: bool) -> Found:
    aim = np.broadcast_to(np.asarray(target, dtype=float), sign.shape) * sign
    facing = X * sign
    worst = _edge(facing, np.inf).min(axis=0)
    faults = [f"target: {names[at]!r} has none" for at in np.flatnonzero(np.isnan(aim))]
    faults += [
        f"target: {aim[at] * sign[at]:g} of {names[at]!r} is no better than the worst unit"
        for at in np.flatnonzero(aim <= worst)
    ]
    refuse(faults)
    share = (facing - worst) / (aim - worst)
    return (np.minimum(share, 1.0), share > 1) if cap else (share, None)


def _best(X: Floats, sign: Floats, names: list[str]) -> Found:
    return _minmax(X, sign, names, 0.0, 1.0)


def _share(X: Floats, sign: Floats, names: list[str]) -> Found:
    refuse([f"X: {names[at]!r} has values that are not above 0" for at in np.flatnonzero((X <= 0).any(axis=0))])
    low, high = _edge(X, np.inf).min(axis=0), _edge(X, -np.inf).max(axis=0)
    return np.where(sign > 0, X / high, low / X), None


def _goalposts(X: Floats, sign: Floats, names: list[str], worst: Any, best: Any, scale: float, clip: bool) -> Found:
    if worst is None or best is None:
        raise ValueError("p: goalposts needs worst and best")
    low = np.broadcast_to(np.asarray(worst, dtype=float), sign.shape)
    high = np.broadcast_to(np.asarray(best, dtype=float), sign.shape)
    wrong = ~((high - low) * sign > 0)
    refuse(
        [
            f"p: goalposts {low[at]:g} (worst) to {high[at]:g} (best) of {names[at]!r} go against its direction"
            for at in np.flatnonzero(wrong)
        ]
    )
    share = (X - low) / (high - low)
    return (np.clip(share, 0, 1) * scale, (share < 0) | (share > 1)) if clip else (share * scale, None)


METHODS: dict[str, tuple[Callable[..., Found], dict[str, Any]]] = {
    "minmax": (_minmax, {"low": 0.0, "high": 100.0}),
    "zscore": (_zscore, {"mean": 0.0, "sd": 1.0}),
    "rank": (_rank, {"ties": "min"}),
    "borda": (_borda, {}),
    "percentile": (_percentile, {}),
    "target": (_target, {"cap": False}),
    "best": (_best, {}),
    "share": (_share, {}),
    "goalposts": (_goalposts, {"worst": None, "best": None, "scale": 100.0, "clip": False}),
}
FIXED = ("goalposts",)  # scores that do not move when another unit does
