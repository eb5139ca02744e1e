"""The one-file checker tells the story of the demonstration draw at every stage, to people and to programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qualitycity.cli import verify
from qualitycity.methods.lottery import verify_draw
from qualitycity.methods.lottery.matching import Agent, Pool
from qualitycity.methods.lottery.seed import Beacon, Digits, Witness
from tests.methods.lottery import bundles
from tests.methods.lottery.bundles import E04, E06, E10, E11, E12

FILE = Path(verify_draw.__file__)
QUICKNET_1000 = Beacon(
    verify_draw.QUICKNET["chain"],
    1000,
    "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
)


def ask(path: str, *more: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    """Ask for JSON and read it."""
    code = verify_draw.main([path, "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def found(answer: dict, ok: bool | None) -> list[tuple[int | None, str]]:
    return [(check["round"], check["check"]) for check in answer["checks"] if check["ok"] is ok]


def value(answer: dict, number: int, check: str) -> object:
    return next(c["expected"] for c in answer["checks"] if (c["round"], c["check"]) == (number, check))


def test_everything_open_is_consistent_with_the_published_answers(tmp_path: Path, capsys) -> None:
    story = bundles.j2()
    code, answer = ask(bundles.write(tmp_path / "b.zip", story.files()), capsys=capsys)
    assert (code, answer["verdict"], found(answer, False), found(answer, None)) == (0, "consistent", [], [])
    assert value(answer, None, "frame") == "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471"
    assert value(answer, 1, "secret") == "99f1f6031d9c8abdbf683dd9111babe8f1831782098e9617f23f7127b747e73e"
    assert value(answer, 1, "match_secret") == "eff677390cd5dac4668e13caea85831932bf6ce1d84b55a9af14884fa7a41765"
    assert value(answer, 1, "drawn") == [E10, E11, E06, E04]
    assert value(answer, 1, "digest") == "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"
    assert value(answer, 2, "secret") == "da780414b3f46dc7ba6fb2dfc89d9121e0f37ed1c7ecdebbe487c37e3523b211"
    assert value(answer, 2, "match_secret") == "360fb39208a057496ad298487d32576575f6f562a20a7b49ccb5aa673c605e4a"
    assert value(answer, 2, "drawn") == [E12]
    teams = {part["label"]: part["assignment"] for part in story.rounds[1]["matching"]["parts"]}
    assert teams["labs"] == [["L1"], ["L2"], ["L3"], ["L3"]]
    assert [set(team) for team in teams["teams"]] == [{"S02", "S06"}, {"S04", "S05"}, {"S03", "S01"}, {"S06", "S03"}]
    second = {part["label"]: part["assignment"] for part in story.rounds[2]["matching"]["parts"]}
    assert (second["labs"], set(second["teams"][0])) == ([["L3"]], {"S02", "S06"})


@pytest.mark.parametrize(
    ("opened", "sealed"),
    [
        ("announced", {"inputs"}),
        ("sealed", {"secret", "digest"}),
        ("names", {"match_secret", "tasks"}),
    ],
)
def test_before_opening_it_checks_what_can_be_checked_and_says_what_is_sealed(
    tmp_path: Path, capsys, opened: str, sealed: set[str]
) -> None:
    path = bundles.write(tmp_path / "b.zip", bundles.j2(opened, rounds=1).files())
    code, answer = ask(path, capsys=capsys)
    assert (code, found(answer, False)) == (0, [])
    assert {check for _, check in found(answer, None)} == sealed
    assert {"frame", "frame_root", "fresh"} <= {check for _, check in found(answer, True)}
    assert {"strata", "odds"} <= {check for _, check in found(answer, True)}
    verify_draw.main([path])
    words = capsys.readouterr().out
    assert "○" in words
    assert "一致" in words
    assert "不一致" not in words


def test_a_second_round_over_a_sealed_first_one_says_that_it_cannot_compare(tmp_path: Path, capsys) -> None:
    story = bundles.j2("sealed", rounds=1)
    story.hold(2, {"socks": 1}, "demo-secret-two", "demo-match-two", [Digits("13452452514362151362")], opened="names")
    story.rounds[2]["announcement"]["odds"] = None
    files = bundles.changed(story.files(), "round-2/announcement.json", lambda paper: None)
    code, answer = ask(bundles.write(tmp_path / "b.zip", files), capsys=capsys)
    assert (code, found(answer, False)) == (0, [])
    assert (2, "passed_over") in found(answer, None)
    assert value(answer, 2, "drawn") == [E12]


def test_a_void_round_is_told_and_nothing_of_it_is_passed_over(tmp_path: Path, capsys) -> None:
    story = bundles.j2(rounds=1)
    void = bundles.Story(story.units)
    void.gone = set(story.gone)
    papers = void.hold(2, {"socks": 4}, "spoilt", "spoilt too", [Digits("1" * 20)], opened="sealed")
    papers["transcript"] |= {"void": {"reason": "停电", "at": "2027-04-07T09:45:00+08:00"}, "inputs": []}
    del papers["result"]
    story.rounds[2] = papers
    story.hold(3, {"socks": 1}, "third", "third too", [Digits("2" * 20)])
    code, answer = ask(bundles.write(tmp_path / "b.zip", story.files()), capsys=capsys)
    assert (code, found(answer, False)) == (0, [])
    assert (2, "void") in found(answer, True)
    assert len(value(answer, 3, "passed_over")) == 4


def test_one_firm_checks_itself_with_one_hash(tmp_path: Path, capsys) -> None:
    path = bundles.write(tmp_path / "b.zip", bundles.j2().files())
    code, answer = ask(path, "--firm", E11, capsys=capsys)
    card = answer["firm"][0]
    first, second = card["rounds"]
    assert code == 0
    assert (first["state"], first["place"], second["state"]) == ("drawn", 2, "passed_over")
    assert first["ticket"].startswith("39049cd1f1e4")
    assert first["probability"] == "0.400000000000"
    if tool := shutil.which("sha256sum"):  # the recipe that is shown works as it stands
        out = subprocess.run([tool], input=first["hash_this"].encode(), capture_output=True, check=True).stdout
        assert out.decode().split()[0] == first["ticket"]
    excluded = ask(path, "--firm", "91339999MAD0EM0585", capsys=capsys)[1]["firm"][0]
    assert (excluded["excluded"], excluded["rounds"][0]["state"]) == ("repeat_ban", "excluded")
    missed = ask(path, "--firm", E12, capsys=capsys)[1]["firm"][0]["rounds"]
    assert [entry["state"] for entry in missed] == ["not_drawn", "drawn"]
    sealed = bundles.write(tmp_path / "s.zip", bundles.j2("sealed", 1).files())
    assert ask(sealed, "--firm", E11, capsys=capsys)[1]["firm"][0]["rounds"][0]["state"] == "sealed"
    assert verify_draw.main([path, "--firm", E11, "--lang", "en"]) == 0
    assert "printf '%s'" in capsys.readouterr().out


def test_a_firm_that_is_not_listed_and_a_code_typed_in_full_width(tmp_path: Path, capsys) -> None:
    path = bundles.write(tmp_path / "b.zip", bundles.j2().files())
    assert verify_draw.main([path, "--firm", "".join(chr(ord(c) + 0xFEE0) for c in E11.lower())]) == 2
    assert f"是不是 {E11}" in capsys.readouterr().out
    assert verify_draw.main([path, "--firm", "nobody"]) == 2
    assert "名单里没有 nobody" in capsys.readouterr().out


def test_a_line_is_proved_without_the_others(tmp_path: Path, capsys) -> None:
    story = bundles.j2()
    _, answer = ask(bundles.write(tmp_path / "b.zip", story.files()), "--firm", E11, capsys=capsys)
    proof = answer["firm"][0]["proof"]
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    assert verify_draw.main([str(path), "--root", story.root]) == 0
    assert verify_draw.main([str(path)]) == 0
    assert "○" in capsys.readouterr().out
    assert verify_draw.main([str(path), "--root", "0" * 64]) == 1
    for name, wrong in (("line", proof["line"].replace(",1,", ",8,")), ("index", 3), ("size", 2**53 - 1), ("path", [])):
        path.write_text(json.dumps(proof | {name: wrong}))
        assert verify_draw.main([str(path), "--root", story.root]) == 1, name
    path.write_text(json.dumps(proof | {"index": -1, "path": ["zz"]}))
    assert verify_draw.main([str(path)]) == 2


def test_a_folder_and_the_city_verb_give_the_same_answer(tmp_path: Path, capsys) -> None:
    path = bundles.write(tmp_path / "b.zip", bundles.j2().files())
    shutil.unpack_archive(path, tmp_path / "folder")
    answers = []
    for call in (lambda: verify_draw.main([path]), lambda: verify_draw.main([str(tmp_path / "folder")]),
                 lambda: verify.main([path])):  # fmt: skip
        assert call() == 0
        answers.append(capsys.readouterr().out)
    assert len(set(answers)) == 1
    with pytest.raises(SystemExit) as stop:
        verify.main(["--help"])
    assert stop.value.code == 0
    assert "./city verify BUNDLE.zip --firm" in capsys.readouterr().out


def test_sm3_and_the_own_sm3_agree(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    for vector in json.loads((shared / "golden/lottery/hash_kat.json").read_text()):
        if vector["alg"] == "sm3":
            assert verify_draw.sm3(vector["msg_utf8"].encode()).hex() == vector["hex"]
    path = bundles.write(tmp_path / "b.zip", bundles.j2(hash_name="sm3").files())
    assert verify_draw.main([path]) == 0
    capsys.readouterr()
    monkeypatch.setattr(verify_draw, "hash_function", lambda name: verify_draw._Sm3)
    assert verify_draw.main([path]) == 0


def test_beacon_dice_and_witnesses_together(tmp_path: Path, capsys) -> None:
    inputs = [Digits("51425661421162242526"), Witness(1, "七上八下", "n1"), Witness(2, struck=True), QUICKNET_1000]
    chain = {k: verify_draw.QUICKNET[k] for k in ("scheme", "public_key", "genesis", "period")}
    announced = [
        {"kind": "digits", "sides": 6, "count": 20},
        {"kind": "witness", "k": 1, "commitment": Witness(1, "七上八下", "n1").commitment()},
        {"kind": "witness", "k": 2, "commitment": "ab" * 32},
        {"kind": "drand", "chain": QUICKNET_1000.chain, "round": 1000, **chain},
    ]
    times = {"published_at": "2023-08-23T23:00:00+08:00", "drawn_at": "2027-04-07T10:00:00+08:00"}
    story = bundles.Story(bundles.j2().units)
    story.hold(1, {"socks": 4}, "s", "m", inputs, announced_inputs=announced, **times)
    code, answer = ask(bundles.write(tmp_path / "b.zip", story.files()), capsys=capsys)
    assert (code, found(answer, False)) == (0, [])
    assert {"drand_chain", "drand_time", "drand_randomness", "drand_signature", "witness"} <= {
        check for _, check in found(answer, True)
    }
    # The same draw, announced an hour after the round was public: somebody could have known.
    late = bundles.Story(story.units)
    late.hold(1, {"socks": 4}, "s", "m", inputs, announced_inputs=announced, **times | {
        "published_at": "2023-08-24T01:00:00+08:00"})  # fmt: skip
    code, answer = ask(bundles.write(tmp_path / "l.zip", late.files()), capsys=capsys)
    assert (code, found(answer, False)) == (1, [(1, "drand_time")])


def test_twenty_thousand_units_a_beacon_and_a_national_matching_within_two_seconds(tmp_path: Path, capsys) -> None:
    pytest.importorskip("ortools")
    from qualitycity.methods.lottery.frame import Unit

    units = [Unit(f"91339999{i:010d}", f"d{i % 20:02d}", (1, 2, 4, 8)[i % 7 % 4], "") for i in range(20_000)]
    story = bundles.Story(units)
    agents = tuple(Agent(f"S{i:03d}", 24) for i in range(500))
    # an inspector reaches 2 of the 20 districts, so some 250,000 pairs are allowed
    reach = [[a.id for i, a in enumerate(agents) if (i - d) % 10 == 0] for d in range(20)]
    pool = Pool(agents, {}, {u.id: reach[int(u.stratum[1:])] for u in units})
    announced = [{"kind": "drand", "chain": QUICKNET_1000.chain, "round": 1000, **{
        k: verify_draw.QUICKNET[k] for k in ("scheme", "public_key", "genesis", "period")}}]  # fmt: skip
    story.hold(1, {f"d{i:02d}": 250 for i in range(20)}, "s", "m", [QUICKNET_1000], announced_inputs=announced,
               pools={"teams": (pool, 2)}, published_at="2023-08-23T23:00:00+08:00")  # fmt: skip
    path = bundles.write(tmp_path / "b.zip", story.files())
    assert sum(map(len, story.rounds[1]["matching"]["parts"][0]["allowed"])) == 250_000
    start = time.process_time()
    assert verify_draw.main([path]) == 0
    spent = time.process_time() - start
    assert "一致" in capsys.readouterr().out
    assert spent < 2, f"{spent:.2f} s"


def old_pythons() -> list[str]:
    """Interpreters of this machine, the oldest the file promises among them where it is installed."""
    names = ["python3.8", "python3.9", "python3.12", "python3.13"]
    roots = [*os.environ.get("PATH", "").split(os.pathsep), *map(str, Path.home().glob(".pyenv/versions/*/bin"))]
    hits = {
        name: next((p for r in roots if "shims" not in r and (p := Path(r) / name).exists()), None) for name in names
    }
    return [str(path) for path in hits.values() if path]


def test_it_stands_alone_on_every_python_found(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    copied = shutil.copy(FILE, alone)
    good = bundles.write(tmp_path / "b.zip", bundles.j2(hash_name="sm3").files())
    for python in {sys.executable, *old_pythons()}:
        done = subprocess.run(
            [python, "-I", "-S", copied, good, "--firm", E11], capture_output=True, cwd=alone, check=False
        )
        assert done.returncode == 0, (python, done.stderr.decode())
        assert "一致" in done.stdout.decode()
        assert not done.stderr
    # A console that has no Chinese shows question marks, not a traceback.
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, copied, good], capture_output=True, env=plain, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_file_imports_nothing_but_the_standard_library() -> None:
    import ast

    names = {
        (alias.name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(FILE.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names - set(sys.stdlib_module_names) == set()


@pytest.mark.parametrize(
    ("seed", "cap", "hash_name"), [(1, None, "sha256"), (2, 1, "sha256"), (3, 2, "sm3"), (4, None, "sm3")]
)
def test_random_draws_of_the_library_are_confirmed(
    tmp_path: Path, capsys, seed: int, cap: int | None, hash_name: str
) -> None:
    story = bundles.random_story(seed, 1500, hash_name, cap)
    code, answer = ask(bundles.write(tmp_path / "b.zip", story.files()), capsys=capsys)
    assert (code, found(answer, False)) == (0, [])
    # Every single unit, asked for itself, agrees with the list.
    checked = verify_draw.check_bundle(verify_draw.read_bundle(str(tmp_path / "b.zip")), verify_draw.Report())
    outcome = checked.outcomes[0]
    states = {unit.id: verify_draw.firm_round(outcome, unit, hash_name)["state"] for unit in checked.units}
    strata = story.rounds[1]["result"]["strata"]
    assert {i for i, state in states.items() if state == "drawn"} == {i for s in strata for i in s["drawn"]}
    assert {i for i, state in states.items() if state == "reserve"} == {i for s in strata for i in s["reserve"]}
    assert ("capped" in states.values()) is (cap is not None)
