"""Status lights (亮灯) by a rule that is data: no number of days stands in this code, and no light is typed in.

A light is red only after the due day. A task that was ever red is never green again: done, it is «made good» for ever;
still open with a later due day, it is yellow at best. The worst colour ever shown goes in and comes out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calendar import WorkCalendar
from .planning import Plan

COLOURS = ("green", "yellow", "red", "made_good", "no_data")
GREEN, YELLOW, RED, MADE_GOOD, NO_DATA = range(5)


@dataclass(frozen=True)
class Rule:
    """When a light is yellow: one of these holds. All in working days, but `yellow_share` and `yellow_lag`.

    So many days are left (`yellow_days`), or so large a share of the task's period (`yellow_share`, 0 to 1), whichever
    is more; for periods of at most `short_period` days only `short_days` counts. Progress lies more than `yellow_lag`
    percentage points behind the plan. Nobody has signed for the task `sign_within` days after its start.
    """

    yellow_days: int
    yellow_share: float
    short_period: int
    short_days: int
    yellow_lag: float
    sign_within: int

    def __post_init__(self) -> None:
        faults = [f"{name}: {value} is negative" for name, value in vars(self).items() if value < 0]
        if self.yellow_share > 1:
            faults.append(f"yellow_share: {self.yellow_share} is more than 1")
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True)
class State:
    """What is known of a task: day it was done, points behind plan, signed for, any data, worst colour so far."""

    done: date | None = None
    lag: float | None = None
    signed: bool = True
    known: bool = True
    worst: str = "green"


@dataclass(frozen=True)
class Light:
    """A colour of COLOURS, the worst ever shown, working days left until the due day, days overdue, reasons."""

    colour: str
    worst: str
    remaining: int
    overdue: int
    why: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lights:
    """The same for many tasks: `colour` and `worst` as places in COLOURS, `remaining` days (negative: overdue).

    `near`, `behind`, `unsigned`: which reason makes it yellow.
    """

    colour: NDArray[np.int8]
    worst: NDArray[np.int8]
    remaining: NDArray[np.int64]
    near: NDArray[np.bool_]
    behind: NDArray[np.bool_]
    unsigned: NDArray[np.bool_]


def lights(
    start: Any,
    due: Any,
    today: date,
    rule: Rule,
    calendar: WorkCalendar,
    *,
    done: Any,
    lag: Any,
    signed: Any,
    known: Any,
    worst: Any,
) -> Lights:
    """Return the lights of n tasks.

    start, due: working days, datetime64[D]; done: datetime64[D], NaT while open; lag: points behind plan, NaN if not
    measured; signed, known: bool; worst: worst colour so far as place in COLOURS (green, yellow or red). All (n,) or
    one for all. ValueError for a due day before the start, a worst colour that is none, a day outside the calendar.

    >>> rule = Rule(3, 0.2, 5, 2, 10, 1)
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> found = lights(["2027-03-01"] * 3, ["2027-03-20", "2027-03-11", "2027-03-09"], date(2027, 3, 10), rule,
    ...     every_day, done="NaT", lag=0.0, signed=True, known=True, worst=0)
    >>> [COLOURS[at] for at in found.colour]
    ['green', 'yellow', 'red']
    """
    first, last, ended = (np.asarray(days, dtype="datetime64[D]") for days in (start, due, done))
    behind_by, seen = np.asarray(lag, dtype=np.float64), np.asarray(worst, dtype=np.int64)
    first, last, ended, behind_by, seen, has_sign, has_data = np.broadcast_arrays(
        np.atleast_1d(first), last, ended, behind_by, seen, np.asarray(signed, bool), np.asarray(known, bool)
    )
    _refuse(first, last, seen)
    now = np.datetime64(today, "D")
    begin, end = calendar.indices(first, "forward"), calendar.indices(last, "backward")
    at = calendar.index(today, "backward")
    open_, remaining, period = np.isnat(ended), end - at, end - begin + 1
    usual = np.maximum(rule.yellow_days, rule.yellow_share * period)
    limit = np.where(period <= rule.short_period, rule.short_days, usual)
    near = open_ & (remaining <= limit)
    behind = open_ & (np.nan_to_num(behind_by, nan=0.0) > rule.yellow_lag)
    unsigned = open_ & ~has_sign & (at - begin >= rule.sign_within)
    colour = np.where(near | behind | unsigned, YELLOW, GREEN)
    colour[open_ & (now > last)] = RED
    colour[open_ & ~has_data & (colour < RED)] = NO_DATA
    shown = np.maximum(np.where(colour == NO_DATA, GREEN, colour), seen)
    late = ~open_ & (ended > last)
    shown[late] = RED
    colour[open_ & (shown == RED) & (colour == GREEN)] = YELLOW
    colour[~open_ & (shown == RED)] = MADE_GOOD
    return Lights(colour.astype(np.int8), shown.astype(np.int8), remaining, near, behind, unsigned)


def _refuse(start: NDArray[np.datetime64], due: NDArray[np.datetime64], worst: NDArray[np.int64]) -> None:
    if ((worst < GREEN) | (worst > RED)).any():
        raise ValueError(f"worst: {int(worst[(worst < GREEN) | (worst > RED)][0])} is none of {COLOURS[: RED + 1]}")
    if (due < start).any():
        raise ValueError(f"due: {due[due < start][0]} lies before the start, {start[due < start][0]}")


def light(task: str, plan: Plan, today: date, rule: Rule, state: State) -> Light:
    """Return the light of one task of a plan, due on the last of its latest days.

    ValueError if the task is not in the plan or the worst colour is none of green, yellow, red.

    >>> from .network import Links
    >>> from .planning import back_schedule
    >>> from .work import Task
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> plan = back_schedule([Task("T1", 15)], Links.of([]), date(2027, 4, 7), every_day, {}, today=date(2027, 3, 10))
    >>> found = light("T1", plan, date(2027, 4, 8), Rule(3, 0.2, 5, 2, 10, 1), State())
    >>> found.colour, found.overdue
    ('red', 1)
    >>> light("T1", plan, date(2027, 4, 9), Rule(3, 0.2, 5, 2, 10, 1), State(done=date(2027, 4, 8))).colour
    'made_good'
    """
    given = plan.model.given
    if task not in given.place:
        raise ValueError(f"task: {task!r} is not in the plan")
    if state.worst not in COLOURS[: RED + 1]:
        raise ValueError(f"worst: {state.worst!r} is none of {COLOURS[: RED + 1]}")
    at = given.place[task]
    found = lights(
        plan.starts[at],
        plan.finishes[at],
        today,
        rule,
        given.calendar_of(at),
        done=np.datetime64("NaT" if state.done is None else state.done, "D"),
        lag=np.nan if state.lag is None else state.lag,
        signed=state.signed,
        known=state.known,
        worst=COLOURS.index(state.worst),
    )
    remaining = int(found.remaining[0])
    reasons = {"near": found.near[0], "behind": found.behind[0], "unsigned": found.unsigned[0]}
    why = tuple(name for name, holds in reasons.items() if holds)
    return Light(COLOURS[found.colour[0]], COLOURS[found.worst[0]], max(0, remaining), max(0, -remaining), why)
