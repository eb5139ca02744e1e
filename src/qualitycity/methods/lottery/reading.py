"""Reading frames from CSV and Parquet, row by row, whatever their size, with every fault at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from .faults import Collector, LotteryError
from .frame import FIELDS, REASONS, Frame, Vetter

MAX_LINE = 4096  # no honest line is longer: id and stratum have 128 bytes each
PYTHON_MAX_BYTES = 256 * 2**20
MAX_BYTES = 2**30

Row = tuple[int, str, str, str, str]


def check_size(path: Path, max_bytes: int) -> None:
    """Refuse what is no file, is empty, or is larger than `max_bytes`, before one byte is read."""
    if not path.is_file():
        raise LotteryError("file_missing", path=path)
    size = path.stat().st_size
    if size == 0:
        raise LotteryError("file_empty", name=path.name)
    if size > max_bytes:
        found, limit = f"{size / 2**30:.2f}", f"{max_bytes / 2**30:.2f}"
        raise LotteryError("file_large", name=path.name, size=found, limit=limit)


def is_parquet(path: Path) -> bool:
    """Tell a Parquet file by its first four bytes, whatever its name."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def read_frame(path: Path | str, reasons: Iterable[str] = REASONS, max_bytes: int = PYTHON_MAX_BYTES) -> Frame:
    """Read a CSV (with the header line or canonical) or Parquet frame into memory.

    Raises LotteryError for a file that cannot be read at all and InputFaults with every fault of its rows.
    """
    path = Path(path)
    check_size(path, max_bytes)
    vetter = Vetter(reasons)
    rows = parquet_rows(path) if is_parquet(path) else csv_rows(path, vetter.faults)
    return Frame.of_rows(rows, vetter)


def csv_rows(path: Path, faults: Collector) -> Iterator[Row]:
    """Yield (row, id, stratum, weight, reason) of a CSV file; faults of the file's form are recorded, not raised."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(_lines(file, faults), strict=True)
        order: list[int] | None = None
        width = len(FIELDS)
        try:
            for cells in reader:
                row = reader.line_num
                if not cells:
                    continue
                if order is None:
                    order = list(range(width))
                    if len(set(cells) & set(FIELDS[:3])) >= 2:
                        order, width = _header(cells, row, faults), len(cells)
                        continue
                if len(cells) != width:
                    faults.add("columns", row, "", ",".join(cells), wanted=width, found=len(cells))
                    continue
                unit_id, stratum, weight, reason = (cells[place] if place >= 0 else "" for place in order)
                yield row, unit_id, stratum, weight, reason
        except csv.Error as error:
            faults.add("csv", reader.line_num, detail=error)


def _header(cells: list[str], row: int, faults: Collector) -> list[int]:
    """Return the place of each field under this header line, -1 for an absent reason; record a fault if it is
    another's."""
    missing = [name for name in FIELDS[:3] if name not in cells]
    strange = [name for name in cells if name not in FIELDS]
    if missing or strange or len(set(cells)) != len(cells):
        faults.add("header", row, "", ",".join(cells), wanted=",".join(FIELDS), missing=missing, strange=strange)
    return [cells.index(name) if name in cells else -1 for name in FIELDS]


def _lines(file: IO[str], faults: Collector) -> Iterator[str]:
    """Yield lines; stop at one that no frame has, so that a 2 GB file without line breaks never enters memory."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if "\0" in line:
            faults.add("binary", number)
            return
        if len(line) == MAX_LINE and not line.endswith("\n"):
            faults.add("line_long", number, limit=MAX_LINE)
            return
        yield line


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield (row, id, stratum, weight, reason) of a Parquet file, a missing value as empty text."""
    import duckdb

    con = duckdb.connect()
    try:
        result = con.execute(f"SELECT {', '.join(parquet_columns(con, path))} FROM read_parquet(?)", [str(path)])
        row = 0
        while chunk := result.fetchmany(10_000):
            for cells in chunk:
                row += 1
                yield (row, *cells)
    except duckdb.Error as error:
        raise LotteryError("file_unreadable", name=path.name, detail=str(error).splitlines()[0]) from error
    finally:
        con.close()


def parquet_columns(con: Any, path: Path) -> list[str]:
    """Return the four SQL expressions that read a Parquet file's columns as texts; refuse a file without them."""
    described = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    names = {name for name, *_ in described}
    missing = [name for name in FIELDS[:3] if name not in names]
    if missing:
        raise LotteryError("parquet_columns", name=path.name, missing=missing, fields=FIELDS)
    return [f"coalesce(CAST({name} AS VARCHAR), '')" if name in names else "''" for name in FIELDS]


def read_takes(path: Path | str) -> tuple[dict[str, int], dict[str, int]]:
    """Read a plan CSV `stratum,n` (a header line and a third column `reserve` may stand there).

    Returns (takes, reserves); raises InputFaults with every fault.
    """
    path = Path(path)
    check_size(path, 64 * 2**20)
    faults, takes, reserves = Collector(), {}, {}
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(_lines(file, faults))
        for cells in reader:
            row = reader.line_num
            if not cells or (not seen and cells[0] == "stratum"):
                continue
            if len(cells) not in (2, 3):
                faults.add("columns", row, "", ",".join(cells), wanted="2–3", found=len(cells))
                continue
            stratum, numbers = cells[0], cells[1:]
            if seen.setdefault(stratum, row) != row:
                faults.add("duplicate", row, "stratum", stratum, first=seen[stratum])
            for field, text in zip(("n", "reserve"), numbers, strict=False):
                if not (text.isascii() and text.isdigit() and len(text) <= 10):
                    faults.add("take", row, field, text)
                elif field == "n":
                    takes[stratum] = int(text)
                else:
                    reserves[stratum] = int(text)
    if not seen and not faults.total:
        faults.add("empty")
    faults.raise_if_any()
    return takes, reserves
