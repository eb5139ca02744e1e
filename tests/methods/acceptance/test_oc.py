"""Operating characteristics: golden values, exact enumeration in rational numbers, scipy, and properties."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qualitycity.methods.acceptance import kernels, oc
from qualitycity.methods.acceptance.oc import aoq, asn, ati, decide, quantile
from qualitycity.methods.acceptance.stages import Stages, double, multiple, single
from qualitycity.methods.acceptance.tables import plan

from .golden import cases

SEVEN = multiple([32] * 7, [0, 1, 3, 5, 7, 10, 13], [4, 6, 8, 10, 11, 12, 14])
DOUBLE = double((8, 8), (0, 1), 2)


@st.composite
def plans(draw: st.DrawFn, most: int = 12) -> Stages:
    stages = draw(st.integers(1, 3))
    n = tuple(draw(st.integers(1, most)) for _ in range(stages))
    ac = tuple(sorted(draw(st.integers(-1, 4)) for _ in range(stages - 1)))
    last = max(0, *ac, draw(st.integers(0, 6))) if ac else draw(st.integers(0, 6))
    re = tuple(sorted(draw(st.integers(a + 2, last + 3)) if a + 2 <= last + 1 else last + 1 for a in ac))
    re = tuple(min(max(r, a + 1), last + 1) for a, r in zip(ac, re, strict=True))
    return Stages(n, (*ac, last), (*re, last + 1))


def enumerate_lot(made: Stages, lot: int, bad: int) -> tuple[Fraction, Fraction]:
    """Probability of acceptance, and mean number of bad items left in an accepted lot, over every path."""

    def go(stage: int, lot: int, bad: int, found: int) -> tuple[Fraction, Fraction]:
        pa = left = Fraction(0)
        for x in range(min(made.n[stage], bad) + 1):
            chance = Fraction(comb(bad, x) * comb(lot - bad, made.n[stage] - x), comb(lot, made.n[stage]))
            d = found + x
            if d <= made.ac[stage]:
                pa, left = pa + chance, left + chance * (bad - x)
            elif d < made.re[stage] and chance:
                more = go(stage + 1, lot - made.n[stage], bad - x, d)
                pa, left = pa + chance * more[0], left + chance * more[1]
        return pa, left

    return go(0, lot, bad, 0)


def test_golden_operating_characteristics(shared: Path) -> None:
    for case in cases(shared, "oc_attributes.json"):
        n, ac, re = (value if isinstance(value, list) else [value] for value in (case["n"], case["c"], case["r"]))
        p, dist, lot = np.array(case["pd"]), case["type"], case["N"]
        if dist == "hypergeom":
            p, dist = np.rint(p * lot).astype(int), "hypergeometric"
        assert np.abs(oc.oc(multiple(n, ac, re), p, dist, lot) - case["pa"]).max() < 1e-10, case["id"]


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_hypergeometric_equals_enumeration_of_every_path(made: Stages, data: st.DataObject) -> None:
    lot = made.total + data.draw(st.integers(0, 20))
    bad = data.draw(st.integers(0, lot))
    pa, left = enumerate_lot(made, lot, bad)
    assert oc.oc(made, bad, "hypergeometric", lot) == pytest.approx(float(pa), abs=1e-13)
    assert aoq(made, bad, "hypergeometric", lot) == pytest.approx(float(left / lot), abs=1e-13)


@settings(max_examples=60, deadline=None)
@given(plans(), st.floats(0, 1), st.sampled_from(["binomial", "poisson"]))
def test_the_compiled_walk_equals_its_pure_path(made: Stages, p: float, dist: str) -> None:
    law, k = kernels.LAWS[dist], len(made.n)
    out = [np.empty((1, k)) for _ in range(3)]
    numbers = [np.array(values, dtype=np.int64) for values in (made.n, made.ac, made.re)]
    kernels.walk.py_func(law, *numbers, np.array([p]), 0, *out)
    found = decide(made, [p], dist)
    for ours, pure in zip((found.accept, found.reject, found.found), out, strict=True):
        assert np.array_equal(ours, pure)


def test_the_pure_laws_equal_the_compiled_ones() -> None:
    rows = [np.empty(40), np.empty(40)]
    for law, n, q, lot in [(0, 30, 0.2, 0), (0, 30, 1.0, 0), (1, 30, 25.0, 60), (1, 30, 50.0, 60), (2, 30, 0.4, 0)]:
        for x in range(*kernels.support.py_func(law, n, q, lot)) if law != 2 else range(40):
            assert kernels.pmf.py_func(x, law, n, q, lot) == pytest.approx(kernels.pmf(x, law, n, q, lot), rel=1e-14)
        for c in (-1, 0, 7, 29, 30):
            assert kernels.cdf.py_func(c, law, n, q, lot) == pytest.approx(kernels.cdf(c, law, n, q, lot), rel=1e-14)
        kernels.fill(rows[0], 39, law, n, q, lot)
        kernels.fill.py_func(rows[1], 39, law, n, q, lot)
        assert np.allclose(*rows, rtol=1e-14, atol=0)


def test_tails_keep_their_figures_where_scipy_has_them() -> None:
    chance = np.random.default_rng(2828)
    for _ in range(2000):
        n = int(10 ** chance.uniform(0, 4))
        lot = n + int(10 ** chance.uniform(0, 5))
        p, c = float(10 ** chance.uniform(-4, 0)), int(chance.integers(0, n + 1))
        for law, q, expected in [
            (kernels.BINOMIAL, p, stats.binom.cdf(c, n, p)),
            (kernels.POISSON, p, stats.poisson.cdf(c, n * p)),
            (kernels.HYPERGEOMETRIC, float(int(p * lot)), stats.hypergeom.cdf(c, lot, int(p * lot), n)),
        ]:
            found = kernels.cdf(c, law, n, q, lot)
            assert found == pytest.approx(expected, rel=5e-12, abs=1e-13), (law, c, n, q, lot)


def test_a_plan_of_seven_stages_equals_a_loop_over_scipy() -> None:
    for p in (0.01, 0.04, 0.09):
        alive, pa, inspected = {0: 1.0}, 0.0, 0.0
        for n, ac, re in zip(SEVEN.n, SEVEN.ac, SEVEN.re, strict=True):
            inspected += n * sum(alive.values())
            after: dict[int, float] = {}
            for d, chance in alive.items():
                for x in range(re - d):
                    after[d + x] = after.get(d + x, 0.0) + chance * stats.binom.pmf(x, n, p)
            pa += sum(chance for d, chance in after.items() if d <= ac)
            alive = {d: chance for d, chance in after.items() if d > ac}
        assert oc.oc(SEVEN, p) == pytest.approx(pa, abs=1e-13)
        assert asn(SEVEN, p) == pytest.approx(inspected, abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(plans(), st.lists(st.floats(0, 1), min_size=2, max_size=6), st.sampled_from(["binomial", "poisson"]))
def test_acceptance_falls_with_quality_and_everything_is_decided(made: Stages, p: list[float], dist: str) -> None:
    quality = np.sort(p)
    found = decide(made, quality, dist)
    assert np.allclose((found.accept + found.reject).sum(axis=1), 1, atol=1e-13)
    assert (np.diff(oc.oc(made, quality, dist)) <= 1e-12).all()
    assert made.n[0] - 1e-9 <= asn(made, quality, dist).min() <= asn(made, quality, dist).max() <= made.total + 1e-9


@settings(max_examples=40, deadline=None)
@given(plans(), st.permutations(range(5)))
def test_order_and_repetition_of_qualities_do_not_matter(made: Stages, order: list[int]) -> None:
    p = np.array([0.0, 0.01, 0.1, 0.3, 1.0])
    assert np.array_equal(oc.oc(made, p[order]), oc.oc(made, p)[order])
    assert np.array_equal(oc.oc(made, np.tile(p, (2, 1))), np.tile(oc.oc(made, p), (2, 1)))


def test_a_single_plan_split_in_two_stages_that_cannot_decide_is_the_same_plan() -> None:
    p = np.linspace(0, 0.3, 31)
    split = Stages((20, 30), (-1, 3), (4, 4))
    assert np.allclose(oc.oc(split, p), oc.oc(single(50, 3), p), atol=1e-14)


def test_hypergeometric_tends_to_binomial_and_binomial_to_poisson() -> None:
    lot = 10**7
    assert oc.oc(DOUBLE, lot // 20, "hypergeometric", lot) == pytest.approx(oc.oc(DOUBLE, 0.05), abs=1e-6)
    assert oc.oc(single(10**6, 5), 5e-6) == pytest.approx(oc.oc(single(10**6, 5), 5e-6, "poisson"), abs=1e-5)


def test_hypergeometric_takes_integer_counts_and_rounds_no_fraction() -> None:
    for wrong in (0.05, [0.0, 0.1], 2.5, 5.0):
        with pytest.raises(ValueError, match="p: integer counts"):
            oc.oc(single(5, 1), wrong, "hypergeometric", 50)


def test_per_100_counts_may_exceed_the_sample() -> None:
    per100 = plan(5, "II", "1000", regime="per100")
    assert per100.ac > per100.n
    assert oc.oc(per100, 10.0, "poisson") == pytest.approx(stats.poisson.cdf(30, 20), abs=1e-13)
    assert asn(per100, [0.0, 50.0], "poisson").tolist() == [2, 2]


def test_a_plan_per_100_is_refused_by_laws_of_items() -> None:
    per100 = plan(1000, "II", "1.0", regime="per100")
    for ask in (oc.oc, asn, quantile):
        with pytest.raises(ValueError, match="dist: a plan per 100 items"):
            ask(per100, 0.1)


def test_a_plan_takes_numbers_as_numpy_gives_them() -> None:
    made = single(np.int64(80), np.array([2])[0])
    assert made == single(80, 2)
    assert type(made.n[0]) is int


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((single(5, 1), 1.1), "p"),
        ((single(5, 1), -0.1), "p"),
        ((single(5, 1), np.nan), "p"),
        ((single(5, 1), np.inf, "poisson"), "p"),
        ((single(5, 1), 51, "hypergeometric", 50), "p"),
        ((single(5, 1), 5, "hypergeometric"), "N"),
        ((single(5, 1), 2, "hypergeometric", 4), "N"),
        ((single(5, 1), 0.1, "binomial", 50), "N"),
        ((single(5, 1), 0.1, "normal"), "dist"),
    ],
)
def test_bad_arguments_are_named(arguments: tuple, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        oc.oc(*arguments)


def test_aoq_and_ati_refuse_a_lot_smaller_than_the_samples() -> None:
    with pytest.raises(ValueError, match="^N: "):
        aoq(DOUBLE, 0.1, N=15)
    with pytest.raises(ValueError, match="^N: "):
        ati(DOUBLE, 0.1, 15)


def test_a_faulty_plan_shows_all_its_faults() -> None:
    with pytest.raises(ValueError, match="n: .*ac: .*may not fall.*re: above ac.*must decide"):
        Stages((0, 5), (3, -2), (2, 1))
    with pytest.raises(ValueError, match="n, ac, re: of one length"):
        Stages((1,), (0, 1), (1, 2))
    with pytest.raises(ValueError, match="n: integers"):
        Stages((1.5,), (0,), (1,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two of each"):
        double((8,), (0, 1), 2)


@settings(max_examples=40, deadline=None)
@given(plans(), st.floats(0.01, 0.99), st.sampled_from(["binomial", "poisson"]))
def test_quantile_inverts_the_curve(made: Stages, pa: float, dist: str) -> None:
    if dist == "binomial" and oc.oc(made, 1.0) > 0:
        with pytest.raises(ValueError, match="^plan: .*accepts even"):
            quantile(made, pa, dist)
        return
    assert oc.oc(made, quantile(made, pa, dist), dist) == pytest.approx(pa, abs=1e-9)


def test_hypergeometric_quantile_is_the_largest_count_that_keeps_the_probability() -> None:
    counts = np.arange(51)
    curve = oc.oc(DOUBLE, counts, "hypergeometric", 50)
    asked = np.array([0.99, 0.95, 0.5, 0.1])
    expected = [counts[curve >= pa].max() for pa in asked]
    assert quantile(DOUBLE, asked, "hypergeometric", 50).tolist() == expected


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.5, np.nan])
def test_quantile_refuses_probabilities_no_quality_has(wrong: float) -> None:
    with pytest.raises(ValueError, match="^pa: "):
        quantile(single(5, 1), wrong)


def test_aoq_of_an_endless_lot_is_p_times_pa_and_ati_ends_at_the_lot() -> None:
    p = np.array([0.0, 0.02, 0.2, 1.0])
    assert np.allclose(aoq(DOUBLE, p), p * oc.oc(DOUBLE, p), atol=1e-15)
    assert np.allclose(aoq(DOUBLE, p, N=10**9), aoq(DOUBLE, p), atol=1e-7)
    assert ati(DOUBLE, p, 500)[[0, -1]].tolist() == [8, 500]


def test_binomial_aoq_is_the_mean_of_hypergeometric_aoq_over_lots() -> None:
    lot, p = 40, 0.07
    counts = np.arange(lot + 1)
    mean = stats.binom.pmf(counts, lot, p) @ aoq(DOUBLE, counts, "hypergeometric", lot)
    assert aoq(DOUBLE, p, N=lot) == pytest.approx(mean, abs=1e-13)
