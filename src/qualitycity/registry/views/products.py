"""Pages of product categories, firms' products, proposals and earlier sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.rulebook import rule
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import create_page, list_page, record_page

from .. import forms, services
from ..models import CategoryProposal, Enterprise, EnterpriseProduct, PriorSampling, ProductCategory
from ..models.products import Risk, Supervision
from .common import may, move_page

MOVES = {
    "edit": move_page(EnterpriseProduct, services.edit_product, forms.EditProductForm),
    "classify": move_page(EnterpriseProduct, services.classify_product, forms.ClassifyForm),
    "withdraw": move_page(EnterpriseProduct, services.withdraw_product),
}
category_edit = move_page(ProductCategory, services.edit_category, forms.EditCategoryForm, everywhere=True)
category_retire = move_page(ProductCategory, services.retire_category, everywhere=True)
prior_withdraw = move_page(PriorSampling, services.withdraw_prior_sampling)
ROLES = {"make": _("生产"), "sell": _("销售"), "unknown": _("未写明")}


@dataclass(frozen=True)
class Button:
    """A batch button that is no move of the single row."""

    verb: str
    button: Any


@page("registry.category.view")
def category_list(request: HttpRequest) -> HttpResponse:
    """The two-level catalogue of product categories."""
    firms = Count("products__enterprise", filter=Q(products__state="listed"), distinct=True)
    listing = Listing(
        request,
        ProductCategory.objects.select_related("parent").annotate(firms=firms),
        columns=[
            Column("code", _("代码"), kind="code", link=True),
            Column("name", _("名称"), link=True),
            Column("parent__name", _("大类"), sort=False),
            Column("risk_grade", _("风险等级"), value=lambda row: row.get_risk_grade_display(), sort="risk_grade"),
            Column("industry", _("行业代码"), value=lambda row: " ".join(row.industry_codes), sort=False),
            Column("firms", _("企业"), kind="number", unit=_("家")),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter("q", _("代码或名称"), lookup=("code__istartswith", "name__icontains")),
            Filter("risk_grade", _("风险等级"), choices=Risk.choices),
        ],
        order="code",
        export_name="categories",
        empty=_("还没有产品类别。第一次导入登记数据时会载入随系统附带的类别。"),
    )
    return list_page(
        request,
        listing,
        title=pgettext_lazy("menu", "产品类别"),
        template="registry/categories.html",
        can_edit=may("registry.category.edit"),
    )


@page("registry.category.view")
def category_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One category with the firms in it."""
    category = get_object_or_404(ProductCategory.objects.select_related("parent"), pk=pk)
    return record_page(
        request,
        category,
        template="registry/category.html",
        tabs=[("overview", _("概况")), ("history", _("办理记录"))],
        listing=_products(request, EnterpriseProduct.objects.filter(category=category)),
    )


@page("registry.category.edit")
def category_new(request: HttpRequest) -> HttpResponse:
    """Define a category."""
    return create_page(request, services.define_category, form=forms.CategoryForm, title=_("新建类别"))


def _products(request: HttpRequest, rows: Any) -> Listing:
    return Listing(
        request,
        scoped(rows).select_related("enterprise__region", "category"),
        columns=[
            Column("enterprise__uscc", _("企业代码"), kind="code"),
            Column("enterprise__name", _("企业"), link=lambda row: row.enterprise.get_absolute_url()),
            Column("enterprise__region__name", _("镇街")),
            Column("category__name", _("产品"), link=True),
            Column("brand", _("商标"), hidden=True),
            Column("model", _("规格型号"), hidden=True),
            Column("role", _("环节"), value=lambda row: row.get_role_display(), sort="role"),
            Column("supervision_class", _("监管类别")),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter("q", _("企业名称或代码"), lookup=("enterprise__name__icontains", "enterprise__uscc__startswith")),
            Filter(
                "category",
                _("产品类别"),
                choices=lambda: forms.leaf_categories().values_list("code", "name"),
                lookup="category__code",
            ),
            Filter(
                "town",
                _("镇街"),
                choices=lambda: forms.towns().values_list("code", "name"),
                lookup="enterprise__region__code",
            ),
            Filter("supervision_class", _("监管类别"), choices=Supervision.choices),
        ],
        order="enterprise__uscc",
        export_name="products",
        empty=_("还没有企业产品。先在「类别确认」里确认,或在企业档案里登记。"),
    )


