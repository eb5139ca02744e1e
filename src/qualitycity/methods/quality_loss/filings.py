"""A table of filings (企业质量损失统计表), checked as a whole: every fault in it is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .items import cost_lines, not_counted

Floats = NDArray[np.float64]
NEEDED = ("firm", "period", "output")
DEDUCTED = ("salvage", "recovered", "recovered_external")
STATED = ("ci", "ce", "f")
_SHOWN = 20  # faults written into the message; all of them are in `faults`


@dataclass(frozen=True)
class Fault:
    """One fault: row (None: the whole column), column, and what is wrong with which value."""

    row: int | None
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.column}: {self.why}" if self.row is None else f"row {self.row}, {self.column}: {self.why}"


class FilingFaults(ValueError):
    """The table cannot be used; `faults` holds all that is wrong with it, by row."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (-1 if fault.row is None else fault.row, fault.column)))
        shown = "; ".join(map(str, self.faults[:_SHOWN]))
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        super().__init__(f"filings: {shown}{more}")


@dataclass(frozen=True)
class Filings:
    """n filings, one of each firm for each period. Built by `read_filings`.

    `internal`, `external` (n, 5) in the order of `items.cost_lines`; `salvage` is deducted from scrap, `recovered`
    (paid back by suppliers) from the internal, `recovered_external` from the external losses. `output` is P, the gross
    output of the period at current prices; 0 means that the firm stood still, and F does not apply.
    """

    firm: NDArray[np.str_]
    period: NDArray[np.int64]
    internal: Floats
    external: Floats
    salvage: Floats
    recovered: Floats
    recovered_external: Floats
    output: Floats

    def __len__(self) -> int:
        return self.firm.size

    @property
    def ci(self) -> Floats:
        """Internal losses Ci, net of salvage and of what suppliers paid back."""
        return self.internal.sum(axis=1) - self.salvage - self.recovered

    @property
    def ce(self) -> Floats:
        """External losses Ce, net of what suppliers paid back."""
        return self.external.sum(axis=1) - self.recovered_external


def read_filings(columns: Mapping[str, ArrayLike], *, amount_unit: float = 0.01, rate_unit: float = 1e-4) -> Filings:
    """Return a checked table from columns of length n.

    Needed: firm (text), period (ordered integers such as 202703), output, the ten cost lines. Optional: salvage,
    recovered, recovered_external (0 where absent), and ci, ce, f as the firm stated them (NaN: not stated), which must
    equal what follows from the lines to half of `amount_unit` and `rate_unit`, the units they are rounded to.

    Raises FilingFaults (a ValueError) with all faults: columns missing, unknown (prevention and appraisal costs are no
    losses) or of another length, amounts negative or not finite, salvage above scrap, more recovered than was lost, a
    firm twice in a period, stated sums that differ.

    >>> lines = {line.code: [0.0] for line in cost_lines()}
    >>> table = read_filings({**lines, "firm": ["A"], "period": [202703], "output": [1000.0], "scrap": [4.0],
    ...                       "salvage": [1.0], "claims": [3.0], "ci": [3.0]})
    >>> table.ci.tolist(), table.ce.tolist()
    ([3.0], [3.0])
    """
    codes = [line.code for line in cost_lines()]
    faults = _columns_at_fault(columns, codes)
    n = np.size(columns["firm"]) if "firm" in columns else 0
    found: dict[str, Any] = {}
    for name in columns:
        try:
            found[name] = _column(name, columns[name], n)
        except (TypeError, ValueError) as error:
            faults.append(Fault(None, name, str(error)))
    if faults:
        raise FilingFaults(faults)
    zero, unstated = np.zeros(n), np.full(n, np.nan)
    amounts = {name: found.get(name, zero) for name in (*codes, *DEDUCTED, "output")}
    sides = [
        np.stack([found[line.code] for line in cost_lines() if line.side == s], 1) for s in ("internal", "external")
    ]
    table = Filings(found["firm"], found["period"], *sides, *(amounts[name] for name in (*DEDUCTED, "output")))
    for name, values in amounts.items():
        for row in np.flatnonzero(~(np.isfinite(values) & (values >= 0))):
            why = "negative" if values[row] < 0 else "not finite"
            faults.append(Fault(int(row), name, f"{values[row]:g} is {why}"))
    if not faults:  # sums of amounts that are themselves wrong would only be wrong once more
        faults += _deductions(table, amount_unit)
        faults += _stated(table, {name: found.get(name, unstated) for name in STATED}, amount_unit, rate_unit)
    faults += _twice(table)
    if faults:
        raise FilingFaults(faults)
    return table


