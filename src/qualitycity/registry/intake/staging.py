"""Reading the waiting file into the staging table, in chunks: memory stays bounded whatever the file's length."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Fault, Faults
from qualitycity.kernel.sheets.opening import BadFile, limits, rows_of
from qualitycity.kernel.sheets.reading import Reader

from ..models import ImportBatch
from ..towns import Gazetteer
from . import spool
from .rows import Staged, normalise
from .sheet import ENTERPRISES, NEEDED

CHUNK = 2_000  # rows a transaction: some 4 MB
COLUMNS = [
    "batch_id",
    "row_no",
    "code",
    "code_kind",
    "name",
    "name_key",
    "initials",
    "established_on",
    "kind",
    "capital_amount",
    "capital_currency",
    "scope",
    "address",
    "region_code",
    "region_basis",
    "is_local",
    "cancelled_on",
    "size",
    "faults",
    "notes",
    "proposals",
    "cells",
]
Tell = Callable[[str, int, int], None]


def stage(batch: ImportBatch, gazetteer: Gazetteer | None, tell: Tell) -> int:
    """Read the batch's file into its empty stage; returns the number of rows. `Faults`: no table can be read."""
    done, today = 0, clock.today()
    with spool.unpacked(batch.file_sha256) as path:
        total = _estimate(path)
        rows = (normalise(number, raw, gazetteer, today) for number, raw in _raw_rows(path))
        for chunk in _chunks(rows):
            with transaction.atomic():
                _copy(batch.pk, chunk)
            done += len(chunk)
            tell("reading", done, max(done, total))
    if not done:
        raise Faults([Fault(_("表头下面没有数据行。"), hint=_("从表头的下一行开始填写。"))])
    return done


def _raw_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = _NeededColumns(ENTERPRISES)
    try:
        for line in reader.lines(rows_of(path, limits())):
            yield line.number, line.raw
    except BadFile as bad:
        raise Faults([bad.fault]) from bad


class _NeededColumns(Reader):
    """The kernel's reader, without its checks of single cells (a bad cell refuses its row, not the file)."""

    def _line(self, number: int, raw: dict[str, Any]) -> Any:
        from qualitycity.kernel.sheets.reading import Line

        return Line(number, raw, {}, [])

    def _missing(self, number: int, places: dict[str, int]) -> list[Fault]:
        titles = {column.key: str(column.title) for column in ENTERPRISES.columns}
        return [
            Fault(
                _("缺少“%(title)s”这一列。") % {"title": titles[key]},
                row=number,
                field=key,
                hint=_("表头须与模板一致。"),
            )
            for key in NEEDED
            if key not in places
        ]


def _estimate(path: Path) -> int:
    """Rows of a text table by its line ends; 0 (unknown) for a workbook."""
    with path.open("rb") as file:
        if file.read(2) in (b"PK", b"\xd0\xcf"):
            return 0
        file.seek(0)
        return max(0, sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b"")) - 1)


def _chunks(rows: Iterable[Staged]) -> Iterator[list[Staged]]:
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, CHUNK)):
        yield chunk


def _copy(batch_id: int, rows: list[Staged]) -> None:
    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor, cursor.copy(f"COPY registry_importstage ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(_values(batch_id, row))


def _values(batch_id: int, row: Staged) -> list[Any]:
    values = {"batch_id": batch_id, **{name: getattr(row, name, None) for name in COLUMNS[1:]}}
    values["proposals"] = [proposal.as_dict() for proposal in row.proposals]
    for name in ("faults", "notes", "proposals", "cells"):
        values[name] = json.dumps(values[name], ensure_ascii=False)
    return [values[name] for name in COLUMNS]
