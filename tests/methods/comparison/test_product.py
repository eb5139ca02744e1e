"""Product comparison: a design that gives nothing away, groups that hold, a public table without merit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import tukey_hsd

from qualitycity.methods.comparison import product


def test_a_design_is_complete_and_its_chance_is_the_given_one() -> None:
    names = [f"brand {at}" for at in range(7)]
    one, same, other = (product.design(names, 3, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert one == same and one.sheet != other.sheet
    assert sorted((s.product, s.replicate) for s in one.specimens) == [(p, r) for p in range(7) for r in range(3)]
    assert sorted(s.position for s in one.specimens) == list(range(21))


def test_every_block_holds_every_product_once() -> None:
    one = product.design(list("abcde"), 4, np.random.default_rng(8))
    order = sorted(one.specimens, key=lambda s: s.position)
    for block in range(4):
        assert {s.product for s in order[5 * block : 5 * block + 5]} == set(range(5))


def test_a_code_tells_nothing_about_product_replicate_or_place() -> None:
    """Rank correlation of codes with what they hide, over many designs: none beyond chance."""
    rng = np.random.default_rng(9)
    met = []
    for _ in range(400):
        one = product.design(list("abcdefgh"), 3, rng)
        codes = np.argsort(np.argsort([int(s.code) for s in one.specimens]))
        met.append([np.corrcoef(codes, [getattr(s, hidden) for s in one.specimens])[0, 1]
                    for hidden in ("product", "replicate", "position")])  # fmt: skip
    assert np.abs(np.mean(met, axis=0)).max() < 4 / (400 * 23) ** 0.5


def test_opening_puts_results_where_they_belong() -> None:
    one = product.design(["a", "b", "c"], 2, np.random.default_rng(2))
    values = one.opened({s.code: 10.0 * s.product + s.replicate for s in one.specimens})
    assert values.tolist() == [[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]]


def test_pairs_differ_where_tukey_says_so() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sizes = rng.integers(2, 6, 6)
        cells = [list(rng.normal(mean, 1.0, size)) for mean, size in zip(rng.normal(0, 2, 6), sizes, strict=True)]
        peer = tukey_hsd(*cells).pvalue < 0.05
        assert (product.compare(cells).different == peer).all()


def test_of_equal_products_a_pair_is_told_apart_in_one_comparison_of_twenty() -> None:
    rng = np.random.default_rng(11)
    found = product.compare(rng.normal(size=(3_000, 8, 3)))
    assert found.different.any(axis=(1, 2)).mean() == pytest.approx(0.05, abs=0.012)


def test_robust_z_is_turned_so_that_positive_is_better() -> None:
    cells = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.1], [4.0, 4.0], [9.0, 9.0]])
    means = cells.mean(axis=1)
    up = (means - 3.05) / (1.4826 * np.median(np.abs(means - 3.05)))
    np.testing.assert_allclose(product.compare(cells).z, up)
    np.testing.assert_allclose(product.compare(cells, direction="lower").z, -up)
    near = product.compare(cells, direction="target", target=3.05)
    assert int(near.z.argmax()) == 2 and int(near.z.argmin()) == 4


def test_items_in_batch_are_the_items_one_by_one() -> None:
    rng = np.random.default_rng(12)
    cells = rng.normal(5, 1, (3, 6, 3))
    ways = ["higher", "lower", "target"]
    whole = product.compare(cells, direction=ways, target=[np.nan, np.nan, 5.0])
    for at, way in enumerate(ways):
        one = product.compare(cells[at], direction=way, target=5.0 if way == "target" else None)
        assert one.letters == whole.letters[at] and one.direction == way
        np.testing.assert_array_equal(one.z, whole.z[at])
        np.testing.assert_array_equal(one.group, whole.group[at])


def test_half_the_products_alike_give_no_robust_z_and_say_so() -> None:
    found = product.compare([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [2.0, 2.1]])
    assert bool(found.degenerate) and np.isnan(found.z).all()
    assert found.group.tolist() == [1, 1, 1, 0]


def test_uncertainty_between_packs_keeps_products_together() -> None:
    cells = [[1.0, 1.1], [1.2, 1.3], [2.0, 2.1], [1.1, 1.2]]
    assert product.compare(cells).different.any() and not product.compare(cells, u=0.5).different.any()
    assert product.compare(cells, u=[0.0, 0.0, 0.5, 0.0]).u[2] > 0.5


def test_overlapping_sets_get_overlapping_letters_but_one_group() -> None:
    cells = np.array([0.0, 1.0, 2.0, 9.0])[:, None] + np.array([-0.45, 0.0, 0.45])
    found = product.compare(cells)
    assert found.letters == ("c", "bc", "b", "a")
    assert found.group.tolist() == [1, 1, 1, 0]
    assert list(zip(found.rank_from.tolist(), found.rank_to.tolist(), strict=True)) == [(3, 4), (2, 4), (2, 3), (1, 1)]


def test_a_loud_product_is_seen_by_cochran() -> None:
    cells = [[1.0, 1.1, 1.0], [1.0, 1.0, 1.1], [1.0, 3.0, 2.0], [1.1, 1.0, 1.1], [1.0, 1.1, 1.1]]
    found = product.compare(cells).repeatability
    assert int(found.lab) == 2 and str(found.verdict) == "outlier"


def test_the_gap_to_a_benchmark_has_its_sign_and_its_uncertainty() -> None:
    cells = np.array([[5.0, 5.2], [5.1, 5.3], [7.0, 7.1], [5.2, 5.2]])
    up, down = product.compare(cells), product.compare(cells, direction="lower")
    assert product.gap(up, 6.0).verdict.tolist() == ["worse", "worse", "better", "worse"]
    assert product.gap(down, 6.0).verdict.tolist() == ["better", "better", "worse", "better"]
    assert set(product.gap(up, 6.0, 5.0).verdict.tolist()) == {"not told apart"}
    np.testing.assert_allclose(product.gap(up, 6.0).distance, cells.mean(axis=1) - 6.0)
    np.testing.assert_allclose(product.gap(up, 6.0, 0.3).U, 2 * np.hypot(up.u, 0.3))
    both = product.compare(np.stack([cells, cells]), direction=["higher", "lower"])
    assert product.gap(both, [6.0, 5.0]).distance[1].tolist() == pytest.approx((5.0 - cells.mean(axis=1)).tolist())


def test_the_public_table_has_no_merit_in_it() -> None:
    cells = [[5.0, 5.2], [5.1, 5.3], [7.0, 7.1], [5.2, 5.2]]
    labels = ["丙", "甲", "丁", "乙"]
    table = product.public_table(product.compare(cells), labels, "pH")
    assert [row.label for row in table.rows] == sorted(labels)
    assert {field.name for field in dataclasses.fields(product.PublicRow)} == {"label", "n", "mean", "U", "letters"}
    assert table.rows[0].letters == "a"  # the first by label, whatever its value
    turned = product.public_table(product.compare(cells, direction="lower"), labels, "pH")
    assert turned == table


def test_more_letters_than_the_alphabet_has() -> None:
    cells = np.arange(30.0)[:, None] + np.array([-0.001, 0.0, 0.001])
    letters = product.compare(cells).letters
    assert len(set(letters)) == 30 and letters[29] == "a" and letters[0] == "d1"
