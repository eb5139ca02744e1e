"""What publications keep as text, shown like everything else: times as times, words in the reader's language."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

register = template.Library()


@register.filter
def moment(text: str) -> datetime | None:
    """ISO 8601 text as a time."""
    return parse_datetime(text) if text else None


@register.filter
def said(text: str) -> str:
    """A word of the interface that a publication keeps in Chinese, in the reader's language if there is one."""
    return gettext(text) if text else ""
