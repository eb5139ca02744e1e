"""The table of filings, its faults, and the rates of each filing (domain 8.5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.quality_loss.filings import FilingFaults, example, read_filings
from qualitycity.methods.quality_loss.items import cost_lines, not_counted
from qualitycity.methods.quality_loss.rates import loss_rates, year_to_date

from .tables import columns, table


def faults_of(**changes: Any) -> list[str]:
    with pytest.raises(FilingFaults) as caught:
        read_filings(columns(2, **changes))
    assert isinstance(caught.value, ValueError)
    return [str(fault) for fault in caught.value.faults]


def test_the_ten_lines_are_five_inside_and_five_outside() -> None:
    sides = [line.side for line in cost_lines()]
    assert sides == ["internal"] * 5 + ["external"] * 5
    assert cost_lines()[0].code == "scrap"  # salvage is deducted from the first line
    assert all(line.zh and line.en for line in cost_lines())


def test_a_worked_filing() -> None:
    """Scrap 12 with 2 of salvage, rework 5, 3 paid back; claims 4 with 1 paid back, warranty 2; output 1000."""
    found = loss_rates(
        table(1, scrap=12, salvage=2, rework=5, recovered=3, claims=4, warranty=2, recovered_external=1, output=1000)
    )
    assert (found.ci[0], found.ce[0]) == (12, 5)
    assert (found.fi[0], found.fe[0], found.f[0]) == (0.012, 0.005, 0.017)


def test_a_firm_that_stands_still_has_no_rate_and_not_zero() -> None:
    found = loss_rates(table(2, scrap=[0, 1], output=[0, 100]))
    assert np.isnan(found.f[0]) and np.isnan(found.fi[0]) and found.f[1] == 0.01
    assert found.applicable.tolist() == [False, True]


def test_prevention_and_appraisal_costs_are_refused() -> None:
    for name in not_counted():
        assert faults_of(**{name: 1.0}) == [f"{name}: is a quality cost but no loss, and not in F"]


def test_every_fault_is_told_at_once() -> None:
    found = faults_of(scrap=[-1, 5], warranty=[np.nan, 1], output=[np.inf, -3], firm=["A", "A"], period=[1, 1])
    assert found == [
        "row 0, output: inf is not finite",
        "row 0, scrap: -1 is negative",
        "row 0, warranty: nan is not finite",
        "row 1, firm: A filed 1 already in row 0",
        "row 1, output: -3 is negative",
    ]


def test_every_fault_of_the_columns_is_told_at_once() -> None:
    given_ = columns(2, colour=1.0, claims=[1.0, 2.0, 3.0], period=[1.5, 2.5], rework=["a", "b"])
    del given_["scrap"], given_["output"]
    with pytest.raises(FilingFaults) as caught:
        read_filings(given_)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (None, name) for name in ("claims", "colour", "output", "period", "rework", "scrap")
    ]
    with pytest.raises(FilingFaults, match="firm: is missing"):
        read_filings({})


def test_a_long_list_is_cut_in_the_message_only() -> None:
    with pytest.raises(FilingFaults, match="and 30 more") as caught:
        read_filings(columns(50, scrap=-1.0))
    assert len(caught.value.faults) == 50


def test_deductions_cannot_exceed_what_they_are_taken_from() -> None:
    assert faults_of(scrap=[1, 9], salvage=[2, 9]) == ["row 0, salvage: 2 is more than the scrap it is got from, 1"]
    assert faults_of(scrap=5.0, salvage=1.0, recovered=[4, 5]) == [
        "row 1, recovered: 5 is more than the internal losses less salvage, 4"
    ]
    assert faults_of(claims=[1, 2], recovered_external=2.0) == [
        "row 0, recovered_external: 2 is more than the external losses, 1"
    ]


def test_stated_sums_must_follow_from_the_lines() -> None:
    good = {"scrap": 6.004, "claims": 3.0, "output": 1000.0}
    read_filings(columns(2, **good, ci=6.0, ce=[3.0, np.nan], f=0.009))
    assert faults_of(**good, ci=[6.0, 6.02], ce=[3.0, 2.9], f=[0.0091, 0.9]) == [
        "row 0, f: stated 0.0091, but the lines give 0.009004",
        "row 1, ce: stated 2.9, but the lines give 3",
        "row 1, ci: stated 6.02, but the lines give 6.004",
        "row 1, f: stated 0.9, but the lines give 0.009004",
    ]
    assert faults_of(scrap=1.0, output=[0, 10], f=[0.0, 0.1]) == ["row 0, f: stated 0, but there is no output"]


@given(st.integers(0, 10_000), st.sampled_from([1e-4, 1.0, 1e4]))
def test_a_sum_rounded_by_half_a_unit_is_accepted_in_any_unit_of_money(cents: int, unit: float) -> None:
    amount = cents / 100
    given_ = columns(1, scrap=(amount + 0.005) * unit, output=unit, ci=amount * unit)
    assert read_filings(given_, amount_unit=0.01 * unit).ci[0] == pytest.approx((amount + 0.005) * unit)


amounts = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e9)), min_size=1, max_size=20)


@given(amounts, st.floats(1e-3, 1e3))
def test_rates_know_no_unit_of_money_and_add_up(rows: list[tuple[float, float, float]], unit: float) -> None:
    scrap, claims, output = np.array(rows).T
    one = loss_rates(table(len(rows), scrap=scrap, claims=claims, output=output))
    other = loss_rates(table(len(rows), scrap=scrap * unit, claims=claims * unit, output=output * unit))
    assert other.f == pytest.approx(one.f, rel=1e-12)
    assert one.fi + one.fe == pytest.approx(one.f, rel=1e-12)


# -- year to date


def test_year_to_date_sums_sums_and_passes_over_idle_periods() -> None:
    filings = table(
        6,
        firm=["A", "A", "A", "A", "B", "A"],
        period=[202702, 202701, 202703, 202801, 202702, 202612],
        scrap=[3, 1, 5, 7, 2, 100],
        output=[100, 100, 0, 100, 50, 100],
    )
    found = year_to_date(filings, filings.period // 100)
    assert found.f.tolist() == [0.02, 0.01, 0.02, 0.07, 0.04, 1.0]
    assert found.output.tolist() == [200, 100, 200, 100, 50, 100]
    with pytest.raises(ValueError, match="year: shape"):
        year_to_date(filings, [2027])


@given(st.permutations(range(8)))
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    rng = np.random.default_rng(8)
    scrap, output = rng.integers(0, 50, 8), rng.integers(0, 3, 8) * 100
    firm, period = np.array(list("AAAABBBB")), np.array([1, 2, 3, 4] * 2)
    straight = table(8, firm=firm, period=period, scrap=scrap, output=output)
    mixed = table(8, firm=firm[order], period=period[order], scrap=scrap[order], output=output[order])
    due = year_to_date(straight, np.ones(8)).f[order]
    assert np.array_equal(year_to_date(mixed, np.ones(8)).f, due, equal_nan=True)


def test_an_empty_table_is_a_table() -> None:
    empty = read_filings({**columns(0), "period": np.zeros(0, dtype=int)})
    assert len(empty) == 0
    assert loss_rates(empty).f.size == 0 and year_to_date(empty, np.zeros(0)).f.size == 0
    assert len(example()) == 4
