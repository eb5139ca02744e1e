"""The output-weighted pass rate: weights, industries without tests, two layers, limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from qualitycity.methods.estimation.intervals import binomial
from qualitycity.methods.estimation.regional import rpq


def test_it_is_the_weighted_mean_of_rates_and_not_the_rate_of_all_samples() -> None:
    found = rpq([45, 5, 18], [50, 10, 20], [10.0, 80.0, 10.0], selection="probability")
    assert found.rate == pytest.approx(0.1 * 0.9 + 0.8 * 0.5 + 0.1 * 0.9)
    assert abs(found.rate - 68 / 80) > 0.2
    assert found.label == "制造业产品质量合格率" and found.is_population_rate


def test_an_industry_without_a_test_is_dropped_flagged_and_its_weight_shared_out() -> None:
    found = rpq([9, 0, 8], [10, 0, 10], [30.0, 50.0, 20.0], selection="probability")
    assert found.dropped.tolist() == [False, True, False]
    assert_allclose(found.weight, [0.6, 0, 0.4])
    assert found.rate == pytest.approx(0.6 * 0.9 + 0.4 * 0.8) and found.covered == pytest.approx(0.5)


def test_regions_are_weighted_with_their_whole_output_and_a_silent_region_is_flagged() -> None:
    found = rpq(
        [9, 0, 8, 0],
        [10, 0, 10, 0],
        [20.0, 20.0, 60.0, 100.0],
        region=["east", "east", "west", "north"],
        selection="probability",
    )
    assert found.region.tolist() == ["east", "north", "west"]
    assert found.dropped_region.tolist() == [False, True, False]
    assert_allclose(found.region_rate, [0.9, np.nan, 0.8])
    assert found.rate == pytest.approx(0.4 * 0.9 + 0.6 * 0.8)
    assert_allclose(found.weight, [0.4, 0, 0.6, 0])
    assert np.isnan(found.region_low[1])


def test_one_industry_has_its_wilson_interval_and_all_passed_is_not_certain() -> None:
    found, known = rpq([18], [20], [5.0], selection="probability"), binomial(18, 20, "wilson")
    assert_allclose([found.low, found.high], [known.low, known.high])
    sure = rpq([20, 4], [20, 4], [5.0, 5.0], selection="probability")
    assert sure.rate == sure.high == 1 and 0.6 < sure.low < 0.9


def test_limits_cover_the_true_rate_as_often_as_they_say() -> None:
    chance = np.random.default_rng(3)
    p, n, output = np.array([0.95, 0.9, 0.8, 0.99]), np.array([40, 25, 15, 30]), np.array([4.0, 3, 2, 1])
    true = (p * output).sum() / output.sum()
    hits = 0
    for _ in range(1000):
        found = rpq(chance.binomial(n, p), n, output, selection="probability")
        hits += bool(found.low <= true <= found.high)
    assert 0.93 <= hits / 1000 <= 0.985


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e6))
def test_order_and_unit_of_output_do_not_matter_and_limits_hold_the_rate(seed: int, scale: float) -> None:
    chance = np.random.default_rng(seed)
    tested = chance.integers(0, 12, 8)
    tested[0] += 1
    passed, output, region = chance.binomial(tested, 0.8), chance.uniform(1, 50, 8), chance.integers(0, 3, 8)
    order = chance.permutation(8)
    base = rpq(passed, tested, output, region=region, selection="probability")
    other = rpq(passed[order], tested[order], scale * output[order], region=region[order], selection="probability")
    assert_allclose([other.rate, other.low, other.high], [base.rate, base.low, base.high], rtol=1e-9)
    assert_allclose(other.region_rate, base.region_rate, rtol=1e-9)
    assert 0 <= base.low <= base.rate <= base.high <= 1 and base.weight.sum() == pytest.approx(1)


# Pitfall 34.


def test_targeted_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="selection = 'targeted'.*不合格发现率"):
        rpq([9], [10], [1.0], selection="targeted")


def test_bad_tables_are_named_with_all_faults() -> None:
    with pytest.raises(ValueError) as caught:
        rpq([3, 1.5], [2, -2], [0.0, 1.0], selection="probability", region=["a"])
    said = str(caught.value)
    for part in ("passed[1] = 1.5", "tested[1] = -2.0", "exceeds tested", "output[0] = 0.0", "region: shape (1,)"):
        assert part in said
    with pytest.raises(ValueError, match="no industry has a test"):
        rpq([0], [0], [1.0], selection="probability")
    with pytest.raises(ValueError, match="tested: no rows"):
        rpq([], [], [], selection="probability")
    with pytest.raises(ValueError, match="selection = 'handpicked'"):
        rpq([1], [1], [1.0], selection="handpicked")  # type: ignore[arg-type]
