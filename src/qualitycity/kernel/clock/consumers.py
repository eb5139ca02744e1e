"""Who must know when the calendar changes: rooms register what would move, and how they follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .calendar import WorkCalendar


@dataclass(frozen=True)
class CalendarChange:
    """One date that the new calendar moves: of which task or case, which date, from when to when."""

    number: str
    title: Any
    before: date
    after: date
    url: str = ""


Preview = Callable[[WorkCalendar, WorkCalendar], list[CalendarChange]]
Follow = Callable[[WorkCalendar, WorkCalendar, str], Any]


@dataclass(frozen=True)
class Consumer:
    """`preview(before, after)` tells what would move; `follow(before, after, reason)` runs inside the saving act."""

    name: str
    title: Any
    preview: Preview
    follow: Follow | None = None


calendar_consumers: dict[str, Consumer] = {}


def consume_calendar(name: str, title: Any, preview: Preview, follow: Follow | None = None) -> None:
    """Register a consumer; call it from the room's `AppConfig.ready`."""
    calendar_consumers[name] = Consumer(name, title, preview, follow)


def previews(before: WorkCalendar, after: WorkCalendar) -> list[tuple[Any, list[CalendarChange]]]:
    """What would move, by consumer; those for whom nothing moves are left out."""
    if not before.differences(after) and before.years == after.years:
        return []
    found = [(consumer.title, consumer.preview(before, after)) for consumer in calendar_consumers.values()]
    return [(title, changes) for title, changes in found if changes]


def follow_all(before: WorkCalendar, after: WorkCalendar, reason: str) -> None:
    """Let every consumer follow the new calendar, in the order of registration."""
    for consumer in calendar_consumers.values():
        if consumer.follow is not None:
            consumer.follow(before, after, reason)
