"""Kill a process at a random moment of its work, and look at what is left."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.db import connection

from qualitycity.kernel.acts.models import Act, ActLink
from qualitycity.kernel.acts.verify import verify
from tests.conftest import _forget, _maintain

BROKEN = 70
PATIENCE = 60  # seconds: a child that hangs is an error, not a wait


def start(work: Callable[[], object]) -> int:
    """Run `work` in a process of its own, with a database connection of its own; returns its id."""
    connection.close()
    child = os.fork()
    if child:
        return child
    code = 0
    try:
        work()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        code = BROKEN
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a child that is left alone; its exit code (negative: the signal that ended it)."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise TimeoutError(f"process {child} did not end in {PATIENCE} s")


def killed_after(work: Callable[[], object], seconds: float) -> bool:
    """Start `work`, kill it after so many seconds (SIGKILL), wait for the server; whether it was still at it."""
    child = start(work)
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    code = ended(child)
    assert code in (0, -signal.SIGKILL), f"the work broke by itself ({code})"
    settle()
    return code != 0


def how_long(work: Callable[[], object]) -> float:
    """Seconds that `work` takes in a process of its own when nobody kills it."""
    since = time.monotonic()
    assert ended(start(work)) == 0
    settle()
    return time.monotonic() - since


def moments(count: int, longest: float) -> list[float]:
    """Random moments within the work, one in each of `count` equal parts so that none of its steps is spared."""
    return [random.uniform(part, part + 1) * longest / count for part in range(count)]


def settle() -> None:
    """Wait until the server has noticed that its client is dead and rolled back what was open."""
    connection.close()
    name = connection.settings_dict["NAME"]
    until = time.monotonic() + PATIENCE
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
    while _maintain(query) != [(0,)]:
        if time.monotonic() > until:
            raise TimeoutError("a killed client's transaction is still open")
        time.sleep(0.02)


def insist_on_the_record() -> int:
    """The chain of acts holds, and every act is on it; the number of acts."""
    report = verify()
    assert report.consistent, report.breaks
    acts = Act.objects.count()
    assert report.links == ActLink.objects.count() == acts
    return acts


class Snapshot:
    """The test's database as it is now, to begin again from."""

    def __init__(self) -> None:
        self.name = connection.settings_dict["NAME"]
        self.copy = f"{self.name}_snapshot"
        settle()
        _maintain(f'DROP DATABASE IF EXISTS "{self.copy}"', f'CREATE DATABASE "{self.copy}" TEMPLATE "{self.name}"')

    def restore(self) -> None:
        """Put the database back."""
        connection.close()
        _maintain(f'DROP DATABASE "{self.name}" WITH (FORCE)', f'CREATE DATABASE "{self.name}" TEMPLATE "{self.copy}"')
        _forget()


def leftovers(folder: Path) -> list[Path]:
    """Files below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
