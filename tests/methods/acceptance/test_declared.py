"""Declared quality levels: printed example, exact risks, and words that are not those of acceptance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qualitycity.methods.acceptance import kernels
from qualitycity.methods.acceptance.declared import declared_quality, judge, limit_number, preferred_sizes
from qualitycity.methods.acceptance.tables import plan

SIZES = preferred_sizes()


def test_the_printed_example_of_gbt_2828_4() -> None:
    found = declared_quality(0.0065, [1, 2, 3], n_series=SIZES)
    assert found.n.tolist() == [50, 125, 200]
    assert found.risk.round(4).tolist() == [0.0421, 0.0487, 0.0425]
    assert found.standard == "GB/T 2828.4-2008"


def test_plans_of_limit_one_to_three_step_along_the_preferred_numbers() -> None:
    dql = np.array([0.1, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10]) / 100
    expected = {
        1: [315, 200, 125, 80, 50, 32, 20, 13, 8, 5, 3],
        2: [800, 500, 315, 200, 125, 80, 50, 32, 20, 13, 8],
        3: [1250, 800, 500, 315, 200, 125, 80, 50, 32, 20, 13],
    }
    for limit, sizes in expected.items():
        assert declared_quality(dql, limit, n_series=SIZES).n.tolist() == sizes


@settings(max_examples=30, deadline=None)
@given(st.floats(0.001, 0.1), st.integers(0, 4), st.floats(0.02, 0.2))
def test_n_is_the_largest_whose_exact_risk_is_kept(dql: float, limit: int, alpha: float) -> None:
    try:
        found = declared_quality(dql, limit, alpha)
    except ValueError:
        assert stats.binom.sf(limit, limit + 1, dql) > alpha
        return
    n = int(found.n[0])
    assert found.risk[0] == pytest.approx(stats.binom.sf(limit, n, dql), abs=1e-13)
    assert found.risk[0] <= alpha + 1e-12
    assert stats.binom.sf(limit, n + 1, dql) > alpha - 1e-12
    assert stats.binom.cdf(limit, n, found.limit[0]) == pytest.approx(0.10, abs=1e-10)
    assert found.lqr[0] == pytest.approx(found.limit[0] / dql)


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 120), st.data())
def test_small_populations_are_counted_exactly(lot: int, data: st.DataObject) -> None:
    dql, limit = data.draw(st.integers(1, lot - 1)), data.draw(st.integers(0, 3))
    risks = stats.hypergeom.sf(limit, lot, dql, np.arange(lot + 1))
    largest = int(np.flatnonzero(risks <= 0.05 + 1e-12).max())
    if largest <= limit:
        with pytest.raises(ValueError, match="^dql: no sample"):
            declared_quality(dql, limit, N=lot)
        return
    found = declared_quality(dql, limit, N=lot)
    assert found.n.tolist() == [largest]
    assert found.standard == "GB/T 2828.11-2008"
    assert found.inspect_all[0] == (largest == lot) == np.isnan(found.risk[0])
    missed = stats.hypergeom.cdf(limit, lot, np.arange(lot + 1), largest)
    assert found.limit[0] == np.flatnonzero(missed <= 0.10 + 1e-12)[0]


def test_nonconformities_per_item_follow_poisson() -> None:
    found = declared_quality(0.2, 3, dist="poisson")
    n = int(found.n[0])
    assert stats.poisson.sf(3, 0.2 * n) <= 0.05 < stats.poisson.sf(3, 0.2 * (n + 1))
    assert stats.poisson.cdf(3, found.limit[0] * n) == pytest.approx(0.1)


def test_not_contradicted_is_no_acceptance_and_bears_other_words() -> None:
    kept, denied = judge(2, 2), judge(3, 2)
    assert (kept.code, denied.code) == ("not_contradicted", "contradicted")
    assert (kept.wording, denied.wording) == ("未否定声明质量水平", "否定声明质量水平")
    for words in (kept.wording, denied.wording, kept.wording_en, denied.wording_en):
        assert not any(word in words for word in ("接收", "合格", "accept", "conform", "qualified"))
    assert judge(0, 0, small=True).standard == "GB/T 2828.11-2008"
    assert not hasattr(kept, "accepted")
    assert not hasattr(plan(1000), "contradicted")


def test_a_population_several_times_worse_is_left_uncontradicted_one_time_in_ten() -> None:
    found = declared_quality(0.0065, 2, n_series=SIZES)
    assert found.lqr[0] > 6
    assert stats.binom.cdf(2, found.n[0], found.limit[0]) == pytest.approx(0.1)


def test_the_search_equals_its_pure_path() -> None:
    for law, limit, dql, lot in [(0, 2, 0.0065, 2**60), (1, 1, 4.0, 100), (1, 4, 4.0, 100), (1, 0, 90.0, 100)]:
        found = kernels.largest_sample(law, limit, dql, lot, 0.05)
        assert kernels.largest_sample.py_func(law, limit, dql, lot, 0.05) == found


def test_a_risk_of_exactly_five_percent_is_kept_not_lost_to_rounding() -> None:
    found = declared_quality(1, 0, N=[20, 40, 60, 100, 200, 1000])
    assert found.n.tolist() == [1, 2, 3, 5, 10, 50]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: declared_quality(0.065, 0), "^dql: no sample of more than L items .* dql 0.065 with L 0 in row 0"),
        (lambda: declared_quality([0.0, 1.0, 0.1], [1, 1, -1]), "dql: 0 in row 0; dql: 1 in row 1; L: -1 in row 2"),
        (lambda: declared_quality(0.01, 1.5), "^L: integers"),
        (lambda: declared_quality(0.01, 1, N=100), "^dql: integers"),
        (lambda: declared_quality(1, 1, N=100.0), "^N: integers"),
        (lambda: declared_quality(0.01, 1, alpha=1.0), "^alpha: "),
        (lambda: declared_quality(0.01, 1, n_series=[0, 5]), "^n_series: "),
        (lambda: declared_quality(0.01, 1, n_series=[50]), "^dql: no sample"),
        (lambda: declared_quality(0.01, 1, dist="normal"), "^dist: "),
        (lambda: declared_quality(1, 1, dist="hypergeometric"), "^N: "),
        (lambda: judge(-1, 2), "^d, L: "),
        (lambda: limit_number("IV"), "^level: "),
    ],
)
def test_bad_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_levels_bear_their_limit_numbers() -> None:
    assert [limit_number(level) for level in ("0", "I", "II", "III")] == [0, 1, 2, 3]
