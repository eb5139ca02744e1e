"""Checks of arguments: each raises ``ValueError`` with the argument's name and the offending value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def matrix(name: str, values: ArrayLike, *, missing: bool = True) -> Floats:
    """Values as a float array of two axes [series, time]; one series may be given as one axis.

    Raises ValueError for another number of axes, an infinite value, or NaN where ``missing`` is not allowed.

    >>> matrix("Y", [1, 2, 3]).shape
    (1, 3)
    """
    found = np.array(values, dtype=np.float64, ndmin=2)
    if found.ndim != 2 or 0 in found.shape:
        raise ValueError(f"{name} must have two axes [series, time], none empty; its shape is {np.shape(values)}")
    _refuse(name, found, np.isinf(found) if missing else ~np.isfinite(found), "a finite number")
    return found


def counts(name: str, values: ArrayLike, *, missing: bool = True, whole: bool = False) -> Floats:
    """Like :func:`matrix`, and no value below 0; with ``whole`` only whole numbers.

    >>> counts("Y", [[0, 2], [1, -1]])
    Traceback (most recent call last):
    ...
    ValueError: Y must be 0 or more at [1 1]; it is -1.0
    """
    found = matrix(name, values, missing=missing)
    _refuse(name, found, found < 0, "0 or more")
    if whole:
        _refuse(name, found, np.isfinite(found) & (found != np.floor(found)), "a whole number")
    return found


def vector(name: str, values: ArrayLike, *, lowest: float = -np.inf, whole: bool = False) -> Floats:
    """Values as a float array of any one axis, finite, none below ``lowest``; with ``whole`` only whole numbers.

    >>> vector("N", [1, 2.5], whole=True)
    Traceback (most recent call last):
    ...
    ValueError: N must be a whole number at [1]; it is 2.5
    """
    found = np.array(values, dtype=np.float64, ndmin=1)
    if found.ndim != 1 or found.size == 0:
        raise ValueError(f"{name} must have one axis and not be empty; its shape is {np.shape(values)}")
    _refuse(name, found, ~np.isfinite(found), "a finite number")
    _refuse(name, found, found < lowest, f"{lowest:g} or more")
    if whole:
        _refuse(name, found, found != np.floor(found), "a whole number")
    return found


def positive(name: str, values: ArrayLike) -> Floats:
    """Values as a float array, all finite and above 0.

    >>> float(positive("sigma", 2))
    2.0
    """
    found = np.asarray(values, dtype=np.float64)
    _refuse(name, found, ~(np.isfinite(found) & (found > 0)), "a finite number above 0")
    return found


def share(name: str, value: float) -> float:
    """A number strictly between 0 and 1.

    >>> share("alpha", 1.5)
    Traceback (most recent call last):
    ...
    ValueError: alpha must lie between 0 and 1, both excluded; it is 1.5
    """
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, both excluded; it is {value!r}")
    return float(value)


def at_least(name: str, value: int, lowest: int) -> int:
    """A whole number of at least ``lowest``.

    >>> at_least("baseline", 7, 2)
    7
    """
    if isinstance(value, bool) or int(value) != value or value < lowest:
        raise ValueError(f"{name} must be a whole number of at least {lowest}; it is {value!r}")
    return int(value)


def one_of(name: str, value: str, names: Collection[str]) -> str:
    """A word out of a list.

    >>> one_of("method", "C4", ("C1", "C2", "C3"))
    Traceback (most recent call last):
    ...
    ValueError: method must be one of C1, C2, C3; it is 'C4'
    """
    if value not in names:
        raise ValueError(f"{name} must be one of {', '.join(names)}; it is {value!r}")
    return value


def spread(name: str, values: ArrayLike, shape: tuple[int, int]) -> Floats:
    """Positive values as [series, time]: a number, one per series [S], or the whole [S, T].

    >>> spread("mu", [1, 2], (2, 3)).shape
    (2, 3)
    """
    found = positive(name, values)
    if found.ndim == 1:
        found = found[:, None]
    try:
        return np.ascontiguousarray(np.broadcast_to(found, shape))
    except ValueError:
        raise ValueError(f"{name} must be a number, [S] or [S, T] = {shape}; its shape is {np.shape(values)}") from None


def _refuse(name: str, values: NDArray[Any], bad: NDArray[np.bool_], wanted: str) -> None:
    if bad.any():
        at = np.argwhere(bad)[0]
        where = f" at {at}" if at.size else ""
        raise ValueError(f"{name} must be {wanted}{where}; it is {values[tuple(at)]}")
