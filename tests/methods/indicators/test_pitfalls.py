"""What went wrong elsewhere, one test each: composite indices, their peers' issues, assessments that are gamed."""
# ruff: noqa: N806

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from qualitycity.methods.indicators import (
    Choice,
    Step,
    aggregate,
    ahp,
    build,
    changes,
    formula,
    noisy_weights,
    normalise,
    rank,
    saltelli,
    sobol,
    sobol_indices,
    treat,
    uncertainty,
    weights,
)
from qualitycity.methods.indicators.moments import kurtosis, skewness

from . import asem, towns

CHANCE = np.random.default_rng(20271220)
X = CHANCE.uniform(1, 9, (12, 6))


def test_a_geometric_mean_refuses_zeros_and_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="'b' \\(0\\); normalise to 1-100 instead of 0-100, or shift z-scores"):
        aggregate(np.array([[1.0, 0.0], [2.0, 3.0]]), np.ones(2), "gmean", names=["a", "b"])
    steps = [Step.of("normalise", how="minmax"), Step.of("aggregate", how="gmean")]
    with pytest.raises(ValueError, match="aggregate to 'P' by gmean"):
        build(towns.table(X), towns.tree(np.ones(6)), steps)


def test_uncertainty_names_choices_that_do_not_go_together() -> None:
    index = build(towns.table(X), towns.tree(np.ones(6)), towns.MEAN)
    spec = [Choice("mean", "aggregate", ({"how": "amean"}, {"how": "gmean"}))]
    with pytest.raises(ValueError, match="do not go together: mean = {'how': 'gmean'}"):
        uncertainty(index, spec, 50, np.random.default_rng(1))


def test_hiding_a_bad_figure_pays_only_where_weights_are_spread_over_what_is_there() -> None:
    X = np.array([[90.0, 10.0], [80.0, 50.0]])
    hidden = np.array([[90.0, np.nan], [80.0, 50.0]])
    one = np.ones(2)
    assert aggregate(hidden, one)[0] == 90 > aggregate(X, one)[0]
    assert np.isnan(aggregate(hidden, one, missing="min_share", min_share=0.6)[0])
    assert aggregate(hidden, one, missing="min_share", min_share=0.5)[0] == 90
    with pytest.raises(ValueError, match="'member 1' is missing for unit 0"):
        aggregate(hidden, one, missing="fail")


def test_the_missing_share_is_that_of_the_reports_and_screening_looks_at_them() -> None:
    gaps = X.copy()
    gaps[0, :2] = np.nan
    fw, table = towns.tree(np.ones(6)), towns.table(gaps)
    index = build(table, fw, [Step.of("impute", how="mean"), *towns.MEAN])
    assert index.missing_share[0] == pytest.approx(2 / 6) and not index.missing_share[1:].any()
    screened = build(table, fw, [Step.of("impute", how="mean"), Step.of("screen", min_share=0.9), *towns.MEAN])
    assert screened.dropped == ("u0",) and len(screened.scores) == 11
    assert screened.log.notes[1] == ("u0 left out: has 66.7% of its figures",)


def test_min_max_scores_of_two_years_are_not_comparable_and_goalposts_are() -> None:
    fw, before, after = (
        towns.tree(np.ones(6)),
        towns.table(X),
        towns.table(np.where(np.arange(12)[:, None] == 3, 20, X)),
    )
    moving = [build(year, fw, towns.MEAN) for year in (before, after)]
    assert moving[0].score("a0")[0] != moving[1].score("a0")[0] and not moving[0].comparable
    fixed = (Step.of("normalise", how="goalposts", p={"worst": 0, "best": 10}), towns.MEAN[1])
    standing = [build(year, fw, fixed) for year in (before, after)]
    assert standing[0].scores[0] == standing[1].scores[0] and standing[0].comparable


@pytest.mark.parametrize("step", [Step.of("treat"), Step.of("impute", how="mean")])
def test_goalposts_do_not_help_where_another_step_looks_at_the_other_units(step: Step) -> None:
    fixed = (step, Step.of("normalise", how="goalposts", p={"worst": 0, "best": 10}), towns.MEAN[1])
    assert not build(towns.table(X), towns.tree(np.ones(6)), fixed).comparable


def test_skewness_and_kurtosis_are_the_sample_corrected_kinds() -> None:
    x = CHANCE.lognormal(size=(40, 3))
    x[3, 1] = np.nan
    for at in range(3):
        have = x[~np.isnan(x[:, at]), at]
        assert skewness(x)[at] == pytest.approx(stats.skew(have, bias=False), rel=1e-12)
        assert kurtosis(x)[at] == pytest.approx(stats.kurtosis(have, bias=False), rel=1e-12)


