"""EWMA, Poisson CUSUM, NB GLR CUSUM and their run lengths: golden values, definitions, simulations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.methods.monitoring import cusum_loop, ewma_loop, weekly
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize, stats

from qualitycity.methods.monitoring import charts
from qualitycity.methods.monitoring.charts import reference_value
from qualitycity.methods.monitoring.runlength import NormalCusum, NormalEwma, PoissonCusum
from qualitycity.methods.monitoring.surveillance import arl, cusum_nb_glr, cusum_poisson, ewma, find_h

COUNTS = arrays(np.float64, (2, 15), elements=st.integers(0, 30).map(float))


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, list[dict[str, float]]]:
    return json.loads((shared / "golden/labstats/monitoring/arl_R.json").read_text())


def test_golden_run_length_of_the_poisson_cusum(golden: dict[str, list[dict[str, float]]]) -> None:
    for case in golden["poisson_cusum_arl"]:
        k, h = int(case["k"]), int(case["h"])
        assert arl(PoissonCusum(k, h), case["theta"]) == pytest.approx(case["ARL"], rel=1e-9)
        assert arl(PoissonCusum(k, h, head_start=h // 2), case["theta"]) == pytest.approx(case["FIR.ARL"], rel=1e-9)


def test_golden_run_length_of_the_normal_cusum(golden: dict[str, list[dict[str, float]]]) -> None:
    for case in golden["normal_cusum_arl"]:
        for two_sided, name in ((False, "one"), (True, "two")):
            assert arl(NormalCusum(case["k"], case["h"], two_sided), case["mu"]) == pytest.approx(case[name], rel=1e-8)


def test_golden_run_length_and_limit_of_the_ewma(golden: dict[str, list[dict[str, float]]]) -> None:
    for case in golden["normal_ewma_arl"]:
        assert arl(NormalEwma(case["l"], case["c"]), case["mu"]) == pytest.approx(case["two"], rel=1e-8)
    for case in golden["ewma_crit"]:
        assert find_h(NormalEwma(case["l"], 1), 0, case["L0"]) == pytest.approx(case["c"], rel=1e-8)


def test_the_limit_found_is_the_smallest_that_reaches_the_target() -> None:
    for k in (5, 4.5):
        chart = PoissonCusum(k, 1)
        h = find_h(chart, 4, 500)
        unit = 1 if k == 5 else 2
        assert arl(PoissonCusum(k, h), 4) >= 500 > arl(PoissonCusum(k, h - 1 / unit), 4)
    assert arl(NormalCusum(0.5, find_h(NormalCusum(0.5, 1), 0, 1000)), 0) == pytest.approx(1000, rel=1e-8)


def test_simulated_charts_run_as_long_as_computed() -> None:
    rng = np.random.default_rng(4)
    y = rng.poisson(5.0, (4000, 400))
    first = np.argmax(cusum_poisson(y, 5, 7).alarm, axis=1) + 1.0
    assert first.mean() == pytest.approx(arl(PoissonCusum(5, 7), 5.0), rel=0.05)
    x = rng.normal(0.75, 1, (4000, 200))
    first = np.argmax(ewma(x, 0, 1, lam=0.2, c=2.8, start=False).alarm, axis=1) + 1.0
    assert first.mean() == pytest.approx(arl(NormalEwma(0.2, 2.8), 0.75), rel=0.05)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: PoissonCusum(0, 3), "k must be above 0; it is 0"),
        (lambda: PoissonCusum(2, 3, 3), "head_start must lie in [0, h); it is 3"),
        (lambda: NormalCusum(0.5, float("inf")), "h must be above 0 and finite"),
        (lambda: NormalEwma(1, 3), "lam must lie between 0 and 1"),
        (lambda: arl(PoissonCusum(3.14159265, 10), 3), "common denominator of at most 1000"),
        (lambda: arl(PoissonCusum(3, 10), 0), "mean must be above 0"),
        (lambda: find_h(NormalEwma(0.1, 3), 0, 0.5), "target must be above 1"),
        (lambda: find_h(NormalCusum(0.5, 3), 0, 1e9, longest=10), "is not reached by any h up to 10"),
        (lambda: find_h(PoissonCusum(5, 3), 1, 1e30, longest=20), "is not reached by any h up to 20"),
        (lambda: find_h(NormalCusum(0.5, 3), 5, 1.00000001), "lies below the run length of any h"),
    ],
)
def test_bad_designs_are_named(work: object, message: str) -> None:
    with pytest.raises(ValueError) as fault:
        work()  # type: ignore[operator]
    assert message in str(fault.value)


def test_charts_equal_a_plain_loop_and_the_pure_path() -> None:
    y = weekly(5, 120)
    mu, sigma = y.mean(axis=1), y.std(axis=1)
    smooth, sums = ewma(y, mu, sigma, lam=0.3, c=3), cusum_poisson(y, mu * 1.1, 12.0)
    np.testing.assert_allclose(smooth.statistic, ewma_loop(y, mu, sigma, 0.3), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(sums.statistic, cusum_loop(y, mu * 1.1, 12.0), rtol=1e-10, atol=1e-10)
    pure = np.full_like(y, np.nan)
    charts._ewma.py_func(y, np.tile(mu[:, None], 120), np.tile(sigma[:, None], 120), 0.3, pure)
    np.testing.assert_allclose(pure, smooth.statistic, rtol=1e-12)
    charts._cusum.py_func(y, np.tile(mu[:, None] * 1.1, 120), 12.0, 0.0, True, pure)
    np.testing.assert_allclose(pure, sums.statistic, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(COUNTS, st.integers(1, 7), st.integers(-20, 20))
def test_ewma_follows_scale_and_shift(y: np.ndarray, scale: int, shift: int) -> None:
    plain = ewma(y, 4, 2, lam=0.2, c=3)
    other = ewma(scale * y + shift, 4 * scale + shift, 2 * scale, lam=0.2, c=3)
    np.testing.assert_allclose(other.statistic, plain.statistic, rtol=1e-9, atol=1e-9)


def test_ewma_limits_widen_to_those_of_the_run_length_and_one_side_stays_silent_below() -> None:
    y = np.zeros((1, 200))
    both, above = (ewma(y, 5, 1, lam=0.2, c=3, upper_only=one) for one in (False, True))
    assert both.alarm[0, -1] and not above.alarm.any()
    assert (np.diff(both.limit[0]) >= 0).all()
    assert both.limit[0, -1] == pytest.approx(ewma(y, 5, 1, lam=0.2, c=3, start=False).limit[0, 0], rel=1e-12)


def test_a_missing_count_leaves_the_memory_as_it_was() -> None:
    y = np.array([[3.0, np.nan, 8.0], [3.0, 8.0, np.nan]])
    for found in (
        ewma(y, 2, 1, lam=0.5, c=3),
        cusum_poisson(y, 4, 9),
        cusum_nb_glr(y, 4, 0.1, 9, window=5),
    ):
        assert np.isnan(found.statistic[0, 1]) and not found.alarm[0, 1]
        assert found.statistic[0, 2] == found.statistic[1, 1]


def test_a_cusum_restarts_after_an_alarm_or_runs_on() -> None:
    y = [[9, 9, 4, 9]]
    assert cusum_poisson(y, 5, 8).statistic.tolist() == [[4, 8, 0, 4]]
    assert cusum_poisson(y, 5, 8, restart=False).statistic.tolist() == [[4, 8, 7, 11]]
    assert cusum_poisson(y, 5, 8, head_start=4).statistic.tolist() == [[8, 8, 3, 7]]


def test_reference_value_is_the_slope_of_the_likelihood_ratio() -> None:
    k = float(reference_value(4, 7))
    ratio = [np.log(stats.poisson.pmf(x, 7) / stats.poisson.pmf(x, 4)) for x in (0, 10)]
    assert -ratio[0] / ((ratio[1] - ratio[0]) / 10) == pytest.approx(k, rel=1e-12)


def brute_glr(y: np.ndarray, mu: np.ndarray, alpha: np.ndarray, window: int) -> list[float]:
    """The definition: over every start, the best κ ≥ 0 by a bounded search on scipy's likelihood."""

    def logs(rows: slice, kappa: float) -> float:
        mean = mu[rows] * np.exp(kappa)
        return float(stats.nbinom.logpmf(y[rows], 1 / alpha[rows], 1 / (1 + alpha[rows] * mean)).sum())

    found = []
    for t in range(y.size):
        best = 0.0
        for start in range(max(0, t - window + 1), t + 1):
            rows = slice(start, t + 1)
            kappa = optimize.minimize_scalar(lambda x, rows=rows: -logs(rows, x), bounds=(0, 8), method="bounded").x
            best = max(best, logs(rows, kappa) - logs(rows, 0.0))
        found.append(best)
    return found


