"""Sealed secrets, and publications as immutable versions."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse


class Secret(models.Model):
    """A value sealed under a key outside the database; its commitment is public, its opening is an act."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    purpose = models.CharField(max_length=40)
    commitment = models.CharField(max_length=64, db_index=True)
    sealed = models.TextField()
    sealed_at = models.DateTimeField(auto_now_add=True)
    opened_value = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "purpose"], name="secret_one_a_purpose"),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_value="") | Q(opened_at__isnull=False) & ~Q(opened_value=""),
                name="secret_opened_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type}:{self.subject_id} {self.purpose} {self.commitment[:12]}"

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None


class Publication(models.Model):
    """Something published under an address that stays; what it says stands in its versions."""

    kind = models.CharField(max_length=40)
    slug = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    current = models.PositiveIntegerField(default=1)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="publication_address")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("publication", args=[self.kind, self.slug])

    @property
    def kind_title(self) -> str:
        """What kind of publication this is, in words."""
        from .kinds import public_kinds

        known = public_kinds().get(self.kind)
        return str(known.title) if known else self.kind


class Version(models.Model):
    """One version as it was published: the whole payload, its digest, and why it replaced the one before."""

    publication = models.ForeignKey(Publication, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    payload = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True)
    is_correction = models.BooleanField(default=False)
    published_on = models.DateField()
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "number"], name="version_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_from_one"),
            models.CheckConstraint(condition=Q(is_correction=False) | ~Q(reason=""), name="correction_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def is_current(self) -> bool:
        return self.number == self.publication.current and self.publication.withdrawn_at is None

    def get_absolute_url(self) -> str:
        return reverse("publication-version", args=[self.publication.kind, self.publication.slug, self.number])


class PublicFile(models.Model):
    """A small file published with a version (a bundle, a canonical list); bytes under their digest."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="files")
    name = models.CharField(max_length=80)
    mime = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="public_file_name_once"),
            models.CheckConstraint(condition=~Q(name=F("sha256")), name="public_file_named"),
        ]

    def __str__(self) -> str:
        return self.name
