"""Writing workbooks: templates, failure lists, exports. Text is always written as text: no code loses digits, nothing
that begins with ``=`` becomes a formula, and the files open without a warning."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from qualitycity.kernel.acts import Fault
from qualitycity.kernel.sheets.cells import EXCEL_DIGITS, as_text
from qualitycity.kernel.sheets.declare import Column, Sheet
from qualitycity.kernel.sheets.reading import EXAMPLE_MARK, OLD_ROW, PROBLEM, REMEDY, Parsed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows of a template that carry drop-downs; a longer list works too, only without them.
TEMPLATE_ROWS = 2000
CELL_MOST = 32_767
LIST_MOST = 255
NAME_MOST = 31


class Book:
    """A workbook in memory with the few formats the house uses."""

    def __init__(self, constant_memory: bool = False) -> None:
        """``constant_memory`` keeps one row at a time (rows must come in order)."""
        self.buffer = io.BytesIO()
        options = {"constant_memory": constant_memory, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(self.buffer, options)
        self.book.set_calc_mode("auto")
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
        self.plain = self.book.add_format(base)
        self.text = self.book.add_format({**base, "num_format": "@"})
        self.date = self.book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"})
        self.moment = self.book.add_format({**base, "num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.head = self.book.add_format(
            {**base, "bold": True, "border": 1, "bg_color": "#E7EEF7", "text_wrap": True, "num_format": "@"}
        )
        self.example = self.book.add_format({**base, "italic": True, "font_color": "#6B7280", "num_format": "@"})
        self.fault = self.book.add_format({**base, "font_color": "#B42318", "text_wrap": True, "num_format": "@"})

    def sheet(self, title: Any) -> Worksheet:
        """A worksheet set for A4 landscape printing with page x/y."""
        name = "".join(" " if char in "[]:*?/\\'" else char for char in str(title))[:NAME_MOST].strip()
        sheet = self.book.add_worksheet(name or None)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")
        return sheet

    def put(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """Write one value by its Python type; text as text, whatever it begins with."""
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_string(row, column, _("是") if value else _("否"), self.text)
        elif isinstance(value, int | float | Decimal) and _exact(value):
            sheet.write_number(row, column, value, self.plain)
        elif isinstance(value, dt.datetime):
            sheet.write_datetime(
                row, column, localtime(value).replace(tzinfo=None) if value.tzinfo else value, self.moment
            )
        elif isinstance(value, dt.date) and value.year >= 1900:
            sheet.write_datetime(row, column, value, self.date)
        else:
            sheet.write_string(row, column, as_text(value)[:CELL_MOST], self.text)

    def bytes(self) -> bytes:
        """Close the book and give its bytes."""
        self.book.close()
        return self.buffer.getvalue()


def _exact(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet holds this number without losing digits."""
    number = Decimal(str(value))
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= EXCEL_DIGITS


def _marked(column: Column) -> str:
    return f"{column.title}*" if column.required else str(column.title)


def _width(column: Column) -> float:
    longest = max(
        len(str(column.title)) * 2 + 3, len(as_text(column.example)) * 1.2 + 2, 22 if column.kind == "code" else 10
    )
    return float(column.width or min(longest, 50))


def template(sheet: Sheet) -> bytes:
    """An empty workbook to fill in: headings (required ones with ``*``), drop-downs, hints, an example row, notes."""
    book = Book()
    page = book.sheet(sheet.title)
    _headings(book, page, sheet)
    examples = [as_text(column.example) for column in sheet.columns]
    for place, text in enumerate(examples):
        page.write_string(1, place, _(EXAMPLE_MARK) + text if place == 0 else text, book.example)
    _drop_downs(book, page, sheet, first=2)
    _notes(book, sheet)
    return book.bytes()


def _headings(book: Book, page: Worksheet, sheet: Sheet) -> None:
    for place, column in enumerate(sheet.columns):
        form = {"date": book.date, "integer": book.plain, "decimal": book.plain}.get(column.kind, book.text)
        page.set_column(place, place, _width(column), form)
        page.write_string(0, place, _marked(column), book.head)
        if column.hint:
            page.write_comment(0, place, str(column.hint), {"x_scale": 1.5, "author": ""})
    page.freeze_panes(1, 0)


def _drop_downs(book: Book, page: Worksheet, sheet: Sheet, first: int) -> None:
    """Drop-downs and input hints; lists stand on a hidden page, since one in the cell itself ends at 255 characters."""
    lists: Worksheet | None = None
    used = 0
    for place, column in enumerate(sheet.columns):
        options: dict[str, Any] = {"validate": "any", "ignore_blank": True}
        if column.kind in {"choice", "boolean"}:
            labels = [label for _value, label in column.options()] if column.kind == "choice" else [_("是"), _("否")]
            if not labels:
                continue
            lists = lists or book.book.add_worksheet("_lists")
            for number, label in enumerate(labels):
                lists.write_string(number, used, label)
            letters = xlsxwriter.utility.xl_col_to_name(used, col_abs=True)
            options |= {"validate": "list", "source": f"=_lists!{letters}$1:{letters}${len(labels)}"}
            options |= {"error_title": _("没有这个选项"), "error_message": _("请从下拉列表中选择。")}
            used += 1
        if column.hint:
            options |= {"input_title": str(column.title)[:32], "input_message": str(column.hint)[:LIST_MOST]}
        if options["validate"] == "list" or column.hint:
            page.data_validation(first, place, first + TEMPLATE_ROWS, place, options)
    if lists is not None:
        lists.hide()


