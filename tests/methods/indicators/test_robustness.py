"""Monte Carlo with rules replayed, influence against full rebuilds, removal, accounts, logs."""
# ruff: noqa: N806

from __future__ import annotations

import numpy as np
import pytest

from qualitycity.methods.indicators import (
    Choice,
    Index,
    Log,
    Step,
    Table,
    WeightSets,
    build,
    explain,
    influence,
    noisy_weights,
    remove_each,
    replay,
    sobol,
    summarise,
    uncertainty,
    what_if,
)
from qualitycity.methods.indicators.robustness import run

from . import towns

pytestmark = pytest.mark.filterwarnings("error")
RULES = {
    "on": "2027-12-20",
    "grades": {"names": ["A", "B", "C"], "bounds": [60, 40]},
    "bonus": [{"code": "award", "fact": "award", "points": 4, "basis": "12", "valid_from": "2027-01-01"}],
    "caps": {"bonus": 6, "high": 100},
    "veto": [{"code": "incident", "fact": "incident", "grade": "C", "basis": "9", "valid_from": "2027-01-01"}],
    "ties": ["award"],
}
STEPS = (
    Step.of("screen", min_share=0.5),
    Step.of("impute", how="median", group="region"),
    Step.of("treat", winmax=3),
    Step.of("normalise", how="minmax", p={"low": 1, "high": 100}),
    Step.of("aggregate", how=["amean", "gmean"]),
    Step("rules", RULES),
)


