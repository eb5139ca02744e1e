"""The file on its way in: kept under its digest in the data folder until the import is committed or given up.

It is not evidence: a register's file may hold columns we do not keep (the legal representative), so it does not stay.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Fault, Faults
from qualitycity.kernel.sheets.opening import limits

CHUNK = 1 << 20
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Spooled:
    """A file in the spool: its SHA-256 and size in bytes."""

    digest: str
    size: int


def folder() -> Path:
    """Where files wait; only this software's user may look."""
    place = Path(settings.CITY_DATA) / "imports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def path_of(digest: str) -> Path:
    """Where the file of this digest waits."""
    return folder() / digest


def put(source: BinaryIO) -> Spooled:
    """Take a file in, in pieces, never beyond the size limit; `Faults` when it is empty or too large."""
    most = limits().size
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder(), delete=False) as copy:
        try:
            while piece := source.read(CHUNK):
                size += len(piece)
                if size > most:
                    raise Faults(
                        [
                            Fault(
                                _("文件太大,最多 %(most)d MB。") % {"most": most >> 20},
                                hint=_("压缩成 .csv.gz 再上传。"),
                            )
                        ]
                    )
                digest.update(piece)
                copy.write(piece)
            if not size:
                raise Faults([Fault(_("文件是空的。"), hint=_("重新保存后再上传。"))])
            copy.flush()
            os.fsync(copy.fileno())
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    os.replace(copy.name, path_of(digest.hexdigest()))
    return Spooled(digest.hexdigest(), size)


def drop(digest: str) -> None:
    """The file is no longer needed."""
    path_of(digest).unlink(missing_ok=True)


def sweep(waiting: set[str], now: float) -> None:
    """Remove files of processes that were killed: older than a day and waited for by nobody."""
    for path in folder().iterdir():
        if path.name not in waiting and now - path.stat().st_mtime > DAY:
            path.unlink(missing_ok=True)


@contextmanager
def unpacked(digest: str) -> Iterator[Path]:
    """The waiting file as a plain table file: a gzip is unpacked, bounded, next to it for the length of the block."""
    path = path_of(digest)
    if not path.is_file():
        raise Faults([Fault(_("上传的文件已不在,请重新上传。"))])
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if not packed:
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=folder()) as plain:
        _unpack(path, plain, limits().unpacked)
        yield Path(plain.name)


def _unpack(path: Path, plain: Any, most: int) -> None:
    try:
        with gzip.open(path, "rb") as source:
            shutil.copyfileobj(_Bounded(source, most), plain, CHUNK)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Faults([Fault(_("压缩文件已损坏,打不开。"), hint=_("重新压缩后再上传。"))]) from error
    plain.flush()


class _Bounded:
    """A source that refuses to give more than so many bytes: what a small gzip may unpack to is not its own choice."""

    def __init__(self, source: Any, most: int) -> None:
        self._source, self._left, self._most = source, most, most

    def read(self, size: int = -1, /) -> bytes:
        """The next piece; `Faults` beyond the bound."""
        piece: bytes = self._source.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise Faults(
                [
                    Fault(
                        _("文件解压后超过 %(most)d MB,不予打开。") % {"most": self._most >> 20},
                        hint=_("分成几个文件。"),
                    )
                ]
            )
        return piece
