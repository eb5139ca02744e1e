"""Conformity (符合性): from a number as it was written to a verdict that names its rule.

    rounding      GB/T 8170: half to even on decimal text, the report's (+) and (-), comparison with a limit
    columns       the same over a column of texts, in integers
    limits        a requirement as limits, a verdict, a judgement that stores its method
    detection     «not detected» and «detected, not quantified» against a limit
    grades        ordinal scales (colour fastness 3-4), ordered and never averaged
    judgement     which requirement counts (R3 to R6), and the conclusion of a report (R1, R2)
    uncertainty   JCGM 100 in batch, Welch-Satterthwaite, coverage; JCGM 101 by simulation
    decision      JCGM 106 and ILAC-G8: conformance probability, acceptance limits, decision rules
    risk          specific and global risk, guard bands for a wanted risk

The functions of `decision` and `risk` can also be taken from the package itself; nothing heavy is loaded before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decision import acceptance_limits, conformance_probability, decide
    from .risk import global_risk, guard_band_for, specific_risk

__all__ = [
    "acceptance_limits",
    "conformance_probability",
    "decide",
    "global_risk",
    "guard_band_for",
    "specific_risk",
]
_RISK = {"global_risk", "guard_band_for", "specific_risk"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("." + ("risk" if name in _RISK else "decision"), __name__), name)
