"""Plans: list, record, forms."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.models import Unit
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, check_page, create_page, list_page, record_page

from .. import forms, services
from ..models import Plan
from ..services.like import like
from ..workflow import PLAN

STATES = [(state.code, state.title) for state in PLAN.states.values()]


@page("sampling.plan.view")
def plan_list(request: HttpRequest) -> HttpResponse:
    """All plans of the jurisdiction."""
    listing = Listing(
        request,
        scoped(Plan.objects.select_related("category", "unit").prefetch_related("strata")),
        columns=[
            Column("number", gettext_lazy("编号"), kind="code", link=True),
            Column("title", gettext_lazy("计划"), link=True),
            Column("category__name", gettext_lazy("产品类别")),
            Column("take", gettext_lazy("抽取"), kind="number", sort=False),
            Column("mode", gettext_lazy("公开方式"), value=lambda row: row.get_mode_display()),
            Column("unit__name", gettext_lazy("承办"), hidden=True),
            Column("state", gettext_lazy("状态"), kind="state"),
        ],
        filters=[
            Filter("q", gettext_lazy("关键词"), lookup=("title__icontains", "number__icontains")),
            Filter("state", gettext_lazy("状态"), choices=STATES),
        ],
        order="-number",
        export_name="plans",
        empty=gettext_lazy("还没有抽查计划。先「新建计划」,批准后编制抽样名单。"),
    )
    return list_page(request, listing, title=_("抽查计划"), template="sampling/plans.html")


@page("sampling.plan.view")
def plan_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan with its frames and draws."""
    plan = get_or_404(Plan.objects.select_related("category", "unit").prefetch_related("strata"), pk=pk)
    building = plan.frames.filter(state="building").first()
    return record_page(
        request,
        plan,
        template="sampling/plan.html",
        strata=plan.strata.all(),
        frames=plan.frames.all(),
        draws=plan.draws.all(),
        building=building,
    )


@page("sampling.plan.edit")
def plan_new(request: HttpRequest) -> HttpResponse:
    """Draft a plan for the own unit."""

    @like(services.draft_plan)
    def create(**given: Any) -> Plan:
        own = current_actor().unit_id
        return services.draft_plan(unit=Unit.objects.filter(pk=own).first() if own else None, **given)

    return create_page(request, create, form=forms.PlanForm, title=_("新建计划"))


@page("sampling.plan.edit")
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a plan that is not approved yet."""
    plan = get_or_404(Plan.objects.all(), pk=pk)
    return act_page(request, plan, services.edit_plan, form=forms.PlanEditForm, initial=forms.plan_initial(plan))


@page("sampling.plan.edit")
def plan_file(request: HttpRequest, pk: int) -> HttpResponse:
    """File the plan with the level above."""
    return act_page(request, get_or_404(Plan.objects.all(), pk=pk), services.file_plan, form=forms.FileForm)


@page("sampling.plan.approve")
def plan_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a plan back."""
    return act_page(request, get_or_404(Plan.objects.all(), pk=pk), services.return_plan)


@page("sampling.plan.approve")
def plan_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a plan."""
    return act_page(request, get_or_404(Plan.objects.all(), pk=pk), services.approve_plan)


@page("sampling.plan.edit")
def plan_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a plan up again."""
    return act_page(request, get_or_404(Plan.objects.all(), pk=pk), services.amend_plan)


@page("sampling.plan.edit")
def plan_complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a plan."""
    return act_page(request, get_or_404(Plan.objects.all(), pk=pk), services.complete_plan)


@page("sampling.frame.build")
def frame_build(request: HttpRequest, pk: int) -> HttpResponse:
    """Build the frame of a plan: both lists are read and set against each other."""
    plan = get_or_404(Plan.objects.all(), pk=pk)
    return check_page(
        request,
        title=_("编制抽样名单"),
        consequences=[
            _("读取企业登记库和监管名录库中「%(category)s」的企业并逐家比对。") % {"category": plan.category},
            _("只在一处有的企业,须补入或说明理由后才能公布。"),
            _("6 个月内已抽的产品、已注销的企业按规则排除,并列明理由和日期。"),
        ],
        facts=[(_("计划"), plan.title), (_("抽取"), plan.take)],
        submit=_("编制名单"),
        action=lambda: services.frame_plan(plan),
        back=plan.get_absolute_url(),
        done=lambda frame: frame.get_absolute_url(),
        crumbs=[(plan.title, reverse("sampling:plan", args=[plan.pk]))],
    )
