"""Aggregation: the members of a node made one score, in one table or in many replications at once."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frontier import benefit_of_doubt
from .table import Floats

__all__ = ["METHODS", "MISSING", "aggregate"]

MISSING = ("renormalise", "min_share", "fail")


def aggregate(
    X: Floats,
    W: Floats,
    how: str = "amean",
    missing: str = "renormalise",
    min_share: float | None = None,
    p: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = None,
) -> Floats:
    """Aggregate k members into one score a unit.

    ``X`` (..., n, k) normalised scores, NaN where missing; ``W`` (..., k) weights ≥ 0 on any scale, their leading axes
    (replications) broadcast with those of ``X``. Returns (..., n).

    ``how``: weighted

    - ``amean``, and ``gmean`` and ``hmean`` (values > 0 only)
    - ``mpi``, the Mazziotta-Pareto index M - S·cv with S the weighted standard deviation of a unit's members: an
      unbalanced unit loses (``p`` ddof [1] divides by k - 1 as Compind does, 0 by k); ``mpi_negative``, M + S·cv, for
      phenomena of which less is better
    - ``copeland``, units beaten minus units lost to, by weighted majority of members
    - ``mean_min``, M - α(√((M - min)² + β²) - β) (``p`` alpha [0.5], beta [1])
    - ``wroclaw``, distance to the ideal unit over its mean + 2 standard deviations; less is better
    - ``bod``, benefit of the doubt (``p`` freedom [None]: how far the share of each member in a unit's score may lie
      from its weight, 0.5 for ± 50 %), see :func:`~qualitycity.methods.indicators.frontier.benefit_of_doubt`

    ``missing``: ``renormalise`` spreads the weight over the members a unit has; ``min_share`` does so only where these
    carry at least that share of the weight, else the score is NaN; ``fail`` refuses. A unit that hides a bad figure
    gains under the first: use the other two in an assessment.

    OECD/JRC Handbook (2008), step 6; Mazziotta and Pareto (2013). Raises ValueError naming the member (by ``names``)
    with values that ``how`` cannot take.

    >>> X = np.array([[80.0, 20.0], [50.0, 50.0]])
    >>> [round(float(x), 2) for x in aggregate(X, np.array([1.0, 1.0]), "gmean")]
    [40.0, 50.0]
    >>> aggregate(X, np.array([[1.0, 1.0], [3.0, 1.0]])).tolist()
    [[50.0, 50.0], [65.0, 50.0]]
    """
    called = list(names) if names is not None else [f"member {at}" for at in range(X.shape[-1])]
    _check(X, W, how, missing, min_share, called)
    present = _present(X, missing, called)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = METHODS[how](X, W, present, called, **dict(p or {}))
        if present is not None and missing == "min_share":
            share = dot(present, W) / W.sum(axis=-1)[..., None]
            scores = np.where(share >= np.float64(min_share) - 1e-12, scores, np.nan)
    return scores


def _present(X: Floats, missing: str, names: list[str]) -> Floats | None:
    """1 where there is a value, 0 where not; None where there is no gap at all."""
    gaps = np.isnan(X)
    if not gaps.any():
        return None
    if missing == "fail":
        cell = np.argwhere(gaps)[0]
        raise ValueError(f"X: {names[cell[-1]]!r} is missing for unit {cell[-2]}; missing = 'fail' allows no gap")
    return (~gaps).astype(float)


def _check(X: Floats, W: Floats, how: str, missing: str, min_share: float | None, names: list[str]) -> None:
    if how not in METHODS:
        raise ValueError(f"how: {how!r} is not one of {', '.join(METHODS)}")
    if missing not in MISSING:
        raise ValueError(f"missing: {missing!r} is not one of {', '.join(MISSING)}")
    if (min_share is not None) != (missing == "min_share") or (min_share is not None and not 0 < min_share <= 1):
        raise ValueError(f"min_share: {min_share} goes with missing = 'min_share', above 0 and up to 1")
    if W.shape[-1] != X.shape[-1] or len(names) != X.shape[-1]:
        raise ValueError(f"W: {W.shape[-1]} weights for {X.shape[-1]} members")
    if not (W >= 0).all() or not (W.sum(axis=-1) > 0).all():
        raise ValueError(f"W: {W.min()} is the least weight; weights are from 0 up and not all 0")


def dot(X: Floats, W: Floats) -> Floats:
    """Σ_k X[..., n, k] W[..., k], with one matrix product where all replications share ``X``."""
    if X.ndim == 2:
        return W @ X.T
    if W.ndim == 1:
        return X @ W
    return np.matmul(X, W[..., None])[..., 0]


Present = Floats | None


def _mean(X: Floats, W: Floats, present: Present) -> Floats:
    """The weighted mean over what is present; NaN where nothing with weight is."""
    if present is None:
        return dot(X, W) / W.sum(axis=-1)[..., None]
    return dot(np.where(np.isnan(X), 0.0, X), W) / dot(present, W)


def _amean(X: Floats, W: Floats, present: Present, names: list[str]) -> Floats:
    return _mean(X, W, present)


def _gmean(X: Floats, W: Floats, present: Present, names: list[str]) -> Floats:
    _positive(X, "geometric", names)
    return np.exp(_mean(np.log(X), W, present))


def _hmean(X: Floats, W: Floats, present: Present, names: list[str]) -> Floats:
    _positive(X, "harmonic", names)
    return 1 / _mean(1 / X, W, present)


def _positive(X: Floats, name: str, names: list[str]) -> None:
    least = np.where(np.isnan(X), np.inf, X).min(axis=tuple(range(X.ndim - 1)), initial=np.inf)
    if (bad := least <= 0).any():
        found = ", ".join(f"{names[at]!r} ({least[at]:g})" for at in np.flatnonzero(bad))
        raise ValueError(
            f"X: a {name} mean needs values above 0, not {found};"
            " normalise to 1-100 instead of 0-100, or shift z-scores"
        )


def _penalty(X: Floats, W: Floats, present: Present, names: list[str], ddof: int) -> tuple[Floats, Floats]:
    """Weighted mean of a unit's members, and S·cv = S² / M."""
    if ddof not in (0, 1):
        raise ValueError(f"p: ddof {ddof} is not 0 or 1")
    _positive(X, "Mazziotta-Pareto", names)
    mean = _mean(X, W, present)
    counted = (W > 0).astype(float)
    count = counted.sum(axis=-1)[..., None] if present is None else dot(present, counted)
    variance = _mean((X - mean[..., None]) ** 2, W, present) * count / (count - ddof)
    return mean, np.where(count > 1, variance, 0.0) / mean


