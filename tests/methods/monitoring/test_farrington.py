"""Farrington flexible: golden weeks, statsmodels beside it, and what a week's verdict may and may not depend on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from benchmarks.methods.monitoring import farrington_loop, weekly
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from qualitycity.methods.monitoring.quasipoisson import Design, fit
from qualitycity.methods.monitoring.surveillance import Farrington, farrington
from qualitycity.methods.monitoring.thresholds import muan
from qualitycity.methods.monitoring.windows import baseline, centres, iso_centres

from .golden import columns

LAST = 319


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "golden/labstats/monitoring"


@pytest.fixture(scope="module")
def series(folder: Path) -> np.ndarray:
    return np.genfromtxt(folder / "synthetic_series_100x320.csv", delimiter=",")


@pytest.fixture(scope="module")
def some() -> np.ndarray:
    return weekly(40, 313, seed=4)


def agree(found: Farrington, wanted: dict[str, np.ndarray], bound: float) -> None:
    """Equal where the peer states numbers; it states none below five cases in four weeks."""
    stated = np.isfinite(wanted["expected"])
    np.testing.assert_array_equal(found.enough, stated)
    np.testing.assert_array_equal(found.trend, wanted["trend"] == 1)
    np.testing.assert_array_equal(found.alarm, wanted["alarm"] == 1)
    np.testing.assert_allclose(found.expected[stated], wanted["expected"][stated], rtol=1e-6)
    name = "upper" if "upper" in wanted else "upperbound"
    np.testing.assert_allclose(found.upper[stated], wanted[name][stated], rtol=bound)
    np.testing.assert_allclose(found.phi, wanted["phi"], rtol=1e-3)
    np.testing.assert_allclose(found.p, wanted["pvalue"], atol=1e-4)


def agona(folder: Path, wanted: dict[str, np.ndarray], **options: object) -> Farrington:
    """Every golden week of the one series, put together."""
    y = columns(folder / "salmonella_agona.csv")["observed"]
    options = {"reweight": False, **options}
    weeks = [farrington(y, int(t) - 1, alpha=0.05, **options) for t in wanted["t"]]  # type: ignore[arg-type]
    names = ("expected", "upper", "p", "phi", "trend", "score", "enough", "alarm", "converged")
    joined = {name: np.concatenate([getattr(week, name) for week in weeks]) for name in names}
    return Farrington(**joined, baseline=weeks[0].baseline, alpha=0.05, method="")


def test_golden_salmonella_agona_nb(folder: Path) -> None:
    wanted = columns(folder / "r_agona_ff_nbPlugin_p10_norw.csv")
    assert len(wanted["t"]) == 43
    agree(agona(folder, wanted), wanted, bound=1e-12)


def test_golden_salmonella_agona_delta(folder: Path) -> None:
    wanted = columns(folder / "r_agona_ff_delta_p1_norw.csv")
    agree(agona(folder, wanted, threshold="delta", no_periods=1), wanted, bound=1e-3)


def test_golden_hundred_series_nb(folder: Path, series: np.ndarray) -> None:
    wanted = columns(folder / "r_synthetic_f_nb10_norw.csv")
    agree(farrington(series, LAST, alpha=0.05, reweight=False), wanted, bound=1e-12)


def test_golden_hundred_series_delta(folder: Path, series: np.ndarray) -> None:
    wanted = columns(folder / "r_synthetic_f_d1_norw.csv")
    agree(farrington(series, LAST, alpha=0.05, reweight=False, threshold="delta", no_periods=1), wanted, bound=1e-3)


def test_golden_farrington_1996_is_a_special_case(folder: Path) -> None:
    """Four years, windows alone, nothing left out, a bound of two sides at 1 %."""
    wanted = columns(folder / "r_agona_farrington1996.csv")
    y = columns(folder / "salmonella_agona.csv")["observed"]
    options = {"alpha": 0.005, "b": 4, "past": 0, "no_periods": 1, "threshold": "delta", "reweight": False}
    weeks = [farrington(y, int(t) - 1, **options) for t in wanted["t"]]  # type: ignore[arg-type]
    stated = wanted["upperbound"] > 0
    np.testing.assert_array_equal([week.enough[0] for week in weeks], stated)
    np.testing.assert_allclose(
        [week.upper[0] for week in weeks if week.enough[0]], wanted["upperbound"][stated], atol=1e-3
    )
    np.testing.assert_array_equal([week.alarm[0] for week in weeks], wanted["alarm"] == 1)


def test_pitfall_20_a_reweighted_trend_is_judged_by_its_own_errors_not_by_overwritten_weights(
    folder: Path, series: np.ndarray
) -> None:
    """The formula as statsmodels works it out decides as we do; R keeps 45 trends instead of 30.

    Where all decide alike the numbers are one.
    """
    wanted = columns(folder / "r_synthetic_f_nb10_rw.csv")
    found = farrington(series, LAST, alpha=0.05)
    kept = wanted["trend"] == 1
    peer = np.array([trend for _mu, _upper, trend in farrington_loop(series, LAST, 0.05)])
    np.testing.assert_array_equal(found.trend, peer)
    assert (kept.sum(), found.trend.sum()) == (45, 30)
    same = (found.trend == kept) & np.isfinite(wanted["expected"])
    assert same.sum() > 50
    np.testing.assert_allclose(found.expected[same], wanted["expected"][same], rtol=1e-5)
    np.testing.assert_array_equal(found.upper[same], wanted["upper"][same])


@pytest.mark.parametrize("reweight", [True, False])
def test_statsmodels_agrees_with_and_without_reweighting(some: np.ndarray, reweight: bool) -> None:
    found = farrington(some, 312, alpha=0.01, reweight=reweight)
    mu, upper, trend = map(np.array, zip(*farrington_loop(some, 312, 0.01, reweight=reweight), strict=True))
    assert 0 < trend.sum() < len(trend)
    np.testing.assert_array_equal(found.trend, trend)
    np.testing.assert_allclose(found.expected, mu, rtol=1e-7)
    np.testing.assert_array_equal(found.upper, upper)


def test_standard_errors_and_leverages_are_those_of_statsmodels(some: np.ndarray) -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    time, level = np.arange(-60.0, 0), np.arange(60) % 4
    size, weight = rng.uniform(1, 9, (3, 60)), rng.uniform(0.3, 2, (3, 60))
    y = rng.poisson(2 * size * np.exp(0.01 * time)).astype(float)
    found = fit(y, size, weight, Design(time, level, 4), trend=True)
    columns_ = np.column_stack([np.ones(60), level[:, None] == np.arange(1, 4), time])
    for s in range(3):
        model = sm.GLM(y[s], columns_, family=sm.families.Poisson(), exposure=size[s], var_weights=weight[s])
        peer = model.fit(scale="X2", tol=1e-12)
        np.testing.assert_allclose(
            [found.beta[s], found.beta_se[s], found.dispersion[s], np.log(found.rate[s]), found.log_variance[s]],
            [peer.params[-1], peer.bse[-1], peer.scale, peer.params[0], peer.cov_params()[0, 0]],
            rtol=1e-7,
        )
        np.testing.assert_allclose(found.leverage[s], peer.get_hat_matrix_diag(), rtol=1e-7)


@pytest.mark.parametrize("threshold", ["nb", "delta", "muan"])
def test_pitfall_21_score_p_value_and_alarm_say_one_thing(some: np.ndarray, threshold: str) -> None:
    found = farrington(some, 312, alpha=0.1, threshold=threshold, limit54=(0, 4))
    assert 0 < found.alarm.sum() < len(some)
    np.testing.assert_array_equal(found.alarm, some[:, 312] > found.upper)
    np.testing.assert_array_equal(found.alarm, found.score > 1)
    np.testing.assert_array_equal(found.alarm, found.p <= 0.1)


def test_golden_reweighted_weeks_agree_where_the_trend_does(folder: Path) -> None:
    wanted = columns(folder / "r_agona_ff_nbPlugin_p10_rw_ASIS.csv")
    found = agona(folder, wanted, reweight=True)
    same = (found.trend == (wanted["trend"] == 1)) & found.enough
    assert same.sum() >= 20
    np.testing.assert_allclose(found.expected[same], wanted["expected"][same], rtol=1e-5)
    np.testing.assert_array_equal(found.upper[same], wanted["upperbound"][same])


def test_muan_is_nb_at_the_upper_bound_of_the_mean() -> None:
    mu, variance, phi = np.array([3.0, 8.0, 0.0]), np.array([0.02, 0.1, np.inf]), np.array([1.0, 2.5, 1.0])
    upper, _p = muan(np.zeros(3), mu, variance, phi, 0.05)
    higher = mu[:2] * np.exp(stats.norm.ppf(0.95) * np.sqrt(variance[:2]))
    size = higher[1] / 1.5
    assert upper.tolist() == [stats.poisson.ppf(0.95, higher[0]), stats.nbinom.ppf(0.95, size, 1 / 2.5), 0]


def test_muan_asks_more_than_nb_because_the_mean_is_uncertain(some: np.ndarray) -> None:
    nb, muan = (farrington(some, 312, alpha=0.05, threshold=name) for name in ("nb", "muan"))
    assert (muan.upper >= nb.upper).all() and (muan.upper > nb.upper).any()


def test_pitfall_22_an_outbreak_in_the_last_26_weeks_does_not_hide_itself(some: np.ndarray) -> None:
    loud = some.copy()
    loud[:, 312 - 26 : 312] += 100
    before, after = farrington(some, 312, alpha=0.05), farrington(loud, 312, alpha=0.05)
    np.testing.assert_array_equal(before.upper, after.upper)
    assert before.baseline.max() == 312 - 26 - 1
    loud[:, 312 - 27] += 100
    assert (farrington(loud, 312, alpha=0.05, reweight=False).expected != before.expected).any()


def test_pitfall_22_late_reports_of_recent_weeks_change_nothing(some: np.ndarray) -> None:
    late = some.copy()
    late[:, 300:312] = np.floor(late[:, 300:312] / 2)
    np.testing.assert_array_equal(farrington(late, 312, alpha=0.05).upper, farrington(some, 312, alpha=0.05).upper)


def test_pitfall_22_dispersion_is_never_below_poisson() -> None:
    found = farrington(np.full((1, 313), 7.0), 312, alpha=0.05)
    assert found.phi[0] == 1 and found.expected[0] == pytest.approx(7, rel=1e-12)


def test_pitfall_22_no_trend_from_two_years(some: np.ndarray) -> None:
    rising = np.round(2 + np.arange(313) / 8)[None, :]
    assert not farrington(rising, 312, alpha=0.05, b=2).trend[0]
    assert farrington(rising, 312, alpha=0.05, b=3, past=1, no_periods=1).trend.dtype == bool


def test_pitfall_22_no_trend_beyond_the_largest_count() -> None:
    week = np.arange(313)
    rising, falling = np.round(np.exp(week / 80))[None, :], np.round(np.exp((313 - week) / 80))[None, :]
    assert not farrington(rising, 312, alpha=0.05, reweight=False).trend[0]
    assert farrington(falling, 312, alpha=0.05, reweight=False).trend[0]


def test_pitfall_22_fewer_than_five_cases_in_four_weeks_are_no_alarm() -> None:
    y = np.zeros((2, 313))
    y[:, 50:280:20] = 1
    y[0, 312], y[1, 309:313] = 4, [0, 1, 0, 4]
    found = farrington(y, 312, alpha=0.05)
    assert (y[:, 312] > found.upper).all()
    assert found.enough.tolist() == [False, True] and found.alarm.tolist() == [False, True]


def test_pitfall_22_iso_weeks_keep_their_season_through_years_of_53_weeks() -> None:
    first = date(2014, 12, 29)
    mondays = [first + timedelta(weeks=at) for at in range(600)]
    for k in (400, 417, 418, 520):
        found = iso_centres(first, k, b=5)
        number = min(mondays[k].isocalendar().week, 52)
        assert [mondays[at].isocalendar().year for at in found] == [
            mondays[k].isocalendar().year - j for j in range(5, 0, -1)
        ]
        assert all(mondays[at].isocalendar().week in (number, 53 if number == 52 else number) for at in found)
    assert (iso_centres(first, 520) != centres(520)).any()
    y = weekly(3, 600)
    assert np.isin(
        iso_centres(first, 520), farrington(y, 520, alpha=0.05, centre=iso_centres(first, 520)).baseline
    ).all()


def test_pitfall_23_the_number_inspected_is_an_exposure(some: np.ndarray) -> None:
    """Twice the inspections in the current week: twice the expected count, and no alarm from that alone."""
    size = np.full(313, 20.0)
    more = size.copy()
    more[312] = 40
    plain, double = (farrington(some, 312, alpha=0.05, exposure=e, limit54=(0, 4)) for e in (size, more))
    trendless = ~plain.trend
    np.testing.assert_allclose(double.expected[trendless], 2 * plain.expected[trendless], rtol=1e-9)
    np.testing.assert_allclose(plain.expected, farrington(some, 312, alpha=0.05).expected, rtol=1e-9)


def test_a_season_without_a_single_case_is_an_exact_zero() -> None:
    week = np.arange(313)
    y = np.where((week - 312) % 52 < 10, 0.0, 5.0)[None, :]
    y[0, [49, 100, 150]] = [0, 0, 0]
    base = baseline(312, centres(312), 3, 10, 26)
    y[0, base.weeks[base.level == 0]] = 0
    found = farrington(y, 312, alpha=0.05, reweight=False)
    assert found.expected[0] == 0 and found.upper[0] == 0 and np.isfinite(found.phi[0])


def test_a_trend_without_a_best_value_is_dropped() -> None:
    y = np.zeros((1, 313))
    y[0, [282, 283]] = 3  # every case at the very end of the baseline: the steeper, the better
    found = farrington(y, 312, alpha=0.05, no_periods=1, b=5, past=26)
    assert not found.trend[0] and np.isfinite(found.upper[0])


def test_missing_weeks_are_left_out(some: np.ndarray) -> None:
    holed = some.copy()
    holed[:, [60, 133, 200]] = np.nan
    found = farrington(holed, 312, alpha=0.05)
    assert np.isfinite(found.upper).all() and (found.upper != farrington(some, 312, alpha=0.05).upper).any()
    holed[0, :] = np.nan
    empty = farrington(holed, 312, alpha=0.05)
    assert np.isnan(empty.upper[0]) and np.isnan(empty.p[0]) and not empty.alarm[0]
    np.testing.assert_array_equal(empty.upper[1:], found.upper[1:])


def test_one_hole_equals_a_weight_of_nothing() -> None:
    rng = np.random.default_rng(2)
    y, time = rng.poisson(6, (1, 30)).astype(float), np.arange(-30.0, 0)
    one, weight = np.ones((1, 30)), np.ones((1, 30))
    weight[0, 7] = 0
    rest = np.arange(30) != 7
    left = fit(y, one, weight, Design(time, np.zeros(30, dtype=int), 1), trend=True)
    cut = fit(y[:, rest], one[:, rest], one[:, rest], Design(time[rest], np.zeros(29, dtype=int), 1), trend=True)
    for name in ("beta", "beta_se", "dof", "dispersion", "rate", "log_variance"):
        np.testing.assert_allclose(getattr(left, name), getattr(cut, name), rtol=1e-10)


COUNTS = arrays(np.float64, (3, 160), elements=st.integers(0, 40).map(float))


@settings(max_examples=25, deadline=None)
@given(COUNTS, st.permutations(range(3)), st.integers(0, 9))
def test_a_series_depends_on_itself_alone_and_not_on_where_it_begins(
    y: np.ndarray, order: list[int], before: int
) -> None:
    """Permutation and duplication of series, and weeks put before the baseline."""
    options = {"alpha": 0.05, "b": 2, "freq": 52, "past": 10}
    found = farrington(y, 159, **options)  # type: ignore[arg-type]
    longer = np.hstack([np.full((3, before), 99.0), y])
    again = farrington(np.vstack([longer[order], longer[order]]), 159 + before, **options)  # type: ignore[arg-type]
    for name in ("expected", "upper", "p", "phi"):
        one, two = getattr(found, name)[order], getattr(again, name)
        np.testing.assert_allclose(two, np.concatenate([one, one]), rtol=1e-9, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(COUNTS, st.floats(0.01, 1000))
def test_the_unit_of_exposure_does_not_matter(y: np.ndarray, unit: float) -> None:
    size = np.linspace(1, 3, 160)
    options = {"alpha": 0.05, "b": 2, "past": 10}
    one, two = (farrington(y, 159, exposure=e, **options) for e in (size, size * unit))  # type: ignore[arg-type]
    np.testing.assert_allclose(one.expected, two.expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.phi, two.phi, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Y": [[1, -1]]}, "Y must be 0 or more"),
        ({"Y": [[[1]]]}, "Y must have two axes"),
        ({"Y": [[np.inf] * 313]}, "Y must be a finite number"),
        ({"k": 313}, "k must be a week of Y, 0 to 312; it is 313"),
        ({"k": 100}, "k = 100 needs weeks from -163 on"),
        ({"alpha": 0.0}, "alpha must lie between 0 and 1"),
        ({"threshold": "np"}, "threshold must be one of nb, delta, muan; it is 'np'"),
        ({"exposure": np.zeros(313)}, "exposure must be a finite number above 0"),
        ({"exposure": np.ones(12)}, "exposure must be [T] or [S, T]"),
        ({"w": 26}, "centre must rise by more than 2w = 52"),
        ({"no_periods": 0}, "no_periods must be a whole number of at least 1"),
        ({"past": -1}, "past must be a whole number of at least 0"),
    ],
)
def test_bad_input_is_named(some: np.ndarray, change: dict[str, object], message: str) -> None:
    given_ = {"Y": some, "k": 312, "alpha": 0.05, **change}
    with pytest.raises(ValueError) as fault:
        farrington(given_.pop("Y"), given_.pop("k"), **given_)  # type: ignore[arg-type]
    assert message in str(fault.value)
