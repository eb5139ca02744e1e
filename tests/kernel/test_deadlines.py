"""Deadlines: from event and rule to the last day; extension, suspension, lateness that stays; what nobody can undo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.kernel import clock, deadlines
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.services import list_region
from qualitycity.kernel.acts import Refused, engine
from qualitycity.kernel.clock.calendar import CalendarDay, NoCalendar, WorkCalendar
from qualitycity.kernel.clock.seed import demo_years
from qualitycity.kernel.clock.services import draft_year, load_demo_calendar, preview_year, revise_year
from qualitycity.kernel.deadlines import Light, NotAPeriod, compute_due
from qualitycity.kernel.deadlines.models import Deadline, DeadlineChange
from qualitycity.kernel.rulebook import RuleValue, rule, services
from qualitycity.kernel.rulebook.queries import compared, newest
from qualitycity.kernel.rulebook.usage import running
from qualitycity.kernel.rulebook.workflow import RULEBOOK

# A made-up line of history lets the last day move, but not without owning up to the lateness until then.
FORGED = """
INSERT INTO deadlines_deadlinechange (deadline_id, kind, made_on, recorded_at, by, old_due, new_due, amount, reason)
  SELECT id, 'extend', '2027-05-01', now(), 'x', due_date, '2030-01-01', 9, 'x' FROM deadlines_deadline
   WHERE status = 'running';
