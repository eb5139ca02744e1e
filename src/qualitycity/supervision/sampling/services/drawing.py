"""The draw on stage, and the matching that follows: computed under sealed secrets, stored once, shown to few."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, given_reason, note
from qualitycity.kernel.disclosure import open_secret, sealed_value
from qualitycity.kernel.disclosure.services import commitment
from qualitycity.kernel.rulebook import rule
from qualitycity.methods.lottery.bundle import open_result
from qualitycity.methods.lottery.faults import LotteryError
from qualitycity.methods.lottery.matching import Infeasible, Matching

from .. import bundling, drawing
from ..models import Draw, DrawnUnit, LabMatch, Mode, PoolLab, PoolSampler, Round, SetAside, TeamMatch, Visit
from ..publishing import republish
from ..sources import labs_for, samplers_for
from ..workflow import DRAW, ROUND, VISIT


@act(ROUND, "draw")
def draw_round(round_: Round) -> None:
    """Draw. The host presses; the seed was fixed by the sealed secret and by what the witnesses typed.

    Public at once: digits, time, how many, salted digest; in mode 当场公开 the secret and the names too.
    """
    if commitment(sealed_value(round_.sealed_draw)) != round_.draw_commitment:
        raise Refused(_("封存的秘密与公布的承诺不符,不能摇号。"))
    if drawing.frame_file(round_.draw.frame).digest() != round_.draw.frame.digest:
        raise Refused(_("名单与公布的摘要不符,不能摇号。"))
    try:
        result = drawing.run_draw(round_)
    except LotteryError as why:
        raise Refused(str(why)) from why
    figures = open_result(round_.number_in_draw, result, sealed_value(round_.sealed_draw))
    round_.figures, round_.count, round_.result_digest = figures, figures["count"], figures["digest"]
    round_.drawn_at, round_.state = clock.now(), "drawn"
    round_.save()
    _store_drawn(round_, result)
    if round_.draw.mode == Mode.ON_STAGE:
        open_secret(round_.sealed_draw)
        round_.opened_at = clock.now()
        round_.save()
    if round_.draw.state == "announced":
        mark_drawn(round_.draw)
    note(digits=round_.digits, count=round_.count, result=round_.result_digest)
    republish(round_.draw, gettext_noop("第 %(number)d 轮已摇号"), number=round_.number_in_draw)


@act(DRAW, "draw")
def mark_drawn(draw: Draw) -> None:
    """The first round that was not void has drawn: from here on the draw cannot be voided."""
    draw.drawn_at, draw.state = clock.now(), "drawn"
    draw.save()


@act(ROUND, "match")
def _match(round_: Round) -> None:
    tasks = [one.row.unit_id for one in _drawn(round_)]
    try:
        found = drawing.run_matching(round_, tasks)
    except Infeasible as why:
        raise Refused(_("匹配不可行:%(why)s") % {"why": why}, code="infeasible") from why
    pools = drawing.pools(round_)
    round_.matching = bundling.opened_matching(round_, found, pools)
    round_.matched_at, round_.state = clock.now(), "matched"
    round_.save()
    _store_matching(round_, found, pools)
    for one in _drawn(round_):
        plan_visit(drawn=one)
    note(tasks=len(tasks), labs=_window(found[drawing.LABS]), teams=_window(found[drawing.TEAMS]))


def match_round(round_: Round) -> None:
    """Match laboratories, then pairs of samplers. Infeasible: Refused, with the shortage in numbers."""
    _match(round_)


@act(ROUND, "supplement")
def supplement_pool(round_: Round) -> None:
    """Add laboratories and samplers the register has gained since; public, with the reason."""
    plan, today = round_.draw.plan, clock.today()
    known_labs = set(round_.labs.values_list("short_no", flat=True))
    known_samplers = set(round_.samplers.values_list("short_no", flat=True))
    labs = [lab for lab in labs_for(plan, today) if lab.number not in known_labs]
    samplers = [one for one in samplers_for(plan, today) if one.number not in known_samplers]
    if not labs and not samplers:
        raise Refused(_("登记库里没有新的可用机构或人员;请先在登记库登记。"))
    limit = int(rule("sampling.sampler_capacity").amount)
    PoolLab.objects.bulk_create(
        PoolLab(round=round_, lab=lab, short_no=lab.number, name=lab.name, capacity=lab.capacity, added_later=True)
        for lab in labs
    )
    PoolSampler.objects.bulk_create(
        PoolSampler(
            round=round_, sampler=one, account=one.account, short_no=one.number, capacity=limit, added_later=True
        )
        for one in samplers
    )
    added = [*(lab.number for lab in labs), *(one.number for one in samplers)]
    note(added=added)
    republish(round_.draw, gettext_noop("补充 %(added)s:%(reason)s"), added="、".join(added), reason=given_reason())


@act(VISIT, "plan")
def plan_visit(*, drawn: DrawnUnit) -> Visit:
    """Give out the sampling task of a drawn unit to its team. Its number and name tell nothing of the firm."""
    return Visit.objects.create(
        drawn=drawn,
        number=f"{drawn.round.number}-{'B' if drawn.reserve else ''}{drawn.order}",
        region_path=drawn.row.town_path,
    )


def _drawn(round_: Round) -> list[DrawnUnit]:
    return list(round_.drawn.filter(reserve=False).select_related("row", "round__draw").order_by("order"))


def _store_drawn(round_: Round, result: drawing.Result) -> None:
    rows = drawing.rows_by_unit(round_.draw.frame)
    for reserve in (False, True):
        units = [unit for stratum in result.strata for unit in (stratum.reserve if reserve else stratum.drawn)]
        DrawnUnit.objects.bulk_create(
            DrawnUnit(round=round_, order=order, row=rows[unit.id], ticket=unit.ticket, reserve=reserve)
            for order, unit in enumerate(units, 1)
        )


def _store_matching(round_: Round, found: dict[str, Matching], pools: dict[str, drawing.Pool]) -> None:
    labs = {lab.short_no: lab for lab in round_.labs.all()}
    samplers = {one.short_no: one for one in round_.samplers.all()}
    drawn = {one.row.unit_id: one for one in _drawn(round_)}
    for task, team in zip(found[drawing.LABS].problem.tasks, found[drawing.LABS].assignment, strict=True):
        LabMatch.objects.create(drawn=drawn[task], lab=labs[team[0]])
    for task, team in zip(found[drawing.TEAMS].problem.tasks, found[drawing.TEAMS].assignment, strict=True):
        TeamMatch.objects.bulk_create(
            TeamMatch(drawn=drawn[task], sampler=samplers[name], seat=seat) for seat, name in enumerate(team, 1)
        )
    SetAside.objects.bulk_create(
        SetAside(drawn=drawn[task], label=label, agent=agent, reason=reason)
        for label, pool in pools.items()
        for (task, agent), reason in sorted(pool.set_asides.items())
        if task in drawn
    )


def _window(matching: Matching) -> dict[str, object]:
    """What may be said of a matching in 办理记录: loads and whether it is the only cheapest one; no pair."""
    return {"lo": matching.lo, "hi": matching.hi, "unique": matching.unique}
