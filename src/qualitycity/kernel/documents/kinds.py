"""Kinds of papers, declared by the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "typst"


@dataclass(frozen=True)
class PaperKind:
    """A kind of paper a room issues.

    `duty`: who may open it at the desk (besides reach over its subject). `series`: rule id of its numbers (empty:
    none). `template`: «room/file.typ» in the room's `documents/` folder (empty: the general layout). `layout`: «letter»
    by GB/T 9704 or «form» (dense). `copies`: names of the copies of a form, one run of pages each.
    """

    code: str
    title: Any
    duty: str
    template: str = ""
    series: str = ""
    red_head: bool = False
    landscape: bool = False
    layout: str = "letter"
    copies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.layout not in ("letter", "form"):
            raise ValueError(f"{self.code}: layout is «letter» or «form»")

    def source(self) -> bytes:
        """The typst source of the kind's template."""
        if not self.template:
            return (HERE / "general.typ").read_bytes()
        from django.apps import apps

        label, _slash, name = self.template.partition("/")
        return (Path(apps.get_app_config(label).path) / "documents" / name).read_bytes()


@cache
def paper_kinds() -> dict[str, PaperKind]:
    """All kinds by code, from ``PAPERS`` in each room's ``papers.py``."""
    from qualitycity.kernel.access.duties import room_modules

    table: dict[str, PaperKind] = {}
    for module in room_modules("papers"):
        for kind in getattr(module, "PAPERS", ()):
            if table.setdefault(kind.code, kind) is not kind:
                raise ValueError(f"the kind of paper {kind.code} stands twice")
    return table
