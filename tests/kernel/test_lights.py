"""Lights: word and shape, the amber rule of domain.md 2.6, and that they remember."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.kernel.clock.calendar import WorkCalendar, add_working_days
from qualitycity.kernel.clock.seed import demo_years
from qualitycity.kernel.deadlines import Light, LightRule, light, light_of

DEMO = WorkCalendar(
    {table.year: table.status for table in demo_years()}, {day.day: day for table in demo_years() for day in table.days}
)
NUMBERS = LightRule(near_days=3, near_share=20, short_period=5, short_near_days=2, lag=10)
MONDAY = date(2027, 3, 15)


def lit(start: date | None, due: date | None, today: date, **more: object) -> Light:
    return light_of(start=start, due=due, today=today, calendar=DEMO, numbers=NUMBERS, **more)  # type: ignore[arg-type]


def test_each_light_has_a_word_and_a_shape_of_its_own() -> None:
    assert [f"{item.word}{item.shape}" for item in Light] == ["正常●", "临期▲", "逾期■", "补办◆", "无数据○"]
    assert len({item.shape for item in Light}) == 5


def test_the_parcel_of_the_journey_turns_amber_on_the_next_working_day() -> None:
    """journeys.md J1 step 7: issued Monday, three working days to sign; on Tuesday the unsigned are ▲."""
    due = add_working_days(MONDAY, 3, DEMO)
    assert due == date(2027, 3, 18)
    assert lit(MONDAY, due, MONDAY, unsigned=True) is Light.NORMAL
    assert lit(MONDAY, due, date(2027, 3, 16), unsigned=True) is Light.NEAR
    assert lit(MONDAY, due, due, unsigned=True) is Light.NEAR
    assert lit(MONDAY, due, date(2027, 3, 19), unsigned=True) is Light.OVERDUE


def test_what_waits_for_a_signature_is_amber_from_the_next_working_day_though_four_are_left() -> None:
    due = add_working_days(MONDAY, 5, DEMO)
    assert lit(MONDAY, due, date(2027, 3, 16), unsigned=True) is Light.NEAR
    assert lit(MONDAY, due, date(2027, 3, 16)) is Light.NORMAL
    assert (
        lit(date(2027, 3, 19), add_working_days(date(2027, 3, 19), 5, DEMO), date(2027, 3, 21), unsigned=True)
        is Light.NORMAL
    )


@pytest.mark.parametrize(
    ("period", "amber_from"), [(4, 2), (5, 2), (6, 3), (10, 3), (15, 3), (16, 3), (20, 4), (40, 8), (60, 12)]
)
def test_amber_begins_at_three_days_or_a_fifth_of_the_period(period: int, amber_from: int) -> None:
    due = add_working_days(MONDAY, period, DEMO)
    for left in range(period + 1):
        today = add_working_days(due, -left, DEMO)
        assert lit(MONDAY, due, today) is (Light.NEAR if left <= amber_from else Light.NORMAL), left


def test_red_only_after_the_last_day_and_weekends_do_not_count() -> None:
    due = date(2027, 3, 26)  # a Friday
    assert lit(MONDAY, due, due) is Light.NEAR
    assert lit(MONDAY, due, date(2027, 3, 27)) is Light.OVERDUE
    assert (
        lit(MONDAY, date(2027, 3, 28), date(2027, 3, 27)) is Light.NEAR
    )  # a Sunday: no working day left, not yet past


def test_lag_behind_plan_is_amber_above_ten_points() -> None:
    due = add_working_days(MONDAY, 60, DEMO)
    assert lit(MONDAY, due, MONDAY, lag=10) is Light.NORMAL
    assert lit(MONDAY, due, MONDAY, lag=10.5) is Light.NEAR


def test_without_a_last_day_there_is_no_light_to_give() -> None:
    assert lit(MONDAY, None, MONDAY) is Light.NO_DATA
    assert lit(None, date(2027, 5, 31), MONDAY) is Light.NORMAL


def test_done_late_is_made_good_for_ever_and_never_green() -> None:
    due = date(2027, 4, 7)
    assert lit(MONDAY, due, date(2027, 4, 8)) is Light.OVERDUE
    assert lit(MONDAY, due, date(2027, 4, 8), met_on=date(2027, 4, 8)) is Light.MADE_GOOD
    assert lit(MONDAY, due, date(2031, 1, 1), met_on=date(2027, 4, 8)) is Light.MADE_GOOD
    assert lit(MONDAY, due, date(2027, 4, 9), met_on=date(2027, 4, 7)) is Light.NORMAL
    assert lit(MONDAY, date(2027, 5, 30), date(2027, 4, 9), met_on=date(2027, 4, 9), was_late=True) is Light.MADE_GOOD


def clock(**more: object) -> SimpleNamespace:
    plain = {"status": "running", "nature": "duty", "was_late": False, "is_suspended": False}
    version = SimpleNamespace(signature=False)
    start, due = MONDAY, date(2027, 3, 26)
    return SimpleNamespace(**{**plain, "period_from": start, "due_date": due, "rule_version": version, **more})


def test_a_lapsed_right_a_ban_and_a_suspended_clock_are_nobodys_lateness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LightRule, "in_force", classmethod(lambda cls: NUMBERS))
    after, near = date(2027, 4, 20), date(2027, 3, 25)
    assert light(clock(), after, DEMO) is Light.OVERDUE
    assert light(clock(nature="right"), after, DEMO) is Light.NORMAL
    assert light(clock(nature="right"), near, DEMO) is Light.NEAR
    assert light(clock(nature="bar"), near, DEMO) is Light.NORMAL
    assert light(clock(is_suspended=True), after, DEMO) is Light.NORMAL
    assert light(clock(status="expired", nature="right"), after, DEMO) is Light.NORMAL
    assert light(clock(status="waived", was_late=True), after, DEMO) is Light.MADE_GOOD


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.integers(0, 90), st.integers(0, 90))
def test_while_undone_a_light_only_gets_worse(period: int, first: int, second: int) -> None:
    order = [Light.NORMAL, Light.NEAR, Light.OVERDUE]
    due = add_working_days(MONDAY, period, DEMO)
    early, later = sorted((first, second))
    lights = [lit(MONDAY, due, MONDAY + timedelta(days=days)) for days in (early, later)]
    assert order.index(lights[0]) <= order.index(lights[1])
