"""What a trace answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Dates = Literal["ignore", "given", "inferred"]
Direction = Literal["back", "forward"]


@dataclass(frozen=True)
class Trace:
    """All lots met from the starting lots in one direction, in the order of the number of steps.

    `nodes` [k] lots; `depth` [k] steps from the nearest start (0: a start); `parent` [k] the row it was met from (-1:
    a start); `via` [k] the number of the link it was met by (-1: a start, or mixed goods at a holder in `cross`);
    `edges` [m] all recorded links between the lots of the trace, which are its evidence; `ends` [k] True where the
    trace stops because nothing more is recorded: backwards an unknown supplier, forwards the last known holder.
    """

    nodes: NDArray[np.int32]
    depth: NDArray[np.int32]
    parent: NDArray[np.int32]
    via: NDArray[np.int64]
    edges: NDArray[np.int64]
    ends: NDArray[np.bool_]
    direction: Direction
    dates: Dates
    method: str = "breadth-first search over recorded links and mixed goods"

    @property
    def open_ends(self) -> NDArray[np.int32]:
        """The lots at which the trace stops for want of records."""
        return self.nodes[self.ends]

    def path(self, lot: int) -> NDArray[np.int32]:
        """A shortest chain of lots from a start to this lot; ValueError where the trace did not meet it."""
        rows = np.flatnonzero(self.nodes == lot)
        if not rows.size:
            raise ValueError(f"lot: {lot} is not in the trace")
        row, chain = int(rows[0]), []
        while row >= 0:
            chain.append(self.nodes[row])
            row = int(self.parent[row])
        return np.array(chain[::-1], np.int32)


@dataclass(frozen=True)
class Holdings:
    """Who holds lots of the same batch, one row a lot: what came, what is known to have gone on, what is left.

    Quantities are in the unit with code `unit` [k]. `left` is NaN where nothing is known about what came, or where a
    quantity that went on is missing or stands in another unit: units are never added up or converted.
    """

    lots: NDArray[np.int32]
    holder: NDArray[np.int32]
    received: NDArray[np.float64]
    passed: NDArray[np.float64]
    left: NDArray[np.float64]
    unit: NDArray[np.int16]

    def by_holder(self) -> list[tuple[int, int, float]]:
        """(holder, unit, quantity left), one row for each holder and unit; NaN where a part is not known."""
        sums: dict[tuple[int, int], float] = {}
        for holder, unit, left in zip(self.holder.tolist(), self.unit.tolist(), self.left.tolist(), strict=True):
            sums[holder, unit] = sums.get((holder, unit), 0.0) + left
        return [(holder, unit, left) for (holder, unit), left in sorted(sums.items())]
