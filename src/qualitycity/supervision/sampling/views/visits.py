"""Visits: a sampler's own, the section's all; the town's check of a firm found shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.viewlog import looked
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, list_page, record_page

from .. import forms, queries, services
from ..models import Visit
from ..workflow import VISIT

STATES = [(state.code, state.title) for state in VISIT.states.values()]


def _visit(pk: int) -> Visit:
    """A visit the actor may see; others' answer 404. Looking at a name not public yet is written down."""
    visit = queries.visits_for().filter(pk=pk).first()
    if visit is None:
        raise Http404
    if not visit.drawn.round.draw.names_public:
        looked(visit.drawn.round.draw, gettext_lazy("查看未公开的抽样任务"), about=visit.drawn.row.uscc)
    return visit


@page("sampling.visit.view")
def visit_list(request: HttpRequest) -> HttpResponse:
    """Visits by number: the list itself names no firm before the names are public."""
    listing = Listing(
        request,
        queries.visits_for(),
        columns=[
            Column("number", gettext_lazy("任务编号"), kind="code", link=True),
            Column("drawn__round__draw__plan__title", gettext_lazy("计划")),
            Column("visited_on", gettext_lazy("到企业日期"), kind="date"),
            Column("state", gettext_lazy("状态"), kind="state"),
        ],
        filters=[Filter("state", gettext_lazy("状态"), choices=STATES)],
        order="number",
        export_name="visits",
        empty=gettext_lazy("没有派给您的抽样任务。"),
    )
    return list_page(request, listing, title=_("抽样任务"))


@page("sampling.visit.check")
def visit_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: the firm, the team, photos."""
    visit = _visit(pk)
    return record_page(
        request,
        visit,
        template="sampling/visit.html",
        row=visit.drawn.row,
        team=visit.drawn.team.select_related("sampler__account"),
        draw=visit.drawn.round.draw,
        sees_team=current_actor().can("sampling.visit.view"),
    )


def _act(request: HttpRequest, pk: int, service: Callable[..., Any], form: type | None = None) -> HttpResponse:
    return act_page(request, _visit(pk), service, form=form)


@page("sampling.visit.record")
def visit_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the sample was taken."""
    return _act(request, pk, services.record_sampled, forms.VisitForm)


@page("sampling.visit.record")
def visit_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a refusal."""
    return _act(request, pk, services.record_refused, forms.VisitForm)


@page("sampling.visit.record")
def visit_miss(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that no sample could be had."""
    return _act(request, pk, services.record_not_sampled, forms.VisitForm)


@page("sampling.visit.record")
def visit_report_shut(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a firm that cannot be sampled."""
    return _act(request, pk, services.report_shut, forms.ShutForm)


@page("sampling.visit.confirm")
def visit_confirm_shut(request: HttpRequest, pk: int) -> HttpResponse:
    """The town office confirms."""
    return _act(request, pk, services.confirm_shut, forms.DetailForm)


@page("sampling.visit.confirm")
def visit_dispute_shut(request: HttpRequest, pk: int) -> HttpResponse:
    """The town office found otherwise."""
    return act_page(request, _visit(pk), services.dispute_shut, done="/desk/")


@page("sampling.draw.publish")
def visit_call_reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """Call the next reserve."""
    return _act(request, pk, services.call_reserve)


@page("sampling.draw.publish")
def visit_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Do without a replacement."""
    return _act(request, pk, services.leave_unreplaced)
