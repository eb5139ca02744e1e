"""Reads of supervision sampling: who may see which names, what a stage shows, the figures it registers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.access.viewlog import looked
from qualitycity.kernel.measures import Figure, measure

from .models import Draw, DrawnUnit, Round, Visit


def may_see_names(draw: Draw, actor: Actor | None = None) -> bool:
    """Names are everybody's once public; before, of those who hold the duty (section, and the keeper for matching)."""
    actor = actor or current_actor()
    return draw.names_public or actor.can("sampling.drawn.view") or actor.can("sampling.match.view")


def may_see_match(round_: Round, actor: Actor | None = None) -> bool:
    """Pairs are everybody's once the match secret is open; before, of section and keeper."""
    actor = actor or current_actor()
    return round_.reports_signed_at is not None or actor.can("sampling.match.view")


def drawn_units(round_: Round) -> list[DrawnUnit]:
    """Drawn and reserve units of a round with everything a result page shows, in order."""
    return list(
        round_.drawn.select_related("row", "visit__replaced_in", "lab_match__lab").prefetch_related(
            "team__sampler", "set_asides"
        )
    )


def look_at_names(draw: Draw, units: list[DrawnUnit]) -> None:
    """Write down who looked at names that are not public yet, firm by firm (「谁看过我」)."""
    if draw.names_public:
        return
    for unit in units:
        looked(draw, _("查看未公开的抽中名单"), about=unit.row.uscc)


def still_sealed(ids: set[str]) -> set[str]:
    """Of these draws (ids as text), those whose drawn names are not public."""
    return {str(draw.pk) for draw in Draw.objects.filter(pk__in=ids) if not draw.names_public}


def visits_for(actor: Actor | None = None) -> QuerySet[Visit]:
    """Visits an actor may see: the section's all, a sampler's own, a town's only those awaiting or after its check."""
    actor = actor or current_actor()
    rows = scoped(Visit.objects.select_related("drawn__row", "drawn__round__draw__plan"), actor)
    if actor.can("sampling.drawn.view"):
        return rows
    if actor.can("sampling.visit.record") and actor.account_id is not None:
        return rows.filter(drawn__team__sampler__account_id=actor.account_id).distinct()
    if actor.can("sampling.visit.confirm"):
        return rows.filter(state__in=("shut_reported", "shut", "replaced"))
    return rows.none()


def stage_stamp(round_: Round) -> str:
    """Changes whenever anything a stage or a witness's phone shows changes."""
    seats = ";".join(
        f"{seat.seat}:{seat.signed_in_at}:{seat.struck_at}:{seat.signed_off_at}:{seat.unsigned_reason}:{seat.code}"
        for seat in round_.seated
    )
    written = round_.entries.filter(attempt=round_.attempt).count()
    confirmed = round_.confirmed_by.filter(attempt=round_.attempt).count()
    return f"{round_.state}|{round_.attempt}|{written}|{confirmed}|{bool(round_.beacon)}|{hash_of(seats)}"


def hash_of(text: str) -> str:
    """A short digest for comparing."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]


@measure(
    "sampling.draws", _("公开摇号"), unit=_("次"), formula=_("已摇出结果的公开摇号,不含作废"), duty="sampling.draw.view"
)
def draws(actor: Actor) -> Figure:
    """Draws that have drawn."""
    rows = scoped(Draw.objects.filter(drawn_at__isnull=False).select_related("plan"), actor)
    return Figure(rows=rows, columns=[("number", _("编号")), ("title", _("计划")), ("drawn_at", _("摇号时间"))])


@measure(
    "sampling.drawn",
    _("抽中批次"),
    unit=_("批"),
    formula=_("各次公开摇号各轮抽中的单位,不含作废轮和备选"),
    duty="sampling.draw.view",
)
def drawn(actor: Actor) -> Figure:
    """Units drawn. The rows tell round and order, never the firm: names open by their own guard."""
    rows = scoped(
        DrawnUnit.objects.filter(reserve=False).select_related("round__draw__plan"), actor, field="round__region_path"
    )
    return Figure(rows=rows, columns=[("round__number", _("轮次")), ("order", _("顺序"))])


@measure(
    "sampling.visits_open",
    _("待抽样任务"),
    unit=_("项"),
    formula=_("已下达、尚未记录结果的抽样任务"),
    duty="sampling.drawn.view",
)
def visits_open(actor: Actor) -> Figure:
    """Visits not yet recorded."""
    rows = scoped(Visit.objects.filter(state__in=("planned", "shut_reported")), actor)
    return Figure(rows=rows, columns=[("number", _("任务编号")), ("state", _("状态"))])


def round_of_actor() -> dict[str, Any]:
    """For the host's landing panel: rounds that wait for or are on stage."""
    live = ("announced", "convened", "dice", "confirmed", "drawn", "matched", "minuted")
    rows = scoped(Round.objects.filter(state__in=live).select_related("draw__plan")).order_by("ceremony_at")
    return {"rounds": list(rows)}