def test_a_population_skewness_would_leave_a_column_untreated() -> None:
    x = np.array([0.0] * 6 + [0.4, 1.9, 2.0, 9.0])
    limit = (stats.skew(x) + skewness(x)) / 2
    assert stats.skew(x) < limit < skewness(x)
    assert treat(x[:, None], skew=limit).points[0] > 0


def test_winsorising_treats_tied_values_together() -> None:
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 300, 300])[:, None]
    found = treat(x, winmax=5)
    assert found.points[0] == 2 and found.values[-2:, 0].tolist() == [12, 12]


def test_a_left_tail_is_winsorised_from_below_and_logged_without_turning() -> None:
    x = np.concatenate([np.linspace(50, 60, 30), [1.0, -40.0]])[:, None]
    found = treat(x, winmax=1)
    assert found.logged[0] and (np.argsort(found.values[:, 0]) == np.argsort(x[:, 0])).all()
    assert treat(x, winmax=5).values.min() >= 50


def test_ranks_come_from_unrounded_scores() -> None:
    scores = np.array([89.994, 89.996, 89.9901])
    assert rank(scores).tolist() == [2, 1, 3]
    assert rank(scores.round(1)).tolist() == [1, 1, 1]


def test_the_order_of_summation_makes_no_rank() -> None:
    scores = np.array([0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1])
    assert scores[0] != scores[1] and rank(scores).tolist() == [1, 1]


def test_the_rule_for_ties_is_the_callers() -> None:
    scores = np.array([5.0, 7, 7, 9])
    ranks = {ties: rank(scores, ties).tolist() for ties in ("min", "max", "average", "dense")}
    assert ranks == {"min": [4, 2, 2, 1], "max": [4, 3, 3, 1], "average": [4, 2.5, 2.5, 1], "dense": [3, 2, 2, 1]}


def test_direction_comes_before_normalising() -> None:
    less = normalise(np.array([[1.0], [2.0], [4.0]]), "rank", direction=-1.0).values[:, 0]
    assert less.tolist() == [3, 2, 1]
    assert normalise(np.array([[1.0], [3.0]]), "minmax", direction=-1.0).values[:, 0].tolist() == [100, 0]


def test_entropy_weights_run_away_and_are_never_the_only_ones(shared: Path) -> None:
    _units, names, life = asem.matrix(shared / "golden" / "composite" / "compind_bli2017_input.csv", key="unit")
    found = weights("entropy", X=life).values
    assert names[int(found.argmax())] == "income" and 0.22 < found.max() < 0.24  # against 9 % each
    fw, table = towns.tree(np.ones(6)), towns.table(X)
    with pytest.raises(ValueError, match="follow dispersion, not importance"):
        build(table, fw, [towns.MEAN[0], Step.of("weight", how="entropy"), towns.MEAN[1]])
    mixed = build(table, fw, [towns.MEAN[0], Step.of("weight", how="entropy", share=0.25), towns.MEAN[1]])
    assert mixed.weights[0].min() >= 0.75 / 3 and "largest" in mixed.log.notes[1][0]
    given = towns.tree(np.array([30.0, 10, 10, 1, 1, 2]))
    other = build(table, given, [towns.MEAN[0], Step.of("weight", how="entropy", share=0.25), towns.MEAN[1]])
    pure = weights("entropy", X=other.levels[0][:, :3]).values
    np.testing.assert_allclose(other.weights[0][:3], 0.75 * np.array([0.6, 0.2, 0.2]) + 0.25 * pure)


DRINKS = [  # Saaty 2008: how many times the row's drink is drunk as much as the column's, above the diagonal
    [9, 5, 2, 1, 1, 1 / 2],
    [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 1, 1 / 3],
    [2, 1 / 2],
    [1 / 3],
]


def test_the_consistency_ratio_names_its_table_because_tables_differ() -> None:
    matrix = np.eye(7)
    for row, values in enumerate(DRINKS):
        matrix[row, row + 1 :] = values
        matrix[row + 1 :, row] = 1 / np.array(values)
    saaty, other = ahp(matrix), ahp(matrix, "donegan_dodd")
    assert (round(saaty.consistency, 4), round(other.consistency, 4)) == (0.0218, 0.0235)
    assert (saaty.index, other.index) == ("saaty", "donegan_dodd") and saaty.consistent


