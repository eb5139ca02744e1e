"""The one door for acts (办理记录). Import what you need from here once Django is ready."""

from typing import Any

from .errors import Fault, Faults, Refused

__all__ = ["Fault", "Faults", "Refused", "act", "given_reason", "note", "under_way", "used_rule"]


def __getattr__(name: str) -> Any:
    """`act`, `note`, … come from the engine, which needs the models: they load at first use."""
    if name in ("act", "given_reason", "note", "under_way", "used_rule", "SERVICES"):
        from . import engine

        return getattr(engine, name)
    raise AttributeError(name)
