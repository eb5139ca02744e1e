"""Injury scenarios under a risk matrix: every name in one place.

``load`` a published matrix; ``probability_band``, ``level``, ``levels`` look up; ``scenario`` multiplies steps,
``highest`` decides between scenarios, ``sensitivity`` and ``swing`` tell which input flips the level.
"""

from qualitycity.methods.monitoring.matrices import Band, Matrix, editions, exact, level, levels, load, probability_band
from qualitycity.methods.monitoring.scenarios import Flip, Scenario, Step, Swing, highest, scenario, sensitivity, swing

__all__ = [
    "Band",
    "Flip",
    "Matrix",
    "Scenario",
    "Step",
    "Swing",
    "editions",
    "exact",
    "highest",
    "level",
    "levels",
    "load",
    "probability_band",
    "scenario",
    "sensitivity",
    "swing",
]
