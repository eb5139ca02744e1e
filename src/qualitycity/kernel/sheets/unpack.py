"""Child process that turns a workbook (xlsx, xls, ods) into lines of JSON: one line a row, first row first.

Run as a plain script, so that a hostile workbook is read where memory and time are bounded: a workbook of a few
kilobytes whose last cell is XFD1048576 makes the reader ask for hundreds of gigabytes and abort, which must not end a
web process.

    python unpack.py FILE MEMORY_MB SECONDS

Dates are ``{"d": "2027-04-12"}``, times of day ``{"t": …}``. Exit codes: 0 done, 3 password, 4 damaged, 5 no sheet;
any other: gave up.
"""

import contextlib
import datetime as dt
import json
import resource
import sys
from typing import Any

PASSWORD, DAMAGED, NO_SHEET = 3, 4, 5


def encode(value: Any) -> Any:
    """Dates and times as small dictionaries; all else is JSON already."""
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    return {"t": str(value)}


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
        write = sys.stdout.write
        for row in book.get_sheet_by_index(sheets[0]).iter_rows():
            write(json.dumps(row, ensure_ascii=False, default=encode) + "\n")
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
