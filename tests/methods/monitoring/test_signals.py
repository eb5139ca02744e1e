"""Counts of reports, disproportionality, EBGM: golden values, vigipy beside them, and the pitfalls of the field."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from benchmarks.methods.monitoring import mixture_loglik, pairs, vigipy_gps
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from qualitycity.methods.monitoring.mixture import Pairs, loss
from qualitycity.methods.monitoring.signals import (
    Theta,
    chi2_yates,
    counts,
    fisher,
    gps_fit,
    gps_score,
    ic,
    prr,
    ror,
)

from .golden import columns, texts

OPEN_EBGM = Theta(3.2537864286, 0.399888365989, 2.02613053524, 1.90808259828, 0.0653457004101)


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "golden/labstats/signals"


@pytest.fixture(scope="module")
def caers(folder: Path) -> dict[str, np.ndarray]:
    return columns(folder / "caers_counts.csv.gz")


def test_golden_counts_of_caers(folder: Path) -> None:
    rows, wanted = texts(folder / "caers_reports.csv.gz"), texts(folder / "caers_counts.csv.gz")
    found = counts(rows["id"], rows["var1"], rows["var2"])
    at = {pair: i for i, pair in enumerate(zip(found.product.tolist(), found.event.tolist(), strict=True))}
    order = [at[pair] for pair in zip(wanted["var1"], wanted["var2"], strict=True)]
    assert len(order) == len(found.N) == 17189
    np.testing.assert_array_equal(found.N[order], np.array(wanted["N"], dtype=int))
    np.testing.assert_allclose(found.E[order], np.array(wanted["E"], dtype=float), rtol=1e-8)
    ratio = prr(*found.table).value[order]
    np.testing.assert_allclose(ratio, np.array(wanted["PRR"], dtype=float), atol=0.0051)


def test_pitfall_27_reports_are_counted_once_however_many_rows_they_have(folder: Path) -> None:
    rows = texts(folder / "caers_reports.csv.gz")
    found = counts(rows["id"], rows["var1"], rows["var2"])
    assert (len(rows["id"]), found.N.sum(), found.total) == (20156, 19917, 3356)
    twice = counts(rows["id"] * 2, rows["var1"] * 2, rows["var2"] * 2)
    np.testing.assert_array_equal(twice.N, found.N)
    np.testing.assert_array_equal(twice.E, found.E)


def test_pitfall_27_prr_is_infinite_where_nobody_else_reported_the_event() -> None:
    found = prr([3], [17], [0], [980])
    assert found.value[0] == np.inf and np.isnan(found.lower[0]) and np.isnan(found.upper[0])
    assert ror([3], [17], [0], [980]).value[0] == np.inf
    nothing = prr([0], [20], [5], [975])
    assert nothing.value[0] == 0 and np.isnan(nothing.lower[0])


def test_a_report_lies_in_one_stratum() -> None:
    with pytest.raises(ValueError, match="stratum must be one per report; row 2"):
        counts([1, 2, 1], ["a", "a", "a"], ["x", "y", "z"], ["f", "f", "m"])


ROWS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_counts_equal_sets_and_do_not_depend_on_the_order_of_rows(
    rows: list[tuple[int, str, str]], chance: random.Random
) -> None:
    found = counts(*zip(*rows, strict=True))
    stratified = counts(*zip(*rows, strict=True), [r % 2 for r, _p, _e in rows])
    reports = {r for r, _p, _e in rows}
    for i in range(len(found.N)):
        p, e = found.product[i], found.event[i]
        with_p, with_e = {r for r, a, _b in rows if a == p}, {r for r, _a, b in rows if b == e}
        both = with_p & with_e
        assert (found.N[i], found.n_product[i], found.n_event[i]) == (len(both), len(with_p), len(with_e))
        assert found.table[3][i] == len(reports - with_p - with_e)
        assert found.E[i] == pytest.approx(len(with_p) * len(with_e) / len(reports))
        parts = [{r for r in reports if r % 2 == parity} for parity in {r % 2 for r in reports}]
        expected = sum(len(with_p & part) * len(with_e & part) / len(part) for part in parts)
        assert stratified.E[i] == pytest.approx(expected)
    chance.shuffle(rows)
    again = counts(*zip(*rows, strict=True))
    np.testing.assert_array_equal(again.N, found.N)
    np.testing.assert_array_equal(again.E, found.E)


def test_golden_prr_ror_ic_yates_fisher(folder: Path) -> None:
    cells = columns(folder / "disproportionality_2x2_R.csv")
    a, b, c, d = (cells[name] for name in "abcd")
    expected = (a + b) * (a + c) / (a + b + c + d)
    for name, found in (("prr", prr(a, b, c, d)), ("ror", ror(a, b, c, d)), ("ic", ic(a, expected))):
        np.testing.assert_allclose(found.value, cells[name], rtol=1e-8)
        np.testing.assert_allclose(found.lower, cells[f"{name}2.5"], rtol=1e-8)
        np.testing.assert_allclose(found.upper, cells[f"{name}97.5"], rtol=1e-8)
    np.testing.assert_allclose(chi2_yates(a, b, c, d), cells["chisq_yates"], rtol=1e-8)
    np.testing.assert_allclose(fisher(a, b, c, d), cells["fisher_greater"], rtol=1e-8)


def test_golden_information_component(folder: Path) -> None:
    wanted = columns(folder / "information_component_R.csv")
    found = ic(wanted["obs"], wanted["exp"])
    for name, values in (("ic", found.value), ("ic2.5", found.lower), ("ic97.5", found.upper)):
        np.testing.assert_allclose(values, wanted[name], rtol=1e-8, atol=1e-8)


def test_pitfall_28_a_lower_bound_above_zero_needs_three_reports() -> None:
    n = np.array([0, 1, 2, 3, 4])
    assert (ic(n, np.zeros(5)).lower > 0).tolist() == [False, False, False, True, True]


def test_pitfall_28_lengths_are_checked() -> None:
    with pytest.raises(ValueError, match="N and E must have one length; it is 2 and 3"):
        ic([1, 2], [1, 2, 3])


def test_yates_equals_scipy_also_where_the_correction_passes_the_gap() -> None:
    for table in ((10, 190, 390, 49410), (5, 5, 6, 5), (2, 2, 2, 2)):
        wanted = stats.chi2_contingency(np.reshape(table, (2, 2)), correction=True).statistic
        assert chi2_yates(*([cell] for cell in table))[0] == pytest.approx(wanted, abs=1e-12)


def test_golden_prior_of_caers_by_components(folder: Path, caers: dict[str, np.ndarray]) -> None:
    wanted = json.loads((folder / "caers_theta_openEBGM.json").read_text())["theta_unsquashed"]
    found = gps_fit(caers["N"], caers["E"], truncation="component")
    assert found.converged and found.truncation == "component"
    for name in ("alpha1", "beta1", "alpha2", "beta2", "P"):
        assert getattr(found, name) == pytest.approx(wanted[name], abs=1e-4)
    peer = np.array([*(np.log(wanted[name]) for name in ("alpha1", "beta1", "alpha2", "beta2")), 0])
    peer[4] = np.log(wanted["P"] / (1 - wanted["P"]))
    merged = Pairs.of(caers["N"], caers["E"])
    assert found.loglik >= -loss(peer, merged, 1, True)[0] * 17189 - 1e-9


def test_golden_scores_of_caers(folder: Path) -> None:
    wanted = columns(folder / "caers_ebgm_top300_openEBGM.csv")
    found = gps_score(OPEN_EBGM, wanted["N"], wanted["E"])
    assert len(wanted["N"]) == 300
    np.testing.assert_allclose(found.Q, wanted["Qn"], atol=1e-8)
    np.testing.assert_allclose(found.ebgm, wanted["EBGM"], atol=0.0051)
    np.testing.assert_allclose(found.quantile[:, 0], wanted["QUANT_05"], atol=0.0101)
    np.testing.assert_allclose(found.quantile[:, 1], wanted["QUANT_95"], atol=0.0101)


def test_pitfall_26_the_two_truncations_are_two_answers(caers: dict[str, np.ndarray]) -> None:
    component, mixture = (gps_fit(caers["N"], caers["E"], truncation=name) for name in ("component", "mixture"))
    assert abs(component.P - mixture.P) > 0.03 and (component.truncation, mixture.truncation) == (
        "component",
        "mixture",
    )
    with pytest.raises(TypeError):
        gps_fit(caers["N"], caers["E"])  # type: ignore[call-arg]


def test_pitfall_26_the_two_truncations_are_one_where_nothing_is_cut() -> None:
    rng = np.random.default_rng(1)
    expected = rng.gamma(1, 1, 4000)
    seen = rng.poisson(np.where(rng.random(4000) < 0.2, rng.gamma(4, 1, 4000), rng.gamma(5, 0.2, 4000)) * expected)
    one, two = (gps_fit(seen, expected, truncation=name, n_star=0) for name in ("component", "mixture"))
    assert one.loglik == pytest.approx(two.loglik, abs=1e-6) and one.P == pytest.approx(two.P, abs=1e-4)
    assert one.P == pytest.approx(0.2, abs=0.05)


def test_vigipy_agrees_on_the_mixture_and_on_scores() -> None:
    seen, expected = pairs(6000)
    prior, table = vigipy_gps(seen, expected)
    found = gps_fit(seen, expected, truncation="mixture")
    mine = np.array([found.alpha1, found.beta1, found.alpha2, found.beta2, found.P])
    assert found.converged and found.loglik == pytest.approx(mixture_loglik(mine, seen, expected), abs=1e-6)
    assert found.loglik >= mixture_loglik(prior, seen, expected) - 1e-6
    scored = gps_score(Theta(*prior), seen, expected)
    np.testing.assert_allclose(scored.ebgm, table[:, 0], rtol=1e-6)
    np.testing.assert_allclose(scored.quantile, table[:, 1:], rtol=2e-3)


def test_pitfall_29_no_bound_stops_the_search_and_no_size_is_refused(caers: dict[str, np.ndarray]) -> None:
    """The best prior of these pairs has α₁ above 20, where the peer's box ends."""
    found = gps_fit(caers["N"], caers["E"], truncation="mixture")
    assert found.alpha1 > 20
    prior, _table = vigipy_gps(caers["N"].astype(int), caers["E"])
    assert prior.max() <= 20
    assert found.loglik > mixture_loglik(prior, caers["N"], caers["E"]) + 0.1
    assert gps_fit(*pairs(25_000), truncation="component").converged


