"""Named figures: formula, unit, version, and the rows behind each; shown anywhere, a figure opens to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from qualitycity.kernel.access.actor import Actor, current_actor

MEASURES: dict[str, Measure] = {}


@dataclass(frozen=True)
class Figure:
    """What a measure answers: the rows (queryset or list), the columns to show, and the value (default: their number).

    A column is `(key, title)`, or a `Column` of kernel.ui.listing where the words need more.

    For a share, `value` is the share and `parts` names numerator and denominator.
    """

    rows: Any
    columns: Sequence[Any]
    value: Any = None
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.rows.count() if hasattr(self.rows, "query") else len(self.rows)

    @property
    def shown(self) -> Any:
        return self.count if self.value is None else self.value


@dataclass(frozen=True)
class Measure:
    """A figure's definition. `version` grows when the formula changes; history is never restated silently."""

    code: str
    title: Any
    unit: Any
    formula: Any
    duty: str
    version: int
    compute: Callable[[Actor], Figure]

    def figure(self, actor: Actor | None = None) -> Figure:
        return self.compute(actor or current_actor())


def measure(
    code: str, title: Any, *, unit: Any, formula: Any, duty: str, version: int = 1
) -> Callable[[Callable[[Actor], Figure]], Callable[[Actor], Figure]]:
    """Register a function `(actor) -> Figure` as a measure."""

    def decorate(compute: Callable[[Actor], Figure]) -> Callable[[Actor], Figure]:
        if code in MEASURES and MEASURES[code].compute.__module__ != compute.__module__:
            raise ValueError(f"the measure {code} stands twice")
        MEASURES[code] = Measure(code, title, unit, formula, duty, version, compute)
        return compute

    return decorate


@cache
def load() -> dict[str, Measure]:
    """All measures; rooms declare theirs in `queries.py` or `figures.py`."""
    from qualitycity.kernel.access.duty_table import room_modules

    room_modules("queries")
    room_modules("figures")
    return MEASURES
