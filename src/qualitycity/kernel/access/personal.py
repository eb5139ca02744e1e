"""Personal data: encrypted under a key of each person's own, masked on screen, unmasked by an act with a reason.

Erasure destroys the person's key; what was encrypted under it can no longer be read by anybody, and the chain of
办理记录, which names people by ref only, still verifies.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .models import PersonalRecord

FIELDS = ("phone", "id_number")


def put(ref: str, **values: str) -> None:
    """Store `phone` and/or `id_number` of a person; call it inside an act."""
    record = PersonalRecord.objects.filter(ref=ref).first() or PersonalRecord(ref=ref)
    if record.erased_at:
        raise ValueError(f"{ref} has been erased")
    if not record.wrapped_key:
        record.wrapped_key = settings.CITY_KEYRING.encrypt(secrets.token_bytes(32), f"person:{ref}")
    cipher = _cipher(record)
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"{name} is not personal data")
        nonce = secrets.token_bytes(12)
        sealed = cipher.encrypt(nonce, value.encode(), f"{ref}:{name}".encode())
        setattr(record, name, base64.b64encode(nonce + sealed).decode())
    record.save()


def plain(ref: str, name: str) -> str:
    """The value itself; "" where there is none or the person was erased. For services only: pages show `masked`."""
    record = PersonalRecord.objects.filter(ref=ref).first()
    if record is None or not record.wrapped_key or not getattr(record, name):
        return ""
    raw = base64.b64decode(getattr(record, name))
    return _cipher(record).decrypt(raw[:12], raw[12:], f"{ref}:{name}".encode()).decode()


def masked(ref: str, name: str) -> str:
    """The value with its middle hidden: 138****5678, 3306**********1234."""
    value = plain(ref, name)
    keep = 4 if len(value) >= 15 else 3
    return f"{value[:keep]}{'*' * (len(value) - keep - 4)}{value[-4:]}" if len(value) > keep + 4 else "*" * len(value)


def _cipher(record: PersonalRecord) -> AESGCM:
    return AESGCM(settings.CITY_KEYRING.decrypt(record.wrapped_key, f"person:{record.ref}"))
