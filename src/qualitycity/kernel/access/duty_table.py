"""Duties: the one table of who may do what. Each room declares its own in `duties.py`; nothing else grants anything."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps

from .posts import POSTS


@dataclass(frozen=True)
class Duty:
    """A right with its Chinese name and the posts that carry it."""

    code: str
    title: Any
    posts: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = set(self.posts) - set(POSTS)
        if unknown:
            raise ValueError(f"{self.code}: unknown posts {sorted(unknown)}")


def room_modules(name: str) -> list[Any]:
    """The module `name` of every installed room that has one, in the order of INSTALLED_APPS."""
    found = []
    for config in apps.get_app_configs():
        if config.name.startswith("qualitycity."):
            path = f"{config.name}.{name}"
            try:
                found.append(importlib.import_module(path))
            except ModuleNotFoundError as error:
                if error.name != path:
                    raise
    return found


@cache
def duties() -> dict[str, Duty]:
    """All declared duties by code."""
    table: dict[str, Duty] = {}
    for module in room_modules("duties"):
        for duty in module.DUTIES:
            if duty.code in table:
                raise ValueError(f"the duty {duty.code} stands twice")
            table[duty.code] = duty
    return table


@cache
def duties_of(posts: frozenset[str]) -> frozenset[str]:
    """Codes of all duties that any of these posts carries."""
    return frozenset(duty.code for duty in duties().values() if posts & set(duty.posts))
