"""Fail rates by empirical Bayes: golden rat tumours, the boundary without spread, classes that do not flutter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special, stats

from qualitycity.methods.estimation.riskrate import BetaBinomial, classify, fit_beta_binomial, posterior


@pytest.fixture(scope="module")
def rats(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "golden/labstats/bayes/rat_tumor_betabinomial_R.json").read_text())


def reference(y: np.ndarray, n: np.ndarray, start: tuple[float, float] = (0.0, 1.0)) -> tuple[float, float, float]:
    """Maximum of scipy's own log-pmf over log(alpha), log(beta): one term a unit."""

    def loss(place: np.ndarray) -> float:
        return -float(stats.betabinom.logpmf(y, n, *np.exp(place)).sum())

    found = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    return (*np.exp(found.x), -found.fun)


def test_golden_maximum_likelihood(rats: dict[str, Any]) -> None:
    fit, known = fit_beta_binomial(rats["y"], rats["n"]), rats["mle"]
    found = [fit.alpha[0], fit.beta[0], fit.mu[0], fit.rho[0], fit.loglik[0]]
    assert_allclose(found, [known[key] for key in ("alpha", "beta", "mu", "rho", "logLik")], rtol=1e-5)
    assert fit.converged[0] and not fit.boundary[0] and fit.method[0] == "mle"


def test_golden_posterior(rats: dict[str, Any]) -> None:
    known = posterior(fit_beta_binomial(rats["y"], rats["n"]), rats["y"], rats["n"], q=(0.025, 0.5, 0.975))
    assert_allclose(known.mean, rats["eb_posterior_mean"], atol=1e-5)
    for at, key in enumerate(("eb_q025", "eb_q50", "eb_q975")):
        assert_allclose(known.quantile[:, at], rats[key], atol=1e-5)


def test_the_full_hierarchical_means_are_near_though_the_method_is_another(rats: dict[str, Any]) -> None:
    known = posterior(fit_beta_binomial(rats["y"], rats["n"]), rats["y"], rats["n"])
    assert np.abs(known.mean - rats["hier_grid"]["theta_post_mean"]).max() < 0.01


# Pitfall 30.


def test_golden_moments_are_not_the_maximum_and_the_maximum_is_likelier_than_that_of_ebbp(rats: dict[str, Any]) -> None:
    rough = fit_beta_binomial(rats["y"][:70], rats["n"][:70], method="moments")
    assert_allclose([rough.alpha[0], rough.beta[0]], [rats["moments_70"][key] for key in ("alpha", "beta")], rtol=1e-9)
    exact = fit_beta_binomial(rats["y"][:70], rats["n"][:70])
    assert exact.alpha[0] > 1.5 * rough.alpha[0] and exact.loglik[0] > rough.loglik[0] + 0.5
    y, n = np.array(rats["y"]), np.array(rats["n"])
    of_ebbp = stats.betabinom.logpmf(y, n, 0.66, 1.82).sum()
    assert fit_beta_binomial(y, n).loglik[0] > of_ebbp + 10


def test_without_spread_between_units_the_pooled_rate_comes_back_with_a_flag() -> None:
    y, n = np.array([5, 4, 5, 6, 5, 5]), np.full(6, 45)  # less spread than chance alone would give
    fit = fit_beta_binomial(y, n)
    assert fit.boundary[0] and fit.converged[0] and fit.method[0] == "pooled"
    assert fit.mu[0] == pytest.approx(30 / 270) and fit.rho[0] == 0 and np.isinf([fit.alpha[0], fit.beta[0]]).all()
    assert fit.loglik[0] == pytest.approx(stats.binom.logpmf(y, n, 30 / 270).sum())
    known = posterior(fit, y, n)
    assert_allclose(known.mean, 30 / 270)
    assert known.boundary.all()
    assert_allclose(known.quantile[0], stats.beta.ppf([0.05, 0.5, 0.95], 30.5, 240.5))


def test_nothing_failed_anywhere_still_leaves_an_upper_limit() -> None:
    fit = fit_beta_binomial([0, 0, 0], [5, 3, 0])
    known = posterior(fit, [0, 0], [5, 0])
    assert fit.boundary[0] and (known.mean == 0).all() and (known.quantile[:, -1] > 0.1).all()
    assert fit_beta_binomial([5, 3], [5, 3]).mu[0] == 1


