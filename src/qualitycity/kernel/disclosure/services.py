"""Seal, open, publish, withdraw. All are called inside an act, which is their door and their record."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import note, under_way

from .models import Publication, PublicFile, Secret, Version

SECRET_BYTES = 32


def commitment(value: str) -> str:
    """SHA-256 of a secret, hex: what is published before the secret opens."""
    return hashlib.sha256(value.encode()).hexdigest()


def seal(subject: models.Model, purpose: str, value: str | None = None) -> Secret:
    """Seal a secret for a subject: 256 random bits in hex, or a given value in demonstration mode only.

    Refused for a given value outside demonstration mode, and for one that was sealed before.
    """
    _insist_on_act()
    if value is None:
        value = secrets.token_hex(SECRET_BYTES)
    elif not settings.CITY_DEMO:
        raise Refused(_("固定的秘密只在演示模式可用。"), field="secret")
    digest = commitment(value)
    if not settings.CITY_DEMO and Secret.objects.filter(commitment=digest).exists():
        raise Refused(_("这个秘密用过了,不能再用。"), field="secret")
    key = _key(subject)
    bound = f"{key['subject_type']}:{key['subject_id']}:{purpose}"
    secret = Secret.objects.create(
        **key, purpose=purpose, commitment=digest, sealed=settings.CITY_KEYRING.encrypt(value.encode(), bound)
    )
    note(**{f"commitment_{purpose}": digest})
    return secret


def sealed_value(secret: Secret) -> str:
    """The value inside, for a computation that must not publish it (the draw itself). Never log or show it."""
    if secret.is_open:
        return secret.opened_value
    bound = f"{secret.subject_type}:{secret.subject_id}:{secret.purpose}"
    try:
        return settings.CITY_KEYRING.decrypt(secret.sealed, bound).decode()
    except KeyError as error:
        raise Refused(_("密钥文件里没有封存这个秘密的密钥 %(key)s。") % {"key": error.args[0]}, code="key") from error


def open_secret(secret: Secret) -> str:
    """Open a secret for good; the value becomes readable to whoever may read the row. Opening twice changes nothing."""
    _insist_on_act()
    if secret.is_open:
        return secret.opened_value
    value = sealed_value(secret)
    if commitment(value) != secret.commitment:
        raise Refused(_("秘密与公布的承诺不符。"), code="commitment")
    secret.opened_value, secret.opened_at = value, timezone.now()
    secret.save(update_fields=["opened_value", "opened_at"])
    note(**{f"opened_{secret.purpose}": secret.commitment})
    return value


def publish(
    kind: str,
    slug: str,
    title: Any,
    payload: dict[str, Any],
    *,
    subject: models.Model,
    reason: str = "",
    correction: bool = False,
    files: Mapping[str, tuple[str, bytes]] | None = None,
) -> Version:
    """Publish a version: the page is drawn from `payload` alone. `files` = {name: (mime, bytes)}.

    A later version replaces the one before, which stays readable at its own address. A correction must say why.
    """
    _insist_on_act()
    publication, _created = Publication.objects.select_for_update().get_or_create(
        kind=kind, slug=slug, defaults={"title": str(title), **_key(subject), "current": 0}
    )
    if correction and not reason:
        raise Refused(_("更正须写明原因。"), field="reason")
    content = json.loads(json.dumps(payload, ensure_ascii=False, default=str))
    version = Version.objects.create(
        publication=publication,
        number=publication.current + 1,
        title=str(title),
        payload=content,
        digest=payload_digest(content),
        reason=reason,
        is_correction=correction,
        published_on=clock.today(),
    )
    for name, (mime, body) in (files or {}).items():
        PublicFile.objects.create(
            version=version, name=name, mime=mime, sha256=hashlib.sha256(body).hexdigest(), content=body
        )
    publication.current, publication.title = version.number, str(title)
    publication.save(update_fields=["current", "title"])
    note(published=version.digest, version=version.number)
    return version


def withdraw(publication: Publication, reason: str) -> None:
    """Withdraw a publication; its address stays and says so, with the reason."""
    _insist_on_act()
    if not reason:
        raise Refused(_("撤回须写明原因。"), field="reason")
    publication.withdrawn_at, publication.withdrawn_reason = timezone.now(), reason
    publication.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    note(withdrawn=publication.slug)


def payload_digest(payload: Any) -> str:
    """SHA-256, hex, of the payload as canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _key(subject: models.Model) -> dict[str, str]:
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def _insist_on_act() -> None:
    if not under_way():
        raise RuntimeError("sealing, opening and publishing happen inside an act")
