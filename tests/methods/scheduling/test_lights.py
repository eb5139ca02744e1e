"""Lights by a rule that is data: never green after red, red only after the due day, one task and ten thousand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.scheduling import Rule, State, back_schedule, light, lights
from qualitycity.methods.scheduling.colours import COLOURS, GREEN, MADE_GOOD, NO_DATA, RED, YELLOW

from .cases import AFTER, EVERY_DAY, invented_2027, programme

RULE = Rule(yellow_days=3, yellow_share=0.2, short_period=5, short_days=2, yellow_lag=10, sign_within=1)
PLAN = back_schedule(programme(T5=20), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))


def colour(task: str, day: date, **state: object) -> str:
    return light(task, PLAN, day, RULE, State(**state)).colour  # type: ignore[arg-type]


def test_the_light_of_a_task_from_its_start_to_long_after() -> None:
    """T1: 2027-03-18 to 04-08, fifteen working days: yellow at three days left, red the day after."""
    assert colour("T1", date(2027, 3, 18)) == "green"
    assert colour("T1", date(2027, 4, 1)) == "green"  # 2, 6, 7, 8 April are left
    assert colour("T1", date(2027, 4, 2)) == "yellow"
    assert colour("T1", date(2027, 4, 8)) == "yellow"
    found = light("T1", PLAN, date(2027, 4, 9), RULE, State())
    assert found.colour == found.worst == "red" and (found.remaining, found.overdue) == (0, 1)


def test_made_good_is_for_ever_and_never_green() -> None:
    late = State(done=date(2027, 4, 9), worst="red")
    for day in (date(2027, 4, 9), date(2027, 12, 1)):
        found = light("T1", PLAN, day, RULE, late)
        assert found.colour == "made_good" and found.worst == "red"
    assert colour("T1", date(2027, 4, 9), done=date(2027, 4, 9)) == "made_good"  # even if nobody had seen it red
    assert colour("T1", date(2027, 4, 9), done=date(2027, 4, 8)) == "green"


def test_a_task_once_red_is_yellow_at_best_after_its_due_day_was_moved() -> None:
    assert colour("T9", date(2027, 6, 1), worst="red") == "yellow"
    assert colour("T9", date(2027, 6, 1), worst="yellow") == "green"
    assert light("T9", PLAN, date(2027, 6, 1), RULE, State(worst="yellow")).worst == "yellow"


def test_behind_plan_unsigned_and_without_data() -> None:
    assert light("T1", PLAN, date(2027, 3, 22), RULE, State(lag=10.5)).why == ("behind",)
    assert light("T1", PLAN, date(2027, 3, 22), RULE, State(lag=10)).colour == "green"
    assert light("T1", PLAN, date(2027, 3, 19), RULE, State(signed=False)).why == ("unsigned",)
    assert light("T1", PLAN, date(2027, 3, 18), RULE, State(signed=False)).colour == "green"
    grey = light("T1", PLAN, date(2027, 3, 22), RULE, State(known=False, worst="yellow"))
    assert grey.colour == "no_data" and grey.worst == "yellow"
    assert colour("T1", date(2027, 4, 9), known=False) == "red"  # lateness needs no report


def test_a_short_period_has_its_own_limit_and_a_long_one_a_share() -> None:
    start, today = np.array(["2027-03-01", "2027-03-01"]), date(2027, 3, 3)
    found = lights(start, ["2027-03-05", "2027-03-06"], today, RULE, EVERY_DAY,
                   done="NaT", lag=np.nan, signed=True, known=True, worst=0)  # fmt: skip
    assert found.colour.tolist() == [YELLOW, YELLOW] and found.remaining.tolist() == [2, 3]
    found = lights(start[0], "2027-05-09", date(2027, 4, 25), RULE, EVERY_DAY,
                   done="NaT", lag=np.nan, signed=True, known=True, worst=0)  # fmt: skip
    assert found.remaining.tolist() == [14] and found.colour.tolist() == [YELLOW]  # 20 % of 70 days


def test_it_is_red_on_the_rest_day_after_the_due_day() -> None:
    found = lights("2027-04-26", "2027-04-30", date(2027, 5, 1), RULE, invented_2027(),
                   done="NaT", lag=0.0, signed=True, known=True, worst=0)  # fmt: skip
    assert found.colour.tolist() == [RED] and found.remaining.tolist() == [0]


@given(st.integers(0, 2000), st.integers(0, 400))
def test_the_rules_hold_for_any_mix(seed: int, offset: int) -> None:
    rng = np.random.default_rng(seed)
    start = np.datetime64("2027-02-01") + rng.integers(0, 100, 60)
    due = start + rng.integers(0, 60, 60)
    done = np.where(rng.random(60) < 0.4, due + rng.integers(-5, 6, 60), np.datetime64("NaT", "D"))
    today = (np.datetime64("2027-02-01") + offset).item()
    worst = rng.integers(0, 3, 60)
    known = rng.random(60) < 0.7
    found = lights(start, due, today, RULE, EVERY_DAY, done=done, lag=rng.normal(0, 9, 60),
                   signed=rng.random(60) < 0.8, known=known, worst=worst)  # fmt: skip
    assert (found.worst >= worst).all()
    assert not ((found.colour == GREEN) & (found.worst == RED)).any()
    open_ = np.isnat(done)
    assert ((found.colour == RED) == (open_ & (np.datetime64(today) > due))).all()
    assert ((found.colour == MADE_GOOD) == (~open_ & (found.worst == RED))).all()
    assert (found.colour[~open_] != NO_DATA).all()
    again = lights(start, due, today, RULE, EVERY_DAY, done=done, lag=0.0, signed=True, known=True, worst=found.worst)
    assert (again.worst >= found.worst).all()


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda: light("T0", PLAN, date(2027, 4, 9), RULE, State()), "task: 'T0' is not in the plan"),
        (lambda: light("T1", PLAN, date(2027, 4, 9), RULE, State(worst="pink")), "worst: 'pink'"),
        (lambda: light("T1", PLAN, date(2031, 4, 9), RULE, State()), "2031-04-09 cannot be counted"),
        (lambda: Rule(-1, 2.0, 5, 2, 10, 1), "yellow_days: -1 is negative; yellow_share: 2.0"),
        (
            lambda: lights("2027-03-05", "2027-03-01", date(2027, 3, 1), RULE, EVERY_DAY, done="NaT", lag=0.0,
                           signed=True, known=True, worst=0),
            "due: 2027-03-01 lies before the start",
        ),
        (
            lambda: lights("2027-03-01", "2027-03-01", date(2027, 3, 1), RULE, EVERY_DAY, done="NaT", lag=0.0,
                           signed=True, known=True, worst=3),
            "worst: 3 is none",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named(act: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        act()  # type: ignore[operator]
    assert len(COLOURS) == 5
