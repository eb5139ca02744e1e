"""Plans found against golden plans, against minimality by brute force, and against quadrature for variables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from qualitycity.methods.acceptance import kernels
from qualitycity.methods.acceptance.search import find_plan, zero_acceptance
from qualitycity.methods.acceptance.variables import variables_oc, variables_plan

from .golden import cases, table


def test_golden_plans_one_by_one(shared: Path) -> None:
    seen = set()
    for case in cases(shared, "find_plan.json"):
        (p1, kept), (p2, beta) = case["PRP"], case["CRP"]
        alpha, plan, lot = 1 - kept, case["plan"], case["N"]
        seen.add(case["type"])
        if case["type"] == "normal":
            made = variables_plan(p1, p2, alpha, beta, case["s_type"])
            assert made.n.tolist() == [plan["n"]]
            assert made.k[0] == pytest.approx(plan["k"], abs=1e-4 if case["s_type"] == "unknown" else 1e-9)
        elif case["type"] == "hypergeom":
            found = find_plan(round(p1 * lot), round(p2 * lot), alpha, beta, "hypergeometric", lot)
            assert (found.n.tolist(), found.ac.tolist()) == ([plan["n"]], [plan["c"]])
        else:
            found = find_plan(p1, p2, alpha, beta, case["type"])
            assert (found.n.tolist(), found.ac.tolist()) == ([plan["n"]], [plan["c"]])
    assert seen == {"normal", "hypergeom", "binomial"}


@pytest.mark.parametrize("dist", ["binomial", "poisson"])
def test_golden_batch_of_a_hundred_plans(shared: Path, dist: str) -> None:
    rows = table(shared, "find_plan_100.csv")
    names = ("producer_quality", "consumer_quality", "alpha", "beta", f"n_{dist}", f"c_{dist}")
    p1, p2, alpha, beta, n, c = (np.array([float(row[name]) for row in rows]) for name in names)
    found = find_plan(p1, p2, alpha, beta, dist)
    assert found.n.tolist() == n.tolist()
    assert found.ac.tolist() == c.tolist()
    assert (found.alpha <= alpha).all()
    assert (found.beta <= beta).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(0.005, 0.1), st.floats(2.5, 8), st.floats(0.01, 0.2), st.floats(0.01, 0.2))
def test_no_smaller_plan_keeps_both_points(p1: float, ratio: float, alpha: float, beta: float) -> None:
    p2 = min(0.9, p1 * ratio)
    found = find_plan(p1, p2, alpha, beta)
    n, ac = int(found.n[0]), int(found.ac[0])
    sizes = np.arange(1, n)[:, None]
    numbers = np.arange(ac + 3)[None, :]
    slack = 1e-12
    good = stats.binom.cdf(numbers, sizes, p1) >= 1 - alpha + slack
    bad = stats.binom.cdf(numbers, sizes, p2) <= beta - slack
    assert not (good & bad).any()
    assert stats.binom.cdf(ac, n, p1) >= 1 - alpha - slack
    assert stats.binom.cdf(ac, n, p2) <= beta + slack


@settings(max_examples=25, deadline=None)
@given(st.integers(10, 80), st.data())
def test_no_smaller_plan_for_a_small_lot(lot: int, data: st.DataObject) -> None:
    good = data.draw(st.integers(0, lot - 1))
    bad = data.draw(st.integers(good + 1, lot))
    found = find_plan(good, bad, 0.05, 0.1, "hypergeometric", lot)
    n, ac = int(found.n[0]), int(found.ac[0])
    for size in range(1, n):
        numbers = np.arange(size + 1)
        keeps = stats.hypergeom.cdf(numbers, lot, good, size) >= 0.95 + 1e-12
        assert not (keeps & (stats.hypergeom.cdf(numbers, lot, bad, size) <= 0.1 - 1e-12)).any()
    assert stats.hypergeom.cdf(ac, lot, bad, n) <= 0.1 + 1e-12


def test_a_whole_lot_inspected_has_undefined_risks_not_zero_ones() -> None:
    found = find_plan([5, 0], [6, 10], 0.01, 0.01, "hypergeometric", [50, 100])
    assert found.n[0] == 50
    assert found.inspect_all.tolist() == [True, False]
    assert np.isnan(found.alpha).tolist() == np.isnan(found.beta).tolist() == [True, False]
    whole = zero_acceptance([20, 500], 1, 0.01)
    assert whole.inspect_all.tolist() == [True, False]
    assert np.isnan(whole.beta).tolist() == [True, False]


def test_counts_above_the_sample_are_found_where_items_bear_many_nonconformities() -> None:
    found = find_plan(2.0, 6.0, 0.05, 0.1, "poisson")
    assert found.ac[0] > found.n[0]
    assert stats.poisson.cdf(found.ac[0], 2.0 * found.n[0]) >= 0.95
    assert stats.poisson.cdf(found.ac[0], 6.0 * found.n[0]) <= 0.1


def test_order_and_repetition_of_rows_do_not_matter() -> None:
    p1, p2 = np.array([0.01, 0.02, 0.05]), np.array([0.05, 0.08, 0.15])
    forward, backward = find_plan(p1, p2, 0.05, 0.1), find_plan(p1[::-1], p2[::-1], 0.05, 0.1)
    assert forward.n.tolist() == backward.n[::-1].tolist()
    assert find_plan(np.tile(p1, 2), np.tile(p2, 2), 0.05, 0.1).n.tolist() == forward.n.tolist() * 2


def test_the_compiled_searches_equal_their_pure_paths() -> None:
    one, most = np.array([0.01]), np.array([2**60])
    n, ac = np.empty(1, dtype=np.int64), np.empty(1, dtype=np.int64)
    kernels.smallest_plans.py_func(0, one, 5 * one, 5 * one, 10 * one, most, n, ac)
    assert (n[0], ac[0]) == (132, 3)
    kernels.zero_samples.py_func(0, one, 5 * one, most, n)
    assert n[0] == 299
    assert kernels.least_sample.py_func(1, 0, 25.0, 500, 0.05, 1) == 56


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-4, 0.9), st.floats(0.001, 0.5))
def test_zero_acceptance_is_the_smallest_sample_that_shows_one(p: float, beta: float) -> None:
    n = int(zero_acceptance(None, p, beta).n[0])
    assert (1 - p) ** n <= beta * (1 + 1e-9)
    assert n == 1 or (1 - p) ** (n - 1) > beta * (1 - 1e-9)


def test_a_risk_that_is_exactly_the_one_asked_is_kept_not_lost_to_rounding() -> None:
    assert zero_acceptance([10, 50, 100, 1000], 1, 0.1).n.tolist() == [9, 45, 90, 900]
    assert find_plan(0, 1, 0.05, 0.1, "hypergeometric", [10, 50]).n.tolist() == [9, 45]


def test_zero_acceptance_in_lots_equals_counting() -> None:
    lots, bad = np.array([10, 50, 50, 300, 300]), np.array([1, 1, 5, 3, 300])
    found = zero_acceptance(lots, bad, 0.1)
    for lot, count, n in zip(lots, bad, found.n, strict=True):
        chance = stats.hypergeom.pmf(0, lot, count, np.arange(1, lot + 1))
        assert n == np.flatnonzero(chance <= 0.1 + 1e-12)[0] + 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: find_plan(0.05, 0.01, 0.05, 0.1), "p1: 0.05 in row 0"),
        (
            lambda: find_plan([0.01, 0.0], [1.5, 0.1], [0.05, 2], 0.0),
            "p2: 1.5 in row 0; beta: 0 in row 0; .*alpha: 2 in row 1",
        ),
        (lambda: find_plan(0.01, 0.05, 0.05, 0.1, "normal"), "^dist: "),
        (lambda: find_plan(0.01, 0.05, 0.05, 0.1, "binomial", 100), "^N: "),
        (lambda: find_plan(1, 5, 0.05, 0.1, "hypergeometric"), "^N: "),
        (lambda: find_plan(1, 5, 0.05, 0.1, "hypergeometric", 100.0), "^N: integers"),
        (lambda: find_plan(0.01, 0.05, 0.05, 0.1, "hypergeometric", 100), "^p: integer counts"),
        (lambda: find_plan(1, 5, 0.05, 0.1, "hypergeometric", 4), "p2: 5 in row 0"),
        (lambda: find_plan(0.01, 0.010001, 0.05, 0.1), "too near each other"),
        (lambda: find_plan(0.0, 1e-13, 0.05, 0.1), "p2: 1e-13"),
        (lambda: find_plan([[0.01]], 0.05, 0.05, 0.1), "^arguments: "),
        (lambda: zero_acceptance(None, 0.0, 0.05), "p: 0 in row 0"),
        (lambda: zero_acceptance(100, 0.05, 0.05), "^p: integer counts"),
        (lambda: variables_plan(0.05, 0.01, 0.05, 0.1), "p1: 0.05 in row 0"),
        (lambda: variables_plan(0.01, 0.05, 0.05, 0.1, "guessed"), "^sigma: "),
        (lambda: variables_plan(0.1, 0.1 + 1e-9, 0.05, 0.1, "known"), "too near each other"),
        (lambda: variables_oc(1, 1.0, 0.1), "^n: "),
        (lambda: variables_oc(5.5, 1.0, 0.1), "^n: "),
        (lambda: variables_oc(5, 1.0, 1.1), "^p: "),
    ],
)
def test_bad_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_golden_variables_curves(shared: Path) -> None:
    for case in cases(shared, "oc_variables.json"):
        found = variables_oc(case["n"], case["k"], case["pd"], case["s_type"])
        assert np.abs(found - case["pa"]).max() < 1e-6


@pytest.mark.parametrize(("n", "k", "p"), [(3, 1.0, 0.1), (15, 1.72, 0.01), (60, 2.1, 0.03), (400, 1.6, 0.05)])
def test_unknown_sigma_equals_quadrature_over_the_standard_deviation(n: int, k: float, p: float) -> None:
    df, away = n - 1, -special.ndtri(p)

    def at(s: float) -> float:
        return special.ndtr(np.sqrt(n) * (away - k * s / np.sqrt(df))) * stats.chi.pdf(s, df)

    middle = np.sqrt(df)
    expected = integrate.quad(at, max(0, middle - 12), middle + 12, epsabs=1e-13, limit=200, points=[middle])[0]
    assert variables_oc(n, k, p) == pytest.approx(expected, abs=1e-11)


def test_k_solves_the_first_point_closer_than_a_root_finder_that_stops_early() -> None:
    p1, p2 = np.array([0.01, 0.02, 0.001]), np.array([0.05, 0.08, 0.01])
    for sigma in ("known", "unknown"):
        made = variables_plan(p1, p2, 0.05, 0.1, sigma)
        assert np.abs(made.alpha - 0.05).max() < 1e-10
        assert (made.beta <= 0.1).all()
        fewer = made.n - 1
        k = (  # the k of one item fewer, by bisection
            stats.nct.ppf(0.05, fewer - 1, np.sqrt(fewer) * stats.norm.isf(p1)) / np.sqrt(fewer)
            if sigma == "unknown"
            else stats.norm.isf(p1) - stats.norm.isf(0.05) / np.sqrt(fewer)
        )
        assert (variables_oc(fewer, k, p2, sigma) > 0.1).all()


def test_measuring_needs_fewer_items_than_counting() -> None:
    p1, p2 = np.array([0.01, 0.02, 0.05]), np.array([0.05, 0.08, 0.15])
    known, unknown = (variables_plan(p1, p2, 0.05, 0.1, sigma).n for sigma in ("known", "unknown"))
    assert (known < unknown).all()
    assert (unknown < find_plan(p1, p2, 0.05, 0.1).n).all()


def test_variables_curve_ends_at_one_and_nought() -> None:
    assert variables_oc(10, 1.5, [0.0, 1.0]).tolist() == [1.0, 0.0]
