"""The arithmetic of days, on the real tables of 2004 to 2026 and the demonstration's invented years."""

from __future__ import annotations

import csv
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.kernel.clock.calendar import (
    CalendarDay,
    NoCalendar,
    WorkCalendar,
    add_months,
    add_working_days,
    is_statutory_holiday,
    is_working_day,
    next_working_day,
    previous_working_day,
    roll,
    working_day_on_or_after,
    working_day_on_or_before,
    working_days_between,
)
from qualitycity.kernel.clock.seed import YearTable, demo_years, official_years, span

GOLDEN = Path(os.environ.get("CITY_SHARED", "../shared")) / "golden" / "scheduling"


def calendar_of(tables: list[YearTable]) -> WorkCalendar:
    return WorkCalendar(
        {table.year: table.status for table in tables}, {day.day: day for table in tables for day in table.days}
    )


REAL = calendar_of(official_years())
DEMO = calendar_of(demo_years())
DAYS = st.dates(date(2005, 1, 1), date(2025, 6, 30))

# domain.md 0.6, read from the notices themselves: (first, last) of the days off, then the make-up working days.
NOTICES = {
    2016: (
        "1/1 2/7-2/13 4/4 5/1-5/2 6/9-6/11 9/15-9/17 10/1-10/7",
        "2/6 2/14 6/12 9/18 10/8 10/9",
    ),
    2017: ("1/1-1/2 1/27-2/2 4/2-4/4 5/1 5/28-5/30 10/1-10/8", "1/22 2/4 4/1 5/27 9/30"),
    2024: (
        "1/1 2/10-2/17 4/4-4/6 5/1-5/5 6/10 9/15-9/17 10/1-10/7",
        "2/4 2/18 4/7 4/28 5/11 9/14 9/29 10/12",
    ),
    2025: ("1/1 1/28-2/4 4/4-4/6 5/1-5/5 5/31-6/2 10/1-10/8", "1/26 2/8 4/27 9/28 10/11"),
    2026: (
        "1/1-1/3 2/15-2/23 4/4-4/6 5/1-5/5 6/19-6/21 9/25-9/27 10/1-10/7",
        "1/4 2/14 2/28 5/9 9/20 10/10",
    ),
}


def day_of(year: int, text: str) -> date:
    month, _, day = text.partition("/")
    return date(year, int(month), int(day))


@pytest.mark.parametrize("year", NOTICES)
def test_seeded_years_agree_with_the_notices(year: int) -> None:
    """What the package says of a year is what was read in the notice: days off and make-up days, no more, no less."""
    off, work = NOTICES[year]
    read_off: set[date] = set()
    for stretch in off.split():
        first, _, last = stretch.partition("-")
        read_off |= set(span(day_of(year, first), day_of(year, last or first)))
    read_work = {day_of(year, text) for text in work.split()}
    for day in span(date(year, 1, 1), date(year, 12, 31)):
        expected = day in read_work or (day.weekday() < 5 and day not in read_off)
        assert is_working_day(day, REAL) is expected, day
        assert is_statutory_holiday(day, REAL) is (day in read_off), day


def golden(name: str) -> list[dict[str, str]]:
    path = GOLDEN / name
    if not path.exists():
        pytest.skip(f"{name} is not in CITY_SHARED")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_golden_exceptions_of_23_years() -> None:
    rows = golden("cn_calendar_exceptions_2004_2026.csv")
    known = {date.fromisoformat(row["date"]): row["kind"] == "makeup_workday" for row in rows}
    assert len(known) == len(rows) == 557
    for day in span(date(2004, 1, 1), date(2026, 12, 31)):
        assert is_working_day(day, REAL) is known.get(day, day.weekday() < 5), day


def test_golden_counting_back_from_a_deadline() -> None:
    for row in golden("backward_workday_queries.csv"):
        last = working_day_on_or_before(date.fromisoformat(row["deadline"]), REAL)
        assert last.isoformat() == row["last_workday_on_or_before_deadline"]
        start = add_working_days(last, 1 - int(row["duration_workdays"]), REAL)
        assert start.isoformat() == row["latest_start"], row


