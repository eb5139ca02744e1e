"""What a paper says, as blocks that both the PDF and the editable DOCX are drawn from. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

Value = Any
# Punctuation typed half-width beside a Chinese character is set full-width, as GB/T 15834 has it; brackets stay,
# because they are part of registered names.
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_HAN = "\u3007\u3400-\u9fff\u3001\u3002\u300a\u300b\u3014\u3015\u201c\u201d\uff08\uff09"
_HALF = re.compile(f"(?<=[{_HAN}])[,;:?!]|[,;:?!](?=[{_HAN}])")


def words(value: Value) -> str:
    """A value as a paper writes it: dates in the Chinese way, nothing as an empty string."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return f"{date_words(value.date())} {value:%H:%M}"
    if isinstance(value, dt.date):
        return date_words(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(char for char in text if char == "\n" or char.isprintable())
    return _HALF.sub(lambda found: _FULL[found[0]], text)


def date_words(day: dt.date) -> str:
    """2027年4月12日."""
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass
class Block:
    """One piece of a paper."""

    def data(self) -> dict[str, Any]:
        """The block as plain data with its kind, all values as text."""
        return {"kind": type(self).__name__.lower(), **asdict(self)}


@dataclass
class Para(Block):
    """A paragraph; line feeds in the text begin new ones."""

    text: Value

    def __post_init__(self) -> None:
        self.text = words(self.text)


@dataclass
class Heading(Block):
    """A heading: level 1 («一、») or 2 («（一）»); the numeral is part of the text."""

    text: Value
    level: int = 1

    def __post_init__(self) -> None:
        self.text = words(self.text)


@dataclass
class Items(Block):
    """A numbered list."""

    items: Sequence[Value]

    def __post_init__(self) -> None:
        self.items = [words(item) for item in self.items]


@dataclass
class Fields(Block):
    """Labels and values in a ruled form, in one or two columns of pairs."""

    pairs: Sequence[tuple[Value, Value]]
    columns: int = 1

    def __post_init__(self) -> None:
        self.pairs = [(words(label), words(value)) for label, value in self.pairs]
        if self.columns not in (1, 2):
            raise ValueError("fields stand in one or two columns")


@dataclass
class Table(Block):
    """A ruled table whose head repeats on each page. `widths` are shares, `align` one of l c r a column."""

    head: Sequence[Value]
    rows: Iterable[Sequence[Value]]
    widths: Sequence[float] = ()
    align: str = ""

    def __post_init__(self) -> None:
        self.head = [words(cell) for cell in self.head]
        self.rows = [[words(cell) for cell in row] for row in self.rows]
        self.widths = list(self.widths) or [1] * len(self.head)
        self.align = self.align or "l" * len(self.head)
        wrong = [number for number, row in enumerate(self.rows, start=1) if len(row) != len(self.head)]
        if (
            wrong
            or len(self.widths) != len(self.head)
            or len(self.align) != len(self.head)
            or set(self.align) - set("lcr")
        ):
            raise ValueError(f"table: rows {wrong}, widths or align do not fit the {len(self.head)} headings")


@dataclass
class Signatures(Block):
    """Lines to sign: a label alone leaves room for the hand, a pair prints the name on the line."""

    lines: Sequence[Any]

    def __post_init__(self) -> None:
        pairs = [line if isinstance(line, tuple | list) else (line, "") for line in self.lines]
        self.lines = [(words(label) + "：", words(name)) for label, name in pairs]


@dataclass
class Content:
    """All that a paper says apart from number and code."""

    title: str
    issuer: str
    date: dt.date
    blocks: list[dict[str, Any]]
    to: str = ""
    copy_to: str = ""
    attachments: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


_KNOWN = {"title", "issuer", "date", "blocks", "to", "copy_to", "attachments"}


def content(context: Mapping[str, Any], *, title: str, issuer: str, date: dt.date) -> Content:
    """The content a room gave, with title, issuer and date where it gave none.

    Other keys go to the template as they are, as text or plain data. ValueError for a block that is none.
    """
    given = list(context.get("blocks", ()))
    wrong = [type(block).__name__ for block in given if not isinstance(block, Block)]
    if wrong:
        raise ValueError(f"blocks must be Para, Heading, Items, Fields, Table or Signatures, not {wrong}")
    return Content(
        title=words(context.get("title") or title),
        issuer=words(context.get("issuer") or issuer),
        date=context.get("date") or date,
        blocks=[block.data() for block in given],
        to=words(context.get("to")).rstrip("：:"),
        copy_to=words(context.get("copy_to")),
        attachments=[words(name) for name in context.get("attachments", ())],
        extra={name: _plain(value) for name, value in context.items() if name not in _KNOWN},
    )


def _plain(value: Any) -> Any:
    """Any value as JSON holds it, leaves as words."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(part) for part in value]
    return value if isinstance(value, bool | int) else words(value)
