"""Plans of GB/T 2828.1 against an independent transcription and against the law of the tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.acceptance import tables
from qualitycity.methods.acceptance.tables import LEVELS, aqls, cell, code_letter, plan, plans

from .golden import table

LETTERS = "ABCDEFGHJKLMNPQR"
LAW = {  # Ac by letter index + AQL index; the last two of each only in rows A to E
    "normal": {14: 0, 17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21, 25: 30, 26: 44},
    "tightened": {15: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 8, 23: 12, 24: 18, 25: 27, 26: 41},
    "reduced": {14: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 6, 23: 8, 24: 10, 25: 14, 26: 21},
}


def test_every_code_letter_at_both_ends_of_every_row(shared: Path) -> None:
    for row in table(shared, "iso2859_1_table1_code_letters.csv"):
        for lot in {int(row["lot_min"]), int(row["lot_max"] or 10**7)}:
            assert {level: code_letter(lot, level) for level in LEVELS} == {level: row[level] for level in LEVELS}


def test_every_cell_equals_the_independent_transcription(shared: Path) -> None:
    rows = table(shared, "iso2859_1_tables_2abc_resolved.csv")
    seen = 0
    for row in rows:
        asked = (row["code_letter"], row["aql"], row["severity"])
        if not row["n"]:
            with pytest.raises(ValueError, match="letter: 'S'"):
                cell(*asked)
            continue
        found = cell(*asked)
        expected = (row["final_letter"], int(row["n"]), int(row["Ac"]), int(row["Re"]))
        assert (found.letter, found.n, found.ac, found.re) == expected, asked
        seen += 1
    assert seen == 3 * 16 * 26 + 1


@pytest.mark.parametrize(
    ("severity", "own", "exceptions"), [("normal", 152, 0), ("tightened", 137, 0), ("reduced", 137, 14)]
)
def test_cells_on_a_diagonal_have_one_acceptance_number(severity: str, own: int, exceptions: int) -> None:
    cells = {
        (i, j): int(value)
        for i, letter in enumerate(LETTERS)
        for j, value in enumerate(tables.data()[severity]["cells"][letter].split())
        if value not in "v^"
    }
    odd = [(i, j) for (i, j), ac in cells.items() if LAW[severity].get(i + j) != ac]
    assert len(cells) == own
    assert len(odd) == exceptions
    assert all(LETTERS[i] in "AB" for i, _ in odd)
    assert all(LETTERS[i] <= "E" for (i, j) in cells if i + j > 24)


def test_following_an_arrow_changes_letter_size_and_both_numbers_together() -> None:
    down, up = plan(200, "II", "1.0"), plan(100, "II", "1.0")
    assert (down.asked, down.letter, down.n, down.ac, down.re) == ("G", "H", 50, 1, 2)
    assert (up.asked, up.letter, up.n, up.ac, up.re) == ("F", "E", 13, 0, 1)


def test_reduced_inspection_has_sample_sizes_of_its_own() -> None:
    assert (cell("K", "0.10", "reduced").n, cell("K", "0.10").n) == (50, 125)


def test_the_edition_is_that_of_2012_not_mil_std_105e() -> None:
    small = cell("A", "10", "tightened")
    assert (small.letter, small.n, small.ac, small.re) == ("A", 2, 0, 1)
    for letter in LETTERS:  # 105E leaves a gap between Ac and Re in reduced inspection
        assert all(found.re == found.ac + 1 for found in (cell(letter, aql, "reduced") for aql in aqls()))
    assert plan(1000).standard == "GB/T 2828.1-2012"


def test_a_sample_that_reaches_the_lot_is_the_lot_and_has_no_sampling_risk() -> None:
    whole = plan(40, "II", "0.25")
    assert (whole.n, whole.inspect_all, whole.inspected) == (50, True, 40)
    assert plan(50, "II", "0.25").inspect_all
    assert not plan(51, "II", "0.25").inspect_all
    with pytest.raises(ValueError, match="sampling risk is undefined"):
        _ = whole.stages


def test_percent_ends_at_ten_and_per_100_goes_to_a_thousand() -> None:
    assert plan(1000, "II", "10").ac == 14
    with pytest.raises(ValueError, match=r"aql: 15 .*per100"):
        plan(1000, "II", "15")
    per100 = plan(5, "II", 1000, regime="per100")
    assert (per100.letter, per100.n, per100.ac) == ("A", 2, 30)
    assert per100.accepts(30)
    assert not per100.accepts(31)


def test_percent_counts_items_and_cannot_find_more_than_were_inspected() -> None:
    with pytest.raises(ValueError, match="d: 81 of 80"):
        plan(1000).accepts(81)
    with pytest.raises(ValueError, match="d: -1"):
        plan(1000).accepts(-1)


@pytest.mark.parametrize("wrong", [0.5, "3", "x", True, "1,0", Decimal("0.66"), None])
def test_an_aql_off_the_list_is_refused_never_interpolated(wrong: object) -> None:
    with pytest.raises(ValueError, match="aql: "):
        plan(1000, "II", wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"lot_size": 1}, "lot_size"),
        ({"lot_size": -5}, "lot_size"),
        ({"lot_size": 10.0}, "lot_size"),
        ({"lot_size": 100, "level": "IV"}, "level"),
        ({"lot_size": 100, "severity": "skip"}, "severity"),
        ({"lot_size": 100, "regime": "ppm"}, "regime"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        plan(**arguments)
    with pytest.raises(ValueError, match=f"^{name}: "):
        plans(**(arguments | {"lot_size": [arguments["lot_size"]]}))


@given(st.lists(st.integers(2, 10**6), max_size=30), st.sampled_from(LEVELS), st.sampled_from(range(26)))
def test_a_batch_equals_its_lots(lots: list[int], level: str, column: int) -> None:
    aql = aqls()[column]
    batch = plans(np.array(lots, dtype=int), level, aql, "tightened", "per100")
    alone = [plan(lot, level, aql, "tightened", "per100") for lot in lots]
    assert batch.n.tolist() == [each.n for each in alone]
    assert batch.ac.tolist() == [each.ac for each in alone]
    assert batch.re.tolist() == [each.re for each in alone]
    assert batch.letter.tolist() == [each.letter for each in alone]
    assert batch.inspect_all.tolist() == [each.inspect_all for each in alone]


def test_aqls_are_recognised_in_any_writing() -> None:
    assert tables.aql_text(".65") == tables.aql_text(0.65) == tables.aql_text(Decimal("0.650")) == "0.65"
    assert tables.aql_text(1000) == "1000"


def test_tightened_is_never_easier_than_normal_for_the_same_sample() -> None:
    for letter in LETTERS:
        for aql in aqls():
            normal, tight = cell(letter, aql), cell(letter, aql, "tightened")
            if tight.n == normal.n:
                assert tight.ac <= normal.ac
