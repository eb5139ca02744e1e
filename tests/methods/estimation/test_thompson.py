"""Horvitz-Thompson totals: golden Deville variance, unbiased over every sample of a design, impossible chances."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from qualitycity.methods.estimation.thompson import total_ht


def test_golden_deville_variance(shared: Path) -> None:
    golden = json.loads((shared / "golden/labstats/survey/variance_deville_R.json").read_text())
    found = total_ht(golden["y"], golden["pik"], variance="deville")
    assert_allclose(found.variance, golden["var_deville"], rtol=1e-9)
    assert found.se == np.sqrt(found.variance) and found.method == "deville"


def design(seed: int) -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray, np.ndarray]:
    """A design of size 3 of 6 with every sample possible: samples, their chances, pi, pi2."""
    samples = list(itertools.combinations(range(6), 3))
    chance = np.random.default_rng(seed).dirichlet(np.full(len(samples), 3.0))
    pi, pi2 = np.zeros(6), np.zeros((6, 6))
    for sample, one in zip(samples, chance, strict=True):
        pi[list(sample)] += one
        pi2[np.ix_(sample, sample)] += one
    return samples, chance, pi, pi2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_total_and_sen_yates_grundy_are_unbiased_over_all_samples(seed: int) -> None:
    samples, chance, pi, pi2 = design(seed)
    y = np.random.default_rng(seed + 1).normal(5, 3, 6)
    found = [total_ht(y[list(s)], pi[list(s)], pi2[np.ix_(s, s)]) for s in samples]
    totals = np.array([float(one.total) for one in found])
    assert chance @ totals == pytest.approx(y.sum())
    assert chance @ [float(one.variance) for one in found] == pytest.approx(chance @ (totals - y.sum()) ** 2)


# Pitfall 31.


def test_values_proportional_to_pi_have_no_variance_where_that_of_horvitz_and_thompson_is_negative() -> None:
    """A design of 2 of 4: y / pi is constant, so every sample gives the true total and the variance is 0."""
    pi = np.array([0.8, 0.6, 0.4, 0.2])
    pi2 = np.full((4, 4), 0.0)
    for (i, j), one in {(0, 1): 0.45, (0, 2): 0.25, (0, 3): 0.1, (1, 2): 0.1, (1, 3): 0.05, (2, 3): 0.05}.items():
        pi2[i, j] = pi2[j, i] = one
    assert_allclose(pi2.sum(axis=1), pi)  # a design of fixed size 2
    y, drawn = 10 * pi, [0, 3]
    joint = pi2[np.ix_(drawn, drawn)]
    own = ((1 - pi[drawn]) * (y[drawn] / pi[drawn]) ** 2).sum()
    cross = 2 * (joint[0, 1] - pi[0] * pi[3]) / joint[0, 1] * 10 * 10
    assert own + cross == pytest.approx(-20)  # the estimate of Horvitz and Thompson
    for found in (total_ht(y[drawn], pi[drawn], joint), total_ht(y[drawn], pi[drawn], variance="deville")):
        assert float(found.total) == pytest.approx(20) and float(found.variance) == pytest.approx(0, abs=1e-12)


def test_a_pair_that_could_not_be_drawn_together_is_refused_not_nan() -> None:
    with pytest.raises(ValueError, match=r"pi2\[0, 1\] = 0\.0 is not in"):
        total_ht([1, 2], [0.5, 0.5], np.zeros((2, 2)))


def test_a_negative_sen_yates_grundy_variance_is_shown_and_has_no_standard_error() -> None:
    found = total_ht([1.0, 3.0], [0.5, 0.5], [[0.5, 0.4], [0.4, 0.5]])
    assert found.variance < 0 and np.isnan(found.se)


def test_simple_random_sampling_gives_the_textbook_variance_by_both() -> None:
    chance = np.random.default_rng(7)
    y, n, size = chance.normal(100, 3, 12), 12, 40
    pi, joint = np.full(n, n / size), np.full((n, n), n * (n - 1) / (size * (size - 1)))
    known = size**2 * (1 - n / size) * y.var(ddof=1) / n
    assert_allclose(total_ht(y, pi, joint).variance, known)
    assert_allclose(total_ht(y, pi, variance="deville").variance, known)


def test_variables_are_computed_each_by_itself_and_follow_their_unit() -> None:
    _, _, pi, pi2 = design(3)
    drawn = [0, 2, 5]
    y = np.random.default_rng(1).normal(size=(4, 3))
    for extra in ({"pi2": pi2[np.ix_(drawn, drawn)]}, {"variance": "deville"}):
        whole = total_ht(y, pi[drawn], **extra)  # type: ignore[arg-type]
        for at in range(4):
            one = total_ht(-1000 * y[at], pi[drawn], **extra)  # type: ignore[arg-type]
            assert_allclose([one.total, one.variance], [-1000 * whole.total[at], 1e6 * whole.variance[at]])


def test_certain_units_add_no_variance() -> None:
    plain = total_ht([3.0, 5.0, 4.0], [0.5, 0.2, 0.4], variance="deville")
    with_certain = total_ht([3.0, 5.0, 4.0, 1e6], [0.5, 0.2, 0.4, 1.0], variance="deville")
    assert with_certain.variance == pytest.approx(float(plain.variance), rel=1e-9)
    assert total_ht([3.0, 5.0], [1.0, 1.0], variance="deville").variance == 0


def test_bad_arguments_are_named() -> None:
    for wrong, said in (
        (lambda: total_ht([1, 2], [0.5, 1.5], variance="deville"), r"pi\[1\] = 1\.5"),
        (lambda: total_ht([1, 2], [0.5], variance="deville"), "y, pi: shapes"),
        (lambda: total_ht([1, np.nan], [0.5, 0.5], variance="deville"), "y: holds a value that is not finite"),
        (lambda: total_ht([1, 2], [0.5, 0.5]), "pi2: None"),
        (lambda: total_ht([1, 2], [0.5, 0.5], [[1]]), r"pi2: shape \(1, 1\)"),
        (lambda: total_ht([1, 2], [0.5, 0.5], [[0.5, 0.1], [0.2, 0.5]]), "pi2: not symmetric"),
        (lambda: total_ht([1, 2], [0.5, 0.3], [[0.5, 0.4], [0.4, 0.3]]), r"pi2\[0, 1\] = 0\.4"),
        (lambda: total_ht([1, 2], [0.5, 0.5], np.eye(2), "deville"), "pi2: not used"),
        (lambda: total_ht([1, 2], [0.5, 0.5], None, "ht"), "variance = 'ht'"),  # type: ignore[arg-type]
        (lambda: total_ht([1, 2], [0.5, 1.0], variance="deville"), "only one drawn unit is not certain"),
    ):
        with pytest.raises(ValueError, match=said):
            wrong()