def figures(units: int = 14) -> Table:
    rng = np.random.default_rng(99)
    X = rng.lognormal(1, 0.8, (units, 6))
    X[rng.uniform(size=X.shape) < 0.08] = np.nan
    X[5, 1:] = np.nan  # screened out
    facts = {"award": rng.integers(0, 3, units), "incident": np.arange(units) == 2}
    return towns.table(X, region=["hill", "plain"] * (units // 2), **facts)


def index() -> Index:
    return build(figures(), towns.tree(np.arange(1.0, 7)), STEPS)


def spec(rng: np.random.Generator) -> list[Choice | WeightSets]:
    return [
        Choice("fill", "impute", ({"how": "median"}, {"how": "mean"})),
        Choice("screen", "screen", ({"min_share": 0.5}, {"min_share": 0.9}, {"min_share": 0.1})),
        Choice("winmax", "treat", ({"winmax": 1}, {"winmax": 3})),
        noisy_weights(index().weights, 30, 0.3, rng),
        Choice("mean", "aggregate", ({"how": ["amean", "gmean"]}, {"how": "hmean"}, {"how": ["amean", "mpi"]})),
        Choice("cap", "rules", ({"caps": {"bonus": 6, "high": 100}}, {"caps": {"bonus": 0}})),
    ]


def test_every_run_is_the_build_it_stands_for_rules_included() -> None:
    rng, nominal = np.random.default_rng(1), index()
    choices = spec(rng)
    stats = uncertainty(nominal, choices, 60, rng)
    for at in range(60):
        chosen = stats.chosen(at)
        sets = next(one for one in choices if isinstance(one, WeightSets)).sets
        fw = nominal.framework.weighted([level[chosen["weights"]] for level in sets])
        steps = []
        for step in STEPS:
            more = [chosen[one.name] for one in choices if isinstance(one, Choice) and one.step == step.name]
            steps.append(Step(step.name, dict(step.parameters) | (more[0] if more else {})))
        other = build(figures(), fw, steps)
        for here, unit in enumerate(nominal.units):
            if unit not in other.units:
                assert np.isnan(stats.runs.scores[at, here]) and stats.runs.grades[at, here] == -1
                continue
            there = other.units.index(unit)
            assert stats.runs.scores[at, here] == pytest.approx(other.scores[there], rel=1e-12)
            assert stats.runs.ranks[at, here] == other.ranks[there]
            assert "ABC"[stats.runs.grades[at, here]] == other.grades[there]


def test_a_veto_holds_in_every_run_and_grades_are_counted() -> None:
    rng, nominal = np.random.default_rng(2), index()
    stats = uncertainty(nominal, spec(rng), 200, rng)
    vetoed = nominal.position("u2")
    scored = (stats.runs.grades[:, vetoed] >= 0).mean()
    assert stats.grade_share[vetoed].tolist() == [0, 0, scored] and nominal.grades[vetoed] == "C"
    assert stats.grade_names == ("A", "B", "C")
    for at, grade in enumerate(nominal.grades):
        assert stats.certain[at] == (stats.runs.grades[:, at] == "ABC".index(str(grade))).mean()
    assert ((stats.low <= stats.median) & (stats.median <= stats.high)).all()


def test_the_same_generator_gives_the_same_numbers() -> None:
    one, two = (uncertainty(index(), spec(np.random.default_rng(3)), 40, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one.runs.ranks, two.runs.ranks, equal_nan=True) and np.array_equal(one.design, two.design)


def test_runs_do_not_depend_on_how_they_are_cut_into_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    choices, nominal = spec(rng), index()
    design = uncertainty(nominal, choices, 80, rng).design
    whole = run(nominal, choices, design)
    monkeypatch.setattr("qualitycity.methods.indicators.robustness.CELLS", 200)
    parts = run(nominal, choices, design)
    np.testing.assert_allclose(whole.scores, parts.scores, rtol=1e-13)
    assert np.array_equal(whole.ranks, parts.ranks, equal_nan=True)


def test_without_rules_there_are_no_grades() -> None:
    plain = build(figures(), towns.tree(np.ones(6)), STEPS[:-1])
    stats = uncertainty(plain, spec(np.random.default_rng(6))[:3], 10, np.random.default_rng(6))
    assert stats.grade_share.shape == (13, 0) and np.isnan(stats.certain).all() and plain.grades == (None,) * 13


def test_sobol_finds_the_choice_that_matters_and_the_one_that_cannot() -> None:
    rng, nominal = np.random.default_rng(7), index()
    choices = [
        Choice("same", "treat", ({"winmax": 3}, {"winmax": 3})),
        Choice("mean", "aggregate", ({"how": "amean"}, {"how": "hmean"})),
    ]
    found = sobol(nominal, choices, 64, rng)
    assert found.names == ("same", "mean")
    assert found.ST[0] == pytest.approx(0, abs=1e-12) and found.ST[1] == pytest.approx(1, abs=0.1)


def test_influence_of_every_figure_is_what_a_full_build_with_it_gives() -> None:
    nominal = index()
    found = influence(nominal)
    raw = figures().numbers(nominal.framework.indicators)
    for at, unit in enumerate(nominal.units):
        for column, code in enumerate(found.codes):
            value = raw[figures().position(unit), column]
            if np.isnan(value):
                assert np.isnan(found.effect[at, column])
                continue
            other = what_if(nominal, unit, code, value + found.change[at, column])
            assert found.score[at, column] == pytest.approx(other.scores[at], rel=1e-12)
            assert found.rank[at, column] == other.ranks[at]
            assert found.grade_names[int(found.grade[at, column])] == other.grades[at]
    effects = [row["effect"] for row in found.of("u0")]
    assert effects == sorted(effects, reverse=True) and min(effects) > 0


def test_influence_without_rules_and_with_named_steps_only() -> None:
    plain = build(figures(), towns.tree(np.ones(6)), STEPS[:-1])
    found = influence(plain, {"a1": 0.5})
    assert not np.nan_to_num(found.effect[:, [0, 2, 3, 4, 5]]).any() and found.grade_names == ()
    assert found.of("u0")[0]["code"] == "a1" and found.of("u0")[0]["grade"] is None


def test_removing_a_node_is_building_without_it() -> None:
    nominal = index()
    found = remove_each(nominal, 0)
    other = build(figures(), nominal.framework.without("a4"), STEPS)
    at = found.codes.index("a4")
    here = [nominal.position(unit) for unit in other.units if unit in nominal.units]
    there = [other.position(unit) for unit in other.units if unit in nominal.units]
    assert np.array_equal(found.scores[at, here], other.scores[there])
    assert remove_each(nominal, 1).codes == ("P", "Q")
    assert found.shift[at] == pytest.approx(np.nanmean(np.abs(found.ranks[at] - nominal.ranks)))


def test_an_account_adds_up_to_the_score() -> None:
    nominal = index()
    stats = uncertainty(nominal, spec(np.random.default_rng(8)), 50, np.random.default_rng(8))
    account = explain(nominal, "u2", stats)
    pillars = {row.code: row for row in account.path if row.level == 1}
    for code, pillar in pillars.items():
        under = [row for row in account.path if row.parent == code]
        assert sum(row.weight for row in under) == pytest.approx(1)
        assert sum(row.weight * row.score for row in under) == pytest.approx(pillar.score)
    logs = sum(row.weight * np.log(row.score) for row in pillars.values())
    assert np.exp(logs) == pytest.approx(account.path[-1].score) == pytest.approx(nominal.base[nominal.position("u2")])
    text = account.text()
    assert "D at best" not in text and "C at best" in text and "in 90 % of the runs" in text and "reported" in text
    assert account.interval is not None and account.interval[0] <= account.interval[1]


def test_a_log_is_replayed_from_its_text_and_a_changed_log_is_another_index() -> None:
    nominal = index()
    text = nominal.log.text()
    again = replay(Log.read(text))
    assert again == nominal and again.difference(nominal) == 0
    forged = Log.read(text.replace('"min_share": 0.5', '"min_share": 0.9'))
    assert replay(forged) != nominal and replay(forged).difference(nominal) == np.inf
    nudged = what_if(nominal, "u1", "a0", 3.0)
    assert nudged != nominal and 0 < nudged.difference(nominal) < np.inf
    assert nominal != "index"


def test_a_log_does_not_change_with_the_dictionary_it_was_made_of() -> None:
    parameters = {"how": "minmax", "p": {"low": 1, "high": 100}}
    step = Step("normalise", parameters)
    parameters["p"]["low"] = 50  # type: ignore[index]
    assert step.parameters["p"] == {"low": 1, "high": 100}


def test_a_design_of_ones_own_is_checked() -> None:
    choices = spec(np.random.default_rng(9))
    with pytest.raises(ValueError, match=r"from 0 to below \[2, 3, 2, 30, 3, 2\]"):
        summarise(index(), choices, np.full((3, 6), 2))
    with pytest.raises(ValueError, match="n: 0 runs"):
        uncertainty(index(), choices, 0, np.random.default_rng(1))
