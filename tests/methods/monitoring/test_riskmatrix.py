"""The risk matrix: golden table and worked example, exact boundaries, which input flips the level."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.monitoring.riskmatrix import (
    Band,
    Matrix,
    Step,
    editions,
    exact,
    highest,
    level,
    levels,
    load,
    probability_band,
    scenario,
    sensitivity,
    swing,
)

RAPEX = load()
PROBABILITY = st.fractions(0, 1, max_denominator=10_000)


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, object]:
    return json.loads((shared / "golden/labstats/signals/rapex_matrix.json").read_text())


def test_golden_matrix(golden: dict[str, object]) -> None:
    for name, edition in editions():
        matrix = load(name, edition)
        assert [list(row) for row in matrix.levels] == golden["level"]
        assert [b.label.replace(" ", "") for b in matrix.bands] == [
            label.replace(" ", "")
            for label in golden["probability_bands"]  # type: ignore[attr-defined]
        ]
        assert matrix.names == golden["legend"] and len(matrix.severities) == len(golden["severity"])  # type: ignore[arg-type]


def test_golden_folding_chair(golden: dict[str, object]) -> None:
    example = golden["worked_example"]
    found = scenario(example["steps"], example["severity"], RAPEX)  # type: ignore[index]
    assert found.probability == Fraction(1, 500) == exact("p", example["overall"])  # type: ignore[index]
    assert RAPEX.bands[found.band].label.replace(" ", "") == example["band"].replace(" ", "")  # type: ignore[index]
    assert found.level == example["risk"] and found.standard == "rapex 2019/417"  # type: ignore[index]


def test_steps_are_multiplied_not_added_or_averaged() -> None:
    assert scenario(["0.1", "0.1", "0.1"], 2, RAPEX).probability == Fraction(1, 1000)


def test_a_boundary_is_met_exactly_where_binary_floats_miss_it() -> None:
    assert 0.1 * 0.1 > 0.01 and 0.1 * 0.1 * 0.1 > 0.001
    lower = replace(RAPEX, on_boundary="lower")
    assert scenario([0.1, 0.1, 0.1], 2, RAPEX).level == "H"
    assert scenario([0.1, 0.1, 0.1], 2, lower).level == "M"
    assert probability_band("1/2", RAPEX) == 0 and probability_band("1/2", lower) == 1
    assert probability_band(0, RAPEX) == probability_band(0, lower) == 7
    assert levels([1, 4], ["1/2", 0], RAPEX) == ["H", "L"]


def brute(steps: list[Fraction], at: int, value: Fraction, severity: int, matrix: Matrix) -> str:
    return scenario([value if i == at else p for i, p in enumerate(steps)], severity, matrix).level


@settings(max_examples=150, deadline=None)
@given(st.lists(PROBABILITY, min_size=1, max_size=4), st.integers(1, 4), st.sampled_from(["higher", "lower"]))
def test_a_flip_is_the_nearest_value_that_changes_the_level(steps: list[Fraction], severity: int, edge: str) -> None:
    matrix = replace(RAPEX, on_boundary=edge)
    found, tiny = scenario(steps, severity, matrix), Fraction(1, 10**15)
    rising = set()
    for flip in sensitivity(found):
        if flip.step is None:
            assert level(int(flip.value), found.probability, matrix) == flip.level != found.level
            continue
        upward = matrix.order.index(flip.level) > matrix.order.index(found.level)
        rising |= {flip.step} if upward else set()
        before, beyond = (flip.value - tiny, flip.value + tiny)[:: 1 if upward else -1]
        at_it = brute(steps, flip.step, flip.value, severity, matrix)
        assert at_it == (flip.level if flip.at_value else found.level)
        assert before < 0 or before > 1 or brute(steps, flip.step, before, severity, matrix) == found.level
        assert beyond < 0 or beyond > 1 or brute(steps, flip.step, beyond, severity, matrix) == flip.level
    for at in range(len(steps)):
        assert (at in rising) == (brute(steps, at, Fraction(1), severity, matrix) != found.level)


def test_flips_within_the_stated_range_come_first_then_the_smallest_change() -> None:
    steps = [Step("rarely", "0.01", "0.009", "0.02"), Step("perhaps", "0.2", "0.01", "1"), Step("often", "0.5")]
    flips = sensitivity(scenario(steps, 2, RAPEX))  # exactly 1/1000: high; below it medium
    assert [(flip.name, flip.within, flip.level) for flip in flips] == [
        ("rarely", True, "M"),
        ("perhaps", True, "M"),
        ("often", False, "M"),
        ("rarely", False, "S"),
        ("severity", False, "S"),
        ("severity", False, "L"),
    ]


def test_a_range_that_ends_on_the_boundary_reaches_it_only_where_the_boundary_flips() -> None:
    steps = [Step("met", "0.05", "0.02", "0.1")]
    assert [flip.within for flip in sensitivity(scenario(steps, 3, replace(RAPEX, on_boundary="higher")))] == [
        False
    ] * 2
    one = scenario([Step("met", "0.005", "0.001", "0.01")], 2, RAPEX)
    up, down = sensitivity(one)[:2]
    assert (up.value, up.level, up.at_value, up.within) == (Fraction(1, 100), "S", True, True)
    assert (down.value, down.level, down.at_value, down.within) == (Fraction(1, 1000), "M", False, False)


@settings(max_examples=60, deadline=None)
@given(st.permutations(["1/3", "0.02", "0.5", "1/7"]), st.integers(1, 4))
def test_the_order_of_steps_does_not_matter(order: list[str], severity: int) -> None:
    found = scenario(order, severity, RAPEX)
    assert found.probability == Fraction(1, 3) * Fraction(1, 50) * Fraction(1, 2) * Fraction(1, 7)
    assert sorted(str(f.factor) for f in sensitivity(found)) == sorted(
        str(f.factor) for f in sensitivity(scenario(sorted(order), severity, RAPEX))
    )


def test_swing_shows_each_range_and_all_together() -> None:
    steps = [Step("a", "0.02", "0.005", "0.05"), Step("b", "0.1", "0.05", "0.9")]
    assert [(s.name, s.low, s.high) for s in swing(scenario(steps, 2, RAPEX))] == [
        ("a", "M", "H"),
        ("b", "H", "S"),
        ("all", "M", "S"),
    ]


def test_the_highest_scenario_decides() -> None:
    rows = [scenario(["0.002"], 1, RAPEX), scenario(["0.0005"], 3, RAPEX), scenario(["0.2"], 1, RAPEX)]
    assert [row.level for row in rows] == ["L", "H", "M"]
    assert {highest(order).level for order in itertools.permutations(rows)} == {"H"}


def test_levels_never_fall_where_severity_or_probability_rises() -> None:
    for severity, p in itertools.product(range(1, 4), ("0", "1e-5", "0.004", "0.3")):
        assert RAPEX.order.index(level(severity, p, RAPEX)) <= RAPEX.order.index(level(severity + 1, p, RAPEX))
    with pytest.raises(ValueError, match="levels must not fall where severity or probability rises"):
        replace(RAPEX, levels=(*RAPEX.levels[:-1], "LLLH")[:7] + ("SSSS",))


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: load("rapex", "1999"), "name and edition must be one of (('rapex', '2010/15')"),
        (lambda: scenario([], 1, RAPEX), "steps must hold at least one step"),
        (
            lambda: scenario(["2", "-1"], 1, RAPEX),
            "step 'step 1': p must lie from 0 to 1; it is 2; step 'step 2': p must",
        ),
        (lambda: scenario(["a lot"], 1, RAPEX), "p must be a number from 0 to 1; it is 'a lot'"),
        (lambda: scenario([float("nan")], 1, RAPEX), "p must be a number from 0 to 1; it is nan"),
        (lambda: scenario([1], 5, RAPEX), "severity must be a whole number from 1 to 4; it is 5"),
        (lambda: Step("x", "0.1", "0.2", "0.3"), "step 'x': low ≤ p ≤ high must hold; they are 0.2, 0.1, 0.3"),
        (lambda: levels([1], [0, 1], RAPEX), "severity and p must have one length; it is 1 and 2"),
        (lambda: highest([]), "scenarios must hold at least one scenario"),
        (
            lambda: highest([scenario([1], 1, RAPEX), scenario([1], 1, load("rapex", "2010/15"))]),
            "scenarios must share one matrix; there are ['rapex 2010/15', 'rapex 2019/417']",
        ),
        (
            lambda: replace(RAPEX, bands=(Band("all", Fraction(1, 2)),), on_boundary="middle"),
            "bands must fall strictly to 0; they are 1/2; levels must have 1 rows; there are 8; on_boundary must be",
        ),
        (lambda: replace(RAPEX, levels=("HSS", *RAPEX.levels[1:])), "levels[0] must be 4 letters of LMHS; it is 'HSS'"),
    ],
)
def test_bad_input_is_named(work: object, message: str) -> None:
    with pytest.raises(ValueError) as fault:
        work()  # type: ignore[operator]
    assert message in str(fault.value)
