"""What must hold for any data: unit, origin, order, duplication, missing results, rounds one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qualitycity.methods.comparison import precision as pr
from qualitycity.methods.comparison import product
from qualitycity.methods.comparison import proficiency as pt

# Results with a fixed number of decimals, as laboratories report them: ties are common.
RESULTS = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(4, 12)), elements=st.integers(0, 60)).map(
    lambda whole: whole / 10 + 3
)
CELLS = arrays(np.int64, st.tuples(st.integers(4, 7), st.integers(2, 4)), elements=st.integers(0, 60)).map(
    lambda whole: whole / 10 + 3
)
SCALES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "made": pt.made,
    "niqr": pt.niqr,
    "qn": pt.qn,
    "q": pt.q_method,
    "a": lambda x: pt.algorithm_a(x).scale,
    "mean": lambda x: pt.assigned_value(x, "mean").estimate.scale,
}
LOCATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "median": pt.median,
    "hampel": lambda x: pt.q_hampel(x).location,
    "a": lambda x: pt.algorithm_a(x).location,
    "mean": lambda x: pt.assigned_value(x, "mean").x_pt,
}
FEW = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize("name", SCALES)
@FEW
@given(x=RESULTS, unit=st.sampled_from([0.001, 0.3048, 10.0, -1.0]), origin=st.sampled_from([0.0, 273.15, -5.0]))
def test_a_scale_follows_the_unit_and_not_the_origin(name: str, x: np.ndarray, unit: float, origin: float) -> None:
    scale = SCALES[name]
    np.testing.assert_allclose(scale(unit * (x + origin)), abs(unit) * scale(x), rtol=1e-7, atol=abs(unit) * 1e-9)


@pytest.mark.parametrize("name", LOCATIONS)
@FEW
@given(x=RESULTS, unit=st.sampled_from([0.001, 0.3048, 10.0, -1.0]), origin=st.sampled_from([0.0, 273.15, -5.0]))
def test_a_location_follows_unit_and_origin(name: str, x: np.ndarray, unit: float, origin: float) -> None:
    place = LOCATIONS[name]
    np.testing.assert_allclose(place(unit * (x + origin)), unit * (place(x) + origin), rtol=1e-7, atol=abs(unit) * 1e-7)


@pytest.mark.parametrize("name", [*SCALES, *LOCATIONS])
@FEW
@given(x=RESULTS, seed=st.integers(0, 99))
def test_the_order_of_laboratories_changes_no_bit(name: str, x: np.ndarray, seed: int) -> None:
    found = (SCALES | LOCATIONS)[name]
    shuffled = np.random.default_rng(seed).permuted(x, axis=1)
    assert (found(shuffled) == found(x)).all()


@pytest.mark.parametrize("name", [*SCALES, *LOCATIONS])
@FEW
@given(x=RESULTS)
def test_rounds_do_not_see_each_other_and_missing_results_do_not_count(name: str, x: np.ndarray) -> None:
    found = (SCALES | LOCATIONS)[name]
    whole = found(np.concatenate([np.full((len(x), 3), np.nan), x], axis=1))
    for row, one in zip(x, whole, strict=True):
        assert one == pytest.approx(found(row), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("name", ["median", "a"])
@FEW
@given(x=RESULTS)
def test_every_result_twice_keeps_the_centre_of_a_symmetric_round(name: str, x: np.ndarray) -> None:
    even = np.concatenate([x, 6.0 - x], axis=1)
    np.testing.assert_allclose(LOCATIONS[name](np.repeat(even, 2, axis=1)), 3.0, atol=1e-7)


@FEW
@given(x=RESULTS)
def test_every_result_twice_keeps_the_median_and_made(x: np.ndarray) -> None:
    twice = np.repeat(x, 2, axis=1)
    np.testing.assert_array_equal(pt.median(twice), pt.median(x))
    np.testing.assert_allclose(pt.made(twice), pt.made(x), atol=1e-12)


@FEW
@given(cells=CELLS, unit=st.sampled_from([0.01, 7.0]), origin=st.sampled_from([0.0, 100.0]), seed=st.integers(0, 99))
def test_precision_follows_the_unit_and_not_origin_or_order(
    cells: np.ndarray, unit: float, origin: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    one = pr.precision(cells)
    other = pr.precision(unit * (rng.permuted(rng.permutation(cells), axis=1) + origin))
    assert float(other.m) == pytest.approx(unit * (float(one.m) + origin))
    for name in ("s_r", "s_L", "s_R", "r", "R"):
        assert float(getattr(other, name)) == pytest.approx(unit * float(getattr(one, name)), rel=1e-6, abs=unit * 1e-6)


@FEW
@given(cells=CELLS)
def test_screening_excludes_only_with_an_entry_and_never_a_straggler(cells: np.ndarray) -> None:
    found = pr.screen(cells)
    gone = {entry.lab for entry in found.log if entry.action == "excluded"}
    assert gone == set(np.flatnonzero(~found.kept).tolist())
    for entry in found.log:
        assert (entry.action == "excluded") == (entry.verdict == "outlier")
    assert int(found.after.p) == len(cells) - len(gone)


@FEW
@given(cells=CELLS, unit=st.sampled_from([0.01, 7.0]), seed=st.integers(0, 99))
def test_a_comparison_follows_unit_and_order_and_its_parts_agree(cells: np.ndarray, unit: float, seed: int) -> None:
    cells = cells + np.arange(len(cells))[:, None] / 7  # no two products alike
    order = np.random.default_rng(seed).permutation(len(cells))
    one, other = product.compare(cells), product.compare(unit * cells[order])
    assert (one.different[np.ix_(order, order)] == other.different).all()
    assert (one.group[order] == other.group).all() and (one.rank_from[order] == other.rank_from).all()
    assert (one.rank_from <= one.rank_to).all() and one.rank_from.min() == 1 and one.rank_to.max() == len(cells)
    share = [[bool(set(a) & set(b)) for b in one.letters] for a in one.letters]
    assert (np.array(share) == ~one.different).all()
    apart = one.group[:, None] != one.group
    assert one.different[apart].all()
    mirrored = product.compare(-cells, direction="lower")
    assert (mirrored.group == one.group).all() and mirrored.letters == one.letters
