"""EARS against golden weeks and its own definition; false discoveries against statsmodels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from qualitycity.methods.monitoring import ears as module
from qualitycity.methods.monitoring.surveillance import ears, farrington, fdr

from .golden import columns

COUNTS = arrays(np.float64, (2, 30), elements=st.integers(0, 50).map(float))


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "golden/labstats/monitoring"


@pytest.mark.parametrize("method", ["C1", "C2"])
def test_golden_ears(folder: Path, method: str) -> None:
    wanted = columns(folder / f"r_agona_ears{method}.csv")
    y, at = columns(folder / "salmonella_agona.csv")["observed"], wanted["t"].astype(int) - 1
    found = ears(y, method, alpha=0.001, min_sigma=0)
    np.testing.assert_allclose(found.upper[0, at], wanted["upperbound"], atol=1e-10)
    np.testing.assert_array_equal(found.alarm[0, at], wanted["alarm"] == 1)


def test_golden_c3_of_the_peer_is_c3_without_the_current_week(folder: Path) -> None:
    """The peer's bound is y + s (z − the two weeks before): the current count cancels, its alarms come a week late."""
    wanted = columns(folder / "r_agona_earsC3.csv")
    y, at = columns(folder / "salmonella_agona.csv")["observed"], wanted["t"].astype(int) - 1
    found = ears(y, "C3", alpha=0.025, min_sigma=0)
    own = np.maximum((y - found.mean[0]) / found.sd[0] - 1, 0)
    before = (found.statistic[0] - own)[at]
    limit = stats.norm.isf(0.025)
    peer = np.maximum(0, y[at] + found.sd[0, at] * (limit - before))
    np.testing.assert_allclose(peer, wanted["upperbound"], atol=1e-9)
    np.testing.assert_array_equal(y[at] > peer, wanted["alarm"] == 1)
    assert (found.alarm[0, at] != (wanted["alarm"] == 1)).sum() > 20
    assert found.alarm[0, 20] and not wanted["alarm"][at == 20][0], "week 21 holds six cases after 0, 2"


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_c3_is_the_sum_of_three_weeks_and_its_bound_is_where_it_alarms(y: np.ndarray) -> None:
    c2, c3 = (ears(y, name, alpha=0.025, min_sigma=0.5) for name in ("C2", "C3"))
    excess = np.maximum(c2.statistic - 1, 0)
    np.testing.assert_allclose(c3.statistic[:, 11:], excess[:, 11:] + excess[:, 10:-1] + excess[:, 9:-2], atol=1e-9)
    near = np.isclose(c3.statistic, stats.norm.isf(0.025))
    np.testing.assert_array_equal((y > c3.upper)[~near], c3.alarm[~near])
    assert np.isnan(c3.upper[:, :11]).all() and not c3.alarm[:, :11].any()


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.integers(1, 9), st.integers(0, 100))
def test_ears_follows_scale_shift_and_order(y: np.ndarray, scale: int, shift: int) -> None:
    plain = ears(y, "C2", alpha=0.01, min_sigma=1)
    other = ears(scale * y[::-1] + shift, "C2", alpha=0.01, min_sigma=scale)
    np.testing.assert_allclose(other.upper[::-1], scale * plain.upper + shift, rtol=1e-9, atol=1e-9)


def test_pitfall_24_c1_has_no_gap_and_c2_leaves_two_weeks() -> None:
    y = np.ones((1, 20))
    y[0, 10] = 9
    c1, c2 = (ears(y, name, alpha=0.01, min_sigma=0.5).mean[0] for name in ("C1", "C2"))
    assert c1[11] > 1 and c2[11] == c2[12] == 1 and c2[13] > 1
    np.testing.assert_array_equal(ears(y, "C1", lag=2, alpha=0.01, min_sigma=0.5).mean[0], c2)


def test_pitfall_24_one_case_after_quiet_weeks_needs_a_floor() -> None:
    y = np.array([[0.0] * 7 + [1.0]])
    bare, floored = (ears(y, "C1", alpha=0.001, min_sigma=floor) for floor in (0, 0.5))
    assert bare.alarm[0, 7] and bare.statistic[0, 7] == np.inf
    assert not floored.alarm[0, 7] and floored.floored[0, 7] and floored.upper[0, 7] == pytest.approx(1.545, abs=1e-3)


