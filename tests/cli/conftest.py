"""Verbs as a person calls them: in a process of their own, on a folder of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qualitycity.cli import verbs
from qualitycity.cli.folder import DataFolder
from qualitycity.cli.testing import OURS

City = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**extra: str) -> dict[str, str]:
    """What a verb finds around it: nothing of the test run's own city; it speaks Chinese unless `extra` says."""
    found = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith("DJANGO")}
    ours = {"PYTHONPATH": str(verbs.root() / "src"), "CITY_ROOT": str(verbs.root()), "CITY_LANG": "zh"}
    return found | ours | {"PYTHONUTF8": "1"} | extra


@pytest.fixture(scope="session")
def city() -> City:
    """``city("backup", FILE, "--data", DIR, NAME=value)`` runs a verb and returns what it said."""

    def call(*argv: object, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "qualitycity.cli", *map(str, argv)],
            env=environment(**extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )

    return call


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for a story; the databases of the data folders in it are removed by their keeper."""
    folder = tmp_path_factory.mktemp("city")
    yield folder
    for version in folder.glob("*/VERSION"):
        DataFolder(version.parent).cluster.remove()


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
