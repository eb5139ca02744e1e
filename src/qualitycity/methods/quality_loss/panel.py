"""Rows of a long table laid out as one line for each series, in the order of its periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def numbered(texts: NDArray[np.str_]) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Return the different texts, sorted, and the number of each row's text among them.

    As np.unique with return_inverse, but without sorting every row: few names, many rows.

    >>> names, at = numbered(np.array(["b", "a", "b"]))
    >>> names.tolist(), at.tolist()
    (['a', 'b'], [1, 0, 1])
    """
    rows = texts.tolist()
    names = sorted(set(rows))
    at = {name: number for number, name in enumerate(names)}
    return np.array(names, dtype=np.str_), np.fromiter(map(at.__getitem__, rows), dtype=np.int64, count=len(rows))


@dataclass(frozen=True)
class Panel:
    """Where each of n rows stands: series `line` int[n] and place `at` int[n] among the series' own periods.

    Series are of different lengths; the shape is (series, longest).
    """

    line: NDArray[np.int64]
    at: NDArray[np.int64]
    shape: tuple[int, int]

    @classmethod
    def of(cls, period: NDArray[np.int64], *keys: NDArray[Any]) -> Panel:
        """Return the panel of rows whose series are told apart by the keys.

        >>> panel = Panel.of(np.array([2, 1, 1]), np.array(["A", "A", "B"]))
        >>> panel.line.tolist(), panel.at.tolist()
        ([0, 0, 1], [1, 0, 0])
        """
        n = period.size
        order = np.lexsort((period, *keys[::-1]))
        new = np.ones(n, dtype=bool)
        new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
        first = np.maximum.accumulate(np.where(new, np.arange(n), 0))
        line, at = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        line[order], at[order] = np.cumsum(new) - 1, np.arange(n) - first
        return cls(line, at, (int(new.sum()) if n else 0, int(at.max(initial=-1)) + 1))

    def spread(self, values: Floats, empty: float = np.nan) -> Floats:
        """Return values[n] as (series, longest), `empty` where a series has ended."""
        wide = np.full(self.shape, empty)
        wide[self.line, self.at] = values
        return wide

    def back(self, wide: NDArray[Any]) -> NDArray[Any]:
        """Return the entries of (series, longest) as the n rows."""
        return wide[self.line, self.at]
