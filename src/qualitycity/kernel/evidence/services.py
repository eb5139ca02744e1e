"""Taking files in, attaching them to a case, letting them out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import note, under_way
from qualitycity.kernel.acts.queries import key

from . import pictures, vault
from .kinds import GROUPS, file_kinds, groups_of, most_bytes
from .models import Attachment, OriginalName, PictureMetadata, PublicFile, StoredFile
from .sniff import sniff

# What may go out as it is; pictures go out redrawn.
_OUT_AS_IS = {"application/pdf"}


def store(file: Any, name: str = "", accepts: Iterable[str] = GROUPS) -> StoredFile:
    """Take a file in: type read from the content, size checked while reading, kept once under its SHA-256.

    `file`: bytes, a path, an open binary file or a Django upload. `name` is kept apart. `accepts`: groups of types.
    Raises `Refused(field="file")` when it is empty, too large, of another type, or a picture that cannot be drawn.
    The file is on disk before the row: a process killed in between leaves a file nobody names, which the sweep removes.
    """
    accepts = list(accepts)
    limit = most_bytes(*accepts)
    _refuse_claimed(getattr(file, "size", None), limit)
    try:
        with _binary(file) as source, vault.receive(source, limit) as incoming:
            if not incoming.size:
                raise Refused(_("文件是空的。"), field="file")
            mime = _judge(incoming, accepts)
            picture = _picture(incoming.path, mime)
            vault.place(incoming)
            row = StoredFile(sha256=incoming.sha256, size=incoming.size, mime=mime)
    except vault.TooLarge as error:
        raise Refused(_too_large(limit), field="file") from error
    with transaction.atomic():
        _keep(row)
        if picture is not None:
            _keep_picture(row, *picture)
        if name:
            OriginalName.objects.create(
                file=row, name=_plain_name(name), received_by=current_actor().ref, received_at=row.seen_at
            )
    return row


def attach(subject: models.Model, stored: StoredFile, kind: str, *, title: str = "") -> Attachment:
    """Make a stored file part of a case; only inside an act, whose line then names the file's digest.

    `kind` is the code of a declared `FileKind`. Raises `Refused(field="file")` when the kind does not take this type.
    Attaching the same file twice under one kind gives the first attachment.
    """
    if not under_way():
        raise RuntimeError("attach() outside an act")
    declared = file_kinds()[kind]
    if not set(groups_of(stored.mime)) & set(declared.accepts):
        raise Refused(_("「%(kind)s」不收这种类型的文件。") % {"kind": declared.title}, field="file")
    actor = current_actor()
    row, _new = Attachment.objects.get_or_create(
        **key(subject),
        kind=kind,
        file=stored,
        defaults={
            "title": title or str(declared.title),
            "added_by": actor.ref,
            "added_unit": actor.unit_name,
            "added_at": clock.real_now(),
            "business_date": clock.today(),
        },
    )
    note(**{f"file:{kind}": stored.sha256})
    return row


def publish_file(attachment: Attachment) -> str:
    """Let anybody fetch an attached file, inside an act; gives its public address.

    A picture goes out redrawn without metadata; a PDF as it is; anything else is refused, because nobody can say what
    else it carries.
    """
    if not under_way():
        raise RuntimeError("publish_file() outside an act")
    file = attachment.file
    metadata = file.picture
    if metadata is not None and metadata.stripped is not None:
        file = metadata.stripped
    elif file.mime not in _OUT_AS_IS:
        raise Refused(_("只有照片和 PDF 可以公开,请先转换格式。"), field="file")
    row, _new = PublicFile.objects.get_or_create(
        file=file, defaults={"mime": file.mime, "attachment": attachment, "published_at": clock.real_now()}
    )
    note(published=file.sha256)
    return row.get_absolute_url()


def withdraw_file(attachment: Attachment) -> None:
    """Take a published file back, inside an act; its address answers 404 from then on."""
    if not under_way():
        raise RuntimeError("withdraw_file() outside an act")
    for row in PublicFile.objects.filter(attachment=attachment):
        note(unpublished=row.file_id)
        row.delete()


def sweep(now: datetime | None = None, keep_hours: int | None = None) -> int:
    """Remove files nobody refers to and half-received ones, older than the rule; gives how many files went."""
    from qualitycity.kernel.rulebook import rule

    hours = int(rule("evidence.keep_unused").amount) if keep_hours is None else keep_hours
    before = (now or timezone.now()) - timedelta(hours=hours)
    unused = StoredFile.objects.filter(seen_at__lt=before)
    for relation in StoredFile._meta.related_objects:
        if (
            relation.related_model not in (OriginalName, PictureMetadata)
            or relation.get_accessor_name() == "stripped_of"
        ):
            used = relation.related_model._base_manager.filter(**{relation.field.name: models.OuterRef("pk")})
            unused = unused.filter(~models.Exists(used))
    unused.delete()
    vault.clear_incoming(hours * 3600)
    gone = 0
    for sha256 in vault.older_than(hours * 3600):
        if not StoredFile.objects.filter(pk=sha256).exists() and vault.remove(sha256, hours * 3600):
            gone += 1
    return gone


@contextmanager
def _binary(file: Any):  # type: ignore[no-untyped-def]
    """Whatever was given as an open binary file; closed afterwards when it was opened here."""
    if isinstance(file, bytes):
        yield io.BytesIO(file)
    elif isinstance(file, str | os.PathLike):
        with open(file, "rb") as opened:
            yield opened
    else:
        file.seek(0)
        yield file


def _refuse_claimed(size: int | None, limit: int) -> None:
    if size is not None and size > limit:
        raise Refused(_too_large(limit), field="file")


def _too_large(limit: int) -> str:
    return _("文件太大,最多 %(most)d MB。") % {"most": limit >> 20}


def _judge(incoming: vault.Incoming, accepts: list[str]) -> str:
    """The type by content; Refused when no accepted group takes it or it is larger than these groups allow."""
    mime = sniff(incoming.path)
    groups = [group for group in groups_of(mime) if group in accepts]
    if not groups:
        raise Refused(_("不收这种文件:从内容看是 %(mime)s,与文件名无关。") % {"mime": mime}, field="file")
    limit = most_bytes(*groups)
    if incoming.size > limit:
        raise Refused(_too_large(limit), field="file")
    return mime


def _picture(path: Path, mime: str) -> tuple[pictures.Metadata, StoredFile] | None:
    """Metadata and the stored stripped copy of a picture; None for what is no picture we can draw."""
    if mime not in pictures.REDRAWN:
        return None
    try:
        metadata = pictures.examine(path)
        clean = pictures.stripped(path, mime)
    except pictures.BadPicture as error:
        raise Refused(_("照片已损坏或尺寸过大,打不开。"), field="file") from error
    assert clean is not None  # REDRAWN was asked above
    with vault.receive(clean, 1 << 40) as copy:
        kind = sniff(copy.path)
        vault.place(copy)
    return metadata, StoredFile(sha256=copy.sha256, size=copy.size, mime=kind)


def _keep(row: StoredFile) -> None:
    """Write the row, or mark the one that is there as seen now: so a sweep at this moment leaves it alone."""
    row.stored_at = row.seen_at = timezone.now()
    StoredFile.objects.bulk_create([row], update_conflicts=True, unique_fields=["sha256"], update_fields=["seen_at"])


def _keep_picture(row: StoredFile, metadata: pictures.Metadata, clean: StoredFile) -> None:
    _keep(clean)
    taken = metadata.taken_at
    PictureMetadata.objects.get_or_create(
        file=row,
        defaults={
            "stripped": clean,
            "width": metadata.width,
            "height": metadata.height,
            # EXIF knows no zone: the phone stood in the city.
            "taken_at": timezone.make_aware(taken) if taken else None,
            "latitude": metadata.latitude,
            "longitude": metadata.longitude,
            "camera": metadata.camera,
            "raw": metadata.raw,
        },
    )


def _plain_name(name: str) -> str:
    """The last part of a name, printable, short enough."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable())[-200:]