def test_inconsistent_judges_are_sent_back_and_the_ratio_stands_in_the_log() -> None:
    fw, table = towns.tree(np.ones(6)), towns.table(X)
    good = [[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]]
    index = build(table, fw, [towns.MEAN[0], Step.of("weight", how="ahp", nodes={"P": good}), towns.MEAN[1]])
    assert index.weights[0][:3] == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert index.log.notes[1][0].startswith("P: consistency ratio 0.0000 (saaty")
    circle = [[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]
    with pytest.raises(ValueError, match="'P' have CR .* > 0.1"):
        build(table, fw, [towns.MEAN[0], Step.of("weight", how="ahp", nodes={"P": circle}), towns.MEAN[1]])


def ishigami(u: np.ndarray) -> np.ndarray:
    x = u * 2 * np.pi - np.pi
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


EXACT = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])


def test_estimates_from_few_runs_are_not_cut_at_zero_and_their_intervals_say_so() -> None:
    negative = covered = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = sobol_indices(ishigami(saltelli(32, 3, rng)), 3, rng)
        negative += int((found.S < 0).any())
        low, high = found.S_interval
        covered += int(((low <= EXACT[0]) & (EXACT[0] <= high)).sum())
        assert (found.S_interval[0] <= found.S).all() and (found.S_interval[1] >= found.S).all()
    assert negative >= 3 and covered >= 40  # of 60, at a nominal 90 % and 32 points


def test_ishigami_comes_out_within_a_hundredth() -> None:
    rng = np.random.default_rng(3)
    found = sobol_indices(ishigami(saltelli(16384, 3, rng)), 3, rng, resamples=1)
    np.testing.assert_allclose(found.S, EXACT[0], atol=0.01)
    np.testing.assert_allclose(found.ST, EXACT[1], atol=0.01)
    several = [sobol_indices(ishigami(saltelli(1024, 3, rng)), 3, rng, resamples=1) for _ in range(20)]
    for have, want in (([one.S for one in several], EXACT[0]), ([one.ST for one in several], EXACT[1])):
        assert (np.median(np.abs(np.array(have) - want), axis=0) < 0.01).all()


def test_a_formula_frozen_before_the_year_is_the_only_one_that_builds() -> None:
    published = formula(towns.YEAR, towns.STEPS)
    assert build(towns.TOWNS, towns.YEAR, towns.STEPS, frozen=published) == towns.year()
    bent = towns.YEAR.weighted([np.array([30.0, 10, 10, 10, 15, 15, 10])])
    with pytest.raises(ValueError, match=f"not the published {published}"):
        build(towns.TOWNS, bent, towns.STEPS, frozen=published)
    softer = towns.RULES | {"grades": {"names": ["A", "B", "C", "D"], "bounds": [89, 80, 60]}}
    assert formula(towns.YEAR, [*towns.STEPS[:2], Step("rules", softer)]) != published


def test_every_change_of_formula_or_figure_is_said() -> None:
    before = towns.year()
    bent = towns.YEAR.weighted([np.array([30.0, 10, 10, 10, 15, 15, 10])])
    after = build(towns.TOWNS.changed("Beihu", "tasks", 0.5), bent, towns.STEPS)
    said = changes(before.log, after.log)
    assert len(said) == 3 and said[0].startswith("framework: pass") and said[2].startswith("data: tasks of Beihu 0.45")
    assert changes(before.log, before.log) == []


def test_a_choice_about_a_step_the_index_does_not_have_is_refused_not_skipped() -> None:
    index = build(towns.table(X), towns.tree(np.ones(6)), towns.MEAN)
    spec = [
        Choice("winmax", "treat", ({"winmax": 1}, {"winmax": 2})),
        Choice("scale", "normalise", ({"how": "minmax", "q": {}},)),
    ]
    with pytest.raises(ValueError) as found:
        sobol(index, spec, 8, np.random.default_rng(1))
    assert "'winmax' varies 'treat', which the index has 0 times" in str(found.value)
    assert "'scale': normalise: takes no 'q'" in str(found.value)


def test_every_run_says_what_was_chosen_in_it() -> None:
    index = build(towns.table(X), towns.tree(np.ones(6)), towns.MEAN)
    rng = np.random.default_rng(5)
    scale = Choice("scale", "normalise", ({"how": "minmax"}, {"how": "zscore"}))
    stats_of = uncertainty(index, [scale, noisy_weights(index.weights, 10, 0.2, rng)], 20, rng)
    seen = [stats_of.chosen(at) for at in range(20)]
    assert {str(one["scale"]) for one in seen} == {"{'how': 'minmax'}", "{'how': 'zscore'}"}
    assert {one["weights"] for one in seen} <= set(range(10))


def test_copeland_can_be_reached_from_a_build() -> None:
    steps = [towns.MEAN[0], Step.of("aggregate", how=["amean", "copeland"])]
    index = build(towns.table(X), towns.tree(np.ones(6)), steps)
    assert index.scores.sum() == 0 and np.abs(index.scores).max() <= 11