@page("registry.product.view")
def product_list(request: HttpRequest) -> HttpResponse:
    """Firms × products with their published class."""
    rows = EnterpriseProduct.objects.filter(state="listed")
    return list_page(request, _products(request, rows), title=_("企业产品"))


@page("registry.product.view")
def product_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One product of a firm, with the history of its class."""
    product = get_or_404(EnterpriseProduct.objects.select_related("enterprise", "category"), pk=pk)
    tabs = [("overview", _("概况")), ("history", _("办理记录"))]
    return record_page(request, product, template="registry/product.html", tabs=tabs, classes=product.classes.all())


def _for_firm(request: HttpRequest, pk: int, service: Any, form: type, title: Any) -> HttpResponse:
    """A form that adds something to one firm."""
    firm = get_or_404(Enterprise.objects.all(), pk=pk)

    class OfFirm(form):
        def arguments(self) -> dict[str, Any]:
            return {**super().arguments(), "enterprise": firm}

    return create_page(
        request,
        service,
        form=OfFirm,
        title=title,
        back=firm.get_absolute_url(),
        crumbs=[(str(firm), firm.get_absolute_url())],
    )


@page("registry.product.edit")
def product_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a product of a firm on the register."""
    return _for_firm(request, pk, services.list_product, forms.ProductForm, _("登记产品"))


@page("registry.prior.record")
def prior_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Record an earlier sampling of a firm's product."""
    return _for_firm(request, pk, services.record_prior_sampling, forms.PriorForm, _("登记以往抽样"))


@page("registry.category.view")
def proposal_list(request: HttpRequest) -> HttpResponse:
    """Proposals to be confirmed or turned down, many at once."""
    sure = rule("registry.proposal.sure")
    listing = Listing(
        request,
        scoped(CategoryProposal.objects.filter(decision="pending")).select_related("enterprise__region", "category"),
        columns=[
            Column("enterprise__name", _("企业"), link=lambda row: row.enterprise.get_absolute_url()),
            Column("enterprise__region__name", _("镇街")),
            Column("category__name", _("建议类别")),
            Column("confidence", _("把握"), kind="number", unit="%"),
            Column("found", _("依据的词")),
            Column("role", _("环节"), value=lambda row: ROLES.get(row.role, row.role), sort="role"),
            Column("rule", _("规则"), kind="code", hidden=True),
            Column("enterprise__scope", _("经营范围"), wrap=True, hidden=True),
        ],
        filters=[
            Filter("q", _("企业名称"), lookup="enterprise__name__icontains"),
            Filter(
                "category",
                _("类别"),
                choices=lambda: forms.leaf_categories().values_list("code", "name"),
                lookup="category__code",
            ),
            Filter(
                "town",
                _("镇街"),
                choices=lambda: forms.towns().values_list("code", "name"),
                lookup="enterprise__region__code",
            ),
            Filter("role", _("环节"), choices=ROLES.items()),
            Filter("least", _("把握不低于(%)"), kind="number", lookup="confidence__gte"),
        ],
        order="-confidence",
        export_name="proposals",
        per_page=50,
        empty=_("没有待确认的类别建议。导入登记数据后,系统按经营范围提出建议。"),
    )
    if request.GET.get("export") == "xlsx":
        return list_page(request, listing, title=_("类别确认"))
    if current_actor().can("registry.category.confirm"):
        listing.batch = [Button("confirm", _("确认所选")), Button("reject", _("不采用所选"))]
        if request.method == "POST":
            return _decide(request, listing)
    return render(request, "registry/proposals.html", {"listing": listing, "title": _("类别确认"), "sure": sure})


def _decide(request: HttpRequest, listing: Listing) -> HttpResponse:
    chosen = [row.pk for row in listing.selected()]
    verb = "reject" if request.POST.get("act") == "reject" else "confirm"
    try:
        review = services.decide_proposals(**{verb: chosen})
    except Refused as refusal:
        messages.error(request, str(refusal.message) if chosen else _now("还没有选中任何一行。"))
    else:
        messages.success(
            request, _now("已确认 %(yes)d 条,不采用 %(no)d 条。") % {"yes": review.confirmed, "no": review.rejected}
        )
    return HttpResponseRedirect(request.get_full_path())
