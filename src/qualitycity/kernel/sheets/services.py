"""Receiving a sheet, taking it in, giving it up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note
from qualitycity.kernel.evidence import Damaged
from qualitycity.kernel.evidence.models import StoredFile
from qualitycity.kernel.evidence.services import store
from qualitycity.kernel.rulebook import rule

from .intake import Intake, intakes
from .models import Upload
from .reading import Parsed, read
from .workflow import UPLOAD


def receive(intake: Intake, file: Any, name: str = "", page: Callable[[UUID], str] | None = None) -> Upload:
    """Store a sheet and what was read from it, faults and all; nothing of it is taken in yet.

    `file`: bytes, path, open binary file or Django upload. `page(pk)` gives the address of its preview. Raises
    `Refused` when the file is no table at all by type or size; everything wrong inside it is among the upload's faults.
    """
    if not current_actor().can(intake.duty):
        raise Refused(_("您没有这张表的上传职责。"), code="duty")
    stored = store(file, name, accepts=["sheet"])
    with stored.open() as content:
        parsed = read(intake.sheet, content)
    return _receive(intake=intake, stored=stored, parsed=parsed, page=page)


@act(UPLOAD, "receive")
def _receive(*, intake: Intake, stored: StoredFile, parsed: Parsed, page: Callable[[UUID], str] | None) -> Upload:
    actor = current_actor()
    upload = Upload(
        sheet=intake.sheet.code,
        title=str(intake.sheet.title),
        file=stored,
        received_by=actor.ref,
        received_at=clock.real_now(),
        business_date=clock.today(),
        region_path=actor.scopes[0] if actor.scopes else "",
    )
    upload.page = page(upload.pk) if page else ""
    upload.keep(parsed)
    upload.save()
    note(sheet=intake.sheet.code, file=stored.sha256, rows=len(parsed.rows), faults=len(parsed.faults))
    return upload


@act(UPLOAD, "commit")
def commit(upload: Upload) -> Any:
    """Take the sheet in as a whole by the room's own act; gives what that act gives. One transaction, or nothing."""
    intake = intakes().get(upload.sheet)
    if intake is None:
        raise Refused(_("这张表已停用,不能入库。"))
    if not current_actor().can(intake.duty):
        raise Refused(_("您没有这张表的上传职责。"), code="duty")
    try:
        upload.file.verify()
    except Damaged as error:
        raise Refused(_("保存的文件已损坏,请重新上传。")) from error
    rows = upload.parsed().rows
    note(sheet=upload.sheet, file=upload.digest, rows=len(rows))
    return intake.commit(rows=rows, upload=upload)


@act(UPLOAD, "discard")
def discard(upload: Upload) -> None:
    """Give an upload up; its rows go."""
    upload.rows, upload.bad_rows, upload.faults = [], {}, []


@act(UPLOAD, "clear")
def clear(upload: Upload) -> None:
    """Drop the rows of an old upload; file digest and record stay."""
    upload.rows, upload.bad_rows, upload.faults = [], {}, []


def clear_old() -> int:
    """Clear the uploads whose rows are past the term of the rule; gives how many."""
    before = clock.today() - timedelta(days=int(rule("sheets.keep_rows").amount))
    old = Upload.objects.filter(business_date__lt=before).exclude(state="cleared")
    for upload in list(old):
        clear(upload)
    return len(old)
