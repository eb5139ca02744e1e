"""Mistakes found in the standards and in other programs, each with a test that it is not made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qualitycity.methods.comparison import precision as pr
from qualitycity.methods.comparison import proficiency as pt

NAN = float("nan")


def rounds(seed: int, size: int = 300, p: int = 15) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = rng.normal(10, 1, (size, p))
    return np.where(rng.random(found.shape) < 0.1, found + rng.normal(0, 5, found.shape), found)


# 13: stopping rule of Algorithm A


def test_the_three_figure_rule_depends_on_the_unit_and_convergence_does_not() -> None:
    many = rounds(13)
    one, other = pt.algorithm_a(many, tol="iso2022"), pt.algorithm_a(many * 0.3048, tol="iso2022")
    assert np.abs(other.scale / 0.3048 / one.scale - 1).max() > 1e-3
    one, other = pt.algorithm_a(many), pt.algorithm_a(many * 0.3048)
    np.testing.assert_allclose(other.scale / 0.3048, one.scale, rtol=1e-9)


def test_the_three_figure_rule_stops_early_and_the_default_converges() -> None:
    many = rounds(13)
    early, late, later = pt.algorithm_a(many, tol="iso2022"), pt.algorithm_a(many), pt.algorithm_a(many, tol=1e-14)
    assert np.abs(early.scale / later.scale - 1).max() > 0.002
    np.testing.assert_allclose(late.scale, later.scale, rtol=1e-8)
    assert late.converged.all() and (early.iterations <= late.iterations).all()


def test_the_starting_values_are_no_iteration_of_the_three_figure_rule() -> None:
    """Celsius to kelvin: comparing with the start would stop after one step, up to 32 % off."""
    kelvin = pt.algorithm_a(rounds(32) + 273.15, tol="iso2022")
    assert kelvin.iterations.min() >= 2


def test_the_origin_does_not_move_the_converged_scale() -> None:
    many = rounds(14)
    np.testing.assert_allclose(pt.algorithm_a(many + 273.15).scale, pt.algorithm_a(many).scale, rtol=1e-9)


# 14: MADe = 0, collapse


def test_where_made_is_zero_algorithm_a_starts_from_the_standard_deviation() -> None:
    x = [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 4.0, 6.0, 4.5, 5.5, 4.2]
    assert float(pt.made(x)) == 0
    found = pt.algorithm_a(x)
    assert float(found.scale) > 0.3 and not found.degenerate


def test_a_scale_that_falls_to_zero_is_degenerate_whatever_the_level_of_the_data() -> None:
    x = np.array([5.0] * 9 + [5.1, 7.0])
    for shift in (0.0, 1e6):
        found = pt.algorithm_a(x + shift)
        assert bool(found.degenerate) and float(found.scale) == 0 and float(found.location) == 5.0 + shift
    assert bool(pt.algorithm_a([3.0, 3.0, 3.0]).degenerate) and bool(pt.algorithm_a([3.0]).degenerate)
    assert bool(pt.algorithm_s([0.0, 0.0, 0.0, 0.0, 0.0, 0.3], 1).degenerate)


def test_no_sigma_comes_from_a_degenerate_round() -> None:
    many = np.array([[5.0, 5.1, 4.9, 5.3], [5.0, 5.0, 5.0, 5.0]])
    with pytest.raises(ValueError, match=r"degenerate in round \(1,\)"):
        pt.sigma_from_results(pt.algorithm_a(many))
    assert pt.sigma_from_results(pt.algorithm_a(many[:1])).shape == (1,)
    assert pt.assigned_value(many).degenerate.tolist() == [False, True]


# 15: ties in the Q method


def test_q_of_rounded_results_does_not_depend_on_the_unit() -> None:
    many = rounds(15).round(1)
    found = pt.q_method(many)
    for unit in (0.1, 1e-3, 0.3048, 1 / 3):
        np.testing.assert_allclose(pt.q_method(many * unit) / unit, found, rtol=1e-12)


def test_without_merging_equal_differences_q_would_depend_on_the_unit() -> None:
    """What the merging is for: the naive rule, one step a binary number, moves by percents on the same data."""

    def naive(x: np.ndarray) -> float:
        d = np.sort(np.abs(x[:, None] - x)[np.triu_indices(len(x), 1)])
        points, steps = np.unique(d, return_counts=True)
        height = np.concatenate([[0], steps.cumsum()]) / len(d)
        return float(np.interp(0.25, (height[1:] + height[:-1]) / 2, points))

    many = rounds(15).round(1)
    moved = [abs(naive(row * 0.1) / 0.1 / naive(row) - 1) for row in many]
    assert max(moved) > 0.01


# 16: roots of Hampel's equation


def test_hampel_takes_the_root_nearest_the_median() -> None:
    near, far = np.linspace(-0.5, 0.5, 8), np.linspace(19.5, 20.5, 5)
    assert float(pt.hampel(np.concatenate([near, far]), 1.0)) == pytest.approx(0.0, abs=1e-12)


def test_hampel_takes_the_median_between_two_equally_near_roots() -> None:
    half = np.linspace(9.5, 10.5, 5)
    assert float(pt.hampel(np.concatenate([-half, half]), 1.0)) == pytest.approx(0.0, abs=1e-12)
    assert float(pt.hampel([1.0, 2.0, 7.0], 0.0)) == 2.0


# 17: printed values that cannot be had, quartile types


def test_the_printed_niqr_is_that_of_quartile_type_7_alone(shared: Path) -> None:
    e3 = json.loads((shared / "golden/labstats/proficiency/iso13528_2022_annex_e.json").read_text())["E3"]
    fits = {
        kind
        for kind in ("linear", "hazen", "weibull", "median_unbiased", "lower", "higher")
        if abs(float(pt.niqr(e3["x"], quartiles=kind)) - e3["nIQR"]) < 5e-5
    }
    assert fits == {"linear"}


def test_table_e1_with_half_the_limits_gives_23_96_and_not_the_printed_23_95(shared: Path) -> None:
    cases = json.loads((shared / "golden/labstats/proficiency/iso13528_2022_annex_e.json").read_text())["E1"]["cases"]
    whole, kept = list(cases["ignored"]["x"]), list(cases["deleted"]["x"])
    for value in kept:
        whole.remove(value)
    assert sorted(whole) == [10, 10, 20, 30, 50]  # the results reported as "less than"
    for tol in ("iso2022", 1e-10):
        assert round(float(pt.algorithm_a([*kept, *(value / 2 for value in whole)], tol=tol).location), 2) == 23.96


# 18: ISO 5725-2


def test_unequal_cells_take_the_average_size_of_the_standard_and_not_the_plain_one() -> None:
    cells = [[1.0, 1.2], [1.4, 1.5, 1.6, 1.5, 1.5, 1.4], [0.9, 1.1]]
    n, means = np.array([2, 6, 2]), np.array([np.mean(cell) for cell in cells])
    within = sum(float(np.var(cell)) * len(cell) for cell in cells) / (n.sum() - 3)
    m = (n * means).sum() / n.sum()
    size = (n.sum() - (n**2).sum() / n.sum()) / 2
    found = pr.precision(cells)
    assert float(found.s_L) ** 2 == pytest.approx(((n * (means - m) ** 2).sum() / 2 - within) / size)
    assert size != pytest.approx(n.mean(), rel=0.05) and float(found.m) == pytest.approx(m)


def test_a_negative_variance_between_laboratories_is_zero_and_marked() -> None:
    found = pr.precision([[1.0, 3.0], [1.1, 2.9], [0.9, 3.1]])
    assert float(found.s_L) == 0 and float(found.s_R) == float(found.s_r) and bool(found.between_is_zero)


def test_reproducibility_is_never_below_repeatability() -> None:
    rng = np.random.default_rng(18)
    found = pr.precision(rng.normal(size=(500, 5, 3)))
    assert (found.s_R >= found.s_r).all() and found.between_is_zero.any() and not found.between_is_zero.all()


def test_cochran_comes_before_grubbs() -> None:
    cells = [[10.0, 10.1], [10.1, 10.0], [9.9, 10.0], [10.0, 9.9], [10.1, 10.1], [10.0, 13.0], [10.0, 10.1]]
    found = pr.screen(cells)
    assert [entry.lab for entry in found.log] == [5] and found.log[0].test.startswith("Cochran")
    assert str(pr.grubbs([np.mean(cell) for cell in cells]).high.verdict) == "outlier"  # it would have been Grubbs'


def test_grubbs_is_two_sided() -> None:
    """The 5 % value for 8 laboratories is 2.126 with 2.5 % in either tail, not the one-sided 2.032."""
    assert float(pr.grubbs_critical(8, 0.05)) == pytest.approx(2.1266, abs=1e-4)
    assert float(pr.grubbs_critical(8, 0.10)) == pytest.approx(2.0317, abs=1e-4)
    rng = np.random.default_rng(8)
    found = pr.grubbs(rng.normal(size=(40_000, 8)))
    false = np.mean((found.high.verdict != "") | (found.low.verdict != ""))
    assert false == pytest.approx(0.05, abs=0.004)


def test_stragglers_stay_and_outliers_go_with_a_reason() -> None:
    straggler = [[10.0, 10.1], [10.1, 10.0], [9.9, 10.0], [10.0, 9.9], [10.4, 10.5], [10.0, 10.1], [9.9, 9.8]]
    found = pr.screen(straggler)
    assert found.kept.all() and [(entry.lab, entry.verdict, entry.action) for entry in found.log] == [
        (4, "straggler", "kept")
    ]
    outlier = [*straggler[:4], [12.0, 12.1], *straggler[5:]]
    found = pr.screen(outlier)
    assert np.flatnonzero(~found.kept).tolist() == [4]
    assert found.log[-1].action == "excluded" and "1 % value" in found.log[-1].reason
    assert float(found.after.s_R) < float(found.before.s_R) and int(found.after.p) == int(found.before.p) - 1


def test_the_critical_h_of_four_laboratories_is_computed_and_not_a_rounded_table_value() -> None:
    assert float(pr.h_critical(4, 0.05)) == pytest.approx(1.42500, abs=1e-5)  # t = 4.30265 on 2 degrees of freedom
    assert float(pr.h_critical(4, 0.01)) == pytest.approx(1.48500, abs=1e-5)


# 19: the R package's copy of glucose C


def test_an_outlying_cell_is_seen_before_it_makes_the_repeatability() -> None:
    """Like glucose C in a peer's data: one cell carries s_r; screening says so instead of publishing the value."""
    rng = np.random.default_rng(19)
    cells = 134.9 + rng.normal(0, 1.5, (8, 3))
    clean = pr.precision(cells)
    cells[2, 1] += 14
    found = pr.screen(cells)
    assert float(found.before.s_r) > 1.5 * float(clean.s_r)
    assert [entry.lab for entry in found.log if entry.action == "excluded"] == [2]
    assert float(found.after.s_r) == pytest.approx(float(clean.s_r), rel=0.15)
