"""How far an import is, told on a connection of its own: readers see it while the act's transaction is still open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

Tell = Callable[[str, int, int], None]
EVERY = 0.3  # seconds between two lines to the database


def tell(batch_id: int, phase: str, done: int, total: int) -> None:
    """Write how far the batch is."""
    with _aside() as cursor:
        cursor.execute(
            "UPDATE registry_importprogress SET phase = %s, done = %s, total = %s, failed = '', at = now() "
            "WHERE batch_id = %s",
            [phase, done, total, batch_id],
        )


def failed(batch_id: int, why: str) -> None:
    """Write that the work ended badly, and why."""
    with _aside() as cursor:
        cursor.execute(
            "UPDATE registry_importprogress SET failed = %s, at = now() WHERE batch_id = %s", [why[:2000], batch_id]
        )


def both(batch_id: int, also: Tell | None) -> Tell:
    """A teller that writes to the database now and then (each new phase at once) and tells `also` every time."""
    last: dict[str, float] = {}

    def told(phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - last.get(phase, 0.0) >= EVERY:
            last[phase] = now
            tell(batch_id, phase, done, total)
        if also is not None:
            also(phase, done, total)

    return told


@contextmanager
def _aside() -> Iterator[CursorWrapper]:
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE desk")
            yield cursor
    finally:
        connection.close()
