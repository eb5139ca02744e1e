"""From an event and a rule to the last day (domain.md 0.6). Pure where the calendar and the switch are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from qualitycity.kernel.clock.calendar import (
    ROLL_NON_WORKING,
    ROLL_NONE,
    ROLL_STATUTORY,
    WorkCalendar,
    add_calendar_days,
    add_months,
    add_working_days,
    roll,
)
from qualitycity.kernel.rulebook.values import RuleValue


class NotAPeriod(ValueError):
    """The rule is no period: no last day follows from it."""

    def __init__(self, rule: RuleValue) -> None:
        super().__init__(_("规则「%(id)s」的单位是「%(unit)s」,算不出期限。") % {"id": rule.rule_id, "unit": rule.unit})


@dataclass(frozen=True)
class Due:
    """What a rule makes of an event: the last day, the first allowed day of a window, and whether it may still move.

    `unrolled` is the last day before any roll-over; `provisional`: a year it touches has no official table yet.
    """

    due: date
    unrolled: date
    window_from: date | None = None
    provisional: bool = False


def compute_due(
    rule: RuleValue,
    trigger: date,
    calendar: WorkCalendar | None = None,
    *,
    roll_weekends: bool | None = None,
    extended_by: int = 0,
    suspended: int = 0,
    provisional: bool = False,
) -> Due:
    """The last day of a period that an event on `trigger` starts. The day of the event is not counted.

    `trigger` is the day the rule's own event happened: service («自收到之日») or issue («自责令之日»), never mixed.
    `extended_by` counts in the rule's unit, `suspended` in working days for working-day rules, else in calendar days.
    `calendar` and `roll_weekends` default to what is in force. NotAPeriod, or NoCalendar unless `provisional`.
    """
    if not rule.is_period:
        raise NotAPeriod(rule)
    table = _table(calendar, provisional)
    window = rule.value if isinstance(rule.value, dict) and "after" in rule.value else None
    if rule.unit == "annual_date":
        last = _next_annual(trigger, rule.value["month"], rule.value["day"])
    elif window:
        last = _advance(trigger, window["before"] - 1 + extended_by, rule.unit, suspended, table)
    else:
        count = int(rule.amount) + extended_by
        last = _advance(trigger, -count if rule.before else count, rule.unit, suspended, table)
    policy = ROLL_NONE if rule.before else _policy(rule.roll, roll_weekends)
    due = roll(last, policy, table)
    depends = rule.unit == "working_day" or policy != ROLL_NONE
    return Due(
        due=due,
        unrolled=last,
        window_from=_advance(trigger, window["after"] + 1, rule.unit, 0, table) if window else None,
        provisional=depends and table.is_provisional(*((trigger, due) if rule.unit == "working_day" else (last, due))),
    )


def _table(calendar: WorkCalendar | None, provisional: bool) -> WorkCalendar:
    if calendar is None:
        from qualitycity.kernel.clock.store import in_force

        calendar = in_force()
    return calendar.provisionally() if provisional else calendar


def _policy(policy: str, roll_weekends: bool | None) -> str:
    """Order 18 names statutory holidays; whether plain weekends roll too is a switch of the rulebook."""
    if policy != ROLL_STATUTORY:
        return policy
    if roll_weekends is None:
        from qualitycity.kernel.rulebook import rule

        roll_weekends = rule("calendar.roll_weekends").value
    return ROLL_NON_WORKING if roll_weekends else policy


def _advance(day: date, count: int, unit: str, suspended: int, table: WorkCalendar) -> date:
    if unit == "working_day":
        return add_working_days(day, count + suspended, table)
    months = {"month": 1, "year": 12}.get(unit)
    end = add_months(day, count * months) if months else add_calendar_days(day, count)
    return end + timedelta(days=suspended)


def _next_annual(day: date, month: int, number: int) -> date:
    """The first such date on or after `day`; 29 February is the last day of February in other years."""
    first = add_months(date(day.year, 1, 1), month - 1)
    for year in (0, 12):
        start = add_months(first, year)
        last = add_months(start, 1) - timedelta(days=1)
        found = start.replace(day=min(number, last.day))
        if found >= day:
            break
    return found
