"""One search over firms, cases, tasks and papers: each room says in `search.py` how to find its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .access.actor import Actor
from .access.duty_table import room_modules


@dataclass(frozen=True)
class Hit:
    """One find: what it is called, a word about it, where it opens."""

    title: str
    note: str
    url: str


@dataclass(frozen=True)
class Search:
    """A room's search: `find(text, actor, limit)` answers scoped hits; asked only for holders of the duty."""

    code: str
    title: Any
    duty: str
    find: Callable[[str, Actor, int], list[Hit]]


def search(text: str, actor: Actor, limit: int = 20) -> list[tuple[Any, list[Hit]]]:
    """Hits by kind, kinds without a hit left out; nothing for fewer than two characters (one Chinese word has two)."""
    text = "".join(sign for sign in text if sign.isprintable()).strip()
    if len(text) < 2:
        return []
    found = []
    for module in room_modules("search"):
        for entry in module.SEARCHES:
            if actor.can(entry.duty):
                hits = entry.find(text, actor, limit)
                if hits:
                    found.append((entry.title, hits))
    return found
