"""The declaration of a table: columns with kind, limits and checks. Pure: no database, no clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qualitycity.kernel.sheets.cells import READERS

Choices = Iterable[Any] | Callable[[], Iterable[Any]]


@dataclass(frozen=True, kw_only=True)
class _Options:
    """The part of a column given by keyword (see :class:`Column`)."""

    required: bool = False
    choices: Choices | None = None
    normalise: Callable[[str], str] | None = None
    check: Callable[[Any], str | None] | None = None
    example: Any = ""
    hint: Any = ""
    aliases: Sequence[str] = ()
    max_length: int | None = None
    minimum: Any = None
    maximum: Any = None
    places: int | None = None
    width: float | None = None


@dataclass(frozen=True)
class Column(_Options):
    """One column of a sheet and one field of its form.

    ``key`` names the value, ``title`` the heading; ``kind`` is one of text, code, integer, decimal, date, choice,
    boolean.
    ``choices``: strings or ``(value, label)`` pairs, or a callable giving them (asked once per file).
    ``normalise(text)`` runs before the kind reads the cell; ``check(value)`` after it and answers None or a sentence.
    ``minimum``/``maximum`` bound numbers and dates, ``places`` the decimals, ``max_length`` the characters.
    """

    key: str
    title: Any
    kind: str = "text"

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot work, when the application starts."""
        if self.kind not in READERS:
            raise ValueError(f"column {self.key}: unknown kind {self.kind!r}")
        if (self.kind == "choice") != (self.choices is not None):
            raise ValueError(f"column {self.key}: choices belong to kind 'choice' and only there")

    def options(self) -> list[tuple[Any, str]]:
        """The choices as (value, label) pairs, asked from the callable where there is one."""
        given = self.choices() if callable(self.choices) else self.choices or ()
        return [(item[0], str(item[1])) if isinstance(item, tuple | list) else (item, str(item)) for item in given]


@dataclass(frozen=True, init=False)
class Sheet:
    """A table as people hand it in: code, title, columns, what must be unique in a file, checks across a row, notes."""

    code: str
    title: Any
    columns: tuple[Column, ...]
    unique: tuple[str, ...]
    check_row: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]] | None
    notes: tuple[Any, ...]

    def __init__(
        self,
        code: str,
        title: Any,
        columns: Iterable[Column],
        unique: Iterable[str] = (),
        check_row: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]] | None = None,
        notes: Iterable[Any] = (),
    ) -> None:
        """Take the parts; raise ValueError for double keys or a ``unique`` key without a column."""
        values = {"code": code, "title": title, "columns": tuple(columns), "unique": tuple(unique)}
        for name, value in {**values, "check_row": check_row, "notes": tuple(notes)}.items():
            object.__setattr__(self, name, value)
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys) or not keys:
            raise ValueError(f"sheet {code}: each column needs a key of its own")
        if missing := set(self.unique) - set(keys):
            raise ValueError(f"sheet {code}: unique names no column: {sorted(missing)}")

    def column(self, key: str) -> Column:
        """The column of this key; KeyError where there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)
