"""J2 of journeys.md through the services, with its exact answers, in both modes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.disclosure.models import Publication
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Draw, DrawnUnit, Round

from . import play

pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def drawn(as_login: play.AsLogin) -> Iterator[Draw]:
    """The draw of the journey after step 9."""
    draw = play.publish(as_login, play.build(as_login))
    play.hold(as_login, play.first_round(draw))
    yield draw


def payload(draw: Draw) -> dict:
    with role("visitor"):
        publication = Publication.objects.get(kind="draw", slug=draw.slug)
        return publication.versions.get(number=publication.current).payload


def names(round_: Round, **which: object) -> list[str]:
    with role("desk"):
        return list(round_.drawn.filter(reserve=False, **which).values_list("row__name", flat=True))


def pairs(round_: Round) -> dict[str, tuple[str, list[str]]]:
    with role("desk"):
        found = round_.drawn.select_related("row", "lab_match__lab").prefetch_related("team__sampler")
        return {
            one.row.name[-2:]: (one.lab_match.lab.short_no, [item.sampler.short_no for item in one.team.all()])
            for one in found
        }


def test_steps_1_and_2_the_frame_is_reconciled_and_exclusions_stay_listed(as_login: play.AsLogin) -> None:
    plan = play.the_plan()
    with clock.on(play.J2_DAY), as_login("section"):
        frame = services.build_frame(plan=plan)
        open_items = [(item.get_kind_display(), item.uscc) for item in frame.reconciliations.all()]
        assert [(str(kind), code) for kind, code in open_items] == [("登记有、名录无", play.firm(12))]
        with pytest.raises(Refused, match="1 处差异"):
            services.publish_frame(frame, mode="after_check", ceremony_at=play.CEREMONY, place=play.PLACE)
        services.add_to_frame(frame, items=[frame.reconciliations.get()])
        out = {row.uscc: row for row in frame.rows.exclude(reason="")}
        assert set(out) == {play.firm(5), play.firm(9)}
        assert (out[play.firm(5)].reason, out[play.firm(5)].reason_date) == ("repeat_ban", date(2027, 1, 12))
        assert out[play.firm(5)].reason_note
        assert (out[play.firm(9)].reason, out[play.firm(9)].reason_date) == ("deregistered", date(2026, 12, 20))
        assert frame.rows.filter(weight__gt=0).count() == 10


def test_step_3_what_is_published_is_fixed_and_complete(as_login: play.AsLogin) -> None:
    draw = play.publish(as_login, play.build(as_login))
    page = payload(draw)
    assert page["frame"]["digest"] == play.FRAME_DIGEST
    assert page["rounds"][0]["commitment"] == "99f1f6031d9c8abdbf683dd9111babe8f1831782098e9617f23f7127b747e73e"
    assert page["rounds"][0]["match_commitment"] == "eff677390cd5dac4668e13caea85831932bf6ce1d84b55a9af14884fa7a41765"
    assert (page["mode_title"], page["frame"]["eligible"], page["frame"]["total"]) == ("检查后公开", 10, 12)
    assert page["rounds"][0]["ceremony_at"] == "2027-04-07T09:30:00+08:00" and page["rounds"][0]["place"] == play.PLACE
    assert page["reconciliation"]["register"] == 12 and page["reconciliation"]["bureau"] == 11
    assert page["papers"]["1"]["announcement"]["odds"] == [
        {"stratum": "socks", "weight": 1, "count": 10, "probability": "0.400000000000"}
    ]
    assert "demo-secret-one" not in json.dumps(page) and "demo-match-one" not in json.dumps(page)


def test_step_3_the_ceremony_is_at_least_a_working_day_ahead(as_login: play.AsLogin) -> None:
    frame = play.build(as_login)
    same_day = datetime(2027, 4, 6, 16, 0, tzinfo=play.SHANGHAI)
    with pytest.raises(Refused, match="最早 2027-04-07"):
        play.publish(as_login, frame, ceremony_at=same_day)


def test_step_4_after_publication_nothing_changes_but_by_voiding_in_public(as_login: play.AsLogin) -> None:
    frame = play.build(as_login)
    draw = play.publish(as_login, frame)
    with clock.on(play.J2_DAY), as_login("section"):
        with pytest.raises(Refused, match="已公布"):
            services.rebuild_frame(frame)
        with pytest.raises(Refused, match="已公布"):
            services.exclude_row(frame, row=frame.rows.first(), code="other", reason="想改")
        with pytest.raises(Refused, match="理由"):
            services.void_draw(draw)
        services.void_draw(draw, reason="E02 的名称有误")
        again = frame.replaced_by
        assert again.state == "building" and again.reconciliations.get().decision == "added"
        second = services.publish_frame(again, mode="after_check", ceremony_at=play.CEREMONY, place=play.PLACE)
    old = payload(draw)
    assert old["state"] == "voided" and old["void_reason"] == "E02 的名称有误" and old["replaced_by"] == second.slug
    assert payload(second)["replaces"] == draw.slug
    assert payload(second)["rounds"][0]["commitment"] != old["rounds"][0]["commitment"]


def test_steps_5_to_8_the_draw_and_the_matching_are_those_of_the_script(drawn: Draw) -> None:
    round_ = play.first_round(drawn)
    assert names(round_) == ["示例袜业10", "示例袜业11", "示例袜业06", "示例袜业04"]
    with role("desk"):
        tickets = [one.ticket[:12] for one in round_.drawn.filter(reserve=False)]
        asides = [(one.drawn.row.name[-2:], one.label, one.agent, one.reason) for one in round_asides(round_)]
    assert tickets == ["1aec5e465018", "39049cd1f1e4", "5f8acf4b1cba", "65e6377a3697"]
    assert round_.result_digest == "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"
    assert pairs(round_) == {
        "10": ("L1", ["S02", "S06"]),
        "11": ("L2", ["S04", "S05"]),
        "06": ("L3", ["S03", "S01"]),
        "04": ("L3", ["S06", "S03"]),
    }
    assert asides == [("11", "labs", "L1", "client"), ("04", "teams", "S02", "kin")]
    assert all(part["unique"] for part in round_.matching["parts"])


def round_asides(round_: Round) -> list:
    return [
        aside for one in round_.drawn.select_related("row") for aside in one.set_asides.select_related("drawn__row")
    ]


def test_step_6_the_next_in_line_is_known_to_the_section(drawn: Draw, as_login: play.AsLogin) -> None:
    from qualitycity.supervision.sampling.drawing import next_in_line

    round_ = play.first_round(drawn)
    with as_login("section"):
        assert next_in_line(round_) == {"socks": play.firm(12)}


def test_step_6_the_public_sees_digits_time_count_digest_and_no_name(drawn: Draw, tmp_path: Path) -> None:
    page = payload(drawn)
    first = page["rounds"][0]
    assert (first["digits"], first["count"]) == (play.DIGITS, 4) and first["drawn_at"]
    assert first["result_digest"] == "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"
    assert page["drawn"] == [] and first["secret"] == "" and first["match_secret"] == ""
    assert set(page["papers"]["1"]) == {"announcement", "transcript", "result"}
    assert page["papers"]["1"]["result"] == {
        "round": 1,
        "state": "sealed",
        "count": 4,
        "digest": first["result_digest"],
    }
    outcome = play.verified(play.bundle(drawn), tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_step_9_each_witness_signs_and_the_minutes_carry_a_code(drawn: Draw, as_login: play.AsLogin) -> None:
    from qualitycity.kernel.documents import papers

    round_ = play.first_round(drawn)
    assert round_.state == "signed"
    with as_login("host"):
        found = list(papers(round_))
        assert len(found) == 2 and found[0].code and found[0].pdf().startswith(b"%PDF")
        assert [seat.signed_name for seat in round_.seated] == [name for name, _capacity in play.PEOPLE]


def test_steps_11_and_12_a_shut_firm_is_replaced_by_a_fresh_round_then_all_opens(
    drawn: Draw, as_login: play.AsLogin, tmp_path: Path
) -> None:
    visits = play.visits(drawn)
    shut = visits[play.firm(11)]
    with clock.on(date(2027, 4, 8)):
        with as_login("s05"):
            services.report_shut(shut, cause="stopped", photos=play.photos())
        with as_login("town_b"):
            services.confirm_shut(shut)
        with as_login("section"):
            second = services.announce_replacement(
                drawn,
                ceremony_at=datetime(2027, 4, 9, 9, 30, tzinfo=play.SHANGHAI),
                place=play.PLACE,
                draw_secret="demo-secret-two",
                match_secret="demo-match-two",
            )
    assert second.draw_commitment == "da780414b3f46dc7ba6fb2dfc89d9121e0f37ed1c7ecdebbe487c37e3523b211"
    assert second.match_commitment == "360fb39208a057496ad298487d32576575f6f562a20a7b49ccb5aa673c605e4a"
    play.hold(as_login, second, play.DIGITS_TWO, date(2027, 4, 9))
    assert names(second) == ["示例袜业12"] and pairs(second) == {"12": ("L3", ["S02", "S06"])}
    assert payload(drawn)["drawn"] == [] and payload(drawn)["papers"]["2"]["announcement"]["odds"] is None

    with clock.on(date(2027, 4, 12)):
        for code in (10, 6, 4, 12):
            assert payload(drawn)["state"] == "drawn"
            visit = play.visits(drawn)[play.firm(code)]
            with as_login("section"):
                services.record_sampled(visit)
    page = payload(drawn)
    assert page["state"] == "opened"
    assert [(unit["round"], unit["name"][-2:], unit["replaced_in"]) for unit in page["drawn"]] == [
        (1, "10", None),
        (1, "11", 2),
        (1, "06", None),
        (1, "04", None),
        (2, "12", None),
    ]
    assert [item["secret"] for item in page["rounds"]] == ["demo-secret-one", "demo-secret-two"]
    assert page["rounds"][0]["match_secret"] == "" and page["drawn"][0]["lab"] == ""
    assert "matching" not in page["papers"]["1"]

    first = play.first_round(drawn)
    with clock.on(date(2027, 5, 6)), as_login("keeper"):
        services.record_last_report_signed(first)
        assert payload_of_desk(drawn)["drawn"][0]["lab"] == "L1" and payload_of_desk(drawn)["drawn"][4]["lab"] == ""
        services.record_last_report_signed(second)
    page = payload(drawn)
    assert page["state"] == "closed" and page["drawn"][4]["team"] == ["S02", "S06"]
    assert page["drawn"][1]["set_asides"] == [{"agent": "L1", "reason": "client", "words": "与被抽企业有委托关系"}]
    outcome = play.verified(play.bundle(drawn), tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def payload_of_desk(draw: Draw) -> dict:
    publication = Publication.objects.get(kind="draw", slug=draw.slug)
    return publication.versions.get(number=publication.current).payload


def test_step_13_one_changed_digit_is_caught(drawn: Draw, as_login: play.AsLogin, tmp_path: Path) -> None:
    for visit in play.visits(drawn).values():
        with clock.on(date(2027, 4, 12)), as_login("section"):
            services.record_sampled(visit)
    content = play.bundle(drawn)
    assert play.verified(content, tmp_path).returncode == 0
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.infolist():
            data = old.read(item.filename)
            if item.filename == "round-1/transcript.json":
                data = data.replace(play.DIGITS.encode(), b"6" + play.DIGITS[1:].encode())
            new.writestr(item, data)
    assert play.verified(changed.getvalue(), tmp_path).returncode != 0


def test_step_14_on_stage_the_names_are_public_at_once(as_login: play.AsLogin, tmp_path: Path) -> None:
    draw = play.publish(as_login, play.build(as_login), mode="on_stage")
    round_ = play.first_round(draw)
    witnesses = play.convene(as_login, round_)
    play.throw(round_, witnesses)
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        services.draw_round(round_)
    page = payload(draw)
    assert [unit["name"][-2:] for unit in page["drawn"]] == ["10", "11", "06", "04"]
    assert page["rounds"][0]["secret"] == "demo-secret-one" and page["rounds"][0]["match_secret"] == ""
    outcome = play.verified(play.bundle(draw), tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_odds_by_class_give_the_other_answer_of_the_script(as_login: play.AsLogin) -> None:
    plan = play.the_plan()
    with clock.on(play.J2_DAY):
        with as_login("section"):
            services.amend_plan(plan, reason="按类别加权")
            services.edit_plan(plan, odds="class_risk")
            services.file_plan(plan)
        with as_login("leader"):
            services.approve_plan(plan)
    draw = play.publish(as_login, play.build(as_login, plan))
    with role("desk"):
        assert draw.frame.digest == "4a91326a555072a63554b6bca0093c7443d34cb82c6ba116c7004c1d5cc4543e"
    round_ = play.first_round(draw)
    play.throw(round_, play.convene(as_login, round_))
    play.draw_and_match(as_login, round_)
    assert [name[-2:] for name in names(round_)] == ["11", "01", "04", "06"]
    assert payload(draw)["drawn"] == [] and DrawnUnit.objects.model._meta.label == "sampling.DrawnUnit"
