"""Rules after aggregation: the year of the four towns, the order of the rules, their sentences, ties, bad rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.indicators import Rules, influence, rules, what_if
from qualitycity.methods.indicators.settlement import Settlement

from . import towns


def test_the_year_of_the_four_towns() -> None:
    index = towns.year()
    assert [round(float(score), 4) for score in index.scores] == [86.4556, 95.7, 89.9944, 59.9722]
    assert index.grades == ("B", "D", "B", "D")
    (told,) = index.explanations
    assert told.kind == "veto" and told.unit == "Xitang" and told.basis == "rulebook 2027, 9"
    assert told.sentence.startswith("incident (incident 1): D at best, grade A → D")
    assert told.before == told.after == pytest.approx(95.7)
    assert index.ranks.tolist() == [2, 3, 1, 4]  # a better grade before a better score


def test_what_lifts_a_town_by_one_more_of_each_thing() -> None:
    index = towns.year()
    steps = {"pass": 1 / 50, "tasks": 1 / 20, "loss": 1 / 30, "complaints": 1 / 60}
    found = influence(index, {code: np.full(4, step) for code, step in steps.items()}).of("Nanling")
    assert [(row["code"], round(row["effect"], 2)) for row in found] == [
        ("pass", 2.22),
        ("tasks", 1.0),
        ("loss", 0.33),
        ("complaints", 0.25),
    ]
    assert found[1]["grade"] == "A" and round(found[1]["score"], 2) == 90.99
    assert what_if(index, "Nanling", "tasks", 16 / 20).grades[2] == "A" and index == towns.year()


QUICK = settings(deadline=None, max_examples=50)
BOOK: dict[str, Any] = {
    "on": "2027-12-20",
    "grades": towns.GRADES,
    "bonus": [
        {"code": "award", "fact": "award", "points": 3, "basis": "12", "valid_from": "2027-01-01"},
        {"code": "pilot", "fact": "pilot", "points": 2.5, "basis": "12", "valid_from": "2027-01-01"},
        {"code": "late", "fact": "late", "points": -0.5, "basis": "14", "valid_from": "2027-01-01"},
        {
            "code": "old",
            "fact": "award",
            "points": 50,
            "basis": "9",
            "valid_from": "2020-01-01",
            "valid_to": "2026-12-31",
        },
    ],
    "caps": {"bonus": 5, "deduction": 1, "low": 0, "high": 100, "basis": "15"},
    "veto": [
        towns.INCIDENT,
        {"code": "safety", "fact": "zero", "grade": "B", "basis": "16", "valid_from": "2027-01-01"},
    ],
    "ties": ["onsite"],
}


def facts(count: int = 1, **given: Any) -> dict[str, Any]:
    return {name: np.zeros(count) for name in ("award", "pilot", "late", "incident", "zero", "onsite")} | given


def test_bonus_then_caps_then_limit_each_leaves_a_sentence_with_the_score_before_and_after() -> None:
    one = {"award": [1], "pilot": [1], "late": [4], "zero": [1]}
    found = rules(np.array([97.0]), facts(**one), Rules.from_plain(BOOK), ["East"])
    steps = [(told.kind, told.code, told.before, told.after) for told in found.of("East")]
    assert steps == [
        ("bonus", "award", 97, 100),
        ("bonus", "pilot", 100, 102),
        ("deduction", "late", 102, 101),
        ("cap", "high", 101, 100),
        ("grade limit", "safety", 100, 100),
    ]
    sentences = [told.sentence for told in found.explanations]
    assert sentences[1] == "bonus pilot (pilot 1 × 2.5), cut to 2 by the cap of 5: 100 → 102"
    assert sentences[2] == "deduction late (late 4 × -0.5), cut to 1 by the cap of 1: 102 → 101"
    assert "B at best, grade A → B" in sentences[4]
    assert found.scores.tolist() == [100] and found.grades == ("B",)


def test_no_bonus_lifts_over_a_veto_because_the_veto_comes_after() -> None:
    found = rules(np.array([88.0]), facts(award=[1], incident=[1]), Rules.from_plain(BOOK))
    assert found.scores.tolist() == [91] and found.grades == ("D",)
    assert [told.grade_after for told in found.explanations] == ["A", "D"]


def test_a_limit_never_lifts_a_grade() -> None:
    found = rules(np.array([50.0]), facts(zero=[1]), Rules.from_plain(BOOK))
    assert found.grades == ("D",) and found.explanations[0].grade_after == "D"


def test_a_rule_out_of_force_does_nothing_and_the_day_decides() -> None:
    book = Rules.from_plain(BOOK)
    assert rules(np.array([70.0]), facts(award=[1]), book).scores.tolist() == [73]
    earlier = Rules.from_plain(BOOK | {"on": "2026-12-31", "caps": None})
    assert rules(np.array([10.0]), facts(award=[1]), earlier).scores.tolist() == [60]


def test_ties_are_ordered_by_their_fact_and_said() -> None:
    found = rules(np.array([85.0, 85.0, 70.0]), facts(3, onsite=[8, 9, 7]), Rules.from_plain(BOOK), ["E", "W", "S"])
    assert found.ranks.tolist() == [2, 1, 3]
    (told,) = found.of("E")
    assert told.sentence == "tie with W, ordered by onsite 8: rank 1 → 2; 85 → 85" and told.kind == "tie"
    equal = rules(
        np.array([85.0, 85.0, 70.0]), facts(3, onsite=[9, 9, 7]), Rules.from_plain(BOOK | {"tie_rule": "max"})
    )
    assert equal.ranks.tolist() == [2, 2, 3]


def test_grades_are_given_on_unrounded_scores_but_not_on_rounding_errors() -> None:
    book = Rules.from_plain({"on": "2027-12-20", "grades": towns.GRADES})
    found = rules(np.array([89.9999, 90.0, 90.0 - 1e-13, 59.99, np.nan]), {}, book)
    assert found.grades == ("B", "A", "A", "D", None) and np.isnan(found.ranks[4])


def test_score_before_grade_where_the_rules_say_so() -> None:
    book = Rules.from_plain(towns.RULES | {"grade_first": False})
    found = rules(np.array([86.0, 95.0]), {"incident": [0, 1]}, book)
    assert found.ranks.tolist() == [2, 1] and found.grades == ("B", "D")


@QUICK
@given(
    st.lists(st.tuples(st.floats(0, 100), *[st.integers(0, 3)] * 4), min_size=1, max_size=6),
)
def test_the_sentences_end_where_the_numbers_do(rows: list[tuple[float, int, int, int, int]]) -> None:
    base = np.array([row[0] for row in rows])
    columns = {name: [row[at] for row in rows] for at, name in enumerate(("award", "pilot", "late", "zero"), 1)}
    given_facts = facts(len(rows), **columns)
    book = Rules.from_plain(BOOK)
    found = rules(base, given_facts, book)
    joined = Settlement.of(book, [f"unit {at}" for at in range(len(rows))], given_facts)
    many = joined.settle(np.stack([base, base + 1]))
    assert np.array_equal(many.scores[0], found.scores) and np.array_equal(many.ranks[0], found.ranks)
    for at in range(len(rows)):
        told = found.of(f"unit {at}")
        assert (told[-1].after if told else base[at]) == pytest.approx(found.scores[at], abs=1e-12)
        for one, two in zip(told, told[1:], strict=False):
            assert one.after == two.before
        assert -1 - 1e-9 <= found.scores[at] - base[at] <= 5 + 1e-9


def test_rules_read_back_from_plain_data() -> None:
    book = Rules.from_plain(BOOK)
    assert Rules.from_plain(book.plain()) == book and book.facts == (
        "award",
        "pilot",
        "late",
        "incident",
        "zero",
        "onsite",
    )


def test_every_fault_of_a_rulebook_at_once() -> None:
    bad = {
        "on": "20 December",
        "grades": {"names": ["A", "A"], "bounds": [60, 90]},
        "bonus": [{"code": "x", "fact": "f", "points": float("inf"), "basis": "b", "valid_from": "2027-13-01"}] * 2,
        "veto": [{"code": "v", "fact": "f", "grade": "E", "basis": "b", "valid_from": "2027-01-01", "valid_to": "x"}],
        "caps": {"bonus": -1, "low": 5, "high": 1},
        "tie_rule": "coin",
    }
    with pytest.raises(ValueError) as found:
        Rules.from_plain(bad)
    said = str(found.value)
    for piece in (
        "on '20 December' is no ISO date",
        "2 distinct names need 1 bounds",
        "[60, 90] do not fall",
        "points inf is not finite",
        "valid_from '2027-13-01'",
        "bonus 'x': stands there twice",
        "there is no grade 'E'",
        "valid_to 'x'",
        "bonus -1 is below 0",
        "low 5 is above high 1",
        "'coin' is not one of",
    ):
        assert piece in said


@pytest.mark.parametrize(
    ("given_facts", "piece"),
    [
        ({}, "there is no 'incident'"),
        ({"incident": [0]}, r"shape \(1,\), not \(2,\)"),
        ({"incident": [0, np.nan]}, "unknown for 'W'"),
        ({"incident": [0, -1]}, "below 0 for 'W'"),
    ],
)
def test_a_veto_is_never_decided_on_a_fact_nobody_knows(given_facts: dict[str, Any], piece: str) -> None:
    with pytest.raises(ValueError, match=piece):
        rules(np.array([80.0, 90.0]), given_facts, Rules.from_plain(towns.RULES), ["E", "W"])


def test_unknown_words_in_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no 'bonuses'"):
        Rules.from_plain({"on": "2027-12-20", "bonuses": []})
    with pytest.raises(ValueError, match="veto 'v': there is no 'until'"):
        Rules.from_plain(towns.RULES | {"veto": [towns.INCIDENT | {"code": "v", "until": "2028-01-01"}]})
    with pytest.raises(ValueError, match="there are no grades to limit"):
        Rules.from_plain({"on": "2027-12-20", "veto": [towns.INCIDENT]})
