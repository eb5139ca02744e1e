"""The door through which a room takes in a sheet, and the list of all such doors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from qualitycity.kernel.sheets.declare import Sheet


@dataclass(frozen=True)
class Intake:
    """A sheet with the service that takes its rows.

    ``commit(rows=[Row…], upload=Upload)`` is the room's own act; it runs inside the act of the upload, in one
    transaction. ``duty`` is asked by the pages and again at commit; ``done(result)`` gives the address to go to then.
    """

    sheet: Sheet
    commit: Callable[..., Any]
    duty: str
    done: Callable[[Any], str] | None = None


@cache
def intakes() -> dict[str, Intake]:
    """All doors by the code of their sheet, from ``INTAKES`` in each room's ``sheets.py``."""
    from qualitycity.kernel.access.duties import room_modules

    table: dict[str, Intake] = {}
    for module in room_modules("sheets"):
        for intake in getattr(module, "INTAKES", ()):
            if table.setdefault(intake.sheet.code, intake) is not intake:
                raise ValueError(f"two intakes for the sheet {intake.sheet.code}")
    return table
