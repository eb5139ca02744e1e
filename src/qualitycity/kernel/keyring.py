"""The keys that seal: a file outside the database and outside its backups.

Format: {"current": id, "keys": {id: base64 of 32 bytes}, "django": text}. Rotation adds a key and makes it current;
old keys stay, so that what they sealed still opens.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Keyring:
    """Authenticated encryption (AES-256-GCM) under the current key of a key file.

    A token is `key id ‖ ":" ‖ base64(nonce ‖ ciphertext)`; `bound` is authenticated with it, so that a token
    moved to another row does not open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cache: tuple[int, dict[str, object]] | None = None

    def _read(self) -> dict:
        if not self.path.exists():
            self.create()
        stamp = self.path.stat().st_mtime_ns
        if self._cache is None or self._cache[0] != stamp:
            self._cache = (stamp, json.loads(self.path.read_text()))
        return self._cache[1]

    def create(self) -> None:
        """Write a new key file (mode 0600); does nothing where one exists."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        first = secrets.token_hex(4)
        content = {"current": first, "keys": {first: _new_key()}, "django": secrets.token_urlsafe(48)}
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)

    def rotate(self) -> str:
        """Add a key and make it current; returns its id. What was sealed before still opens."""
        content = dict(self._read())
        fresh = secrets.token_hex(4)
        content["keys"] = {**content["keys"], fresh: _new_key()}
        content["current"] = fresh
        temporary = self.path.with_suffix(".new")
        temporary.touch(0o600)
        temporary.write_text(json.dumps(content))
        temporary.replace(self.path)
        return fresh

    @property
    def django_secret(self) -> str:
        return str(self._read()["django"])

    def encrypt(self, data: bytes, bound: str) -> str:
        content = self._read()
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(base64.b64decode(content["keys"][content["current"]])).encrypt(nonce, data, bound.encode())
        return f"{content['current']}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, token: str, bound: str) -> bytes:
        """Open a token. KeyError when its key is not in this file; InvalidTag when it was altered or moved."""
        key_id, _, body = token.partition(":")
        raw = base64.b64decode(body)
        return AESGCM(base64.b64decode(self._read()["keys"][key_id])).decrypt(raw[:12], raw[12:], bound.encode())


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