@pytest.mark.parametrize(
    ("y", "n", "boundary"),
    [
        ([1, 0, 1, 0, 1], [3, 3, 2, 4, 1], True),  # the slope at zero spread is exactly 0
        ([0, 4], [2, 6], True),  # so is its bend
        ([0, 0, 0, 0, 8], [400, 400, 100, 300, 32], False),  # the last steps gain less than the likelihood's rounding
    ],
)
def test_a_hair_from_the_edge_the_search_still_ends(y: list[int], n: list[int], boundary: bool) -> None:
    fit = fit_beta_binomial(y, n)
    assert fit.converged[0] and bool(fit.boundary[0]) == boundary


def test_single_tests_say_nothing_of_the_spread() -> None:
    fit = fit_beta_binomial([0, 1, 0, 0, 1], [1, 1, 1, 1, 1])
    assert fit.boundary[0] and fit.mu[0] == 0.4


def test_all_or_none_in_every_unit_has_no_maximum_and_says_so() -> None:
    fit = fit_beta_binomial([0, 5, 0, 4], [5, 5, 3, 4])
    assert not fit.converged[0] and not fit.boundary[0] and fit.method[0] == "unit_information"
    assert_allclose([fit.alpha[0] + fit.beta[0], fit.mu[0]], [1, 9 / 17])
    y, n = np.array([0, 5, 0, 4]), np.array([5, 5, 3, 4])
    value = [stats.betabinom.logpmf(y, n, 9 / 17 / theta, 8 / 17 / theta).sum() for theta in (1, 10, 100, 1000)]
    assert (np.diff(value) > 0).all()


def test_a_search_cut_short_falls_back_on_moments_and_is_not_called_converged(rats: dict[str, Any]) -> None:
    short = fit_beta_binomial(rats["y"], rats["n"], max_iter=1)
    rough = fit_beta_binomial(rats["y"], rats["n"], method="moments")
    assert short.method[0] == "moments" and not short.converged[0] and rough.converged[0]
    assert short.alpha[0] == rough.alpha[0]


def test_moments_without_spread_or_beyond_a_beta() -> None:
    assert fit_beta_binomial([1, 2], [10, 20], method="moments").method[0] == "pooled"
    assert fit_beta_binomial([0, 9], [9, 9], method="moments").method[0] == "unit_information"


# Exactness.


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 25), st.sampled_from([3, 12, 80]), st.floats(0.5, 50))
def test_no_point_of_a_grid_is_likelier(seed: int, units: int, longest: int, strength: float) -> None:
    chance = np.random.default_rng(seed)
    n = chance.integers(0, longest, units)
    n[0] = longest
    y = chance.binomial(n, chance.beta(0.2 * strength, 0.8 * strength, units))
    fit = fit_beta_binomial(y, n)
    if fit.method[0] == "unit_information":
        assert ((y == 0) | (y == n)).all()
        return
    assert fit.converged[0]
    mu, theta = np.meshgrid(np.linspace(0.01, 0.99, 60), np.geomspace(1e-4, 1e3, 60))
    grid = sum(stats.betabinom.logpmf(a, b, mu / theta, (1 - mu) / theta) for a, b in zip(y, n, strict=True) if b)
    assert fit.loglik[0] >= np.max(grid) - 1e-7


def test_of_two_maxima_the_higher_is_found() -> None:
    """Six units of very unequal n: the moments lead to one maximum, the edge without spread to a likelier one."""
    y, n = np.array([3, 1, 42, 3, 0, 65]), np.array([4, 3, 200, 4, 3, 400])
    fit = fit_beta_binomial(y, n)
    ends = [reference(y, n, start) for start in ((-0.5, 0.5), (5.0, 6.5))]
    assert abs(ends[0][2] - ends[1][2]) > 0.01 and fit.converged[0]
    assert fit.loglik[0] == pytest.approx(max(end[2] for end in ends), abs=1e-8)


def test_scipy_finds_the_same_maximum() -> None:
    chance = np.random.default_rng(4)
    for a, b in ((0.3, 0.5), (2, 30), (40, 60)):
        n = chance.integers(1, 60, 400)
        y = chance.binomial(n, chance.beta(a, b, 400))
        fit = fit_beta_binomial(y, n)
        alpha, beta, loglik = reference(y, n, (np.log(a), np.log(b)))
        assert_allclose([fit.alpha[0], fit.beta[0]], [alpha, beta], rtol=1e-5)
        assert fit.loglik[0] >= loglik - 1e-9


