"""Who looked at what (「谁看过我」)."""

from __future__ import annotations

from django.db import models


class ViewLog(models.Model):
    """One look of one person at one thing; written beside the page, never edited."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor_ref = models.CharField(max_length=40)
    post = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=120, blank=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    about = models.CharField(
        max_length=60, blank=True, db_index=True, help_text="code of the firm or ref of the person looked at"
    )
    what = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="viewlog_subject")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_ref} {self.what}"
