"""Microsoft Project XML (MSPDI) out: tasks, links, lags, calendars with their exceptions, departments as resources.

What is written: the latest dates of the plan as its dates, early and late dates, slack, critical, the deadline; a task
keeps its date by the constraint «start no earlier than», so that a scheduler without capacity does not pull it forward.
A working day is written as 08:00-12:00 and 13:00-17:00; a milestone as 17:00 of its day. A task's id stands in WBS, its
department in Contact. Durations are PTnH0M0S, lags tenths of minutes, slack tenths of minutes, as the format asks.

Source: Microsoft, «Project XML Data Interchange Schema (MSPDI)», version of Project 2007 and later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from .calendar import WorkCalendar
from .planning import Plan

NAMESPACE = "http://schemas.microsoft.com/project"
HOURS = 8
TENTHS = HOURS * 600  # tenths of minutes in a working day
LINK_TYPES = {0: 1, 1: 3, 2: 0, 3: 2}  # our kind → the format's: FF 0, FS 1, SF 2, SS 3
NO_EARLIER = 4  # constraint «start no earlier than»
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TIMES = "".join(
    f"<WorkingTime><FromTime>{one}:00:00</FromTime><ToTime>{two}:00:00</ToTime></WorkingTime>"
    for one, two in (("08", "12"), ("13", "17"))
)
_WORKED = f"<WorkingTimes>{_TIMES}</WorkingTimes>"


def to_mspdi(plan: Plan, *, name: str = "plan") -> bytes:
    """Return a plan as a file of Microsoft Project, UTF-8.

    ValueError names every text with characters that XML cannot hold, and a plan whose dates lie outside its calendars.

    >>> from .network import Links
    >>> from .planning import back_schedule
    >>> from .work import Task
    >>> every_day = WorkCalendar(date(2027, 3, 1), np.ones(60, dtype=bool), "every day")
    >>> plan = back_schedule([Task("T1", 5)], Links.of([]), date(2027, 4, 7), every_day, {}, today=date(2027, 3, 10))
    >>> b"<Duration>PT40H0M0S</Duration>" in to_mspdi(plan)
    True
    """
    _refuse_bad_texts(plan, name)
    given = plan.model.given
    parts = [
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Project xmlns="{NAMESPACE}">',
        "<SaveVersion>14</SaveVersion>",
        f"<Name>{escape(name)}</Name>",
        "<ScheduleFromStart>0</ScheduleFromStart>",
        f"<StartDate>{given.today}T08:00:00</StartDate><FinishDate>{given.deadline}T17:00:00</FinishDate>",
        "<CriticalSlackLimit>0</CriticalSlackLimit><CalendarUID>1</CalendarUID>",
        "<DefaultStartTime>08:00:00</DefaultStartTime><DefaultFinishTime>17:00:00</DefaultFinishTime>",
        f"<MinutesPerDay>{HOURS * 60}</MinutesPerDay><MinutesPerWeek>{HOURS * 300}</MinutesPerWeek>",
        "<DaysPerMonth>20</DaysPerMonth><DurationFormat>7</DurationFormat>",
        "<Calendars>",
        *(_calendar(at + 1, one) for at, one in enumerate(plan.model.calendars)),
        "</Calendars>\n<Tasks>",
        *_tasks(plan),
        "</Tasks>\n<Resources>",
        *_resources(plan),
        "</Resources>\n<Assignments>",
        *_assignments(plan),
        "</Assignments>\n</Project>\n",
    ]
    return "\n".join(parts).encode()


def _refuse_bad_texts(plan: Plan, name: str) -> None:
    texts = [("name", name)]
    for task in plan.tasks:
        texts += [(f"task {task.id!r}", text) for text in (task.id, task.name, task.department, *task.demand)]
    faults = sorted({f"{where}: {text!r} holds characters that XML cannot" for where, text in texts
                     if _FORBIDDEN.search(text)})  # fmt: skip
    if faults:
        raise ValueError("; ".join(faults))


def _calendar(uid: int, calendar: WorkCalendar) -> str:
    week = "".join(
        f"<WeekDay><DayType>{day}</DayType><DayWorking>{int(1 < day < 7)}</DayWorking>"
        f"{_WORKED if 1 < day < 7 else ''}</WeekDay>"
        for day in range(1, 8)
    )
    spans = [
        (works, f"<TimePeriod><FromDate>{first}T00:00:00</FromDate><ToDate>{last}T23:59:59</ToDate></TimePeriod>", days)
        for first, last, works, days in _spans(calendar)
    ]
    old = "".join(
        f"<WeekDay><DayType>0</DayType><DayWorking>{int(works)}</DayWorking>{period}{_WORKED if works else ''}"
        "</WeekDay>"
        for works, period, _ in spans
    )
    new = "".join(
        f"<Exception><EnteredByOccurrences>0</EnteredByOccurrences>{period}<Occurrences>{days}</Occurrences><Type>1</Type>"
        f"<DayWorking>{int(works)}</DayWorking>{_WORKED if works else ''}</Exception>"
        for works, period, days in spans
    )
    return (
        f"<Calendar><UID>{uid}</UID><Name>{escape(calendar.version)}</Name><IsBaseCalendar>1</IsBaseCalendar>"
        f"<BaseCalendarUID>-1</BaseCalendarUID><WeekDays>{week}{old}</WeekDays><Exceptions>{new}</Exceptions></Calendar>"
    )


def _spans(calendar: WorkCalendar) -> Iterator[tuple[date, date, bool, int]]:
    """Stretches of days that differ from Monday to Friday in the same way."""
    rows = calendar.exceptions()
    first = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at] != (rows[at - 1][0] + timedelta(days=1), rows[first][1]):
            yield rows[first][0], rows[at - 1][0], rows[first][1], at - first
            first = at


def _stamps(days: NDArray[np.datetime64], hour: NDArray[np.str_]) -> list[str]:
    return np.char.add(np.datetime_as_string(days), hour).tolist()


def _tasks(plan: Plan) -> Iterator[str]:
    """One element a task, its children in the order of the schema."""
    model, days = plan.model, plan.model.duration
    morning = np.where(days > 0, "T08:00:00", "T17:00:00")
    evening = np.full(days.size, "T17:00:00")
    start, finish = _stamps(plan.starts, morning), _stamps(plan.finishes, evening)
    early = _stamps(plan.early_starts, morning), _stamps(plan.early_finishes, evening)
    free, total = (plan.free_slack * TENTHS).tolist(), (plan.total_slack * TENTHS).tolist()
    critical, row, frozen = plan.critical.tolist(), model.calendar.tolist(), model.given.frozen
    joined = _links(plan)
    for at, task in enumerate(plan.tasks):
        started = f"<ActualStart>{start[at]}</ActualStart>" if task.id in frozen else ""
        contact = f"<Contact>{escape(task.department)}</Contact>" if task.department else ""
        yield (
            f"<Task><UID>{at + 1}</UID><ID>{at + 1}</ID><Name>{escape(task.name or task.id)}</Name><Type>1</Type>"
            f"<IsNull>0</IsNull>{contact}<WBS>{escape(task.id)}</WBS><OutlineNumber>{at + 1}</OutlineNumber>"
            f"<OutlineLevel>1</OutlineLevel><Priority>500</Priority><Start>{start[at]}</Start>"
            f"<Finish>{finish[at]}</Finish><Duration>PT{task.duration * HOURS}H0M0S</Duration>"
            f"<DurationFormat>7</DurationFormat><EffortDriven>0</EffortDriven><Estimated>0</Estimated>"
            f"<Milestone>{int(task.duration == 0)}</Milestone><Summary>0</Summary>"
            f"<Critical>{int(critical[at])}</Critical><EarlyStart>{early[0][at]}</EarlyStart>"
            f"<EarlyFinish>{early[1][at]}</EarlyFinish><LateStart>{start[at]}</LateStart>"
            f"<LateFinish>{finish[at]}</LateFinish><FreeSlack>{free[at]}</FreeSlack><TotalSlack>{total[at]}</TotalSlack>"
            f"{started}<ConstraintType>{NO_EARLIER}</ConstraintType><CalendarUID>{row[at] + 1}</CalendarUID>"
            f"<ConstraintDate>{start[at]}</ConstraintDate>{joined[at]}</Task>"
        )


def _links(plan: Plan) -> list[str]:
    """The links into each task."""
    links = plan.model.given.links
    found = [""] * len(plan.tasks)
    rows = zip(links.pred.tolist(), links.succ.tolist(), links.kind.tolist(), links.lag.tolist(), strict=True)
    for pred, succ, kind, lag in rows:
        found[succ] += (
            f"<PredecessorLink><PredecessorUID>{pred + 1}</PredecessorUID><Type>{LINK_TYPES[kind]}</Type>"
            f"<CrossProject>0</CrossProject><LinkLag>{lag * TENTHS}</LinkLag><LagFormat>7</LagFormat></PredecessorLink>"
        )
    return found


def _resources(plan: Plan) -> Iterator[str]:
    for at, (name, tenths) in enumerate(plan.model.given.capacity.items()):
        yield (
            f"<Resource><UID>{at + 1}</UID><ID>{at + 1}</ID><Name>{escape(name)}</Name><Type>1</Type>"
            f"<IsNull>0</IsNull><MaxUnits>{tenths / 10}</MaxUnits></Resource>"
        )


def _assignments(plan: Plan) -> Iterator[str]:
    place = {name: at + 1 for at, name in enumerate(plan.model.given.departments)}
    uid = 0
    for at, task in enumerate(plan.tasks):
        for name, tenths in task.demand.items():
            uid += 1
            yield (
                f"<Assignment><UID>{uid}</UID><TaskUID>{at + 1}</TaskUID><ResourceUID>{place[name]}</ResourceUID>"
                f"<Units>{tenths / 10}</Units></Assignment>"
            )
