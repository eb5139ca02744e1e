"""Questions back to firms: each check of domain 8.5, alone and all together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.quality_loss.queries import Query, QueryRule, queries

from .tables import table

RULE = QueryRule(lowest=0.0, highest=0.2, change=3.0, zero_periods=2, trend=2.0)


def series(scrap: list[float], output: Any = 1000.0, **beside: Any) -> list[tuple[int, str]]:
    """Row and code of each question to one firm with these losses, month by month."""
    n = len(scrap)
    filings = table(n, firm=["A"] * n, period=202701 + np.arange(n), scrap=scrap, output=output)
    return [(query.row, query.code) for query in queries(filings, RULE, **beside)]


def test_rates_beyond_the_usual_range() -> None:
    assert series([200]) == []
    assert series([201]) == [(0, "range")]
    filings = table(1, scrap=5.0)
    found = queries(filings, QueryRule(0.01, 0.2, 3.0, 2, 2.0))
    assert found == (Query(0, "F00", 202701, "range", 0.005, 0.01, "F 0.50 % is below 1.00 %"),)


def test_a_change_beyond_three_times_the_median_of_the_firms_own_past() -> None:
    assert series([10, 20, 30, 60]) == []
    assert series([10, 20, 30, 61]) == [(3, "change")]
    assert series([10, 20, 30, 7]) == []
    assert series([10, 20, 30, 6]) == [(3, "change")]
    assert series([10, 20, 30, 40, 75]) == []  # median of an even number: 25
    assert series([10, 20, 30, 40, 76]) == [(4, "change")]
    assert series([0, 1]) == [(1, "change")]
    assert series([0, 0]) == []


def test_idle_months_are_no_past() -> None:
    assert series([10, 0, 10], output=[1000, 0, 1000]) == []
    assert series([10, 5, 31], output=[1000, 0, 1000]) == [(1, "idle"), (2, "change")]


def test_no_losses_for_two_filings_with_complaints_on_record() -> None:
    assert series([0, 0], complaints=[0, 1]) == [(1, "zero")]
    assert series([0, 0], complaints=[3, 0]) == [(1, "zero")]
    assert series([0, 0], complaints=[0, 0]) == []
    assert series([0, 0], complaints=[np.nan, np.nan]) == []
    assert series([0], complaints=[5]) == []
    assert series([0, 0, 0], complaints=[1, 0, 0]) == [(1, "zero"), (2, "zero")]
    assert series([0, 0, 0], output=[1000, 0, 1000], complaints=[0, 1, 0]) == [(2, "zero")]
    assert series([0, 1, 0], complaints=[1, 1, 1]) == [(1, "change"), (2, "change")]


def test_output_that_moves_against_tax_or_electricity() -> None:
    flat = [10.0, 10.0]
    assert series(flat, output=[1000, 1000], tax=[50, 100]) == []
    assert series(flat, output=[1000, 1000], tax=[50, 101]) == [(1, "tax")]
    assert series(flat, output=[1000, 1000], electricity=[50, 24]) == [(1, "electricity")]
    assert series(flat, output=[1000, 2500], electricity=[50, 100], tax=[1, 2.4]) == []
    assert series([10, 10, 10], output=[1000, 1000, 1000], tax=[50, np.nan, 200]) == [(2, "tax")]
    assert series(flat, output=[1000, 1000], tax=[0, 50]) == []  # from nothing there is no factor


def test_losses_without_output() -> None:
    assert series([1], output=[0]) == [(0, "idle")]
    assert series([0], output=[0]) == []


def test_all_questions_to_all_firms_at_once_each_from_its_own_past() -> None:
    filings = table(
        6,
        firm=["B", "A", "B", "A", "C", "C"],
        period=[202702, 202701, 202701, 202702, 202701, 202702],
        scrap=[900, 10, 10, 11, 0, 0],
        output=[3000, 1000, 1000, 1000, 1000, 1000],
    )
    found = queries(filings, RULE, complaints=[0, 0, 0, 0, 0, 2], electricity=[7, 7, 7, 7, 7, 15])
    assert [(query.row, query.firm, query.period, query.code) for query in found] == [
        (0, "B", 202702, "change"),
        (0, "B", 202702, "electricity"),
        (0, "B", 202702, "range"),
        (5, "C", 202702, "electricity"),
        (5, "C", 202702, "zero"),
    ]
    assert [query.text for query in found] == [
        "F 30.00 % against a median of 1.00 % before",
        "output times 3.00, electricity times 1.00",
        "F 30.00 % is above 20.00 %",
        "output times 1.00, electricity times 2.14",
        "no losses in 2 filings in a row, with 2 complaints",
    ]


@given(st.permutations(range(12)), st.floats(0.01, 100))
def test_neither_the_order_of_the_rows_nor_the_unit_of_money_matters(order: list[int], unit: float) -> None:
    rng = np.random.default_rng(12)
    firm, period = np.repeat(["A", "B", "C"], 4), np.tile([1, 2, 3, 4], 3)
    scrap, output = rng.integers(0, 60, 12) * 1.0, rng.integers(0, 4, 12) * 250.0
    tax = rng.integers(1, 9, 12) * 1.0

    def asked(at: Any, unit: float) -> set[tuple[str, int, str]]:
        filings = table(12, firm=firm[at], period=period[at], scrap=scrap[at] * unit, output=output[at] * unit)
        return {(query.firm, query.period, query.code) for query in queries(filings, RULE, tax=tax[at] * 3)}

    straight = asked(np.arange(12), 1.0)
    assert len(straight) >= 5
    assert asked(np.array(order), unit) == straight


def test_bad_columns_and_rules_are_named() -> None:
    filings = table(2)
    with pytest.raises(ValueError, match=r"tax: shape \(1,\)"):
        queries(filings, RULE, tax=[1.0])
    with pytest.raises(ValueError, match=r"complaints\[1\]: -1 is negative"):
        queries(filings, RULE, complaints=[0, -1])
    for wrong, why in (
        ({"lowest": 0.3}, "lowest, highest"),
        ({"change": 1.0}, "change: 1.0"),
        ({"trend": 0.5}, "trend: 0.5"),
        ({"zero_periods": 0}, "zero_periods: 0"),
    ):
        with pytest.raises(ValueError, match=why):
            QueryRule(**({"lowest": 0.0, "highest": 0.2, "change": 3.0, "zero_periods": 2, "trend": 2.0} | wrong))
