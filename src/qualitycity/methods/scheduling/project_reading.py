"""Microsoft Project XML (MSPDI) in: what Project, MPXJ and this library write, checked as a whole.

Files come from outside: a document type declaration (the door of entity bombs) is refused, and so is whatever cannot
be said in whole working days: other units of lag (elapsed, per cent), parts of days, tasks without duration. All faults
come in one ValueError, each with the task's number.

Source: Microsoft, «Project XML Data Interchange Schema (MSPDI)», version of Project 2007 and later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from .calendar import WorkCalendar
from .network import Links, expand
from .project_xml import LINK_TYPES, NAMESPACE
from .work import Task

_IN = f"{{{NAMESPACE}}}"
_KIND = {theirs: ours for ours, theirs in LINK_TYPES.items()}
_WORKING_TIME = {3, 5, 7, 9, 11}  # minutes, hours, days, weeks, months; even codes are elapsed time, 19 is per cent
_DATES = ("Start", "Finish", "EarlyStart", "EarlyFinish", "LateStart", "LateFinish")


@dataclass(frozen=True, eq=False)
class Project:
    """A project as its file tells it; n tasks, summary tasks among them.

    `parent` (n,): position of the summary task, -1 at the top. `dates`: name of the format (Start, EarlyFinish …) →
    (n,) datetime64[m], NaT where absent. `total_slack`, `free_slack` (n,): working days. `calendars`: name → table.
    `capacity`: resource → tenths of persons. `frozen`: id of a task → day it started. `from_start`: counted forward.
    """

    name: str
    tasks: tuple[Task, ...]
    links: Links
    parent: NDArray[np.int64]
    dates: Mapping[str, NDArray[np.datetime64]]
    total_slack: NDArray[np.float64]
    free_slack: NDArray[np.float64]
    critical: NDArray[np.bool_]
    calendars: Mapping[str, WorkCalendar]
    capacity: Mapping[str, int]
    frozen: Mapping[str, date]
    start: date
    finish: date
    from_start: bool

    def leaves(self) -> tuple[list[Task], Links]:
        """Return the tasks that are work, not summaries, and the links between them (`network.expand`)."""
        inner = np.setdiff1d(np.arange(len(self.tasks)), self.parent)
        place = np.full(len(self.tasks), -1)
        place[inner] = np.arange(inner.size)
        links = expand(self.links, self.parent)
        return [self.tasks[at] for at in inner], Links(place[links.pred], place[links.succ], links.kind, links.lag)


def from_mspdi(data: bytes) -> Project:
    """Return the project of a file; ValueError names every fault of it.

    >>> from_mspdi(b'<Project xmlns="http://schemas.microsoft.com/project"/>')
    Traceback (most recent call last):
    ...
    ValueError: StartDate: missing; FinishDate: missing
    """
    return _Reader(_parse(data)).project()


def _parse(data: bytes) -> ElementTree.Element:
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse_doctype
    try:
        guard.Parse(data, True)
        root = ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError, LookupError) as fault:
        raise ValueError(f"data: no XML: {fault}") from fault
    if root.tag != f"{_IN}Project":
        raise ValueError(f"data: the root is {root.tag!r}, not a Project of {NAMESPACE}")
    return root


def _refuse_doctype(name: str, *_rest: object) -> None:
    raise ValueError(f"data: a document type declaration ({name!r}) is not accepted")


class _Row(dict[str, str]):
    """The texts of an element's children by name, and the element for what lies deeper."""

    def __init__(self, element: ElementTree.Element) -> None:
        self.element = element
        for child in element:
            if child.text:
                self.setdefault(child.tag.removeprefix(_IN), child.text.strip())

    def below(self, path: str) -> list[_Row]:
        """The elements on a path of names."""
        return [_Row(found) for found in self.element.iterfind("/".join(_IN + part for part in path.split("/")))]

    @property
    def label(self) -> str:
        """How a fault names a task."""
        return f"task {self.get('ID') or self.get('UID')}"


