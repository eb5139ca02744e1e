"""What must hold for any data: scale, shift, permutation, duplication; oracles for ranks, rotation and the frontier."""
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.optimize import linprog

from qualitycity.methods.indicators import (
    Framework,
    Step,
    aggregate,
    benefit_of_doubt,
    build,
    normalise,
    rank,
    saltelli,
    sobol_indices,
    treat,
    weights,
)
from qualitycity.methods.indicators.table import Floats

from . import towns

pytestmark = pytest.mark.filterwarnings("error")
QUICK = settings(deadline=None, max_examples=50)
SEED = st.integers(0, 2**32 - 1)
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def figures(seed: int, units: int = 9) -> Floats:
    return np.random.default_rng(seed).lognormal(1, 1, (units, 6))


STEPS = (Step.of("treat", winmax=2), *towns.MEAN)


@QUICK
@given(SEED)
def test_scale_and_shift_of_an_indicator_change_nothing(seed: int) -> None:
    rng, X = np.random.default_rng(seed), figures(seed)
    moved = X * rng.uniform(0.01, 100, 6) + rng.uniform(-50, 50, 6)
    one, two = (build(towns.table(given_x), towns.tree(np.ones(6)), STEPS) for given_x in (X, moved))
    np.testing.assert_allclose(one.scores, two.scores, rtol=1e-7)
    assert one.ranks.tolist() == two.ranks.tolist()


@QUICK
@given(SEED)
def test_turning_an_indicator_and_its_direction_changes_nothing(seed: int) -> None:
    X, sign = figures(seed), np.where(np.arange(6) % 2, -1.0, 1.0)
    one = build(towns.table(X), towns.tree(np.ones(6)), STEPS)
    two = build(towns.table(X * sign), towns.tree(np.ones(6), sign), STEPS)
    np.testing.assert_allclose(one.scores, two.scores, **CLOSE)


@QUICK
@given(SEED)
def test_the_order_of_units_changes_nothing(seed: int) -> None:
    X, order = figures(seed), np.random.default_rng(seed).permutation(9)
    one = build(towns.table(X), towns.tree(np.ones(6)), STEPS)
    two = build(towns.table(X[order]), towns.tree(np.ones(6)), STEPS)
    np.testing.assert_allclose(one.scores[order], two.scores, **CLOSE)
    assert one.ranks[order].tolist() == two.ranks.tolist()


@QUICK
@given(SEED)
def test_the_order_of_rows_of_the_framework_changes_nothing(seed: int) -> None:
    rng, X = np.random.default_rng(seed), figures(seed)
    fw = towns.tree(rng.uniform(0.5, 2, 6))
    rows = fw.rows()
    shuffled = Framework.from_rows([rows[at] for at in rng.permutation(len(rows))])
    one, two = (build(towns.table(X), tree, STEPS) for tree in (fw, shuffled))
    for code in ("a3", "P", "I"):
        np.testing.assert_allclose(one.score(code), two.score(code), **CLOSE)


@QUICK
@given(SEED, st.floats(0.1, 0.9))
def test_an_indicator_split_into_two_that_share_its_weight_changes_nothing(seed: int, part: float) -> None:
    X = figures(seed)
    rows = towns.tree(np.ones(6)).rows()
    halves = [rows[0] | {"weight": part}, rows[0] | {"weight": 1 - part, "code": "twin"}]
    table = towns.table(X, twin=X[:, 0])
    for how in ("amean", "gmean", "hmean"):
        steps = [Step.of("normalise", how="minmax", p={"low": 1, "high": 100}), Step.of("aggregate", how=how)]
        one, two = (build(table, Framework.from_rows(given_rows), steps) for given_rows in (rows, halves + rows[1:]))
        np.testing.assert_allclose(one.scores, two.scores, **CLOSE)


@QUICK
@given(SEED)
def test_a_unit_twice_gets_the_same_score_and_leaves_the_others_theirs(seed: int) -> None:
    X = figures(seed)
    one = build(towns.table(X), towns.tree(np.ones(6)), towns.MEAN)
    two = build(towns.table(np.vstack([X, X[:1]])), towns.tree(np.ones(6)), towns.MEAN)
    np.testing.assert_allclose(two.scores[:9], one.scores, **CLOSE)
    assert two.scores[9] == two.scores[0] and two.ranks[9] == two.ranks[0]


