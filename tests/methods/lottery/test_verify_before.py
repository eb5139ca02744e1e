"""An earlier download: what was once public may not change, and each value that did is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qualitycity.cli import verify
from qualitycity.methods.lottery import verify_draw
from tests.methods.lottery import bundles
from tests.methods.lottery.bundles import changed

STAGES = ("announced", "sealed", "names", "all")
EARLY = {stage: bundles.j2(stage, rounds=1).files() for stage in STAGES}
LAST = bundles.j2().files()
Files = dict[str, bytes]


def told(tmp_path: Path, old: Files, new: Files) -> dict[str, str]:
    """Code → English words of the checks against the earlier download that differ."""
    report = verify_draw.Report()
    earlier = bundles.write(tmp_path / "old.zip", old)
    verify_draw.verify(bundles.write(tmp_path / "new.zip", new), None, None, report, earlier)
    return {c.code: c.note.en for c in report.checks if c.ok is False and c.code.startswith("before_")}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("later", STAGES)
def test_a_draw_may_go_on_but_not_back(tmp_path: Path, stage: str, later: str) -> None:
    """Every stage against every other: forward nothing differs, backward the papers that vanished are named."""
    found = told(tmp_path, EARLY[stage], EARLY[later])
    assert bool(found) == (STAGES.index(later) < STAGES.index(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_a_further_round_is_no_change(tmp_path: Path, stage: str) -> None:
    assert told(tmp_path, EARLY[stage], LAST) == {}


def paper(name: str, edit: Callable[[dict], Any]) -> Callable[[Files], Files]:
    return lambda files: changed(files, f"round-1/{name}.json", edit)


@pytest.mark.parametrize(
    ("stage", "edit", "code", "words"),
    [
        (
            "announced",
            paper("announcement", lambda p: p.update(commitment="0" * 64)),
            "announcement",
            "commitment was 99f1",
        ),
        ("announced", paper("announcement", lambda p: p.update(frame="1" * 64)), "announcement", "frame was e6c7f9b1"),
        (
            "announced",
            paper("announcement", lambda p: p.update(published_at="2027-04-05T10:00:00+08:00")),
            "announcement",
            "published_at was 2027-04-06T10:00:00+08:00, is 2027-04-05T10:00:00+08:00",
        ),
        ("announced", paper("announcement", lambda p: p.update(cap=1)), "announcement", "cap was None, is 1"),
        (
            "announced",
            paper("announcement", lambda p: p["strata"][0].update(take=3)),
            "announcement",
            "strata[0].take was 4",
        ),
        (
            "announced",
            paper("announcement", lambda p: p["odds"][0].update(probability="0.500000000000")),
            "announcement",
            "odds[0].probability was 0.400000000000",
        ),
        (
            "announced",
            paper("announcement", lambda p: p["matching"]["labs"].update(pool="2" * 64)),
            "announcement",
            "matching.labs.pool was",
        ),
        ("announced", paper("announcement", lambda p: p.update(extra=1)), "announcement", "extra was None, is 1"),
        ("announced", paper("announcement", lambda p: p.update(title="帽子")), "announcement", "title was"),
        (
            "sealed",
            paper("transcript", lambda p: p["inputs"][0].update(value="1" * 20)),
            "transcript",
            "inputs[0].value was 5142",
        ),
        (
            "sealed",
            paper("transcript", lambda p: p.update(drawn_at="2027-04-07T10:41:05+08:00")),
            "transcript",
            "drawn_at was",
        ),
        ("sealed", paper("result", lambda p: p.update(digest="3" * 64)), "result", "digest was 5a9ac135"),
        (
            "names",
            paper("transcript", lambda p: p.update(secret="another")),
            "transcript",
            "secret was demo-secret-one, is another",
        ),
        ("names", paper("result", lambda p: p["strata"][0]["drawn"].reverse()), "result", "strata[0].drawn[0] was"),
        ("names", paper("result", lambda p: p["strata"][0]["drawn"].pop()), "result", "strata[0].drawn was"),
        (
            "all",
            paper("matching", lambda p: p["parts"][0]["assignment"][0].insert(0, "L2")),
            "matching",
            "parts[0].assignment[0] was L1",
        ),
    ],
)
def test_each_value_that_changed_is_named(tmp_path: Path, stage: str, edit: Any, code: str, words: str) -> None:
    found = told(tmp_path, EARLY[stage], edit(LAST))
    assert words in found[f"before_{code}"]
    assert set(found) <= {f"before_{code}", "before_transcript"}  # the announcement's digest stands in the transcript


def test_the_frame_and_the_rounds(tmp_path: Path) -> None:
    frame = LAST["frame.csv"].replace(b"E03", b"X").replace(b"MAD0EM031D,socks,1,", b"MAD0EM031D,socks,0,conflict")
    found = told(tmp_path, EARLY["announced"], LAST | {"frame.csv": frame})
    assert (
        "1 lines gone, 1 added: -91339999MAD0EM031D,socks,1,; +91339999MAD0EM031D,socks,0,conflict"
        in found["before_frame"]
    )
    upside = b"".join(reversed(LAST["frame.csv"].splitlines(keepends=True)))
    assert "another order" in told(tmp_path, LAST, LAST | {"frame.csv": upside})["before_frame"]
    gone = {name: data for name, data in LAST.items() if "round-2" not in name}
    assert told(tmp_path, LAST, gone) == {"before_rounds": "round 2 is gone"}
    moved = {name.replace("round-1", "round-3"): data for name, data in EARLY["announced"].items()}
    third = changed(moved, "round-3/announcement.json", lambda p: p.update(round=3))
    both = third | EARLY["announced"]
    assert told(tmp_path, third, both) == {"before_rounds": "there was no round 1 before"}


def test_the_bytes_of_the_announcement_count(tmp_path: Path) -> None:
    """Its digest is taken over its bytes: another spelling of the same values is another announcement."""
    name = "round-1/announcement.json"
    spelt = json.dumps(json.loads(EARLY["announced"][name]), indent=2, sort_keys=True).encode()
    assert told(tmp_path, EARLY["announced"], EARLY["announced"] | {name: spelt}) == {
        "before_announcement": "its bytes differ"
    }


def test_a_number_is_no_boolean(tmp_path: Path) -> None:
    assert list(verify_draw.changed_values({"a": 1}, {"a": True}, "", False)) == [("a", 1, True)]
    assert list(verify_draw.changed_values({"a": None}, {"a": 0}, "", True)) == []
    assert list(verify_draw.changed_values({"a": 0}, {"a": None}, "", True)) == [("a", 0, None)]


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = bundles.write(tmp_path / "old.zip", EARLY["sealed"])
    new = bundles.write(tmp_path / "new.zip", LAST)
    assert verify.main([new, "--before", old, "--lang", "en"]) == 0
    assert "announcement as in the earlier download" in capsys.readouterr().out
    forged = bundles.write(
        tmp_path / "forged.zip", paper("announcement", lambda p: p.update(commitment="0" * 64))(LAST)
    )
    assert verify_draw.main([forged, "--before", old]) == 1
    assert "commitment 原为 99f1f6031d9c" in capsys.readouterr().out
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    assert verify_draw.main([new, "--before", str(tmp_path / "bad.zip")]) == 2
    assert "bad.zip:不是完好的 ZIP 文件" in capsys.readouterr().out
    (tmp_path / "proof.json").write_text("{}")
    assert verify_draw.main([str(tmp_path / "proof.json"), "--before", old]) == 2
    assert "只能与核验包同用" in capsys.readouterr().out