UPDATE deadlines_deadline SET due_date = '2030-01-01' WHERE status = 'running'
"""
DEMO = WorkCalendar(
    {table.year: table.status for table in demo_years()}, {day.day: day for table in demo_years() for day in table.days}
)


def period(value: Any, unit: str = "calendar_day", **more: Any) -> RuleValue:
    return RuleValue("X", 1, "某期限", value, unit, **more)


def due(value: RuleValue, trigger: str, **more: Any) -> str:
    options = {"calendar": DEMO, "roll_weekends": False, **more}
    return compute_due(value, date.fromisoformat(trigger), **options).due.isoformat()


ORDER_18 = {"roll": "statutory"}


@pytest.mark.parametrize(
    ("rule_value", "event", "last"),
    [
        (period(15, **ORDER_18), "2027-04-12", "2027-04-27"),  # the day of delivery is not counted
        (period(15, **ORDER_18), "2027-04-20", "2027-05-06"),  # 5 May is Labour Day: the first day after the holiday
        (period(15, **ORDER_18), "2027-05-26", "2027-06-12"),  # … which here is a plain Saturday, and stays it
        (period(15, **ORDER_18), "2027-04-09", "2027-04-24"),  # a plain Saturday is no statutory holiday
        (period(60, **ORDER_18), "2027-03-01", "2027-04-30"),
        (period(60, **ORDER_18), "2027-03-05", "2027-05-06"),
        (period(75, **ORDER_18), "2027-03-27", "2027-06-12"),
        (period(60), "2027-03-05", "2027-05-04"),
        (period(5, "working_day"), "2027-04-28", "2027-05-08"),  # over Labour Day to the make-up Saturday
        (period(20, "working_day"), "2027-04-12", "2027-05-11"),
        (period(3, "working_day"), "2027-04-02", "2027-04-08"),
        (period(6, "month"), "2027-01-12", "2027-07-12"),
        (period(6, "month"), "2027-08-31", "2028-02-29"),
        (period(1, "year"), "2027-02-28", "2028-02-28"),
        (period(3, "month", before=True), "2027-05-31", "2027-02-28"),
        (period({"month": 6, "day": 30}, "annual_date"), "2027-06-30", "2027-06-30"),
        (period({"month": 6, "day": 30}, "annual_date"), "2027-07-01", "2028-06-30"),
        (period({"month": 2, "day": 29}, "annual_date"), "2027-01-05", "2027-02-28"),
    ],
)
def test_last_days_worked_by_hand(rule_value: RuleValue, event: str, last: str) -> None:
    assert due(rule_value, event) == last


def test_the_weekend_switch_moves_a_plain_saturday_too() -> None:
    objection = period(15, **ORDER_18)
    assert due(objection, "2027-04-09", roll_weekends=True) == "2027-04-25"  # Saturday → the make-up Sunday
    assert due(objection, "2027-05-26", roll_weekends=True) == "2027-06-14"  # holiday → Saturday → Monday
    assert due(objection, "2027-04-23", roll_weekends=True) == "2027-05-08"  # the make-up Saturday is worked
    assert due(period(60), "2027-03-05", roll_weekends=True) == "2027-05-04", "a rule that never rolls is not touched"


def test_the_window_of_the_second_recheck_is_day_61_to_day_89() -> None:
    found = compute_due(period({"after": 60, "before": 90}), date(2027, 3, 1), DEMO, roll_weekends=False)
    assert (found.window_from, found.due) == (date(2027, 5, 1), date(2027, 5, 29))
    assert (found.window_from - date(2027, 3, 1)).days == 61 and (found.due - date(2027, 3, 1)).days == 89


def test_what_is_no_period_gives_no_last_day() -> None:
    for value in (period(20, "percent"), period(24, "hour"), period("x", "text")):
        with pytest.raises(NotAPeriod):
            compute_due(value, date(2027, 3, 1), DEMO, roll_weekends=False)


def test_a_year_without_a_calendar_is_refused_or_provisional() -> None:
    days = period(10, "working_day")
    with pytest.raises(NoCalendar, match="2029"):
        compute_due(days, date(2028, 12, 27), DEMO)
    found = compute_due(days, date(2028, 12, 27), DEMO, provisional=True)
    assert (found.due, found.provisional) == (date(2029, 1, 10), True)
    with pytest.raises(NoCalendar):
        compute_due(period(15, **ORDER_18), date(2028, 12, 27), DEMO, roll_weekends=False)
    plain = compute_due(period(15), date(2028, 12, 27), DEMO)
    assert not plain.provisional, "calendar days that never roll need no calendar"
    assert not compute_due(days, date(2027, 3, 1), DEMO).provisional


@settings(max_examples=80, deadline=None)
@given(
    st.dates(date(2027, 1, 2), date(2028, 6, 30)),
    st.dates(date(2027, 1, 2), date(2028, 6, 30)),
    st.integers(1, 60),
    st.sampled_from(["calendar_day", "working_day"]),
    st.sampled_from(["none", "statutory", "non_working"]),
    st.booleans(),
)
def test_later_events_and_longer_periods_never_end_earlier(
    first: date, second: date, count: int, unit: str, policy: str, weekends: bool
) -> None:
    early, later = sorted((first, second))
    short, longer = period(count, unit, roll=policy), period(count + 1, unit, roll=policy)

    def last(value: RuleValue, trigger: date) -> date:
        return compute_due(value, trigger, DEMO, roll_weekends=weekends).due

    assert last(short, early) <= last(short, later)
    assert last(short, early) <= last(longer, early)
    assert last(short, early) > early
    assert last(short, early) == last(short, early)
    added = compute_due(short, early, DEMO, roll_weekends=weekends, extended_by=1)
    assert added.due == last(longer, early)


# --- clocks of cases -------------------------------------------------------------------------------------------------


@pytest.fixture
def case(db: None) -> Iterator[Region]:
    """Something with a number and a place that clocks can hang on; the test runs as the desk's database role."""
    with role("desk"):
        with acting(SYSTEM):
            load_demo_calendar()
            town = list_region(code="339999", name="示例市", kind="city")
        yield town


@contextmanager
def act(day: str, actor: Actor = SYSTEM) -> Iterator[None]:
    """An act under way on a business date, as the engine opens one."""
    opened = engine._Open(RULEBOOK, RULEBOOK.moves["load"], None)
    with clock.on(date.fromisoformat(day)), acting(actor), transaction.atomic(), engine._opened(opened):
        yield


def test_three_clocks_two_anchors(case: Region) -> None:
    """domain.md 12.1: objection runs from receipt, correction and recheck from the day of the order."""
    with act("2027-04-20"):
        objection = deadlines.start(case, "D01", trigger=date(2027, 4, 20))
        correction = deadlines.start(case, "D06", trigger=date(2027, 4, 12))
        recheck = deadlines.start(case, "D07", trigger=date(2027, 4, 12))
    assert [d.due_date.isoformat() for d in (objection, correction, recheck)] == [
        "2027-05-06",
        "2027-06-12",
        "2027-06-26",
    ]
    assert [d.rule_id for d in deadlines.of(case)] == ["D01", "D06", "D07"]
    assert objection.rule.basis.startswith("产品质量监督抽查管理暂行办法")


def test_clocks_are_changed_within_acts_only(case: Region) -> None:
    with acting(SYSTEM), pytest.raises(RuntimeError, match="by acts only"):
        deadlines.start(case, "D01")
    with pytest.raises(DatabaseError), transaction.atomic():
        Deadline.objects.update(status="waived")


