"""How a frame comes about: two lists, bans by months, odds, ids. No database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.supervision.sampling.framing import (
    Sampled,
    ban_ends,
    banned,
    judge,
    reconcile,
    stratum_of,
    unit_ids,
    weight,
)

CLASSES, GRADES = {"AA": 1, "A": 2, "B": 4, "C": 8}, {"I": 2, "II": 1, "III": 1}


def test_a_firm_that_stands_in_one_list_only_is_found_on_either_side() -> None:
    register = {"E1": "one", "E2": "two", "E12": "twelve"}
    bureau = {"E1": "one", "E2": "two", "E99": "ghost"}
    assert reconcile(register, bureau) == [("list_only", "E99", "ghost"), ("register_only", "E12", "twelve")]
    assert reconcile(register, register) == []


def test_the_ban_counts_months_and_never_180_days() -> None:
    assert ban_ends(date(2027, 1, 12), 6) == date(2027, 7, 12)
    assert banned(date(2027, 7, 11), date(2027, 1, 12), 6)
    assert not banned(date(2027, 7, 12), date(2027, 1, 12), 6)
    assert ban_ends(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert banned(date(2027, 2, 27), date(2026, 8, 31), 6)


def test_a_cancelled_firm_and_a_banned_product_are_out_with_their_dates() -> None:
    day, last = date(2027, 4, 6), Sampled(date(2027, 1, 12), "省局")
    out = judge(day, deregistered_on=None, last=last, ban_months=6)
    assert out is not None and (out.reason, out.on, out.note) == ("repeat_ban", date(2027, 1, 12), "省局")
    out = judge(day, deregistered_on=date(2026, 12, 20), last=last, ban_months=6)
    assert out is not None and out.reason == "deregistered"
    assert judge(day, deregistered_on=None, last=None, ban_months=6) is None


def test_follow_up_sampling_is_not_bound_by_the_ban() -> None:
    assert judge(date(2027, 4, 6), deregistered_on=None, last=Sampled(date(2027, 4, 1), ""), ban_months=None) is None


@pytest.mark.parametrize(
    ("supervision", "risk", "expected"), [("AA", "II", 1), ("A", "II", 2), ("B", "I", 8), ("C", "III", 8)]
)
def test_odds_follow_class_and_product_risk(supervision: str, risk: str, expected: int) -> None:
    assert weight(supervision, risk, CLASSES, GRADES) == expected


def test_odds_are_never_zero_and_never_guessed() -> None:
    with pytest.raises(ValueError, match="never zero"):
        weight("AA", "II", {"AA": 0}, GRADES)
    with pytest.raises(KeyError):
        weight("D", "II", CLASSES, GRADES)


def test_a_firm_with_several_products_gets_numbered_units() -> None:
    assert unit_ids(["A", "B", "B", "C"]) == ["A", "B/1", "B/2", "C"]


@given(st.lists(st.sampled_from(["A", "B", "C", "D"]), max_size=30))
def test_unit_ids_never_collide_and_lead_back_to_the_firm(codes: list[str]) -> None:
    ids = unit_ids(codes)
    assert len(set(ids)) == len(ids)
    assert [item.partition("/")[0] for item in ids] == codes


def test_the_stratum_without_a_key_takes_the_rest() -> None:
    assert stratum_of("TEX.SOCK", {"TEX.SOCK": "socks", "": "other"}) == "socks"
    assert stratum_of("TEX.COAT", {"TEX.SOCK": "socks", "": "other"}) == "other"
    assert stratum_of("TEX.COAT", {"TEX.SOCK": "socks"}) is None
