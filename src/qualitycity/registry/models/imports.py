"""Imports of register files: the batch, what became of each row, and the rows on their way in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region

from ..workflow import IMPORT, REGIONS
from .enterprises import Enterprise


class ImportBatch(models.Model):
    """One file of a register on its way into ours. The counts add up to its rows (a constraint says so)."""

    WORKFLOW = IMPORT

    state = models.CharField(max_length=16, default="", db_index=True)
    region_path = models.CharField(max_length=120, db_index=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", help_text="the county whose register this is")
    filename = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64, db_index=True)
    file_size = models.BigIntegerField()
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, blank=True, help_text="faults of the whole file")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    compared = models.CharField(
        max_length=32, blank=True, help_text="digest of the comparison shown; the commit insists on the same"
    )
    previewed_at = models.DateTimeField(null=True, blank=True)
    committed_at = models.DateTimeField(null=True, blank=True)

    OUTCOMES = ("accepted", "merged", "refused", "unchanged", "changed")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            IMPORT.constraint("registry_import_state"),
            models.CheckConstraint(
                condition=Q(state__in=["", "reading", "discarded"])
                | Q(rows=F("accepted") + F("merged") + F("refused") + F("unchanged") + F("changed")),
                name="import_counts_add_up",
            ),
            models.CheckConstraint(condition=Q(file_sha256__regex=r"^[0-9a-f]{64}$"), name="import_digest_form"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def number(self) -> str:
        return f"DR{self.pk:06d}"

    @property
    def counts(self) -> dict[str, int]:
        """How many rows ended how."""
        return {outcome: getattr(self, outcome) for outcome in self.OUTCOMES}

    @property
    def is_new(self) -> bool:
        """Whether committing would change anything."""
        return bool(self.accepted or self.changed)

    def get_absolute_url(self) -> str:
        return reverse("registry:import", args=[self.pk])


class ImportRow(models.Model):
    """What becomes of one row of a file, and why."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("接收")
        MERGED = "merged", _("并入")
        REFUSED = "refused", _("拒绝")
        UNCHANGED = "unchanged", _("无变化")
        CHANGED = "changed", _("有变化")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="lines")
    row_no = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="import_rows")
    into_row = models.PositiveIntegerField(null=True, blank=True, help_text="row of the same file it was merged into")
    reasons = models.JSONField(default=list, help_text="[{field, value, message, hint}]")
    changes = models.JSONField(default=dict, help_text="{field: [old, new]}")
    cells = models.JSONField(
        default=dict, help_text="cells of a refused row, for the failure list; cleared after a term"
    )

    class Meta:
        ordering = ["batch", "row_no"]
        indexes = [models.Index(fields=["batch", "outcome", "row_no"], name="import_row_outcome")]
        constraints = [
            models.UniqueConstraint(fields=["batch", "row_no"], name="import_row_once"),
            models.CheckConstraint(condition=~Q(outcome="refused") | ~Q(reasons=[]), name="import_refused_why"),
            models.CheckConstraint(
                condition=~Q(outcome="merged") | Q(into_row__isnull=False) | Q(enterprise__isnull=False),
                name="import_merged_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.row_no}: {self.get_outcome_display()}"


class ImportStage(models.Model):
    """A row as read and normalised, waiting for the commit; gone afterwards. It is nobody's record."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="stage")
    row_no = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    code_kind = models.CharField(max_length=16, blank=True)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    initials = models.CharField(max_length=200)
    established_on = models.DateField(null=True)
    kind = models.CharField(max_length=60)
    capital_amount = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    capital_currency = models.CharField(max_length=3)
    scope = models.TextField()
    address = models.CharField(max_length=300)
    region_code = models.CharField(max_length=12)
    region_basis = models.CharField(max_length=200)
    is_local = models.BooleanField()
    cancelled_on = models.DateField(null=True)
    size = models.CharField(max_length=8)
    faults = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    proposals = models.JSONField(default=list)
    cells = models.JSONField(default=dict, help_text="{column: cell as it stood}, of rows with faults only")

    class Meta:
        indexes = [
            models.Index(fields=["batch", "code"], name="stage_code"),
            models.Index(fields=["batch", "name_key", "address"], name="stage_name"),
        ]
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="stage_row_once")]

    def __str__(self) -> str:
        return f"{self.row_no}: {self.name}"


class ImportProgress(models.Model):
    """How far a long import is, written from a connection of its own: others see it while the act is under way."""

    batch = models.OneToOneField(ImportBatch, models.CASCADE, related_name="progress", primary_key=True)
    phase = models.CharField(max_length=12)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failed = models.TextField(blank=True)
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.phase} {self.done}/{self.total}"


class RegionPackLoad(models.Model):
    """A region pack that was loaded, by name and digest, with what tells this county from others in an address."""

    WORKFLOW = REGIONS

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, related_name="packs")
    short = models.CharField(max_length=20)
    prefecture = models.CharField(max_length=20)
    province = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    edition = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    units = models.PositiveIntegerField()
    former_units = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [REGIONS.constraint("registry_regions_state")]

    def __str__(self) -> str:
        return f"{self.name} {self.edition}"

    @property
    def number(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("registry:regions")
