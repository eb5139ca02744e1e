"""Pages of the bureau's own lists (名录库)."""

from __future__ import annotations

from typing import Any

from django import forms as fields
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.ui.forms import Form
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import create_page, list_page, record_page

from .. import forms, services
from ..models import BureauList, BureauListEntry, Enterprise
from ..queries import bureau_list_of, register_of
from .common import may, move_page


def _enter_form(bureau_list: BureauList) -> type[Form]:
    """Firms of the register that are not on the list yet."""
    missing = _missing(bureau_list)

    class EnterForm(Form):
        enterprises = fields.ModelMultipleChoiceField(
            Enterprise.objects.filter(pk__in=missing),
            label=_("登记有、名录无的企业"),
            widget=fields.CheckboxSelectMultiple,
        )

    return EnterForm


def _missing(bureau_list: BureauList) -> set[int]:
    """Ids of living firms that the register has in the category and the list has not."""
    register = register_of(bureau_list.category, bureau_list.region_path).exclude(enterprise__state="cancelled")
    listed = bureau_list_of(bureau_list.category, bureau_list.region)
    return set(register.values_list("enterprise_id", flat=True)) - set(listed.values_list("pk", flat=True))


MOVES = {
    "enter": move_page(BureauList, services.enter_on_list, _enter_form),
    "strike": move_page(BureauList, services.strike_from_list, forms.StrikeForm),
    "close": move_page(BureauList, services.close_list),
}


@page("registry.list.view")
def list_list(request: HttpRequest) -> HttpResponse:
    """All lists."""
    firms = Count("entries", filter=Q(entries__struck_on__isnull=True))
    listing = Listing(
        request,
        scoped(BureauList.objects.select_related("region", "category").annotate(firms=firms)),
        columns=[
            Column("category__name", _("产品类别"), link=True),
            Column("region__name", _("区划")),
            Column("firms", _("企业"), kind="number", unit=_("家")),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter(
                "category",
                _("产品类别"),
                choices=lambda: forms.leaf_categories().values_list("code", "name"),
                lookup="category__code",
            )
        ],
        export_name="lists",
        empty=_("还没有监管名录库。点「建立名录库」,再列入企业。"),
    )
    return list_page(
        request, listing, title=_("监管名录库"), template="registry/lists.html", can_edit=may("registry.list.edit")
    )


@page("registry.list.view")
def list_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One list set against the business register."""
    bureau_list = get_or_404(BureauList.objects.select_related("region", "category"), pk=pk)
    entries = Listing(
        request,
        BureauListEntry.objects.filter(list=bureau_list).select_related("enterprise__region"),
        columns=[
            Column("enterprise__uscc", _("代码"), kind="code"),
            Column("enterprise__name", _("企业"), link=lambda row: row.enterprise.get_absolute_url()),
            Column("enterprise__region__name", _("镇街")),
            Column("entered_on", _("列入日期"), kind="date"),
            Column("struck_on", _("移出日期"), kind="date"),
            Column("struck_reason", _("移出原因"), wrap=True),
        ],
        filters=[
            Filter("q", _("企业名称或代码"), lookup=("enterprise__name__icontains", "enterprise__uscc__startswith"))
        ],
        order="enterprise__uscc",
        empty=_("名录库里还没有企业。用「列入企业」。"),
    )
    return record_page(
        request,
        bureau_list,
        template="registry/list.html",
        tabs=[("overview", _("概况")), ("history", _("办理记录"))],
        listing=entries,
        missing=Enterprise.objects.filter(pk__in=_missing(bureau_list)).select_related("region"),
    )


@page("registry.list.edit")
def list_new(request: HttpRequest) -> HttpResponse:
    """Open a list."""
    form: Any = forms.BureauListForm
    return create_page(request, services.open_list, form=form, title=_("建立名录库"))