def test_weak_spread_and_large_counts_keep_their_digits() -> None:
    """alpha + beta = 20,000: the slopes of the likelihood, written with digamma, are zero where we stopped."""
    chance = np.random.default_rng(9)
    n = np.full(3000, 5000)
    y = chance.binomial(n, chance.beta(2000, 18000, 3000))
    fit = fit_beta_binomial(y, n)
    a, b = fit.alpha[0], fit.beta[0]
    assert fit.converged[0] and 15_000 < a + b < 30_000
    psi = special.digamma
    whole = psi(a + b) - psi(a + b + n)
    for slope in (psi(a + y) - psi(a) + whole, psi(b + n - y) - psi(b) + whole):
        assert abs(slope.sum()) < 1e-7 * np.abs(slope).sum()


# Properties.


def units(seed: int = 1, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    n = chance.integers(1, 30, count)
    return chance.binomial(n, chance.beta(1.5, 9, count)), n


def test_passes_for_failures_order_and_doubling() -> None:
    y, n = units()
    fit = fit_beta_binomial(y, n)
    turned = fit_beta_binomial(n - y, n)
    assert_allclose([turned.alpha, turned.beta], [fit.beta, fit.alpha], rtol=1e-7)
    order = np.random.default_rng(0).permutation(len(n))
    assert_allclose(fit_beta_binomial(y[order], n[order]).alpha, fit.alpha, rtol=1e-9)
    twice = fit_beta_binomial(np.tile(y, 2), np.tile(n, 2))
    assert_allclose([twice.alpha[0], twice.loglik[0]], [fit.alpha[0], 2 * fit.loglik[0]], rtol=1e-7)
    assert_allclose(fit_beta_binomial(np.append(y, 0), np.append(n, 0)).alpha, fit.alpha, rtol=1e-9)


def test_groups_are_fitted_each_by_itself_and_units_find_their_own() -> None:
    (ya, na), (yb, nb) = units(1), units(2, 40)
    group = np.array(["toys"] * 60 + ["cables"] * 40)
    both = fit_beta_binomial(np.append(ya, yb), np.append(na, nb), group)
    assert both.group.tolist() == ["cables", "toys"]
    assert_allclose(both.alpha, [fit_beta_binomial(yb, nb).alpha[0], fit_beta_binomial(ya, na).alpha[0]], rtol=1e-12)
    known = posterior(both, [3, 3], [4, 4], ["toys", "cables"])
    assert_allclose(known.alpha, both.alpha[::-1] + 3)


def test_few_tests_stay_near_the_average_and_many_speak_for_themselves() -> None:
    y, n = units()
    fit = fit_beta_binomial(y, n)
    known = posterior(fit, [1, 1000, 0], [1, 1000, 0])
    assert known.mean[0] < 0.35 and known.mean[1] > 0.9
    assert known.mean[2] == pytest.approx(fit.mu[0])
    assert (np.diff(known.quantile, axis=1) > 0).all()


def test_the_chance_to_exceed_a_limit_is_that_of_the_beta() -> None:
    y, n = units()
    known = posterior(fit_beta_binomial(y, n), y, n)
    limits = [0.0, 0.1, 0.5, 1.0]
    assert_allclose(known.exceed(limits), stats.beta.sf(limits, known.alpha[:, None], known.beta[:, None]), atol=1e-12)
    assert_allclose(known.exceed(0.1), known.exceed(limits)[:, 1])


# Classes.


CUTS = (0.05, 0.1, 0.2)
ORDER = "ABCD"


def spread_units() -> Any:
    fit = fit_beta_binomial(*units())
    n = np.repeat([2, 10, 50, 400], 40)
    return posterior(fit, np.minimum((n * np.tile(np.linspace(0, 0.4, 40), 4)).astype(int), n), n)


def test_without_a_class_before_the_median_decides() -> None:
    known = spread_units()
    found = classify(known, CUTS, rise=0.8, fall=0.2)
    assert found.level.tolist() == np.searchsorted(CUTS, known.quantile[:, 1]).tolist()
    assert set(found.label) == set(ORDER) and not found.changed.any()


def test_a_class_changes_only_on_strong_evidence() -> None:
    known = spread_units()
    for before in ORDER:
        found = classify(known, CUTS, rise=0.8, fall=0.2, previous=[before] * 160)
        at = ORDER.index(before)
        for level, exceed, changed in zip(found.level, found.exceed, found.changed, strict=True):
            above = [exceed[cut] >= 0.8 if cut >= at else exceed[cut] > 0.2 for cut in range(3)]
            assert level == sum(above) and changed == (level != at)
        held = ~found.changed
        assert held.any() and found.changed.any()


def test_hysteresis_holds_what_flutters_without_it() -> None:
    """One firm near a cut, tested month by month: its median goes to and fro, its class does not."""
    fit = fit_beta_binomial(*units())
    months = [posterior(fit, [y], [n]) for y, n in ((4, 40), (5, 40), (4, 41), (5, 44), (4, 39), (5, 43))]
    cut = float(np.median([month.quantile[0, 1] for month in months]))
    moves = {0.5: 0, 0.75: 0}
    for rise in moves:
        now = np.array(["B"])
        for month in months:
            found = classify(month, (0.01, cut, 0.5), rise=rise, fall=1 - rise, previous=now)
            moves[rise] += int(found.changed[0])
            now = found.label
    assert moves[0.5] >= 4 and moves[0.75] == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.floats(0.5, 0.95), st.floats(0.05, 0.5))
