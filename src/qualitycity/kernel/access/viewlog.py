"""Write down who looked; read who looked at a firm, a person or a case (「谁看过我」)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet

from .actor import current_actor
from .models import ViewLog


def looked(subject: models.Model, what: Any, about: str = "") -> None:
    """Record that the current actor looked at a subject; `about` is the firm's code or the person's ref behind it."""
    actor = current_actor()
    ViewLog.objects.create(
        actor_ref=actor.ref,
        post=str(actor.post_title)[:60],
        unit=actor.unit_name,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        about=about,
        what=str(what),
    )


def views_of(subject: models.Model) -> QuerySet[ViewLog]:
    """Who looked at a subject, newest first."""
    return ViewLog.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk)).order_by("-id")


def views_about(about: str) -> QuerySet[ViewLog]:
    """Who looked at anything about a firm (code) or a person (ref), newest first."""
    return ViewLog.objects.filter(about=about).order_by("-id")
