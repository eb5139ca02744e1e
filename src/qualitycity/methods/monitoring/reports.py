"""From reports to counts of pairs: how often a product and an event come together, and how often by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qualitycity.methods.monitoring.arguments import Floats, Ints

Column = Sequence[Any] | NDArray[Any]


@dataclass(frozen=True)
class Counts:
    """K pairs that occur, ordered by product, then event.

    ``product``, ``event`` [K] names; ``N`` [K] reports with both, ``E`` [K] expected if they were independent (summed
    over strata); ``n_product``, ``n_event`` [K] reports with each; ``total`` reports. Everything counts unique reports.
    """

    product: NDArray[Any]
    event: NDArray[Any]
    N: Ints
    E: Floats
    n_product: Ints
    n_event: Ints
    total: int

    @property
    def table(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The four cells (a, b, c, d) [K]: both, product alone, event alone, neither."""
        b, c = self.n_product - self.N, self.n_event - self.N
        return self.N, b, c, self.total - self.N - b - c


def counts(report: Column, product: Column, event: Column, stratum: Column | None = None) -> Counts:
    """Count pairs over rows (report, product, event): a report has many rows, and holds every pair of its items once.

    Counting rows instead of reports would count a report with three events three times in the product's margin. That a
    product and an event stand in different rows of one report does not matter: the 2 × 2 table is one of reports.
    ``stratum`` (age, sex, source …) gives E = Σ n_product n_event / n over the strata (Mantel–Haenszel).

    Raises ValueError for columns of different length, no row, a missing value, a report in two strata.

    Source: DuMouchel, American Statistician 53 (1999) 177–190.

    >>> products, events = ["kettle"] * 4 + ["lamp"], ["burn", "cut", "burn", "burn", "burn"]
    >>> found = counts([1, 1, 1, 2, 3], products, events)
    >>> list(zip(found.product.tolist(), found.event.tolist(), found.N.tolist(), found.E.round(3).tolist()))
    [('kettle', 'burn', 2, 2.0), ('kettle', 'cut', 1, 0.667), ('lamp', 'burn', 1, 1.0)]
    """
    columns = {"report": report, "product": product, "event": event}
    if stratum is not None:
        columns["stratum"] = stratum
    code, name = {}, {}
    for key, values in columns.items():
        code[key], name[key] = _codes(key, values, len(report))
    total = len(name["report"])
    group, groups = np.zeros(total, dtype=np.int64), 1
    if stratum is not None:
        group, groups = _strata(code["report"], code["stratum"], total), len(name["stratum"])
    by_product = _holds(code["product"], code["report"], len(name["product"]), total)
    by_event = _holds(code["event"], code["report"], len(name["event"]), total)
    together = (by_product @ by_event.T).tocoo()
    order = np.lexsort((together.col, together.row))
    at, to = together.row[order], together.col[order]
    inside = sparse.csr_array((np.ones(total, dtype=np.int64), (np.arange(total), group)), shape=(total, groups))
    products, events, size = (by_product @ inside).toarray(), (by_event @ inside).toarray(), np.bincount(group)
    expected = (products[at] * events[to] / size).sum(axis=1)
    sums = products.sum(axis=1)[at], events.sum(axis=1)[to]
    return Counts(name["product"][at], name["event"][to], together.data[order], expected, *sums, total)


def _codes(key: str, values: Column, length: int) -> tuple[Ints, NDArray[Any]]:
    column = np.asarray(values)
    if column.ndim != 1 or len(column) != length or length == 0:
        raise ValueError(
            f"{key} must have one value per row of report ({length}, at least 1); its shape is {column.shape}"
        )
    if column.dtype == object:
        empty = np.array([value is None or value != value for value in column])
    else:
        empty = column != column
    if empty.any():
        raise ValueError(f"{key} has no value in row {np.flatnonzero(empty)[0]}")
    names, codes = np.unique(column, return_inverse=True)
    return codes.astype(np.int64), names


def _holds(item: Ints, report: Ints, items: int, total: int) -> sparse.csr_array:
    """1 where a report holds an item [items, reports], however many rows say so."""
    keys = np.unique(item * total + report)
    return sparse.csr_array((np.ones(keys.size, dtype=np.int64), (keys // total, keys % total)), shape=(items, total))


def _strata(report: Ints, stratum: Ints, total: int) -> Ints:
    found = np.empty(total, dtype=np.int64)
    found[report[::-1]] = stratum[::-1]  # the first row of a report is written last
    torn = np.flatnonzero(found[report] != stratum)
    if torn.size:
        raise ValueError(f"stratum must be one per report; row {torn[0]} has another than the rest of its report")
    return found
