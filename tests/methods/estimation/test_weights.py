"""Chances proportional to size, post-stratification, whole-number Neyman allocation."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from qualitycity.methods.estimation.weights import inclusion_probabilities, neyman, poststratify


def test_golden_inclusion_probabilities(shared: Path) -> None:
    golden = json.loads((shared / "golden/labstats/survey/inclusion_probabilities_R.json").read_text())
    for case in golden["cases"]:
        assert_allclose(inclusion_probabilities(golden["size"], case["n"]), case["pik"], atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1e6)), min_size=1, max_size=30), st.data())
def test_chances_add_up_lie_within_0_and_1_and_keep_their_proportions(sizes: list[float], data: st.DataObject) -> None:
    size = np.array(sizes)
    able = int((size > 0).sum())
    if not able:
        with pytest.raises(ValueError, match="n = 1"):
            inclusion_probabilities(size, 1)
        return
    n = data.draw(st.integers(1, able))
    pi = inclusion_probabilities(size, n)
    assert pi.sum() == pytest.approx(n)
    assert ((pi >= 0) & (pi <= 1)).all() and ((pi > 0) == (size > 0)).all()
    free = (pi < 1) & (pi > 0)
    if free.any():
        ratio = pi[free] / size[free]
        assert_allclose(ratio, ratio[0], rtol=1e-9)
        assert (size[pi == 1] * ratio[0] >= 1 - 1e-9).all()  # no unit is certain without need
    assert_allclose(inclusion_probabilities(size * 7.5, n), pi, rtol=1e-9)


def test_taking_all_units_makes_each_exactly_certain() -> None:
    assert inclusion_probabilities([0.1, 0.1, 0.1, 0], 3).tolist() == [1, 1, 1, 0]
    assert inclusion_probabilities([0.7] * 7, 7).tolist() == [1] * 7  # 7 · 0.7 / sum is less than 1 in binary


def test_poststratified_weights_add_up_to_the_known_totals() -> None:
    chance = np.random.default_rng(5)
    w, cell = chance.uniform(1, 9, 60), np.repeat(["a", "b", "c"], 20)
    found = poststratify(w, cell, {"a": 100, "b": 250.5, "c": 9})
    assert_allclose([found[cell == one].sum() for one in "abc"], [100, 250.5, 9])
    assert_allclose(found[:20] / w[:20], found[0] / w[0])
    assert_allclose(poststratify(found, cell, {"a": 100, "b": 250.5, "c": 9}), found)


def test_neyman_is_the_best_of_all_whole_allocations() -> None:
    chance = np.random.default_rng(11)
    for _ in range(40):
        sizes, spread, minimum = chance.integers(2, 9, 3), chance.uniform(0, 5, 3), int(chance.integers(1, 3))
        n = int(chance.integers(3 * minimum, sizes.sum() + 1))
        found = neyman(sizes, spread, n, minimum)
        ranges = [range(minimum, size + 1) for size in sizes]
        possible = np.array([one for one in itertools.product(*ranges) if sum(one) == n])
        variance = ((sizes * spread) ** 2 * (1 / possible - 1 / sizes)).sum(axis=1)
        assert ((sizes * spread) ** 2 * (1 / found - 1 / sizes)).sum() <= variance.min() + 1e-9
        assert found.sum() == n and (found <= sizes).all() and (found >= minimum).all()


def test_neyman_with_small_strata_and_strata_without_spread() -> None:
    assert neyman([1, 50], [9.0, 1.0], 6, minimum=2).tolist() == [1, 5]
    assert neyman([3, 3], [0.0, 0.0], 6).tolist() == [3, 3]
    assert neyman([100, 100], [0.0, 2.0], 40).tolist() == [1, 39]
    assert neyman([10**6, 10**6], [1.0, 1.0], 20_001).tolist() == [10_001, 10_000]


def test_bad_arguments_are_named() -> None:
    for wrong, said in (
        (lambda: inclusion_probabilities([1, -2], 1), r"size\[1\] = -2\.0"),
        (lambda: inclusion_probabilities([1, 0], 2), "n = 2 is not a whole number from 1 to 1"),
        (lambda: inclusion_probabilities([1, 2], 1.5), r"n = 1\.5"),  # type: ignore[arg-type]
        (lambda: inclusion_probabilities([], 1), r"size: shape \(0,\)"),
        (lambda: poststratify([1, 0], ["a", "b"], {"a": 1, "b": 2}), r"w\[1\] = 0\.0"),
        (lambda: poststratify([1, 1], ["a", "b"], {"a": 1, "b": -2}), r"totals\['b'\] = -2"),
        (lambda: neyman([5, 5], [1], 4), "N_h, s_h: shapes"),
        (lambda: neyman([5, 2.5], [1, -1], 4), r"N_h\[1\] = 2\.5.*s_h\[1\] = -1\.0"),
        (lambda: neyman([5, 5], [1, 1], 11), r"n = 11 is not from 2 \(the least\) to 10"),
        (lambda: neyman([5, 5], [1, 1], 1), "n = 1"),
        (lambda: neyman([5, 5], [1, 1], 4, minimum=0), "minimum = 0"),
    ):
        with pytest.raises(ValueError, match=said):
            wrong()


def test_cells_without_a_total_and_totals_without_a_unit_are_named_together() -> None:
    with pytest.raises(ValueError, match="no entry for cell 'b'.*cell 'c' has no drawn unit"):
        poststratify([1, 1], ["a", "b"], {"a": 1, "c": 2})
