"""What is refused, and by what name."""
# ruff: noqa: N806

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from qualitycity.methods.indicators import (
    Choice,
    Framework,
    Step,
    Table,
    WeightSets,
    aggregate,
    ahp,
    benefit_of_doubt,
    build,
    explain,
    impute,
    influence,
    noisy_weights,
    normalise,
    rank,
    remove_each,
    saltelli,
    screen,
    sobol_indices,
    treat,
    uncertainty,
    weights,
    what_if,
)
from qualitycity.methods.indicators.moments import correlation, cronbach

from . import towns

X = np.random.default_rng(1).uniform(1, 9, (6, 6))
FW = towns.tree(np.ones(6))
TABLE = towns.table(X)
INDEX = build(TABLE, FW, towns.MEAN)
RNG = np.random.default_rng(2)
ONE = np.ones(2)


def test_every_fault_of_a_framework_at_once() -> None:
    rows = [
        {"level": 0, "code": "a", "parent": "P", "weight": -1},
        {"level": 0, "code": "a", "parent": "X", "direction": 2},
        {"level": 0, "code": "b", "parent": "I", "target": float("inf")},
        {"level": 1, "code": "P", "parent": "I"},
        {"level": 1, "code": "E", "parent": "I"},
        {"level": 2, "code": "I", "parent": "Z"},
        {"level": 2, "code": "J"},
    ]
    with pytest.raises(ValueError) as found:
        Framework.from_rows(rows)
    for piece in (
        "weight: -1.0 of 'a'",
        "code: 'a' stands there twice",
        "parent: 'X' of 'a' is no node of level 1",
        "direction: 2 of 'a'",
        "parent: 'I' of 'b' is no node of level 1",
        "target: inf of 'b'",
        "one node above the indicators, not ['I', 'J']",
        "parent: 'Z' of 'I', which is the top",
        "the members of 'E' have no weight",
    ):
        assert piece in str(found.value)


def test_every_fault_of_the_data_at_once() -> None:
    with pytest.raises(ValueError) as found:
        Table(("u", "v", "u"), {"a": [1, 2], "b": [1, float("inf"), 2]})
    for piece in ("'u' stands there twice", "'a' has shape (2,)", "'b' is infinite for 'v'"):
        assert piece in str(found.value)
    with pytest.raises(ValueError) as found:
        build(Table(("u", "v"), {"a0": ["x", "y"]}), FW, towns.MEAN)
    assert "column 'a0' holds text" in str(found.value) and "no column 'a5'" in str(found.value)


