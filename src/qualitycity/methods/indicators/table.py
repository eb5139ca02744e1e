"""The table of data: units in rows, named columns of figures and of labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Table", "refuse"]

Floats = NDArray[np.float64]


def refuse(faults: Sequence[str]) -> None:
    """Raise one ValueError with every fault on a line of its own; do nothing where there is none.

    >>> refuse([])
    >>> refuse(["weight: -1 is negative", "direction: 0 is not 1 or -1"])
    Traceback (most recent call last):
    ...
    ValueError: weight: -1 is negative
    direction: 0 is not 1 or -1
    """
    if faults:
        raise ValueError("\n".join(faults))


@dataclass(frozen=True, eq=False)
class Table:
    """Units and their columns; figures are float64 with NaN where missing, labels are text.

    ``units``: n distinct names. ``columns``: name → (n,) array. Raises ValueError for doubled units, columns of another
    length and infinite figures, all at once.

    >>> towns = Table(("East", "West"), {"rate": [94, None], "group": ["hill", "plain"]})
    >>> towns.numbers(["rate"]).tolist()
    [[94.0], [nan]]
    """

    units: tuple[str, ...]
    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        units = tuple(str(unit) for unit in self.units)
        faults = [f"units: {unit!r} stands there twice" for unit in sorted({u for u in units if units.count(u) > 1})]
        columns = {}
        for name, given in self.columns.items():
            column = _column(given)
            if column.shape != (len(units),):
                faults.append(f"columns: {name!r} has shape {column.shape}, not ({len(units)},)")
            elif column.dtype == np.float64 and np.isinf(column).any():
                faults.append(f"columns: {name!r} is infinite for {units[int(np.isinf(column).argmax())]!r}")
            columns[name] = column
        refuse(faults)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "columns", columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table) or self.units != other.units or list(self.columns) != list(other.columns):
            return False
        return all(
            mine.dtype.kind == theirs.dtype.kind and np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
            for mine, theirs in zip(self.columns.values(), other.columns.values(), strict=True)
        )

    def numbers(self, names: Iterable[str]) -> Floats:
        """Return the named columns as an (n, m) matrix; ValueError names every column that is absent or not numeric."""
        names, faults = list(names), []
        for name in names:
            if name not in self.columns:
                faults.append(f"data: there is no column {name!r}")
            elif self.columns[name].dtype != np.float64:
                faults.append(f"data: column {name!r} holds text, not figures")
        refuse(faults)
        return np.column_stack([self.columns[name] for name in names]) if names else np.empty((len(self.units), 0))

    def labels(self, name: str) -> NDArray[Any]:
        """Return a column as labels (groups); ValueError where it is absent."""
        if name not in self.columns:
            raise ValueError(f"data: there is no column {name!r}")
        return self.columns[name]

    def changed(self, unit: str, name: str, value: float) -> Table:
        """Return the table with one figure changed."""
        column = self.numbers([name])[:, 0].copy()
        column[self.position(unit)] = value
        return Table(self.units, {**self.columns, name: column})

    def position(self, unit: str) -> int:
        """Return the row of a unit; ValueError where there is none of that name."""
        if unit not in self.units:
            raise ValueError(f"unit: there is no {unit!r}")
        return self.units.index(unit)

    def plain(self) -> dict[str, Any]:
        """Return the table as JSON-able data, missing figures as None; ``Table(**plain)`` is the same table."""
        columns = {
            name: [None if value != value else value for value in column.tolist()]
            for name, column in self.columns.items()
        }
        return {"units": list(self.units), "columns": columns}


def _column(given: Any) -> NDArray[Any]:
    """A column as float64 where every value is a figure or missing, else as text."""
    if isinstance(given, np.ndarray) and given.dtype.kind in "fiub":
        return given.astype(np.float64)
    values = list(given)
    if all(value is None or isinstance(value, int | float | np.number) for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.array(["" if value is None else str(value) for value in values])
