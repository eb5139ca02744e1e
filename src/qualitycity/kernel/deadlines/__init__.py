"""Deadlines (时限): the clocks that acts start and stop, their last days and their lights.

deadlines.start(subject, "D01", trigger=served_on)      # inside an act
deadlines.meet(subject, "D01")                          # late and made good stays ◆ for ever
deadlines.of(subject) -> [Deadline]                     # anywhere; Deadline.light(today)
"""

from typing import Any

from .arithmetic import Due, NotAPeriod, compute_due
from .lights import Light, LightRule, light, light_of

_SERVICES = ("start", "meet", "extend", "suspend", "resume", "waive", "of", "running")
__all__ = ["Due", "Light", "LightRule", "NotAPeriod", "compute_due", "light", "light_of", *_SERVICES]


def __getattr__(name: str) -> Any:
    """The verbs need the models: they load at first use."""
    if name in _SERVICES:
        from . import services

        return getattr(services, name)
    raise AttributeError(name)
