"""Reading a sheet: header found wherever it stands, every fault at once, rows numbered as the spreadsheet does."""

import difflib
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from qualitycity.kernel.acts import Fault, Faults
from qualitycity.kernel.sheets.cells import as_text
from qualitycity.kernel.sheets.check import Checker
from qualitycity.kernel.sheets.declare import Sheet
from qualitycity.kernel.sheets.opening import BadFile, Limits, limits, on_disk, rows_of

# Titles and notes may stand above the header; further down nobody looks for it.
HEADER_WITHIN = 10
# A first cell that starts so is the template's example, not data.
EXAMPLE_MARK = gettext_noop("示例:")
# Headings of the failure list, which may be mended and handed in as it is.
OLD_ROW, PROBLEM, REMEDY = gettext_noop("原行号"), gettext_noop("问题"), gettext_noop("怎么改")
_OWN = (OLD_ROW, PROBLEM, REMEDY)


@dataclass(frozen=True)
class Row:
    """One row without fault: its number as the spreadsheet shows it and its values by column key."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One row as read: raw cells by column key, and either values or faults."""

    number: int
    raw: dict[str, Any]
    values: dict[str, Any]
    faults: list[Fault]


@dataclass
class Parsed:
    """What a file gave: rows ready, all faults, the bad rows as they were written (for the failure list)."""

    digest: str = ""
    total: int = 0
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    bad_rows: dict[int, dict[str, str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether the file may be committed as a whole."""
        return bool(self.rows) and not self.faults

    def require(self) -> list[Row]:
        """The rows, or all faults at once as :class:`Faults`."""
        if not self.ready:
            raise Faults(self.faults or [Fault(_("文件里没有数据行。"))])
        return self.rows


def heading(text: Any) -> str:
    """A heading brought to one form: half-width, lower case, without blanks and the mark of required columns."""
    folded = unicodedata.normalize("NFKC", as_text(text)).replace("(必填)", "").lower()
    return "".join(folded.replace("*", "").split())


def in_all_languages(text: Any) -> set[str]:
    """A text of ours in every language of the interface: a template filled in today may be handed in under another."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(_(text) if isinstance(text, str) else str(text))
    return found


class Reader:
    """One reading of one file against one sheet."""

    def __init__(self, sheet: Sheet) -> None:
        """Prepare the checks (choices are asked here, once)."""
        self.sheet = sheet
        self.checker = Checker(sheet)
        self.unknown: list[str] = []
        self._seen: dict[tuple[Any, ...], int] = {}

    def lines(self, rows: Iterator[list[Any]]) -> Iterator[Line]:
        """The data lines below the header; raises :class:`Faults` when there is no usable header."""
        numbered = enumerate(rows, start=1)
        marks = tuple(map(heading, in_all_languages(EXAMPLE_MARK)))
        top = list(itertools.islice(numbered, HEADER_WITHIN))
        header, places = self._header(top)
        for number, cells in itertools.chain((item for item in top if item[0] > header), numbered):
            raw = {key: cells[place] for key, place in places.items() if place < len(cells)}
            first = next((text for text in map(as_text, raw.values()) if text), "")
            if first and not heading(first).startswith(marks):
                yield self._line(number, raw)

    def _line(self, number: int, raw: dict[str, Any]) -> Line:
        values, wrong = self.checker.row(raw)
        faults = [
            Fault(bad.message, row=number, field=key, value=as_text(raw.get(key))[:200], hint=bad.hint)
            for key, bad in wrong
        ]
        if self.sheet.unique and not any(fault.field in self.sheet.unique for fault in faults):
            together = tuple(values[key] for key in self.sheet.unique)
            first = self._seen.setdefault(together, number)
            if first != number and any(value is not None for value in together):
                key = self.sheet.unique[0]
                message = _("与第 %(first)d 行重复。") % {"first": first}
                faults.append(
                    Fault(message, row=number, field=key, value=as_text(raw.get(key)), hint=_("只保留一行。"))
                )
        return Line(number, raw, values, faults)

    def _header(self, top: list[tuple[int, list[Any]]]) -> tuple[int, dict[str, int]]:
        """The row number of the header and the place of each column in it."""
        own = {name for text in _OWN for name in in_all_languages(text)}
        names = [(c.key, (*in_all_languages(c.title), c.key, *c.aliases)) for c in self.sheet.columns]
        known = {heading(name): key for key, alike in names for name in alike}
        number, cells = max(
            top, key=lambda item: len({known.get(heading(c)) for c in item[1]} - {None}), default=(0, [])
        )
        places: dict[str, int] = {}
        faults = []
        for place, cell in enumerate(cells):
            key = known.get(heading(cell))
            if key is None:
                if as_text(cell) and as_text(cell) not in own:
                    self.unknown.append(as_text(cell))
            elif key in places:
                faults.append(
                    Fault(_("这个表头出现了两次。"), row=number, field=key, value=as_text(cell), hint=_("删去一列。"))
                )
            else:
                places[key] = place
        if not places:
            titles = "、".join(str(column.title) for column in self.sheet.columns)
            raise Faults([Fault(_("前 10 行里找不到表头。"), hint=_("表头应有:%(titles)s") % {"titles": titles})])
        faults += self._missing(number, places)
        if faults:
            raise Faults(faults)
        return number, places

    def _missing(self, number: int, places: dict[str, int]) -> list[Fault]:
        faults = []
        for column in self.sheet.columns:
            if column.required and column.key not in places:
                near = difflib.get_close_matches(str(column.title), self.unknown, n=1, cutoff=0.5)
                hint = _("是不是“%(near)s”这一列?把表头改过来。") % {"near": near[0]} if near else _("请用模板填写。")
                message = _("缺少“%(title)s”这一列。") % {"title": column.title}
                faults.append(Fault(message, row=number, field=column.key, hint=hint))
        return faults


def stream(sheet: Sheet, file: Any) -> Iterator[Row | Fault]:
    """Rows and faults in the order of the file, nothing kept but what ``unique`` needs: for very long files.

    The size limit holds, the row limit does not. A fault of the whole file ends the stream.
    """
    bound = limits()
    reader = Reader(sheet)
    try:
        with on_disk(file, bound) as (path, _digest):
            for line in reader.lines(rows_of(path, bound)):
                if line.faults:
                    yield from line.faults
                else:
                    yield Row(line.number, line.values)
    except BadFile as bad:
        yield bad.fault
    except Faults as faults:
        yield from faults.faults


def read(sheet: Sheet, file: Any, name: str = "", bound: Limits | None = None) -> Parsed:
    """Read a whole file: all rows without fault and all faults there are.

    ``file``: bytes, path, open binary file, Django upload or stored file. ``name`` is not used to judge the type.
    ``bound``: the limits, those of the rulebook by default.
    Never raises for what is in the file: a file that cannot be read at all is one fault without a row.
    """
    parsed = Parsed()
    reader = Reader(sheet)
    bound = bound or limits()
    try:
        with on_disk(file, bound) as (path, parsed.digest):
            for line in reader.lines(rows_of(path, bound)):
                parsed.total += 1
                if parsed.total > bound.rows:
                    raise BadFile(_("超过 %(most)d 行。") % {"most": bound.rows}, _("分成几个文件上传。"))
                if line.faults:
                    parsed.faults += line.faults
                    parsed.bad_rows[line.number] = {key: as_text(value) for key, value in line.raw.items()}
                else:
                    parsed.rows.append(Row(line.number, line.values))
    except BadFile as bad:
        parsed.faults.append(bad.fault)
    except Faults as faults:
        parsed.faults += faults.faults
    else:
        if not parsed.total:
            parsed.faults.append(Fault(_("表头下面没有数据行。"), hint=_("从表头的下一行开始填写。")))
    parsed.unknown = reader.unknown
    return parsed


def fault_title(sheet: Sheet, fault: Fault) -> str:
    """The heading on screen of the column a fault belongs to; empty for the whole file."""
    return next((str(column.title) for column in sheet.columns if column.key == fault.field), str(fault.field))


def as_headings(sheet: Sheet, keys: Sequence[str]) -> list[str]:
    """Headings of these keys, in the order given."""
    return [str(sheet.column(key).title) for key in keys]
