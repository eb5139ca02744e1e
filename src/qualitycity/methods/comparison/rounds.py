"""Input of every method: independent rounds on the first axis, missing results as NaN, all faults named at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_SHOWN = 5  # faulty places a message lists


def numbers(value: ArrayLike, name: str) -> Floats:
    """Return `value` as float64 (any shape, NaN allowed).

    Raises ValueError naming the argument for text, Booleans, ragged sequences and infinite values.

    >>> numbers([1, 2.5], "x")
    array([1. , 2.5])
    """
    try:
        raw = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} is ragged; rounds.padded() makes an array of it") from None
    if raw.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold numbers, not {raw.dtype}")
    found = raw.astype(np.float64)
    wrong = np.argwhere(np.isinf(found))
    if len(wrong):
        raise ValueError(f"{name} is infinite at {places(wrong)}")
    return found


def places(wrong: NDArray[Any]) -> str:
    """Return the first few index tuples of `wrong` [n, axes] as text, and how many there are.

    >>> places(np.array([[0, 1], [2, 3]]))
    '(0, 1), (2, 3)'
    """
    shown = ", ".join(str(tuple(int(at) for at in where)) for where in wrong[:_SHOWN])
    return shown if len(wrong) <= _SHOWN else f"{shown} … ({len(wrong)} in all)"


def positive(value: ArrayLike, name: str, *, zero: bool = False) -> Floats:
    """Return `value` as float64, every entry positive (or zero, where allowed) or NaN.

    >>> positive(-1.0, "sigma_pt")
    Traceback (most recent call last):
    ValueError: sigma_pt must be positive, not -1.0
    """
    found = numbers(value, name)
    wrong = found[found < 0] if zero else found[found <= 0]
    if wrong.size:
        raise ValueError(f"{name} must {'not be negative' if zero else 'be positive'}, not {wrong[0]}")
    return found


def probability(value: float, name: str) -> float:
    """Return `value` if it lies strictly between 0 and 1, else raise ValueError.

    >>> probability(0.05, "alpha")
    0.05
    """
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    return value


def sorted_rounds(value: ArrayLike, name: str, least: int) -> tuple[Floats, NDArray[np.int64], bool]:
    """Return (rows [R, p] ascending with NaN last, results a round [R], whether the input was one round alone).

    Sorting makes every estimate independent of the order of the laboratories to the last bit. Raises ValueError when
    the input is neither [p] nor [R, p], or a round has fewer than `least` results.

    >>> sorted_rounds([3.0, float("nan"), 1.0], "X", 1)
    (array([[ 1.,  3., nan]]), array([2]), True)
    """
    found = numbers(value, name)
    if found.ndim not in (1, 2):
        raise ValueError(f"{name} must have the shape [p] or [R, p], not {found.shape}")
    rows = np.sort(np.atleast_2d(found), axis=1)
    counts = np.count_nonzero(~np.isnan(rows), axis=1)
    enough(counts, name, least)
    return rows, counts, found.ndim == 1


def enough(counts: NDArray[np.int64], name: str, least: int) -> None:
    """Raise ValueError naming the rounds that have fewer than `least` results.

    >>> enough(np.array([3, 1]), "X", 2)
    Traceback (most recent call last):
    ValueError: X has fewer than 2 results in round (1,)
    """
    few = np.argwhere(counts < least)
    if len(few):
        raise ValueError(f"{name} has fewer than {least} results in round {places(few)}")


def shaped(values: NDArray[Any], alone: bool) -> Any:
    """Return `values` [R], or its only entry when the input was one round.

    >>> float(shaped(np.array([2.0]), True))
    2.0
    """
    return values[0] if alone else values


def padded(ragged: Sequence[Any]) -> Floats:
    """Return nested sequences of unequal length as one array filled up with NaN; depth as deep as the input.

    A list of laboratories' results becomes [p, n], a list of rounds of laboratories [R, p, n].

    >>> padded([[1.0, 2.0], [3.0]])
    array([[ 1.,  2.],
           [ 3., nan]])
    """
    if not any(isinstance(part, Sequence | np.ndarray) and not isinstance(part, str) for part in ragged):
        return numbers(list(ragged), "ragged")
    if not all(isinstance(part, Sequence | np.ndarray) and not isinstance(part, str) for part in ragged):
        raise ValueError("ragged mixes numbers and sequences at one depth")
    parts = [padded(part) if len(part) else np.empty(0) for part in ragged]
    depth = max(part.ndim for part in parts)
    wrong = [at for at, part in enumerate(parts) if part.ndim != depth and part.size]
    if wrong:
        raise ValueError(f"ragged has parts of different depth at {wrong[:_SHOWN]}")
    shape = tuple(max(part.shape[axis] for part in parts if part.ndim == depth) for axis in range(depth))
    out = np.full((len(parts), *shape), np.nan)
    for row, part in zip(out, parts, strict=True):
        if part.size:
            row[tuple(slice(length) for length in part.shape)] = part
    return out
