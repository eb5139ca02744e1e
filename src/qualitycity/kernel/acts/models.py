"""办理记录: append-only lines, linked into one hash chain at commit (recipes.md section 3, design D)."""

from __future__ import annotations

from django.db import models


class Act(models.Model):
    """One line. `line` is the canonical text that is hashed; a trigger fills the other columns from it."""

    class Outcome(models.TextChoices):
        DONE = "done"
        REFUSED = "refused"

    line = models.TextField()
    at = models.DateTimeField(editable=False, db_index=True)
    business_date = models.DateField(editable=False)
    outcome = models.CharField(max_length=8, editable=False)
    actor = models.CharField(max_length=40, editable=False, db_index=True)
    workflow = models.CharField(max_length=60, editable=False)
    verb = models.CharField(max_length=60, editable=False)
    subject_type = models.CharField(max_length=60, editable=False)
    subject_id = models.CharField(max_length=60, editable=False)
    region_path = models.CharField(max_length=120, editable=False)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="act_subject")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.workflow}.{self.verb} {self.subject_type}:{self.subject_id}"


class ActLink(models.Model):
    """Place of an act in the chain: hash = SHA-256(prev ‖ seq ‖ LF ‖ line). Written by the database alone."""

    seq = models.BigIntegerField(primary_key=True)
    act = models.OneToOneField(Act, models.PROTECT, related_name="link")
    prev = models.BinaryField(unique=True)
    hash = models.BinaryField(unique=True)

    def __str__(self) -> str:
        return f"{self.seq}: {bytes(self.hash).hex()[:12]}"


class DayRoot(models.Model):
    """The published root of a day: the hash of the last line linked on it; `sm3` chains the same lines under SM3."""

    day = models.DateField(primary_key=True)
    last_seq = models.BigIntegerField()
    root = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.root[:12]}"
