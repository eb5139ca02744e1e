"""Pages of leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import create_page, list_page, record_page

from .. import forms, services
from ..models import Lead
from .common import may, move_page

MOVES = {
    "keep": move_page(Lead, services.keep_lead, forms.KeepLeadForm),
    "drop": move_page(Lead, services.drop_lead),
    "use": move_page(Lead, services.use_lead, forms.UseLeadForm),
}


@page("registry.lead.view")
def lead_list(request: HttpRequest) -> HttpResponse:
    """The pool of leads."""
    listing = Listing(
        request,
        scoped(Lead.objects.select_related("region", "category")),
        columns=[
            Column("number", _("编号"), kind="code", link=True, sort="pk"),
            Column("text", _("内容"), value=str, link=True, wrap=True),
            Column("source", _("来源"), value=lambda row: row.get_source_display(), sort="source"),
            Column("category__name", _("类别")),
            Column("region__name", _("镇街")),
            Column("received_on", _("收到日期"), kind="date"),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter("q", _("内容"), lookup="text__icontains"),
            Filter("source", _("来源"), choices=Lead.Source.choices),
            Filter(
                "category",
                _("类别"),
                choices=lambda: forms.leaf_categories().values_list("code", "name"),
                lookup="category__code",
            ),
            Filter(
                "state",
                _("状态"),
                choices=lambda: [(code, state.title) for code, state in Lead.WORKFLOW.states.items()],
            ),
        ],
        order="-received_on",
        export_name="leads",
        empty=_("线索池是空的。点「登记线索」。"),
    )
    return list_page(
        request, listing, title=_("线索"), template="registry/leads.html", can_edit=may("registry.lead.report")
    )


@page("registry.lead.view")
def lead_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead."""
    lead = get_or_404(Lead.objects.select_related("region", "category", "enterprise"), pk=pk)
    return record_page(
        request, lead, template="registry/lead.html", tabs=[("overview", _("概况")), ("history", _("办理记录"))]
    )


@page("registry.lead.report")
def lead_new(request: HttpRequest) -> HttpResponse:
    """Put a clue into the pool."""
    return create_page(request, services.report_lead, form=forms.LeadForm, title=_("登记线索"))
