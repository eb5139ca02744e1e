"""Shares as percentages; names of units beside their codes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(value: Any) -> str:
    """A share (0 to 1, number or decimal text) as a percentage with two places: 40.00 %."""
    return f"{Decimal(str(value)) * 100:.2f} %" if value not in (None, "") else "—"


@register.filter
def named(names: dict[str, str], unit_id: str) -> str:
    """The name of a unit of a frame; its code where the frame no longer has it."""
    return names.get(unit_id, unit_id)
