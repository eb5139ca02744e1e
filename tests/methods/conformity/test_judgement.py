"""«Not detected», grades, whose requirement counts (R3 to R6), and the conclusion (R1, R2)."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.conformity.detection import judge_not_detected, judge_not_quantified
from qualitycity.methods.conformity.grades import Scale, judge_grade, median_grade, scale, scales
from qualitycity.methods.conformity.judgement import Item, Requirement, conclude, requirement
from qualitycity.methods.conformity.limits import Limits, Verdict

PASS, FAIL, OPEN, ABSENT = Verdict.CONFORMS, Verdict.FAILS, Verdict.UNDECIDED, Verdict.NOT_TESTED


# -- not detected


@pytest.mark.parametrize(
    ("lod", "limits", "due"),
    [
        ("5", Limits.of(upper="20"), PASS),
        ("20", Limits.of(upper="20"), PASS),
        ("20", Limits.of(upper="20", upper_inclusive=False), PASS),  # below 20, not at it
        ("20.1", Limits.of(upper="20"), OPEN),
        ("5", Limits.of(lower="5"), FAIL),
        ("5", Limits.of(lower="2"), OPEN),
        ("5", Limits.of(lower="0", upper="20"), PASS),  # a quantity that can be not detected is not negative
        ("5", Limits.of(lower="0", lower_inclusive=False), OPEN),
        ("5", Limits.of("2", "20"), OPEN),
        ("1", Limits.of("2", "20"), FAIL),
    ],
)
def test_not_detected_is_judged_by_its_detection_limit(lod: str, limits: Limits, due: Verdict) -> None:
    found = judge_not_detected(lod, limits)
    assert found.verdict is due
    assert found.measured is None and found.compared is None  # never stored as zero
    assert found.conforms is {PASS: True, FAIL: False, OPEN: None}[due]
    assert f"detection limit {lod}" in found.note


@pytest.mark.parametrize(
    ("limits", "due"),
    [
        (Limits.of(upper="15"), PASS),
        (Limits.of(upper="14.9"), OPEN),
        (Limits.of(upper="5"), OPEN),
        (Limits.of(upper="5", upper_inclusive=False), FAIL),
        (Limits.of(upper="4.9"), FAIL),
        (Limits.of(lower="5"), PASS),
        (Limits.of(lower="15"), FAIL),
    ],
)
def test_detected_but_not_quantified_lies_between_the_two_limits(limits: Limits, due: Verdict) -> None:
    assert judge_not_quantified("5", "15", limits).verdict is due


def test_bad_detection_limits_are_named() -> None:
    limits = Limits.of(upper="1")
    with pytest.raises(ValueError, match="lod: '0' is not positive"):
        judge_not_detected("0", limits)
    with pytest.raises(ValueError, match="loq: 5 is not above"):
        judge_not_quantified("5", "5", limits)
    with pytest.raises(TypeError, match="lod"):
        judge_not_detected(0.5, limits)  # type: ignore[arg-type]


# -- grades


def test_half_grades_stand_between_and_are_never_numbers() -> None:
    fastness = scale("colour_fastness")
    three, half, four = (fastness.grade(name) for name in ("3", "3-4", "4"))
    assert three < half < four and half == fastness.grade("3-4")
    assert judge_grade(half, at_least=half) is PASS and judge_grade(three, at_least=half) is FAIL
    for reckon in (lambda: three + four, lambda: sum([three, four]), lambda: float(three)):  # type: ignore[operator]
        with pytest.raises(TypeError):
            reckon()
    assert median_grade([four, three, half]) == (half, half)
    assert fastness.ranks(["1", "5"]).tolist() == [0, 8]


def test_the_best_energy_grade_is_the_first() -> None:
    energy = scale("energy_efficiency")
    assert energy.grade("1") > energy.grade("5")
    assert all(found.source for found in scales().values())


def test_bad_grades_are_named() -> None:
    fastness, energy = scale("colour_fastness"), scale("energy_efficiency")
    with pytest.raises(ValueError, match="'3.5' is no grade of colour_fastness: 1, 1-2"):
        fastness.grade("3.5")
    with pytest.raises(ValueError, match="row 1: '6'; row 2: ''"):
        fastness.ranks(["3", "6", ""])
    with pytest.raises(ValueError, match="cannot be held against"):
        judge_grade(fastness.grade("3"), energy.grade("3"))
    with pytest.raises(ValueError, match="there is no scale 'taste'"):
        scale("taste")
    with pytest.raises(ValueError, match="no grade"):
        median_grade([])
    with pytest.raises(ValueError, match="different grades"):
        Scale("odour", "own", ("none", "none"))
    assert fastness.grade("3").__lt__(3) is NotImplemented


# -- R3 to R6


def ph(lower: str, upper: str) -> Limits:
    return Limits.of(lower, upper)


@pytest.mark.parametrize(
    ("declared", "mandatory", "due"),
    [
        (ph("5.0", "7.0"), True, Requirement(ph("5.0", "7.0"), "declared", ("R3", "R3"))),
        (ph("5.0", "7.0"), False, Requirement(ph("5.0", "7.0"), "declared", ("R3", "R3"))),
        (ph("3.5", "9.0"), True, Requirement(ph("4.0", "8.5"), "standard", ("R4", "R4"))),
        (ph("3.5", "9.0"), False, Requirement(ph("3.5", "9.0"), "declared", ("R5", "R5"), ph("4.0", "8.5"))),
        (ph("3.5", "7.5"), True, Requirement(ph("4.0", "7.5"), "both", ("R4", "R3"))),
        (ph("5.0", "9.0"), True, Requirement(ph("5.0", "8.5"), "both", ("R3", "R4"))),
        (ph("3.5", "7.5"), False, Requirement(ph("3.5", "7.5"), "declared", ("R5", "R3"), ph("4.0", "8.5"))),
        (ph("4.0", "8.5"), True, Requirement(ph("4.0", "8.5"), "declared")),
        (Limits.of(upper="8.5"), True, Requirement(ph("4.0", "8.5"), "standard", ("R4",))),
        (None, True, Requirement(ph("4.0", "8.5"), "standard", ("R6",))),
        (None, False, Requirement(None, "none", ("R6",))),
    ],
)
def test_whose_requirement_counts(declared: Limits | None, mandatory: bool, due: Requirement) -> None:
    assert requirement(ph("4.0", "8.5"), declared, mandatory=mandatory) == due


def test_an_excluded_limit_is_the_stricter_one() -> None:
    closed, open_ = Limits.of(upper="20"), Limits.of(upper="20", upper_inclusive=False)
    assert requirement(closed, open_, mandatory=True).rules == ("R3",)
    assert requirement(open_, closed, mandatory=True) == Requirement(open_, "standard", ("R4",))
    low, low_open = Limits.of("20"), Limits.of("20", lower_inclusive=False)
    assert requirement(low, low_open, mandatory=True).rules == ("R3",)
    assert requirement(low_open, low, mandatory=True).rules == ("R4",)


def test_a_declaration_that_contradicts_a_mandatory_standard_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no value meets both >= 1 and <= 2 and the mandatory >= 4.0 and <= 8.5"):
        requirement(ph("4.0", "8.5"), ph("1", "2"), mandatory=True)
    with pytest.raises(ValueError, match="no value"):
        requirement(ph("4.0", "8.5"), Limits.of("8.5", "9", lower_inclusive=False), mandatory=True)


ends = st.one_of(st.none(), st.integers(0, 10))


@st.composite
def limits(draw: Any) -> Limits:
    lower, upper = draw(ends), draw(ends)
    if lower is None and upper is None:
        upper = 5
    if lower is not None and upper is not None and lower > upper:
        lower, upper = upper, lower
    closed = lower == upper
    return Limits.of(
        lower, upper, lower_inclusive=closed or draw(st.booleans()), upper_inclusive=closed or draw(st.booleans())
    )


@given(limits(), limits(), st.integers(-2, 24))
def test_the_mandatory_floor_always_holds(standard: Limits, declared: Limits, halves: int) -> None:
    """Under a mandatory standard a value conforms exactly if it meets the standard and the declaration."""
    value = Decimal(halves) / 2
    try:
        found = requirement(standard, declared, mandatory=True)
    except ValueError:
        assert not (standard.admit(value) and declared.admit(value))
        return
    assert found.limits is not None
    assert found.limits.admit(value) == (standard.admit(value) and declared.admit(value))


@given(limits(), limits())
def test_under_a_recommended_standard_the_declaration_counts(standard: Limits, declared: Limits) -> None:
    found = requirement(standard, declared, mandatory=False)
    assert (found.limits, found.source) == (declared, "declared")
    assert (found.note == standard) == ("R5" in found.rules)


# -- R1, R2


@pytest.mark.parametrize(
    ("verdicts", "rule"),
    [
        ([PASS, PASS], "R1"),
        ([PASS, FAIL], "R2"),
        ([OPEN, FAIL], "R2"),
        ([PASS, OPEN], None),
        ([PASS, ABSENT], "R1"),  # listed, not counted as a pass
        ([ABSENT, ABSENT], None),  # nothing was tested: nothing was found conforming either
        ([ABSENT, FAIL], "R2"),
    ],
)
def test_the_conclusion(verdicts: list[Verdict], rule: str | None) -> None:
    items = [Item(str(at), verdict) for at, verdict in enumerate(verdicts)]
    for order in permutations(items):
        assert conclude(order).rule == rule
    found = conclude(items)
    assert found.not_tested == tuple(item.name for item in items if item.verdict is ABSENT)
    assert found.undecided == tuple(item.name for item in items if item.verdict is OPEN)


def test_a_pass_is_never_called_qualified() -> None:
    assert conclude([Item("pH", PASS)]).wording == "所检项目未发现不合格"
    assert conclude([Item("pH", FAIL)]).wording == "不合格"
    assert conclude([Item("pH", OPEN)]).wording == ""


def test_an_item_that_takes_no_part_neither_saves_nor_fails() -> None:
    aside = Item("soaping", FAIL, takes_part=False)
    assert conclude([Item("pH", PASS), aside]).rule == "R1"
    assert conclude([aside]).rule is None
    assert conclude([Item("pH", PASS), aside]).aside == ("soaping",)


def test_bad_reports_are_named() -> None:
    with pytest.raises(ValueError, match="no item"):
        conclude([])
    with pytest.raises(ValueError, match="more than once: pH, lead"):
        conclude([Item(name, PASS) for name in ("pH", "lead", "pH", "lead", "azo")])
