"""Drawing: what must not matter does not, and what must stay fixed stays. Engines: test_engines.py."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.lottery.draw import Ranking, draw
from qualitycity.methods.lottery.faults import InputFaults, LotteryError
from qualitycity.methods.lottery.frame import Frame, enterprise_of
from qualitycity.methods.lottery.plan import plan_stratum
from qualitycity.methods.lottery.seed import draw_key, ticket
from qualitycity.methods.lottery.sql import DUCKDB, Dialect, rank_sql

from .frames import IDS, KEYS, UNITS, big_frame, frame_of, table_of, takes_of


@settings(max_examples=60, deadline=None)
@given(UNITS, KEYS, st.floats(0, 1), st.randoms())
def test_the_order_of_the_rows_does_not_matter(units: dict, key: str, share: float, shuffler: random.Random) -> None:
    frame = frame_of(units)
    items = list(units.items())
    shuffler.shuffle(items)
    again = frame_of(dict(items))
    assert again.digest() == frame.digest()
    assert draw(again, key, takes_of(frame, share)) == draw(frame, key, takes_of(frame, share))


@settings(max_examples=60, deadline=None)
@given(st.sets(IDS, min_size=2, max_size=30), KEYS, st.integers(1, 5))
def test_one_more_unit_changes_only_itself_and_the_cut_off(ids: set, key: str, weight: int) -> None:
    *old, new = sorted(ids, key=lambda unit_id: ticket("salt", unit_id))
    before = draw(frame_of(dict.fromkeys(old, ("s", weight))), key, {"s": len(old)})
    after = draw(frame_of(dict.fromkeys(ids, ("s", weight))), key, {"s": len(ids)})
    assert [unit for unit in after.ids if unit != new] == before.ids
    assert [u.ticket for u in after.strata[0].drawn if u.id != new] == [u.ticket for u in before.strata[0].drawn]


@settings(max_examples=40, deadline=None)
@given(UNITS, KEYS)
def test_of_one_weight_the_smaller_ticket_comes_first_whatever_else_stands_in_the_frame(units: dict, key: str) -> None:
    frame = frame_of(units)
    weight = {unit.id: unit.weight for unit in frame.units}
    for stratum in draw(frame, key, takes_of(frame, 1)).strata:
        for w in {weight[unit.id] for unit in stratum.drawn}:
            tickets = [unit.ticket for unit in stratum.drawn if weight[unit.id] == w]
            assert tickets == sorted(tickets)


@settings(max_examples=40, deadline=None)
@given(UNITS, KEYS, st.floats(0.1, 0.9))
def test_the_self_check_finds_exactly_the_drawn(units: dict, key: str, share: float) -> None:
    frame = frame_of(units)
    result = draw(frame, key, takes_of(frame, share))
    told = {one.plan.stratum: one for one in result.strata}
    inside = [u.id for u in frame.units if u.weight and told[u.stratum].holds(u.id, u.weight, ticket(key, u.id))]
    assert sorted(inside) == sorted(result.ids)


def test_the_pre_filter_never_changes_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too few units pass the filter it is dropped for that stratum; here nearly none passes."""
    frame = big_frame(2_000, 1)
    takes = dict.fromkeys(frame.strata, 20)
    expected = draw(frame, draw_key("filter"), takes, reserves=30)
    assert draw(table_of(frame), draw_key("filter"), takes, reserves=30) == expected
    monkeypatch.setattr("qualitycity.methods.lottery.plan.StratumPlan.limit", property(lambda plan: 0.01))
    assert draw(frame, draw_key("filter"), takes, reserves=30) == expected
    assert draw(table_of(frame), draw_key("filter"), takes, reserves=30) == expected


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABCDE"), st.integers(0, 5)),
        st.tuples(st.sampled_from(["s", "t"]), st.integers(1, 4)),
        min_size=6,
        max_size=20,
    ),
    KEYS,
    st.integers(1, 3),
)
def test_no_enterprise_has_more_than_the_cap(units: dict, key: str, cap: int) -> None:
    frame = frame_of({f"{firm}/{product}": value for (firm, product), value in units.items()})
    takes = dict.fromkeys(frame.strata, 1)
    reference = _capped_by_hand(frame, key, takes, cap, ())
    if reference is None:
        with pytest.raises(InputFaults, match="每家最多"):
            draw(frame, key, takes, cap=cap)
        return
    result = draw(frame, key, takes, cap=cap)
    assert result.drawn == reference
    assert draw(table_of(frame), key, takes, cap=cap) == result
    again = _capped_by_hand(frame, key[::-1], takes, cap, result.ids)
    if again is None:
        with pytest.raises(InputFaults):
            draw(frame, key[::-1], takes, cap=cap, passed_over=result.ids)
        return
    later = draw(frame, key[::-1], takes, cap=cap, passed_over=result.ids)
    assert later.drawn == again and draw(table_of(frame), key[::-1], takes, cap=cap, passed_over=result.ids) == later
    firms = [enterprise_of(unit) for unit in result.ids + later.ids]
    assert all(firms.count(firm) <= cap for firm in firms)


