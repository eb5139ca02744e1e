"""The frame: who can be drawn, with what weight, and who is left out and why (draw rule v1, sections 0 to 2).

A frame is made canonical (one line a unit, ascending by id bytes) and then digested. Nothing is mended in silence: an
id that is not normalised gives another ticket, so it is refused with the form it should have.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from .faults import Collector, InputFaults, Phrase, say
from .hashing import digest
from .plan import MAX_WEIGHT

REASONS = ("repeat_ban", "deregistered", "out_of_scope", "no_such_product", "conflict", "other")
FIELDS = ("id", "stratum", "weight", "reason")
MAX_BYTES = 128

_INTEGER = re.compile(r"0|[1-9][0-9]*")
# Full-width letters, digits and the separators met in codes: they look like the plain ones and give another ticket.
_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0d\uff0e\uff0f\uff3f\u3000]")
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Unit(NamedTuple):
    """One line of the frame; weight 0 = left out for `reason`."""

    id: str
    stratum: str
    weight: int
    reason: str = ""

    @property
    def line(self) -> str:
        """The canonical line, without LF."""
        return f"{self.id},{self.stratum},{self.weight},{self.reason}"


def enterprise_of(unit_id: str) -> str:
    """Return the enterprise of a unit: the id up to the first slash."""
    return unit_id.partition("/")[0]


def text_problems(text: str) -> tuple[list[Phrase], str]:
    """Return what is wrong with an id or a stratum, and the form it should have ("" when it cannot be guessed)."""
    problems = _problems(text)
    if not problems:
        return [], ""
    narrow = _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    visible = "".join(sign for sign in narrow if unicodedata.category(sign) not in _INVISIBLE and sign not in ',"')
    clean = unicodedata.normalize("NFC", visible).strip()
    return problems, "" if _problems(clean) else clean


def _problems(text: str) -> list[Phrase]:
    if not text:
        return [say("text_empty")]
    problems = []
    if any(sign in text for sign in ',"\n\r'):
        problems.append(say("text_separator"))
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        problems.append(say("text_encoding"))
    elif any(unicodedata.category(sign) in _INVISIBLE for sign in text):
        problems.append(say("text_invisible"))
    if text != text.strip():
        problems.append(say("text_space"))
    if _FULL_WIDTH.search(text):
        problems.append(say("text_full_width"))
    if unicodedata.normalize("NFC", text) != text:
        problems.append(say("text_nfc"))
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        problems.append(say("text_long", limit=MAX_BYTES))
    return problems


def _plain(text: str) -> bool:
    """Tell at once what nearly every id is: printable ASCII that needs no closer look."""
    return (
        text.isascii() and text.isprintable() and len(text) <= MAX_BYTES
        and text != "" and text[0] != " " and text[-1] != " " and "," not in text and '"' not in text
    )  # fmt: skip


@lru_cache(maxsize=65536)
def _stratum_problems(stratum: str) -> tuple[list[Phrase], str]:
    return text_problems(stratum)


class Vetter:
    """Judges rows one by one and gathers every fault; used by the reader of every kind of file."""

    def __init__(self, reasons: Iterable[str] = REASONS) -> None:
        self.reasons = frozenset(reasons)
        self.faults = Collector()

    def vet(self, row: int, unit_id: str, stratum: str, weight: str, reason: str) -> Unit | None:
        """Return the unit of a row, or None after recording all that is wrong with it."""
        before = self.faults.total
        if not _plain(unit_id):
            self._text(row, "id", unit_id, text_problems(unit_id))
        if not _plain(stratum):
            self._text(row, "stratum", stratum, _stratum_problems(stratum))
        number = self._weight(row, weight)
        if number is not None:
            self._reason(row, number, reason)
        return Unit(unit_id, stratum, number or 0, reason) if self.faults.total == before else None

    def _text(self, row: int, field: str, value: str, found: tuple[list[Phrase], str]) -> None:
        problems, hint = found
        if problems:
            self.faults.add(problems, row, field, value, say("write_as", text=hint) if hint else None)

    def _weight(self, row: int, text: str) -> int | None:
        if not _INTEGER.fullmatch(text):
            self.faults.add("weight" if text else "weight_empty", row, "weight", text, _integer_hint(text))
            return None
        if len(text) > 10 or int(text) > MAX_WEIGHT:
            self.faults.add("weight_large", row, "weight", text)
            return None
        return int(text)

    def _reason(self, row: int, weight: int, reason: str) -> None:
        if weight and reason:
            self.faults.add("reason_extra", row, "reason", reason, say("reason_extra_mend"))
        elif not weight and not reason:
            self.faults.add("reason_missing", row, "reason", "", self._codes())
        elif reason and reason not in self.reasons:
            self.faults.add("reason_unknown", row, "reason", reason, self._codes())

    def _codes(self) -> Phrase:
        return say("reason_codes", codes=sorted(self.reasons))

    def duplicate(self, row: int, unit_id: str, first: int) -> None:
        """Record an id that stood in an earlier row."""
        self.faults.add("duplicate", row, "id", unit_id, say("duplicate_mend"), first=first)


def _integer_hint(text: str) -> Phrase:
    narrow = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"[0-9]{1,12}(\.0+)?", narrow):
        return say("write_as", text=int(narrow.partition(".")[0]))
    return say("only_integers")


class Frame:
    """A frame in memory: its units, canonical and without a fault. For frames larger than memory see `table`."""

    def __init__(self, units: Iterable[Unit]) -> None:
        """Take units that are known to be faultless; `Frame.of` checks them."""
        self.units: tuple[Unit, ...] = tuple(sorted(units))

    @classmethod
    def of(cls, units: Iterable[Unit | tuple[str, str, int, str]], reasons: Iterable[str] = REASONS) -> Frame:
        """Check units given by a program (row = position from 1) and make the frame; raise InputFaults with all
        faults."""
        rows = ((row, str(u[0]), str(u[1]), str(u[2]), str(u[3])) for row, u in enumerate(units, 1))
        return cls.of_rows(rows, Vetter(reasons))

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[int, str, str, str, str]], vetter: Vetter) -> Frame:
        """Check rows (row number and four texts) and make the frame; raise InputFaults with all faults at once."""
        seen: dict[str, int] = {}
        units = []
        for row, unit_id, stratum, weight, reason in rows:
            unit = vetter.vet(row, unit_id, stratum, weight, reason)
            first = seen.setdefault(unit_id, row)
            if first != row and unit_id:
                vetter.duplicate(row, unit_id, first)
            if unit:
                units.append(unit)
        if not seen and not vetter.faults.total:
            vetter.faults.add("empty")
        vetter.faults.raise_if_any()
        return cls(units)

    def __len__(self) -> int:
        return len(self.units)

    @property
    def strata(self) -> list[str]:
        """All strata, also those without an eligible unit, ascending by bytes."""
        return sorted({unit.stratum for unit in self.units})

    def lines(self) -> Iterator[str]:
        """Yield the canonical lines, without LF."""
        return (unit.line for unit in self.units)

    def canonical(self) -> bytes:
        """Return the canonical file."""
        return "".join(line + "\n" for line in self.lines()).encode()

    def digest(self, hash_name: str = "sha256") -> str:
        """Return the frame digest."""
        return digest(self.canonical(), hash_name)

    def histogram(self, passed_over: Iterable[str] = ()) -> list[tuple[str, int, int]]:
        """Return (stratum, weight, count) of the eligible units, those passed over left out."""
        passed = frozenset(passed_over)
        counts = Counter((u.stratum, u.weight) for u in self.units if u.weight and u.id not in passed)
        return sorted((stratum, weight, count) for (stratum, weight), count in counts.items())

    def check_passed_over(self, passed_over: Iterable[str]) -> None:
        """Raise InputFaults for every id passed over that is not an eligible unit of the frame."""
        eligible = {unit.id for unit in self.units if unit.weight}
        check_known(set(passed_over) - eligible)


def check_known(strangers: Iterable[str]) -> None:
    """Raise InputFaults naming ids passed over that no eligible unit of the frame bears."""
    faults = Collector()
    for stranger in sorted(strangers):
        faults.add("passed_over", field="passed_over", value=stranger)
    faults.raise_if_any()


__all__ = ["FIELDS", "REASONS", "Frame", "InputFaults", "Unit", "Vetter", "enterprise_of", "text_problems"]