@pytest.mark.parametrize("n_star", [0, 1, 2, 3])
@pytest.mark.parametrize("by_component", [True, False])
def test_the_slope_of_the_likelihood_is_its_slope(n_star: int, by_component: bool) -> None:
    rng = np.random.default_rng(n_star)
    merged = Pairs.of(rng.integers(n_star, 9, 200).astype(float), rng.gamma(1, 1, 200) + 0.05)
    at = rng.normal(0, 0.7, 5)
    error = optimize.check_grad(
        lambda x: loss(x, merged, n_star, by_component)[0], lambda x: loss(x, merged, n_star, by_component)[1], at
    )
    assert error < 1e-6


def test_no_other_start_leads_higher(caers: dict[str, np.ndarray]) -> None:
    """A dozen random starts on all pairs: the three fixed ones on a sample missed no summit."""
    merged, rng = Pairs.of(caers["N"], caers["E"]), np.random.default_rng(7)
    for truncation in ("component", "mixture"):
        best = gps_fit(caers["N"], caers["E"], truncation=truncation)
        for _start in range(6):
            begin = rng.normal(0, 1.2, 5)
            args = (merged, 1, truncation == "component")
            found = optimize.minimize(loss, begin, args=args, jac=True, method="BFGS")
            assert best.loglik >= -found.fun * len(caers["N"]) - 1e-6


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.floats(1e-4, 1e3), st.floats(0.01, 0.99), st.floats(0.05, 30), st.floats(0.05, 30))
def test_a_quantile_is_where_the_distribution_reaches_it(n: int, e: float, q: float, alpha: float, beta: float) -> None:
    theta = Theta(alpha, beta, 2.0, 1.9, 0.3)
    found = gps_score(theta, [n], [e], q=(q,))
    x, weight = found.quantile[0, 0], found.Q[0]
    both = (stats.gamma(alpha + n, scale=1 / (beta + e)), stats.gamma(2.0 + n, scale=1 / (1.9 + e)))
    assert weight * both[0].cdf(x) + (1 - weight) * both[1].cdf(x) == pytest.approx(q, abs=1e-8)


