"""./city draw: the ceremony's rule from a terminal, with its bundle, its further rounds and its refusals."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from qualitycity.cli import draw as verb
from qualitycity.cli.postgres import Cluster
from qualitycity.methods.lottery import verify_draw
from qualitycity.methods.lottery.hashing import digest

from .city import DIGITS_ONE, DIGITS_TWO, FIRM, names, socks

ONE = ["--round", "1", "--secret", "demo-secret-one", "--digits", DIGITS_ONE]
TWO = ["--round", "2", "--secret", "demo-secret-two", "--digits", DIGITS_TWO]


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_LANG", "zh_CN")


@pytest.fixture
def frame(tmp_path: Path) -> str:
    file = tmp_path / "frame.csv"
    file.write_bytes(socks().canonical())
    return str(file)


def told(capsys: pytest.CaptureFixture[str], argv: list[str]) -> dict:
    assert verb.main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("engine", ["python", "duckdb", "polars"])
def test_json_answers_of_the_demonstration_draw(frame: str, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, ["--frame", frame, "--take", "4", "--reserve", "1", "--engine", engine, *ONE])
    assert list(answer) == ["frame", "seed", "drawn", "reserve", "result"]
    assert answer["frame"] == "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471"
    lines = f"frame={answer['frame']}\nround=1\nsecret=demo-secret-one\ndigits={DIGITS_ONE}\n"
    assert answer["seed"] == digest(lines)
    assert names(answer["drawn"]["socks"]) == ["E10", "E11", "E06", "E04"]
    assert names(answer["reserve"]["socks"]) == ["E12"]
    assert answer["result"] == "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"


def test_the_engine_in_a_database(frame: str, cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--frame", frame, "--take", "4", "--engine", "postgresql", *ONE]
    answer = told(capsys, [*argv, "--database", cluster.url("owner", "postgres")])
    assert names(answer["drawn"]["socks"]) == ["E10", "E11", "E06", "E04"]
    assert verb.main(argv) == 1
    assert "要给出数据库" in capsys.readouterr().err


def test_a_plan_by_strata_draws_strata_in_byte_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, plan = tmp_path / "f.csv", tmp_path / "plan.csv"
    file.write_text(
        "id,stratum,weight,reason\n"
        + "".join(f"U{at},{'帽' if at % 2 else 'socks'},{1 + at % 3},\n" for at in range(40))
    )
    plan.write_text("stratum,n\n帽,3\nsocks,2\n", encoding="utf-8")
    answer = told(capsys, ["--frame", str(file), "--take", str(plan), *ONE])
    assert list(answer["drawn"]) == ["socks", "帽"] and [len(ids) for ids in answer["drawn"].values()] == [2, 3]
    flat = [unit for ids in answer["drawn"].values() for unit in ids]
    assert answer["result"] == digest(f"1|{','.join(flat)}|demo-secret-one")
    assert verb.main(["--frame", str(file), "--take", "3", *ONE]) == 1
    assert "名单有 2 层(socks、帽)" in capsys.readouterr().err
    plan.write_text("socks,2\n")
    assert verb.main(["--frame", str(file), "--take", str(plan), "--json", *ONE]) == 0
    assert "计划没有写的层不抽:帽" in capsys.readouterr().err


def test_the_bundle_of_two_rounds_satisfies_the_checker(
    frame: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = str(tmp_path / "one.zip"), str(tmp_path / "two.zip")
    told(capsys, ["--frame", frame, "--take", "4", "--out", one, *ONE])
    answer = told(capsys, ["--frame", frame, "--take", "1", "--reserve", "1", "--after", one, "--out", two, *TWO])
    assert names(answer["drawn"]["socks"]) == ["E12"] and names(answer["reserve"]["socks"]) == ["E03"]
    assert verify_draw.main([two]) == 0
    assert "一致" in capsys.readouterr().out


def test_a_round_that_cannot_follow_a_bundle(frame: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = str(tmp_path / "one.zip")
    told(capsys, ["--frame", frame, "--take", "4", "--out", one, *ONE])
    other = tmp_path / "other.csv"
    other.write_text("X,socks,1,\n")
    for argv, says in [
        (["--frame", frame, "--take", "1", "--after", one, *ONE], "已有第 1 轮"),
        (["--frame", str(other), "--take", "1", "--after", one, *TWO], "名单与包里的名单不同"),
        (["--frame", frame, "--take", "1", "--cap", "1", "--after", one, *TWO], "cap 与包里前几轮不同"),
        (["--frame", frame, "--take", "1", "--after", frame, *TWO], "不是摇号公开包"),
    ]:
        assert verb.main(argv) == 1
        assert says in capsys.readouterr().err


def test_no_round_is_built_on_a_bundle_that_does_not_hold(
    frame: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, bad = tmp_path / "one.zip", tmp_path / "bad.zip"
    told(capsys, ["--frame", frame, "--take", "4", "--out", str(one), *ONE])
    with zipfile.ZipFile(one) as whole, zipfile.ZipFile(bad, "w") as changed:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "round-1/result.json":  # E06 out of the list, so that it could be drawn again
                data = data.replace(FIRM["E06"].encode(), FIRM["E08"].encode())
            changed.writestr(name, data)
    assert verb.main(["--frame", frame, "--take", "1", "--after", str(bad), *TWO]) == 1
    assert "自身核验不一致:抽中名单与次序" in capsys.readouterr().err


def test_refusals_are_one_line_each_and_told_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("A,s,1,\nA,s,1.5,\n B,s,0,\n")
    digits = "9" + DIGITS_ONE[1:]
    argv = [
        "--frame",
        str(file),
        "--take",
        "1",
        "--round",
        "0",
        "--secret",
        "x",
        "--digits",
        digits,
        "--commitment",
        "00",
    ]
    assert verb.main(argv) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 7
    assert [
        word
        for word, line in zip(["轮次", "1–6", "承诺", "第 2 行", "第 2 行", "第 3 行", "第 3 行"], lines, strict=True)
        if word not in line
    ] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--take", "11"], "可抽的只有 10"),
        (["--take", "9", "--reserve", "2"], "另备 2,可抽的只有 10"),
        (["--take", "-1"], "既不是非负整数,也不是文件"),
        (["--take", "nowhere.csv"], "既不是非负整数,也不是文件"),
        (["--digits", DIGITS_ONE[:-1]], "输入了 19 个"),
        (["--commitment", "0" * 64], "承诺值不符"),
        (["--secret", ""], "一行非空文字"),
        (["--frame", "nowhere.csv"], "找不到文件"),
        (["--out", "/nowhere/at/all.zip"], "/nowhere/at/all.zip"),
    ],
)
def test_each_refusal(frame: str, change: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.main(["--frame", frame, "--take", "4", *ONE, *change]) == 1
    out, err = capsys.readouterr()
    assert out == "" and says in err and len(err.splitlines()) == 1


def test_plain_words_and_english(
    frame: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb.main(["--frame", frame, "--take", "4", *ONE]) == 0
    out = capsys.readouterr().out
    assert f"1  {FIRM['E10']}  1aec5e465018" in out and "层 socks: 抽中 4 / 共 10" in out
    monkeypatch.setenv("CITY_LANG", "en")
    assert verb.main(["--frame", frame, "--take", "40", *ONE]) == 1
    assert "40 to draw and 0 in reserve, 10 eligible" in capsys.readouterr().err


def test_other_hash_dice_and_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "f.csv"
    file.write_text("A,s,1,\nB,s,1,\nC,s,0,moved\n")
    base = ["--frame", str(file), "--take", "1", "--round", "1", "--secret", "s", "--reason", "moved"]
    answer = told(capsys, [*base, "--digits", "0987", "--sides", "10", "--throws", "4", "--hash", "sm3"])
    assert answer["frame"] == digest(file.read_bytes(), "sm3")


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        verb.main(["--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert "--take" in out and "./city draw --frame frame.csv --take 4" in out
    with pytest.raises(SystemExit) as stopped:
        verb.main([])
    assert stopped.value.code == 2
