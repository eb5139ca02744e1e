"""Where calendars come from: the annual notices (PyPI `chinesecalendar`) and the demonstration's invented years."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from .calendar import INVENTED, OFF, OFFICIAL, WORK, CalendarDay

OFFICIAL_SOURCE = "国务院办公厅年度节假日安排通知(chinesecalendar)"
DEMO_FILE = Path(__file__).with_name("demo_calendar.toml")
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


@dataclass(frozen=True)
class YearTable:
    """A year's table as it comes from outside: all days that differ from Monday to Friday, and all holidays."""

    year: int
    status: str
    source: str
    days: tuple[CalendarDay, ...]


def official_years() -> list[YearTable]:
    """2004 to 2026 (and later, as the package grows) by the notices of the State Council's General Office.

    Every day off of a notice counts as statutory holiday: the notice names one stretch of days for each holiday.
    """
    from chinese_calendar import constants

    days: dict[int, list[CalendarDay]] = {}
    for day, name in constants.holidays.items():
        days.setdefault(day.year, []).append(CalendarDay(day, OFF, NAMES.get(name, name), statutory=True))
    for day, name in constants.workdays.items():
        days.setdefault(day.year, []).append(CalendarDay(day, WORK, NAMES.get(name, name)))
    return [YearTable(year, OFFICIAL, OFFICIAL_SOURCE, tuple(sorted(days[year]))) for year in sorted(days)]


def demo_years() -> list[YearTable]:
    """The invented years of the demonstration."""
    text = tomllib.loads(DEMO_FILE.read_text(encoding="utf-8"))
    return [
        YearTable(int(year), INVENTED, text["source"], tuple(sorted(_demo_days(table))))
        for year, table in text.items()
        if isinstance(table, dict)
    ]


def _demo_days(table: dict) -> Iterator[CalendarDay]:
    for holiday in table["off"]:
        for day in span(holiday["from"], holiday["to"]):
            yield CalendarDay(day, OFF, holiday["name"], statutory=True)
    for day in table["work"]:
        yield CalendarDay(day, WORK)


def span(first: date, last: date) -> list[date]:
    """All days from `first` to `last`, both with."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
