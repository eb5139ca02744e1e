"""Frames for the tests of drawing: any that hypothesis thinks of, and large ones."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from qualitycity.methods.lottery.frame import Frame, Unit
from qualitycity.methods.lottery.seed import draw_key
from qualitycity.methods.lottery.sql import literal
from qualitycity.methods.lottery.table import TableSource

IDS = st.text("ABCxyz019'-_./\\ 企业é𠀀", min_size=1, max_size=12).map(str.strip).filter(bool)
WEIGHTS = st.one_of(st.integers(0, 9), st.sampled_from([100, 10**6, 2**31 - 1]))
UNITS = st.dictionaries(
    IDS, st.tuples(st.sampled_from(["s", "t", "O'Neil\\n", "层"]), WEIGHTS), min_size=1, max_size=40
)
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


def big_frame(size: int, seed: int) -> Frame:
    """Units of nine strata, some with Chinese ids, some certain, some excluded."""
    chance = random.Random(seed)
    units = []
    for at in range(size):
        weight = 0 if at % 50 == 0 else 50_000 if chance.random() < 1e-4 else chance.choice((1, 2, 4, 8))
        name = f"企业{at:07d}" if at % 11 == 0 else f"9133{at % 7919:014d}/{at:06d}"
        units.append(Unit(name, f"层{at % 9}", weight, "" if weight else "repeat_ban"))
    return Frame.of(units)
