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

from ._labels import Floats, blame, codes, column, numbers, settle
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
    method: str
    standard: str
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
    output_of, used_of = np.bincount(of_row, value), np.bincount(of_row, used)
    silent = used_of == 0
    # Industry within region, region within the whole; both scaled up to what was tested.
    inner = used / np.where(silent, 1.0, used_of)[of_row]
    outer = np.where(silent, 0.0, output_of) / output_of[~silent].sum()
    weight = inner * outer[of_row]
    limits = binomial(good, tests, "wilson", level)
    p = np.where(dropped, 0.0, good / np.where(dropped, 1.0, tests))
    below, above = (np.where(dropped, 0.0, one) for one in (p - limits.low, limits.high - p))
    by_region = [np.bincount(of_row, part) for part in (inner * p, (inner * below) ** 2, (inner * above) ** 2)]
    rates, downs, ups = (np.where(silent, np.nan, one) for one in by_region)
    rate = np.sum(weight * p)
    return WeightedRate(
        rate,
        rate - np.sqrt(np.sum((weight * below) ** 2)),
        rate + np.sqrt(np.sum((weight * above) ** 2)),
        names,
        rates,
        rates - np.sqrt(downs),
        rates + np.sqrt(ups),
        weight,
        dropped,
        silent,
        float(used.sum() / value.sum()),
        level,
        "output-weighted rate, combined Wilson limits",
        "Zou, Huang and Zhang, Comput. Stat. Data Anal. 53 (2009) 1080-1085",
    )


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
    labels = np.full(rows, "all") if region is None else column("region", region, rows, faults)
    settle(faults)
    return good, tests, value, labels
