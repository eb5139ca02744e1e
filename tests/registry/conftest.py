"""A county with its towns, loaded from the shipped pack; files written by the tests themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import pytest

HEAD = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]


def row(name: str, code: str, address: str = "诸暨市大唐镇示例路1号", **more: str) -> list[str]:
    """One row of a register file, as registers write it."""
    cells = {
        "day": "2015-03-02",
        "kind": "N/A",
        "capital": "1,800(万元人民币)",
        "scope": "制造、加工、销售：袜子",
        "province": "浙江",
    } | more
    return [
        name,
        code,
        cells["day"],
        cells["kind"],
        cells["capital"],
        cells["scope"],
        cells["province"],
        "绍兴",
        address,
    ]


def csv_file(*rows: list[str], head: list[str] | None = None) -> io.BytesIO:
    """A register file as a CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([head or HEAD, *rows])
    return io.BytesIO(text.getvalue().encode())


@pytest.fixture
def desk(db: None) -> Iterator[None]:
    """Work as the system, under the desk's database role."""
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role

    with role("desk"), acting(SYSTEM):
        yield


@pytest.fixture
def county(desk: None) -> object:
    """诸暨市 with the 23 units of today and the former ones."""
    from qualitycity.registry.services import load_regions
    from qualitycity.registry.towns import load_pack

    return load_regions(pack=load_pack("zhuji")).region


@pytest.fixture
def take_in(county: object) -> Callable[..., object]:
    """Upload and read a file of rows; returns the batch with its preview."""
    from qualitycity.registry.services import read_import, receive

    def run(*rows: list[str], **more: object) -> object:
        batch = receive(csv_file(*rows, **more), filename="登记.csv", region=county)  # type: ignore[arg-type]
        return read_import(batch)

    return run