def test_the_demonstration_calendar_is_that_of_the_journeys() -> None:
    """journeys.md 0.3: three holidays and two make-up days around the journeys' dates."""
    off = {*span(date(2027, 4, 3), date(2027, 4, 5)), *span(date(2027, 5, 1), date(2027, 5, 5))}
    off |= set(span(date(2027, 6, 9), date(2027, 6, 11)))
    work = {date(2027, 4, 25), date(2027, 5, 8)}
    for day in span(date(2027, 3, 1), date(2027, 8, 31)):
        assert is_working_day(day, DEMO) is (day in work or (day.weekday() < 5 and day not in off)), day
        assert is_statutory_holiday(day, DEMO) is (day in off), day
    assert {DEMO.status(2027), DEMO.status(2028)} == {"invented"}


def test_worked_dates_of_the_journey_from_plan_to_schedule() -> None:
    """journeys.md J1: the last working day before acceptance, and the tasks counted back from it."""

    def back(finish: date, days: int) -> date:
        return add_working_days(finish, 1 - days, DEMO)

    finish = previous_working_day(date(2027, 6, 30), DEMO)
    assert finish == date(2027, 6, 29)
    starts = {}
    for task, days in (("T9", 3), ("T8", 6), ("T7", 8), ("T5", 20), ("T4", 4), ("T3", 10), ("T2", 3), ("T1", 15)):
        starts[task] = back(finish, days), finish
        finish = previous_working_day(starts[task][0], DEMO)
    assert starts == {
        "T9": (date(2027, 6, 25), date(2027, 6, 29)),
        "T8": (date(2027, 6, 17), date(2027, 6, 24)),
        "T7": (date(2027, 6, 2), date(2027, 6, 16)),
        "T5": (date(2027, 5, 6), date(2027, 6, 1)),
        "T4": (date(2027, 4, 27), date(2027, 4, 30)),
        "T3": (date(2027, 4, 14), date(2027, 4, 26)),
        "T2": (date(2027, 4, 9), date(2027, 4, 13)),
        "T1": (date(2027, 3, 18), date(2027, 4, 8)),
    }
    assert working_days_between(date(2027, 4, 7), date(2027, 4, 8), DEMO) == 1  # «逾期 1 个工作日»
    closed = WorkCalendar(DEMO.years, {**DEMO.days, date(2027, 6, 18): CalendarDay(date(2027, 6, 18), "off", "停电")})
    assert back(date(2027, 6, 24), 6) == date(2027, 6, 17) and add_working_days(date(2027, 6, 24), -5, closed) == date(
        2027, 6, 16
    )
    assert DEMO.differences(closed) == closed.differences(DEMO) == {date(2027, 6, 18)}


def test_make_up_weekend_is_worked_and_weekday_holiday_is_not() -> None:
    assert is_working_day(date(2016, 2, 6), REAL) and date(2016, 2, 6).weekday() == 5
    assert not is_working_day(date(2016, 2, 8), REAL) and date(2016, 2, 8).weekday() == 0
    assert next_working_day(date(2016, 9, 14), REAL) == date(2016, 9, 18)  # a Sunday
    assert add_working_days(date(2016, 10, 8), 1, REAL) == date(2016, 10, 9)  # Saturday, then Sunday


def test_a_year_without_a_table_is_refused_or_flagged() -> None:
    for ask in (
        lambda: is_working_day(date(2031, 3, 3), REAL),
        lambda: is_statutory_holiday(date(2031, 3, 3), REAL),
        lambda: add_working_days(date(2026, 12, 25), 10, REAL),
        lambda: working_days_between(date(2026, 12, 25), date(2027, 1, 8), REAL),
        lambda: add_working_days(date(2004, 1, 5), -10, REAL),
        lambda: roll(date(2031, 10, 1), "statutory", REAL),
        lambda: roll(date(2031, 10, 1), "non_working", REAL),
    ):
        with pytest.raises(NoCalendar):
            ask()
    with pytest.raises(NoCalendar, match="2031"):
        is_working_day(date(2031, 3, 8), REAL)  # not even a Saturday is guessed: it may be a make-up day
    assert add_working_days(date(2026, 12, 31), 1, REAL, provisional=True) == date(2027, 1, 1)
    assert REAL.is_provisional(date(2026, 12, 31), date(2027, 1, 1)) and not REAL.is_provisional(date(2026, 12, 31))
    assert roll(date(2031, 10, 1), "none", REAL) == date(2031, 10, 1)