def _capped_by_hand(frame: Frame, key: str, takes: dict, cap: int, gone: Collection[str]) -> dict | None:
    """The cap as it is told to people: rank within the enterprise first, keep the best, then take n."""
    left = [unit for unit in frame.units if unit.id not in gone]
    if any(sum(unit.stratum == s for unit in left) < n for s, n in takes.items()):
        return None
    plans = {s: plan_stratum(s, [(w, c) for t, w, c in frame.histogram(gone) if t == s], n) for s, n in takes.items()}
    ranks = {u.id: (plans[u.stratum].q(u.weight, ticket(key, u.id)), ticket(key, u.id), u.id) for u in left}
    kept = []
    for firm in {enterprise_of(unit.id) for unit in left}:
        own = sorted((u for u in left if enterprise_of(u.id) == firm), key=lambda u: ranks[u.id])
        kept += own[: max(0, cap - sum(enterprise_of(unit) == firm for unit in gone))]
    drawn = {
        s: [u.id for u in sorted((u for u in kept if u.stratum == s), key=lambda u: ranks[u.id])[:n]]
        for s, n in takes.items()
    }
    return drawn if all(len(drawn[s]) == n for s, n in takes.items()) else None


def test_nothing_is_drawn_where_nothing_is_asked() -> None:
    frame = frame_of({"A": ("s", 1), "B": ("t", 1), "C": ("t", 0)})
    for source in (frame, table_of(frame)):
        result = draw(source, "0" * 32, {"s": 0}, reserves=5)
        assert result.ids == [] and result.drawn == {"s": []} and result.strata[0].last_q is None
        assert not result.strata[0].holds("A", 1, "0" * 64)


def test_unknown_strata_too_many_units_and_a_senseless_cap() -> None:
    frame = frame_of({"A": ("s", 1), "B": ("t", 0)})
    for source in (frame, table_of(frame)):
        with pytest.raises(InputFaults) as caught:
            draw(source, "0" * 32, {"s": 2, "t": 1, "u": 1})
        assert [fault.code for fault in caught.value.faults] == ["take_too_large", "take_too_large", "take_unknown"]
        for cap in (0, -1, True):
            with pytest.raises(LotteryError, match="每家上限"):
                draw(source, "0" * 32, {"s": 1}, cap=cap)


def test_the_sql_text_has_a_slot_for_whatever_differs() -> None:
    """Another database is four expressions; nothing of DuckDB is left in the text."""
    other = Dialect(
        "postgresql",
        "encode(sha256(convert_to({}, 'UTF8')), 'hex')",
        "('x' || {})::bit(52)::bigint",
        "{}::float8",
        '{} COLLATE "C"',
    )
    ranking = Ranking("0" * 32, (plan_stratum("O'Neil", [(1, 5)], 2),), passed_over=frozenset({"x/1"}), cap=1)
    text = rank_sql(ranking, "frame", other)
    assert "CAST('0x'" not in text and text.count("float8") >= 6 and 'ORDER BY q, ticket, id COLLATE "C"' in text
    assert "'O''Neil'" in text and "('x', 1)" in text
    assert rank_sql(ranking, "frame", DUCKDB).count("row_number") == text.count("row_number") == 2
