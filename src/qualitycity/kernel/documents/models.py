"""Issued papers, and the running numbers of each series and year."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse

from qualitycity.kernel.evidence.models import StoredFile

from .docx import write_docx
from .kinds import PaperKind, paper_kinds
from .workflow import PAPER


class Paper(models.Model):
    """An issued paper. `data` is all it was printed from; nothing of it changes but its state, once, by an act."""

    WORKFLOW = PAPER

    code = models.CharField(max_length=14, unique=True)
    kind = models.CharField(max_length=60)
    kind_title = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    number = models.CharField(max_length=80, blank=True, db_index=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    region_path = models.CharField(max_length=120, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="papers")
    data = models.JSONField()
    issuer = models.CharField(max_length=120)
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=40)
    state = models.CharField(max_length=12, default="valid")
    state_reason = models.CharField(max_length=500, blank=True)
    state_since = models.DateField(null=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="paper_subject")]
        constraints = [
            PAPER.constraint("documents_paper_state"),
            models.CheckConstraint(
                condition=models.Q(state="superseded", replaced_by__isnull=False)
                | ~models.Q(state="superseded") & models.Q(replaced_by__isnull=True),
                name="documents_paper_replaced",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("documents:paper", args=[self.code])

    @property
    def sha256(self) -> str:
        """The digest of the PDF."""
        return self.file_id

    @property
    def declared(self) -> PaperKind | None:
        """The declared kind; None when the room no longer declares it."""
        return paper_kinds().get(self.kind)

    @property
    def subject(self) -> Any:
        """The case it belongs to; None when it is gone."""
        return apps.get_model(self.subject_type)._base_manager.filter(pk=self.subject_id).first()

    def verify_url(self) -> str:
        """The public address that the QR code on the paper leads to."""
        return settings.CITY_URL.rstrip("/") + reverse("documents-public:code", args=[self.code])

    def pdf(self) -> bytes:
        """The PDF as issued, digest checked; raises `evidence.Damaged`."""
        return self.file.read()

    def docx(self) -> bytes:
        """The same content to edit; without code, since an edited copy is not the paper."""
        return write_docx(self.data)


class NumberSeries(models.Model):
    """The last number given in a series and year. A rolled-back act gives its number back."""

    series = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="numberseries_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"


class PublicPaper(models.Model):
    """What anybody who holds a code may know of a paper: a view, the only thing the public reads here."""

    code = models.CharField(max_length=14, primary_key=True)
    kind_title = models.CharField(max_length=120)
    number = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    issuer = models.CharField(max_length=120)
    issued_on = models.DateField()
    state = models.CharField(max_length=12)
    state_reason = models.CharField(max_length=500)
    state_since = models.DateField(null=True)
    replaced_by = models.CharField(max_length=14, null=True)

    class Meta:
        managed = False
        db_table = "documents_publicpaper"

    def __str__(self) -> str:
        return self.code
