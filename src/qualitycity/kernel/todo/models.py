"""To-dos (待办) and notices (抄送, 督办): opened and closed by acts, never by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qualitycity.kernel.words import translated


class Item(models.Model):
    """Something to do or to know about a subject: for the holders of a duty in a region, a unit, or one person."""

    class Kind(models.TextChoices):
        DO = "do"
        COPY = "copy"
        SUPERVISE = "supervise"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DO)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    number = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=200)
    url = models.CharField(max_length=300)
    verb = models.CharField(max_length=60, blank=True)
    duty = models.CharField(max_length=80, blank=True)
    region_path = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey("access.Account", models.PROTECT, null=True, blank=True, related_name="+")
    front = models.CharField(max_length=8, default="desk")
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.CharField(max_length=40, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="todo_subject"),
            models.Index(fields=["duty"], condition=Q(closed_at__isnull=True), name="todo_open_duty"),
            models.Index(fields=["account"], condition=Q(closed_at__isnull=True), name="todo_open_account"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(account__isnull=False) | ~Q(duty=""), name="todo_for_somebody"),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "verb", "account"],
                condition=Q(closed_at__isnull=True, kind="do", account__isnull=False),
                name="todo_once_each",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.text}"

    @property
    def words(self) -> str:
        """What is to be done, in the language of whoever reads; it is kept in Chinese, whoever opened it."""
        return translated(self.text)
