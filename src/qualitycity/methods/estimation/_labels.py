"""Labels to codes, and faults of a table gathered before one error is raised."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def column(name: str, values: ArrayLike, rows: int, faults: list[str]) -> NDArray[Any]:
    """Return the values as an array of one axis; a wrong shape becomes a fault and a column of the right length."""
    array = np.asarray(values)
    if array.shape == (rows,):
        return array
    faults.append(f"{name}: shape {array.shape}, expected ({rows},)")
    return np.zeros(rows)


def numbers(name: str, values: ArrayLike, rows: int, faults: list[str]) -> Floats:
    """The same, as float64."""
    array = column(name, values, rows, faults)
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        faults.append(f"{name}: not numeric ({array.dtype})")
        return np.ones(rows)


def read_labels(name: str, values: ArrayLike, rows: int, faults: list[str]) -> NDArray[Any]:
    """Return labels; missing ones (None, NaN) and labels that cannot be sorted together become faults."""
    array = column(name, values, rows, faults)
    if array.dtype.kind not in "fO":
        return array
    before = len(faults)
    missing = np.array([one is None or one != one for one in array.tolist()], bool)
    blame(name, array.astype(object), missing, "is no label", faults)
    try:
        sorted(set(array[~missing].tolist()))
    except TypeError:
        faults.append(f"{name}: labels of kinds that cannot be sorted together")
    return array if len(faults) == before else np.zeros(rows, np.intp)


def blame(name: str, values: NDArray[Any], bad: NDArray[np.bool_], rule: str, faults: list[str]) -> None:
    """Add one fault that names the argument, the first offending value, its row and how many there are."""
    if bad.any():
        first = int(np.argmax(bad))
        more = int(bad.sum()) - 1
        value = values[first]
        value = value.item() if isinstance(value, np.generic) else value
        faults.append(f"{name}[{first}] = {value!r} {rule}" + (f" (and {more} more)" if more else ""))


def settle(faults: list[str]) -> None:
    """Raise one ValueError that holds every fault."""
    if faults:
        raise ValueError("; ".join(faults))


def codes(labels: NDArray[Any]) -> tuple[Codes, NDArray[Any]]:
    """Return (code of every row, sorted distinct labels), as ``np.unique(..., return_inverse=True)`` but faster.

    Integers of a narrow range go through a table, everything else through a dictionary: no sort of the rows.
    """
    if not len(labels):
        return np.zeros(0, np.intp), labels
    if labels.dtype.kind in "iub":
        low = int(labels.min())
        width = int(labels.max()) - low + 1
        if width <= 4 * len(labels) + 1024:
            shifted = (labels.astype(np.int64, copy=False) - low if low else labels).astype(np.intp, copy=False)
            present = np.bincount(shifted, minlength=width) > 0
            if present.all():
                return shifted, (np.arange(width) + low).astype(labels.dtype)
            place = np.cumsum(present) - 1
            return place[shifted].astype(np.intp, copy=False), (np.flatnonzero(present) + low).astype(labels.dtype)
    listed = labels.tolist()
    distinct = sorted(set(listed))
    place_of = {label: at for at, label in enumerate(distinct)}
    found = np.fromiter((place_of[label] for label in listed), np.intp, len(listed))
    return found, np.array(distinct, dtype=labels.dtype)


def compress(key: Codes, size: int) -> tuple[Codes, Codes]:
    """Return (code of every row, key of every code): the keys themselves where ``size`` is small, else those used."""
    if size <= 4 * len(key) + 1024:
        return key, np.arange(size)
    used, code = np.unique(key, return_inverse=True)
    return code.astype(np.intp, copy=False), used


def sums(code: Codes, values: Floats, size: int) -> Floats:
    """Sum of the values of every code."""
    return np.asarray(np.bincount(code, values, size), np.float64)
