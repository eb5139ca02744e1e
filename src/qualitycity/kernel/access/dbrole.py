"""The database role of a request: desk, lab or visitor; three roles on one login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg.pq import TransactionStatus

ROLES = frozenset({"desk", "lab", "visitor"})


@contextmanager
def role(name: str) -> Iterator[None]:
    """Run the block under a database role.

    SET and RESET are transactional: a transaction left open is rolled back *before* the reset, or the next request on
    this connection would inherit the role.
    """
    if name not in ROLES:
        raise ValueError(f"no such database role: {name}")
    connection.ensure_connection()
    nested = connection.in_atomic_block
    savepoint = connection.savepoint() if nested else None
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {name}")
        yield
    finally:
        raw = connection.connection
        if raw is not None and not raw.closed:
            status = raw.info.transaction_status
            if nested and status == TransactionStatus.INERROR:
                connection.savepoint_rollback(str(savepoint))
                connection.needs_rollback = False
            elif not nested and (status != TransactionStatus.IDLE or not raw.autocommit):
                raw.rollback()
                connection.set_autocommit(True)
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
