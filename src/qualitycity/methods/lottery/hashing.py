"""The two hashes of the draw rule, by name: `sha256` (FIPS 180-4) and `sm3` (GB/T 32905-2016)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from .faults import LotteryError

HASHES = ("sha256", "sm3")


class _CryptographySM3:
    """SM3 where the OpenSSL behind hashlib lacks it; the same four methods as a hashlib object."""

    def __init__(self, data: bytes = b"") -> None:
        from cryptography.hazmat.primitives import hashes

        self._hash = hashes.Hash(hashes.SM3())
        self._hash.update(data)

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.copy().finalize().hex()

    def digest(self) -> bytes:
        return self._hash.copy().finalize()


def _new_sm3(data: bytes = b"") -> Any:
    return hashlib.new("sm3", data)


def hasher(name: str) -> Callable[..., Any]:
    """Return the constructor `h(data=b"")` of a hash with `update`, `digest` and `hexdigest`; refuse unknown names."""
    if name == "sha256":
        return hashlib.sha256
    if name == "sm3":
        return _new_sm3 if "sm3" in hashlib.algorithms_available else _CryptographySM3
    raise LotteryError("hash", name=name, known=HASHES)


def digest(data: bytes | str, name: str = "sha256") -> str:
    """Return the digest of bytes (or of UTF-8 text) as 64 lower-case hex digits."""
    return str(hasher(name)(data.encode() if isinstance(data, str) else data).hexdigest())
