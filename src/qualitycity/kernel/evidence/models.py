"""Files by content, the names they came under, what pictures say about themselves, and to which case a file belongs."""

from __future__ import annotations

from typing import Any, BinaryIO

from django.apps import apps
from django.db import models
from django.urls import reverse

from . import vault
from .kinds import FileKind, file_kinds
from .sniff import extension

SHA256 = r"^[0-9a-f]{64}$"


class StoredFile(models.Model):
    """One content, kept once under its SHA-256. `seen_at` is when it was last handed in."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    mime = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex=SHA256), name="storedfile_digest"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="storedfile_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]}.{self.extension}"

    @property
    def extension(self) -> str:
        """The file name extension of the content's type."""
        return extension(self.mime)

    @property
    def served_name(self) -> str:
        """The name under which the file goes out: its digest, nothing personal."""
        return f"{self.sha256}.{self.extension}"

    @property
    def picture(self) -> PictureMetadata | None:
        """What the picture says about itself; None for anything else."""
        return PictureMetadata.objects.filter(file=self).first()

    def open(self) -> BinaryIO:
        """The content for reading, its digest checked first; raises `Damaged`."""
        return vault.open_checked(self.sha256)

    def read(self) -> bytes:
        """The whole content, its digest checked; raises `Damaged`."""
        with self.open() as file:
            return file.read()

    def verify(self) -> None:
        """Raise `Damaged` when the content on disk is not what was stored."""
        self.open().close()


class OriginalName(models.Model):
    """The name under which somebody handed a file in: kept apart, shown inside only, never part of a path."""

    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="names")
    name = models.CharField(max_length=200)
    received_by = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PictureMetadata(models.Model):
    """EXIF of a picture, kept inside; `stripped` is the copy without it, the only one that goes outside."""

    file = models.OneToOneField(StoredFile, models.CASCADE, primary_key=True, related_name="metadata")
    stripped = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="stripped_of")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    camera = models.CharField(max_length=120, blank=True)
    raw = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


class Attachment(models.Model):
    """A file as part of a case (材料). Added by an act, never changed: a better one is added beside it."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="attachments")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    added_by = models.CharField(max_length=40)
    added_unit = models.CharField(max_length=120, blank=True)
    added_at = models.DateTimeField()
    business_date = models.DateField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "kind"], name="attachment_subject")]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "kind", "file"], name="attachment_once")
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evidence:attachment", args=[self.pk])

    @property
    def kind_title(self) -> Any:
        """The kind in words."""
        return self.declared.title if self.declared else self.kind

    @property
    def declared(self) -> FileKind | None:
        """The declared kind; None when the room no longer declares it."""
        return file_kinds().get(self.kind)

    @property
    def subject(self) -> Any:
        """The case it belongs to; None when it is gone."""
        model = apps.get_model(self.subject_type)
        return model._base_manager.filter(pk=self.subject_id).first()


class PublicFile(models.Model):
    """A file anybody may fetch: the stripped copy of a picture, or a document published as it is."""

    file = models.OneToOneField(StoredFile, models.PROTECT, primary_key=True, related_name="published")
    mime = models.CharField(max_length=100)
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="published")
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_id

    def get_absolute_url(self) -> str:
        return reverse("evidence-public:file", args=[self.file_id, extension(self.mime)])
