"""Draws: list, record, names, void, later rounds; one round's record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.disclosure.models import Publication
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, create_page, list_page, record_page

from .. import forms, queries, services
from ..drawing import next_in_line
from ..models import Draw, Mode, Round, Visit
from ..services.like import like
from ..workflow import DRAW

STATES = [(state.code, state.title) for state in DRAW.states.values()]
TABS = (
    ("overview", gettext_lazy("概况")),
    ("names", gettext_lazy("抽中与匹配")),
    ("materials", gettext_lazy("材料")),
    ("history", gettext_lazy("办理记录")),
)


@page("sampling.draw.view")
def draw_list(request: HttpRequest) -> HttpResponse:
    """All draws of the jurisdiction."""
    listing = Listing(
        request,
        scoped(Draw.objects.select_related("plan").prefetch_related("rounds")),
        columns=[
            Column("number", gettext_lazy("编号"), kind="code", link=True),
            Column("plan__title", gettext_lazy("计划"), link=True),
            Column("mode", gettext_lazy("公开方式"), value=lambda row: row.get_mode_display()),
            Column("rounds", gettext_lazy("轮次"), kind="number", value=lambda row: len(row.rounds.all()), sort=False),
            Column("announced_at", gettext_lazy("公告时间"), kind="datetime"),
            Column("drawn_at", gettext_lazy("摇号时间"), kind="datetime"),
            Column("state", gettext_lazy("状态"), kind="state"),
        ],
        filters=[
            Filter("q", gettext_lazy("关键词"), lookup=("plan__title__icontains", "number__icontains")),
            Filter("state", gettext_lazy("状态"), choices=STATES),
            Filter("mode", gettext_lazy("公开方式"), choices=Mode.choices),
        ],
        order="-announced_at",
        export_name="draws",
        empty=gettext_lazy("还没有摇号。从「抽查计划」编制名单并公布,就有了第一次摇号。"),
    )
    return list_page(request, listing, title=_("公开摇号"))


def _draw(pk: int) -> Draw:
    return get_or_404(Draw.objects.select_related("plan__category", "frame"), pk=pk)


@page("sampling.draw.view")
def draw_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: what was announced, its rounds; the names for those who may see them, and the look is written down."""
    draw = _draw(pk)
    actor = current_actor()
    rounds = list(draw.rounds.select_related("draw_secret", "match_secret"))
    shown = request.GET.get("tab") == "names" and queries.may_see_names(draw)
    last = rounds[-1]
    waiting = Visit.objects.filter(drawn__round__draw=draw, state="shut").count()
    publisher = actor.can("sampling.draw.publish")
    return record_page(
        request,
        draw,
        template="sampling/draw.html",
        tabs=TABS if queries.may_see_names(draw) else [tab for tab in TABS if tab[0] != "names"],
        rounds=rounds,
        groups=_groups(draw, rounds) if shown else [],
        publication=Publication.objects.filter(kind="draw", slug=draw.slug).first(),
        waiting=waiting if publisher else 0,
        again=publisher and last.state == "void" and draw.state in ("announced", "drawn"),
    )


def _groups(draw: Draw, rounds: list[Round]) -> list[dict[str, Any]]:
    """What the names tab shows, round by round; looking at names not public yet is logged firm by firm."""
    groups = []
    for round_ in rounds:
        if not round_.result_out:
            continue
        units = queries.drawn_units(round_)
        queries.look_at_names(draw, units)
        matched = bool(round_.matching) and queries.may_see_match(round_)
        parts = {part["label"]: part for part in round_.matching.get("parts", [])} if matched else {}
        groups.append(
            {
                "round": round_,
                "units": units,
                "next": _next(round_) if current_actor().can("sampling.drawn.view") else {},
                "matched": matched,
                "labs": parts.get("labs"),
                "teams": parts.get("teams"),
            }
        )
    return groups


def _next(round_: Round) -> dict[str, Any]:
    """Stratum → row of the unit next in line."""
    rows = {row.unit_id: row for row in round_.draw.frame.rows.filter(unit_id__in=next_in_line(round_).values())}
    return {row.stratum: row for row in rows.values()}


@page("sampling.draw.publish")
def draw_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Void a draw before anything was drawn; the frame goes back to building."""
    draw = _draw(pk)
    return act_page(
        request, draw, services.void_draw, done=lambda subject: subject.frame.replaced_by.get_absolute_url()
    )


@page("sampling.draw.publish")
def draw_replacement(request: HttpRequest, pk: int) -> HttpResponse:
    """Announce a fresh round for firms found shut."""
    return _later(request, pk, services.announce_replacement, _("公告下一轮:递补"))


@page("sampling.draw.publish")
def draw_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Announce a fresh round in the place of a void one."""
    return _later(request, pk, services.announce_again, _("公告下一轮:重摇"))


def _later(request: HttpRequest, pk: int, service: Callable[..., Round], title: str) -> HttpResponse:
    draw = _draw(pk)
    last = draw.rounds.order_by("number_in_draw").last()

    @like(services.publish_round)
    def announce(**given: Any) -> Round:
        return service(draw, **given)

    return create_page(
        request,
        announce,
        form=forms.CeremonyForm,
        title=title,
        initial={"place": last.place, "inputs": [item["kind"] for item in last.inputs]} if last else {},
        back=draw.get_absolute_url(),
        crumbs=[(str(draw), draw.get_absolute_url())],
        done=draw.get_absolute_url(),
    )


@page("sampling.draw.view")
def round_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: announcement, people, minutes, history. The ceremony itself is the stage."""
    round_ = get_or_404(Round.objects.select_related("draw__plan", "draw__frame"), pk=pk)
    crumbs = [(str(round_.draw), round_.draw.get_absolute_url())]
    return record_page(request, round_, template="sampling/round.html", crumbs=crumbs, seats=list(round_.seated))


@page("sampling.report.sign_last")
def round_reports(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the last report of the round is signed: the match secret opens."""
    round_ = get_or_404(Round.objects.select_related("draw__plan"), pk=pk)
    return act_page(
        request,
        round_,
        services.record_last_report_signed,
        consequences=[_("匹配秘密立即开启,检验机构、抽样人员和回避随即公开。")],
    )


@page("sampling.draw.publish")
def round_supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """Supplement the pool after an infeasible matching."""
    round_ = get_or_404(Round.objects.select_related("draw__plan"), pk=pk)
    return act_page(request, round_, services.supplement_pool)
