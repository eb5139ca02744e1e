"""Reminders and escalation: at ▲ whoever has the to-do is told, at ■ those who supervise as well."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import override

from qualitycity.kernel.acts.engine import act, note
from qualitycity.kernel.deadlines import Light
from qualitycity.kernel.deadlines.models import Deadline

from .models import Item
from .workflow import NOTICE

KINDS = {Light.NEAR: Item.Kind.COPY, Light.OVERDUE: Item.Kind.SUPERVISE}


def _text(light: Light, due: date) -> str:
    with override("zh-hans"):
        return f"{light.word}:{due.isoformat()}"


def turned(day: date) -> list[tuple[Deadline, Light]]:
    """The running clocks whose light turned ▲ or ■ on this day."""
    found = []
    for deadline in Deadline.objects.filter(status=Deadline.Status.RUNNING, trigger_date__lt=day):
        now = deadline.light(day)
        if now in KINDS and deadline.light(day - timedelta(days=1)) is not now:
            found.append((deadline, now))
    return found


@act(NOTICE, "remind")
def remind(*, deadline: Deadline, light: Light) -> Item:
    """Tell the holders of the case's open to-dos; when overdue, those who supervise too. The first notice."""
    kind = KINDS[light]
    common = {
        "kind": kind,
        "subject_type": deadline.subject_type,
        "subject_id": deadline.subject_id,
        "number": deadline.number,
        "title": deadline.title,
        "text": _text(light, deadline.due_date),
        "url": deadline.get_absolute_url(),
        "region_path": deadline.region_path,
        "opened_by": "system",
    }
    open_items = Item.objects.filter(
        subject_type=deadline.subject_type, subject_id=deadline.subject_id, kind=Item.Kind.DO, closed_at__isnull=True
    )
    holders: set[tuple[str, int | None]] = set(open_items.values_list("duty", "account_id"))
    if kind == Item.Kind.SUPERVISE or not holders:
        holders.add(("todo.supervise", None))
    note(rule=deadline.rule_id, light=light.value, due=deadline.due_date.isoformat(), told=len(holders))
    sent = [Item.objects.create(**common, duty=duty, account_id=account) for duty, account in sorted(holders, key=str)]
    return sent[0]
