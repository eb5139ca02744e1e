"""Publish a frame and announce its draw; void and publish anew; announce later rounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.acts.engine import act, given_reason, note
from qualitycity.kernel.clock.calendar import add_working_days
from qualitycity.kernel.disclosure import seal, sealed_value
from qualitycity.kernel.documents import next_number
from qualitycity.kernel.rulebook import rule

from .. import beacons, bundling
from ..drawing import frame_file, takes_fault
from ..models import Draw, Frame, Mode, PoolLab, PoolSampler, Round, Visit
from ..models.frame import Reason
from ..publishing import republish
from ..sources import candidates, labs_for, samplers_for
from ..workflow import DRAW, FRAME, ROUND, VISIT
from .frames import build_frame


@act(FRAME, "publish")
def publish_frame(
    frame: Frame,
    *,
    mode: str,
    ceremony_at: datetime,
    place: str,
    inputs: Sequence[str] = ("digits",),
    draw_secret: str | None = None,
    match_secret: str | None = None,
) -> Draw:
    """Publish the frame, seal both secrets, announce the first round. From here on nothing of it can change.

    inputs: «digits» and/or «drand», in the order of the seed lines. Fixed secrets are taken in demonstration mode only.
    Faults name everything that is wrong: time, place, mode, numbers, firms that changed since the frame was built.
    """
    faults = [*check_time(ceremony_at), *_check_terms(frame, mode, place, inputs), *_changed_since(frame)]
    if faults:
        raise Faults(faults)
    file = frame_file(frame)
    frame.canonical, frame.digest, frame.root = file.canonical().decode(), file.digest(), bundling.root_of(file)
    frame.save()
    replaced = frame.replaces.draw if frame.replaces else None
    draw = announce_draw(frame=frame, mode=mode, replaces=replaced)
    announce_round(
        draw=draw,
        kind=Round.Kind.FIRST,
        take={item.code: {"take": item.take, "reserve": item.reserve} for item in frame.plan.strata.all()},
        ceremony_at=ceremony_at,
        place=place,
        inputs=inputs,
        draw_secret=draw_secret,
        match_secret=match_secret,
    )
    note(frame=frame.digest, draw=draw.number, mode=mode)
    republish(draw)
    if replaced is not None:
        republish(replaced, gettext_noop("已由 %(number)s 代替"), number=draw.number)
    return draw


@act(DRAW, "announce")
def announce_draw(*, frame: Frame, mode: str, replaces: Draw | None = None) -> Draw:
    """Create the draw of a frame; the terms are copied from the plan and fixed."""
    plan = frame.plan
    number = next_number("sampling.number.draw", year=clock.today().year)
    firms = frame.rows.filter(weight__gt=0)
    several = firms.count() > firms.values("uscc").distinct().count()
    return Draw.objects.create(
        plan=plan,
        frame=frame,
        number=number,
        slug="-".join(re.findall(r"\d+", number)),
        mode=mode,
        odds=plan.odds,
        cap=plan.cap if several else None,
        team_size=plan.team_size,
        replaces=replaces,
        announced_at=clock.now(),
        region_path=frame.region_path,
    )


@act(ROUND, "announce")
def announce_round(
    *,
    draw: Draw,
    kind: str,
    take: dict[str, dict[str, int]],
    ceremony_at: datetime,
    place: str,
    inputs: Sequence[str] = ("digits",),
    draw_secret: str | None = None,
    match_secret: str | None = None,
    visits: Sequence[Visit] = (),
) -> Round:
    """Announce one ceremony: seal fresh secrets, fix the inputs and the pools, write announcement.json."""
    last = draw.rounds.aggregate(last=Max("number_in_draw"))["last"] or 0
    round_ = Round.objects.create(
        draw=draw,
        number_in_draw=last + 1,
        kind=kind,
        take=take,
        place=place,
        ceremony_at=ceremony_at,
        announced_for=ceremony_at,
        inputs=[_input(name, ceremony_at) for name in inputs],
        seats=int(rule("sampling.witnesses").amount),
        seats_min=int(rule("sampling.witnesses_min").amount),
        confirmations=int(rule("sampling.confirmations").amount),
        dice_count=int(rule("sampling.dice_throws").amount),
        dice_sides=int(rule("sampling.dice_sides").amount),
        region_path=draw.region_path,
    )
    _fill_pools(round_)
    round_.draw_secret = seal(round_, "draw", draw_secret)
    round_.match_secret = seal(round_, "match", match_secret)
    round_.draw_commitment = round_.draw_secret.commitment
    round_.match_commitment = round_.match_secret.commitment
    secret = sealed_value(round_.match_secret)
    round_.lab_pool, round_.team_pool = bundling.pool_texts(round_)
    round_.announcement = bundling.announcement(round_, clock.now(), secret)
    round_.save()
    for visit in visits:
        replace_visit(visit, round_=round_)
    note(round=round_.number_in_draw, commitment=round_.draw_commitment, match=round_.match_commitment)
    return round_


@act(VISIT, "replace")
def replace_visit(visit: Visit, *, round_: Round) -> None:
    """Let a fresh round draw another firm in the place of one found shut."""
    visit.replaced_in = round_
    note(round=round_.number_in_draw)


@act(DRAW, "void")
def void_draw(draw: Draw) -> None:
    """Void a draw before anything was drawn; the frame goes back to building as a copy, the reason stays public."""
    reason = given_reason()
    for round_ in draw.rounds.filter(state="announced"):
        cancel_round(round_, reason=reason)
    draw.void_reason, draw.state = reason, "voided"
    draw.save()
    void_frame(draw.frame, reason=reason)
    build_frame(plan=draw.plan, replaces=draw.frame)
    republish(draw, gettext_noop("已作废:%(reason)s"), reason=reason)


@act(ROUND, "cancel")
def cancel_round(round_: Round) -> None:
    """A round that was announced falls with its draw."""
    round_.void_reason, round_.voided_at = given_reason(), clock.now()


@act(FRAME, "void")
def void_frame(frame: Frame) -> None:
    """A published frame falls with its draw; it stays readable."""


def announce_replacement(
    draw: Draw,
    *,
    ceremony_at: datetime,
    place: str,
    inputs: Sequence[str] = ("digits",),
    draw_secret: str | None = None,
    match_secret: str | None = None,
) -> Round:
    """Announce a fresh round for every firm confirmed shut and not replaced yet."""
    shut = list(Visit.objects.filter(drawn__round__draw=draw, state="shut").select_related("drawn__row"))
    if not shut:
        raise Refused(_("没有核实停业、等待递补的企业。"))
    take: dict[str, dict[str, int]] = {}
    for visit in shut:
        take.setdefault(visit.drawn.row.stratum, {"take": 0, "reserve": 0})["take"] += 1
    return _announce_later(
        draw, Round.Kind.REPLACEMENT, take, shut, ceremony_at, place, inputs, draw_secret, match_secret
    )


def announce_again(
    draw: Draw,
    *,
    ceremony_at: datetime,
    place: str,
    inputs: Sequence[str] = ("digits",),
    draw_secret: str | None = None,
    match_secret: str | None = None,
) -> Round:
    """Announce a fresh round in the place of one declared void: same numbers, fresh secrets, fresh dice."""
    last = draw.rounds.order_by("number_in_draw").last()
    if last is None or last.state != "void":
        raise Refused(_("没有作废待重摇的一轮。"))
    return _announce_later(draw, Round.Kind.FRESH, last.take, [], ceremony_at, place, inputs, draw_secret, match_secret)


def _announce_later(
    draw: Draw, kind: str, take: dict, visits: list[Visit], ceremony_at: datetime, place: str, inputs: Sequence[str],
    draw_secret: str | None, match_secret: str | None,
) -> Round:  # fmt: skip
    faults = [*check_time(ceremony_at), *_check_place(place), *_check_inputs(inputs), *takes_fault(draw, take)]
    if faults:
        raise Faults(faults)
    return publish_round(
        draw, kind=kind, take=take, visits=visits, ceremony_at=ceremony_at, place=place, inputs=inputs,
        draw_secret=draw_secret, match_secret=match_secret,
    )  # fmt: skip


@act(DRAW, "announce_round")
def publish_round(draw: Draw, **terms: Any) -> Round:
    """Announce and publish one more round of a draw."""
    round_ = announce_round(draw=draw, **terms)
    kind = Round.Kind(round_.kind).label
    republish(draw, gettext_noop("公告第 %(number)d 轮(%(kind)s)"), number=round_.number_in_draw, kind=kind)
    return round_


def check_time(ceremony_at: datetime) -> list[Fault]:
    """A ceremony is held at least the announced lead (working days) after today."""
    lead = rule("sampling.announce_lead")
    earliest = add_working_days(clock.today(), int(lead.amount))
    day = localtime(ceremony_at).date()
    if day >= earliest:
        return []
    hint = _("最早 %(day)s(公告至少提前 %(lead)s)") % {"day": earliest, "lead": lead.text}
    return [Fault(_("摇号时间太早"), field="ceremony_at", value=f"{localtime(ceremony_at):%Y-%m-%d %H:%M}", hint=hint)]


def _check_terms(frame: Frame, mode: str, place: str, inputs: Sequence[str]) -> list[Fault]:
    faults = [*_check_place(place), *_check_inputs(inputs)]
    if mode not in Mode.values:
        faults.append(Fault(_("没有这种公开方式"), field="mode", value=mode))
    strata = list(frame.plan.strata.all())
    for stratum in strata:
        if stratum.reserve and mode != Mode.ON_STAGE:
            faults.append(Fault(_("检查后公开的摇号没有备选名单"), field="mode", value=stratum.code))
    return faults + takes_fault(frame, {item.code: {"take": item.take, "reserve": item.reserve} for item in strata})


def _check_place(place: str) -> list[Fault]:
    return [] if place.strip() else [Fault(_("请写摇号地点"), field="place")]


def _check_inputs(inputs: Sequence[str]) -> list[Fault]:
    if inputs and set(inputs) <= {"digits", "drand"} and len(set(inputs)) == len(inputs):
        return []
    return [Fault(_("公共输入须是骰子、信标或两者"), field="inputs", value=",".join(inputs))]


def _changed_since(frame: Frame) -> list[Fault]:
    """Rows that were eligible when the frame was built and are not today, or whose firm left the register."""
    from .frames import judge_today

    now = {(one.uscc, one.product_id): one for one in candidates(frame.plan, clock.today())}
    faults = []
    for row in frame.rows.filter(weight__gt=0).exclude(product=None):
        one = now.get((row.uscc, row.product_id))
        out = None if one is None else judge_today(frame.plan, one)
        if one is None or out is not None:
            why = str(Reason(out.reason).label) if out is not None else _("已不在登记库的这一类产品里")
            faults.append(Fault(why, field="frame", value=row.unit_id, hint=_("请先「重新比对登记库」")))
    return faults


def _input(name: str, ceremony_at: datetime) -> dict[str, Any]:
    if name == "digits":
        return {
            "kind": "digits",
            "sides": int(rule("sampling.dice_sides").amount),
            "count": int(rule("sampling.dice_throws").amount),
        }
    return beacons.announced(ceremony_at)


def _fill_pools(round_: Round) -> None:
    """The laboratories and samplers of this round, by short number, as they stand today."""
    plan, today = round_.draw.plan, clock.today()
    labs, samplers = labs_for(plan, today), samplers_for(plan, today)
    if not labs or not samplers:
        raise Refused(_("登记库里没有可用的检验机构或抽样人员,不能公告摇号。"))
    PoolLab.objects.bulk_create(
        PoolLab(round=round_, lab=lab, short_no=lab.number, name=lab.name, capacity=lab.capacity) for lab in labs
    )
    limit = int(rule("sampling.sampler_capacity").amount)
    PoolSampler.objects.bulk_create(
        PoolSampler(round=round_, sampler=one, account=one.account, short_no=one.number, capacity=limit)
        for one in samplers
    )
