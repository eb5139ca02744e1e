"""Reads of evidence: through the subject, never past it."""

from __future__ import annotations

from django.db import models
from django.db.models import QuerySet
from django.http import Http404

from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.acts.queries import key

from .kinds import file_kinds
from .models import Attachment


def reaches(actor: Actor, subject: models.Model | None) -> bool:
    """Whether a case lies within an actor's reach: region, and the subject's own `visible_to(actor)` if it has one."""
    if subject is None or not actor.covers(getattr(subject, "region_path", "") or ""):
        return False
    own_rule = getattr(subject, "visible_to", None)
    return own_rule is None or bool(own_rule(actor))


def attachments(subject: models.Model, kind: str = "", actor: Actor | None = None) -> QuerySet[Attachment]:
    """The files of a case that the actor may open, in the order in which they were added."""
    actor = actor or current_actor()
    if not reaches(actor, subject):
        return Attachment.objects.none()
    kinds = [code for code, known in file_kinds().items() if actor.can(known.duty) and kind in ("", code)]
    return Attachment.objects.filter(**key(subject), kind__in=kinds).select_related("file").order_by("id")


def attachment_or_404(pk: int, actor: Actor | None = None) -> Attachment:
    """The attachment, when its kind's duty is held and its subject is within reach; Http404 otherwise."""
    actor = actor or current_actor()
    row = Attachment.objects.filter(pk=pk).select_related("file").first()
    if row is None or row.declared is None or not actor.can(row.declared.duty) or not reaches(actor, row.subject):
        raise Http404
    return row
