"""Intervals of a rate: golden binomial cases, the ends 0 and 1, a census, statsmodels as a second opinion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from qualitycity.methods.estimation.intervals import BinomialMethod, CiMethod, binomial, ci, student

METHODS, BINOMIALS = get_args(CiMethod), get_args(BinomialMethod)


@pytest.mark.parametrize("method", BINOMIALS)
def test_golden_binomial_intervals(shared: Path, method: BinomialMethod) -> None:
    golden = json.loads((shared / "golden/labstats/survey/binomial_ci_R.json").read_text())
    found = binomial([one["x"] for one in golden], [one["n"] for one in golden], method)
    assert_allclose(np.stack([found.low, found.high], 1), [one[method] for one in golden], atol=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("clopper_pearson", "beta"), ("wilson", "wilson"), ("jeffreys", "jeffreys")]
)
def test_binomial_agrees_with_statsmodels(ours: BinomialMethod, theirs: str) -> None:
    from statsmodels.stats.proportion import proportion_confint

    n = np.repeat([1, 2, 7, 40, 1000], 5)
    x = (n * np.tile([0, 0.1, 0.5, 0.9, 1], 5)).astype(int)
    inner = (x > 0) & (x < n)  # statsmodels does not set the ends of its Jeffreys interval
    kept = inner if ours == "jeffreys" else np.full(len(n), True)
    found = binomial(x[kept], n[kept], ours, 0.9)
    low, high = proportion_confint(x[kept], n[kept], alpha=0.1, method=theirs)
    assert_allclose(found.low, low, atol=1e-12)
    assert_allclose(found.high, high, atol=1e-12)


# Pitfall 32.


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_at_0_and_1_logit_and_beta_have_no_interval_and_korn_graubard_is_one_sided(p: float) -> None:
    for method in ("logit", "beta"):
        found = ci(p, 0.0, 30, 40, method)
        assert np.isnan(found.low) and np.isnan(found.high)
    found = ci(p, 0.0, 30, 40, "korn_graubard")
    size = 40 * (stats.t.ppf(0.025, 39) / stats.t.ppf(0.025, 30)) ** 2
    edge = 1 - 0.025 ** (1 / size)
    assert_allclose([found.low, found.high], [0, edge] if p == 0 else [1 - edge, 1], atol=1e-12)
    for method in ("wilson", "clopper_pearson"):
        found = ci(p, 0.0, 30, 40, method)
        assert float(found.low if p == 0 else found.high) == p and 0.03 < found.high - found.low < 0.12


def test_korn_graubard_caps_the_effective_size_and_beta_does_not() -> None:
    """The golden stratified sample, whose design effect is below 1: published as 0.7684-0.8775 and 0.7742-0.8734."""
    capped, free = (ci(0.827948011416, 0.0243447801131, 197, 200, way) for way in ("korn_graubard", "beta"))
    assert_allclose([capped.low, capped.high], [0.7684, 0.8775], atol=5e-5)
    assert_allclose([free.low, free.high], [0.7742, 0.8734], atol=5e-5)


def test_every_method_from_the_effective_size_by_hand() -> None:
    from statsmodels.stats.proportion import proportion_confint

    p, se, df, n = 0.7, 0.06, 12, 90
    size = p * (1 - p) / se**2
    small = size * (stats.t.ppf(0.025, n - 1) / stats.t.ppf(0.025, df)) ** 2
    for method, known, at in (
        ("korn_graubard", "beta", small),
        ("beta", "beta", small),
        ("clopper_pearson", "beta", size),
        ("wilson", "wilson", small),
    ):
        found = ci(p, se, df, n, method)  # type: ignore[arg-type]
        assert_allclose([found.low, found.high], proportion_confint(p * at, at, method=known), atol=1e-12)
    found = ci(p, se, df, n, "logit")
    half = stats.t.ppf(0.975, df) * se / (p * (1 - p))
    odds = np.log(p / (1 - p)) + np.array([-half, half])
    assert_allclose([found.low, found.high], 1 / (1 + np.exp(-odds)))


@pytest.mark.parametrize("method", METHODS)
def test_a_rate_known_from_a_census_is_its_own_interval(method: CiMethod) -> None:
    found = ci(0.3, 0.0, 10, 20, method)
    assert found.low == found.high == 0.3


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.005, 0.2), st.integers(1, 200), st.integers(1, 50))
def test_intervals_hold_the_rate_mirror_and_widen(method: CiMethod, p: float, se: float, df: int, more: int) -> None:
    n = df + more
    found, mirrored, wider = ci(p, se, df, n, method), ci(1 - p, se, df, n, method), ci(p, se, df, n, method, 0.99)
    assert 0 <= wider.low <= found.low <= p <= found.high <= wider.high <= 1
    assert_allclose([mirrored.low, mirrored.high], [1 - found.high, 1 - found.low], atol=1e-9)


def test_arrays_are_computed_each_by_itself() -> None:
    p, se, df, n = np.array([0, 0.2, 0.5, 1, np.nan]), np.array([0, 0.1, 0, 0, np.nan]), np.array([5, 5, 5, 0, 5]), 9
    for method in METHODS:
        whole = ci(p, se, df, n, method)
        for at in range(5):
            one = ci(p[at], se[at], df[at], n, method)
            assert_allclose([whole.low[at], whole.high[at]], [one.low, one.high])
    assert whole.level == 0.95 and whole.method == METHODS[-1] and "1934" in whole.standard


def test_student_for_means() -> None:
    found = student([10.0, 10.0], [2.0, 2.0], [9, 0])
    assert found.high[0] == pytest.approx(10 + 2 * stats.t.ppf(0.975, 9)) and np.isnan(found.high[1])


def test_bad_arguments_are_named() -> None:
    for wrong, said in (
        (lambda: ci(1.2, 0.1, 3, 9), r"p = 1\.2"),
        (lambda: ci(0.2, -0.1, 3, 9), r"se = -0\.1"),
        (lambda: ci(0.2, 0.1, 3, -9), r"n = -9\.0"),
        (lambda: ci(0.2, 0.1, 3, 9, "wald"), "method = 'wald'"),  # type: ignore[arg-type]
        (lambda: ci(0.2, 0.1, 3, 9, level=95), "level = 95"),
        (lambda: binomial(3, 2), "x = 3 exceeds n = 2"),
        (lambda: binomial(0.5, 2), r"x = 0\.5 is no count"),
        (lambda: binomial(1, np.inf), "n = inf is no count"),
        (lambda: binomial(1, 2, "wald"), "method = 'wald'"),  # type: ignore[arg-type]
        (lambda: student(1, -1, 3), r"se = -1\.0"),
    ):
        with pytest.raises(ValueError, match=said):
            wrong()


def test_nothing_tested_gives_nan() -> None:
    found = binomial([0, 1], [0, 2])
    assert np.isnan(found.low[0]) and found.high[1] > 0.5
