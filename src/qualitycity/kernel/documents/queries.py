"""Reads of papers: through the subject, never past it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404

from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.acts.queries import key
from qualitycity.kernel.evidence.queries import reaches
from qualitycity.kernel.search import Hit

from .kinds import paper_kinds
from .models import Paper, PublicPaper


def papers(subject: models.Model, actor: Actor | None = None) -> QuerySet[Paper]:
    """The papers of a case that the actor may open, newest first."""
    actor = actor or current_actor()
    if not reaches(actor, subject):
        return Paper.objects.none()
    return Paper.objects.filter(**key(subject), kind__in=_open_to(actor)).defer("data").order_by("-id")


def paper_or_404(code: str, actor: Actor | None = None) -> Paper:
    """The paper, when its kind's duty is held and its subject is within reach; Http404 otherwise."""
    actor = actor or current_actor()
    paper = Paper.objects.filter(code=code).first()
    if (
        paper is None
        or paper.declared is None
        or not actor.can(paper.declared.duty)
        or not reaches(actor, paper.subject)
    ):
        raise Http404
    return paper


def public_paper(code: str) -> PublicPaper | None:
    """What the public may know of the paper of a code; None where there is none."""
    return PublicPaper.objects.filter(pk=code).first()


def find(text: str, actor: Actor, limit: int) -> list[Hit]:
    """Papers by number, code or title, within the actor's duties and regions."""
    wanted = Q(number__icontains=text) | Q(title__icontains=text) | Q(code__istartswith=text)
    rows = (
        scoped(Paper.objects.filter(wanted, kind__in=_open_to(actor)), actor).defer("data").order_by("-id")[: limit * 2]
    )
    reached = [paper for paper in rows if reaches(actor, paper.subject)][:limit]
    return [
        Hit(
            title=paper.title,
            note=f"{paper.number} · {paper.issued_on}",
            url=paper.get_absolute_url(),
        )
        for paper in reached
    ]


def _open_to(actor: Actor) -> list[str]:
    """Codes of the kinds whose duty the actor holds."""
    return [code for code, kind in paper_kinds().items() if actor.can(kind.duty)]
