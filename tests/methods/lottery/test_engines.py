"""Every engine on this machine gives the bits of the Python one: ranks, order, cap, digests, whatever the frame."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.lottery import engines
from qualitycity.methods.lottery.draw import PythonSource, Ranking, Result, draw
from qualitycity.methods.lottery.faults import InputFaults, LotteryError
from qualitycity.methods.lottery.frame import Frame, Unit
from qualitycity.methods.lottery.held import SqlSource
from qualitycity.methods.lottery.plan import StratumPlan, plan_all
from qualitycity.methods.lottery.seed import draw_key
from qualitycity.methods.lottery.table import open_source

from .city import SHARED, needs_shared
from .frames import KEYS, UNITS, big_frame, frame_of, table_of, takes_of

Make = Callable[[Frame], SqlSource]


@pytest.fixture(scope="session")
def database(cluster: Any) -> str:
    """A database of the test run's own PostgreSQL, next to that of the web application."""
    return str(cluster.url("owner", "postgres"))


@pytest.fixture(scope="session")
def session() -> Iterator[Any]:
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: Apache Spark was not compared")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    found = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


@pytest.fixture(params=["duckdb", "polars", "postgresql", "spark"])
def make(request: pytest.FixtureRequest) -> Make:
    """How an engine takes a frame in memory."""
    if request.param == "duckdb":
        return table_of
    if request.param == "spark":
        session = request.getfixturevalue("session")
        return lambda frame: engines.SparkSource.take_over(table_of(frame), session)
    if request.param == "polars":
        pytest.importorskip("polars", reason="polars is not installed and was not compared")
        return lambda frame: engines.take_over("polars", table_of(frame))
    address = request.getfixturevalue("database")
    return lambda frame: engines.take_over("postgresql", table_of(frame), address)


def whole_order(frame: Frame, takes: dict[str, int], key: str) -> Ranking:
    """Asks for every rank of every unit, not only the first: the whole order in all its bits."""
    plans = plan_all(frame.histogram(), takes, 0, frame.strata)
    return Ranking(key, tuple(_wanting_all(plan) for plan in plans), filtered=False)


def _wanting_all(plan: StratumPlan) -> StratumPlan:
    return replace(plan, reserve=plan.eligible - plan.n)


def compare(frame: Frame, source: SqlSource, takes: dict[str, int], reserves: int = 7) -> Result:
    """All that an engine can be asked, against the Python engine."""
    key = draw_key("parity")
    assert source.strata == frame.strata and source.histogram() == frame.histogram()
    assert source.digest() == frame.digest()
    one = draw(frame, key, takes, reserves=reserves)
    assert draw(source, key, takes, reserves=reserves) == one
    two = draw_key("second")
    assert source.histogram(one.ids) == frame.histogram(one.ids)
    assert draw(source, two, takes, passed_over=one.ids, cap=1) == draw(frame, two, takes, passed_over=one.ids, cap=1)
    ranking = whole_order(frame, takes, key)
    assert source.rank(ranking) == PythonSource(frame).rank(ranking)
    return one


def test_two_thousand_units(make: Make) -> None:
    frame = big_frame(2_000, 20270406)
    with make(frame) as source:
        compare(frame, source, {stratum: 4 + 3 * at for at, stratum in enumerate(frame.strata)})
        assert [unit.id for unit in source.eligible(["企业0000011"])] == [
            unit.id for unit in frame.units if unit.weight and unit.id != "企业0000011"
        ]


@pytest.mark.long
def test_two_hundred_thousand_units_with_certain_ones(make: Make) -> None:
    frame = big_frame(200_000, 20270406)
    takes = {stratum: 400 + 3 * at for at, stratum in enumerate(frame.strata)}
    with make(frame) as source:
        result = compare(frame, source, takes)
    assert any(one.plan.cut is not None for one in result.strata)


