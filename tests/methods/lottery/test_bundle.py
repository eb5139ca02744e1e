"""The bundle at every stage: announced, drawn and sealed, names open, all open; nothing sealed ever inside."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from qualitycity.methods.lottery import bundle, verify_draw
from qualitycity.methods.lottery.draw import Result, draw
from qualitycity.methods.lottery.faults import LotteryError
from qualitycity.methods.lottery.matching import Agent, Pool, match
from qualitycity.methods.lottery.seed import Digits, Witness, commitment, draw_key

from .city import DIGITS_ONE, FIRM, key_of, socks

SECRET, MATCH = "demo-secret-one", "demo-match-one"
FRAME = socks()
LABS = Pool(tuple(Agent(f"L{n}", 2) for n in (1, 2, 3)), {(FIRM["E11"], "L1"): "client"})
INPUTS = [Digits(DIGITS_ONE)]


def drawn() -> Result:
    return draw(FRAME, key_of(FRAME, 1, SECRET, DIGITS_ONE), {"socks": 4})


def announced(**changes: object) -> bundle.Paper:
    facts: dict = {
        "title": "袜子专项抽查", "mode": "sealed", "round_no": 1, "frame": FRAME.digest(),
        "inputs": [bundle.announced_input(INPUTS[0])], "plans": [one.plan for one in drawn().strata],
        "commitment": commitment(SECRET), "match_commitment": commitment(MATCH),
        "matching": {"labs": {"team": 1, "pool": LABS.commitment(MATCH)}},
    }  # fmt: skip
    return bundle.announcement(**(facts | changes))


def stages() -> dict[str, dict[str, bundle.Paper]]:
    """The papers of one sealed round as the public sees them, stage by stage."""
    paper, result = announced(), drawn()
    seed = bundle.match_seed(paper, MATCH, INPUTS)
    key = draw_key(seed, "labs")
    part = bundle.matching_part("labs", key, match(result.ids, LABS, key), LABS, committed=True)
    held = bundle.transcript(paper, INPUTS, drawn_at="2027-04-07T09:41:05+08:00")
    names = bundle.transcript(paper, INPUTS, secret=SECRET, drawn_at="2027-04-07T09:41:05+08:00")
    whole = bundle.transcript(paper, INPUTS, secret=SECRET, match_secret=MATCH, drawn_at="2027-04-07T09:41:05+08:00")
    sealed, opened = bundle.sealed_result(1, result, SECRET), bundle.open_result(1, result, SECRET)
    return {
        "announced": {"announcement": paper},
        "sealed": {"announcement": paper, "transcript": held, "result": sealed},
        "names": {"announcement": paper, "transcript": names, "result": opened},
        "all": {
            "announcement": paper,
            "transcript": whole,
            "result": opened,
            "matching": bundle.matching_paper(1, seed, [part]),
        },
    }


def written(path: Path, papers: dict[str, bundle.Paper]) -> Path:
    bundle.write_bundle(path, lambda sink: sink.write(FRAME.canonical()) and None, {1: papers})
    return path


@pytest.mark.parametrize("stage", ["announced", "sealed", "names", "all"])
def test_each_stage_satisfies_the_public_checker(
    tmp_path: Path, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "bundle.zip", stages()[stage])
    assert verify_draw.main([str(path)]) == 0, capsys.readouterr().out


def test_nothing_sealed_is_inside_before_its_time(tmp_path: Path) -> None:
    drawn_ids = [FIRM[name].encode() for name in ("E10", "E11", "E06", "E04")]
    for stage, hidden in {
        "announced": [SECRET.encode(), MATCH.encode()],
        "sealed": [SECRET.encode(), MATCH.encode(), b'"client"', *drawn_ids],
        "names": [MATCH.encode(), b'"client"', b'"L1"'],
    }.items():
        with zipfile.ZipFile(written(tmp_path / f"{stage}.zip", stages()[stage])) as found:
            papers = b"".join(found.read(name) for name in found.namelist() if name.startswith("round-"))
        assert papers and not [word for word in hidden if word in papers], stage


def test_what_was_public_keeps_its_value_when_it_opens() -> None:
    for earlier, later in zip(list(stages().values()), list(stages().values())[1:], strict=False):
        for name, paper in earlier.items():
            known = {field: value for field, value in paper.items() if value is not None and field != "state"}
            assert known.items() <= later[name].items()


def test_the_same_draw_makes_the_same_bytes_and_no_number_is_a_fraction(tmp_path: Path) -> None:
    one, two = (written(tmp_path / name, stages()["all"]).read_bytes() for name in ("a.zip", "b.zip"))
    assert one == two
    with zipfile.ZipFile(tmp_path / "a.zip") as found:
        assert found.namelist() == sorted(found.namelist()) and found.testzip() is None
        assert {"README.txt", "frame.csv", "verify_draw.py"} < set(found.namelist())
        for name in found.namelist():
            if name.endswith(".json"):
                text = found.read(name).decode()
                assert text.endswith("}\n") and json.loads(text, parse_float=pytest.fail)


def test_a_bundle_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = written(tmp_path / "bundle.zip", stages()["announced"])
    before = path.read_bytes()

    def broken(sink: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        bundle.write_bundle(path, broken, {1: stages()["all"]})
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["bundle.zip"]


def test_a_secret_that_does_not_fit_its_commitment_is_refused() -> None:
    with pytest.raises(LotteryError, match="抽取秘密与公布的承诺值不符"):
        bundle.transcript(announced(), INPUTS, secret="demo-secret-two")
    with pytest.raises(LotteryError, match="匹配秘密与公布的承诺值不符"):
        bundle.transcript(announced(), INPUTS, secret=SECRET, match_secret="demo-match-two")


def test_a_sealed_draw_has_no_reserve_list() -> None:
    spare = draw(FRAME, "0" * 32, {"socks": 4}, reserves=2)
    with pytest.raises(LotteryError, match="不设备选名单"):
        announced(plans=[one.plan for one in spare.strata])
    assert announced(mode="open", plans=[one.plan for one in spare.strata])["strata"][0]["reserve"] == 2
    with pytest.raises(LotteryError, match="一个也不抽"):
        announced(plans=[one.plan for one in draw(FRAME, "0" * 32, {"socks": 0}).strata])
    with pytest.raises(LotteryError, match="没有这种公开方式"):
        announced(mode="secret")


def test_witnesses_in_announcement_and_transcript() -> None:
    told, struck = Witness(1, "seven", "nonce"), Witness(2, struck=True)
    assert bundle.announced_input(told) == {"kind": "witness", "k": 1, "commitment": commitment("nonceseven")}
    assert bundle.revealed_input(told) == {"kind": "witness", "k": 1, "value": "seven", "nonce": "nonce"}
    assert bundle.revealed_input(struck) == {"kind": "witness", "k": 2, "struck": True}


def test_a_void_round_leaves_its_trace_and_nothing_else() -> None:
    paper = bundle.transcript(announced(), INPUTS, void={"reason": "停电", "at": "2027-04-07T09:50:00+08:00"})
    assert paper["void"]["reason"] == "停电" and paper["secret"] is None and paper["seed"] is None


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all"])
def test_reading_what_is_no_bundle(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(LotteryError, match="不是摇号公开包"):
        bundle.read_rounds(path)
    with pytest.raises(LotteryError, match="不是摇号公开包"):
        bundle.read_rounds(tmp_path / "nowhere.zip")