def test_done_in_time_is_green_done_late_is_made_good_for_ever(case: Region) -> None:
    with act("2027-03-15"):
        deadlines.start(case, "D13")
        deadlines.start(case, "D15")
    with act("2027-03-18"):
        met = deadlines.meet(case, "D15")
    with act("2027-04-30"):
        assert deadlines.running(case, "D13").light() is Light.OVERDUE
        assert deadlines.running(case, "D13").days_left() == -14
        late = deadlines.meet(case, "D13")
    assert met is not None and late is not None
    assert (met.status, met.was_late, met.light(date(2030, 1, 1))) == ("met", False, Light.NORMAL)
    assert (late.status, late.was_late, late.light(date(2030, 1, 1))) == ("late", True, Light.MADE_GOOD)
    with act("2027-05-06"):
        assert deadlines.meet(case, "D13") is None, "no clock runs any more"
        assert deadlines.start(case, "D13").pk != late.pk, "the same duty may arise again"


def test_a_right_that_lapses_is_nobodys_lateness(case: Region) -> None:
    with act("2027-04-12"):
        deadlines.start(case, "D01", trigger=date(2027, 4, 12))
    with act("2027-04-29"):
        lapsed = deadlines.meet(case, "D01")
    assert lapsed is not None
    assert (lapsed.status, lapsed.met_on, lapsed.was_late) == ("expired", None, False)
    assert lapsed.light() is Light.NORMAL


def test_what_a_clock_refuses(case: Region) -> None:
    with act("2027-04-12"):
        deadlines.start(case, "D08", trigger=date(2027, 4, 12))
        with pytest.raises(Refused, match="已在计时,末日 2027-07-10"):
            deadlines.start(case, "D08", trigger=date(2027, 4, 1))
    with act("2027-06-10"), pytest.raises(Refused, match="最早 2027-06-12"):
        deadlines.meet(case, "D08")
    with act("2027-06-20"):
        with pytest.raises(Refused, match="还没有到"):
            deadlines.meet(case, "D08", on=date(2027, 6, 21))
        with pytest.raises(Refused, match="早于起算日"):
            deadlines.meet(case, "D08", on=date(2027, 4, 1))
        with pytest.raises(Refused, match="不能延长"):
            deadlines.extend(case, "D08", reason="忙")
        with pytest.raises(Refused, match="不能中止"):
            deadlines.suspend(case, "D08", reason="忙")
        with pytest.raises(Refused, match="没有正在计时"):
            deadlines.extend(case, "D18", reason="忙")


def test_the_extension_of_the_old_regime_is_asked_five_days_before_and_once(case: Region) -> None:
    """D10: thirty days from receipt, thirty more, asked at least five days before the end, once."""
    case.regime = "AQSIQ133"  # type: ignore[attr-defined]
    with act("2019-03-01"):
        first = deadlines.start(case, "D10", trigger=date(2019, 3, 1))
        assert (first.due_date, first.extendable) == (date(2019, 3, 31), True)
    with act("2019-03-27"):
        with pytest.raises(Refused, match="最迟应在 2019-03-26 申请"):
            deadlines.extend(case, "D10", reason="设备未到")
        with pytest.raises(Refused, match="1 至 30"):
            deadlines.extend(case, "D10", reason="设备未到", amount=31, asked_on=date(2019, 3, 20))
        extended = deadlines.extend(case, "D10", reason="设备未到", asked_on=date(2019, 3, 26))
    assert (extended.first_due, extended.due_date, extended.extended_to) == (
        date(2019, 3, 31),
        date(2019, 4, 30),
        date(2019, 4, 30),
    )
    assert (extended.was_late, extended.extendable) == (False, False)
    change = DeadlineChange.objects.get(deadline=extended)
    assert (change.old_due, change.new_due, change.reason) == (date(2019, 3, 31), date(2019, 4, 30), "设备未到")
    with act("2019-04-10"), pytest.raises(Refused, match="只能延长 1 次"):
        deadlines.extend(case, "D10", reason="再来")


def test_an_extension_approved_too_late_does_not_whitewash(case: Region) -> None:
    with act("2027-03-15"):
        deadlines.start(case, "D18")
    with act("2027-04-10"):
        extended = deadlines.extend(case, "D18", reason="补办手续", asked_on=date(2027, 3, 30))
        assert (extended.due_date, extended.was_late) == (date(2027, 4, 26), True)
    with act("2027-04-20"):
        met = deadlines.meet(case, "D18")
    assert met is not None and met.status == "late" and met.light() is Light.MADE_GOOD