@settings(max_examples=12, deadline=None)
@given(UNITS, KEYS, st.floats(0, 1), st.sampled_from(["sha256", "sm3"]))
def test_duckdb_and_polars_whatever_the_frame(units: dict, key: str, share: float, hash_name: str) -> None:
    frame = frame_of(units)
    takes = takes_of(frame, share)
    spare = {s: min(1, sum(c for t, _, c in frame.histogram() if t == s) - n) for s, n in takes.items()}
    one = draw(frame, key, takes, reserves=spare, hash_name=hash_name)
    passed = one.ids[::2]
    left = {stratum: 0 if stratum not in one.drawn else len(one.drawn[stratum]) // 2 for stratum in takes}
    later = draw(frame, key, left, passed_over=passed)
    table = table_of(frame)
    with engines.take_over("polars", table) as polars:
        for source in (table, polars):
            assert source.digest(hash_name) == frame.digest(hash_name) and source.strata == frame.strata
            assert draw(source, key, takes, reserves=spare, hash_name=hash_name) == one
            assert draw(source, key, left, passed_over=passed) == later


def odd_frames() -> list[tuple[Frame, dict[str, int]]]:
    """What has tripped one database or another: quotes, backslashes, signs beyond the BMP, certain units, ties, a
    stratum of weight zero, the largest weights."""
    names = [
        "O'Neil",
        "a\\b",
        "back\\",
        "'",
        "\\'",
        "é",
        "企业/1",
        "企业/2",
        "𠀀",
        "\uffef",
        "A b",
        "a",
        "B",
        "_",
        "%x",
        "{}",
    ]
    return [
        (frame_of({name: ("层'\\", 1 + at % 3) for at, name in enumerate(names)}), {"层'\\": 5}),
        (frame_of({name: ("s", 2**31 - 1 - at % 2) for at, name in enumerate(names)}), {"s": 7}),
        (frame_of({name: ("s" if at % 2 else "t", 10**6 if at < 4 else 1) for at, name in enumerate(names)}),
         {"s": 2, "t": 3}),
        (frame_of({name: ("s" if at % 2 else "t", 0 if at % 2 else 1) for at, name in enumerate(names)}),
         {"s": 0, "t": len(names) // 2}),
    ]  # fmt: skip


def test_frames_that_tripped_a_database(make: Make) -> None:
    for frame, takes in odd_frames():
        with make(frame) as source:
            key = draw_key("odd")
            one = draw(frame, key, takes)
            assert draw(source, key, takes) == one
            assert source.digest() == frame.digest()
            left = dict.fromkeys(takes, 0) | {one.strata[-1].plan.stratum: 1 if len(one.ids) < len(frame) // 2 else 0}
            assert draw(source, key, left, passed_over=one.ids) == draw(frame, key, left, passed_over=one.ids)
            ranking = whole_order(frame, takes, key)
            assert source.rank(ranking) == PythonSource(frame).rank(ranking)


def test_strangers_among_the_passed_over_are_refused(make: Make) -> None:
    frame = frame_of({"A": ("s", 1), "B": ("s", 0), "O'Neil": ("s", 1)})
    with make(frame) as source, pytest.raises(InputFaults) as caught:
        draw(source, "0" * 32, {"s": 1}, passed_over=["B", "O'Neil", "C\\"])
    assert [fault.value for fault in caught.value.faults] == ["B", "C\\"]


def municipalities(name: str, stratum: str, weight: str) -> Frame:
    with (SHARED / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return Frame.of([(f"{at:04d}", f"{stratum}{row[stratum]}", int(row[weight]), "") for at, row in enumerate(rows)])


@needs_shared
@pytest.mark.parametrize(
    ("name", "stratum", "weight", "size", "take"),
    [
        ("swissmunicipalities", "REG", "POPTOT", 2896, 30),
        ("belgianmunicipalities", "Province", "Tot04", 589, 12),
        ("mu284", "REG", "P75", 284, 5),
    ],
)
def test_real_populations_by_size(make: Make, name: str, stratum: str, weight: str, size: int, take: int) -> None:
    """Weights from some hundreds to hundreds of thousands, nearly every one another: cities are certain."""
    frame = municipalities(name, stratum, weight)
    assert len(frame) == size
    with make(frame) as source:
        result = compare(frame, source, dict.fromkeys(frame.strata, take), reserves=3)
    assert any(one.plan.cut is not None for one in result.strata)


def test_sm3_where_the_engine_has_it_and_a_plain_no_where_not(make: Make) -> None:
    frame = big_frame(300, 3)
    takes = dict.fromkeys(frame.strata, 3)
    with make(frame) as source:
        if isinstance(source, engines.PostgresSource):
            with pytest.raises(LotteryError, match="sm3.*pgcrypto"):
                draw(source, draw_key("sm3"), takes, hash_name="sm3")
            _with_pgcrypto(source)
        assert draw(source, draw_key("sm3"), takes, hash_name="sm3") == draw(
            frame, draw_key("sm3"), takes, hash_name="sm3"
        )
        with pytest.raises(LotteryError, match="md5"):
            draw(source, draw_key("sm3"), takes, hash_name="md5")


def _with_pgcrypto(source: engines.PostgresSource) -> None:
    if not source.con.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pgcrypto'").fetchone():
        pytest.skip("this PostgreSQL has no pgcrypto: SM3 was not compared there")
    source.con.execute("CREATE EXTENSION pgcrypto")  # goes with the rollback at the end


def test_a_file_is_judged_once_and_handed_on(tmp_path: Path, database: str) -> None:
    frame = big_frame(500, 5)
    file = tmp_path / "frame.csv"
    file.write_bytes(frame.canonical())
    takes = dict.fromkeys(frame.strata, 2)
    for engine, place in (("polars", None), ("postgresql", database)):
        with open_source(file, engine, database=place) as source:  # type: ignore[attr-defined]
            assert draw(source, draw_key("x"), takes) == draw(frame, draw_key("x"), takes)
    file.write_text("A,s,1,\nA,s,1,\n")
    for engine in ("polars", "postgresql"):
        with pytest.raises(InputFaults, match="第 2 行"):
            open_source(file, engine, database=database)


def test_nothing_stays_in_the_database(database: str) -> None:
    import psycopg

    with engines.take_over("postgresql", table_of(frame_of({"A": ("s", 1)})), database) as source:
        assert source.strata == ["s"]
    with psycopg.connect(database) as con:
        assert con.execute("SELECT count(*) FROM pg_class WHERE relname = 'frame'").fetchone() == (0,)


def test_an_engine_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "frame.csv"
    file.write_text("A,s,1,\n")
    with pytest.raises(LotteryError, match="--database"):
        open_source(file, "postgresql")
    with pytest.raises(LotteryError, match="postgresql 用不起来"):
        open_source(file, "postgresql", database="postgresql://nobody@/x?host=/nowhere")

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(engines, "import_module", missing)
    for engine, package in (("polars", "polars"), ("spark", "pyspark")):
        with pytest.raises(LotteryError, match=f"引擎 {engine} 要用的软件包 {package} 没有安装"):
            open_source(file, engine)


def test_a_table_that_somebody_else_keeps(database: str) -> None:
    """A frame need not come from a file; the name of the table is free."""
    import psycopg

    frame = big_frame(200, 8)
    with psycopg.connect(database) as con:
        con.execute("CREATE TEMP TABLE firms (id text, stratum text, weight bigint, reason text)")
        with con.cursor() as cursor:
            cursor.executemany("INSERT INTO firms VALUES (%s, %s, %s, %s)", [tuple(unit) for unit in frame.units])
        source = engines.PostgresSource(con, "firms")
        assert draw(source, draw_key("t"), {"层1": 3}) == draw(frame, draw_key("t"), {"层1": 3})
        source.close()
        assert con.execute("SELECT count(*) FROM firms").fetchone() == (200,)


def test_equal_ranks_are_parted_by_ticket_and_id(make: Make) -> None:
    """A tie of q cannot be waited for: certain units all have q = -1, and their order is that of the tickets."""
    frame = Frame.of([Unit(f"U{at:03d}", "s", 1000 if at < 50 else 1) for at in range(60)])
    with make(frame) as source:
        result = draw(source, draw_key("tie"), {"s": 52})
    certain = [unit for unit in result.strata[0].drawn if unit.q == -1]
    assert len(certain) == 50 and [unit.ticket for unit in certain] == sorted(unit.ticket for unit in certain)
    assert result == draw(frame, draw_key("tie"), {"s": 52})
