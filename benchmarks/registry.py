"""A register's file into the database: rows a second beside pandas + openpyxl; finding a firm among them.

The peer only reads, drops doubles by code, copies into a bare table. Ours checks every code and date, finds towns and
categories, compares with the register, keeps what becomes of each row, and writes all in one chained act.
"""

from __future__ import annotations

import csv
import io
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.kernel import _city

ROWS = 20_000
HEAD = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]


def run() -> list[dict[str, Any]]:
    """Rows {work, ours, peer, ratio, unit, target} measured in a throw-away city with fsync on."""
    with tempfile.TemporaryDirectory(prefix="city-bench-") as folder:
        cluster = _city(Path(folder))
        try:
            rows = _rows()
            books = {"csv": _csv(rows), "xlsx": _xlsx(rows)}
            found = [_compare(kind, content, number) for number, (kind, content) in enumerate(books.items())]
            return [*found, *_search()]
        finally:
            from django.db import connections

            connections.close_all()
            cluster.stop()
            cluster.remove()


def _rows() -> list[list[str]]:
    from qualitycity.registry import uscc

    dice = random.Random(1)
    towns = ["东河镇", "西塘镇", "南岭街道", "北湖镇"]
    signs = "云禾嘉锦瑞泽恒远晨曦宏盛腾飞雅致信和明德博越"
    scopes = [
        "制造、加工、销售：袜子、针织品；批发零售：化工产品（除危险化学品）",
        "制造、销售：阀门、水暖管件、五金配件",
    ]
    return [
        [
            f"示例{''.join(dice.sample(signs, 3))}{dice.choice(['针织', '袜业', '管业'])}有限公司",
            uscc.make("91339999", f"B{number:07d}"),
            f"{dice.randrange(1990, 2026)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
            "有限责任公司",
            f"{dice.randrange(10, 9000):,}(万元人民币)",
            dice.choice(scopes),
            "示例省",
            "示例地区",
            f"示例市{dice.choice(towns)}示例路 {number} 号",
        ]
        for number in range(ROWS)
    ]


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode()


def _xlsx(rows: list[list[str]]) -> bytes:
    import xlsxwriter

    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"constant_memory": True}) as workbook:
        page = workbook.add_worksheet()
        for number, cells in enumerate([HEAD, *rows]):
            page.write_row(number, 0, cells)
    return book.getvalue()


def _compare(kind: str, content: bytes, number: int) -> dict[str, Any]:
    """Our whole import beside the peer's bare one; the second file finds all rows registered and compares fields."""
    ours = ROWS / _timed(lambda: _ours(kind, content))
    peer = ROWS / _timed(lambda: _peer(kind, content, f"bench_{number}"))
    state, tool = ("new", "") if number == 0 else ("all known", " + openpyxl")
    work = f"import {ROWS:,} rows of {kind} ({state}); peer: pandas{tool}, bare"
    return {"work": work, "ours": ours, "peer": peer, "ratio": ours / peer, "unit": "rows/s", "target": None}


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ours(kind: str, content: bytes) -> None:
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.kernel.access.models import Region
    from qualitycity.registry.services import commit_import, read_import, receive

    with role("desk"), acting(SYSTEM):
        region = Region.objects.get(code="339999")
        batch = read_import(receive(io.BytesIO(content), filename=f"register.{kind}", region=region))
        commit_import(batch)
    assert batch.accepted + batch.unchanged == ROWS


def _peer(kind: str, content: bytes, table: str) -> None:
    import os

    import pandas
    import psycopg

    read = pandas.read_csv if kind == "csv" else pandas.read_excel
    frame = read(io.BytesIO(content), dtype=str).drop_duplicates("统一社会信用代码")
    with psycopg.connect(os.environ["CITY_DATABASE_URL"]) as raw:
        raw.execute(f"CREATE TABLE {table} (a text, b text, c text, d text, e text, f text, g text, h text, i text)")
        with raw.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for cells in frame.itertuples(index=False):
                copy.write_row(cells)


def _search() -> list[dict[str, Any]]:
    from qualitycity.kernel.access.actor import SYSTEM
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.registry.queries import find_enterprises

    rows = []
    with role("desk"):
        for what, text in (("two signs of a name", "瑞泽"), ("pinyin initials", "slrz"), ("code", "91339999B00012")):
            find_enterprises(text, SYSTEM, 20)
            milliseconds = min(_timed(partial(find_enterprises, text, SYSTEM, 20)) for _again in range(5)) * 1000
            work = f"find by {what} among {ROWS:,}"
            rows.append({"work": work, "ours": milliseconds, "peer": None, "ratio": None, "unit": "ms", "target": 200})
    return rows
