"""Imports too long for a request go to the worker; it acts as whoever asked for it."""

from __future__ import annotations

from procrastinate.contrib.django import app

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting, actor_of, current_actor
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.rulebook import rule

from .intake import progress
from .models import ImportBatch
from .services import commit_import, read_import

BYTES_A_ROW = 300  # of a register's file, by which a file is judged before it is read


def is_long(batch: ImportBatch) -> bool:
    """Whether a batch goes to the worker."""
    most = int(rule("registry.import.job_rows").amount)
    return (batch.rows or batch.file_size // BYTES_A_ROW) > most


def read_soon(batch: ImportBatch) -> None:
    """Read a short file now; let the worker read a long one."""
    if is_long(batch):
        read_batch.defer(batch_id=batch.pk, account_id=current_actor().account_id)
    else:
        read_import(batch)


def commit_soon(batch: ImportBatch) -> None:
    """Let the worker commit a batch."""
    progress.tell(batch.pk, "queued", 0, 0)
    commit_batch.defer(batch_id=batch.pk, account_id=current_actor().account_id)


@app.task(queue="imports")
def read_batch(batch_id: int, account_id: int | None) -> None:
    """Read a batch's file into its preview."""
    _as(account_id, batch_id, read_import)


@app.task(queue="imports")
def commit_batch(batch_id: int, account_id: int | None) -> None:
    """Commit a batch."""
    _as(account_id, batch_id, commit_import)


def _as(account_id: int | None, batch_id: int, work: object) -> None:
    """Do the work as the account that asked; what is refused is told where the page polls."""
    with role("desk"):
        account = Account.objects.filter(pk=account_id).first() if account_id else None
        with acting(actor_of(account, clock.today()) if account else SYSTEM):
            batch = ImportBatch.objects.get(pk=batch_id)
            try:
                work(batch)  # type: ignore[operator]
            except Refused as refusal:
                progress.failed(batch_id, str(refusal.message))
