"""People: personal data masked and erasable, to-dos that follow a case, deputies' boxes, who looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from qualitycity.kernel import clock
from qualitycity.kernel.access import personal
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting, actor_of
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, PersonalRecord, Unit, ViewLog
from qualitycity.kernel.access.services import (
    appoint,
    delegate,
    deputies,
    erase,
    list_region,
    list_unit,
    register_account,
    unmask,
)
from qualitycity.kernel.access.viewlog import looked, views_about
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import _Open, _opened, reading
from qualitycity.kernel.acts.queries import history
from qualitycity.kernel.jobs import DAILY, daily, run_day
from qualitycity.kernel.todo.models import Item
from qualitycity.kernel.todo.queries import box, counts
from qualitycity.kernel.todo.services import send
from qualitycity.kernel.todo.workflow import NOTICE


@pytest.fixture
def bureau(db: None) -> Iterator[Unit]:
    with role("desk"), acting(SYSTEM):
        city = list_region(code="339999", name="示例市", kind="city")
        yield list_unit(code="B", name="质量局", kind="bureau", region=city)


def person(unit: Unit, login: str, *posts: str, phone: str = "") -> Actor:
    account = register_account(username=login, display_name=login.upper(), phone=phone, hashed="!")
    for post in posts:
        appoint(account, post=post, unit=unit)
    return actor_of(account, clock.today())


def test_a_phone_is_encrypted_masked_and_unmasked_with_a_reason(bureau: Unit) -> None:
    chief = person(bureau, "chief", "section_chief")
    person(bureau, "lin", "clerk", phone="00012345678")
    lin = Account.objects.get(username="lin")
    stored = PersonalRecord.objects.get(ref=lin.ref)
    assert "12345678" not in stored.phone and personal.masked(lin.ref, "phone") == "000****5678"
    with acting(chief):
        assert unmask(lin, name="phone", reason="联系复查") == "00012345678"
    line = history(lin)[-1]
    assert (line.action, line.reason, line.facts) == ("查看完整个人信息", "联系复查", {"field": "phone"})


def test_erasure_destroys_the_key_and_the_record_still_names_the_ref(bureau: Unit) -> None:
    person(bureau, "lin", "clerk", phone="00012345678")
    lin = Account.objects.get(username="lin")
    erase(lin, reason="本人申请")
    record = PersonalRecord.objects.get(ref=lin.ref)
    assert (record.wrapped_key, record.phone) == ("", "") and personal.plain(lin.ref, "phone") == ""
    assert history(lin)[0].action == "新建账号"
    with acting(actor_of(lin, clock.today())):
        pass
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('city.act', 'x', true); UPDATE access_personalrecord SET wrapped_key = 'x'")


def test_a_todo_of_one_person_goes_to_the_deputy_too(bureau: Unit) -> None:
    boss, _stand_in = person(bureau, "boss", "section_chief"), person(bureau, "dep", "clerk")
    chief, deputy = Account.objects.get(username="boss"), Account.objects.get(username="dep")
    with reading():
        send(chief, "请阅", accounts=[chief.pk])
    today = clock.today()
    assert box(boss, "copies").count() == 1 and counts(boss)["messages"] == 1
    assert box(actor_of(deputy, today), "copies").count() == 0
    with acting(boss):
        delegate(principal=chief, deputy=deputy, since=today, until=today, reason_given="休假")
    assert box(actor_of(deputy, today), "copies").count() == 1
    with pytest.raises(KeyError):
        box(boss, "nothing")


def test_a_stranger_cannot_stand_in(bureau: Unit) -> None:
    """Colleagues and other offices may; a firm's people and citizens may not, and are not offered."""
    with acting(SYSTEM):
        firm = list_unit(code="F1", name="企业", kind="enterprise", region=bureau.region)
        town = list_unit(code="T1", name="镇政府", kind="town", region=bureau.region)
    boss = person(bureau, "boss", "section_chief")
    person(bureau, "dep", "clerk"), person(town, "far", "town"), person(firm, "quality", "enterprise")
    chief, today = Account.objects.get(username="boss"), clock.today()
    offered = set(deputies(chief).values_list("username", flat=True))
    assert {"dep", "far"} <= offered and not {"boss", "quality"} & offered
    stranger = Account.objects.get(username="quality")
    with acting(boss), pytest.raises(Refused, match="只能委托本单位"):
        delegate(principal=chief, deputy=stranger, since=today, until=today, reason_given="休假")


