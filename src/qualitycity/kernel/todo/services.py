"""How to-dos follow a case: opened when a move becomes possible, done when the case leaves the state."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import override

from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.workflow import Move, Workflow

from .models import Item


def follow(workflow: Workflow, subject: models.Model, actor: Actor) -> None:
    """Close the to-dos of moves that are no longer to be made, open those of moves that are now to be made.

    A move is to be made when it may start in the subject's state and `subject.todo_wanted(verb)`, if defined, agrees.
    """
    possible = workflow.from_state(subject.state)  # type: ignore[attr-defined]
    moves = [move for move in possible if move.todo and _wanted(subject, move.verb)]
    verbs = {move.verb for move in moves}
    open_items = Item.objects.filter(**_key(subject), kind=Item.Kind.DO, closed_at__isnull=True)
    open_items.exclude(verb__in=verbs).update(closed_at=timezone.now(), closed_by=actor.ref)
    present = set(open_items.filter(verb__in=verbs).values_list("verb", flat=True))
    for move in moves:
        if move.verb not in present:
            _open(subject, move, actor)


def review(subject: models.Model) -> None:
    """Look at the to-dos of a subject anew, inside an act on another: what it waited for has happened there."""
    follow(subject.WORKFLOW, subject, current_actor())  # type: ignore[attr-defined]


def done(subject: models.Model, verb: str, account_id: int | None = None) -> None:
    """Close a to-do by hand of a service: one of several people did a part that leaves the state as it is."""
    items = Item.objects.filter(**_key(subject), verb=verb, closed_at__isnull=True)
    if account_id is not None:
        items = items.filter(account=account_id)
    items.update(closed_at=timezone.now(), closed_by=current_actor().ref)


def send(subject: models.Model, text: Any, *, duty: str = "", accounts: Any = (), kind: str = Item.Kind.COPY) -> None:
    """Tell people about a subject (抄送 or 督办); call it inside an act."""
    common = _common(subject, text, current_actor()) | {"kind": kind}
    if duty:
        Item.objects.create(**common, duty=duty)
    for account_id in accounts:
        Item.objects.create(**common, account_id=account_id)


def _wanted(subject: models.Model, verb: str) -> bool:
    asked = getattr(subject, "todo_wanted", None)
    return asked is None or asked(verb)


def _open(subject: models.Model, move: Move, actor: Actor) -> None:
    common = _common(subject, move.todo, actor) | {"verb": move.verb, "duty": move.duty}
    if hasattr(subject, "get_todo_url"):
        common["url"] = subject.get_todo_url(move.verb)
    accounts = subject.todo_accounts(move.verb) if hasattr(subject, "todo_accounts") else None
    if accounts is None:
        Item.objects.create(**common)
    else:
        Item.objects.bulk_create(Item(**common, account_id=account_id) for account_id in accounts)


def _key(subject: models.Model) -> dict[str, str]:
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def _common(subject: models.Model, text: Any, actor: Actor) -> dict[str, Any]:
    with override("zh-hans"):  # kept in Chinese; `Item.words` translates for the reader
        return {
            **_key(subject),
            "number": str(getattr(subject, "number", "") or ""),
            "title": str(subject)[:200],
            "text": str(text)[:200],
            "url": subject.get_absolute_url(),  # type: ignore[attr-defined]
            "region_path": getattr(subject, "region_path", "") or "",
            "front": getattr(subject, "FRONT", "desk"),
            "opened_by": actor.ref,
        }
