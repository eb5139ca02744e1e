"""Columns of links and lots: what an index is built from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

NONE = -(2**31)  # "not known" in every int32 column; NaN in a quantity
LARGEST_LOT = 2**31 - 1
LARGEST_EDGE = 2**32 - 1
EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1970-01-01, the unit of every date column.

    >>> day_number(date(1970, 1, 11))
    10
    """
    return day.toordinal() - EPOCH


def day_of(number: int) -> date | None:
    """The date behind a number of `day_number`; None for NONE.

    >>> day_of(10)
    datetime.date(1970, 1, 11)
    """
    return None if number == NONE else date.fromordinal(number + EPOCH)


class _Block:
    """Columns of one length; a column that is None is not kept."""

    DTYPES: ClassVar[dict[str, type]]

    def _settle(self) -> None:
        """Turn every column into its dtype and compare lengths."""
        length = -1
        for name, dtype in self.DTYPES.items():
            given = getattr(self, name)
            if given is None:
                continue
            column = exact(given, dtype, name)
            if length not in (-1, column.size):
                raise ValueError(f"{name}: {column.size} values where the first column has {length}")
            length = column.size
            object.__setattr__(self, name, column)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns that are kept, by name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: column for name, column in found.items() if column is not None}

    def __len__(self) -> int:
        return len(next(iter(self.columns().values()), ()))


def exact(values: ArrayLike, dtype: type, name: str) -> NDArray[Any]:
    """One-dimensional array of a dtype, refused where a value would change.

    >>> exact([1, 2], np.int32, "lot")
    array([1, 2], dtype=int32)
    >>> exact([2**31], np.int32, "lot")
    Traceback (most recent call last):
    ValueError: lot: 2147483648 does not fit int32
    """
    raw = np.asarray(values)
    if raw.size == 0:
        return np.zeros(0, dtype)
    if raw.ndim != 1:
        raise ValueError(f"{name}: one dimension expected, {raw.ndim} given")
    if raw.dtype.kind not in ("f" if dtype is np.float64 else "") + "iu":
        raise ValueError(f"{name}: numbers of kind {np.dtype(dtype).name} expected, {raw.dtype} given")
    if dtype is not np.float64 and raw.dtype != dtype:
        bounds = np.iinfo(dtype)
        for extreme in (raw.min(), raw.max()):
            if not bounds.min <= int(extreme) <= bounds.max:
                raise ValueError(f"{name}: {extreme} does not fit {np.dtype(dtype).name}")
    return np.ascontiguousarray(raw, dtype)


@dataclass(frozen=True)
class EdgeBlock(_Block):
    """Links "goods of lot `source[i]` went into lot `target[i]`" with their evidence.

    Lots are numbered from 0. `day` counts from 1970-01-01 (NONE: not known); `quantity` is what went over, in the unit
    with code `unit`; `document` and `event` are the numbers under which the caller keeps the delivery note and the
    source event, so that each step of a trace can be shown. Columns left out are not kept.

    Raises ValueError for negative lots and for columns of different lengths.

    >>> block = EdgeBlock([0, 0, 1], [1, 2, 3], quantity=[60.0, 40.0, 60.0])
    >>> len(block), sorted(block.columns())
    (3, ['quantity', 'source', 'target'])
    """

    source: ArrayLike
    target: ArrayLike
    day: ArrayLike | None = None
    quantity: ArrayLike | None = None
    unit: ArrayLike | None = None
    document: ArrayLike | None = None
    event: ArrayLike | None = None

    DTYPES: ClassVar[dict[str, type]] = {
        "source": np.int32,
        "target": np.int32,
        "day": np.int32,
        "quantity": np.float64,
        "unit": np.int16,
        "document": np.int64,
        "event": np.int64,
    }

    def __post_init__(self) -> None:
        self._settle()
        for name in ("source", "target"):
            column: NDArray[np.int32] = getattr(self, name)
            if column.size and column.min() < 0:
                raise ValueError(f"{name}: lot {column.min()} is negative")


@dataclass(frozen=True)
class LotBlock(_Block):
    """Lots at a holder in the order of their numbers (consignments).

    `giver` let the lot go on day `left`, `holder` has it since day `came`; a lot made where it lies has giver = holder.
    `batch` numbers the batch printed on the goods, which is the key (issuer, product, lot code), never the code alone:
    two producers use the same code. `quantity` and `unit`: what came. NONE (NaN for the quantity): not known.

    >>> LotBlock(holder=[5, 6], giver=[5, 5]).came is None
    True
    """

    holder: ArrayLike
    giver: ArrayLike | None = None
    left: ArrayLike | None = None
    came: ArrayLike | None = None
    batch: ArrayLike | None = None
    quantity: ArrayLike | None = None
    unit: ArrayLike | None = None

    DTYPES: ClassVar[dict[str, type]] = {
        "holder": np.int32,
        "giver": np.int32,
        "left": np.int32,
        "came": np.int32,
        "batch": np.int32,
        "quantity": np.float64,
        "unit": np.int16,
    }

    def __post_init__(self) -> None:
        self._settle()
