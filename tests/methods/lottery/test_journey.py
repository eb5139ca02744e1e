"""The draw of the socks, as the acceptance script of the city tells it: every answer is fixed."""

from __future__ import annotations

import pytest

from qualitycity.methods.lottery import certificate
from qualitycity.methods.lottery.draw import PythonSource, draw
from qualitycity.methods.lottery.faults import LotteryError
from qualitycity.methods.lottery.matching import Agent, Matching, Pool, match
from qualitycity.methods.lottery.rehearsal import Part, rehearse
from qualitycity.methods.lottery.seed import commitment, result_digest, ticket
from qualitycity.methods.lottery.table import TableSource

from .city import CODES, DIGITS_ONE, DIGITS_TWO, FIRM, key_of, names, socks

LABS = Pool(tuple(Agent(f"L{n}", 2) for n in (1, 2, 3)), {(FIRM["E11"], "L1"): "client"})
SAMPLERS = Pool(tuple(Agent(f"S{n:02d}", 2) for n in range(1, 7)), {(FIRM["E04"], "S02"): "kin"})


def teams(found: Matching) -> dict[str, tuple[str, ...]]:
    return {names([task])[0]: team for task, team in zip(found.problem.tasks, found.assignment, strict=True)}


def test_the_frame_and_the_commitments_are_those_published() -> None:
    frame = socks()
    assert frame.digest() == "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471"
    assert len(frame) == 12 and sum(count for *_, count in frame.histogram()) == 10
    assert commitment("demo-secret-one") == "99f1f6031d9c8abdbf683dd9111babe8f1831782098e9617f23f7127b747e73e"
    assert commitment("demo-match-one") == "eff677390cd5dac4668e13caea85831932bf6ce1d84b55a9af14884fa7a41765"
    assert commitment("demo-secret-two") == "da780414b3f46dc7ba6fb2dfc89d9121e0f37ed1c7ecdebbe487c37e3523b211"
    assert commitment("demo-match-two") == "360fb39208a057496ad298487d32576575f6f562a20a7b49ccb5aa673c605e4a"


def test_round_one_draws_four_firms_in_order() -> None:
    frame = socks()
    key = key_of(frame, 1, "demo-secret-one", DIGITS_ONE)
    result = draw(frame, key, {"socks": 4}, reserves=1)
    assert names(result.ids) == ["E10", "E11", "E06", "E04"]
    assert names(result.reserve["socks"]) == ["E12"]
    begins = [ticket(key, code)[:12] for code in result.ids]
    assert begins == ["1aec5e465018", "39049cd1f1e4", "5f8acf4b1cba", "65e6377a3697"]
    assert [unit.ticket[:12] for unit in result.strata[0].drawn] == begins
    digest = result_digest(1, result.ids, "demo-secret-one")
    assert digest == "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"


def test_every_firm_checks_itself_with_one_hash() -> None:
    for by_class in (False, True):
        frame = socks(by_class)
        key = key_of(frame, 1, "demo-secret-one", DIGITS_ONE)
        stratum = draw(frame, key, {"socks": 4}).strata[0]
        drawn = [
            unit.id for unit in frame.units if unit.weight and stratum.holds(unit.id, unit.weight, ticket(key, unit.id))
        ]
        assert sorted(drawn) == sorted(unit.id for unit in stratum.drawn)


def test_odds_by_class_give_another_frame_and_another_draw() -> None:
    frame = socks(by_class=True)
    assert frame.digest() == "4a91326a555072a63554b6bca0093c7443d34cb82c6ba116c7004c1d5cc4543e"
    result = draw(frame, key_of(frame, 1, "demo-secret-one", DIGITS_ONE), {"socks": 4}, reserves=3)
    assert names(result.ids) == ["E11", "E01", "E04", "E06"]
    assert names(result.reserve["socks"]) == ["E08", "E10", "E12"]


def test_labs_and_samplers_of_round_one() -> None:
    frame = socks()
    tasks = draw(frame, key_of(frame, 1, "demo-secret-one", DIGITS_ONE), {"socks": 4}).ids
    labs = match(tasks, LABS, key_of(frame, 1, "demo-match-one", DIGITS_ONE, "labs"))
    assert teams(labs) == {"E10": ("L1",), "E11": ("L2",), "E06": ("L3",), "E04": ("L3",)}
    assert sorted(labs.loads.values()) == [1, 1, 2]
    pairs = match(tasks, SAMPLERS, key_of(frame, 1, "demo-match-one", DIGITS_ONE, "teams"), team=2)
    assert teams(pairs) == {"E10": ("S02", "S06"), "E11": ("S04", "S05"), "E06": ("S03", "S01"), "E04": ("S06", "S03")}
    assert set(pairs.loads.values()) == {1, 2}
    for found in (labs, pairs):
        assert found.unique and certificate.check(found) == []


