"""A process that is started before it is asked: it waits for its question, and never outlives whoever would ask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qualitycity.cli.database import Database
from qualitycity.cli.folder import DataFolder, Installation
from qualitycity.cli.upgrade import PREPARE

from .test_run import ours


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A folder that is decided, with no server in it."""
    folder = DataFolder(tmp_path / "city")
    folder.open()
    folder.decide(Installation(mode="demo"))
    return Database(folder)


def test_the_question_reaches_a_process_started_before_it(database: Database) -> None:
    with database.asking("json.tool", "--compact") as answer:
        assert answer({"asked": ["late"]}) == {"asked": ["late"]}


def test_a_database_that_does_not_start_leaves_no_process_behind(database: Database) -> None:
    with pytest.raises(RuntimeError, match="no server"), database.asking(PREPARE, "--demo"):
        assert ours(database.folder.path)
        raise RuntimeError("no server")
    assert not ours(database.folder.path)


def test_preparing_ends_when_nobody_asks_any_more(database: Database) -> None:
    command = [sys.executable, "-m", PREPARE, "--demo", "--load-pack"]
    env = database.environment("owner")
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