def example() -> Filings:
    """Return four filings of two firms, for examples: the first month of both, then one stands still.

    >>> example().firm.tolist(), example().period.tolist()
    (['A', 'B', 'B', 'A'], [202701, 202701, 202702, 202702])
    """
    lines: dict[str, ArrayLike] = {line.code: np.zeros(4) for line in cost_lines()}
    lines |= {"scrap": [5.0, 10.0, 0.0, 1.0], "salvage": [1.0, 0.0, 0.0, 0.0], "claims": [2.0, 6.0, 0.0, 0.0]}
    lines |= {"firm": ["A", "B", "B", "A"], "period": [202701, 202701, 202702, 202702]}
    return read_filings({**lines, "output": [1000.0, 800.0, 0.0, 1000.0]})


def _columns_at_fault(columns: Mapping[str, ArrayLike], codes: list[str]) -> list[Fault]:
    faults = [Fault(None, name, "is missing") for name in (*NEEDED, *codes) if name not in columns]
    for name in columns:
        if name in not_counted():
            faults.append(Fault(None, name, "is a quality cost but no loss, and not in F"))
        elif name not in (*NEEDED, *codes, *DEDUCTED, *STATED):
            faults.append(Fault(None, name, "is no column of a filing"))
    return faults


def _column(name: str, values: ArrayLike, n: int) -> NDArray[Any]:
    array = np.asarray(values)
    if array.shape != (n,):
        raise ValueError(f"has shape {array.shape} where there are {n} firms")
    if name == "firm":
        return array.astype(np.str_)
    if name == "period":
        if array.dtype.kind not in "iu":
            raise ValueError(f"holds {array.dtype}, not integers")
        return array.astype(np.int64)
    return array.astype(np.float64)


def _deductions(table: Filings, unit: float) -> list[Fault]:
    faults: list[Fault] = []
    scrap, inside, outside = table.internal[:, 0], table.internal.sum(axis=1), table.external.sum(axis=1)
    for column, taken, whole, name in (
        ("salvage", table.salvage, scrap, "the scrap it is got from"),
        ("recovered", table.recovered, inside - np.minimum(table.salvage, scrap), "the internal losses less salvage"),
        ("recovered_external", table.recovered_external, outside, "the external losses"),
    ):
        for row in np.flatnonzero(taken > whole + unit / 2):
            faults.append(Fault(int(row), column, f"{taken[row]:g} is more than {name}, {whole[row]:g}"))
    return faults


def _stated(table: Filings, stated: dict[str, Floats], amount_unit: float, rate_unit: float) -> list[Fault]:
    running = table.output > 0
    rate = np.divide(table.ci + table.ce, table.output, out=np.full(len(table), np.nan), where=running)
    faults: list[Fault] = []
    for name, due, unit in (("ci", table.ci, amount_unit), ("ce", table.ce, amount_unit), ("f", rate, rate_unit)):
        given = stated[name]
        slack = unit / 2 + 1e-9 * np.maximum(np.abs(given), unit)  # halves that binary fractions cannot hold
        for row in np.flatnonzero(~np.isnan(given) & ~(np.abs(given - due) <= slack)):
            why = "there is no output" if np.isnan(due[row]) else f"the lines give {due[row]:g}"
            faults.append(Fault(int(row), name, f"stated {given[row]:g}, but {why}"))
    return faults


def _twice(table: Filings) -> list[Fault]:
    first: dict[tuple[str, int], int] = {}
    faults = []
    for row, key in enumerate(zip(table.firm.tolist(), table.period.tolist(), strict=True)):
        if key in first:
            faults.append(Fault(row, "firm", f"{key[0]} filed {key[1]} already in row {first[key]}"))
        first.setdefault(key, row)
    return faults
