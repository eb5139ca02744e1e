"""Every change to a published draw is caught, and the check that catches it says where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qualitycity.methods.lottery import verify_draw
from tests.methods.lottery import bundles
from tests.methods.lottery.bundles import E03, E10, E11, changed, digest

FILES = bundles.j2().files()
RANDOM = bundles.random_story(11, 400, cap=2).files()
Files = dict[str, bytes]


def wrong_checks(files: Files, tmp_path: Path) -> set[str]:
    """Codes of the checks that differ."""
    report = verify_draw.Report()
    verify_draw.verify(bundles.write(tmp_path / "changed.zip", files), None, None, report)
    return {check.code for check in report.checks if check.ok is False}


def frame(old: str, new: str, in_step: bool = False) -> Callable[[Files], Files]:
    """Change the frame; in step: with its digest and root in the announcements, as a forger would."""

    def edit(files: Files) -> Files:
        data = files["frame.csv"].replace(old.encode(), new.encode())
        assert data != files["frame.csv"]
        out = files | {"frame.csv": data}
        if in_step:
            root = verify_draw.merkle_levels(data.split(b"\n")[:-1], "sha256")[-1][0].hex()
            for number in (1, 2):
                out = changed(
                    out, f"round-{number}/announcement.json", lambda p: p.update(frame=digest(data), frame_root=root)
                )
        return out

    return edit


def paper(name: str, edit: Callable[[dict[str, Any]], Any], number: int = 1) -> Callable[[Files], Files]:
    def apply(files: Files) -> Files:
        out = changed(files, f"round-{number}/{name}.json", edit)
        assert out != files
        return out

    return apply


def at(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """An edit that sets one value deep in a paper (or applies a function to the old one)."""

    def edit(paper: Any) -> None:
        for step in path[:-1]:
            paper = paper[step]
        paper[path[-1]] = to(paper[path[-1]]) if callable(to) else to

    return edit


def swap(items: list[Any]) -> list[Any]:
    return [items[1], items[0], *items[2:]]


LABS = ("parts", 0)
TEAMS = ("parts", 1)
CASES: dict[str, tuple[Callable[[Files], Files], set[str]]] = {
    "a firm's weight raised": (frame(E10 + ",socks,1,", E10 + ",socks,8,"), {"frame", "frame_root"}),
    "a firm struck from the list": (frame(E03 + ",socks,1,\n", ""), {"frame", "frame_root"}),
    "an excluded firm let in, digests in step": (
        frame("585,socks,0,repeat_ban", "585,socks,1,", in_step=True),
        {"odds", "seed_lines"},
    ),
    "a line out of order": (frame("91339999MAD0EM015P", "99339999MAD0EM015P"), {"frame_form", "frame"}),
    "weight 0 without a reason": (frame("0,deregistered", "0,"), {"frame_form", "frame"}),
    "the announcement changed afterwards": (
        lambda files: files | {"round-1/announcement.json": files["round-1/announcement.json"].replace(b"201", b"202")},
        {"announcement"},
    ),
    "another number to draw": (paper("announcement", at("strata", 0, "take", to=3)), {"odds", "plan", "drawn"}),
    "more to draw than there are": (paper("announcement", at("strata", 0, "take", to=11)), {"strata", "plan"}),
    "an unknown stratum": (paper("announcement", at("strata", 0, "stratum", to="shirts")), {"strata"}),
    "reserves in a sealed draw": (paper("announcement", at("strata", 0, "reserve", to=1)), {"strata"}),
    "odds prettified": (paper("announcement", at("odds", 0, "probability", to="0.500000000000")), {"odds"}),
    "odds for more firms than there are": (paper("announcement", at("odds", 0, "count", to=12)), {"odds"}),
    "odds in the result alone": (
        paper("result", at("strata", 0, "odds", 0, "probability", to="0.400001000000")),
        {"odds"},
    ),
    "the commitment of another secret": (paper("announcement", at("commitment", to="ab" * 32)), {"secret"}),
    "the same secret for both": (
        paper("announcement", lambda p: p.update(match_commitment=p["commitment"])),
        {"fresh", "match_secret"},
    ),
    "round 2 under the secret of round 1": (
        paper(
            "announcement",
            at("commitment", to=json.loads(FILES["round-1/announcement.json"])["commitment"]),
            2,
        ),
        {"fresh", "secret"},
    ),
    "drawn before it was announced": (paper("transcript", at("drawn_at", to="2027-04-05T09:00:00+08:00")), {"times"}),
    "one digit of the dice": (
        paper("transcript", at("inputs", 0, "value", to="51425661421162242525")),
        {"seed_lines", "seed", "key", "drawn", "digest", "match_seed"},
    ),
    "a digit no die shows": (paper("transcript", at("inputs", 0, "value", to="7" * 20)), {"digits"}),
    "a throw left out": (paper("transcript", at("inputs", 0, "value", to="5142566142116224252")), {"digits", "seed"}),
    "full-width digits": (
        paper("transcript", at("inputs", 0, "value", to="５１４２５６６１４２１１６２２４２５２６")),
        {"digits", "seed"},
    ),
    "an input nobody announced": (
        paper("transcript", at("inputs", to=[{"kind": "witness", "k": 1, "value": "x", "nonce": "y"}])),
        {"inputs", "seed"},
    ),
    "another secret": (
        paper("transcript", at("secret", to="demo-secret-won")),
        {"secret", "seed_lines", "seed", "drawn", "digest"},
    ),
    "a secret that smuggles in a line": (
        paper("transcript", at("secret", to="x\ndigits=1")),
        {"secret", "seed_lines", "drawn"},
    ),
    "another seed": (paper("transcript", at("seed", to="0" * 64)), {"seed"}),
    "names without the secret": (
        paper("transcript", lambda p: p.update(secret=None, seed=None, seed_lines=None)),
        {"secret"},
    ),
    "a firm replaced by hand": (
        paper("result", at("strata", 0, "drawn", to=lambda ids: [*ids[:3], E03])),
        {"drawn"},
    ),
    "the order changed": (paper("result", at("strata", 0, "drawn", to=swap)), {"drawn"}),
    "one firm fewer": (paper("result", at("strata", 0, "drawn", to=lambda ids: ids[:3])), {"drawn"}),
    "another count": (paper("result", at("count", to=5)), {"count"}),
    "another result digest": (paper("result", at("digest", to="0" * 64)), {"digest"}),
    "another key": (paper("result", at("key", to="0" * 32)), {"key"}),
    "another plan": (paper("result", at("strata", 0, "m", to=3)), {"plan"}),
    "another last rank": (paper("result", at("strata", 0, "last_q", to="0x1.0p+0")), {"last_q"}),
    "round 2 passes over too few": (
        paper("result", at("passed_over", to=lambda ids: ids[1:]), 2),
        {"passed_over"},
    ),
    "round 2 under another cap": (paper("announcement", at("cap", to=1), 2), {"same_rule"}),
    "a lab swapped": (paper("matching", at(*LABS, "assignment", to=swap)), {"optimal", "pairs"}),
    "a lab set aside yet used": (
        paper("matching", at(*LABS, "assignment", 1, to=["L1"])),
        {"pairs", "loads", "optimal", "cost"},
    ),
    "a set-aside forgotten": (paper("matching", at(*LABS, "set_asides", to=[])), {"pool"}),
    "a set-aside invented": (
        paper("matching", at(*LABS, "set_asides", to=[{"task": E10, "agent": "L3", "reason": "other"}])),
        {"pool"},
    ),
    "a sampler left out of the pool": (
        paper("matching", at(*TEAMS, "agents", to=lambda a: [x for x in a if x["id"] != "S04"])),
        {"pairs"},
    ),
    "a capacity raised": (paper("matching", at(*LABS, "agents", 0, "capacity", to=4)), {"pool"}),
    "the pool text edited": (
        paper("matching", at(*LABS, "pool_text", to=lambda t: t.replace("agent,L1,2", "agent,L1,3"))),
        {"pool"},
    ),
    "the pool withheld": (paper("matching", at(*LABS, "pool_text", to=None)), {"pool"}),
    "a potential edited": (
        paper("matching", at(*LABS, "potentials", "tasks", 0, to=lambda p: p + 2**41)),
        {"optimal"},
    ),
    "a wider window claimed": (paper("matching", at(*LABS, "hi", to=3)), {"hi"}),
    "a lower floor claimed": (paper("matching", at(*LABS, "lo", to=0)), {"lo"}),
    "a narrower window claimed": (paper("matching", at(*LABS, "hi", to=1)), {"loads", "hi"}),
    "a cheaper cost claimed": (paper("matching", at(*LABS, "cost", to=lambda c: c - 1)), {"cost"}),
    "uniqueness denied": (paper("matching", at(*LABS, "unique", to=False)), {"unique"}),
    "a task left out": (
        paper("matching", lambda p: [p["parts"][0][k].pop() for k in ("tasks", "assignment")]),
        {"tasks", "pairs"},
    ),
    "a one-man team": (paper("matching", at(*TEAMS, "assignment", 0, to=["S02"])), {"pairs", "cost"}),
    "the same man twice": (paper("matching", at(*TEAMS, "assignment", 0, to=["S02", "S02"])), {"pairs", "optimal"}),
    "another match key": (paper("matching", at(*LABS, "key", to="0" * 32)), {"match_key", "optimal", "cost"}),
    "another match seed": (paper("matching", at("match_seed", to="0" * 64)), {"match_seed"}),
    "teams left out": (paper("matching", at("parts", to=lambda parts: parts[:1])), {"team"}),
    "the matching without its secret": (paper("transcript", at("match_secret", to=None)), {"match_secret"}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_caught_where_it_was_made(name: str, tmp_path: Path) -> None:
    edit, expected = CASES[name]
    assert expected <= wrong_checks(edit(FILES), tmp_path)


def test_the_untouched_bundle_is_consistent(tmp_path: Path) -> None:
    assert wrong_checks(FILES, tmp_path) == set()
    assert wrong_checks(RANDOM, tmp_path) == set()


def test_a_result_under_a_void_round_is_caught(tmp_path: Path) -> None:
    void = paper("transcript", at("void", to={"reason": "停电"}))
    assert "void" in wrong_checks(void(FILES), tmp_path)


def test_in_a_weighted_draw_with_a_cap_every_published_number_counts(tmp_path: Path) -> None:
    """Change each leaf of the result, one after another: the answer is never 'consistent'."""
    result = json.loads(RANDOM["round-1/result.json"])

    def leaves(node: Any, path: tuple) -> list[tuple]:
        if isinstance(node, dict):
            return [leaf for key, value in node.items() for leaf in leaves(value, (*path, key))]
        if isinstance(node, list):
            return [
                leaf
                for place in {0, len(node) - 1} & set(range(len(node)))
                for leaf in leaves(node[place], (*path, place))
            ]
        return [path]

    def other(old: Any) -> Any:
        if isinstance(old, int):
            return old + 1
        return None if old is None else old[:-1] + ("1" if old[-1] != "1" else "2")

    paths = [path for path in leaves(result, ()) if path not in {("state",), ("round",)}]
    assert len(paths) > 30
    for path in paths:
        files = changed(RANDOM, "round-1/result.json", at(*path, to=other))
        if files != RANDOM:
            assert wrong_checks(files, tmp_path), path


def test_a_forger_who_redoes_every_digest_is_caught_by_the_commitment(tmp_path: Path) -> None:
    """With another secret all can be redone consistently, but for the commitment published before the dice."""
    story = bundles.Story(bundles.j2().units)
    story.hold(1, {"socks": 4}, "a secret chosen after the dice", "demo-match-one",
               [bundles.Digits("51425661421162242526")])  # fmt: skip
    honest = json.loads(FILES["round-1/announcement.json"])
    files = changed(story.files(), "round-1/announcement.json", at("commitment", to=honest["commitment"]))
    assert wrong_checks(files, tmp_path) == {"secret"}


def test_a_pool_supplemented_in_public_is_named_and_cannot_be_hidden(tmp_path: Path, capsys) -> None:
    story = bundles.Story(bundles.j2().units)
    agents = (*bundles.LABS.agents[:1], bundles.Agent("L4", 3))
    pool = bundles.Pool(agents, {**bundles.LABS.set_asides, (E10, "L4"): "client"})
    story.hold(1, {"socks": 4}, "s", "m", [bundles.Digits("1" * 20)], pools={"labs": (pool, 1)}, supplement=("L4",))
    assert wrong_checks(story.files(), tmp_path) == set()
    verify_draw.main([str(tmp_path / "changed.zip")])
    assert "另公开补充 L4" in capsys.readouterr().out
    hide = paper("matching", at(*LABS, "supplement", to=[]))
    assert wrong_checks(hide(story.files()), tmp_path) == {"pool"}


def test_differences_are_shown_with_both_values(tmp_path: Path, capsys) -> None:
    edit, _ = CASES["the order changed"]
    path = bundles.write(tmp_path / "b.zip", edit(FILES))
    assert verify_draw.main([path]) == 1
    words = capsys.readouterr().out
    assert f"第 1 项:应为 {E10},所见 {E11}" in words
    assert "结论:不一致:1 项不符" in words
    assert verify_draw.main([path, "--lang", "en"]) == 1
    assert f"expected {E10}, found {E11}" in capsys.readouterr().out
