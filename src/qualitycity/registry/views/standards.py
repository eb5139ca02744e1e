"""Pages of standards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.routes import page
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import create_page, list_page, record_page

from .. import forms, services
from ..models import Standard
from .common import may, move_page

MOVES = {
    "edit": move_page(Standard, services.edit_standard, forms.EditStandardForm, everywhere=True),
    "enter_force": move_page(Standard, services.enter_standard_in_force, everywhere=True),
    "supersede": move_page(Standard, services.supersede_standard, forms.SupersedeForm, everywhere=True),
    "abolish": move_page(Standard, services.abolish_standard, forms.AbolishForm, everywhere=True),
}


@page("registry.standard.view")
def standard_list(request: HttpRequest) -> HttpResponse:
    """Standards by number and status."""
    listing = Listing(
        request,
        Standard.objects.select_related("replaced_by"),
        columns=[
            Column("number", _("编号"), kind="code", link=True),
            Column("title", _("名称"), link=True, wrap=True),
            Column("level", _("层级"), value=lambda row: row.get_level_display(), sort="level"),
            Column("mandatory", _("强制"), kind="flag"),
            Column("effective_on", _("实施日期"), kind="date"),
            Column("replaced_by__number", _("被代替"), kind="code", sort=False),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter("q", _("编号或名称"), lookup=("number__icontains", "title__icontains")),
            Filter("level", _("层级"), choices=Standard.Level.choices),
            Filter(
                "state",
                _("状态"),
                choices=lambda: [(code, state.title) for code, state in Standard.WORKFLOW.states.items()],
            ),
        ],
        order="number",
        export_name="standards",
        empty=_("还没有标准。点「登记标准」。"),
    )
    return list_page(
        request, listing, title=_("标准"), template="registry/standards.html", can_edit=may("registry.standard.edit")
    )


@page("registry.standard.view")
def standard_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One standard, what it replaces and what replaces it."""
    standard = get_object_or_404(Standard.objects.select_related("replaced_by"), pk=pk)
    tabs = [("overview", _("概况")), ("history", _("办理记录"))]
    return record_page(
        request, standard, template="registry/standard.html", tabs=tabs, replaces=standard.replaces.all()
    )


@page("registry.standard.edit")
def standard_new(request: HttpRequest) -> HttpResponse:
    """Record a standard."""
    return create_page(request, services.record_standard, form=forms.StandardForm, title=_("登记标准"))
