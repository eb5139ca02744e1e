"""Child process that turns a workbook (xlsx, xls, ods) into lines of JSON: one line a row, first row first.

Run as a plain script, so that a hostile workbook is read where memory and time are bounded: a workbook of a few
kilobytes whose last cell is XFD1048576 makes the reader ask for hundreds of gigabytes and abort, which must not end a
web process.

    python unpack.py FILE MEMORY_MB SECONDS

Dates are ``{"d": "2027-04-12"}``, times of day ``{"t": …}``, cells that hold an error of their formula
``{"e": "#N/A"}`` (the reader gives such cells as empty, and a value would be lost without a word).
Exit codes: 0 done, 3 password, 4 damaged, 5 no sheet; any other: gave up.
"""

import contextlib
import datetime as dt
import json
import re
import resource
import sys
import zipfile
from typing import Any
from xml.etree import ElementTree

PASSWORD, DAMAGED, NO_SHEET = 3, 4, 5
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_SAID = re.compile(rb"#[A-Z0-9/_]+[!?]?")


def encode(value: Any) -> Any:
    """Dates and times as small dictionaries; all else is JSON already."""
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    return {"t": str(value)}


def broken_cells(path: str, index: int) -> dict[int, dict[int, str]]:
    """Errors of formulas on the sheet of this index, by row and column (from 0); none for what is no xlsx."""
    try:
        with zipfile.ZipFile(path) as packed:
            sheets = [
                node for node in ElementTree.fromstring(packed.read("xl/workbook.xml")).iter() if _is(node, "sheet")
            ]
            wanted = next(value for name, value in sheets[index].items() if name.endswith("}id"))
            links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))
            target = next(link.get("Target", "") for link in links if link.get("Id") == wanted)
            content = packed.read(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    except (zipfile.BadZipFile, KeyError, IndexError, StopIteration, ElementTree.ParseError):
        return {}
    found: dict[int, dict[int, str]] = {}
    at = content.find(b' t="e"')
    while at >= 0:  # far quicker than an expression over the whole text, which has hardly any such cell
        value = content.find(b"v>", at)
        place = _PLACE.search(content, content.rfind(b"<", 0, at), content.find(b">", at))
        said = _SAID.match(content, value + 2) if value >= 0 else None
        at = content.find(b' t="e"', at + 1)
        if place and said:
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            found.setdefault(int(place[2]) - 1, {})[column - 1] = said[0].decode()
    return found


def _is(node: ElementTree.Element, name: str) -> bool:
    return node.tag.rsplit("}", 1)[-1] == name


def main(path: str, memory: int, seconds: int) -> int:
    """Write the rows of the first visible sheet that is not a page of notes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [
            index
            for index, meta in enumerate(book.sheets_metadata)
            if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
        ]
        if not sheets:
            return NO_SHEET
        write, broken = sys.stdout.write, broken_cells(path, sheets[0])
        page = book.get_sheet_by_index(sheets[0])
        first = page.start[1] if page.start else 0
        for number, row in enumerate(page.iter_rows()):
            cells: list[Any] = list(row)
            for column, said in broken.get(number, {}).items():
                if first <= column < first + len(cells):
                    cells[column - first] = {"e": said}
            write(json.dumps(cells, ensure_ascii=False, default=encode) + "\n")
        sys.stdout.flush()
    except PasswordError:
        return PASSWORD
    except (CalamineError, ValueError, OSError):
        return DAMAGED
    return 0


if __name__ == "__main__":
    # A reader that stops early closes the pipe: nothing to complain about.
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
