"""The boxes of the to-do centre: 待办 已办 我发起 抄送 督办."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.models import Account

from .models import Item

BOXES: dict[str, Any] = {
    "todo": _("待办"),
    "done": _("已办"),
    "started": _("我发起"),
    "copies": _("抄送"),
    "supervised": _("督办"),
}
NOTICES = (Item.Kind.COPY, Item.Kind.SUPERVISE)


def _mine(actor: Actor) -> Q:
    """Items addressed to the actor: by name, or by a duty within the jurisdiction (deputies see their principals')."""
    principals = Account.objects.filter(ref__in=actor.deputy_for).values("pk")
    by_name = Q(account_id=actor.account_id) | Q(account_id__in=principals)
    inside = Q(region_path="")
    for scope in actor.scopes:
        inside |= Q(region_path=scope) | Q(region_path__startswith=scope + "/")
    return by_name | (Q(account__isnull=True, duty__in=actor.duties) & inside)


def box(actor: Actor, name: str) -> QuerySet[Item]:
    """The items of one box of an actor, newest first."""
    if name == "todo":
        return Item.objects.filter(_mine(actor), kind=Item.Kind.DO, closed_at__isnull=True)
    if name == "done":
        return Item.objects.filter(kind=Item.Kind.DO, closed_by=actor.ref)
    if name == "started":
        return Item.objects.filter(kind=Item.Kind.DO, opened_by=actor.ref)
    if name == "copies":
        return Item.objects.filter(_mine(actor), kind=Item.Kind.COPY)
    if name == "supervised":
        return Item.objects.filter(_mine(actor), kind=Item.Kind.SUPERVISE)
    raise KeyError(name)


def counts(actor: Actor) -> dict[str, int]:
    """Numbers for the top bar: open to-dos and unread notices."""
    if not actor.signed_in:
        return {"todo": 0, "messages": 0}
    return {
        "todo": box(actor, "todo").count(),
        "messages": Item.objects.filter(_mine(actor), kind__in=NOTICES, closed_at__isnull=True).count(),
    }
