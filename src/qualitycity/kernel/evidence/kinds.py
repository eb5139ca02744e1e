"""Kinds of attached files, declared by the rooms, and what belongs to each group of types (from the rulebook)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

GROUPS = ("picture", "document", "sheet", "video", "archive")


@dataclass(frozen=True)
class FileKind:
    """A kind of file a room keeps: who may open it (besides reach over its subject), which groups of types it takes."""

    code: str
    title: Any
    duty: str
    accepts: tuple[str, ...] = ("picture", "document")

    def __post_init__(self) -> None:
        """Refuse an unknown group when the application starts."""
        if unknown := set(self.accepts) - set(GROUPS):
            raise ValueError(f"{self.code}: unknown groups {sorted(unknown)}")


@cache
def file_kinds() -> dict[str, FileKind]:
    """All kinds by code, from ``FILES`` in each room's ``papers.py``."""
    from qualitycity.kernel.access.duties import room_modules

    table: dict[str, FileKind] = {}
    for module in room_modules("papers"):
        for kind in getattr(module, "FILES", ()):
            if table.setdefault(kind.code, kind) is not kind:
                raise ValueError(f"the kind of file {kind.code} stands twice")
    return table


def groups_of(mime: str) -> list[str]:
    """The groups a media type belongs to by the rules in force; none when it is not taken at all."""
    from qualitycity.kernel.rulebook import rule

    return [group for group in GROUPS if mime in rule(f"evidence.types.{group}").value]


def most_bytes(*groups: str) -> int:
    """How large a file may be that belongs to any of these groups, in bytes."""
    from qualitycity.kernel.rulebook import rule

    return max(int(rule(f"evidence.max_size.{group}").amount) << 20 for group in groups)
