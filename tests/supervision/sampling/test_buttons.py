"""The strong button of a page is what somebody waits for; what needs a reason and nobody waits for is never strong."""

from __future__ import annotations

from typing import Any

import pytest

from qualitycity.kernel import clock
from qualitycity.kernel.ui.record import moves

from . import play

pytestmark = pytest.mark.django_db(transaction=True)


def titles(found: dict[str, Any]) -> list[str]:
    return [str(button["title"]) for button in [*found["primary"], *found["more"]]]


def test_the_host_is_offered_the_opening_before_the_postponing(pack: None, as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        found = moves(play.first_round(draw))
        assert titles(found)[:2] == ["开场", "改期"]
        assert [button["calm"] for button in found["primary"]] == [False, True]


def test_voiding_an_announced_draw_is_no_strong_button(pack: None, as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    with clock.on(play.J2_DAY), as_login("section"):
        found = moves(draw)
        assert titles(found) == ["作废并重新公布"] and found["primary"][0]["calm"]


def test_the_plan_offers_the_frame_first(pack: None, as_login: Any) -> None:
    plan = play.the_plan()
    with clock.on(play.J2_DAY), as_login("section"):
        assert titles(moves(plan))[0] == "编制抽样名单"
    play.publish(as_login, play.build(as_login))
    with clock.on(play.J2_DAY), as_login("section"):
        assert "编制抽样名单" not in titles(moves(plan)), "a draw is under way"
