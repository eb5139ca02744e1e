"""The environment: only hashes, no addresses, one set of pins for both commands, and a sentence for an old Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from qualitycity.cli import environment, verbs
from qualitycity.kernel.console import VerbError

ROOT = verbs.root()
PIN = re.compile(r"^([A-Za-z0-9_.-]+==[^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> set[str]:
    return set(PIN.findall((ROOT / "requirements" / f"{name}.lock").read_text()))


@pytest.mark.parametrize("name", ["tools", "runtime", "test", "bench"])
def test_every_pin_has_hashes_and_no_file_names_an_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    assert text.count("--hash=sha256:") >= len(pins(name)) > 0
    assert "://" not in text


@pytest.mark.parametrize("larger", ["test", "bench"])
def test_the_larger_sets_hold_every_pin_of_the_runtime_set(larger: str) -> None:
    assert pins("runtime") <= pins(larger)


def test_a_lock_that_changed_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    calls = []

    def install(root: Path, env: Path, lock: Path) -> None:
        calls.append(lock.stem)
        (env / "bin").mkdir(parents=True, exist_ok=True)
        (env / "bin" / "python").touch()

    monkeypatch.setattr(environment, "_install", install)
    environment.ensure(tmp_path, "runtime")
    environment.ensure(tmp_path, "runtime")
    assert calls == ["runtime"]
    environment.ensure(tmp_path, "test")
    environment.ensure(tmp_path, "runtime")
    assert calls == ["runtime", "test"], "what the tests need holds what running needs"
    with (tmp_path / "requirements" / "runtime.lock").open("a") as lock:
        lock.write("# changed\n")
    environment.ensure(tmp_path, "runtime")
    assert calls == ["runtime", "test", "test"]
    (tmp_path / ".venv" / "bin" / "python").unlink()
    environment.ensure(tmp_path, "runtime")
    assert len(calls) == 4, "a broken environment is made anew"


def test_pip_takes_over_when_uv_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(environment, "uv_program", lambda root: "/nonexistent/uv")
    monkeypatch.setattr(environment, "_install_by_pip", lambda env, lock: seen.append(lock))
    environment._install(tmp_path, tmp_path / "env", tmp_path / "x.lock")
    assert seen == [tmp_path / "x.lock"]


def test_a_disk_too_full_to_install_on_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: usage(1, 1, 10_000_000))
    with pytest.raises(VerbError, match="磁盘空间不足"):
        environment._check_space(tmp_path)


def test_pips_own_settings_reach_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://mirror.example/simple\nextra-index-url =\n  file:///a\n  file:///b\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_NO_INPUT", "1")
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    given = environment.pip_settings_for_uv()
    assert given["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert given["UV_INDEX"].split() == ["file:///a", "file:///b"]
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://chosen.example/simple")
    assert "UV_DEFAULT_INDEX" not in environment.pip_settings_for_uv()


def test_an_old_python_gets_one_sentence(tmp_path: Path) -> None:
    """The script is read by an old interpreter before it can say anything: it must parse and answer there."""
    script = (ROOT / "city").read_text()
    pretend = "import sys\nsys.version_info = (3, 9, 2, 'final', 0)\n"
    old = tmp_path / "old.py"
    old.write_text(pretend + script.replace("sys.exit(main())", "print(main())"))
    done = subprocess.run([sys.executable, old, "run"], capture_output=True, text=True)
    assert done.stdout == "2\n"
    assert "Python 3.11" in done.stderr and "3.9" in done.stderr and len(done.stderr.splitlines()) == 1
    compile(script, "city", "exec", flags=0)
    assert not re.search(r"\bf['\"]", script), "f-strings would be a syntax error before the sentence"


def test_the_overview_names_every_verb_without_an_environment(tmp_path: Path) -> None:
    shutil.copy(ROOT / "city", tmp_path / "city")
    shutil.copytree(ROOT / "src" / "qualitycity" / "cli", tmp_path / "src" / "qualitycity" / "cli")
    (tmp_path / "src" / "qualitycity" / "__init__.py").touch()
    (tmp_path / "src" / "qualitycity" / "kernel").mkdir()
    (tmp_path / "src" / "qualitycity" / "kernel" / "__init__.py").touch()
    shutil.copy(ROOT / "src" / "qualitycity" / "kernel" / "console.py", tmp_path / "src" / "qualitycity" / "kernel")
    done = subprocess.run([sys.executable, tmp_path / "city", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for name, verb in verbs.VERBS.items():
        assert name in done.stdout and verb.zh in done.stdout and verb.en in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_verb_is_answered_with_the_list() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qualitycity.cli", "fly"], capture_output=True, text=True, cwd=ROOT / "src"
    )
    assert done.returncode == 2 and "fly" in done.stderr and "./city run" in done.stderr


def test_the_stamp_survives_rubbish(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    for text in ("", "[1]", json.dumps({"runtime": 1})):
        (tmp_path / "city-stamp.json").write_text(text)
        assert isinstance(environment.installed(tmp_path), dict)
