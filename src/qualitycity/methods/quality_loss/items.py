"""The ten cost lines of a filing, from `items.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal


@dataclass(frozen=True)
class CostLine:
    """One cost line: its code, whether it arises before (internal) or after delivery (external), its names."""

    code: str
    side: Literal["internal", "external"]
    zh: str
    en: str


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("items.toml").read_text(encoding="utf-8"))


@cache
def cost_lines() -> tuple[CostLine, ...]:
    """Return the ten lines in the order of the form: five internal, five external. GB/T 13339-1991.

    >>> [line.code for line in cost_lines() if line.side == "external"]
    ['claims', 'returns', 'discounts', 'warranty', 'litigation']
    """
    return tuple(CostLine(**entry) for entry in _table()["item"])


@cache
def not_counted() -> tuple[str, ...]:
    """Return the codes of quality costs that are no losses.

    >>> not_counted()
    ('prevention', 'appraisal')
    """
    return tuple(entry["code"] for entry in _table()["not_counted"])