def test_glr_is_the_best_likelihood_ratio_over_starts_and_sizes() -> None:
    rng = np.random.default_rng(6)
    y = rng.poisson(6, (2, 12)).astype(float)
    y[0, 8:] += 8
    mu, alpha = rng.uniform(3, 8, (2, 12)), np.array([0.1, 0.4])
    found = cusum_nb_glr(y, mu, alpha, 1e9, window=6)
    for s in range(2):
        wanted = brute_glr(y[s], mu[s], np.full(12, alpha[s]), 6)
        np.testing.assert_allclose(found.statistic[s], wanted, atol=1e-6)


def test_glr_forgets_at_an_alarm_and_its_pure_path_is_the_same() -> None:
    y = np.array([[5.0, 6, 20, 18, 5, 4]])
    found = cusum_nb_glr(y, 5, 0.1, 4, window=6)
    assert found.alarm[0].tolist()[2] and found.statistic[0, 4] == 0
    assert cusum_nb_glr(y, 5, 0.1, 4, window=6, restart=False).statistic[0, 4] > 0
    pure = np.full_like(y, np.nan)
    original = charts._ratio
    charts._ratio = original.py_func
    try:
        charts._glr.py_func(y, np.full_like(y, 5), np.full_like(y, 0.1), 4.0, 6, True, pure)
    finally:
        charts._ratio = original
    np.testing.assert_allclose(pure, found.statistic, rtol=1e-12)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: ewma([[1]], 0, 0, lam=0.1, c=3), "sigma must be a finite number above 0"),
        (lambda: ewma([[1]], 0, 1, lam=0, c=3), "lam must lie in (0, 1]; it is 0"),
        (lambda: ewma([[1, 2]], [1, 2, 3], 1, lam=0.1, c=3), "mu must be a number, [S] or [S, T]"),
        (lambda: cusum_poisson([[1]], 0, 5), "k must be a finite number above 0"),
        (lambda: cusum_poisson([[1]], 2, 5, head_start=5), "head_start must lie in [0, h); it is 5"),
        (lambda: cusum_poisson([[-1]], 2, 5), "Y must be 0 or more at [0 0]; it is -1.0"),
        (lambda: cusum_nb_glr([[1]], 2, 0, 5, window=3), "dispersion must be a finite number above 0"),
        (lambda: cusum_nb_glr([[1]], 2, 1, 5, window=0), "window must be a whole number of at least 1"),
        (lambda: reference_value(3, 3), "mu1 must differ from mu0"),
    ],
)
def test_bad_input_is_named(work: object, message: str) -> None:
    with pytest.raises(ValueError) as fault:
        work()  # type: ignore[operator]
    assert message in str(fault.value)
