"""What a service says when it will not do a thing: one sentence, or all faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


class Refused(Exception):
    """An act that may not be done. `field` names the input at fault, `link` a page where it can be mended."""

    def __init__(self, message: Any, *, field: str = "", link: str = "", code: str = "refused") -> None:
        super().__init__(str(message))
        self.message, self.field, self.link, self.code = message, field, link, code
        self.recorded = False


@dataclass(frozen=True)
class Fault:
    """One fault of the input: where (row and field), what stood there, what is wrong, how to mend it."""

    message: Any
    row: int | None = None
    field: str = ""
    value: str = ""
    hint: Any = ""

    def __str__(self) -> str:
        place = _("第 %(row)d 行") % {"row": self.row} if self.row is not None else ""
        parts = [place, str(self.field), f"「{self.value}」" if self.value else "", str(self.message), str(self.hint)]
        return " ".join(part for part in parts if part)


class Faults(Refused):
    """All faults of an input at once; nothing was done."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults[:20]), code="faults")
