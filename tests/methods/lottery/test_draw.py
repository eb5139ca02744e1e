"""Drawing: what must not matter does not, what must stay fixed stays, and both engines agree to the last bit."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.lottery.draw import PythonSource, Ranking, Result, draw
from qualitycity.methods.lottery.faults import InputFaults, LotteryError
from qualitycity.methods.lottery.frame import Frame, Unit, enterprise_of
from qualitycity.methods.lottery.plan import StratumPlan, plan_stratum
from qualitycity.methods.lottery.seed import draw_key, ticket
from qualitycity.methods.lottery.sql import DUCKDB, Dialect, literal, rank_sql
from qualitycity.methods.lottery.table import TableSource

IDS = st.text("ABCxyz019'-_./ 企业é𠀀", min_size=1, max_size=12).map(str.strip).filter(bool)
WEIGHTS = st.one_of(st.integers(0, 9), st.sampled_from([100, 10**6, 2**31 - 1]))
UNITS = st.dictionaries(IDS, st.tuples(st.sampled_from(["s", "t", "O'Neil", "层"]), WEIGHTS), min_size=1, max_size=40)
KEYS = st.integers(0, 2**64).map(lambda seed: draw_key(str(seed)))


def frame_of(units: dict[str, tuple[str, int]]) -> Frame:
    return Frame.of([(unit_id, s, w, "" if w else "other") for unit_id, (s, w) in units.items()])


def table_of(frame: Frame) -> TableSource:
    import duckdb

    con = duckdb.connect()
    con.execute("CREATE TABLE frame (id VARCHAR, stratum VARCHAR, weight BIGINT, reason VARCHAR)")
    rows = ", ".join(f"({literal(u.id)}, {literal(u.stratum)}, {u.weight}, {literal(u.reason)})" for u in frame.units)
    con.execute(f"INSERT INTO frame VALUES {rows}")
    return TableSource(con)


def takes_of(frame: Frame, share: float) -> dict[str, int]:
    eligible = dict.fromkeys(frame.strata, 0)
    for stratum, _, count in frame.histogram():
        eligible[stratum] += count
    return {stratum: int(share * count) for stratum, count in eligible.items()}


@settings(max_examples=60, deadline=None)
@given(UNITS, KEYS, st.floats(0, 1), st.randoms())
def test_the_order_of_the_rows_does_not_matter(units: dict, key: str, share: float, shuffler: random.Random) -> None:
    frame = frame_of(units)
    items = list(units.items())
    shuffler.shuffle(items)
    again = frame_of(dict(items))
    assert again.digest() == frame.digest()
    assert draw(again, key, takes_of(frame, share)) == draw(frame, key, takes_of(frame, share))


@settings(max_examples=25, deadline=None)
@given(UNITS, KEYS, st.floats(0, 1), st.sampled_from(["sha256", "sm3"]))
def test_both_engines_give_the_same_bits(units: dict, key: str, share: float, hash_name: str) -> None:
    frame = frame_of(units)
    takes = takes_of(frame, share)
    spare = {s: min(1, sum(c for t, _, c in frame.histogram() if t == s) - n) for s, n in takes.items()}
    table = table_of(frame)
    assert table.digest(hash_name) == frame.digest(hash_name) and table.strata == frame.strata
    one = draw(frame, key, takes, reserves=spare, hash_name=hash_name)
    assert draw(table, key, takes, reserves=spare, hash_name=hash_name) == one
    passed = one.ids[::2]
    left = {stratum: 0 if stratum not in one.drawn else len(one.drawn[stratum]) // 2 for stratum in takes}
    assert draw(table, key, left, passed_over=passed) == draw(frame, key, left, passed_over=passed)


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


def big_frame(size: int, seed: int) -> Frame:
    """Units of nine strata, some with Chinese ids, some certain, some excluded."""
    chance = random.Random(seed)
    units = []
    for at in range(size):
        weight = 0 if at % 50 == 0 else 50_000 if chance.random() < 1e-4 else chance.choice((1, 2, 4, 8))
        name = f"企业{at:07d}" if at % 11 == 0 else f"9133{at % 7919:014d}/{at:06d}"
        units.append(Unit(name, f"层{at % 9}", weight, "" if weight else "repeat_ban"))
    return Frame.of(units)


def parity(tmp_path: Path, size: int) -> Result:
    frame = big_frame(size, 20270406)
    file = tmp_path / "frame.csv"
    file.write_bytes(frame.canonical())
    takes = {stratum: size // 500 + 3 * at for at, stratum in enumerate(frame.strata)}
    key = draw_key("parity")
    with TableSource.open(file) as table:
        assert table.digest() == frame.digest()
        table.con.execute(
            f"COPY (SELECT * FROM frame ORDER BY random()) TO '{tmp_path}/frame.parquet' (FORMAT parquet)"
        )
        one = draw(frame, key, takes, reserves=7)
        assert draw(table, key, takes, reserves=7) == one
        second = draw(frame, draw_key("second"), takes, passed_over=one.ids, cap=1)
        assert draw(table, draw_key("second"), takes, passed_over=one.ids, cap=1) == second
    with TableSource.open(tmp_path / "frame.parquet") as table:
        assert table.digest() == frame.digest()
        assert draw(table, key, takes, reserves=7) == one
        # every rank of every unit, not only the first: the whole order in all its bits
        plans = tuple(plan_stratum(s, [(w, c) for t, w, c in frame.histogram() if t == s], n) for s, n in takes.items())
        whole = Ranking(key, tuple(_wanting_all(plan) for plan in plans), filtered=False)
        assert table.rank(whole) == PythonSource(frame).rank(whole)
    return one


def _wanting_all(plan: StratumPlan) -> StratumPlan:
    return replace(plan, reserve=plan.eligible - plan.n)


def test_engine_parity_on_some_thousand_units(tmp_path: Path) -> None:
    assert len(parity(tmp_path, 9_000).ids) == 9 * 18 + 3 * 36


@pytest.mark.long
def test_engine_parity_on_two_hundred_thousand_units(tmp_path: Path) -> None:
    result = parity(tmp_path, 200_000)
    assert any(one.plan.cut is not None for one in result.strata)


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
