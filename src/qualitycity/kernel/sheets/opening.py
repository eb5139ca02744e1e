"""From a file handed in to its raw rows: recognises workbook or text, refuses bombs, bounds memory."""

import codecs
import csv
import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Fault
from qualitycity.kernel.sheets import unpack
from qualitycity.kernel.sheets.cells import BrokenFormula

CHUNK = 1 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# A line of text far longer than any sheet's row is no table; Python's own limit (131,072) cuts business scopes short.
csv.field_size_limit(1 << 20)


class BadFile(Exception):
    """The whole file cannot be read as a table; carries the fault to show."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.fault = Fault(message, hint=hint)


@dataclass(frozen=True)
class Limits:
    """What a file may cost: bytes as they come, bytes unpacked, memory and seconds of the reader, rows kept."""

    size: int
    unpacked: int
    memory: int
    seconds: int
    rows: int


def limits() -> Limits:
    """The limits in force, from the rulebook."""
    from qualitycity.kernel.rulebook import rule

    return _limits(lambda name: int(rule(name).amount))


def shipped_limits() -> Limits:
    """The limits as they ship: for tables that are read before there is a database."""
    table = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    return _limits(lambda name: int(table[name]["amount"]))


def _limits(amount: Callable[[str], int]) -> Limits:
    return Limits(
        size=amount("sheets.max_size") << 20,
        unpacked=amount("sheets.max_unpacked") << 20,
        memory=amount("sheets.max_memory") << 20,
        seconds=amount("sheets.max_seconds"),
        rows=amount("sheets.max_rows"),
    )


@contextmanager
def on_disk(file: Any, bound: Limits) -> Iterator[tuple[Path, str]]:
    """The file as a path with its SHA-256, read in pieces and never beyond the size limit.

    ``file``: bytes, a path, an open binary file, a Django upload or a stored file (anything with ``open()``).
    Raises :class:`BadFile` when it is empty or too large; a claimed size is not believed, in either direction.
    """
    if isinstance(file, str | os.PathLike):
        source: BinaryIO = open(file, "rb")  # noqa: SIM115
    elif isinstance(file, bytes):
        source = io.BytesIO(file)
    else:
        opened = file.open() if hasattr(file, "open") else file
        source = file if opened is None else opened
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(prefix="sheet-") as copy:
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > bound.size:
                raise BadFile(_("文件太大,最多 %(most)d MB。") % {"most": bound.size >> 20}, _("分成几个文件上传。"))
            digest.update(piece)
            copy.write(piece)
        if not size:
            raise BadFile(_("文件是空的。"), _("重新保存后再上传。"))
        copy.flush()
        yield Path(copy.name), digest.hexdigest()
    if isinstance(file, str | os.PathLike):
        source.close()


def rows_of(path: Path, bound: Limits) -> Iterator[list[Any]]:
    """The raw rows of a table file, first row first, empty rows included (their numbers count)."""
    with path.open("rb") as file:
        start = file.read(64)
    if start[:4] == b"PK\x03\x04":
        _refuse_bomb(path, bound)
        return _workbook_rows(path, bound)
    if start.startswith(_OLE):
        return _workbook_rows(path, bound)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise BadFile(_("这是网页或 XML 格式的表格。"), _("用表格软件打开,另存为 xlsx 再上传。"))
    return _text_rows(path)


def _refuse_bomb(path: Path, bound: Limits) -> None:
    """Unpack all members into nowhere, counting: what the directory claims about their size is not believed."""
    total = 0
    try:
        with zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                with packed.open(member) as stream:
                    while piece := stream.read(CHUNK):
                        total += len(piece)
                        if total > bound.unpacked:
                            raise BadFile(
                                _("文件解压后超过 %(most)d MB,不予打开。") % {"most": bound.unpacked >> 20},
                                _("删去图片和多余的工作表,或分成几个文件。"),
                            )
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise BadFile(_("文件已损坏或加了密,打不开。"), _("用表格软件另存一份再上传。")) from error
    except Exception as error:
        if type(error).__module__ in {"zlib", "lzma"}:  # zlib.error and LZMAError derive from Exception alone
            raise BadFile(_("文件已损坏,打不开。"), _("用表格软件另存一份再上传。")) from error
        raise


def _workbook_rows(path: Path, bound: Limits) -> Iterator[list[Any]]:
    """Rows of a workbook, read by a child process whose memory and time are bounded."""
    command = [sys.executable, "-I", unpack.__file__, str(path), str(bound.memory >> 20), str(bound.seconds)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as child:
        try:
            assert child.stdout is not None
            for line in child.stdout:
                yield json.loads(line, object_hook=_decode)
        except GeneratorExit:
            child.kill()
            raise
    if child.returncode == unpack.PASSWORD:
        raise BadFile(_("文件有打开密码。"), _("去掉密码另存一份再上传。"))
    if child.returncode == unpack.NO_SHEET:
        raise BadFile(_("文件里没有可见的工作表。"), _("取消隐藏后再上传。"))
    if child.returncode == unpack.DAMAGED:
        raise BadFile(_("不是认得出的表格文件,或已损坏。"), _("请上传 xlsx、xls、ods 或 csv 文件。"))
    if child.returncode:
        raise BadFile(_("表格展开后太大,不予打开。"), _("删去远处的空白格,或另存为 csv 再上传。"))


def _decode(item: dict[str, str]) -> Any:
    if "e" in item:
        return BrokenFormula(item["e"])
    if "d" in item:
        return dt.datetime.fromisoformat(item["d"]) if "T" in item["d"] else dt.date.fromisoformat(item["d"])
    return item["t"]


def _encoding(path: Path) -> str:
    """The encoding of a text: by its mark, else UTF-8 where all of it is, else GB18030 where all of it is."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for name in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    if b"\0" in piece:
                        break
                    decoder.decode(piece)
                else:
                    decoder.decode(b"", final=True)
                    return name
        except UnicodeDecodeError:
            continue
    raise BadFile(_("不是认得出的表格文件。"), _("请上传 xlsx、xls、ods 或 csv 文件。"))


def _text_rows(path: Path) -> Iterator[list[Any]]:
    """Rows of a comma, semicolon or tab separated text; the separator is the one most frequent in the first lines."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as text:
        head = "".join(line for line, _n in zip(text, range(5), strict=False))
        separator = max(",;\t", key=head.count)
        text.seek(0)
        try:
            yield from csv.reader(text, delimiter=separator)
        except (csv.Error, UnicodeDecodeError) as error:
            raise BadFile(
                _("文件读到中途出错:%(error)s") % {"error": error}, _("用表格软件另存一份再上传。")
            ) from error
