"""Reads of publications."""

from __future__ import annotations

from django.db.models import Max

from .models import Publication

NEWEST = 8


def newest() -> list[Publication]:
    """The publications that hold, each with the day of its last version (`published_on`), the newest first."""
    holding = Publication.objects.filter(withdrawn_at__isnull=True)
    return list(holding.annotate(published_on=Max("versions__published_on")).order_by("-published_on", "-id")[:NEWEST])
