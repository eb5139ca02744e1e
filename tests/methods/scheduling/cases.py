"""What several tests need: the golden cases as arrays, the calendars, the programme of a city of nine tasks."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np

from qualitycity.methods.scheduling import Links, Task, WorkCalendar

EVERY_DAY = WorkCalendar(date(2027, 1, 1), np.ones(3000, dtype=bool), "every day")
OFF_2027 = [date(2027, 4, day) for day in (3, 4, 5)] + [date(2027, 5, day) for day in range(1, 6)]
OFF_2027 += [date(2027, 6, day) for day in (9, 10, 11)]
ON_2027 = [date(2027, 4, 25), date(2027, 5, 8)]
DAYS = {"T1": 15, "T2": 3, "T3": 10, "T4": 4, "T5": 25, "T6": 20, "T7": 8, "T8": 6, "T9": 3}
AFTER = Links.of([(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (4, 6), (5, 6), (6, 7), (7, 8)])


def invented_2027(extra_off: tuple[date, ...] = ()) -> WorkCalendar:
    """The invented calendar of the city's year."""
    off = [*OFF_2027, *extra_off]
    return WorkCalendar.of_weeks(date(2027, 1, 1), date(2027, 12, 31), off=off, on=ON_2027, version="2027 invented")


def programme(**days: int) -> list[Task]:
    """The nine tasks, some with another duration."""
    return [Task(name, days.get(name, usual)) for name, usual in DAYS.items()]


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def official(golden: Path) -> WorkCalendar:
    """The Chinese calendar 2004 to 2026."""
    table = rows(golden / "cn_calendar_exceptions_2004_2026.csv")
    days: dict[str, list[date]] = {"holiday": [], "makeup_workday": []}
    for row in table:
        days[row["kind"]].append(date.fromisoformat(row["date"]))
    return WorkCalendar.of_weeks(
        date(2004, 1, 1),
        date(2026, 12, 31),
        off=days["holiday"],
        on=days["makeup_workday"],
        version="State Council notices 2004-2026",
    )


def instance(path: Path) -> tuple[np.ndarray, Links, np.ndarray, list[int]]:
    """A project of PSPLIB: durations, links, demand (tasks, resources), capacity."""
    lines = path.read_text().splitlines()

    def block(head: str, skip: int) -> list[list[int]]:
        start = next(at for at, line in enumerate(lines) if line.startswith(head)) + skip
        end = next(at for at in range(start, len(lines)) if lines[at].startswith("*"))
        return [[int(word) for word in line.split()] for line in lines[start:end]]

    work = np.array(block("jobnr. mode", 2))
    links = Links.of([(row[0] - 1, after - 1) for row in block("jobnr.    #modes", 1) for after in row[3:]])
    return work[:, 2], links, work[:, 3:], block("RESOURCEAVAILABILITIES", 2)[0]


def project(path: Path) -> tuple[list[Task], Links, dict[str, int]]:
    """The same as tasks and capacity."""
    duration, links, demand, capacity = instance(path)
    names = [f"R{at}" for at in range(len(capacity))]
    tasks = [
        Task(str(at), int(days), demand=dict(zip(names, map(int, row), strict=True)))
        for at, (days, row) in enumerate(zip(duration, demand, strict=True))
    ]
    return tasks, links, dict(zip(names, capacity, strict=True))
