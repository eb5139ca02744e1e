"""Write down who looked; read who looked at a firm, a person or a case (「谁看过我」)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import override

from .actor import current_actor
from .models import ViewLog

Still = Callable[[set[str]], set[str]]
_withheld: dict[str, Still] = {}


def withhold(subject_type: str, still: Still) -> None:
    """Say which looks a firm is not shown yet, because learning of them would tell what is secret today.

    subject_type: «app.model» of what was looked at. still: ids asked about → those that must wait; they appear later.
    """
    _withheld[subject_type] = still


def looked(subject: models.Model, what: Any, about: str = "") -> None:
    """Record that the current actor looked at a subject; `about` is the firm's code or the person's ref behind it.

    what: a lazy message, kept in Chinese.
    """
    actor = current_actor()
    with override("zh-hans"):
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


def views_shown_to(code: str) -> QuerySet[ViewLog]:
    """What a firm sees of «谁看过我»: every look at it, but for those that are withheld today."""
    rows = views_about(code)
    for subject_type, still in _withheld.items():
        asked = set(rows.filter(subject_type=subject_type).values_list("subject_id", flat=True))
        rows = rows.exclude(subject_type=subject_type, subject_id__in=still(asked) if asked else ())
    return rows