def _mpi(X: Floats, W: Floats, present: Present, names: list[str], ddof: int = 1) -> Floats:
    mean, penalty = _penalty(X, W, present, names, ddof)
    return mean - penalty


def _mpi_negative(X: Floats, W: Floats, present: Present, names: list[str], ddof: int = 1) -> Floats:
    mean, penalty = _penalty(X, W, present, names, ddof)
    return mean + penalty


def _mean_min(
    X: Floats, W: Floats, present: Present, names: list[str], alpha: float = 0.5, beta: float = 1.0
) -> Floats:
    if not 0 <= alpha <= 1 or beta < 0:
        raise ValueError(f"p: alpha {alpha} must lie in 0..1 and beta {beta} from 0 up")
    mean = _mean(X, W, present)
    least = np.where(np.isnan(X) | (W == 0)[..., None, :], np.inf, X).min(axis=-1)
    return mean - alpha * (np.sqrt((mean - least) ** 2 + beta**2) - beta)


def _wroclaw(X: Floats, W: Floats, present: Present, names: list[str]) -> Floats:
    ideal = np.where(np.isnan(X), -np.inf, X).max(axis=-2, keepdims=True)
    distance = np.sqrt(_mean((X - ideal) ** 2, W, present) * X.shape[-1])
    norm = np.nanmean(distance, axis=-1, keepdims=True) + 2 * np.nanstd(distance, axis=-1, ddof=1, keepdims=True)
    return distance / norm


