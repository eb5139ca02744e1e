"""Whatever a stranger puts into a bundle, the checker answers in a sentence and never with a traceback."""

from __future__ import annotations

import json
import os
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qualitycity.methods.lottery import verify_draw
from tests.methods.lottery import bundles
from tests.methods.lottery.bundles import E10, changed

FILES = bundles.j2().files()
ANNOUNCEMENT = "round-1/announcement.json"


def run(path: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = verify_draw.main([path, *more])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_paths_that_hold_no_bundle(tmp_path: Path, capsys) -> None:
    (tmp_path / "text.zip").write_text("not a zip")
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    whole = Path(bundles.write(tmp_path / "b.zip", FILES)).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    for name in ("missing.zip", "text.zip", "empty.zip", "folder", "half.zip", "missing.json", "folder/x.json"):
        code, words = run(str(tmp_path / name), capsys)
        assert (code, "无法核对" in words) == (2, True), name


@pytest.mark.parametrize("lost", sorted(set(FILES) - {"round-1/matching.json", "round-2/matching.json"}))
def test_a_missing_file_is_named(lost: str, tmp_path: Path, capsys) -> None:
    files = {name: data for name, data in FILES.items() if name != lost}
    code, words = run(bundles.write(tmp_path / "b.zip", files), capsys)
    assert code == 2
    assert lost in words


def test_a_damaged_entry_is_a_sentence(tmp_path: Path, capsys) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"demo-secret-one", b"demo-secret-two", 1))
    assert run(str(path), capsys)[0] == 2


def test_bombs_stop_at_the_limit(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_draw, "LIMIT_FRAME", 8 << 20)
    monkeypatch.setattr(verify_draw, "LIMIT_JSON", 1 << 20)
    start = time.process_time()
    for name, size in (("frame.csv", 64 << 20), (ANNOUNCEMENT, 64 << 20)):
        code, words = run(bundles.write(tmp_path / "bomb.zip", FILES | {name: bytes(size)}), capsys)
        assert code == 2
        assert f"{name} 解开后超过" in words
    assert time.process_time() - start < 10
    # An entry that lies about its size is stopped by the same count.
    path = Path(bundles.write(tmp_path / "liar.zip", {"frame.csv": bytes(64 << 20)}))
    data = path.read_bytes().replace(struct.pack("<I", 64 << 20), struct.pack("<I", 100))
    path.write_bytes(data)
    assert run(str(path), capsys)[0] == 2


def test_names_twice_too_many_rounds_and_strange_names(tmp_path: Path, capsys) -> None:
    path = tmp_path / "b.zip"
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "w") as archive:
        for name, data in [*FILES.items(), ("frame.csv", b"x")]:
            archive.writestr(name, data)
    assert "重名" in run(str(path), capsys)[1]
    many = {f"round-{i}/announcement.json": b"{}" for i in range(1, 1003)}
    assert "超过 1000" in run(bundles.write(tmp_path / "m.zip", {"frame.csv": b"", **many}), capsys)[1]
    strange = {"../../evil": b"x", "round-01/announcement.json": b"x", "round-9999999999/x": b"", "/abs": b"x"}
    assert run(bundles.write(tmp_path / "s.zip", FILES | strange), capsys)[0] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 JSON"),
        (b"\xff\xfe", "不是 UTF-8"),
        (b"[" * 100_000, "嵌套过深"),
        (b'{"a":' * 50_000, "嵌套过深"),
        (b"[]", "应为对象"),
        (b"null", "应为对象"),
        (b'{"round": 1, "round": 2}', "重名"),
        (b'{"round": 1e400}', "小数"),
        (b'{"round": NaN}', "小数"),
        (b'{"round": ' + b"9" * 100_000 + b"}", "整数过大"),
        (b'{"title": "\\ud800"}', "title:应为文字"),
    ],
)
def test_what_is_no_proper_json_is_said(content: bytes, words: str, tmp_path: Path, capsys) -> None:
    code, out = run(bundles.write(tmp_path / "b.zip", FILES | {ANNOUNCEMENT: content}), capsys)
    assert code == 2
    assert words in out


def test_all_faults_of_form_are_told_at_once(tmp_path: Path, capsys) -> None:
    def spoil(paper: dict[str, Any]) -> None:
        del paper["hash"]
        paper |= {"round": "1", "frame": "E6" * 32, "mode": "secret", "published_at": "2027-04-06 10:00", "cap": True}
        paper["strata"] = [{"stratum": "socks", "take": -1, "reserve": 2**60}]
        paper["inputs"] = [{"kind": "coin"}, {"kind": "digits", "sides": 1, "count": 2}]

    code, out = run(bundles.write(tmp_path / "b.zip", changed(FILES, ANNOUNCEMENT, spoil)), capsys)
    assert code == 2
    for place in (
        "缺少 hash",
        ".round",
        ".frame",
        ".mode",
        ".published_at",
        ".cap",
        ".take",
        ".reserve",
        "kind",
        ".sides",
    ):
        assert place in out, place
    code, out = run(str(tmp_path / "b.zip"), capsys, "--json", "--lang", "en")
    answer = json.loads(out)
    assert answer["verdict"] == "unreadable"
    assert len(answer["reasons"]) >= 10
    assert all("must be" in reason or "missing" in reason for reason in answer["reasons"])


FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "no line feed at the end": lambda data: data[:-1],
    "windows line ends": lambda data: data.replace(b"\n", b"\r\n"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "a header": lambda data: b"id,stratum,weight,reason\n" + data,
    "not UTF-8": lambda data: data + "袜业,socks,1,\n".encode("gb18030"),
    "a quote": lambda data: data + b'"Z",socks,1,\n',
    "an empty line": lambda data: data + b"\n",
    "five fields": lambda data: data + b"Z,socks,1,,\n",
    "a fraction": lambda data: data + b"Z,socks,1.5,\n",
    "a leading zero": lambda data: data + b"Z,socks,01,\n",
    "a weight of a hundred thousand digits": lambda data: data + b"Z,socks," + b"9" * 100_000 + b",\n",
    "full-width weight": lambda data: data + "Z,socks,１,\n".encode(),
    "not NFC": lambda data: data + "Zu\u0308,socks,1,\n".encode(),
    "too long": lambda data: data + b"Z" * 129 + b",socks,1,\n",
    "a space": lambda data: data + b"Z ,socks,1,\n",
    "twice": lambda data: data + data.splitlines(keepends=True)[-1],
    "no stratum": lambda data: data + b"Z,,1,\n",
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_that_is_not_canonical_is_a_difference_with_its_line(name: str, tmp_path: Path, capsys) -> None:
    data = FRAMES[name](FILES["frame.csv"])
    code, out = run(bundles.write(tmp_path / "b.zip", FILES | {"frame.csv": data}), capsys)
    assert code == 1
    assert "✗ 名单文件格式" in out
    assert "行" in out or name == "empty"
    assert len(out) < 100_000


def test_weights_that_no_double_can_hold_exactly_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"A,x,2147483647,\nB,x,2147483647,\nC,y,5,\n"
    assert verify_draw.read_frame(lines)[2] == []
    monkeypatch.setattr(verify_draw, "MANTISSA", 2**32 - 2)
    assert [fault.en for fault in verify_draw.read_frame(lines)[2]] == ["the weights of x add up to 2^53 or more"]


def test_text_that_would_steer_a_terminal_is_shown_harmless(tmp_path: Path, capsys) -> None:
    def spoil(paper: dict[str, Any]) -> None:
        paper["strata"][0]["drawn"][0] = "\x1b[2J\x1b[31m一致\u202e"

    files = changed(FILES, "round-1/result.json", spoil)
    files["frame.csv"] = files["frame.csv"].replace(b"MAD0EM015P", b"\x1b]0;x\x07")
    for more in ([], ["--json"], ["--firm", "\x1b[31m"]):
        out = run(bundles.write(tmp_path / "b.zip", files), capsys, *more)[1]
        assert not [c for c in out if not c.isprintable() and c != "\n"]


def mutations(paper: Any, rng: random.Random) -> Any:
    """A paper with one node replaced by something of another kind."""
    strange = [
        None,
        True,
        -1,
        0,
        2**53,
        "",
        "x",
        "\x00",
        [],
        {},
        [[]],
        "0" * 64,
        "-0x1.0p+0",
        2**31,
        "999999999999",
        [None],
    ]
    nodes: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in list(items):
            nodes.append((node, key))
            walk(value)

    walk(paper)
    for _ in range(rng.choice([1, 1, 2, 5])):
        owner, key = rng.choice(nodes)
        act = rng.random()
        try:
            if act < 0.2:
                del owner[key]
            elif act < 0.4 and isinstance(owner[key], int):
                owner[key] += rng.choice([-1, 1, 2**40])
            elif act < 0.5 and isinstance(owner, list):
                owner.append(owner[key])
            else:
                owner[key] = rng.choice(strange)
        except (KeyError, IndexError, TypeError):
            continue  # its owner went in an earlier mutation
    return paper


@pytest.mark.parametrize("source", ["open", "sealed", "weighted"])
def test_random_damage_never_brings_a_traceback_nor_a_wrong_consistent(source: str, tmp_path: Path, capsys) -> None:
    story = {
        "open": lambda: bundles.j2(),
        "sealed": lambda: bundles.j2("sealed", 1),
        "weighted": lambda: bundles.random_story(5, 60, cap=2),
    }[source]()
    files, rng = story.files(), random.Random(source)
    papers = [name for name in files if name.endswith(".json")]
    codes = {0: 0, 1: 0, 2: 0}
    for _ in range(int(os.environ.get("CITY_FUZZ", "100"))):
        name = rng.choice(papers)
        damaged = files | {name: json.dumps(mutations(json.loads(files[name]), rng)).encode()}
        for file, data in damaged.items():
            target = tmp_path / "folder" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        code, _ = run(str(tmp_path / "folder"), capsys, *rng.choice([[], ["--firm", E10], ["--json"]]))
        codes[code] += 1
    assert min(codes[1], codes[2]) > 2
    # The digest of an announcement guards it once drawn; what is left unguarded is free text and times.
    assert codes[0] < 25
