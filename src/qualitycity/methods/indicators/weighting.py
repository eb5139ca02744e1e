"""Weights: equal, given by experts (budget, pairwise comparison) or read from the data (entropy, CRITIC, PCA ...)."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .moments import correlation
from .table import Floats

__all__ = [
    "FROM_DATA",
    "Ahp",
    "Pca",
    "Weights",
    "ahp",
    "budget",
    "critic",
    "deviation",
    "entropy",
    "equal",
    "pca",
    "random_index",
    "variance",
    "weights",
]


@dataclass(frozen=True)
class Weights:
    """``values`` (m,) sum to 1; ``method`` and ``standard`` say where they come from."""

    values: Floats
    method: str
    standard: str


@dataclass(frozen=True)
class Ahp(Weights):
    """Weights from pairwise comparison, with λ_max, the consistency ratio and the random-index table it divides by."""

    largest: float
    consistency: float
    index: str

    @property
    def consistent(self) -> bool:
        """Whether the ratio is at most 0.1, Saaty's limit."""
        return self.consistency <= 0.1


@dataclass(frozen=True)
class Pca(Weights):
    """Weights from principal components: ``loadings`` (m, c) after varimax, ``explained`` (c,) shares of variance."""

    loadings: Floats
    explained: Floats


def equal(count: int) -> Weights:
    """Return the same weight for each of ``count`` members.

    >>> equal(4).values.tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    if count < 1:
        raise ValueError(f"count: {count} members have no weights")
    return Weights(np.full(count, 1 / count), "equal", "OECD/JRC Handbook 2008, step 6")


def budget(points: ArrayLike) -> Weights:
    """Average experts' points (experts, m): each expert's points count as shares of what that expert gave.

    >>> budget([[50, 50], [30, 10]]).values.tolist()
    [0.625, 0.375]
    """
    given = np.atleast_2d(np.asarray(points, dtype=float))
    if not (given >= 0).all() or not (given.sum(axis=1) > 0).all():
        raise ValueError("points: every expert gives points from 0 up, and some")
    return Weights(
        (given / given.sum(axis=1, keepdims=True)).mean(axis=0), "budget", "OECD/JRC Handbook 2008, budget allocation"
    )


@cache
def random_index(table: str) -> dict[int, float]:
    """Return the random index by size of matrix, of the table ``"saaty"`` or ``"donegan_dodd"`` (random_index.csv)."""
    text = resources.files(__package__).joinpath("random_index.csv").read_text()
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    if table not in rows[0] or table == "n":
        raise ValueError(f"index: {table!r} is not one of {', '.join(name for name in rows[0] if name != 'n')}")
    return {int(row["n"]): float(row[table]) for row in rows}


def ahp(matrix: ArrayLike, index: str = "saaty") -> Ahp:
    """Weigh by pairwise comparison (analytic hierarchy process): the principal eigenvector, and how consistent it is.

    ``matrix`` (m, m): a_ij says how many times i counts as much as j; a_ji = 1 / a_ij. CI = (λ_max - m) / (m - 1),
    CR = CI / RI with the random ``index`` of ``"saaty"`` (2005) or ``"donegan_dodd"`` (1991); the two differ, so the
    table is part of the result. Raises ValueError for matrices that are not positive and reciprocal.

    >>> found = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    >>> found.values.round(4).tolist(), round(found.consistency, 4), found.consistent
    ([0.637, 0.2583, 0.1047], 0.037, True)
    """
    given = np.asarray(matrix, dtype=float)
    size = len(given)
    if given.shape != (size, size) or not (np.isfinite(given) & (given > 0)).all():
        raise ValueError("matrix: comparisons form a square of numbers above 0")
    wrong = np.argwhere(~np.isclose(given * given.T, 1.0, rtol=1e-6))
    if len(wrong):
        i, j = wrong[0]
        raise ValueError(f"matrix: a[{i},{j}] = {given[i, j]:g} is not 1 / a[{j},{i}] = {1 / given[j, i]:g}")
    table = random_index(index)
    if size > max(table):
        raise ValueError(f"matrix: {size} rows; the {index} index ends at {max(table)}")
    values, vectors = np.linalg.eig(given)
    top = int(values.real.argmax())
    vector, largest = (
        np.abs(vectors[:, top].real),
        max(float(values[top].real), float(size)),
    )  # never less, but for noise
    ratio = 0.0 if size < 3 else (largest - size) / (size - 1) / table[size]
    return Ahp(vector / vector.sum(), "ahp", "Saaty 1980, 2005", largest, ratio, index)


def _data(X: ArrayLike) -> Floats:
    table = np.asarray(X, dtype=float)
    if table.ndim != 2 or len(table) < 2 or not np.isfinite(table).all():
        raise ValueError("X: weights from data need two units or more and no gaps")
    return table


def _shares(parts: Floats, method: str, standard: str) -> Weights:
    if not (parts >= 0).all() or not parts.sum() > 0:
        raise ValueError(f"X: {method} finds no dispersion to weigh by")
    return Weights(parts / parts.sum(), method, standard)


def entropy(X: ArrayLike) -> Weights:
    """Weigh by 1 - entropy of each column's shares (Shannon); ``X`` (n, m) ≥ 0. Follows dispersion, not importance.

    >>> entropy([[1, 1], [1, 3]]).values.tolist()
    [0.0, 1.0]
    """
    table = _data(X)
    if not (table >= 0).all() or not (table.sum(axis=0) > 0).all():
        raise ValueError("X: entropy needs columns of values from 0 up, not all 0")
    share = table / table.sum(axis=0)
    logs = np.log(np.where(share > 0, share, 1.0))
    spread = 1 + (share * logs).sum(axis=0) / np.log(len(table))
    return _shares(np.where(np.abs(spread) < 1e-12, 0.0, spread), "entropy", "Shannon 1948; Zeleny 1982")


def _unit(X: ArrayLike) -> Floats:
    table = _data(X)
    span = np.ptp(table, axis=0)
    if not (span > 0).all():
        raise ValueError(f"X: column {int((span <= 0).argmax())} is constant")
    return (table - table.min(axis=0)) / span


def deviation(X: ArrayLike) -> Weights:
    """Weigh by the standard deviation of each column of ``X`` (n, m) as it stands.

    >>> deviation([[0, 0], [1, 3]]).values.tolist()
    [0.25, 0.75]
    """
    return _shares(_data(X).std(axis=0), "deviation", "Diakoulaki et al. 1995")


def variance(X: ArrayLike) -> Weights:
    """Weigh by the variance of each column of ``X`` (n, m) brought to 0..1.

    >>> variance([[0, 0], [1, 3]]).values.tolist()
    [0.5, 0.5]
    """
    return _shares(_unit(X).var(axis=0), "variance", "Diakoulaki et al. 1995")


def critic(X: ArrayLike) -> Weights:
    """Weigh by standard deviation × conflict Σ_k (1 - r_jk) of the columns of ``X`` (n, m) brought to 0..1.

    >>> critic([[0, 0, 3], [1, 2, 2], [2, 1, 0]]).values.round(3).tolist()
    [0.323, 0.238, 0.439]
    """
    table = _unit(X)
    conflict = (1 - correlation(table)).sum(axis=0)
    return _shares(table.std(axis=0) * conflict, "critic", "Diakoulaki, Mavrotas, Papayannakis 1995")


def pca(X: ArrayLike, components: int | None = None) -> Pca:
    """Weigh by principal components of the correlation matrix, rotated by varimax.

    ``components`` to keep, or None for those with eigenvalue above 1 (at least one). Each column belongs to the
    component on which its squared loading is largest; that loading, as a share of the component's, times the variance
    the component explains. OECD/JRC Handbook (2008), step 6, after Nicoletti, Scarpetta and Boylaud (2000).

    >>> found = pca([[1, 2.0], [2, 4.5], [3, 6.0], [4, 7.5]])
    >>> found.values.tolist(), found.explained.round(3).tolist()
    ([0.5, 0.5], [0.995])
    """
    table = _data(X)
    count = table.shape[1]
    values, vectors = np.linalg.eigh(correlation(table))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = max(1, int((values > 1).sum())) if components is None else components
    if not 1 <= kept <= count:
        raise ValueError(f"components: {components} is not from 1 to {count}")
    loadings = _varimax(vectors[:, :kept] * np.sqrt(np.maximum(values[:kept], 0.0)))
    squared = loadings**2
    explained = squared.sum(axis=0)
    own = squared.argmax(axis=1)
    parts = squared[np.arange(count), own]  # its share of the component, times the component's share: this, scaled
    return Pca(parts / parts.sum(), "pca", "OECD/JRC Handbook 2008, step 6", loadings, explained / count)


def _varimax(loadings: Floats, rounds: int = 200) -> Floats:
    """Rotate so that the variance of squared loadings is largest (Kaiser 1958)."""
    size, kept = loadings.shape
    if kept < 2:
        return loadings
    rotation, last = np.eye(kept), 0.0
    for _round in range(rounds):
        turned = loadings @ rotation
        left, singular, right = np.linalg.svd(loadings.T @ (turned**3 - turned * (turned**2).sum(axis=0) / size))
        rotation = left @ right
        if singular.sum() - last <= 1e-12 * singular.sum():
            return loadings @ rotation
        last = singular.sum()
    raise ValueError(f"X: varimax has not settled after {rounds} rounds")


METHODS: dict[str, Callable[..., Weights]] = {
    "equal": equal,
    "budget": budget,
    "ahp": ahp,
    "entropy": entropy,
    "deviation": deviation,
    "variance": variance,
    "critic": critic,
    "pca": pca,
}
FROM_DATA = ("entropy", "deviation", "variance", "critic", "pca")


def weights(how: str, **given: Any) -> Weights:
    """Weigh by the method of that name: ``weights("ahp", matrix=...)`` is ``ahp(matrix=...)``.

    >>> weights("equal", count=2).values.tolist()
    [0.5, 0.5]
    """
    if how not in METHODS:
        raise ValueError(f"how: {how!r} is not one of {', '.join(METHODS)}")
    return METHODS[how](**given)