def test_months_end_on_the_same_number_or_the_last_day() -> None:
    assert add_months(date(2027, 1, 12), 6) == date(2027, 7, 12)
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2028, 3, 31), -1) == date(2028, 2, 29)
    assert add_months(date(2027, 12, 31), 12) == date(2028, 12, 31)
    assert add_months(date(2027, 5, 31), -17) == date(2025, 12, 31)


def test_roll_over_knows_a_holiday_from_a_weekend() -> None:
    """Order 18 rolls over a statutory holiday alone; it may then end on a plain Saturday."""
    assert roll(date(2027, 5, 3), "statutory", DEMO) == date(2027, 5, 6)
    assert roll(date(2027, 6, 10), "statutory", DEMO) == date(2027, 6, 12)  # a Saturday
    assert roll(date(2027, 6, 10), "non_working", DEMO) == date(2027, 6, 14)
    assert roll(date(2027, 4, 24), "statutory", DEMO) == date(2027, 4, 24)  # a Saturday without holiday
    assert roll(date(2027, 4, 24), "non_working", DEMO) == date(2027, 4, 25)  # the make-up Sunday
    assert roll(date(2027, 5, 8), "non_working", DEMO) == date(2027, 5, 8)  # the make-up Saturday
    closed = WorkCalendar(DEMO.years, {**DEMO.days, date(2027, 6, 18): CalendarDay(date(2027, 6, 18), "off", "停电")})
    assert roll(date(2027, 6, 18), "statutory", closed) == date(2027, 6, 18)
    assert roll(date(2027, 6, 18), "non_working", closed) == date(2027, 6, 21)
    with pytest.raises(ValueError, match="weekend"):
        roll(date(2027, 6, 18), "weekend", DEMO)


def test_a_table_that_contradicts_itself_is_no_table() -> None:
    with pytest.raises(ValueError, match="statutory"):
        CalendarDay(date(2027, 5, 1), "work", statutory=True)
    with pytest.raises(ValueError, match="kind"):
        CalendarDay(date(2027, 5, 1), "holiday")
    day = CalendarDay(date(2027, 5, 1), "off", "劳动节", statutory=True)
    assert CalendarDay.from_json(day.as_json()) == day


@settings(max_examples=80, deadline=None)
@given(DAYS, st.integers(-120, 120))
def test_adding_then_counting_gives_the_number_back(day: date, count: int) -> None:
    start = working_day_on_or_after(day, REAL)
    end = add_working_days(start, count, REAL)
    assert is_working_day(end, REAL)
    assert working_days_between(start, end, REAL) == count
    assert add_working_days(end, -count, REAL) == start


@settings(max_examples=80, deadline=None)
@given(DAYS, DAYS, st.integers(1, 60))
def test_a_later_event_never_ends_earlier(first: date, second: date, count: int) -> None:
    first, second = sorted((first, second))
    assert add_working_days(first, count, REAL) <= add_working_days(second, count, REAL)
    assert add_working_days(first, count, REAL) < add_working_days(first, count + 1, REAL)
    assert add_months(first, count) <= add_months(second, count)
    for policy in ("none", "statutory", "non_working"):
        assert roll(first, policy, REAL) <= roll(second, policy, REAL)


@settings(max_examples=80, deadline=None)
@given(DAYS)
def test_rolling_twice_is_rolling_once(day: date) -> None:
    for policy in ("statutory", "non_working"):
        once = roll(day, policy, REAL)
        assert once >= day and roll(once, policy, REAL) == once
        assert all(not is_working_day(skipped, REAL) for skipped in span(day, once - timedelta(days=1)))
    assert working_day_on_or_before(working_day_on_or_after(day, REAL), REAL) == working_day_on_or_after(day, REAL)