def test_every_fault_of_the_steps_at_once() -> None:
    with pytest.raises(ValueError) as found:
        build(TABLE, FW, [Step.of("normalize"), Step.of("impute", by="mean"), Step.of("screen"), Step("rules", {})])
    for piece in (
        "there is no 'normalize'",
        "impute: takes no 'by'",
        "impute: needs 'how'",
        "screen: needs 'min_share'",
        "'aggregate' stands there 0 times",
    ):
        assert piece in str(found.value)
    for order, piece in (
        ([Step("rules", {}), Step.of("aggregate")], "before 'aggregate'"),
        ([Step.of("aggregate"), Step.of("treat")], "comes 'rules' or nothing"),
    ):
        with pytest.raises(ValueError, match=piece):
            build(TABLE, FW, order)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: Framework.from_rows([]), "at least one node"),
    (lambda: Framework.from_rows([{"code": "a"}]), "has no level"),
    (lambda: FW.without("zz"), "no 'zz'"),
    (lambda: FW.without("P", "Q"), "nothing is left"),
    (lambda: FW.weighted([np.ones(5)]), "level 0 has 5 weights, not 6"),
    (lambda: FW.weighted([np.array([1, 1, -1, 1, 1, 1])]), "-1.0 of 'a2'"),
    (lambda: Step.of("treat", winmax=object()), "no plain data"),
    (lambda: Step.of("treat", skew=float("nan")), "no plain data"),
    (lambda: TABLE.changed("nobody", "a0", 1.0), "no 'nobody'"),
    (lambda: TABLE.labels("region"), "no column 'region'"),
    (lambda: impute(X, "mode"), "'mode' is not one of"),
    (lambda: impute(X, "mean", ["a"]), "group: shape"),
    (lambda: impute(np.array([[np.nan], [1.0]]), "mean", ["a", "b"]), "column 0 has no figure in group a"),
    (lambda: screen(X, 1.5), "min_share: 1.5"),
    (lambda: screen(np.full((2, 2), np.nan), 0.5), "no unit has 50%"),
    (lambda: treat(X, winmax=-1), "winmax: -1"),
    (lambda: treat(X, skew=0.0), "skew, kurt: 0.0"),
    (lambda: normalise(X, "softmax"), "'softmax' is not one of"),
    (lambda: normalise(X, "minmax", {"lo": 1}), "minmax takes no lo"),
    (lambda: normalise(X, "minmax", {"low": 5, "high": 5}), "low 5 is not below high 5"),
    (lambda: normalise(X, "zscore", {"sd": 0}), "sd 0"),
    (lambda: normalise(X, "minmax", direction=0.5), "direction: 0.5"),
    (lambda: normalise(ONE[:, None], "minmax", names=["a7"]), "'a7' is constant"),
    (lambda: normalise(-X, "share"), "not above 0"),
    (lambda: normalise(X, "target"), "target: distance to target needs one"),
    (lambda: normalise(X, "target", target=np.nan), "'column 0' has none"),
    (lambda: normalise(X, "target", target=-5.0), "no better than the worst"),
    (lambda: normalise(X, "goalposts"), "needs worst and best"),
    (lambda: normalise(X, "goalposts", {"worst": 9, "best": 1}), "9 .worst. to 1 .best. of 'column 0' go against"),
    (lambda: normalise(X[:1], "percentile"), "percentiles need 2"),
    (
        lambda: build(TABLE, FW, [Step.of("normalise", how="goalposts", p={"worst": {}}), towns.MEAN[1]]),
        "worst for 'a0'",
    ),
    (lambda: aggregate(X, np.ones(6), "median"), "'median' is not one of"),
    (lambda: aggregate(X, np.ones(6), missing="ignore"), "'ignore' is not one of"),
    (lambda: aggregate(X, np.ones(6), min_share=0.5), "min_share: 0.5 goes with"),
    (lambda: aggregate(X, np.ones(6), missing="min_share"), "min_share: None goes with"),
    (lambda: aggregate(X, np.ones(5)), "5 weights for 6 members"),
    (lambda: aggregate(X, np.zeros(6)), "not all 0"),
    (lambda: aggregate(X, np.array([1, 1, 1, 1, 1, -1.0])), "-1.0 is the least weight"),
    (lambda: aggregate(X, np.ones(6), "mpi", p={"ddof": 2}), "ddof 2"),
    (lambda: aggregate(X, np.ones(6), "mean_min", p={"alpha": 2}), "alpha 2"),
    (lambda: aggregate(np.where(X > 8, np.nan, X), np.ones(6), "bod"), "takes no gaps"),
    (lambda: build(TABLE, FW, [Step.of("aggregate", how=["amean"])]), "1 methods for 2 levels"),
    (lambda: build(TABLE, FW, [Step.of("aggregate", how="wroclaw")]), "of wroclaw less is better"),
    (lambda: benefit_of_doubt(-X), "from 0 up"),
    (lambda: benefit_of_doubt(np.array([[0.0, 0.0], [1.0, 1.0]])), "unit 0 has nothing"),
    (lambda: benefit_of_doubt(X[:, :2], lower=np.array([0.7, 0.7])), "sum to 1.4"),
    (lambda: benefit_of_doubt(X[:, :2], upper=np.array([0.3, 0.3])), "sum to 0.6"),
    (lambda: benefit_of_doubt(X[:, :2], lower=np.ones(3)), "must be 2 shares"),
    (lambda: rank(X[0], "coin"), "'coin' is not one of"),
    (lambda: weights("guess"), "'guess' is not one of"),
    (lambda: weights("equal", count=0), "count: 0"),
    (lambda: weights("budget", points=[[0, 0]]), "points from 0 up"),
    (lambda: ahp([[1, 2], [3, 1]]), r"a\[0,1\] = 2 is not 1 / a\[1,0\] = 0.333333"),
    (lambda: ahp([[1, -2], [-0.5, 1]]), "numbers above 0"),
    (lambda: ahp(np.ones((16, 16))), "ends at 15"),
    (lambda: ahp(np.ones((3, 3)), "mine"), "'mine' is not one of saaty, donegan_dodd"),
    (lambda: weights("entropy", X=-X), "from 0 up"),
    (lambda: weights("entropy", X=np.ones((3, 2))), "no dispersion"),
    (lambda: weights("critic", X=np.ones((3, 2))), "column 0 is constant"),
    (lambda: weights("pca", X=X, components=9), "components: 9"),
    (lambda: weights("pca", X=np.where(X > 8, np.nan, X)), "no gaps"),
    (lambda: correlation(np.column_stack([X[:, 0], np.ones(6)])), "column 1 is constant"),
    (lambda: cronbach(X[:, :1]), "two columns"),
    (lambda: saltelli(10, 2, RNG), "power of two"),
    (lambda: sobol_indices(np.ones(10), 4, RNG), "10 finite outputs"),
    (lambda: sobol_indices(np.ones(12), 4, RNG, level=1.0), "interval of 1.0"),
    (lambda: noisy_weights(FW.weights, 0, 0.2, RNG), "0 sets"),
    (lambda: noisy_weights(FW.weights, 5, 0.2, RNG, levels=[2]), "2 is not from 0 to 1"),
    (lambda: uncertainty(INDEX, [], 5, RNG), "nothing is uncertain"),
    (lambda: uncertainty(INDEX, [Choice("x", "normalise", ())], 5, RNG), "'x' has no options"),
    (lambda: uncertainty(INDEX, [Choice("x", "normalise", ({"how": "rank"},))] * 2, 5, RNG), "'x' stands there twice"),
    (lambda: uncertainty(INDEX, [WeightSets("w", (np.ones((2, 3)),))], 5, RNG), "sets of shapes"),
    (
        lambda: uncertainty(
            INDEX, [noisy_weights(FW.weights, 2, 0.1, RNG), WeightSets("v", tuple(w[None] for w in FW.weights))], 5, RNG
        ),
        "more than one factor sets the weights",
    ),
    (
        lambda: uncertainty(
            build(TABLE, FW, [towns.MEAN[0], Step.of("weight", how="equal"), towns.MEAN[1]]),
            [noisy_weights(FW.weights, 2, 0.1, RNG), Choice("v", "weight", ({"how": "equal"},))],
            5,
            RNG,
        ),
        "more than one factor sets the weights",
    ),
    (lambda: what_if(INDEX, "u0", "zz", 1.0), "no column 'zz'"),
    (lambda: influence(INDEX, {"zz": 1.0}), "no indicator 'zz'"),
    (lambda: influence(INDEX).of("nobody"), "'nobody' is not in the index"),
    (lambda: explain(INDEX, "nobody"), "'nobody' is not in the index"),
    (lambda: remove_each(INDEX, 2), "level: 2"),
    (lambda: INDEX.stage("treat"), "no stage 'treat'"),
    (lambda: INDEX.score("zz"), "no 'zz'"),
]


