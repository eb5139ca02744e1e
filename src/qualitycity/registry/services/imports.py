"""Importing a register's file: received, read, compared and shown, committed whole in one act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.acts import Faults, Refused
from qualitycity.kernel.acts.engine import act, note
from qualitycity.kernel.rulebook import rule

from ..intake import commit, compare, progress, spool, staging
from ..models import ImportBatch, ImportProgress, ImportRow, ImportStage
from ..workflow import IMPORT
from .reference import ensure_categories
from .regions import gazetteer_of

Tell = Callable[[str, int, int], None]


def receive(source: BinaryIO, *, filename: str, region: Region) -> ImportBatch:
    """Take a file in (page and command line alike) and open a batch for it. Nothing is read yet."""
    spooled = spool.put(source)
    return upload_register(region=region, filename=filename, digest=spooled.digest, size=spooled.size)


@act(IMPORT, "upload")
def upload_register(*, region: Region, filename: str, digest: str, size: int) -> ImportBatch:
    """Open a batch for a file that waits in the spool. `region`: the county whose register it is."""
    ensure_categories()
    batch = ImportBatch.objects.create(
        region=region, region_path=region.path, filename=filename[:200], file_sha256=digest, file_size=size
    )
    ImportProgress.objects.create(batch=batch, phase="waiting")
    note(sha256=digest, bytes=size)
    return batch


def read_import(batch: ImportBatch, tell: Tell | None = None) -> ImportBatch:
    """Read the file into staging and show what would become of each row: `batch` is `previewed` afterwards.

    A file that cannot be read as a whole gives the batch up with its faults. May be called again after a crash.
    """
    with override("zh-hans"):  # what is said of a row is kept, in the official language
        return _read(batch, progress.both(batch.pk, tell))


def _read(batch: ImportBatch, told: Tell) -> ImportBatch:
    ImportStage.objects.filter(batch=batch).delete()  # of an earlier reading that was broken off
    try:
        staging.stage(batch, gazetteer_of(batch.region), told)
    except Faults as faults:
        discard_import(batch, faults=faults)
        progress.failed(batch.pk, str(faults))
        raise
    told("comparing", 0, 1)
    preview_import(batch)
    told("previewed", 1, 1)
    return batch


@act(IMPORT, "preview")
def preview_import(batch: ImportBatch) -> None:
    """Compare the staged rows with each other and with the register; writes what becomes of each."""
    with override("zh-hans"):
        counts = compare.write_rows(batch.pk)
    for outcome in ImportBatch.OUTCOMES:
        setattr(batch, outcome, counts.get(outcome, 0))
    batch.rows = sum(counts.values())
    batch.compared, batch.previewed_at = compare.digest_shown(batch.pk), timezone.now()
    note(sha256=batch.file_sha256, rows=batch.rows, **batch.counts)


@act(IMPORT, "commit")
def commit_import(batch: ImportBatch, *, tell: Tell | None = None) -> None:
    """Write the whole batch or nothing. What is written is what was shown, or the act is refused."""
    told = progress.both(batch.pk, tell)
    commit.lock()
    told("checking", 0, len(commit.STEPS))
    if compare.digest_now(batch.pk) != batch.compared:
        raise Refused(_("核对之后名录有了变动,请「重新核对」再导入。"), code="stale")
    try:
        with transaction.atomic():
            commit.write(batch, clock.today(), told)
    except IntegrityError as error:
        raise Refused(_("数据库拒绝了其中的内容,未作任何改动:%(why)s") % {"why": str(error).splitlines()[0]}) from error
    batch.committed_at = timezone.now()
    note(sha256=batch.file_sha256, rows=batch.rows, **batch.counts)
    transaction.on_commit(lambda: _finish(batch))


@act(IMPORT, "discard")
def discard_import(batch: ImportBatch, *, faults: Faults | None = None) -> None:
    """Give a batch up; the register is as before."""
    ImportStage.objects.filter(batch=batch).delete()
    batch.lines.update(cells={})
    if faults is not None:
        batch.faults = [
            {
                "row": fault.row,
                "field": fault.field,
                "value": fault.value,
                "message": str(fault.message),
                "hint": str(fault.hint),
            }
            for fault in faults.faults
        ]
        note(faults=[str(fault) for fault in faults.faults[:5]])
    transaction.on_commit(lambda: _finish(batch))


@act(IMPORT, "forget")
def forget_import(batch: ImportBatch) -> None:
    """Clear the cells of refused rows after their term: slid columns may carry names. Outcomes and reasons stay."""
    note(rows=batch.lines.exclude(cells={}).update(cells={}))


def sweep_imports() -> int:
    """Clear what its term has passed (real time) and files nobody waits for; returns how many batches were cleared."""
    now = timezone.now()
    before = now - timedelta(days=int(rule("registry.import.keep_cells").amount))
    uncleared = ImportRow.objects.filter(batch__state="committed", batch__committed_at__lt=before).exclude(cells={})
    batches = ImportBatch.objects.filter(pk__in=uncleared.values("batch"))
    for batch in batches:
        forget_import(batch)
    waiting = set(ImportBatch.objects.filter(state__in=["reading", "previewed"]).values_list("file_sha256", flat=True))
    spool.sweep(waiting, now.timestamp())
    return len(batches)


def _finish(batch: ImportBatch) -> None:
    """The file is no longer needed, unless another open batch waits for the same one."""
    progress.tell(batch.pk, "finished", 1, 1)
    waiting = ImportBatch.objects.filter(file_sha256=batch.file_sha256, state__in=["reading", "previewed"])
    if not waiting.exists():
        spool.drop(batch.file_sha256)