def test_scores_do_not_depend_on_order_and_pull_small_counts_to_one() -> None:
    n, e = np.array([1, 1, 20, 20]), np.array([0.01, 2.0, 0.2, 20.0])
    found = gps_score(OPEN_EBGM, n, e)
    back = gps_score(OPEN_EBGM, n[::-1], e[::-1])
    np.testing.assert_allclose(back.ebgm[::-1], found.ebgm, rtol=1e-12)
    assert found.ebgm[0] < 10 < (n / e)[0] and found.ebgm[2] > 20
    assert (found.quantile[:, 0] < found.ebgm).all() and (found.ebgm < found.quantile[:, 1]).all()


def test_duplicated_pairs_fit_the_same_prior() -> None:
    seen, expected = pairs(3000, seed=5)
    one = gps_fit(seen, expected, truncation="component")
    two = gps_fit(np.tile(seen, 2)[::-1], np.tile(expected, 2)[::-1], truncation="component")
    assert two.loglik == pytest.approx(2 * one.loglik, rel=1e-10) and two.P == pytest.approx(one.P, rel=1e-4)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: counts([], [], []), "report must have one value per row of report (0, at least 1)"),
        (lambda: counts([1, 2], ["a"], ["x", "y"]), "product must have one value per row of report (2"),
        (lambda: counts([1, 2], ["a", None], ["x", "y"]), "product has no value in row 1"),
        (lambda: prr([1.5], [1], [1], [1]), "a must be a whole number at [0]; it is 1.5"),
        (lambda: prr([1], [1], [-1], [1]), "c must be 0 or more at [0]; it is -1"),
        (lambda: prr([0], [0], [1], [1]), "a + b must be above 0; it is 0 at 0"),
        (lambda: ror([1, 2], [1], [1], [1]), "a, b, c and d must have one length; it is 2, 1, 1 and 1"),
        (lambda: prr([1], [1], [1], [1], level=95), "level must lie between 0 and 1, both excluded; it is 95"),
        (lambda: ic([1], [1], shrinkage=0), "shrinkage must be above 0 and finite; it is 0"),
        (lambda: gps_fit([1] * 9, [1] * 9, truncation="both"), "truncation must be one of component, mixture"),
        (lambda: gps_fit([0] + [1] * 9, [1] * 10, truncation="mixture"), "N must be at least n_star = 1; it holds 0"),
        (lambda: gps_fit([1] * 4, [1] * 4, truncation="mixture"), "N must hold at least 5 pairs"),
        (lambda: gps_fit([1] * 9, [0] * 9, truncation="mixture"), "E must be above 0; it holds 0"),
        (lambda: gps_score(Theta(1, 1, 0, 1, 0.1), [1], [1]), "theta.alpha2 must be above 0 and finite; it is 0"),
        (lambda: gps_score(Theta(1, 1, 1, 1, 1.1), [1], [1]), "theta.P must lie in [0, 1]; it is 1.1"),
        (lambda: gps_score(OPEN_EBGM, [1], [1], q=(5,)), "q must lie between 0 and 1, both excluded; it is 5"),
    ],
)
def test_bad_input_is_named(work: object, message: str) -> None:
    with pytest.raises(ValueError) as fault:
        work()  # type: ignore[operator]
    assert message in str(fault.value)