@QUICK
@given(SEED, st.floats(0.01, 1000))
def test_weights_have_no_scale_and_means_keep_their_order(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    X, W = rng.uniform(1, 100, (5, 4)), rng.uniform(0.1, 3, 4)
    means = {how: aggregate(X, W, how) for how in ("hmean", "gmean", "amean")}
    for how, found in means.items():
        np.testing.assert_allclose(aggregate(X, W * scale, how), found, **CLOSE)
    assert (means["hmean"] <= means["gmean"] + 1e-9).all() and (means["gmean"] <= means["amean"] + 1e-9).all()
    below, above = aggregate(X, W, "mpi"), aggregate(X, W, "mpi_negative")
    assert (below <= means["amean"] + 1e-9).all() and (above >= means["amean"] - 1e-9).all()


HOWS = ["amean", "gmean", "hmean", "mpi", "mpi_negative", "mean_min", "wroclaw", "copeland"]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("gaps", [False, True])
def test_replications_at_once_are_replications_one_by_one(how: str, gaps: bool) -> None:
    rng = np.random.default_rng(4)
    X, W = rng.uniform(1, 100, (7, 6, 5)), rng.uniform(0.1, 3, (7, 5))
    if gaps:
        X[rng.uniform(size=X.shape) < 0.2] = np.nan
    several = aggregate(X, W, how)
    assert several.shape == (7, 6)
    for at in range(7):
        np.testing.assert_allclose(several[at], aggregate(X[at], W[at], how), **CLOSE)
    shared = aggregate(X[0], W, how)
    np.testing.assert_allclose(shared[3], aggregate(X[0], W[3], how), **CLOSE)
    np.testing.assert_allclose(aggregate(X, W[0], how)[2], aggregate(X[2], W[0], how), **CLOSE)


def test_what_is_not_there_counts_as_if_it_never_were() -> None:
    rng = np.random.default_rng(8)
    X, W = rng.uniform(1, 100, (6, 4)), rng.uniform(0.5, 2, 4)
    gaps = X.copy()
    gaps[:, 2] = np.nan
    kept = [0, 1, 3]
    for how in ("amean", "gmean", "hmean", "mpi", "mean_min", "copeland"):
        np.testing.assert_allclose(aggregate(gaps, W, how), aggregate(X[:, kept], W[kept], how), **CLOSE)
        unweighted = np.where(np.arange(4) == 2, 0.0, W)
        np.testing.assert_allclose(aggregate(X, unweighted, how), aggregate(X[:, kept], W[kept], how), **CLOSE)
    assert np.isnan(aggregate(np.full((2, 3), np.nan), np.ones(3))).all()


FEW = st.integers(0, 5).map(float)


@QUICK
@given(arrays(float, st.integers(1, 12), elements=FEW), st.sampled_from(["min", "max", "average"]))
def test_ranks_are_scipys(scores: Floats, ties: str) -> None:
    assert rank(scores, ties).tolist() == stats.rankdata(-scores, ties).tolist()
    assert rank(scores, "dense").tolist() == stats.rankdata(-scores, "dense").tolist()


@QUICK
@given(arrays(float, (3, 8), elements=st.integers(0, 3).map(float)), SEED)
def test_ranks_with_keys_are_those_of_sorted_tuples(scores: Floats, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ahead, key = rng.integers(0, 2, 8).astype(float), rng.integers(0, 3, 8).astype(float)
    scores[rng.uniform(size=scores.shape) < 0.1] = np.nan
    found = rank(scores, keys=[key], ahead=ahead)
    for row, ranks in zip(scores, found, strict=True):
        valid = np.flatnonzero(~np.isnan(row))
        tuples = {at: (ahead[at], row[at], key[at]) for at in valid}
        want = [1 + sum(other > tuples[at] for other in tuples.values()) for at in valid]
        assert ranks[valid].tolist() == want and np.isnan(np.delete(ranks, valid)).all()


@QUICK
@given(SEED)
def test_treatment_keeps_order_and_columns_to_themselves(seed: int) -> None:
    X = np.random.default_rng(seed).lognormal(0, 2, (20, 4))
    found = treat(X, winmax=2)
    for at in range(4):
        order = np.argsort(X[:, at])
        assert (np.diff(found.values[order, at]) >= 0).all()
        alone = treat(X[:, [at]], winmax=2)
        assert alone.points[0] == found.points[at] and np.array_equal(alone.values[:, 0], found.values[:, at])


@QUICK
@given(SEED)
def test_percentiles_and_shares_stay_in_their_range(seed: int) -> None:
    X = figures(seed)
    for how in ("percentile", "best", "share"):
        for direction in (1.0, -1.0):
            found = normalise(X, how, direction=direction).values
            assert found.min() >= 0 and found.max() == pytest.approx(1)


def test_distance_to_target_and_its_cap() -> None:
    X = np.array([[10.0, 9.0], [20.0, 5.0], [40.0, 1.0]])
    found = normalise(X, "target", direction=[1, -1], target=[30, 3])
    assert found.values.tolist() == [[0, 0], [0.5, 4 / 6], [1.5, 8 / 6]] and not found.clipped.any()
    capped = normalise(X, "target", {"cap": True}, direction=[1, -1], target=[30, 3])
    assert capped.values[2].tolist() == [1, 1] and capped.clipped[2].all() and not capped.clipped[:2].any()


@QUICK
@given(SEED)
def test_weights_from_data_do_not_know_units_or_order(seed: int) -> None:
    rng, X = np.random.default_rng(seed), figures(seed, 15)
    order, scale = rng.permutation(15), rng.uniform(0.1, 10, 6)
    for how in ("entropy", "critic", "variance", "pca"):
        found = weights(how, X=X).values
        assert found.sum() == pytest.approx(1) and (found >= 0).all()
        np.testing.assert_allclose(weights(how, X=X[order] * scale).values, found, rtol=1e-5, atol=1e-7)


def test_varimax_is_that_of_statsmodels() -> None:
    from statsmodels.multivariate.factor_rotation import rotate_factors

    rng = np.random.default_rng(11)
    common = rng.normal(size=(60, 2))
    X = common @ rng.normal(size=(2, 6)) + 0.4 * rng.normal(size=(60, 6))
    values, vectors = np.linalg.eigh(np.corrcoef(X.T))
    loadings = vectors[:, ::-1][:, :2] * np.sqrt(values[::-1][:2])
    want, _rotation = rotate_factors(loadings, "varimax", max_tries=501)
    found = weights("pca", X=X, components=2)
    squares = np.sort(found.loadings**2, axis=1)  # type: ignore[attr-defined]
    np.testing.assert_allclose(squares, np.sort(want**2, axis=1), atol=1e-5)
    assert found.explained.sum() == pytest.approx(values[::-1][:2].sum() / 6)  # type: ignore[attr-defined]


def test_one_component_weighs_by_its_squared_loadings() -> None:
    rng = np.random.default_rng(12)
    X = rng.normal(size=(40, 1)) + 0.5 * rng.normal(size=(40, 5))
    values, vectors = np.linalg.eigh(np.corrcoef(X.T))
    np.testing.assert_allclose(weights("pca", X=X).values, vectors[:, -1] ** 2, rtol=1e-9)


def test_the_frontier_is_that_of_the_dual_programme() -> None:
    X = np.random.default_rng(13).uniform(0.1, 1, (12, 4))
    for at, score in enumerate(benefit_of_doubt(X).scores):
        # the largest factor by which the unit's outputs could grow within mixtures of all units
        cost = np.concatenate([[-1.0], np.zeros(12)])
        grow = np.column_stack([X[at], -X.T])
        total = np.concatenate([[0.0], np.ones(12)])[None, :]
        found = linprog(cost, A_ub=np.vstack([grow, total]), b_ub=np.r_[np.zeros(4), 1.0], bounds=(0, None))
        assert score == pytest.approx(1 / found.x[0], rel=1e-7)


def test_bounds_on_shares_hold_and_cost_score() -> None:
    X = np.random.default_rng(14).uniform(0.1, 1, (12, 4))
    free = benefit_of_doubt(X)
    bound = benefit_of_doubt(X, lower=np.full(4, 0.15), upper=np.full(4, 0.4))
    assert (bound.shares >= 0.15 - 1e-9).all() and (bound.shares <= 0.4 + 1e-9).all()
    assert (bound.scores <= free.scores + 1e-9).all() and (free.shares.sum(axis=1) == pytest.approx(1))
    scaled = benefit_of_doubt(X * np.array([1, 10, 100, 1000.0]))
    np.testing.assert_allclose(scaled.scores, free.scores, rtol=1e-7)
    np.testing.assert_allclose((scaled.weights * X * [1, 10, 100, 1000]).sum(axis=1), scaled.scores)
    nearly_fixed = aggregate(X, np.ones(4), "bod", p={"freedom": 0.2})
    assert (nearly_fixed <= aggregate(X, np.ones(4), "bod", p={"freedom": 0.6}) + 1e-9).all()


@QUICK
@given(SEED)
def test_sobol_indices_of_a_sum_are_its_shares_whatever_the_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    u = saltelli(1024, 3, rng)
    y = 1000 + u @ np.array([1.0, 2.0, 3.0])
    found = sobol_indices(y, 3, rng, resamples=20)
    np.testing.assert_allclose(found.S, np.array([1, 4, 9]) / 14, atol=0.03)
    np.testing.assert_allclose(found.ST, np.array([1, 4, 9]) / 14, atol=0.03)


def test_an_output_that_does_not_move_has_no_indices() -> None:
    found = sobol_indices(np.full(50, 3.0), 3, np.random.default_rng(1), resamples=5)
    assert np.isnan(found.S).all() and np.isnan(found.ST_interval).all() and found.variance == 0