def test_duty_todos_stay_inside_the_jurisdiction(bureau: Unit) -> None:
    elsewhere = Actor(ref="p9", account_id=999, posts=frozenset({"section_chief"}), scopes=("110000",))
    here = person(bureau, "boss", "section_chief")
    with reading():
        send(bureau, "全科", duty="access.personal.unmask")
    assert (box(here, "copies").count(), box(elsewhere, "copies").count()) == (1, 0)


def test_the_laboratory_sees_only_its_own_todos(bureau: Unit) -> None:
    with reading():
        send(bureau, "桌面", duty="access.personal.unmask")
    with transaction.atomic(), role("lab"):
        assert Item.objects.count() == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(), reading():
            Item.objects.create(
                subject_type="x", subject_id="1", title="t", text="t", url="/", duty="d", opened_by="p", front="desk"
            )


def test_who_looked_at_a_firm_is_answered_and_cannot_be_edited(bureau: Unit) -> None:
    with acting(person(bureau, "chief", "section_chief")):
        looked(bureau, "查看抽中名单", about="91339999MAD0EM1036")
    found = views_about("91339999MAD0EM1036").get()
    assert (found.unit, found.what) == ("质量局", "查看抽中名单")
    for statement in ("UPDATE access_viewlog SET what = ''", "DELETE FROM access_viewlog"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ViewLog.objects.count() == 1


def test_one_failing_job_does_not_stop_the_day(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[date] = []

    @daily
    def breaks(day: date) -> None:
        raise RuntimeError("broken")

    @daily
    def works(day: date) -> None:
        seen.append(clock.today())

    try:
        kept, DAILY[:] = DAILY[:], [breaks, works]
        run_day(date(2027, 4, 7))
    finally:
        DAILY[:] = [job for job in kept if job not in (breaks, works)]
    assert seen == [date(2027, 4, 7)] and "breaks failed" in caplog.text


def test_a_clock_that_runs_out_reminds_and_then_escalates(bureau: Unit) -> None:
    from qualitycity.kernel import deadlines
    from qualitycity.kernel.clock.services import load_demo_calendar
    from qualitycity.kernel.todo.daily import remind_of_deadlines

    leader, chief = person(bureau, "top", "leader"), person(bureau, "boss", "section_chief")
    load_demo_calendar()
    opened = _Open(NOTICE, NOTICE.moves["remind"], bureau)
    with clock.on(date(2027, 4, 12)), transaction.atomic(), _opened(opened):
        send(bureau, "请处理", duty="access.personal.unmask", kind="do")
        clocked = deadlines.start(bureau, "D13", trigger=date(2027, 4, 12))
    seen = {}
    day = date(2027, 4, 13)
    while day <= date(2027, 5, 20):
        with clock.on(day):
            remind_of_deadlines(day)
        for name, actor in (("chief", chief), ("leader", leader)):
            for kind in ("copies", "supervised"):
                if box(actor, kind).exists():
                    seen.setdefault((name, kind), day)
        day = date.fromordinal(day.toordinal() + 1)
    assert clocked.due_date == date(2027, 5, 11), "20 working days: 04-25 and 05-08 are worked, 05-01 to 05-05 are off"
    assert seen[("chief", "supervised")] == seen[("leader", "supervised")] == date(2027, 5, 12)
    assert date(2027, 4, 13) < seen[("chief", "copies")] <= date(2027, 5, 11) and ("leader", "copies") not in seen
    assert box(leader, "supervised").count() == 1, "told once, not every morning"


def test_whoever_left_long_ago_comes_up_for_erasure_once(bureau: Unit) -> None:
    from qualitycity.kernel.access.daily import retention

    guard = person(bureau, "sec", "security_admin")
    gone, here = (register_account(username=name, display_name=name, hashed="!") for name in ("gone", "here"))
    appoint(gone, post="clerk", unit=bureau, since=date(2020, 1, 1), until=date(2024, 11, 30))
    appoint(here, post="clerk", unit=bureau, since=date(2020, 1, 1))
    for day in (date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1)):
        with clock.on(day):
            retention(day)
    assert [item.number for item in box(guard, "copies")] == ["gone"]
