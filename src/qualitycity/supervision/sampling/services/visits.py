"""Verbs of a visit: what was found at the firm; a firm found shut, checked by the town, replaced by a fresh round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.acts.engine import act, given_reason, note
from qualitycity.kernel.evidence import attach, store
from qualitycity.kernel.rulebook import rule

from .. import drawing, guards
from ..models import LabMatch, ShutCause, TeamMatch, Visit
from ..workflow import VISIT
from .drawing import plan_visit
from .like import like
from .opening import open_if_due

PHOTO = "sampling.shut_photo"


@act(VISIT, "sample")
def _sample(visit: Visit, *, on: date | None = None) -> None:
    _record(visit, on)


@act(VISIT, "refuse")
def _refuse(visit: Visit, *, on: date | None = None) -> None:
    visit.note = given_reason()
    _record(visit, on)


@act(VISIT, "miss")
def _miss(visit: Visit, *, on: date | None = None) -> None:
    visit.note = given_reason()
    _record(visit, on)


@act(VISIT, "report_shut")
def report_shut(visit: Visit, *, cause: str, photos: Sequence[Any], on: date | None = None, detail: str = "") -> None:
    """Report that a firm cannot be sampled for a documented cause; the town office checks on the spot."""
    needed = int(rule("sampling.shut_photos").amount)
    faults = []
    if cause not in ShutCause.values:
        faults.append(Fault(_("请选原因"), field="cause", value=cause))
    stored = [store(photo, name=getattr(photo, "name", "") or f"photo-{at}.jpg") for at, photo in enumerate(photos, 1)]
    stored = list({file.pk: file for file in stored}.values())  # the same picture twice is one picture
    if len(stored) < needed:
        faults.append(
            Fault(
                _("至少 %(needed)d 张不同的现场照片,现有 %(have)d 张") % {"needed": needed, "have": len(stored)},
                field="photos",
            )
        )
    if faults:
        raise Faults(faults)
    for number, file in enumerate(stored, 1):
        attach(visit, file, PHOTO, title=_("现场照片 %(number)d") % {"number": number})
    visit.cause, visit.note = cause, detail
    _record(visit, on)
    note(cause=cause, photos=len(stored))


@act(VISIT, "confirm_shut")
def confirm_shut(visit: Visit, *, detail: str = "") -> None:
    """The town office confirms on the spot; the section then announces a fresh round."""
    note(detail=detail)


@act(VISIT, "dispute_shut")
def dispute_shut(visit: Visit) -> None:
    """The town found the firm at work: the visit is still to be made."""
    visit.cause, visit.recorded_at, visit.visited_on = "", None, None


@act(VISIT, "call_reserve")
def call_reserve(visit: Visit) -> None:
    """Call the next reserve in the place of a firm found shut; its laboratory and team take it over.

    Refused where one of them has a declared interest in the reserve: then a fresh round is held.
    """
    reserve = guards.next_reserve(visit)
    assert reserve is not None
    pools = drawing.pools(reserve.round)
    lab, team = visit.drawn.lab_match.lab, list(visit.drawn.team.select_related("sampler"))
    asked = [(drawing.LABS, lab.short_no), *((drawing.TEAMS, one.sampler.short_no) for one in team)]
    aside = [agent for label, agent in asked if not pools[label].may(reserve.row.unit_id, agent)]
    if aside:
        raise Refused(_("%(agents)s 对备选企业须回避,请另摇一轮递补。") % {"agents": "、".join(aside)})
    LabMatch.objects.create(drawn=reserve, lab=lab)
    TeamMatch.objects.bulk_create(TeamMatch(drawn=reserve, sampler=one.sampler, seat=one.seat) for one in team)
    with acting(SYSTEM):
        plan_visit(drawn=reserve)
    note(reserve=reserve.order)


@act(VISIT, "leave")
def _leave(visit: Visit) -> None:
    visit.note = given_reason()


@like(_sample)
def record_sampled(visit: Visit, *, on: date | None = None) -> None:
    """Record that the sample was taken; the last record of a draw opens its names."""
    with transaction.atomic():
        _sample(visit, on=on)
        open_if_due(visit.drawn.round.draw)


@like(_refuse)
def record_refused(visit: Visit, *, reason: str, on: date | None = None) -> None:
    """Record a refusal of inspection (拒检)."""
    with transaction.atomic():
        _refuse(visit, on=on, reason=reason)
        open_if_due(visit.drawn.round.draw)


@like(_miss)
def record_not_sampled(visit: Visit, *, reason: str, on: date | None = None) -> None:
    """Record that no sample could be had, without a cause that asks for replacement."""
    with transaction.atomic():
        _miss(visit, on=on, reason=reason)
        open_if_due(visit.drawn.round.draw)


@like(_leave)
def leave_unreplaced(visit: Visit, *, reason: str) -> None:
    """Do without a replacement (nobody is left, the plan is over), with a public reason."""
    with transaction.atomic():
        _leave(visit, reason=reason)
        open_if_due(visit.drawn.round.draw)


def _record(visit: Visit, on: date | None) -> None:
    visit.recorded_at, visit.visited_on = clock.now(), on or clock.today()
