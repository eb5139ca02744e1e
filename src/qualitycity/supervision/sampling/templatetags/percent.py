"""Shares as percentages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(value: Any) -> str:
    """A share (0 to 1, number or decimal text) as a percentage with two places: 40.00 %."""
    return f"{Decimal(str(value)) * 100:.2f} %" if value not in (None, "") else "—"