class _Reader:
    """One pass over the tree; faults are gathered and raised together."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.root = _Row(root)
        self.faults: list[str] = []
        self.minutes = self.number(self.root, "MinutesPerDay", 480, "project") or 480

    def project(self) -> Project:
        start, finish = self.day("StartDate"), self.day("FinishDate")
        rows = [
            row for row in self.root.below("Tasks/Task")
            if row.get("IsNull", "") != "1" and row.get("UID", "") != "0"
        ]  # fmt: skip
        place = {row.get("UID", ""): at for at, row in enumerate(rows)}
        demand, capacity = self.resources()
        tasks = tuple(self.task(row, demand.get(row.get("UID", ""), {})) for row in rows)
        links = self.links(rows, place)
        calendars = self.calendars(start, finish)
        frozen = {task.id: self.moment(row, "ActualStart").astype("datetime64[D]").item() for task, row in
                  zip(tasks, rows, strict=True) if row.get("ActualStart", "")}  # fmt: skip
        dates = {name: np.array([self.moment(row, name) for row in rows], dtype="datetime64[m]") for name in _DATES}
        slack = [
            np.array([self.number(row, name, 0, row.label) for row in rows]) / (10 * self.minutes)
            for name in ("TotalSlack", "FreeSlack")
        ]
        if self.faults or start is None or finish is None:
            raise ValueError("; ".join(self.faults))
        return Project(
            name=self.root.get("Name", ""),
            tasks=tasks,
            links=links,
            parent=_parents([self.number(row, "OutlineLevel", 1, row.label) for row in rows]),
            dates=dates,
            total_slack=slack[0],
            free_slack=slack[1],
            critical=np.array([row.get("Critical", "") == "1" for row in rows], dtype=bool),
            calendars=calendars,
            capacity=capacity,
            frozen=frozen,
            start=start,
            finish=finish,
            from_start=self.root.get("ScheduleFromStart", "") != "0",
        )

    def number(self, row: _Row, name: str, default: int, where: str) -> int:
        text = row.get(name, "")
        if not text:
            return default
        if not re.fullmatch(r"-?\d{1,12}(\.0+)?", text):
            self.faults.append(f"{where}: {name} {text!r} is no whole number")
            return default
        return int(text.partition(".")[0])

    def moment(self, row: _Row, name: str) -> np.datetime64:
        text = row.get(name, "")
        try:
            return np.datetime64(text or "NaT", "m")
        except ValueError:
            self.faults.append(f"{row.label}: {name} {text!r} is no date")
            return np.datetime64("NaT", "m")

    def day(self, name: str) -> date | None:
        text = self.root.get(name, "")
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self.faults.append(f"{name}: {text!r} is no date" if text else f"{name}: missing")
            return None

    def task(self, row: _Row, demand: Mapping[str, int]) -> Task:
        text = row.get("Duration", "")
        found = re.fullmatch(r"PT(\d{1,9})H(\d{1,9})M(\d{1,9})S", text)
        days = 0
        if not found:
            self.faults.append(f"{row.label}: Duration {text!r} is none of the form PT8H0M0S")
        else:
            hours, minutes, seconds = map(int, found.groups())
            days, rest = divmod(hours * 3600 + minutes * 60 + seconds, 60 * self.minutes)
            if rest:
                self.faults.append(f"{row.label}: Duration {text} is no whole number of working days")
        name = row.get("WBS", "") or row.get("UID", "")
        return Task(name, days, row.get("Contact", ""), demand, row.get("Name", ""))

    def links(self, rows: list[_Row], place: Mapping[str, int]) -> Links:
        found = []
        for at, row in enumerate(rows):
            for link in row.below("PredecessorLink"):
                where = f"{row.label}: link from UID {link.get('PredecessorUID')}"
                pred = place.get(link.get("PredecessorUID", ""))
                kind = _KIND.get(self.number(link, "Type", 1, where))
                unit = self.number(link, "LagFormat", 7, where)
                lag, rest = divmod(self.number(link, "LinkLag", 0, where), 10 * self.minutes)
                if pred is None:
                    self.faults.append(f"{where}: no such task")
                if kind is None:
                    self.faults.append(f"{where}: Type {link.get('Type')} is none of 0 to 3")
                if (lag or rest) and (rest or unit not in _WORKING_TIME):
                    self.faults.append(f"{where}: the lag is no whole number of working days")
                if pred is not None and kind is not None:
                    found.append((pred, at, kind, lag))
        return Links(*np.array(found, dtype=np.int64).reshape(-1, 4).T)

    def resources(self) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
        """Demand by task UID, capacity by name; tenths of persons."""
        names: dict[str, str] = {}
        capacity: dict[str, int] = {}
        for row in self.root.below("Resources/Resource"):
            name = row.get("Name", "")
            if name and row.get("Type", "") in ("", "1"):
                names[row.get("UID", "")] = name
                capacity[name] = self.tenths(row, "MaxUnits", f"resource {name!r}")
        demand: dict[str, dict[str, int]] = {}
        for row in self.root.below("Assignments/Assignment"):
            task, resource = row.get("TaskUID", ""), row.get("ResourceUID", "")
            if resource in names:
                units = demand.setdefault(task, {})
                units[names[resource]] = units.get(names[resource], 0) + self.tenths(row, "Units", f"task UID {task}")
        return demand, capacity

    def tenths(self, row: _Row, name: str, where: str) -> int:
        text = row.get(name, "") or "1"
        if not re.fullmatch(r"\d{1,6}(\.\d)?0*", text):
            self.faults.append(f"{where}: {name} {text!r} is no number of tenths of persons")
            return 0
        whole, _, part = text.partition(".")
        return int(whole) * 10 + int(part[:1] or 0)

    def calendars(self, start: date | None, finish: date | None) -> dict[str, WorkCalendar]:
        """Base calendars, for whole years from the project's or the table's first to the last."""
        found = {}
        for row in self.root.below("Calendars/Calendar"):
            name = row.get("Name", "") or row.get("UID", "")
            if row.get("IsBaseCalendar", "") != "0" and start and finish:
                found[name] = self.calendar(row, name, start, finish)
        return found

    def calendar(self, row: _Row, name: str, start: date, finish: date) -> WorkCalendar:
        week = dict.fromkeys(range(7), False)
        spans = []
        for day in [*row.below("WeekDays/WeekDay"), *row.below("Exceptions/Exception")]:
            works, period = day.get("DayWorking", "") == "1", day.below("TimePeriod")
            if period:
                first, last = (self.moment(period[0], edge) for edge in ("FromDate", "ToDate"))
                if np.isnat(first) or np.isnat(last) or last < first or last - first > np.timedelta64(36525, "D"):
                    self.faults.append(f"calendar {name!r}: an exception has no proper dates")
                    continue
                spans.append((first.astype("datetime64[D]").item(), last.astype("datetime64[D]").item(), works))
            elif (kind := self.number(day, "DayType", 0, f"calendar {name!r}")) in range(1, 8):
                week[(kind - 2) % 7] = works  # 1 is Sunday
        years = [start.year, finish.year, *(one.year for one, _, _ in spans), *(two.year for _, two, _ in spans)]
        begin, end = date(min(years), 1, 1), date(max(years), 12, 31)
        working = np.array([week[(begin + timedelta(days=at)).weekday()] for at in range((end - begin).days + 1)])
        for one, two, works in spans:
            working[(one - begin).days : (two - begin).days + 1] = works
        told = max((two.year for _, two, _ in spans), default=0)
        return WorkCalendar(begin, working, name, date(told + 1, 1, 1) if 0 < told < end.year else None)


def _parents(levels: list[int]) -> NDArray[np.int64]:
    """The nearest task above of a lower outline level."""
    parent, line = np.full(len(levels), -1), list[int]()
    for at, level in enumerate(levels):
        while line and levels[line[-1]] >= level:
            line.pop()
        if line:
            parent[at] = line[-1]
        line.append(at)
    return parent