def test_a_missing_week_silences_only_the_windows_that_hold_it() -> None:
    y = np.tile(np.arange(30.0) % 5, (2, 1))
    y[0, 12] = np.nan
    found = ears(y, "C1", alpha=0.01, min_sigma=0.5)
    gone = np.isnan(found.upper[0]) & ~np.isnan(found.upper[1])
    assert np.flatnonzero(gone).tolist() == list(range(13, 20)) and np.isnan(found.statistic[0, 12])


def test_moments_of_large_levels_keep_their_digits_and_equal_the_pure_path() -> None:
    rng = np.random.default_rng(8)
    y = 1e9 + rng.poisson(3, (2, 40)).astype(float)
    mean, sd = module.moments(y, 7, 2)
    pure_mean, pure_sd = np.full_like(y, np.nan), np.full_like(y, np.nan)
    module._moments.py_func(y, 7, 2, pure_mean, pure_sd)
    np.testing.assert_allclose(mean, pure_mean, rtol=1e-15)
    np.testing.assert_allclose(sd, pure_sd, rtol=1e-12)
    np.testing.assert_allclose(sd[:, 9], (y - 1e9)[:, :7].std(axis=1, ddof=1), rtol=1e-7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "C4"}, "method must be one of C1, C2, C3; it is 'C4'"),
        ({"baseline": 1}, "baseline must be a whole number of at least 2; it is 1"),
        ({"min_sigma": -1}, "min_sigma must be a number of 0 or more; it is -1"),
        ({"min_sigma": float("nan")}, "min_sigma must be"),
        ({"alpha": 1}, "alpha must lie between 0 and 1"),
        ({"lag": -1}, "lag must be a whole number of at least 0"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as fault:
        ears([[1, 2, 3]], **{"alpha": 0.01, "min_sigma": 0.5, **change})  # type: ignore[arg-type]
    assert message in str(fault.value)


@pytest.mark.parametrize(("ours", "theirs"), [("bh", "fdr_bh"), ("by", "fdr_by")])
def test_fdr_equals_statsmodels(ours: str, theirs: str) -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(3).random((4, 50)) ** 3
    p[2, :5] = p[2, 0]
    found = fdr(p, 0.1, ours)
    for row, rejected, adjusted in zip(p, found.rejected, found.adjusted, strict=True):
        peer = multipletests(row, 0.1, theirs)
        np.testing.assert_array_equal(rejected, peer[0])
        np.testing.assert_allclose(adjusted, peer[1], rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, 12, elements=st.floats(0, 1)), st.permutations(range(12)))
def test_fdr_does_not_depend_on_order_or_on_tests_that_were_not_made(p: np.ndarray, order: list[int]) -> None:
    found = fdr(p)
    again = fdr(np.append(p[order], [np.nan, np.nan]))
    np.testing.assert_allclose(again.adjusted[:12], found.adjusted[order], rtol=1e-12)
    assert not again.rejected[12:].any() and np.isnan(again.adjusted[12:]).all()


def test_pitfall_23_two_thousand_quiet_series_raise_a_hundred_alarms_and_no_discovery() -> None:
    rng = np.random.default_rng(12)
    quiet = rng.poisson(rng.uniform(5, 40, (2000, 1)), (2000, 313)).astype(float)
    found = farrington(quiet, 312, alpha=0.05)
    assert 40 < found.alarm.sum() < 160
    assert fdr(found.p, 0.05).rejected.sum() <= 1
    quiet[:20, 312] *= 4
    loud = fdr(farrington(quiet, 312, alpha=0.05).p, 0.05).rejected
    assert loud[:20].sum() >= 15 and loud[20:].sum() <= 4


@pytest.mark.parametrize(
    ("p", "options", "message"),
    [
        ([0.1, 1.2], {}, "p must lie between 0 and 1; it holds 1.2"),
        ([0.1], {"method": "holm"}, "method must be one of bh, by; it is 'holm'"),
        ([0.1], {"q": 0}, "q must lie between 0 and 1"),
    ],
)
def test_bad_p_values_are_named(p: list[float], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as fault:
        fdr(p, **options)  # type: ignore[arg-type]
    assert message in str(fault.value)
