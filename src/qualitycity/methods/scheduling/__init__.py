"""Back-scheduling (倒排工期): calendars, critical path, capacity, repair, proof, lights, Microsoft Project XML.

Modules: `calendar` (working days as versioned tables), `network` (links, critical path), `work` (tasks and what a plan
is made from), `planning` (counting back from a deadline, improving), `chains` (shortage), `shortening` (the cheapest
repair), `proof` (CP-SAT), `colours` (lights by a rule that is data), `difference` (what if), `project_xml` and
`project_reading` (Microsoft Project XML). Inside: `model`, `instance`, `genetic`, `kernels`, `bounds`.

Names below are loaded when first asked for, so that importing the package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "calendar": ("WorkCalendar",),
    "network": ("Cpm", "Cycle", "Links", "cpm", "expand"),
    "work": ("Task",),
    "planning": ("Plan", "back_schedule", "improve"),
    "chains": ("Chain", "Shortage", "shortage"),
    "shortening": ("Cut", "Repair", "mend", "repair"),
    "proof": ("Bound", "prove"),
    "colours": ("Light", "Lights", "Rule", "State", "light", "lights"),
    "difference": ("Clash", "Edits", "Moved", "PlanDiff", "what_if"),
    "project_xml": ("to_mspdi",),
    "project_reading": ("Project", "from_mspdi"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}
__all__ = sorted(_MODULE)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
