"""What is wrong with an input, all of it at once: one sentence a fault, with the row and how to mend it, in two
languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

KEPT = 1000  # faults kept in full; a file with more is of another kind altogether


@cache
def messages() -> dict[str, dict[str, str]]:
    """Return every sentence of `messages.toml`: code → {"zh": …, "en": …}."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text(encoding="utf-8"))


class Phrase(NamedTuple):
    """A sentence of `messages.toml` with what fills its places; `code` is for programs."""

    code: str
    params: Mapping[str, Any]

    def text(self, lang: str = "zh") -> str:
        """Return the sentence in Chinese, or in English for any `lang` that begins with "en"."""
        english = lang.startswith("en")
        filled = {name: _joined(value, ", " if english else "、") for name, value in self.params.items()}
        return messages()[self.code]["en" if english else "zh"].format(**filled)

    def __str__(self) -> str:
        return self.text()


def _joined(value: Any, comma: str, most: int = 8) -> Any:
    if not isinstance(value, (list, tuple)):
        return value
    return comma.join(map(str, value[:most])) + (f"{comma}…" if len(value) > most else "")


def say(code: str, **params: Any) -> Phrase:
    """Return the sentence with this code."""
    return Phrase(code, params)


@dataclass(frozen=True)
class Fault:
    """One fault: what is wrong (one or more phrases), where, and how to mend it."""

    phrases: tuple[Phrase, ...]
    row: int | None = None
    field: str = ""
    value: str = ""
    mend: Phrase | None = None

    @property
    def code(self) -> str:
        """Code of the first thing that is wrong."""
        return self.phrases[0].code

    @property
    def message(self) -> str:
        """What is wrong, in Chinese, without the place."""
        return self.what("zh")

    @property
    def hint(self) -> str:
        """How to mend it, in Chinese; "" where nothing can be proposed."""
        return self.mend.text() if self.mend else ""

    def what(self, lang: str = "zh") -> str:
        """What is wrong, without the place."""
        return (", " if lang.startswith("en") else "、").join(phrase.text(lang) for phrase in self.phrases)

    def text(self, lang: str = "zh") -> str:
        """One line: row, field, value, what is wrong, how to mend it."""
        english = lang.startswith("en")
        shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in self.value[:41])
        shown = shown if len(self.value) <= 40 else shown[:40] + "…"
        where = "" if self.row is None else f"row {self.row} " if english else f"第 {self.row} 行 "
        quoted = "" if not self.value else f" “{shown}”" if english else f"「{shown}」"
        place = f"{where}{self.field}{quoted}".strip()
        colon, mend = (": ", ". Mend: ") if english else (":", "。改法:")
        text = f"{place}{colon}{self.what(lang)}" if place else self.what(lang)
        return f"{text}{mend}{self.mend.text(lang)}" if self.mend else text

    def __str__(self) -> str:
        return self.text()


class LotteryError(ValueError):
    """Something the lottery refuses: `LotteryError("file_empty", name=…)`; `str()` is its sentence in Chinese."""

    def __init__(self, code: str, **params: Any) -> None:
        self.phrase = say(code, **params)
        super().__init__(self.phrase.text())

    def text(self, lang: str = "zh") -> str:
        """Return the sentence in Chinese or English."""
        return self.phrase.text(lang)


class InputFaults(LotteryError):  # noqa: N818  (it carries faults)
    """All faults of an input; `faults` holds the first thousand, `total` counts all."""

    def __init__(self, faults: Iterable[Fault], total: int | None = None) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.total = len(self.faults) if total is None else total
        ValueError.__init__(self, self.text())

    def text(self, lang: str = "zh") -> str:
        """Return one line a fault."""
        lines = [fault.text(lang) for fault in self.faults]
        if self.total > len(lines):
            more = "{0} faults, the first {1} are above" if lang.startswith("en") else "共 {0} 处,以上是前 {1} 处"
            lines.append(more.format(self.total, len(lines)))
        return "\n".join(lines)


class Several(LotteryError):  # noqa: N818
    """Several refusals told together: those of the inputs and those of the frame."""

    def __init__(self, errors: Iterable[LotteryError]) -> None:
        self.errors: tuple[LotteryError, ...] = tuple(errors)
        ValueError.__init__(self, self.text())

    def text(self, lang: str = "zh") -> str:
        """Return the lines of all of them."""
        return "\n".join(error.text(lang) for error in self.errors)


class Collector:
    """Gathers faults, keeps the first thousand and counts the rest, so that a bad file of any size stays cheap."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.total = 0

    def add(
        self, what: str | Iterable[Phrase], row: int | None = None, field: str = "", value: object = "",
        hint: Phrase | None = None, **params: Any,
    ) -> None:  # fmt: skip
        """Record one fault: `what` is a code (with its params) or phrases that are ready."""
        self.total += 1
        if len(self.faults) < KEPT:
            phrases = (say(what, **params),) if isinstance(what, str) else tuple(what)
            self.faults.append(Fault(phrases, row, field, str(value), hint))

    def raise_if_any(self) -> None:
        """Raise InputFaults, in order of rows, when anything was recorded."""
        if self.total:
            raise InputFaults(sorted(self.faults, key=lambda fault: fault.row or 0), self.total)
