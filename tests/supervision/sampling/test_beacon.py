"""A public beacon as an input beside the dice: announced by round, pasted later, verified off line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Faults, Refused
from qualitycity.methods.lottery.beacon import chains
from qualitycity.supervision.sampling import beacons, services

from . import play


@pytest.fixture
def record(shared: Path) -> dict[str, Any]:
    """A true record of the accepted chain, published by others."""
    vectors = json.loads((shared / "golden" / "lottery" / "drand.json").read_text())["vectors"]
    quicknet = next(chain for chain in chains().values() if chain.accepted)
    return next(one for one in vectors if one["public_key"] == quicknet.public_key and one["valid"])


def test_the_first_round_after_the_ceremonys_time_is_announced() -> None:
    quicknet = next(chain for chain in chains().values() if chain.accepted)
    found = beacons.announced(play.CEREMONY)
    assert quicknet.time_of(found["round"]) >= play.CEREMONY.astimezone(quicknet.time_of(1).tzinfo)
    assert quicknet.time_of(found["round"] - 1) < play.CEREMONY


@pytest.mark.usefixtures("pack")
def test_dice_and_beacon_together_fix_the_seed(as_login: Any, record: dict[str, Any], monkeypatch: Any) -> None:
    quicknet = next(chain for chain in chains().values() if chain.accepted)
    monkeypatch.setattr(beacons, "announced", lambda at: quicknet.announced(record["round"]))
    draw = play.publish(as_login, play.build(as_login), inputs=("digits", "drand"))
    round_ = play.first_round(draw)
    witnesses = play.convene(as_login, round_)
    good = {"round": record["round"], "randomness": record["randomness"], "signature": record["signature"]}
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        forged = good | {"signature": record["signature"][:-2] + "00", "randomness": None}
        with pytest.raises((Faults, Refused)):
            services.enter_beacon(round_, json.dumps(forged))
        with pytest.raises(Faults, match="公布的是第"):
            services.enter_beacon(round_, json.dumps(good | {"round": record["round"] + 1}))
        services.enter_beacon(round_, json.dumps(good))
        assert round_.state == "dice"
        with pytest.raises(Refused, match="已经录入"):
            services.enter_beacon(round_, json.dumps(good))
    play.throw(round_, witnesses)
    assert round_.state == "confirmed"
    play.draw_and_match(as_login, round_)
    assert round_.count == 4
    assert round_.result_digest != "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"


@pytest.mark.usefixtures("pack")
def test_a_beacon_alone_needs_no_dice(as_login: Any, record: dict[str, Any], monkeypatch: Any) -> None:
    quicknet = next(chain for chain in chains().values() if chain.accepted)
    monkeypatch.setattr(beacons, "announced", lambda at: quicknet.announced(record["round"]))
    later = datetime(2027, 4, 7, 14, 0, tzinfo=play.SHANGHAI)
    round_ = play.first_round(play.publish(as_login, play.build(as_login), inputs=("drand",), ceremony_at=later))
    witnesses = play.convene(as_login, round_)
    with play.as_witness(witnesses[0]), pytest.raises(Faults, match="本轮不掷骰子"):
        services.write_digits(round_, digits="1")
    good = {"round": record["round"], "randomness": record["randomness"], "signature": record["signature"]}
    with clock.on(play.CEREMONY_DAY), as_login("host"):
        services.enter_beacon(round_, json.dumps(good))
    assert round_.state == "confirmed" and round_.digits == ""


@pytest.mark.usefixtures("pack")
def test_dice_or_beacon_must_be_announced(as_login: Any) -> None:
    with pytest.raises(Faults, match="公共输入须是骰子、信标或两者"):
        play.publish(as_login, play.build(as_login), inputs=())
