"""The data folder refuses, in one sentence each, whatever would break it: and nothing in it changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from qualitycity.cli import folder as folder_module
from qualitycity.cli import run
from qualitycity.cli.folder import DataFolder, Installation, software_version
from qualitycity.kernel.console import VerbError

Usage = namedtuple("Usage", "total used free")


def contents(path: Path) -> dict[str, bytes]:
    return {str(entry.relative_to(path)): entry.read_bytes() for entry in path.rglob("*") if entry.is_file()}


def test_a_new_folder_is_made_private_and_remembers_its_version(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "deep" / "city")
    folder.open()
    assert (folder.path / "VERSION").read_text().strip() == software_version()
    assert folder.path.stat().st_mode & 0o066 == 0
    DataFolder(folder.path).open()


def test_a_folder_of_newer_software_is_refused_untouched(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "city")
    folder.open()
    (folder.path / "VERSION").write_text("999.0\n")
    before = contents(folder.path)
    with pytest.raises(VerbError, match=r"更新的版本 999\.0[\s\S]*999\.0.*upgrade"):
        folder.open()
    assert contents(folder.path) == before


def test_a_strangers_folder_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(VerbError, match="neither empty nor a data folder"):
        DataFolder(tmp_path).open()
    assert contents(tmp_path) == {"diary.txt": b"mine"}


def test_a_nearly_full_disk_is_refused_with_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "city")
    folder.open()
    before = contents(folder.path)
    monkeypatch.setattr(folder_module.shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 12_000_000))
    with pytest.raises(VerbError, match=r"只剩 12 MB[\s\S]*12 MB are left"):
        folder.open()
    assert contents(folder.path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_really_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        folder = DataFolder(disk)
        folder._write("installation.json", json.dumps({"mode": "real"}))
        (disk / "filler").write_bytes(b"x" * (disk.stat().st_blksize * 12))
        with pytest.raises(OSError, match="No space"):
            folder.decide(Installation(mode="demo", url="x" * 100_000))
        assert folder.installation.mode == "real"
        with pytest.raises(VerbError, match="快满了"):
            folder.check_space()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_second_run_is_told_where_the_first_is(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "city")
    folder.open()
    code = "import sys; from pathlib import Path; from qualitycity.cli.folder import DataFolder\n" + (
        "f = DataFolder(Path(sys.argv[1])); f.take('http://127.0.0.1:8123'); print('held', flush=True); input()"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
    first = subprocess.Popen(
        [sys.executable, "-c", code, folder.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    assert first.stdout and first.stdin and first.stdout.readline() == "held\n"
    try:
        assert folder.held
        with pytest.raises(VerbError, match=r"http://127\.0\.0\.1:8123[\s\S]*in use already"):
            folder.take("other")
        with pytest.raises(VerbError, match="in use"):
            folder.clear()
    finally:
        first.kill()
        first.wait()
        first.stdin.close()
        first.stdout.close()
    assert not folder.held, "a killed run must not lock the folder for ever"
    folder.take("other")


def test_fresh_never_deletes_a_real_installation(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "city")
    folder.open()
    folder.decide(Installation(mode="real"))
    with pytest.raises(VerbError, match="real installation"):
        folder.clear()
    assert folder.exists
    folder.decide(Installation(mode="demo"))
    folder.clear()
    assert not folder.path.exists()


def test_a_damaged_decision_is_named_not_guessed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "city")
    folder.open()
    (folder.path / "installation.json").write_text('{"mode": "re')
    with pytest.raises(VerbError, match=r"installation\.json"):
        _ = folder.installation


def test_a_real_installation_is_refused_before_the_question_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path / "real")
    folder.open()
    folder.decide(Installation(mode="real"))
    monkeypatch.setattr(run, "confirm", lambda *_: pytest.fail("a question asked in vain"))
    with pytest.raises(VerbError, match="real installation"):
        run._begin_anew(folder, yes=False)


def test_what_cannot_be_opened_is_not_touched_by_a_check(tmp_path: Path) -> None:
    new = DataFolder(tmp_path / "new")
    new.check()
    assert not new.path.exists() and not new.decided
    (tmp_path / "file").write_text("x")
    with pytest.raises(VerbError, match="no folder"):
        DataFolder(tmp_path / "file").check()
