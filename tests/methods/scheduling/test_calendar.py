"""Working calendars: golden dates, unknown years, bad tables."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.scheduling import WorkCalendar

from .cases import invented_2027, official, rows


def test_all_300_backward_queries(golden: Path) -> None:
    calendar = official(golden)
    found = rows(golden / "backward_workday_queries.csv")
    assert len(found) == 300
    for row in found:
        start, end = calendar.back(date.fromisoformat(row["deadline"]), int(row["duration_workdays"]))
        assert (start.isoformat(), end.isoformat()) == (row["latest_start"], row["last_workday_on_or_before_deadline"])
        assert (end - start).days == int(row["calendar_days"]) or (
            date.fromisoformat(row["deadline"]) - start
        ).days == int(row["calendar_days"])


def test_it_agrees_day_by_day_with_the_package_that_seeds_the_table(golden: Path) -> None:
    import chinese_calendar

    calendar = official(golden)
    for offset in range(calendar.working.size):
        day = calendar.first + timedelta(days=offset)
        assert calendar.working[offset] == chinese_calendar.is_workday(day)


def test_an_unknown_year_is_refused_and_never_taken_as_monday_to_friday(golden: Path) -> None:
    calendar = official(golden)
    with pytest.raises(ValueError, match="2027-01-04 cannot be counted with calendar «State Council"):
        calendar.index(date(2027, 1, 4), "forward")
    with pytest.raises(ValueError, match="2028 has no row"):
        WorkCalendar.of_weeks(date(2027, 1, 1), date(2028, 12, 31), off=[date(2027, 1, 1)], version="x")


def test_a_year_before_its_notice_is_marked_provisional() -> None:
    calendar = WorkCalendar.of_weeks(
        date(2027, 1, 1),
        date(2028, 12, 31),
        off=[date(2027, 1, 1)],
        version="x",
        provisional_from=date(2028, 1, 1),
    )
    assert not calendar.is_provisional(date(2027, 12, 31))
    assert calendar.is_provisional(date(2028, 1, 3))


def test_a_make_up_sunday_counts_and_a_rest_day_rolls_both_ways() -> None:
    calendar = invented_2027()
    assert calendar.date(calendar.index(date(2027, 4, 25), "backward")) == date(2027, 4, 25)
    assert calendar.date(calendar.index(date(2027, 5, 3), "backward")) == date(2027, 4, 30)
    assert calendar.date(calendar.index(date(2027, 5, 3), "forward")) == date(2027, 5, 6)


def test_the_table_can_be_stored_and_read_again() -> None:
    calendar = invented_2027()
    stored = calendar.exceptions()
    again = WorkCalendar.of_weeks(
        calendar.first,
        calendar.last,
        off=[day for day, works in stored if not works],
        on=[day for day, works in stored if works],
        version="again",
    )
    assert (again.working == calendar.working).all()


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any), st.integers(0, 59))
def test_indices_and_dates_are_inverse(working: list[bool], at: int) -> None:
    calendar = WorkCalendar(date(2027, 1, 1), np.array(working), "any")
    numbers = np.arange(calendar.days.size)
    assert (calendar.indices(calendar.dates(numbers), "forward") == numbers).all()
    assert (calendar.indices(calendar.dates(numbers), "backward") == numbers).all()
    day = calendar.first + timedelta(days=at % len(working))
    before = [other for other in range(at % len(working) + 1) if working[other]]
    if before:
        assert calendar.date(calendar.index(day, "backward")) == calendar.first + timedelta(days=before[-1])
    else:
        with pytest.raises(ValueError, match="cannot be counted"):
            calendar.index(day, "backward")


def test_all_faults_of_a_table_are_told_at_once() -> None:
    with pytest.raises(ValueError) as caught:
        WorkCalendar.of_weeks(
            date(2027, 1, 1),
            date(2027, 12, 31),
            off=[date(2027, 5, 1), date(2026, 5, 1)],
            on=[date(2027, 5, 1)],
            version="x",
        )
    assert "2027-05-01 is in both" in str(caught.value) and "2026-05-01 lies outside" in str(caught.value)


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda: WorkCalendar(date(2027, 1, 1), np.array([1, 0]), "x"), "working: a non-empty array of bool"),
        (lambda: WorkCalendar(date(2027, 1, 1), np.array([True]), ""), "version"),
        (lambda: invented_2027().index(date(2027, 5, 3), "up"), "roll: «backward» or «forward», not 'up'"),
        (lambda: invented_2027().back(date(2027, 5, 3), 0), "duration: at least one"),
        (lambda: invented_2027().date(-1), "working day -1 is outside calendar «2027 invented»"),
        (lambda: invented_2027().back(date(2027, 1, 5), 30), "is outside calendar"),
        (lambda: WorkCalendar.of_weeks(date(2027, 2, 1), date(2027, 1, 1), version="x"), "last: 2027-01-01 lies"),
    ],
)
def test_bad_input_is_named(act: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        act()  # type: ignore[operator]
