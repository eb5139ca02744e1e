"""Which past weeks a week is compared with: windows of the same season, and seasons in between as factor levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qualitycity.methods.monitoring.arguments import Ints, at_least


@dataclass(frozen=True)
class Baseline:
    """The weeks of a baseline.

    ``weeks`` [n] are indices into the series, rising; ``level`` [n] the level of the seasonal factor of each,
    0 for the windows around the same week of earlier years; ``levels`` how many levels, ``years`` how many windows.
    """

    weeks: Ints
    level: Ints
    levels: int
    years: int


def centres(k: int, freq: int = 52, b: int = 5) -> Ints:
    """The weeks ``k - b·freq, …, k - freq`` [b]: the same season of ``b`` earlier years, counted in whole years.

    >>> centres(300, freq=52, b=3)
    array([144, 196, 248])
    """
    return k - freq * np.arange(b, 0, -1)


def iso_centres(first_monday: date, k: int, b: int = 5) -> Ints:
    """The weeks [b] with the ISO week number of week ``k``, one in each of ``b`` earlier years, oldest first.

    ISO 8601 years have 52 or 53 weeks, so that counting back 52 drifts by a week every five or six years. A 53rd week
    is compared with the last week of each year. ``first_monday`` is the Monday of week 0.

    Raises ValueError where ``first_monday`` is no Monday or the series does not reach back that far.

    >>> iso_centres(date(2020, 12, 28), 209, b=2).tolist()        # 2024-12-30 = 2025-W01; 2020-12-28 = 2020-W53
    [105, 157]
    """
    if first_monday.isoweekday() != 1:
        raise ValueError(f"first_monday must be a Monday; it is {first_monday}")
    year, number, _day = date.fromordinal(first_monday.toordinal() + 7 * at_least("k", k, 0)).isocalendar()
    found = []
    for earlier in range(year - at_least("b", b, 1), year):
        last = date(earlier, 12, 28).isocalendar().week
        monday = date.fromisocalendar(earlier, min(number, last), 1)
        found.append((monday.toordinal() - first_monday.toordinal()) // 7)
    if found[0] < 0:
        raise ValueError(f"k must lie at least {b} ISO years after first_monday; it is {k}")
    return np.array(found, dtype=np.int64)


def baseline(k: int, centre: Sequence[int] | Ints, w: int, no_periods: int, past: int) -> Baseline:
    """The baseline of week ``k``: weeks within ``w`` of each centre, and with ``no_periods`` > 1 also those between.

    The gap between two neighbouring windows (and between the last one and the window of ``k``) is cut into
    ``no_periods - 1`` runs as equal as can be: with 52 weeks, ``w = 3`` and 10 periods nine runs of five weeks
    (Noufaily et al. 2013). Week ``k`` and the ``past`` weeks before it never belong to the baseline, for an
    outbreak under way would hide itself (ibid.).

    Raises ValueError where the first window would begin before week 0, or windows overlap.

    >>> found = baseline(312, centres(312), w=3, no_periods=10, past=26)
    >>> found.weeks[0], found.weeks[-1], found.levels, np.bincount(found.level)[:2].tolist()
    (np.int64(49), np.int64(285), 10, [35, 25])
    """
    middle = np.asarray(centre, dtype=np.int64)
    if middle.ndim != 1 or middle.size == 0 or np.any(np.diff([*middle, k]) <= 2 * w):
        raise ValueError(f"centre must rise by more than 2w = {2 * w} weeks up to k = {k}; it is {middle.tolist()}")
    if middle[0] - w < 0:
        raise ValueError(f"k = {k} needs weeks from {middle[0] - w} on; the series begins at 0. Take fewer years (b)")
    level = np.full(k, -1, dtype=np.int64)
    for left, right in zip(middle, [*middle[1:], k], strict=True):
        level[left - w : left + w + 1] = 0
        gap = np.arange(left + w + 1, right - w)
        if no_periods > 1:
            level[gap] = 1 + np.arange(gap.size) * (no_periods - 1) // gap.size
    level[k - past :] = -1
    weeks = np.flatnonzero(level >= 0)
    return Baseline(weeks, level[weeks], no_periods, middle.size)
