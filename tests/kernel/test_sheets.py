"""Sheets: one declaration, read the way people fill tables in, every fault at once, nothing hostile gets through."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import xlsxwriter
from django.utils.translation import gettext_lazy, override, trans_real
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.cli.catalogues import compile_all
from qualitycity.kernel.sheets import (
    Column,
    Sheet,
    export,
    failure_list,
    fault_title,
    form_class,
    opening,
    read,
    reading,
    stream,
    template,
)
from qualitycity.kernel.sheets.cells import BadCell, read_code, read_date, read_decimal

SOURCE = Path(__file__).resolve().parents[2] / "src" / "qualitycity"
TOWNS = ["东河镇", "西塘镇", "南岭街道", "北湖镇"]


def ends_well(code: str) -> str | None:
    return None if code.endswith(("P", "J")) else "末位校验不对。"


def dates_in_order(values: dict) -> list[tuple[str, str]]:
    wrong = values["opened"] and values["closed"] and values["closed"] < values["opened"]
    return [("closed", "注销早于成立。")] if wrong else []


SHOPS = Sheet(
    "test.shop",
    "网店名录",
    columns=[
        Column(
            "uscc",
            "统一社会信用代码",
            kind="code",
            required=True,
            check=ends_well,
            example="91339999MAD0EM015P",
            hint="18 位",
        ),
        Column("name", "名称", required=True, max_length=10, example="示例袜业01", aliases=("企业名称",)),
        Column("town", "乡镇街道", kind="choice", choices=lambda: TOWNS, required=True, example="东河镇"),
        Column("grade", "分类", kind="choice", choices=[("a", "优秀"), ("b", "一般")]),
        Column("capital", "注册资本(万元)", kind="decimal", minimum=0, places=2),
        Column("staff", "人数", kind="integer"),
        Column("opened", "成立日期", kind="date"),
        Column("closed", "注销日期", kind="date"),
        Column("exports", "是否出口", kind="boolean"),
    ],
    unique=("uscc",),
    check_row=dates_in_order,
)
GOOD = ["91339999MAD0EM015P", "示例袜业01", "东河镇", "优秀", 100.5, 12, dt.date(2020, 1, 2), None, "是"]
HEAD = [str(column.title) for column in SHOPS.columns]


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> opening.Limits:
    """Limits without a database, small enough to be reached."""
    bound = opening.Limits(size=4 << 20, unpacked=8 << 20, memory=1500 << 20, seconds=20, rows=50)
    monkeypatch.setattr(opening, "limits", lambda: bound)
    monkeypatch.setattr(reading, "limits", lambda: bound)
    return bound


def workbook(*rows: list, sheet: str = "表") -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(number, place, value)
            elif value is not None:
                page.write(number, place, value)
    book.close()
    return buffer.getvalue()


def said(parsed: object) -> list[tuple]:
    return [(fault.row, fault.field, fault.value) for fault in parsed.faults]


def test_a_clean_table_gives_typed_rows_with_the_numbers_excel_shows() -> None:
    parsed = read(SHOPS, workbook(["网店名录"], [], HEAD, GOOD, [], ["91339999MAD0EM023J", "示例袜业02", "西塘镇"]))
    assert parsed.faults == [] and parsed.ready and parsed.total == 2
    assert [row.number for row in parsed.rows] == [4, 6]
    assert parsed.rows[0].values == {
        "uscc": "91339999MAD0EM015P",
        "name": "示例袜业01",
        "town": "东河镇",
        "grade": "a",
        "capital": Decimal("100.5"),
        "staff": 12,
        "opened": dt.date(2020, 1, 2),
        "closed": None,
        "exports": True,
    }
    assert parsed.rows[1].values["grade"] is None


def test_the_header_may_be_shuffled_full_width_starred_and_renamed() -> None:
    head = ["乡 镇 街 道*", "企业名称", "注册资本（万元）", " 统一社会信用代码 ", "备注"]
    parsed = read(SHOPS, workbook(head, ["东河镇", "甲", "1，200.50", "９１３３９９９９MAD0EM015p", "x"]))
    assert parsed.faults == []
    assert parsed.rows[0].values["capital"] == Decimal("1200.50")
    assert parsed.rows[0].values["uscc"] == "91339999MAD0EM015P"
    assert parsed.unknown == ["备注"]


def test_every_fault_of_every_row_is_told_at_once_with_the_nearest_valid_value() -> None:
    parsed = read(
        SHOPS,
        workbook(
            HEAD,
            GOOD,
            [
                "91339999MAD0EM0581",
                "示例袜业零五股份有限公司",
                "东何镇",
                "优秀",
                "1.234",
                "12.5",
                "2027-02-30",
                None,
                "也许",
            ],
            [GOOD[0], "甲", "东河镇"],
            [None, None, None, None, "-1"],
            ["91339999MAD0EM074P", "乙", "南岭街道", None, None, None, "2020-05-01", "2019-05-01"],
        ),
    )
    assert said(parsed) == [
        (3, "uscc", "91339999MAD0EM0581"),
        (3, "name", "示例袜业零五股份有限公司"),
        (3, "town", "东何镇"),
        (3, "capital", "1.234"),
        (3, "staff", "12.5"),
        (3, "opened", "2027-02-30"),
        (3, "exports", "也许"),
        (4, "uscc", "91339999MAD0EM015P"),
        (5, "uscc", ""),
        (5, "name", ""),
        (5, "town", ""),
        (5, "capital", "-1"),
        (6, "closed", "2019-05-01"),
    ]
    by_field = {(fault.row, fault.field): fault for fault in parsed.faults}
    assert by_field[3, "town"].hint == "最接近:东河镇"
    assert "第 2 行" in str(by_field[4, "uscc"].message)
    assert fault_title(SHOPS, parsed.faults[0]) == "统一社会信用代码"
    assert [row.number for row in parsed.rows] == [2] and not parsed.ready


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_any_usual_dress(encoding: str, separator: str) -> None:
    lines = [separator.join(["名称", "统一社会信用代码", "乡镇街道"]), separator.join(["甲㐂", GOOD[0], "东河镇"])]
    parsed = read(SHOPS, "\r\n".join(lines).encode(encoding))
    assert parsed.faults == [] and parsed.rows[0].values["name"] == "甲㐂"


def test_a_quoted_line_feed_in_csv_stays_one_row() -> None:
    text = f'名称,统一社会信用代码,乡镇街道\n"甲\n乙",{GOOD[0]},东河镇\n丙,x,东河镇\n'
    parsed = read(SHOPS, text.encode())
    assert [row.number for row in parsed.rows] == [2] and parsed.faults[0].row == 3


def test_template_opens_clean_has_lists_and_its_example_is_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(SHOPS)))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]][:3] == ["统一社会信用代码*", "名称*", "乡镇街道*"]
    assert page["A2"].value == "示例:91339999MAD0EM015P" and page["A2"].number_format == "@"
    assert page.column_dimensions["A"].width > 20 and page.freeze_panes == "A2"
    lists = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in page.data_validations.dataValidation
        if rule.type == "list"
    }
    assert lists == {"C3": "_lists!$A$1:$A$4", "D3": "_lists!$B$1:$B$2", "I3": "_lists!$C$1:$C$2"}
    assert [cell.value for cell in book["_lists"]["A"]] == TOWNS and book["_lists"].sheet_state == "hidden"
    assert "填写说明" in book.sheetnames
    empty = read(SHOPS, template(SHOPS))
    assert empty.rows == [] and [fault.row for fault in empty.faults] == [None]


def test_the_failure_list_mended_in_place_goes_through() -> None:
    parsed = read(SHOPS, workbook(HEAD, GOOD, ["91339999MAD0EM023J", "=1+1", "东何镇"], ["X", "丙", "北湖镇"]))
    content = failure_list(SHOPS, parsed)
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    assert (page["J2"].value, page["C2"].value) == ("3", "东何镇")
    assert "没有这个选项" in page["K2"].value and page["L2"].value == "最接近:东河镇"
    assert page["B2"].value == "=1+1" and page["B2"].data_type == "s", "what looks like a formula stays text"
    page["C2"].value, page["A3"].value = "东河镇", "91339999MAD0EM031P"
    mended = io.BytesIO()
    book.save(mended)
    again = read(SHOPS, mended.getvalue())
    assert again.faults == [] and again.unknown == [] and len(again.rows) == 2


def test_codes_that_excel_has_spoilt_are_refused_and_short_numbers_are_taken() -> None:
    with pytest.raises(BadCell, match="末尾几位已经变了"):
        read_code(1.2345678901234567e18)
    with pytest.raises(BadCell, match="科学计数法"):
        read_code("3.30681E+17")
    assert read_code(330681.0) == "330681"
    assert read_code("０１２ 34a") == "01234A"


def test_decimals_never_pass_through_binary_and_dates_take_the_usual_ways() -> None:
    assert read_decimal(0.1) == Decimal("0.1")
    assert read_decimal("-1,234,567.80") == Decimal("-1234567.80")
    with pytest.raises(BadCell):
        read_decimal("1,23")
    for text in (
        "2027-4-12",
        "2027/04/12",
        "2027.4.12",
        "20270412",
        "2027年4月12日",
        "2027-04-12 00:00:00",
        "２０２７年４月１２日",
    ):
        assert read_date(text) == dt.date(2027, 4, 12), text
    for text in ("2027-13-01", "12/04/2027", "四月", "2027"):
        with pytest.raises(BadCell):
            read_date(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_no_text_upsets_a_reader(text: str) -> None:
    """Whatever stands in a cell: a value without control characters, or a fault with a sentence."""
    rows = ["名称", "统一社会信用代码", "乡镇街道", "注册资本(万元)", "人数", "成立日期", "是否出口"]
    reader = reading.Reader(SHOPS)
    [line] = list(reader.lines(iter([rows, ["甲", text, text, text, text, text, text]]))) or [None]
    for fault in line.faults:
        assert str(fault.message)
    for value in line.values.values():
        assert not isinstance(value, str) or "\0" not in value


# -- attempts to break it


def test_a_failed_formula_is_a_fault_not_an_empty_cell() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("旧").hide()
    page = book.add_worksheet("表")
    page.activate()
    page.set_first_sheet()
    for place, title in enumerate(["统一社会信用代码", "名称", "乡镇街道", "人数"]):
        page.write_string(2, 2 + place, title)
    page.write_row(3, 2, [GOOD[0], "甲", "东河镇"])
    page.write_formula(3, 5, "=NA()", None, "#N/A")
    page.write_row(4, 2, ["91339999MAD0EM023J", "乙", "东河镇"])
    page.write_formula(4, 5, "=1/0", None, "#DIV/0!")
    page.write_row(5, 2, ["91339999MAD0EM031P", "丙", "东河镇"])
    page.write_formula(5, 5, "=1+1", None, 2)
    book.close()
    parsed = read(SHOPS, buffer.getvalue())
    assert said(parsed) == [(4, "staff", "#N/A"), (5, "staff", "#DIV/0!")]
    assert [row.values["staff"] for row in parsed.rows] == [2]


def test_a_sparse_workbook_that_asks_for_half_a_terabyte_is_one_fault() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    page = book.add_worksheet()
    page.write_string(0, 0, "名称")
    page.write_string(1048575, 16383, "x")
    book.close()
    parsed = read(SHOPS, buffer.getvalue())
    assert [fault.row for fault in parsed.faults] == [None] and "太大" in str(parsed.faults[0].message)


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (30 << 20))
    assert len(buffer.getvalue()) < 100_000
    parsed = read(SHOPS, buffer.getvalue())
    assert "解压后超过 8 MB" in str(parsed.faults[0].message)


def test_a_bomb_that_lies_about_its_size_is_found_out() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (30 << 20))
    raw = bytearray(buffer.getvalue())
    for place in (raw.find(b"PK\x03\x04") + 22, raw.find(b"PK\x01\x02") + 24):
        struct.pack_into("<I", raw, place, 1000)
    parsed = read(SHOPS, bytes(raw))
    assert len(parsed.faults) == 1 and "损坏" in str(parsed.faults[0].message)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "空的"),
        (b"\x00\x01\x02\x03" * 50, "不是认得出的表格"),
        (b"PK\x03\x04 not a zip at all", "损坏"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "不是认得出的表格"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        ("没有,表头\n1,2\n".encode(), "找不到表头"),
        (("名称,统一社会信用代码,乡镇街道\n" + "x" * (2 << 20)).encode(), "出错"),
    ],
)
def test_what_is_no_table_is_one_sentence(content: bytes, word: str) -> None:
    parsed = read(SHOPS, content, name="骗人的.xlsx")
    assert not parsed.rows and word in str(parsed.faults[0].message)
    assert all(str(fault.message) and str(fault.hint) for fault in parsed.faults)


def test_two_gigabytes_are_cut_off_while_they_come() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    endless = Endless()
    parsed = read(SHOPS, endless)
    assert "最多 4 MB" in str(parsed.faults[0].message) and endless.given < 8 << 20


def test_missing_and_double_columns_are_named_with_a_way_out() -> None:
    parsed = read(SHOPS, workbook(["名称", "名称", "统一社会信用代码号"], ["甲", "乙", GOOD[0]]))
    faults = {(fault.field, str(fault.message)): str(fault.hint) for fault in parsed.faults}
    assert ("name", "这个表头出现了两次。") in faults
    assert "统一社会信用代码号" in faults["uscc", "缺少“统一社会信用代码”这一列。"]
    assert ("town", "缺少“乡镇街道”这一列。") in faults


def test_too_many_rows_are_refused_and_a_stream_goes_on() -> None:
    rows = [[f"91339999MAD0EM{n:03d}P", f"甲{n}", "东河镇"] for n in range(60)]
    content = workbook(["统一社会信用代码", "名称", "乡镇街道"], *rows)
    assert "超过 50 行" in str(read(SHOPS, content).faults[0].message)
    assert sum(1 for _item in stream(SHOPS, content)) == 60


# -- export and form


def test_an_export_keeps_codes_as_text_and_says_who_when_and_under_which_filter() -> None:
    actor = SimpleNamespace(display="林一", post_title="监督科长", unit_name="示例市质量局")
    rows = [
        {
            "uscc": "330681198001019876",
            "name": "=HYPERLINK(1)",
            "capital": Decimal("12.30"),
            "opened": dt.date(2020, 1, 2),
            "exports": True,
        },
        SimpleNamespace(uscc="00123", name="+1", capital=Decimal("123456789012345678"), opened=None, exports=False),
    ]
    at = dt.datetime(2027, 4, 12, 1, 30, 5, tzinfo=dt.UTC)
    book = openpyxl.load_workbook(
        io.BytesIO(
            export("企业[名录]", columns=SHOPS, rows=rows, filters={"乡镇": "东河镇", "状态": ""}, actor=actor, at=at)
        )
    )
    page, about = book.worksheets
    assert page.freeze_panes == "A2" and page.title == "企业 名录"
    assert (page["A2"].value, page["A2"].data_type) == ("330681198001019876", "s")
    assert (page["B2"].value, page["B2"].data_type) == ("=HYPERLINK(1)", "s")
    assert (page["E2"].value, page["G2"].value, page["I2"].value) == (12.3, dt.datetime(2020, 1, 2), "是")
    assert page["E3"].value == "123456789012345678", "a number of more digits than a spreadsheet keeps goes out as text"
    assert {about.cell(n, 1).value: about.cell(n, 2).value for n in range(1, 6)} == {
        "名称": "企业[名录]",
        "筛选条件": "乡镇:东河镇",
        "行数": 2,
        "导出时间": "2027-04-12 09:30:05",
        "导出人": "示例市质量局 · 监督科长 · 林一",
    }


def test_the_form_of_a_row_judges_as_the_sheet_does() -> None:
    form_type = form_class(SHOPS)
    values = dict(zip([column.key for column in SHOPS.columns], GOOD, strict=True))
    posted = {**values, "grade": "a", "opened": "2020-01-02", "closed": "", "exports": "true"}
    form = form_type(posted)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == read(SHOPS, workbook(HEAD, GOOD)).rows[0].values

    bad = form_type({"uscc": "X", "town": "东何镇", "capital": "1.234"})
    assert set(bad.errors) == {"uscc", "name", "town", "capital"}
    assert "最接近:东河镇" in bad.errors["town"][0]
    crossed = form_type({**posted, "closed": "2019-01-01"})
    assert crossed.errors == {"closed": ["注销早于成立。"]}
    assert '<option value="东河镇">' in str(form_type()["town"])


def test_a_declaration_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Column("a", "甲", kind="number")
    with pytest.raises(ValueError, match="choices"):
        Column("a", "甲", kind="choice")
    with pytest.raises(ValueError, match="key of its own"):
        Sheet("x", "x", [Column("a", "甲"), Column("a", "乙")])
    with pytest.raises(ValueError, match="unique"):
        Sheet("x", "x", [Column("a", "甲")], unique=("b",))


def test_a_template_taken_in_english_is_read_under_chinese() -> None:
    compile_all(SOURCE)
    trans_real._translations.clear()
    columns = [Column("name", gettext_lazy("名称"), required=True, example="甲"), Column("note", gettext_lazy("说明"))]
    sheet = Sheet("test.names", gettext_lazy("表格"), columns)
    with override("en"):
        book = openpyxl.load_workbook(io.BytesIO(template(sheet)))
    assert [cell.value for cell in book.worksheets[0][1]] == ["Name*", "Note"]
    assert book.worksheets[0]["A2"].value == "Example:甲"
    book.worksheets[0]["A3"].value = "乙"
    filled = io.BytesIO()
    book.save(filled)
    parsed = read(sheet, filled.getvalue())
    assert parsed.faults == [] and [row.values["name"] for row in parsed.rows] == ["乙"]
