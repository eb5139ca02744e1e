"""Sealed secrets and publications. The names load at first use, because they need the models."""

from typing import Any

_SERVICES = ("commitment", "open_secret", "payload_digest", "publish", "seal", "sealed_value", "withdraw")


def __getattr__(name: str) -> Any:
    if name in _SERVICES:
        from . import services

        return getattr(services, name)
    if name in ("PublicKind", "public_kinds"):
        from . import kinds

        return getattr(kinds, name)
    raise AttributeError(name)