@pytest.mark.parametrize(("attempt", "piece"), REFUSED, ids=[piece[:40] for _attempt, piece in REFUSED])
def test_it_is_refused(attempt: Callable[[], Any], piece: str) -> None:
    with pytest.raises(ValueError, match=piece):
        attempt()


def test_denominators_of_zero_are_refused_and_missing_ones_leave_a_gap() -> None:
    rows = FW.rows()
    rows[0]["denominator"] = "people"
    fw = Framework.from_rows(rows)
    steps = [Step.of("denominate"), Step.of("impute", how="mean"), *towns.MEAN]
    with pytest.raises(ValueError, match="denominate: denominator: 'people' of 'u3' is 0"):
        build(towns.table(X, people=[1, 2, 3, 0, 5, 6]), fw, steps)
    index = build(towns.table(X, people=[1, 2, 3, None, 5, 6]), fw, steps)
    assert np.isnan(index.stage("denominate").values[3, 0])
    assert index.log.notes[0] == ("a0 divided by people; missing for u3",)


@pytest.mark.parametrize(
    ("parameters", "piece"),
    [
        ({"how": "equal", "share": 0.0}, "share: 0.0"),
        ({"how": "ahp"}, "needs the judgements"),
        ({"how": "budget", "nodes": {"a0": [[1]]}}, "'a0' has no members"),
        ({"how": "entropy", "share": 0.5, "nodes": {"I": None}}, "'I' has no members that entropy"),
        ({"how": "budget", "nodes": {"P": [[1, 2]]}}, "2 weights for the 3 members of 'P'"),
    ],
)
def test_weights_of_a_step_are_refused(parameters: dict[str, Any], piece: str) -> None:
    with pytest.raises(ValueError, match=piece):
        build(TABLE, FW, [towns.MEAN[0], Step("weight", parameters), towns.MEAN[1]])


def test_judgements_do_not_survive_the_loss_of_a_member() -> None:
    steps = [towns.MEAN[0], Step.of("weight", how="budget", nodes={"P": [[3, 2, 1]]}), towns.MEAN[1]]
    with pytest.raises(ValueError, match="do not fit the index without"):
        remove_each(build(TABLE, FW, steps))
    plain = build(TABLE, FW, [towns.MEAN[0], Step.of("weight", how="equal"), towns.MEAN[1]])
    assert remove_each(plain).scores.shape == (6, 6)
