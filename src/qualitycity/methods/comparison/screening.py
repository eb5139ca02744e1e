"""The order of ISO 5725-2 (7.3): Cochran, then Grubbs, with a log of every straggler and every exclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .components import STANDARD, Cells, Precision, precision
from .outliers import OutlierTest, cochran, grubbs


@dataclass(frozen=True)
class Entry:
    """One line of the log: which test said what of which laboratory of which level, and what was done.

    verdict "straggler" goes with action "kept", "outlier" with "excluded"; `value` is the laboratory's standard
    deviation (Cochran) or mean (Grubbs). `reason` is the sentence for the report.
    """

    level: int
    lab: int
    test: str
    statistic: float
    straggler_limit: float
    outlier_limit: float
    value: float
    verdict: str
    action: str
    reason: str


@dataclass(frozen=True)
class Screening:
    """Which cells were kept [L, p] (or [p]), the log in the order of events, the precision before and after."""

    kept: NDArray[np.bool_]
    log: tuple[Entry, ...]
    before: Precision
    after: Precision
    method: str = "Cochran until no outlier, Grubbs for one value at both ends, else for two (7.3.3, 7.3.4)"
    standard: str = STANDARD


def screen(cells: ArrayLike | Sequence[Any] | Cells) -> Screening:
    """Return the cells that stay after the outlier tests of ISO 5725-2 and the precision they give.

    cells: as for precision(). In each level: Cochran's test, an outlier's cell is excluded and the test repeated; then
    Grubbs' test for one value, the more extreme end first, after an exclusion the other end; only if neither end is an
    outlier, Grubbs' test for two values. Stragglers (beyond 5 %) are logged and kept; outliers (beyond 1 %) are logged
    and excluded. At least 3 laboratories must stay for a test of one value and 4 for one of two, 2 with replicates for
    Cochran's; where fewer are left the test does not take place. An exclusion is a proposal: the standard asks for the
    cause before the result is dropped.

    >>> found = screen([[1.0, 1.1], [1.0, 1.2], [1.1, 1.1], [1.0, 2.4], [1.0, 1.1], [1.2, 1.1]])
    >>> found.kept
    array([ True,  True,  True, False,  True,  True])
    >>> found.log[0].reason
    "Cochran's test (7.3.3): 0.9655 beyond the 1 % value 0.8828; s = 0.9899; excluded"
    """
    data = cells if isinstance(cells, Cells) else Cells.of(cells)
    before, log = precision(data), list[Entry]()
    for level in range(len(data.counts)):
        data = _spreads(data, level, log)
        data = _means(data, level, log)
    kept = data.counts > 0
    return Screening(kept[0] if data.alone else kept, tuple(log), before, precision(data))


def _spreads(data: Cells, level: int, log: list[Entry]) -> Cells:
    while np.count_nonzero(data.counts[level] > 1) >= 2:
        test = cochran(_level(data, level))
        lab = int(test.lab)
        if lab < 0 or not _noted(log, level, (lab,), test, data.sds):
            break
        data = data.without(level, lab)
    return data


def _means(data: Cells, level: int, log: list[Entry]) -> Cells:
    if _left(data, level) < 3:
        return data
    found = grubbs(data.means[level])
    ends = ["high", "low"] if not found.low.statistic > found.high.statistic else ["low", "high"]
    excluded = False
    for end in ends:
        if _left(data, level) < 3:
            break
        test = getattr(grubbs(data.means[level]), end)
        lab = int(test.lab)
        if lab >= 0 and _noted(log, level, (lab,), test, data.means):
            data, excluded = data.without(level, lab), True
    if excluded or _left(data, level) < 4:
        return data
    pairs = grubbs(data.means[level], "two")
    for test in sorted((pairs.high, pairs.low), key=lambda one: float(one.statistic)):
        labs = tuple(int(lab) for lab in test.lab)
        if min(labs) >= 0 and _noted(log, level, labs, test, data.means):
            return data.without(level, labs[0]).without(level, labs[1])
    return data


def _level(data: Cells, level: int) -> Cells:
    part = slice(level, level + 1)
    return Cells(data.counts[part], data.means[part], data.sds[part], True)


def _left(data: Cells, level: int) -> int:
    return int(np.count_nonzero(data.counts[level]))


def _noted(log: list[Entry], level: int, labs: tuple[int, ...], test: OutlierTest, values: NDArray[np.float64]) -> bool:
    """Write the verdict down, if there is one; whether it excludes."""
    verdict = str(test.verdict)
    outlier = verdict == "outlier"
    action = "excluded" if outlier else "kept"
    share, limit = ("1 %", test.outlier_limit) if outlier else ("5 %", test.straggler_limit)
    sign = "s" if test.method.startswith("Cochran") else "mean"
    for lab in labs if verdict else ():
        value = float(values[level, lab])
        beyond = f"{float(test.statistic):.4g} beyond the {share} value {float(limit):.4g}"
        entry = Entry(
            level=level,
            lab=lab,
            test=test.method,
            statistic=float(test.statistic),
            straggler_limit=float(test.straggler_limit),
            outlier_limit=float(test.outlier_limit),
            value=value,
            verdict=verdict,
            action=action,
            reason=f"{test.method}: {beyond}; {sign} = {value:.4g}; {action}",
        )
        log.append(entry)
    return outlier
