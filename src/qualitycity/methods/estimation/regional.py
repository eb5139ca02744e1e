"""The pass rate of a region's industry, weighted by output value (RPQ, 制造业产品质量合格率).

    RPQ = sum of w_i q_i / n_i,  w_i = output of industry i / output of all industries of the region

It answers another question than q/n over all samples: what share of the output is good, not what share of the samples
passed. An industry without a test says nothing; it is left out, the weights of the others are scaled up, and the
result says so. Regions are weighted with their whole output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._labels import Codes, Floats, blame, codes, numbers, read_labels, settle, sums
from .intervals import binomial
from .targeted import NOT_A_POPULATION, Selection, check_selection


@dataclass(frozen=True)
class WeightedRate:
    """Weighted pass rates of all regions together (0-d) and of each (R,), in the order of ``region``.

    ``weight`` (I,) weight of each industry row in the whole, 0 where it was left out; ``dropped`` (I,) rows without a
    test; ``dropped_region`` (R,) regions without any test, their rate is NaN and they have no part in the whole;
    ``covered`` share of the output that the tested industries make.
    """

    rate: Floats
    low: Floats
    high: Floats
    region: NDArray[Any]
    region_rate: Floats
    region_low: Floats
    region_high: Floats
    weight: Floats
    dropped: NDArray[np.bool_]
    dropped_region: NDArray[np.bool_]
    covered: float
    level: float
    method: str = "output-weighted rate, combined Wilson limits"
    standard: str = "Zou, Huang and Zhang, Comput. Stat. Data Anal. 53 (2009) 1080-1085"
    label: str = "制造业产品质量合格率"
    is_population_rate: bool = True


def rpq(
    passed: ArrayLike,
    tested: ArrayLike,
    output: ArrayLike,
    *,
    selection: Selection,
    region: ArrayLike | None = None,
    level: float = 0.95,
) -> WeightedRate:
    """Return the output-weighted pass rate of industries, within each region and over all.

    passed, tested  (I,) samples that passed and samples tested of each industry, counts, passed <= tested
    output          (I,) output value, > 0, any one unit of money
    selection       how the samples were chosen: "probability"; "targeted" is refused (no rate of the output)
    region          (I,) labels, None = one region "all"
    level           of the intervals

    Interval: Wilson limits l_i, u_i of each industry, combined by squared distances (Zou, Huang and Zhang 2009):
    RPQ - sqrt(sum w_i² (p_i - l_i)²), RPQ + sqrt(sum w_i² (u_i - p_i)²). One industry alone has its Wilson interval;
    all passed still leaves a lower limit below 1. Raises ValueError with all faults of the table, or if nothing at all
    was tested.

    >>> found = rpq([19, 8, 0], [20, 10, 0], [60.0, 30.0, 10.0], selection="probability")
    >>> float(found.rate.round(12)), found.dropped.tolist(), round(found.covered, 12)
    (0.9, [False, False, True], 0.9)
    >>> float(found.low.round(4)), float(found.high.round(4))
    (0.7386, 0.9551)
    """
    check_selection(selection)
    if selection == "targeted":
        raise ValueError(f"selection = 'targeted': {NOT_A_POPULATION}")
    rows = np.size(tested)
    good, tests, value, labels = _read(passed, tested, output, region, rows)
    of_row, names = codes(labels)
    dropped = tests == 0
    if dropped.all():
        raise ValueError("tested: no industry has a test")
    used = np.where(dropped, 0.0, value)
    inner, weight, silent = _weights(value, used, of_row, len(names))
    limits = binomial(good, tests, "wilson", level)
    p = np.where(dropped, 0.0, good / np.where(dropped, 1.0, tests))
    gaps = [np.where(dropped, 0.0, one) for one in (p - limits.low, limits.high - p)]
    rate, low, high = (one[0] for one in _combine(np.zeros(rows, np.intp), weight, p, gaps, 1))
    by_region = _combine(of_row, inner, p, gaps, len(names))
    rates, lows, highs = (np.where(silent, np.nan, one) for one in by_region)
    covered = float(used.sum() / value.sum())
    return WeightedRate(rate, low, high, names, rates, lows, highs, weight, dropped, silent, covered, level)


def _weights(value: Floats, used: Floats, of_row: Codes, regions: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return (weight within its region, weight in the whole, regions without a test), scaled up to what was tested."""
    output_of, used_of = sums(of_row, value, regions), sums(of_row, used, regions)
    silent = used_of == 0
    inner = used / np.where(silent, 1.0, used_of)[of_row]
    outer = np.where(silent, 0.0, output_of) / output_of[~silent].sum()
    return inner, inner * outer[of_row], silent


def _combine(of_row: Codes, weight: Floats, p: Floats, gaps: list[Floats], size: int) -> tuple[Floats, Floats, Floats]:
    """Return rate and limits of each region from the rates of its industries and how far their own limits lie."""
    rate = sums(of_row, weight * p, size)
    below, above = (np.sqrt(sums(of_row, (weight * gap) ** 2, size)) for gap in gaps)
    return rate, rate - below, rate + above


def _read(
    passed: ArrayLike, tested: ArrayLike, output: ArrayLike, region: ArrayLike | None, rows: int
) -> tuple[Floats, Floats, Floats, NDArray[Any]]:
    faults: list[str] = []
    if not rows:
        raise ValueError("tested: no rows")
    good, tests, value = (
        numbers(name, values, rows, faults)
        for name, values in (("passed", passed), ("tested", tested), ("output", output))
    )
    for name, counts in (("passed", good), ("tested", tests)):
        whole = (counts >= 0) & (counts == np.floor(counts)) & np.isfinite(counts)
        blame(name, counts, ~whole, "is no count", faults)
    blame("passed", good, good > tests, "exceeds tested", faults)
    blame("output", value, ~((value > 0) & np.isfinite(value)), "is not finite and > 0", faults)
    labels = np.full(rows, "all") if region is None else read_labels("region", region, rows, faults)
    settle(faults)
    return good, tests, value, labels
