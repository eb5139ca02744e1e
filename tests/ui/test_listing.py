"""Lists: what the address asks is what is shown, and nothing that the address says can break or widen the list."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import RequestFactory
from django.utils.safestring import SafeString

from qualitycity.kernel.access.models import Region
from qualitycity.kernel.ui import cells
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from tests.ui.gallery import CASES, listing

GET = RequestFactory().get


def ids(found: Listing) -> list[int]:
    return [row.pk for row in found.page]


def test_filters_sort_and_pages_combine() -> None:
    found = listing(GET("/x/", {"town": "东河镇", "sort": "-batches", "page": "1"}))
    assert found.total == len([case for case in CASES if case.town == "东河镇"])
    batches = [row.batches for row in found.page]
    assert batches == sorted(batches, reverse=True)
    assert found.in_use[0][:2] == ("属地", "东河镇")
    assert "town" not in found.in_use[0][2] and "sort=-batches" in found.in_use[0][2]


@pytest.mark.parametrize(
    "query",
    [
        {"page": "999999"},
        {"page": "x"},
        {"per": "1000000"},
        {"sort": "password"},
        {"sort": "-"},
        {"cols": "nothing"},
        {"town": "没有"},
        {"since": "昨天"},
    ],
)
def test_nonsense_in_the_address_is_harmless(query: dict[str, str]) -> None:
    found = listing(GET("/x/", query))
    assert found.total == 65 and len(found.page.object_list) <= 20 and len(found.shown) == 7
    assert [len(cells) for _row, cells in found.lines] == [7] * len(found.page.object_list)


def test_a_filter_that_cannot_be_read_says_so_and_the_others_hold() -> None:
    found = listing(GET("/x/", {"since": "昨天", "town": "东河镇"}))
    assert found.total == 16 and list(found.form.errors) == ["since"]


def test_hidden_columns_show_only_when_chosen() -> None:
    assert "pk" not in [column.key for column in listing(GET("/x/")).shown]
    assert [column.key for column in listing(GET("/x/?cols=number&cols=pk")).shown] == ["number", "pk"]


def test_export_takes_all_rows_found_and_keeps_codes_and_dates() -> None:
    found = listing(GET("/x/", {"town": "东河镇", "export": "xlsx", "page": "2"}))
    titles, rows, filters = found.export()
    rows = list(rows)
    assert len(rows) == 16 and filters == {"属地": "东河镇"}
    assert titles[3] == ("batches", "批次(批)")
    first = dict(zip([key for key, _title in titles], rows[0], strict=True))
    assert isinstance(first["batches"], int) and isinstance(first["made_on"], date)
    assert first["state"] in {"拟订", "已批准", "名单已定", "已摇号", "已办结", "已作废", "等待补正"}
    assert first["light"] in {"正常", "临期", "逾期", "补办", "无数据"}


def test_missing_values_go_last_either_way() -> None:
    rows = [{"n": 2}, {"n": None}, {"n": 1}]
    column = Column("n", "数", kind="number")
    assert [row["n"] for row in Listing(GET("/x/?sort=n"), rows, [column]).page] == [1, 2, None]
    assert [row["n"] for row in Listing(GET("/x/?sort=-n"), rows, [column]).page] == [2, 1, None]


def test_what_rows_hold_cannot_become_html() -> None:
    found = Listing(GET("/x/"), [{"name": "<script>alert(1)</script>"}], [Column("name", "名称")])
    _row, (cell,) = found.lines[0]
    from django.utils.html import conditional_escape

    assert "<script>" not in conditional_escape(cell.html)
    assert not isinstance(cell.html, SafeString)
    assert "<script>" not in cells.code("<script>") and "&lt;script&gt;" in cells.code("<script>")


@pytest.mark.django_db
def test_querysets_are_narrowed_by_the_database(owner_sql) -> None:
    for code, name in (("11", "东河镇"), ("12", "西塘镇"), ("13", "南岭街道")):
        row = "INSERT INTO access_region (code, name, kind, path, note) VALUES (%s, %s, 'town', %s, '')"
        owner_sql(row, code, name, code)
    columns = [
        Column("code", "代码", kind="code"),
        Column("name", "名称"),
        Column("parent__name", "上级"),
        Column("x", "算出", value=len, sort=True),
    ]
    asked = [Filter("q", "关键词", lookup=("name__icontains", "code__startswith"))]
    rows = Region.objects.select_related("parent")
    assert [
        r.code
        for r in Listing(GET("/x/?q=镇"), rows, columns, asked, order="-code").page
        if r.code in ("11", "12", "13")
    ] == ["12", "11"]
    assert Listing(GET("/x/?q=13"), rows, columns, asked).total == 1
    assert Listing(GET("/x/?sort=x"), rows, columns, asked, order="code").sort == "code"
    posted = RequestFactory().post("/x/", {"ids": [rows.get(code="11").pk, "abc", "0"]})
    assert [r.code for r in Listing(posted, rows.filter(code__in=["11", "12"]), columns).selected()] == ["11"]


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (1234567, None, "1,234,567"),
        (8.1, None, "8.1"),
        (0, None, "0"),
        (1234.5, 2, "1,234.50"),
        (None, None, ""),
        (1e-7, None, "0.0000001"),
        (100.0, None, "100"),
    ],
)
def test_numbers(value: float | None, places: int | None, shown: str) -> None:
    assert cells.number(value, places) == shown