def test_testing_time_is_not_counted_in_a_seizure(case: Region) -> None:
    with act("2027-03-01"):
        deadlines.start(case, "D21")
    with act("2027-03-10"):
        deadlines.suspend(case, "D21", reason="送检")
        with pytest.raises(Refused, match="已经中止"):
            deadlines.suspend(case, "D21", reason="送检")
    with act("2027-04-20"):
        still = deadlines.running(case, "D21")
        assert still is not None and still.is_suspended and still.light() is Light.NORMAL
        resumed = deadlines.resume(case, "D21", reason="检毕", on=date(2027, 4, 9))
    assert (resumed.first_due, resumed.due_date, resumed.suspended_days) == (date(2027, 3, 31), date(2027, 4, 30), 30)
    assert not resumed.was_late, "the days of testing are nobody's lateness"
    with act("2027-04-21"):
        deadlines.suspend(case, "D21", reason="复检")
    with act("2027-04-23"):
        met = deadlines.meet(case, "D21")
    assert met is not None and (met.status, met.due_date) == ("met", date(2027, 5, 2))
    assert list(met.changes.values_list("kind", flat=True)) == ["suspend", "resume", "suspend", "resume"]


def test_waiving_keeps_lateness(case: Region) -> None:
    with act("2027-03-01"):
        deadlines.start(case, "D15")
    with act("2027-03-20"):
        waived = deadlines.waive(case, "D15", reason="信息已由上级撤回")
    assert (waived.status, waived.was_late) == ("waived", True)


def test_a_clock_keeps_the_version_of_its_start(case: Region) -> None:
    with act("2027-03-01"):
        before = deadlines.start(case, "D13")
    with clock.on(date(2027, 3, 1)), acting(SYSTEM):
        base = newest("D13")
        assert base is not None
        changes = {"value": 10, "in_force_from": date(2027, 3, 2)}
        services.revise_rule(base=base, changes=changes, reason="上级修订")
    with act("2027-03-08"):
        town = list_region(code="339999001", name="东河镇", kind="town")
        after = deadlines.start(town, "D13")
        older = list_region(code="339999002", name="西塘镇", kind="town")
        older.started_at = date(2027, 3, 1)  # type: ignore[attr-defined]
        kept = deadlines.start(older, "D13")
    assert [d.rule.version for d in (before, after, kept)] == [1, 2, 1]
    assert [d.first_due.isoformat() for d in (before, after, kept)] == ["2027-03-29", "2027-03-22", "2027-04-06"]
    assert {version: (r.clocks, r.cases) for version, r in running("D13").items()} == {1: (2, 2), 2: (1, 1)}
    with clock.on(date(2027, 3, 8)):
        assert dict(compared("D13"))["正在适用"] == ["1 个案件、1 个时限", "2 个案件、2 个时限"]
        assert rule("D13").amount == 10


def test_a_new_day_off_moves_clocks_with_a_line_each_after_a_preview(case: Region) -> None:
    """journeys.md J1 step 8: 2027-06-18 becomes non-working; before saving, what moves is told."""
    with act("2027-06-14"):
        over = deadlines.start(case, "D13", trigger=date(2027, 6, 1))
        ended = deadlines.start(case, "D15", trigger=date(2027, 6, 14))
        natural = deadlines.start(case, "D06", trigger=date(2027, 6, 1))
    assert over.due_date == date(2027, 7, 2)
    with clock.on(date(2027, 6, 14)), acting(Actor(ref="a", posts=frozenset({"admin"}))):
        table = draft_year(2027, add=[CalendarDay(date(2027, 6, 18), "off", "停电")])
        [(title, changes)] = preview_year(table)
        assert (str(title), [(c.before, c.after) for c in changes]) == ("时限", [(date(2027, 7, 2), date(2027, 7, 5))])
        over.refresh_from_db()
        assert over.due_date == date(2027, 7, 2), "a preview moves nothing"
        revise_year(table=table, version=1, because="6 月 18 日停电", reason="6 月 18 日停电")
    for deadline in (over, ended, natural):
        deadline.refresh_from_db()
    assert [over.due_date, ended.due_date, natural.due_date] == [date(2027, 7, 5), date(2027, 6, 17), date(2027, 7, 31)]
    change = over.changes.get()
    assert (change.kind, change.reason, change.by, change.old_due) == (
        "calendar",
        "6 月 18 日停电",
        "a",
        date(2027, 7, 2),
    )


