"""The clock: demonstration only, recorded, skipped days made up in order. The pages of clock, calendar and rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from qualitycity.kernel import clock, jobs
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting, current_actor
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.duties import room_modules
from qualitycity.kernel.access.models import Account
from qualitycity.kernel.access.services import appoint, list_region, list_unit, register_account
from qualitycity.kernel.acts import Faults, Refused
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.clock import store
from qualitycity.kernel.clock.calendar import CalendarDay, NoCalendar, is_working_day, next_working_day
from qualitycity.kernel.clock.models import CalendarYear, ClockSetting
from qualitycity.kernel.clock.services import (
    draft_year,
    load_demo_calendar,
    load_official_calendar,
    release_clock,
    revise_year,
    set_clock,
)
from qualitycity.kernel.rulebook import rule, versions

ADMIN = Actor(ref="admin-1", posts=frozenset({"admin"}))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[date, date, str]]:
    """Every run of the daily jobs: the day given, the business date it ran on, and who acted."""
    room_modules("daily")
    seen: list[tuple[date, date, str]] = []
    monkeypatch.setattr(jobs, "DAILY", [lambda day: seen.append((day, clock.today(), current_actor().ref))])
    return seen


def test_without_a_setting_business_time_is_real_time(db: None) -> None:
    assert clock.demo_day() is None
    assert clock.today() == clock.real_now().date()
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(hours=8)


def test_setting_the_clock_runs_the_skipped_days_in_order(db: None, ran: list[tuple[date, date, str]]) -> None:
    with role("desk"), acting(ADMIN):
        set_clock(day=date(2027, 4, 6))
        ran.clear()
        set_clock(day=date(2027, 4, 9))
        days = [date(2027, 4, 7), date(2027, 4, 8), date(2027, 4, 9)]
        assert ran == [(day, day, "system") for day in days], "each on its own day, as the system"
        assert clock.today() == date(2027, 4, 9)
        assert clock.now().time().replace(microsecond=0) <= clock.real_now().time()
        ran.clear()
        set_clock(day=date(2027, 3, 1))
        assert (ran, clock.today()) == ([], date(2027, 3, 1)), "going back makes nothing happen"
        release_clock()
        assert clock.today() == clock.real_now().date()
        shown = [row.day and row.day.isoformat() for row in ClockSetting.objects.order_by("pk")]
    assert shown == ["2027-04-06", "2027-04-09", "2027-03-01", None], "every setting stays on record"


def test_the_line_of_the_record_carries_real_time_and_business_date(db: None, ran: list) -> None:
    with role("desk"), acting(ADMIN):
        set_clock(day=date(2027, 4, 6))
        line = Act.objects.get(verb="set", outcome="done")
        assert (line.business_date, line.actor) == (date(2027, 4, 6), "admin-1")
        assert abs(line.at - clock.real_now()) < timedelta(minutes=1)
        assert '"day":"2027-04-06"' in line.line


def test_only_the_administrator_of_a_demonstration_sets_the_clock(db: None, ran: list, settings: Any) -> None:
    with role("desk"):
        for posts in ({"coordinator"}, {"security_admin"}, {"auditor"}, set()):
            with (
                acting(Actor(ref="x", posts=frozenset(posts))),
                pytest.raises(Refused, match="没有「拨到这一天」的职责"),
            ):
                set_clock(day=date(2027, 4, 6))
        with acting(ADMIN):
            with pytest.raises(Refused, match="没有拨过"):
                release_clock()
            set_clock(day=date(2027, 4, 6))
            settings.CITY_DEMO = False
            assert clock.today() == clock.real_now().date(), (
                "a real installation never pretends, whatever the table says"
            )
            for refused in (lambda: set_clock(day=date(2027, 4, 7)), release_clock, load_demo_calendar):
                with pytest.raises(Refused, match="只有演示环境"):
                    refused()
    assert all(day <= date(2027, 4, 6) for day, _today, _who in ran)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), date(2035, 1, 1), date(9999, 12, 31)])
def test_a_year_without_a_calendar_is_not_set(db: None, ran: list, day: date) -> None:
    with role("desk"), acting(ADMIN), pytest.raises(Refused, match="别的年份没有工作日历"):
        set_clock(day=day)
    assert not ran and clock.demo_day() is None


@pytest.mark.parametrize("table", ["clock_clocksetting", "clock_calendaryear", "clock_calendaredition"])
def test_settings_and_years_are_never_changed_or_deleted(db: None, ran: list, owner_sql: Any, table: str) -> None:
    with role("desk"), acting(ADMIN):
        set_clock(day=date(2027, 4, 6))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for sql in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}", f"UPDATE {table} SET id = -id"):
        with pytest.raises(DatabaseError, match="append-only"):
            owner_sql(sql)


def test_a_setting_outside_an_act_is_refused(db: None) -> None:
    for name in ("desk", "lab", "visitor"):
        with role(name), pytest.raises(DatabaseError), transaction.atomic():
            ClockSetting.objects.create(day=date(2027, 4, 6), before=date(2027, 4, 5), state="set")


def test_the_official_years_are_there_and_load_once(db: None) -> None:
    with role("desk"), acting(SYSTEM):
        assert load_official_calendar().added == ()
        table = store.in_force()
        assert set(range(2004, 2027)) <= set(table.years) and table.status(2026) == "official"
        assert is_working_day(date(2026, 2, 14)) and not is_working_day(date(2026, 2, 16))
        with pytest.raises(NoCalendar, match="2027"):
            next_working_day(date(2026, 12, 31))
        assert next_working_day(date(2026, 12, 31), provisional=True) == date(2027, 1, 1)
        assert load_demo_calendar().added == (2027, 2028)
        assert next_working_day(date(2026, 12, 31)) == date(2027, 1, 4)
        assert load_demo_calendar().added == ()


def test_a_citys_own_day_off_survives_the_next_load(db: None) -> None:
    with role("desk"), acting(ADMIN):
        table = draft_year(2026, add=[CalendarDay(date(2026, 12, 24), "off", "停电")])
        revise_year(table=table, version=1, because="停电", reason="停电")
        assert not is_working_day(date(2026, 12, 24))
        with pytest.raises(Refused, match="刚刚被改过"):
            revise_year(table=table, version=1, because="停电", reason="停电")
    with role("desk"), acting(SYSTEM):
        loaded = load_official_calendar()
        assert (loaded.added, loaded.kept) == ((), (2026,))
        assert [row.version for row in CalendarYear.objects.filter(year=2026)] == [1, 2]
        again = draft_year(2026, remove=[date(2026, 12, 24)])
        assert again.days == tuple(sorted(CalendarYear.objects.get(year=2026, version=1).table().values()))


def test_all_faults_of_a_year_at_once(db: None) -> None:
    with role("desk"):
        wrong = [
            CalendarDay(date(2025, 12, 24), "off", "外年"),
            CalendarDay(date(2026, 10, 1), "off", "国庆节", statutory=True),
            CalendarDay(date(2026, 12, 25), "work"),
            CalendarDay(date(2026, 12, 26), "off"),
        ]
        with pytest.raises(Faults) as faults:
            draft_year(2026, add=wrong, remove=[date(2026, 12, 31)], status="sure")
        assert [(fault.field, fault.value) for fault in faults.value.faults] == [
            ("remove", "2026-12-31"),
            ("first", "2025-12-24"),
            ("first", "2026-10-01"),
            ("kind", "2026-12-25"),
            ("kind", "2026-12-26"),
            ("status", "sure"),
        ]
        with pytest.raises(Faults, match="没有任何改动"):
            draft_year(2026)
        with pytest.raises(Faults, match="依据"):
            draft_year(2030, status="provisional")


# --- the pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sign_in(db: None, ran: list) -> Any:
    """A browser signed in as the holder of a post."""
    with role("desk"), acting(SYSTEM):
        load_demo_calendar()
        city = list_region(code="339999", name="示例市", kind="city")
        unit = list_unit(code="I", name="信息中心", kind="office", region=city)

    def be(post: str) -> Client:
        with role("desk"), acting(SYSTEM):
            account = register_account(username=post, display_name=post)
            appoint(account, post=post, unit=unit, since=date(2026, 1, 1))
        client = Client()
        client.force_login(Account.objects.get(pk=account.pk), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return be


def text(response: Any) -> str:
    return response.content.decode()


def test_the_administrator_sets_the_clock_in_the_page(sign_in: Any, ran: list) -> None:
    admin = sign_in("admin")
    assert "演示时钟没有拨过" in text(admin.get("/desk/clock/"))
    asked = admin.post("/desk/clock/", {"day": "2027-04-06", "_step": "ask"})
    assert "按顺序补做" in text(asked) and ran == []
    done = admin.post("/desk/clock/", {"day": "2027-04-06", "_step": "commit"})
    assert (done.status_code, done["Location"]) == (302, "/desk/clock/")
    assert ran[-1][0] == date(2027, 4, 6)
    shown = text(admin.get("/desk/clock/"))
    assert "2027-04-06" in shown and "恢复实际时间" in shown
    assert admin.post("/desk/clock/release/", {"_step": "commit"}).status_code == 302
    assert "演示时钟没有拨过" in text(admin.get("/desk/clock/"))
    assert admin.post("/desk/clock/", {"day": "31/4", "_step": "ask"}).status_code == 422


def test_a_day_off_is_added_in_the_page_after_a_look_at_what_moves(sign_in: Any) -> None:
    admin = sign_in("admin")
    shown = text(admin.get("/desk/clock/calendar/2027/"))
    assert "虚构" in shown and "端午节" in shown and "调休上班" in shown
    wish = {"first": "2027-06-18", "kind": "off", "name": "停电", "status": "invented", "source": "供电公司通知"}
    wrong = admin.post(
        "/desk/clock/calendar/2027/revise/", {**wish, "last": "2027-06-01", "reason": "停电", "_step": "ask"}
    )
    assert wrong.status_code == 422 and "早于起始日" in text(wrong) and "供电公司通知" in text(wrong)
    asked = admin.post("/desk/clock/calendar/2027/revise/", {**wish, "reason": "停电", "_step": "ask"})
    assert "没有已推算的日期会变动" in text(asked)
    done = admin.post("/desk/clock/calendar/2027/revise/", {**wish, "reason": "停电", "_step": "commit"})
    assert (done.status_code, done["Location"]) == (302, "/desk/clock/calendar/2027/")
    with role("desk"):
        assert not is_working_day(date(2027, 6, 18))
        assert [row.version for row in CalendarYear.objects.filter(year=2027)] == [1, 2]
    assert "停电" in text(admin.get("/desk/clock/calendar/2027/"))
    missing = text(admin.get("/desk/clock/calendar/2031/"))
    assert "2031 年还没有工作日历" in missing and "录入这一年" in missing
    new_year = {
        "first": "2031-01-01",
        "kind": "off",
        "name": "元旦",
        "statutory": "on",
        "status": "official",
        "source": "国办通知",
    }
    admin.post("/desk/clock/calendar/2031/revise/", {**new_year, "reason": "通知已发布", "_step": "commit"})
    assert "还没有工作日历" not in text(admin.get("/desk/clock/calendar/2031/"))
    assert admin.get("/desk/clock/calendar/1999/").status_code == 404


def test_rules_are_listed_filtered_and_opened(sign_in: Any) -> None:
    section = sign_in("section_chief")
    listed = text(section.get("/desk/rulebook/?per=100"))
    assert "D01" in listed and "[MODEL]" in listed
    low = text(section.get("/desk/rulebook/?confidence=low&per=100"))
    assert "D23a" in low and "D06" not in low
    months = text(section.get("/desk/rulebook/?unit=month&per=100"))
    assert "D09" in months and "D13" not in months
    found = text(section.get("/desk/rulebook/?q=召回&per=100"))
    assert "D24a" in found and "D01" not in found
    opened = text(section.get("/desk/rulebook/D01/"))
    assert "第 1 版" in opened and "第 2 版" in opened and "总局令第133号" in opened
    assert "修订" not in opened.split("<main")[1].split("各版本对照")[0], "no button for those who may not"
    assert section.get("/desk/rulebook/D99/").status_code == 404
    assert section.get("/desk/rulebook/light.near_days/revise/").status_code == 403
    workbook = section.get("/desk/rulebook/?export=xlsx")
    assert workbook.content[:2] == b"PK"


def test_a_rule_is_revised_in_the_page(sign_in: Any) -> None:
    admin = sign_in("admin")
    page = "/desk/rulebook/light.near_days/revise/"
    assert "现有 0 个案件、0 个时限" in text(admin.get(page))
    tomorrow = (clock.real_now().date() + timedelta(days=1)).isoformat()
    typed = {
        "value": "4",
        "roll": "none",
        "in_force_from": tomorrow,
        "source": "本市规定",
        "confidence": "model",
        "model": "on",
    }
    late = admin.post(page, {**typed, "in_force_from": "2020-01-01", "reason": "统一", "_step": "ask"})
    assert late.status_code == 422 and "不得溯及" in text(late)
    assert "一个也不会变动" in text(admin.post(page, {**typed, "reason": "统一", "_step": "ask"}))
    done = admin.post(page, {**typed, "reason": "统一", "_step": "commit"})
    assert (done.status_code, done["Location"]) == (302, "/desk/rulebook/light.near_days/")
    with role("desk"):
        assert [row.value for row in versions("light.near_days")] == [3, 4]
        assert rule("light.near_days").amount == 3
    assert "第 2 版" in text(admin.get("/desk/rulebook/light.near_days/"))


@pytest.mark.parametrize(
    "rule_id", ["D08", "D10", "D27a", "calendar.roll_weekends", "regime.changed_on", "sampling.mode", "D26"]
)
def test_each_kind_of_value_has_its_form(sign_in: Any, rule_id: str) -> None:
    admin = sign_in("admin")
    with role("desk"):
        regime = versions(rule_id)[-1].regime
    page = admin.get(f"/desk/rulebook/{rule_id}/revise/?regime={regime}")
    assert page.status_code == 200 and 'name="in_force_from"' in text(page)


def test_clocks_are_listed_with_light_and_opened(sign_in: Any) -> None:
    from qualitycity.kernel import deadlines
    from qualitycity.kernel.access.models import Region
    from qualitycity.kernel.acts import engine
    from qualitycity.kernel.rulebook.workflow import RULEBOOK

    chief = sign_in("section_chief")
    opened = engine._Open(RULEBOOK, RULEBOOK.moves["load"], None)
    with role("desk"), acting(SYSTEM), clock.on(date(2026, 3, 2)), transaction.atomic(), engine._opened(opened):
        deadline = deadlines.start(Region.objects.get(code="339999"), "D13")
    listed = text(chief.get("/desk/deadlines/"))
    assert "主动公开政府信息" in listed and "逾期" in listed and "2026-03-30" in listed
    assert "2026-03-30" not in text(chief.get("/desk/deadlines/?light=near"))
    assert "2026-03-30" in text(chief.get("/desk/deadlines/?light=overdue&status=running"))
    shown = text(chief.get(f"/desk/deadlines/{deadline.pk}/"))
    assert "政府信息公开条例" in shown and "没有变过" in shown
    assert sign_in("clerk").get("/desk/deadlines/").status_code == 403
    assert sign_in("sampler").get(f"/desk/deadlines/{deadline.pk}/").status_code == 403