def _notes(book: Book, sheet: Sheet) -> None:
    page = book.sheet(_("填写说明"))
    kinds = {
        "text": _("文字"),
        "code": _("编码(文本)"),
        "integer": _("整数"),
        "decimal": _("数字"),
        "date": _("日期,如 2027-04-12"),
        "choice": _("从下拉列表选择"),
        "boolean": _("是或否"),
    }
    general = [
        _("带 * 的列必须填写。"),
        _("灰色斜体的示例行不会被读入,可以删去。"),
        _("列的顺序可以变,表头文字不要改。"),
    ]
    lines = [str(note) for note in sheet.notes] + general
    for number, line in enumerate(lines):
        page.write_string(number, 0, line, book.text)
    start = len(lines) + 1
    for place, title in enumerate([_("列"), _("必填"), _("填什么"), _("说明"), _("示例")]):
        page.write_string(start, place, title, book.head)
        page.set_column(place, place, [28, 8, 24, 60, 30][place])
    for number, column in enumerate(sheet.columns, start=start + 1):
        cells = [
            column.title,
            _("是") if column.required else "",
            kinds[column.kind],
            column.hint,
            as_text(column.example),
        ]
        for place, cell in enumerate(cells):
            page.write_string(number, place, str(cell), book.text)


def failure_list(sheet: Sheet, parsed: Parsed) -> bytes:
    """The bad rows as they were handed in, with what is wrong and how to mend it: mended, it can be uploaded itself."""
    book = Book()
    page = book.sheet(sheet.title)
    _headings(book, page, sheet)
    last = len(sheet.columns)
    for offset, (title, width) in enumerate([(OLD_ROW, 8), (PROBLEM, 50), (REMEDY, 50)]):
        page.write_string(0, last + offset, _(title), book.head)
        page.set_column(last + offset, last + offset, width, book.fault)
    by_row: dict[int | None, list[Fault]] = {}
    for fault in parsed.faults:
        by_row.setdefault(fault.row if fault.row in parsed.bad_rows else None, []).append(fault)
    for number, (row, faults) in enumerate(sorted(by_row.items(), key=lambda item: item[0] or 0), start=1):
        cells = parsed.bad_rows.get(row, {}) if row is not None else {}
        wrong = {fault.field for fault in faults}
        for place, column in enumerate(sheet.columns):
            page.write_string(
                number, place, cells.get(column.key, ""), book.fault if column.key in wrong else book.text
            )
        page.write_string(number, last, str(row or ""), book.fault)
        page.write_string(number, last + 1, "\n".join(_said(sheet, fault) for fault in faults)[:CELL_MOST], book.fault)
        page.write_string(number, last + 2, "\n".join(str(f.hint) for f in faults if f.hint)[:CELL_MOST], book.fault)
    _drop_downs(book, page, sheet, first=1)
    return book.bytes()


def _said(sheet: Sheet, fault: Fault) -> str:
    title = next((str(column.title) for column in sheet.columns if column.key == fault.field), "")
    return f"{title}:{fault.message}" if title else str(fault.message)


def export(
    title: Any,
    columns: Sheet | Sequence[Column | tuple[str, Any]],
    rows: Iterable[Any],
    filters: Mapping[str, Any],
    actor: Any,
    at: dt.datetime,
) -> bytes:
    """A workbook of a list as it stood: rows in constant memory, header frozen, who took it when under which filter.

    A row is a mapping, an object with attributes (``a.b`` and ``a__b`` go through relations) or a sequence in the order
    of ``columns``. ``filters`` is shown as given (label → value); ``actor`` needs ``display``, ``post_title`` and
    ``unit_name``.
    """
    given = columns.columns if isinstance(columns, Sheet) else columns
    heads = [(c.key, str(c.title), _width(c)) if isinstance(c, Column) else (c[0], str(c[1]), 18.0) for c in given]
    book = Book(constant_memory=True)
    page = book.sheet(title)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    for place, (_key, head, width) in enumerate(heads):
        page.set_column(place, place, width)
        page.write_string(0, place, head, book.head)
    count = 0
    for count, row in enumerate(rows, start=1):
        for place, (key, *_shown) in enumerate(heads):
            book.put(page, count, place, _value(row, key, place))
    page.autofilter(0, 0, max(count, 1), len(heads) - 1)
    _about(book, title, filters, count, actor, at)
    return book.bytes()


def _about(book: Book, title: Any, filters: Mapping[str, Any], count: int, actor: Any, at: dt.datetime) -> None:
    page = book.sheet(_("导出说明"))
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 70)
    who = " · ".join(str(part) for part in (actor.unit_name, actor.post_title, actor.display) if part)
    chosen = ";".join(f"{label}:{value}" for label, value in filters.items() if value not in (None, "", []))
    moment = f"{localtime(at):%Y-%m-%d %H:%M:%S}"
    lines = [
        (_("名称"), title),
        (_("筛选条件"), chosen or _("全部")),
        (_("行数"), count),
        (_("导出时间"), moment),
        (_("导出人"), who),
    ]
    for number, (label, value) in enumerate(lines):
        page.write_string(number, 0, label, book.head)
        book.put(page, number, 1, value if isinstance(value, int) else str(value))


def _value(row: Any, key: str, place: int) -> Any:
    """One value of a row, whatever shape the row has."""
    if isinstance(row, Mapping):
        return row.get(key)
    if isinstance(row, Sequence) and not isinstance(row, str):
        return row[place]
    value = row
    for part in key.replace("__", ".").split("."):
        value = getattr(value, part, None)
        if callable(value):
            value = value()
    return value


def xlsx_response(content: bytes, name: Any) -> HttpResponse:
    """A workbook as a download; ``name`` with or without extension, and without anything personal in it."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{str(name).removesuffix('.xlsx')}.xlsx") or ""
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
