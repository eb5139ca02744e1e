"""GB/T 8170: golden rows, the pitfalls of binary floats and double rounding, the two methods, columns beside texts."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.conformity import columns
from qualitycity.methods.conformity.columns import compare_column, round_column
from qualitycity.methods.conformity.judgement import requirement
from qualitycity.methods.conformity.limits import Limits, exact
from qualitycity.methods.conformity.rounding import Reported, compare_limit, report, round_digits, round_to

INTERVALS = ["1", "0.1", "0.5", "0.2", "0.05", "20", "100", "0.001", "50"]
measured = st.decimals(-10_000, 10_000, places=5).map(str)


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "golden/labstats/conformity/gbt8170_rounding.json").read_text())


def test_golden_rounding(golden: dict[str, Any]) -> None:
    for row in golden["rounding"]:
        assert str(round_to(row["value"], row["interval"])) == row["rounded"], row
        assert round_column([row["value"]], row["interval"]).tolist() == [row["rounded"]], row
    assert len(golden["rounding"]) == 18


def test_golden_limit_comparison_by_both_methods(golden: dict[str, Any]) -> None:
    count = 0
    for item in golden["limit_comparison"]:
        ends = {"lower": item["lower"], "upper": item["upper"]}
        ends |= {"lower_inclusive": item["lower_incl"], "upper_inclusive": item["upper_incl"]}
        texts = [row[0] for row in item["rows"]]
        full = compare_column(texts, **ends)
        rounded = compare_column(texts, **ends, method="rounded", interval=item["interval"])
        assert rounded.compared.tolist() == [row[1] for row in item["rows"]]
        assert full.conforms.tolist() == [row[2] for row in item["rows"]]
        assert rounded.conforms.tolist() == [row[3] for row in item["rows"]]
        for text, whole, by_full, by_rounded in item["rows"]:
            assert compare_limit(text, **ends).conforms is by_full
            found = compare_limit(text, **ends, method="rounded", interval=item["interval"])
            assert (found.conforms, str(found.compared)) == (by_rounded, whole)
            count += 1
    assert count == 20


def test_golden_reported_marks(golden: dict[str, Any]) -> None:
    for row in golden["reported_sign"]:
        assert str(report(row["measured"], "0.1")) == row["reported"]
        read = Reported.read(row["reported"])
        assert str(round_to(read.value, "1", reported_sign=read.sign)) == row["rounded_to_integer"]


# -- pitfall 8: binary floats, double rounding


@pytest.mark.parametrize(("text", "due"), [("2.675", "2.68"), ("1.005", "1.00"), ("0.105", "0.10"), ("1.015", "1.02")])
def test_numbers_that_binary_floats_round_wrong(text: str, due: str) -> None:
    assert str(round_to(text, "0.01")) == due
    assert round_column([text], "0.01").tolist() == [due]


@pytest.mark.parametrize("value", [2.675, np.float64(2.675), True])
def test_floats_are_refused_everywhere(value: Any) -> None:
    for call in (
        lambda: round_to(value, "0.01"),
        lambda: round_to("1", value),
        lambda: round_digits(value, decimals=2),
        lambda: report(value, "1"),
        lambda: compare_limit(value, upper="1"),
        lambda: compare_limit("1", upper=value),
        lambda: round_column(["1", value], "1"),
        lambda: round_column(np.array([2.675]), "1"),
        lambda: compare_column(np.array([2.675]), upper="1"),
    ):
        with pytest.raises(TypeError, match="text"):
            call()


def test_one_step_never_two() -> None:
    assert str(round_to("15.4546", "1")) == "15"
    twice = round_to(round_to("15.4546", "0.1"), "1")
    assert str(twice) == "16"  # what the mark of a reported value prevents
    kept = report("15.4546", "0.1")
    assert str(round_to(kept.value, "1", reported_sign=kept.sign)) == "15"


@given(measured, st.sampled_from(["0.1", "0.01", "0.001"]))
def test_a_marked_report_rounds_to_the_integer_the_raw_value_rounds_to(text: str, interval: str) -> None:
    kept = report(text, interval)
    assert round_to(kept.value, "1", reported_sign=kept.sign) == round_to(text, "1")


# -- pitfall 9: opposite verdicts; the method is stored


def test_the_two_methods_give_opposite_verdicts_and_the_judgement_says_which() -> None:
    for text, ends in (
        ("0.549", {"upper": "0.5"}),
        ("1.649", {"lower": "1.2", "upper": "1.6"}),
        ("9.94", {"lower": "9.9", "upper": "10.1", "lower_inclusive": False, "upper_inclusive": False}),
    ):
        full, rounded = compare_limit(text, **ends), compare_limit(text, **ends, method="rounded")
        assert full.conforms is not rounded.conforms
        assert (full.method, rounded.method) == ("full", "rounded")
        assert full.standard == "GB/T 8170-2008"
        columnwise = [compare_column([text], **ends, method=method) for method in ("full", "rounded")]
        assert [found.conforms[0] for found in columnwise] == [full.conforms, rounded.conforms]
        assert [found.method for found in columnwise] == ["full", "rounded"]
    assert compare_limit("0.0504", upper="0.05").conforms is False  # full value where nothing is said
    assert compare_limit("96.96", lower="97.0", method="rounded").interval == Decimal("0.1")


def test_a_mark_moves_the_value_off_the_limit() -> None:
    assert compare_limit("10.5", upper="10.5").conforms is True
    assert compare_limit("10.5", upper="10.5", reported_sign="+").conforms is False
    assert compare_limit("10.5", upper="10.5", upper_inclusive=False, reported_sign="-").conforms is True
    assert compare_limit("-10.5", lower="-10.5", reported_sign="+").conforms is False
    assert compare_limit("10.5", upper="10", method="rounded", reported_sign="-").conforms is True
    assert compare_limit("10.5", upper="10", method="rounded", reported_sign="+").conforms is False


# -- the rule itself


@given(measured, st.sampled_from(INTERVALS))
def test_rounding_is_the_rule_of_the_standard(text: str, interval: str) -> None:
    found, x, step = round_to(text, interval), Decimal(text), Decimal(interval)
    assert found % step == 0
    assert abs(found - x) <= step / 2
    assert found == (x / step).to_integral_value(ROUND_HALF_EVEN) * step
    assert round_to(-x, interval) == -found
    assert round_to(found, interval) == found


@given(measured, st.sampled_from(["1", "0.1", "0.01"]), st.integers(-3, 3))
def test_the_unit_of_measurement_does_not_matter(text: str, interval: str, shift: int) -> None:
    moved = round_to(format(Decimal(text).scaleb(shift), "f"), Decimal(interval).scaleb(shift))
    assert moved == round_to(text, interval).scaleb(shift)


@given(st.lists(measured, min_size=1, max_size=20), st.sampled_from(INTERVALS))
def test_columns_equal_texts_row_by_row(texts: list[str], interval: str) -> None:
    assert round_column(texts, interval).tolist() == [str(round_to(text, interval)) for text in texts]
    for method in ("full", "rounded"):
        found = compare_column(texts, "-5.0", "7.25", method=method, interval=interval, upper_inclusive=False)
        ones = [
            compare_limit(text, "-5.0", "7.25", method=method, interval=interval, upper_inclusive=False)
            for text in texts
        ]
        assert found.conforms.tolist() == [one.conforms for one in ones]
        assert [Decimal(text) for text in found.compared.tolist()] == [one.compared for one in ones]


def test_the_compiled_loops_equal_their_python(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["-0.05", "+12.", ".5", "007", "123456789012345", "-99.995", "0", "000000000000000000001.004"]
    compiled = round_column(texts, "0.01").tolist()
    monkeypatch.setattr(columns, "_parse", columns._parse.py_func)
    monkeypatch.setattr(columns, "_fill", columns._fill.py_func)
    assert round_column(texts, "0.01").tolist() == compiled
    assert compiled == ["-0.05", "12.00", "0.50", "7.00", "123456789012345.00", "-100.00", "0.00", "1.00"]
    with pytest.raises(ValueError, match="row 0: 'x'"):
        round_column(["x"], "1")


def test_a_rounded_zero_has_no_sign() -> None:
    assert str(round_to("-0.3", "1")) == "0"
    assert round_column(["-0.3", "0"], "1").tolist() == ["0", "0"]


@pytest.mark.parametrize(
    ("text", "asked", "due"),
    [
        ("9.996", {"significant": 3}, "10.0"),
        ("0.0365", {"significant": 2}, "0.036"),
        ("1268", {"significant": 2}, "1300"),
        ("99.5", {"significant": 2}, "1.0E+2"),
        ("0.00", {"significant": 2}, "0.00"),
        ("-2500", {"decimals": -3}, "-2000"),
        ("1.25", {"decimals": 1}, "1.2"),
    ],
)
def test_digits(text: str, asked: dict[str, int], due: str) -> None:
    assert round_digits(text, **asked) == Decimal(due)
    if "E" not in due:
        assert str(round_digits(text, **asked)) == due


def test_long_numbers_and_the_callers_decimal_context_do_not_matter() -> None:
    x = "1234567890123456789012345678901234567890.50000000000000000000000000000000000000000001"
    with localcontext() as context:
        context.prec = 4
        assert str(round_to("-" + x, "1")) == "-1234567890123456789012345678901234567891"
        assert str(report("1234.4567", "0.01")) == "1234.46"
        assert compare_limit(x, upper=x).conforms is True
        assert compare_limit(x, upper=x[:-1] + "2").conforms is True
        assert compare_limit(x, upper=x[:-1] + "0").conforms is False
        assert requirement(Limits.of(upper=x), Limits.of(upper=x[:-1] + "0"), mandatory=True).rules == ("R3",)
        assert round_column(["123456.785"], "0.01").tolist() == ["123456.78"]


def test_a_limit_in_powers_of_ten_says_its_own_digits() -> None:
    for text, conforms in (("1349", False), ("1351", True)):
        found = compare_limit(text, lower="14E+2", method="rounded")
        assert (found.conforms, found.interval) == (conforms, Decimal(100))
        assert compare_column([text], lower="14E+2", method="rounded").conforms.tolist() == [conforms]
    assert compare_limit("1399", lower="1400", method="rounded").conforms is False


# -- bad input


@pytest.mark.parametrize("text", ["", " 1", "1,5", "nan", "Infinity", "1_0", "１.５", "−1", "1e", "0x1", "--1", "."])
def test_text_that_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="measured"):
        compare_limit(text, upper="1")
    with pytest.raises(ValueError, match=r"x: no decimal number: row 1"):
        round_column(["1", text], "1")


def test_every_bad_row_of_a_column_is_named() -> None:
    with pytest.raises(ValueError, match=r"row 1: 'a'; row 3: 'b'"):
        round_column(["1", "a", "2", "b"], "1")
    with pytest.raises(ValueError, match="and 3 more"):
        round_column(["?"] * 8, "1")
    with pytest.raises(ValueError, match="too many digits: row 0"):
        round_column(["1234567890123456789"], "1")
    with pytest.raises(ValueError, match="too many digits beside others with 12 decimals: row 1"):
        round_column(["0.000000000001", "123456789"], "1")
    with pytest.raises(ValueError, match="one axis"):
        round_column(np.array([["1"]]), "1")
    with pytest.raises(ValueError, match=r"no decimal number: row 1: '1\\x00'; row 2: '2 '"):
        round_column(["1", "1\0", "2 "], "1")
    with pytest.raises(ValueError, match=r"no decimal number: row 1: '1\\n2'"):
        round_column(["1", "1\n2", "3"], "1")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: round_to("1", "0"), "interval: '0' is not positive"),
        (lambda: round_to("1E+999", "1"), "x: '1E\\+999' has more than 100"),
        (lambda: round_to("15.4", "1", reported_sign="+"), "only a value whose last non-zero digit is 5"),
        (lambda: round_to("15.5", "1", reported_sign="*"), "neither"),  # type: ignore[arg-type]
        (lambda: round_digits("1"), "give one of them"),
        (lambda: round_digits("1", decimals=1, significant=1), "give one of them"),
        (lambda: round_digits("1", significant=0), "significant: 0"),
        (lambda: round_digits("1", decimals=101), "decimals: 101"),
        (lambda: compare_limit("1"), "at least one limit"),
        (lambda: compare_limit("1", "2", "1"), "no value lies between 2 and 1"),
        (lambda: compare_limit("1", "1", "1", upper_inclusive=False), "no value lies between"),
        (lambda: compare_limit("1", upper="1", method="half"), "method: 'half'"),  # type: ignore[arg-type]
        (lambda: compare_limit("1", "1.2", "1.65", method="rounded"), "end at different digits"),
        (lambda: compare_column(["1"], "1.2", "1.65", method="rounded"), "end at different digits"),
        (lambda: compare_column(["1"], upper="1", method="half"), "method"),  # type: ignore[arg-type]
        (lambda: compare_column(["1"], upper="1E+30"), "upper"),
        (lambda: Reported.read("15.5(*)"), "text"),
        (lambda: exact("x", Decimal("NaN")), "not finite"),
    ],
)
def test_bad_arguments_are_named(call: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()


def test_an_empty_column_stays_empty() -> None:
    assert round_column([], "1").tolist() == []
    assert compare_column([], upper="1").conforms.tolist() == []


def test_limits_keep_their_digits() -> None:
    limits = Limits.of("97.0")
    assert (limits.interval, str(limits.lower)) == (Decimal("0.1"), "97.0")
