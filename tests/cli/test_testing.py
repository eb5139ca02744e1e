"""The orchestrator of the tests: it counts right, forgives nothing, and says what did not run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qualitycity.cli import chromium, testing
from qualitycity.cli.testing import Outcome, Part, Run, perform, read_report, summary

TESTS = """
import pytest
def test_good(): pass
def test_bad(): assert 1 == 2
@pytest.mark.skip(reason="CITY_SHARED (../shared) is not here")
def test_shared(): pass
@pytest.mark.skip(reason="no Chromium")
def test_browser(): pass
@pytest.fixture
def broken(): raise RuntimeError
def test_error(broken): pass
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(long=False, given=[], place=tmp_path)


def test_a_report_is_counted(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(TESTS)
    report = tmp_path / "x.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", f"--junitxml={report}", "-c", os.devnull]
    subprocess.run([*command, tmp_path], capture_output=True, cwd=tmp_path)
    outcome = read_report("x", report)
    assert (outcome.passed, outcome.failed, len(outcome.skipped)) == (1, 2, 2)
    lines, code = summary([outcome], strict=False)
    assert code == 1 and lines[-1] == "1 passed, 2 failed, 2 skipped"
    assert any(line.endswith("without CITY_SHARED: 1") for line in lines)
    assert any("no Chromium" in line for line in lines)


def test_what_did_not_run_is_said_and_fails_where_nobody_looks() -> None:
    outcomes = [Outcome("tests", passed=5), Outcome("browser", not_run=chromium.WHY_NOT)]
    lines, code = summary(outcomes, strict=False)
    assert code == 0 and any(line.startswith("!! ") and "Chromium" in line for line in lines)
    assert summary(outcomes, strict=True)[1] == 1
    assert summary([], strict=False)[1] == 1, "a run of nothing is no success"


def test_a_checker_that_finds_something_fails_and_is_heard(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    good = run.check("quiet", [sys.executable, "-c", "print('fine')"])
    assert (good.passed, good.failed) == (1, 0) and "fine" not in capfd.readouterr().out
    bad = run.check("loud", [sys.executable, "-c", "print('line 3 is wrong'); raise SystemExit(2)"])
    assert (bad.passed, bad.failed) == (0, 1) and "line 3 is wrong" in capfd.readouterr().out


def test_a_part_that_hangs_is_ended_with_its_children(run: Run) -> None:
    mark = f"sleep {int(time.time()) % 10_000 + 10_000}"
    part = Part("hang", lambda: run.check("hang", ["sh", "-c", f"{mark} & {mark}; true"]), minutes=0.02)
    outcome = perform(part, left=5)
    assert outcome.failed == 1 and outcome.seconds < 30
    assert mark not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout


def test_no_time_left_is_not_run() -> None:
    assert perform(Part("late", lambda: pytest.fail("must not run")), left=0).not_run


def test_a_choice_of_tests_runs_those_alone(tmp_path: Path) -> None:
    assert [part.name for part in Run(False, ["tests/cli"], tmp_path).parts()] == ["tests"]
    names = [part.name for part in Run(True, [], tmp_path).parts()]
    assert names[-1] == "long" and {"lint", "types", "import contracts", "tests", "browser"} <= set(names)


def test_the_users_own_database_is_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://real")
    monkeypatch.setenv("CITY_DATA", "/srv/city")
    assert not set(testing.OURS) & set(Run(False, [], tmp_path).env)


def test_chromium_is_not_installed_by_ordinary_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "found", lambda: None)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.subprocess, "run", lambda *a, **k: pytest.fail("apt was called"))
    assert chromium.ensure() is None
