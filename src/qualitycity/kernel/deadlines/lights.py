"""Lights (红黄绿灯): word, shape and rule. A light is computed, never typed in, and it remembers (domain.md 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.clock.calendar import WorkCalendar, working_days_between

if TYPE_CHECKING:
    from .models import Deadline


class Light(Enum):
    """A status with its word and shape; colour is only added to them."""

    NORMAL = "normal"
    NEAR = "near"
    OVERDUE = "overdue"
    MADE_GOOD = "made_good"
    NO_DATA = "none"

    @property
    def word(self) -> Any:
        """The word on the page."""
        return _LOOK[self][0]

    @property
    def shape(self) -> str:
        """The shape that goes with the word."""
        return _LOOK[self][1]

    def __str__(self) -> str:
        return f"{self.word} {self.shape}"


_LOOK = {
    Light.NORMAL: (_("正常"), "●"),
    Light.NEAR: (_("临期"), "▲"),
    Light.OVERDUE: (_("逾期"), "■"),
    Light.MADE_GOOD: (_("补办"), "◆"),
    Light.NO_DATA: (_("无数据"), "○"),
}


@dataclass(frozen=True)
class LightRule:
    """The numbers of the light rule, from the rulebook. Days are working days, share and lag are percent."""

    near_days: int
    near_share: Decimal | int
    short_period: int
    short_near_days: int
    lag: Decimal | int

    @classmethod
    def in_force(cls) -> LightRule:
        """The numbers in force today."""
        from qualitycity.kernel.rulebook import rule

        return cls(
            near_days=int(rule("light.near_days").amount),
            near_share=rule("light.near_share").amount,
            short_period=int(rule("light.short_period").amount),
            short_near_days=int(rule("light.short_near_days").amount),
            lag=rule("light.lag").amount,
        )


def light_of(
    *,
    start: date | None,
    due: date | None,
    today: date,
    calendar: WorkCalendar | None = None,
    numbers: LightRule | None = None,
    met_on: date | None = None,
    was_late: bool = False,
    unsigned: bool = False,
    lag: Decimal | float | None = None,
) -> Light:
    """The light of anything with a last day: a deadline, a task, a supervision sheet.

    `start` is the day the period began (not counted); `unsigned`: it waits for a signature; `lag`: percentage points
    by which progress is behind plan. Red only after the last day; done late is ◆ for ever; without a last day ○.
    """
    if due is None:
        return Light.NO_DATA
    if met_on is not None:
        return Light.MADE_GOOD if was_late or met_on > due else Light.NORMAL
    if today > due:
        return Light.OVERDUE
    numbers = numbers or LightRule.in_force()
    left = working_days_between(today, due, calendar, provisional=True)
    period = working_days_between(start or today, due, calendar, provisional=True)
    begun = start is not None and working_days_between(start, today, calendar, provisional=True) >= 1
    if period <= numbers.short_period:
        near = left <= numbers.short_near_days or (unsigned and begun)
    else:
        near = left <= numbers.near_days or left * 100 <= period * numbers.near_share
    return Light.NEAR if near or (lag is not None and lag > numbers.lag) else Light.NORMAL


def light(deadline: Deadline, today: date, calendar: WorkCalendar | None = None) -> Light:
    """The light of a deadline. A right that lapsed, a waived or a suspended clock is nobody's lateness."""
    if deadline.status != "running":
        return Light.MADE_GOOD if deadline.was_late else Light.NORMAL
    lapsed = deadline.nature == "right" and today > deadline.due_date
    if lapsed or deadline.nature == "bar" or deadline.is_suspended:
        return Light.NORMAL
    return light_of(
        start=deadline.period_from,
        due=deadline.due_date,
        today=today,
        calendar=calendar,
        unsigned=deadline.rule_version.signature,
    )
