"""Pages of enterprises and shops."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.access.viewlog import looked
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, create_page, list_page, record_page

from .. import forms, services
from ..intake.words import explain
from ..models import Enterprise, Shop
from ..queries import find_enterprises
from .common import may, move_page

MOVES = {
    "edit": move_page(Enterprise, services.edit_enterprise, forms.EditEnterpriseForm),
    "rename": move_page(Enterprise, services.rename_enterprise, forms.RenameForm),
    "settle": move_page(Enterprise, services.settle_enterprise, forms.SettleForm),
    "suspend": move_page(Enterprise, services.suspend_enterprise),
    "resume": move_page(Enterprise, services.resume_enterprise),
    "cancel": move_page(Enterprise, services.cancel_enterprise, forms.CancelForm),
    "merge": move_page(Enterprise, services.merge_enterprise, forms.MergeForm),
}
TABS = [
    ("overview", _("概况")),
    ("products", _("产品")),
    ("sampled", _("以往抽样")),
    ("shops", _("网店")),
    ("names", _("曾用名")),
    ("sources", _("数据来源")),
    ("history", _("办理记录")),
]
MOST = 500  # hits of a search by initials that a list shows


def _search(rows: QuerySet[Enterprise], text: str) -> QuerySet[Enterprise]:
    """The same finds as the search box: name fragment, initials, code."""
    return rows.filter(pk__in=[firm.pk for firm in find_enterprises(text, current_actor(), MOST)])


@page("registry.enterprise.view")
def enterprise_list(request: HttpRequest) -> HttpResponse:
    """All firms of the jurisdiction."""
    listing = Listing(
        request,
        scoped(Enterprise.objects.exclude(state="merged")).select_related("region").defer("scope"),
        columns=[
            Column("code", _("代码"), kind="code", link=True, sort="uscc"),
            Column("name", _("名称"), link=True),
            Column("region__name", _("镇街"), sort=False),
            Column("size", _("规模"), value=lambda row: row.get_size_display(), hidden=True),
            Column("kind", _("企业类型"), hidden=True),
            Column("established_on", _("注册日期"), kind="date"),
            Column("capital_amount", _("注册资金(万)"), kind="number", hidden=True),
            Column("address", _("地址"), wrap=True, hidden=True),
            Column("region_basis", _("属地依据"), wrap=True, hidden=True),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter("q", _("名称、拼音首字母或代码"), apply=_search, hint=_("至少两个字")),
            Filter("town", _("镇街"), choices=_towns, lookup="region__code"),
            Filter("category", _("产品类别"), choices=_categories, apply=_making),
            Filter("state", _("状态"), choices=_states),
            Filter("size", _("规模"), choices=Enterprise.Size.choices),
            Filter(
                "unsettled",
                _("属地未定"),
                kind="flag",
                apply=lambda rows, on: rows.filter(region__isnull=True, is_local=True),
            ),
            Filter("outside", _("辖区外"), kind="flag", apply=lambda rows, on: rows.filter(is_local=False)),
        ],
        export_name="enterprises",
        empty=_("还没有企业。先「导入登记数据」,或逐家登记。"),
    )
    return list_page(
        request,
        listing,
        title=pgettext_lazy("menu", "企业"),
        template="registry/enterprises.html",
        can_edit=may("registry.enterprise.edit"),
    )


def _towns() -> list[tuple[str, str]]:
    return list(forms.towns().values_list("code", "name"))


def _categories() -> list[tuple[str, str]]:
    return list(forms.leaf_categories().values_list("code", "name"))


def _states() -> list[tuple[str, Any]]:
    return [(code, state.title) for code, state in Enterprise.WORKFLOW.states.items() if code != "merged"]


def _making(rows: QuerySet[Enterprise], code: str) -> QuerySet[Enterprise]:
    return rows.filter(products__category__code=code, products__state="listed").distinct()


@page("registry.enterprise.view")
def enterprise_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One firm with all that is known of it; the look is logged."""
    firm = get_or_404(Enterprise.objects.select_related("region", "merged_into", "batch"), pk=pk)
    looked(firm, _("企业档案"), about=firm.code)
    return record_page(
        request,
        firm,
        template="registry/enterprise.html",
        tabs=TABS,
        products=firm.products.select_related("category").prefetch_related("classes"),
        proposals=firm.proposals.filter(decision="pending").select_related("category"),
        samplings=firm.prior_samplings.select_related("category"),
        shops=firm.shops.all(),
        names=firm.names.all(),
        rows=[(row, explain(row)) for row in firm.import_rows.select_related("batch").exclude(outcome="unchanged")],
        can_edit=may("registry.enterprise.edit"),
    )


@page("registry.enterprise.edit")
def enterprise_new(request: HttpRequest) -> HttpResponse:
    """Register one firm by hand."""
    return create_page(request, services.register_enterprise, form=forms.NewEnterpriseForm, title=_("登记企业"))


@page("registry.enterprise.edit")
def shop_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Register a shop of a firm."""
    firm = get_or_404(Enterprise.objects.all(), pk=pk)

    class NewShop(forms.ShopForm):
        def arguments(self) -> dict[str, Any]:
            return {**super().arguments(), "enterprise": firm}

    return create_page(request, services.open_shop, form=NewShop, title=_("登记网店"), back=firm.get_absolute_url())


@page("registry.enterprise.edit")
def shop_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that a shop is closed."""
    return act_page(request, get_or_404(Shop.objects.all(), pk=pk), services.close_shop)
