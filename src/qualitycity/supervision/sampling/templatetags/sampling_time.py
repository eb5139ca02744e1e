"""Times in publications are ISO text; pages show them like every other time."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime

register = template.Library()


@register.filter
def moment(text: str) -> datetime | None:
    """ISO 8601 text as a time."""
    return parse_datetime(text) if text else None
