"""Questions back to firms (疑问): filings that may be right but need a word, all of them at once.

A fault (see `filings`) makes a table unusable; a query does not. The bounds are rules of the authority and come as an
argument.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .filings import Filings, Floats
from .panel import Panel, numbered
from .rates import loss_rates

_MORE = 1 + 1e-12  # exactly on a bound is within it, also where the division left a rounding error


@dataclass(frozen=True)
class QueryRule:
    """When to ask.

    F outside `lowest` to `highest`; F more than `change` times the median of the firm's earlier rates, or less than
    that part of it; F = 0 in `zero_periods` or more filings in a row with complaints on record in them; output that
    moved against tax or electricity by more than the factor `trend` since the firm's filing before.
    """

    lowest: float
    highest: float
    change: float
    zero_periods: int
    trend: float

    def __post_init__(self) -> None:
        if not 0 <= self.lowest < self.highest:
            raise ValueError(f"lowest, highest: {self.lowest} to {self.highest} is no range of rates")
        for name in ("change", "trend"):
            if not getattr(self, name) > 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not above 1")
        if self.zero_periods < 1:
            raise ValueError(f"zero_periods: {self.zero_periods} is below 1")


@dataclass(frozen=True)
class Query:
    """One question: the filing's row, firm and period, a `code` for programs, the figure and what it is held against,
    and the sentence."""

    row: int
    firm: str
    period: int
    code: str
    figure: float
    against: float
    text: str


def queries(
    filings: Filings,
    rule: QueryRule,
    *,
    complaints: ArrayLike | None = None,
    tax: ArrayLike | None = None,
    electricity: ArrayLike | None = None,
) -> tuple[Query, ...]:
    """Return every question the filings give rise to, by row.

    `complaints`, `tax`, `electricity` (n,) stand beside the filings, NaN where nothing is known. Codes: range (F
    outside the usual range), change, zero (no losses, but complaints), tax and electricity (output moved against
    them), idle (losses without output). Each firm is compared with its own earlier filings only; filings without
    output are passed over. Raises ValueError for a column of another shape or negative entries.

    >>> from .filings import example
    >>> for query in queries(example(), QueryRule(0.0, 0.2, 3.0, 2, 2.0)):
    ...     print(query.row, query.firm, query.period, query.code, query.text)
    3 A 202702 change F 0.10 % against a median of 0.60 % before
    """
    rates = loss_rates(filings)
    known = {"complaints": complaints, "tax": tax, "electricity": electricity}
    beside = {name: _beside(name, values, len(filings)) for name, values in known.items() if values is not None}
    panel = Panel.of(filings.period, numbered(filings.firm)[1])
    wide = panel.spread(rates.f)
    found = _plain(filings, rates.f, rule)
    median = panel.back(_median_before(wide))
    known_before, f = ~np.isnan(median) & rates.applicable, np.where(rates.applicable, rates.f, 0.0)
    middle = np.where(known_before, median, 0.0)
    moved = known_before & ((f > rule.change * middle * _MORE) | (f * rule.change * _MORE < middle))
    found += _ask(filings, moved, "change", f, middle, "F {:.2%} against a median of {:.2%} before")
    if "complaints" in beside:
        run, heard = _silent(wide, panel.spread(beside["complaints"], 0.0))
        silent = (panel.back(run) >= rule.zero_periods) & (panel.back(heard) > 0) & rates.applicable
        text = "no losses in {:.0f} filings in a row, with {:.0f} complaints"
        found += _ask(filings, silent, "zero", panel.back(run), panel.back(heard), text)
    output = panel.spread(np.where(rates.applicable, filings.output, np.nan))
    for name in ("tax", "electricity"):
        if name in beside:
            other = np.where(beside[name] > 0, beside[name], np.nan)
            mine, theirs = (panel.back(growth) for growth in _growth(output, panel.spread(other)))
            apart = (mine > rule.trend * theirs * _MORE) | (mine * rule.trend * _MORE < theirs)  # NaN: False
            found += _ask(filings, apart, name, mine, theirs, "output times {:.2f}, " + name + " times {:.2f}")
    return tuple(sorted(found, key=lambda query: (query.row, query.code)))


def _plain(filings: Filings, f: Floats, rule: QueryRule) -> list[Query]:
    """What one filing shows by itself."""
    low, high = f * _MORE < rule.lowest, f > rule.highest * _MORE  # NaN: False
    found = _ask(filings, low, "range", f, np.full(f.shape, rule.lowest), "F {:.2%} is below {:.2%}")
    found += _ask(filings, high, "range", f, np.full(f.shape, rule.highest), "F {:.2%} is above {:.2%}")
    lost = filings.ci + filings.ce
    idle = (filings.output == 0) & (lost > 0)
    return found + _ask(filings, idle, "idle", lost, filings.output, "losses of {:g} with an output of {:g}")


def _ask(
    filings: Filings, wrong: NDArray[np.bool_], code: str, figure: Floats, against: Floats, text: str
) -> list[Query]:
    return [
        Query(
            int(row),
            str(filings.firm[row]),
            int(filings.period[row]),
            code,
            float(figure[row]),
            float(against[row]),
            text.format(figure[row], against[row]).replace("%", " %"),
        )
        for row in np.flatnonzero(wrong)
    ]


def _beside(name: str, values: ArrayLike, n: int) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n,):
        raise ValueError(f"{name}: shape {array.shape} where there are {n} filings")
    if (array < 0).any():
        row = int(np.argmax(array < 0))
        raise ValueError(f"{name}[{row}]: {array[row]:g} is negative")
    return array


def _median_before(wide: Floats) -> Floats:
    """Median of the numbers to the left of each entry, NaN where there is none."""
    median = np.full(wide.shape, np.nan)
    for at in range(1, wide.shape[1]):
        before = np.sort(wide[:, :at], axis=1)  # NaN last
        count = (~np.isnan(before)).sum(axis=1)
        low = np.take_along_axis(before, np.maximum(count - 1, 0)[:, None] // 2, axis=1)[:, 0]
        high = np.take_along_axis(before, (count // 2)[:, None].clip(max=at - 1), axis=1)[:, 0]
        median[:, at] = np.where(count > 0, (low + high) / 2, np.nan)
    return median


def _silent(f: Floats, complaints: Floats) -> tuple[Floats, Floats]:
    """Length of the run of F = 0 that ends at each entry, and the complaints in it; idle periods do not break it."""
    run, heard = np.zeros(f.shape), np.zeros(f.shape)
    length, count = np.zeros(f.shape[0]), np.zeros(f.shape[0])
    for at in range(f.shape[1]):
        zero, idle = f[:, at] == 0, np.isnan(f[:, at])
        length = np.where(zero, length + 1, np.where(idle, length, 0))
        count = np.where(zero | idle, count + np.nan_to_num(complaints[:, at]), 0)
        run[:, at], heard[:, at] = length, count
    return run, heard


def _growth(output: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Growth of both since the last period in which both were known; NaN where there is none."""
    mine, theirs = np.full(output.shape, np.nan), np.full(output.shape, np.nan)
    last_mine, last_theirs = np.full(output.shape[0], np.nan), np.full(output.shape[0], np.nan)
    for at in range(output.shape[1]):
        both = ~np.isnan(output[:, at]) & ~np.isnan(other[:, at])
        mine[:, at] = np.where(both, output[:, at] / last_mine, np.nan)
        theirs[:, at] = np.where(both, other[:, at] / last_theirs, np.nan)
        last_mine = np.where(both, output[:, at], last_mine)
        last_theirs = np.where(both, other[:, at], last_theirs)
    return mine, theirs
