"""Nobody has to remember what comes next: each step of the draw stands in somebody's 待办, and leaves it when done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.todo.queries import box
from qualitycity.supervision.sampling import services

from . import play

pytestmark = pytest.mark.usefixtures("pack")
LATER = datetime(2027, 4, 9, 9, 30, tzinfo=play.SHANGHAI)
SAMPLING = "sampling."


def todo(as_login: Any, login: str) -> list[str]:
    """What an account has to do about draws, in words, each once."""
    with as_login(login) as actor:
        return sorted(set(box(actor, "todo").filter(subject_type__startswith=SAMPLING).values_list("text", flat=True)))


def where(as_login: Any, login: str, text: str) -> str:
    """The address behind a to-do."""
    with as_login(login) as actor:
        return box(actor, "todo").get(text=text).url


def test_from_the_plan_to_the_announcement(as_login: Any) -> None:
    plan = play.the_plan()
    assert todo(as_login, "section") == ["请编制抽样名单"]
    frame = play.build(as_login)
    assert todo(as_login, "section") == ["请核对抽样名单并公布"]
    assert where(as_login, "section", "请核对抽样名单并公布") == frame.get_absolute_url()
    play.publish(as_login, frame)
    assert todo(as_login, "section") == [] and todo(as_login, "host") == ["摇号会议待主持"]
    with as_login("section"), pytest.raises(Refused, match="还在进行"):
        services.frame_plan(plan)


def test_a_plan_goes_to_and_fro(as_login: Any) -> None:
    plan = play.the_plan()
    with as_login("section"):
        services.amend_plan(plan, reason="改抽取数")
    assert todo(as_login, "section") == ["抽查计划待报备案"] and todo(as_login, "leader") == []
    with as_login("section"):
        services.file_plan(plan)
    assert todo(as_login, "section") == [] and todo(as_login, "leader") == ["抽查计划待批准"]
    with as_login("leader"):
        services.return_plan(plan, reason="写明由来")
    assert todo(as_login, "section") == ["抽查计划待报备案"] and todo(as_login, "leader") == []


def test_through_the_ceremony_and_the_visits(as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    round_ = play.first_round(draw)
    stage = f"/desk/sampling/rounds/{round_.pk}/stage/"
    assert where(as_login, "host", "摇号会议待主持") == stage
    witnesses = play.convene(as_login, round_)
    assert todo(as_login, "host") == []
    play.throw(round_, witnesses)
    assert todo(as_login, "host") == ["骰数已经固定,请摇号"]
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        services.draw_round(round_)
    assert todo(as_login, "host") == ["已摇号,请匹配检验机构和抽样人员"]
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        services.match_round(round_)
    assert todo(as_login, "host") == ["已匹配,请生成纪要"]
    play.sign_off(as_login, round_, witnesses)
    assert todo(as_login, "host") == []
    assert todo(as_login, "s06") == ["有新的抽样任务"] and todo(as_login, "keeper") == []

    shut = play.visits(draw)[play.firm(11)]
    with clock.on(date(2027, 4, 8)), as_login("s05"):
        services.report_shut(shut, cause="stopped", photos=play.photos())
    assert todo(as_login, "town_b") == ["请到现场核实一家企业的状况"] and todo(as_login, "town_e") == []
    with as_login("town_b"):
        services.confirm_shut(shut)
    assert todo(as_login, "town_b") == [] and todo(as_login, "section") == ["停业企业待递补"]
    assert where(as_login, "section", "停业企业待递补") == f"/desk/sampling/draws/{draw.pk}/replacement/"
    with clock.on(date(2027, 4, 8)), as_login("section"):
        second = services.announce_replacement(draw, ceremony_at=LATER, place=play.PLACE)
    assert todo(as_login, "section") == [] and todo(as_login, "host") == ["摇号会议待主持"]
    play.hold(as_login, second, day=date(2027, 4, 9))
    for visit in play.visits(draw).values():
        if visit.state == "planned":
            with clock.on(date(2027, 4, 12)), as_login("section"):
                services.record_sampled(visit)
    assert todo(as_login, "s06") == [] and todo(as_login, "keeper") == ["报告全部签发后,请在此记录"]
    assert how_many(as_login, "keeper") == 2
    for one in (round_, second):
        with as_login("keeper"):
            services.record_last_report_signed(one)
    assert todo(as_login, "keeper") == [] and todo(as_login, "section") == ["摇号已全部公开,请办结计划"]
    plan = play.the_plan()
    with as_login("section"):
        services.complete_plan(plan)
    assert todo(as_login, "section") == []


def how_many(as_login: Any, login: str) -> int:
    with as_login(login) as actor:
        return box(actor, "todo").count()


def test_a_void_round_waits_for_the_next_announcement(as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    round_ = play.first_round(draw)
    play.throw(round_, play.convene(as_login, round_))
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        services.void_round(round_, reason="两名见证人都确认了错误的数字")
    assert todo(as_login, "host") == [] and todo(as_login, "section") == ["一轮已作废,请另行公告"]
    assert where(as_login, "section", "一轮已作废,请另行公告") == f"/desk/sampling/draws/{draw.pk}/again/"
    with clock.on(play.CEREMONY_DAY), as_login("section"):
        services.announce_again(draw, ceremony_at=LATER, place=play.PLACE)
    assert todo(as_login, "section") == [] and todo(as_login, "host") == ["摇号会议待主持"]


def test_a_voided_draw_goes_back_to_building(as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    with clock.on(play.J2_DAY), as_login("section"):
        services.void_draw(draw, reason="名称有误")
    assert todo(as_login, "host") == [] and todo(as_login, "section") == ["请核对抽样名单并公布"]