def _copeland(X: Floats, W: Floats, present: Present, names: list[str]) -> Floats:
    lead = np.broadcast_shapes(X.shape[:-2], W.shape[:-1])
    size = X.shape[-2]
    margin = np.zeros((*lead, size, size))
    for at in range(X.shape[-1]):
        column = X[..., at]
        margin += W[..., at, None, None] * np.nan_to_num(np.sign(column[..., :, None] - column[..., None, :]))
    noise = 1e-12 * W.sum(axis=-1)[..., None, None]
    scores = (np.sign(margin) * (np.abs(margin) > noise)).sum(axis=-1)
    return scores if present is None else np.where(dot(present, W) > 0, scores, np.nan)


def _bod(X: Floats, W: Floats, present: Present, names: list[str], freedom: float | None = None) -> Floats:
    if present is not None:
        raise ValueError("X: benefit of the doubt takes no gaps; impute first")
    lead = np.broadcast_shapes(X.shape[:-2], W.shape[:-1])
    flat_x = np.broadcast_to(X, (*lead, *X.shape[-2:])).reshape(-1, *X.shape[-2:])
    flat_w = np.broadcast_to(W, (*lead, W.shape[-1])).reshape(-1, W.shape[-1])
    found = []
    for table, weights in zip(flat_x, flat_w, strict=True):
        share = weights / weights.sum()
        bounds = {} if freedom is None else {"lower": share * (1 - freedom), "upper": share * (1 + freedom)}
        found.append(benefit_of_doubt(table, **bounds).scores)
    return np.array(found).reshape(*lead, X.shape[-2])


METHODS: dict[str, Callable[..., Floats]] = {
    "amean": _amean,
    "gmean": _gmean,
    "hmean": _hmean,
    "mpi": _mpi,
    "mpi_negative": _mpi_negative,
    "mean_min": _mean_min,
    "wroclaw": _wroclaw,
    "copeland": _copeland,
    "bod": _bod,
}


LESS_IS_BETTER = ("mpi_negative", "wroclaw")


def climb(
    X: Floats,
    weights: Sequence[Floats],
    members: Sequence[Sequence[NDArray[np.intp]]],
    codes: Sequence[Sequence[str]],
    parameters: Mapping[str, Any],
) -> list[Floats]:
    """Aggregate level after level: ``X`` (..., n, m) indicators, ``weights[l]`` (..., nodes of level l).

    ``members`` and ``codes`` as in :class:`~qualitycity.methods.indicators.framework.Framework`. ``parameters`` are
    those of :func:`aggregate`; ``how`` may be a list, one a level, of methods where more is better.
    Returns the scores of every level from 0 on.
    """
    given = dict(parameters)
    hows = given.pop("how", "amean")
    if isinstance(hows, str):
        hows = [hows] * len(members)
    if len(hows) != len(members):
        raise ValueError(f"how: {len(hows)} methods for {len(members)} levels")
    if turned := sorted(set(hows) & set(LESS_IS_BETTER)):
        raise ValueError(f"how: of {', '.join(turned)} less is better; ranks would be upside down")
    scores = [X]
    for level, (nodes, how) in enumerate(zip(members, hows, strict=True)):
        below, weight = scores[-1], weights[level]
        made = []
        for at, group in enumerate(nodes):
            called = [codes[level][child] for child in group]
            try:
                made.append(aggregate(below[..., group], weight[..., group], how, names=called, **given))
            except ValueError as fault:
                raise ValueError(f"aggregate to {codes[level + 1][at]!r} by {how}: {fault}") from None
        scores.append(np.stack(made, axis=-1))
    return scores