def test_a_provisional_last_day_is_settled_when_the_calendar_comes(case: Region) -> None:
    with act("2028-12-27"):
        deadline = deadlines.start(case, "D13")
    assert deadline.provisional and deadline.due_date == date(2029, 1, 24)
    with clock.on(date(2028, 12, 28)), acting(SYSTEM):
        table = draft_year(
            2029, add=[CalendarDay(date(2029, 1, 1), "off", "元旦", True)], status="official", source="通知"
        )
        revise_year(table=table, version=0, because="2029 年放假通知", reason="2029 年放假通知")
    deadline.refresh_from_db()
    assert not deadline.provisional and deadline.due_date == date(2029, 1, 25)
    assert deadline.changes.get().reason == "2029 年放假通知"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE deadlines_deadline SET was_late = false", "was late and stays so"),
        (
            "UPDATE deadlines_deadline SET due_date = '2030-01-01' WHERE status = 'running'",
            "only with a line of its history",
        ),
        ("UPDATE deadlines_deadline SET extended_by = 9 WHERE status = 'running'", "only with a line of its history"),
        ("UPDATE deadlines_deadline SET trigger_date = '2027-04-01'", "does not change"),
        ("UPDATE deadlines_deadline SET first_due = '2030-01-01'", "does not change"),
        (
            "UPDATE deadlines_deadline SET status = 'running', met_on = NULL WHERE status = 'late'",
            "is closed and stays so",
        ),
        ("DELETE FROM deadlines_deadline", "never deleted"),
        ("UPDATE deadlines_deadlinechange SET old_due = '2030-01-01'", "append-only"),
        ("DELETE FROM deadlines_deadlinechange", "append-only"),
        (
            FORGED,
            "was late before its last day moved",
        ),
        (
            "SET session_replication_role = replica; UPDATE deadlines_deadline SET was_late = false",
            "was late and stays so",
        ),
    ],
)
def test_nobody_turns_back_a_clock_not_even_the_owner(case: Region, owner_sql: Any, sql: str, says: str) -> None:
    with act("2027-03-01"):
        deadlines.start(case, "D18")
        deadlines.start(case, "D15")
        deadlines.start(case, "D22")
    with act("2027-03-20"):
        deadlines.extend(case, "D18", reason="补查")
        deadlines.meet(case, "D15")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match=says):
        owner_sql(sql)


def test_a_clock_cannot_be_called_met_when_it_was_not(case: Region) -> None:
    with act("2027-03-01"):
        deadline = deadlines.start(case, "D15")
    for wrong in (
        {"status": "met", "met_on": date(2027, 3, 20)},
        {"status": "met"},
        {"status": "late", "met_on": date(2027, 3, 20)},
    ):
        with act("2027-03-20"), pytest.raises(DatabaseError, match="deadline_end"), transaction.atomic():
            Deadline.objects.filter(pk=deadline.pk).update(**wrong)


def test_the_laboratory_sees_its_own_clocks_alone(case: Region) -> None:
    with act("2027-03-01"):
        deadlines.start(case, "D13")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE lab")
        cursor.execute("SELECT count(*) FROM deadlines_deadline")
        assert cursor.fetchone() == (0,)
        cursor.execute("SET ROLE visitor")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT count(*) FROM deadlines_deadline")
        cursor.execute("SET ROLE desk")
    assert Deadline.objects.count() == 1


def test_the_engine_starts_a_clock_on_the_day_of_the_event(case: Region) -> None:
    """A start in the past or future by the event's own day: the version is that of the start, never a later one."""
    with act("2027-04-12"):
        renewal = deadlines.start(case, "D26", trigger=date(2027, 9, 1))
        overdue = deadlines.start(case, "D15", trigger=date(2027, 3, 1))
    assert renewal.due_date == date(2027, 6, 1) and renewal.light(date(2027, 4, 12)) is Light.NORMAL
    assert renewal.light(date(2027, 6, 2)) is Light.OVERDUE
    assert overdue.light(date(2027, 4, 12)) is Light.OVERDUE
    with act("2027-05-20"):
        met = deadlines.meet(case, "D26")
    assert met is not None and met.status == "met"
    assert date(2027, 4, 12) - timedelta(days=1) < renewal.started_on