def test_classes_are_stable_under_repetition_and_rise_with_failures(before: int, rise: float, fall: float) -> None:
    fit = fit_beta_binomial(*units())
    known = posterior(fit, np.arange(41), np.full(41, 40))
    found = classify(known, CUTS, rise=rise, fall=fall, previous=[ORDER[before]] * 41)
    assert (np.diff(found.level) >= 0).all()
    again = classify(known, CUTS, rise=rise, fall=fall, previous=found.label)
    assert again.label.tolist() == found.label.tolist() and not again.changed.any()


# Bad input.


def test_bad_tables_and_arguments_are_named() -> None:
    fit = fit_beta_binomial(*units())
    known = posterior(fit, [1], [2])
    for wrong, said in (
        (
            lambda: fit_beta_binomial([3, 1.5], [2, -1]),
            r"y\[1\] = 1\.5 is no count; n\[1\] = -1\.0.*y\[0\] = 3\.0 exceeds",
        ),
        (lambda: fit_beta_binomial([1], [2, 3]), r"y: shape \(1,\)"),
        (lambda: fit_beta_binomial([], []), "n: no units"),
        (lambda: fit_beta_binomial([0, 1, 0], [0, 2, 0], ["a", "b", "c"]), "n: no test at all in group 'a', 'c'"),
        (lambda: fit_beta_binomial([1], [2], method="bayes"), "method = 'bayes'"),  # type: ignore[arg-type]
        (lambda: fit_beta_binomial([1], [2], max_iter=-1), "max_iter = -1"),
        (lambda: posterior(fit, [1], [2], ["toys"]), "group: 'toys' not in the fit"),
        (lambda: posterior(fit, [1], [2], q=(0.5, 1.0)), r"q = 1\.0"),
        (lambda: known.exceed(1.5), r"limit = 1\.5"),
        (lambda: classify(known, (0.1, 0.1, 0.2), rise=0.6, fall=0.4), "cuts ="),
        (lambda: classify(known, (0.1, 0.2), rise=0.6, fall=0.4), "cuts ="),
        (lambda: classify(known, CUTS, rise=0.4, fall=0.6), "fall <= rise"),
        (lambda: classify(known, CUTS, rise=0.6, fall=0.4, previous=["E"]), r"previous\[0\] = 'E'"),
        (lambda: classify(known, CUTS, rise=0.6, fall=0.4, previous=["A", "B"]), "previous: shape"),
    ):
        with pytest.raises(ValueError, match=said):
            wrong()


def test_results_are_frozen_and_name_their_source() -> None:
    fit = fit_beta_binomial(*units())
    assert isinstance(fit, BetaBinomial) and "Griffiths 1973" in fit.standard
    with pytest.raises(AttributeError):
        fit.alpha = np.ones(1)  # type: ignore[misc]
