"""What goes wrong at a ceremony has its way and its public trace."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts import Faults, Refused
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.disclosure.models import Publication
from qualitycity.kernel.evidence.queries import attachments
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Round

from . import play

pytestmark = pytest.mark.usefixtures("pack")
NEXT_DAY = datetime(2027, 4, 8, 9, 30, tzinfo=play.SHANGHAI)


@pytest.fixture
def announced(as_login: Any) -> Round:
    return play.first_round(play.publish(as_login, play.build(as_login)))


def page(round_: Round) -> dict:
    with role("visitor"):
        publication = Publication.objects.get(kind="draw")
        return publication.versions.get(number=publication.current).payload


def events(round_: Round) -> list[str]:
    return [event["what"] for event in page(round_)["events"]]


def test_the_ceremony_opens_on_its_day_and_not_before(announced: Round, as_login: Any) -> None:
    with clock.on(play.J2_DAY), as_login("host"), pytest.raises(Refused, match="公告的摇号日期是 2027-04-07"):
        services.convene_round(announced)


def test_section_and_host_cannot_type_digits(announced: Round, as_login: Any) -> None:
    play.convene(as_login, announced)
    for login in ("section", "host", "leader", "admin"):
        with clock.on(play.CEREMONY_DAY), as_login(login), pytest.raises(Refused, match="没有「输入骰数」的职责"):
            services.write_digits(announced, digits="123")


def test_a_digit_a_die_does_not_have_is_refused_with_its_place(announced: Round, as_login: Any) -> None:
    witnesses = play.convene(as_login, announced)
    with play.as_witness(witnesses[0]), pytest.raises(Faults) as refused:
        services.write_digits(announced, digits="51472X")
    assert [(fault.row, fault.value) for fault in refused.value.faults] == [(4, "7"), (6, "X")]
    with play.as_witness(witnesses[0]), pytest.raises(Faults, match="只差 20 个"):
        services.write_digits(announced, digits="1" * 21)


def test_confirming_takes_two_witnesses_and_the_whole_string(announced: Round, as_login: Any) -> None:
    witnesses = play.convene(as_login, announced)
    with play.as_witness(witnesses[0]):
        services.write_digits(announced, digits=play.DIGITS[:19])
        with pytest.raises(Refused, match="须正好 20 个"):
            services.confirm_digits(announced, play.DIGITS[:19])
        services.write_digits(announced, digits=play.DIGITS[19:])
        with pytest.raises(Refused, match="已变"):
            services.confirm_digits(announced, "1" * 20)
        services.confirm_digits(announced, play.DIGITS)
        assert announced.state == "dice"
        with pytest.raises(Refused, match="还需另一名"):
            services.confirm_digits(announced, play.DIGITS)
        with pytest.raises(Faults, match="须先清空"):
            services.write_digits(announced, digits="1")
    with play.as_witness(witnesses[1]):
        services.confirm_digits(announced, play.DIGITS)
        assert announced.state == "confirmed" and announced.digits == play.DIGITS
        with pytest.raises(Refused, match="骰数已固定"):
            services.clear_digits(announced)


def test_a_wrong_string_is_cleared_and_both_tries_stay_on_record(announced: Round, as_login: Any) -> None:
    witnesses = play.convene(as_login, announced)
    with play.as_witness(witnesses[0]):
        services.write_digits(announced, digits="6" * 20)
        services.confirm_digits(announced, "6" * 20)
    with play.as_witness(witnesses[1]):
        services.clear_digits(announced)
    play.throw(announced, witnesses)
    with role("desk"):
        assert announced.digits == play.DIGITS
        assert list(announced.entries.values_list("attempt", flat=True)) == [1, 2, 2, 2]


def test_a_code_is_used_once_and_a_lost_phone_gets_a_new_one(announced: Round, as_login: Any) -> None:
    with clock.on(play.CEREMONY_DAY):
        with as_login("host"):
            services.convene_round(announced)
            first = announced.seated.get(seat=1)
        with role("desk"):
            services.sign_in_by_code(first.shown_code, "陈市民", "citizen")
            with pytest.raises(Refused, match="用过了|已经用过"):
                services.sign_in_by_code(first.code, "别人", "press")
            with pytest.raises(Refused, match="没有这个见证码"):
                services.sign_in_by_code("0000000000", "别人", "press")
            with pytest.raises(Faults) as refused:
                services.sign_in_by_code(first.code, "陈", "mayor")
            assert [fault.field for fault in refused.value.faults] == ["name", "capacity"]
        with as_login("host"):
            services.reissue_code(announced, witness=first)
            again = announced.seated.get(seat=1)
        with role("desk"):
            with pytest.raises(Refused, match="姓名与此不同"):
                services.sign_in_by_code(again.code, "王替身", "citizen")
            witness, _key = services.sign_in_by_code(again.code, "陈市民", "citizen")
            assert witness.pk == first.pk


def test_a_missing_witness_is_struck_out_in_public_and_two_suffice(announced: Round, as_login: Any) -> None:
    with clock.on(play.CEREMONY_DAY):
        with as_login("host"):
            services.convene_round(announced)
            seats = list(announced.seated)
        for seat, (name, capacity) in list(zip(seats, play.PEOPLE, strict=True))[:2]:
            with role("desk"):
                services.sign_in_by_code(seat.code, name, capacity)
        with as_login("host"):
            with pytest.raises(Refused, match="还没有到齐:2 / 3"):
                services.begin_dice(announced)
            with pytest.raises(Refused, match="理由"):
                services.strike_witness(announced, witness=seats[2])
            services.strike_witness(announced, witness=seats[2], reason="堵车,过时未到")
            services.begin_dice(announced)
    assert "见证席 3 缺席:堵车,过时未到" in events(announced)
    with play.as_witness(seats[2]), pytest.raises(Refused, match="缺席"):
        services.write_digits(announced, digits="1")


def test_with_one_witness_left_the_ceremony_must_be_postponed(announced: Round, as_login: Any) -> None:
    with clock.on(play.CEREMONY_DAY):
        with as_login("host"):
            services.convene_round(announced)
            seats = list(announced.seated)
        with role("desk"):
            services.sign_in_by_code(seats[0].code, *play.PEOPLE[0])
        with as_login("host"):
            for seat in seats[1:]:
                services.strike_witness(announced, witness=seat, reason="未到")
            with pytest.raises(Refused, match="不足 2 人,须改期"):
                services.begin_dice(announced)
            with pytest.raises(Refused, match="最早 2027-04-08"):
                services.postpone_round(announced, ceremony_at=play.CEREMONY, reason="人不够")
            services.postpone_round(announced, ceremony_at=NEXT_DAY, place="二楼会议室", reason="见证人不足")
    public = page(announced)["rounds"][0]
    assert public["ceremony_at"] == "2027-04-08T09:30:00+08:00" and public["place"] == "二楼会议室"
    assert public["postponements"][0]["reason"] == "见证人不足"
    assert page(announced)["papers"]["1"]["announcement"]["draw_at"] == "2027-04-07T09:30:00+08:00"
    with clock.on(date(2027, 4, 8)), as_login("host"):
        services.convene_round(announced)
        assert announced.seated.count() == 3 and not [seat for seat in announced.seated if seat.present]


def test_power_lost_on_stage_resumes_where_it_was(announced: Round, as_login: Any) -> None:
    witnesses = play.convene(as_login, announced)
    with play.as_witness(witnesses[0]):
        services.write_digits(announced, digits=play.DIGITS[:9])
    with role("desk"):
        again = Round.objects.get(pk=announced.pk)  # a new process knows nothing but the database
    assert again.state == "dice"
    with play.as_witness(witnesses[2]):
        services.write_digits(again, digits=play.DIGITS[9:])
        services.confirm_digits(again, play.DIGITS)
    with play.as_witness(witnesses[0]):
        services.confirm_digits(again, play.DIGITS)
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        services.draw_round(again)
        with pytest.raises(Refused, match="现在的状态是"):
            services.draw_round(again)


def test_wrong_digits_confirmed_by_both_void_the_round_in_public(
    announced: Round, as_login: Any, tmp_path: Path
) -> None:
    draw = announced.draw
    play.throw(announced, play.convene(as_login, announced), "6" * 20)
    with clock.on(play.CEREMONY_DAY):
        with as_login("section"), pytest.raises(Refused, match="没有「宣布本轮作废」的职责"):
            services.void_round(announced, reason="x")
        with as_login("host"):
            services.void_round(announced, reason="两名见证人都看错了一颗骰子")
            with pytest.raises(Refused):
                services.draw_round(announced)
        with as_login("section"):
            with pytest.raises(Refused, match="没有核实停业"):
                services.announce_replacement(draw, ceremony_at=NEXT_DAY, place=play.PLACE)
            fresh = services.announce_again(draw, ceremony_at=NEXT_DAY, place=play.PLACE)
    assert fresh.number_in_draw == 2 and fresh.take == announced.take
    assert fresh.draw_commitment != announced.draw_commitment
    public = page(announced)
    assert public["rounds"][0]["void_reason"] == "两名见证人都看错了一颗骰子"
    assert public["rounds"][0]["digits"] == "6" * 20
    assert public["papers"]["1"]["transcript"]["void"]["reason"] == "两名见证人都看错了一颗骰子"
    play.hold(as_login, fresh, play.DIGITS, date(2027, 4, 8))
    assert page(announced)["rounds"][1]["count"] == 4
    assert play.verified(play.bundle(draw), tmp_path).returncode == 0
    visits = play.visits(draw).values()
    with clock.on(date(2027, 4, 12)), as_login("section"):
        for visit in visits:
            services.record_sampled(visit)
    assert page(announced)["state"] == "opened" and page(announced)["rounds"][0]["secret"] == "demo-secret-one"
    outcome = play.verified(play.bundle(draw), tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_a_drawn_round_can_neither_be_voided_nor_drawn_again(announced: Round, as_login: Any) -> None:
    draw = announced.draw
    play.hold(as_login, announced)
    with clock.on(play.CEREMONY_DAY):
        with as_login("host"), pytest.raises(Refused, match="现在的状态是「已签字」"):
            services.void_round(announced, reason="结果不合适")
        with as_login("section"):
            with pytest.raises(Refused, match="现在的状态是「已摇号」"):
                services.void_draw(draw, reason="结果不合适")
            with pytest.raises(Refused, match="没有作废待重摇的一轮"):
                services.announce_again(draw, ceremony_at=NEXT_DAY, place=play.PLACE)


def test_an_infeasible_matching_is_explained_in_numbers_and_mended_in_public(as_login: Any) -> None:
    from qualitycity.kernel.access.models import Region
    from qualitycity.registry import services as registry
    from qualitycity.registry.models import Lab, LabQualification, ProductCategory

    with clock.on(play.J2_DAY), as_login("section"):
        for lab in Lab.objects.all():
            registry.edit_lab(lab, capacity=1)
    frame = play.build(as_login)
    round_ = play.first_round(play.publish(as_login, frame))
    play.throw(round_, play.convene(as_login, round_))
    with clock.on(play.CEREMONY_DAY):
        with as_login("host"):
            services.draw_round(round_)
            with pytest.raises(Refused, match="需要 4 个名额.*最多承担 3 个,差 1 个"):
                services.match_round(round_)
        with as_login("section"):
            with pytest.raises(Refused, match="没有新的可用机构"):
                services.supplement_pool(round_, reason="补一家")
            added = registry.register_lab(
                number="L4",
                name="示例检测四所",
                code="91339999MAD0EM840Q",
                region=Region.objects.get(code="339999"),
                capacity=2,
            )
            proof = LabQualification.objects.first()
            registry.qualify_lab(added, cma_no="444444444444", issued_on=proof.issued_on, valid_to=proof.valid_to)
            category = ProductCategory.objects.get(name="袜子")
            registry.extend_lab(added, category=category, items=[{"item": "pH", "method": "GB/T 7573-2009"}])
            clients = [one.row.enterprise for one in round_.drawn.all()][:3]
            for client in clients:
                registry.declare_interest(enterprise=client, kind="client", lab=added)
            services.supplement_pool(round_, reason="三家各只能承担一批,补充一家")
        with as_login("host"):
            services.match_round(round_)
        with as_login("section"):
            got = {one.row.enterprise.name for one in round_.drawn.all() if one.lab_match.lab.short_no == "L4"}
    assert round_.state == "matched"
    assert len(got) == 1 and not got & {client.name for client in clients}, "a newcomer does not test its own clients"
    assert any("补充 L4:三家各只能承担一批" in what for what in events(round_))


def test_a_shut_firm_needs_a_cause_two_photos_and_the_town(announced: Round, as_login: Any) -> None:
    draw = announced.draw
    play.hold(as_login, announced)
    visit = play.visits(draw)[play.firm(11)]
    with clock.on(date(2027, 4, 8)):
        with as_login("s05"), pytest.raises(Faults) as refused:
            services.report_shut(visit, cause="unsuitable", photos=[io.BytesIO(play.PHOTO)])
        assert [fault.field for fault in refused.value.faults] == ["cause", "photos"]
        with as_login("s01"), pytest.raises(Refused, match="不是派给您的"):
            services.record_sampled(visit)
        with as_login("s05"):
            services.report_shut(visit, cause="stopped", photos=play.photos())
        for login, sees in (("s05", 2), ("town_b", 2), ("town_w", 0), ("s01", 0), ("section", 2)):
            with as_login(login):
                assert attachments(visit).count() == sees, f"{login}: the photos of a firm whose name is not public"
        with as_login("town_w"), pytest.raises(Refused, match="管辖范围"):
            services.confirm_shut(visit)
        with role("desk"):
            told = Act.objects.filter(workflow="sampling.visit").values_list("region_path", flat=True)
            assert set(told) == {draw.region_path}, "a line read before the names open does not tell the town"
        with as_login("section"), pytest.raises(Refused, match="没有核实停业"):
            services.announce_replacement(
                draw, ceremony_at=datetime(2027, 4, 9, 9, 30, tzinfo=play.SHANGHAI), place=play.PLACE
            )
        with as_login("town_b"):
            services.dispute_shut(visit, reason="厂里在开工")
        assert visit.state == "planned" and visit.cause == ""


def test_names_wait_for_a_replacement_or_a_public_waiver(announced: Round, as_login: Any) -> None:
    draw = announced.draw
    play.hold(as_login, announced)
    visits = play.visits(draw)
    with clock.on(date(2027, 4, 8)):
        with as_login("s05"):
            services.report_shut(visits[play.firm(11)], cause="closed", photos=play.photos())
        with as_login("town_b"):
            services.confirm_shut(visits[play.firm(11)])
        with as_login("section"):
            services.record_sampled(visits[play.firm(10)])
            services.record_refused(visits[play.firm(6)], reason="拒不开门")
            services.record_not_sampled(visits[play.firm(4)], reason="样品不足")
        assert page(announced)["state"] == "drawn"
        with as_login("section"):
            services.leave_unreplaced(visits[play.firm(11)], reason="计划即将到期")
    assert page(announced)["state"] == "opened"


def test_on_stage_a_reserve_is_called_in_its_order(as_login: Any) -> None:
    plan = play.the_plan()
    with clock.on(play.J2_DAY):
        with as_login("section"):
            services.amend_plan(plan, reason="当场公开,备选三家")
            with pytest.raises(Faults, match="只有当场公开才有备选名单"):
                services.edit_plan(plan, strata=[{"code": "socks", "title": "袜子", "take": 4, "reserve": 3}])
            strata = [{"code": "socks", "title": "袜子", "take": 4, "reserve": 3}]
            services.edit_plan(plan, mode="on_stage", strata=strata)
            services.file_plan(plan)
        with as_login("leader"):
            services.approve_plan(plan)
    draw = play.publish(as_login, play.build(as_login, plan), mode="on_stage")
    round_ = play.first_round(draw)
    play.hold(as_login, round_)
    reserves = [unit["name"][-2:] for unit in page(round_)["drawn"] if unit["reserve"]]
    assert reserves == ["12", "03", "08"]
    visit = play.visits(draw)[play.firm(11)]
    with clock.on(date(2027, 4, 8)):
        with as_login("s05"):
            services.report_shut(visit, cause="stopped", photos=play.photos())
        with as_login("town_b"):
            services.confirm_shut(visit)
        with as_login("section"):
            services.call_reserve(visit)
    called = play.visits(draw)[play.firm(12)]
    with role("desk"):
        assert called.number.endswith("-1-B1") and called.state == "planned"
        assert called.drawn.lab_match.lab.short_no == "L2"
        assert [one.sampler.short_no for one in called.drawn.team.all()] == ["S04", "S05"]


def test_a_sealed_draw_has_no_reserve_to_call(announced: Round, as_login: Any) -> None:
    draw = announced.draw
    play.hold(as_login, announced)
    visit = play.visits(draw)[play.firm(11)]
    with clock.on(date(2027, 4, 8)):
        with as_login("s05"):
            services.report_shut(visit, cause="stopped", photos=play.photos())
        with as_login("town_b"):
            services.confirm_shut(visit)
        with as_login("section"), pytest.raises(Refused, match="没有备选名单"):
            services.call_reserve(visit)
