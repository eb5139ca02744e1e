"""Kinds of publication: which room draws the page of a payload."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from qualitycity.kernel.access.duty_table import room_modules


@dataclass(frozen=True)
class PublicKind:
    """`template` draws a version (context: version, publication, payload, versions); `list_template` draws the list."""

    code: str
    title: Any
    template: str
    lead: Any = ""


@cache
def public_kinds() -> dict[str, PublicKind]:
    """All kinds by code."""
    return {kind.code: kind for module in room_modules("public") for kind in module.PUBLIC_KINDS}