def test_round_two_passes_over_whoever_was_drawn() -> None:
    frame = socks()
    first = draw(frame, key_of(frame, 1, "demo-secret-one", DIGITS_ONE), {"socks": 4}).ids
    key = key_of(frame, 2, "demo-secret-two", DIGITS_TWO)
    second = draw(frame, key, {"socks": 1}, reserves=1, passed_over=first)
    assert names(second.ids) == ["E12"] and names(second.reserve["socks"]) == ["E03"]
    assert second.strata[0].plan.eligible == 6
    labs = match(second.ids, LABS, key_of(frame, 2, "demo-match-two", DIGITS_TWO, "labs"))
    pair = match(second.ids, SAMPLERS, key_of(frame, 2, "demo-match-two", DIGITS_TWO, "teams"), team=2)
    assert labs.assignment == (("L3",),) and pair.assignment == (("S02", "S06"),)


def test_round_two_refuses_a_stranger_among_those_passed_over() -> None:
    for stranger in ("91339999MAD0EM999X", FIRM["E05"]):  # unknown, and excluded: neither can have been drawn
        with pytest.raises(LotteryError, match=stranger):
            draw(socks(), "0" * 32, {"socks": 1}, passed_over=[stranger])


def test_duckdb_holds_the_same_ceremony(tmp_path) -> None:
    file = tmp_path / "frame.csv"
    file.write_bytes(socks().canonical())
    with TableSource.open(file) as source:
        assert source.digest() == socks().digest()
        first = draw(source, key_of(socks(), 1, "demo-secret-one", DIGITS_ONE), {"socks": 4}, reserves=1)
        assert names([*first.ids, *first.reserve["socks"]]) == ["E10", "E11", "E06", "E04", "E12"]
        key = key_of(socks(), 2, "demo-secret-two", DIGITS_TWO)
        assert names(draw(source, key, {"socks": 1}, passed_over=first.ids).ids) == ["E12"]


def test_the_rehearsal_tells_every_chance_before_the_seed_exists() -> None:
    told = []
    parts = [Part("labs", LABS), Part("teams", SAMPLERS, 2)]
    report = rehearse(
        PythonSource(socks()), {"socks": 4}, parts, runs=300, progress=lambda done, of: told.append((done, of))
    )
    assert told[-1] == (300, 300) and len(told) == 300
    assert [unit.id for unit in report.units] == [code for code in CODES if code not in (FIRM["E05"], FIRM["E09"])]
    assert all(unit.probability == 0.4 and 80 <= unit.times <= 160 for unit in report.units)
    labs, samplers = report.parts
    assert [agent.id for agent in labs.agents] == ["L1", "L2", "L3"]
    assert abs(sum(agent.mean_load for agent in labs.agents) - 4) < 1e-9
    assert all(agent.chance == 1 for agent in samplers.agents)  # eight seats, six samplers: nobody stays at home
    assert labs.forced == () and labs.failures == 0
    assert labs.largest and labs.smallest and labs.smallest.chance < 1 / 3 < labs.largest.chance < 0.8
    again = rehearse(PythonSource(socks()), {"socks": 4}, parts, runs=300)
    assert again == report  # dummy seeds follow from the frame: anybody can repeat it


def test_the_rehearsal_names_forced_pairs_and_failures() -> None:
    only_one = Pool(
        (Agent("L1", 4), Agent("L2", 4)),
        {(FIRM["E10"], "L1"): "client", (FIRM["E11"], "L1"): "client", (FIRM["E11"], "L2"): "client"},
    )
    report = rehearse(PythonSource(socks()), {"socks": 4}, [Part("labs", only_one)], runs=200).parts[0]
    assert [(pair.unit, pair.agent) for pair in report.forced] == [(FIRM["E10"], "L2")]
    assert 50 < report.failures < 110  # E11 is drawn two times in five
    assert FIRM["E11"] in report.first_failure and "没有一个可派" in report.first_failure
