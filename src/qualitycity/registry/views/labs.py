"""Pages of laboratories, samplers and declared interests."""

from __future__ import annotations

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import create_page, list_page, record_page

from .. import forms, services
from ..models import DeclaredInterest, Lab, SamplerRecord
from .common import may, move_page

MOVES = {
    "edit": move_page(Lab, services.edit_lab, forms.EditLabForm),
    "qualify": move_page(Lab, services.qualify_lab, forms.QualifyForm),
    "extend": move_page(Lab, services.extend_lab, forms.ScopeForm),
    "suspend": move_page(Lab, services.suspend_lab),
    "resume": move_page(Lab, services.resume_lab),
    "leave": move_page(Lab, services.leave_lab),
}
sampler_edit = move_page(SamplerRecord, services.edit_sampler, forms.CertificateForm)
sampler_leave = move_page(SamplerRecord, services.leave_sampler)
interest_end = move_page(DeclaredInterest, services.end_interest, forms.EndInterestForm)


@page("registry.lab.view")
def lab_list(request: HttpRequest) -> HttpResponse:
    """Laboratories with the end of their certificate."""
    listing = Listing(
        request,
        scoped(Lab.objects.annotate(valid_to=Max("qualifications__valid_to"))),
        columns=[
            Column("number", _("编号"), kind="code", link=True),
            Column("name", _("机构"), link=True),
            Column("uscc", _("代码"), kind="code"),
            Column("capacity", _("每轮批次"), kind="number"),
            Column("valid_to", _("资质有效期止"), kind="date"),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter("q", _("名称或编号"), lookup=("name__icontains", "number__iexact")),
            Filter(
                "category",
                _("能力范围"),
                choices=lambda: forms.leaf_categories().values_list("code", "name"),
                apply=_able,
            ),
        ],
        order="number",
        export_name="labs",
        empty=_("还没有检验机构。点「登记机构」,再登记资质和能力范围。"),
    )
    return list_page(
        request,
        listing,
        title=pgettext_lazy("menu", "检验机构"),
        template="registry/labs.html",
        can_edit=may("registry.lab.edit"),
    )


def _able(rows: object, code: str) -> object:
    return rows.filter(pk__in=Lab.objects.filter(scope__category__code=code).values("pk"))  # type: ignore[attr-defined]


@page("registry.lab.view")
def lab_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One laboratory: certificates, scope, interests."""
    lab = get_or_404(Lab.objects.all(), pk=pk)
    return record_page(
        request,
        lab,
        template="registry/lab.html",
        tabs=[("overview", _("概况")), ("scope", _("能力范围")), ("history", _("办理记录"))],
        qualifications=lab.qualifications.order_by("-valid_to"),
        scope=lab.scope.select_related("category"),
    )


@page("registry.lab.edit")
def lab_new(request: HttpRequest) -> HttpResponse:
    """Register a laboratory."""
    return create_page(request, services.register_lab, form=forms.LabForm, title=_("登记机构"))


@page("registry.sampler.view")
def sampler_list(request: HttpRequest) -> HttpResponse:
    """Samplers by short number."""
    listing = Listing(
        request,
        scoped(SamplerRecord.objects.select_related("employer", "account")),
        columns=[
            Column("number", _("编号"), kind="code", link=True),
            Column("account", _("姓名"), sort=False),
            Column("employer__name", _("所在单位")),
            Column("certificate_valid_to", _("证件有效期止"), kind="date"),
            Column("state", _("状态"), kind="state"),
        ],
        order="number",
        export_name="samplers",
        empty=_("还没有抽样人员。点「登记抽样人员」。"),
    )
    return list_page(
        request,
        listing,
        title=pgettext_lazy("menu", "抽样人员"),
        template="registry/samplers.html",
        can_edit=may("registry.sampler.edit"),
    )


@page("registry.sampler.view")
def sampler_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One sampler."""
    sampler = get_or_404(SamplerRecord.objects.select_related("employer", "account"), pk=pk)
    tabs = [("overview", _("概况")), ("history", _("办理记录"))]
    return record_page(request, sampler, template="registry/sampler.html", tabs=tabs)


@page("registry.sampler.edit")
def sampler_new(request: HttpRequest) -> HttpResponse:
    """Register a sampler."""
    return create_page(request, services.enlist_sampler, form=forms.SamplerForm, title=_("登记抽样人员"))


@page("registry.interest.view")
def interest_list(request: HttpRequest) -> HttpResponse:
    """Declared interests: who is set aside for which firm."""
    listing = Listing(
        request,
        scoped(DeclaredInterest.objects.select_related("sampler", "lab", "enterprise")),
        columns=[
            Column("party", _("申报人(机构)"), sort=False),
            Column("enterprise__name", _("企业"), link=lambda row: row.enterprise.get_absolute_url()),
            Column("kind", _("关系"), value=lambda row: row.get_kind_display(), sort="kind"),
            Column("since", _("自"), kind="date"),
            Column("until", _("至"), kind="date"),
            Column("state", _("状态"), kind="state"),
            Column("end", "", kind="link", value=lambda row: _("登记终止"), link=_end_url, sort=False),
        ],
        filters=[Filter("kind", _("关系"), choices=DeclaredInterest.Kind.choices)],
        export_name="interests",
        empty=_("还没有申报。抽样人员与企业有亲属、曾任职关系,机构与企业有委托关系的,都要申报。"),
    )
    return list_page(
        request,
        listing,
        title=_("利害关系"),
        template="registry/interests.html",
        can_edit=may("registry.interest.declare"),
    )


def _end_url(row: DeclaredInterest) -> str:
    return f"{row.pk}/end/" if row.state == "declared" else ""


@page("registry.interest.declare")
def interest_new(request: HttpRequest) -> HttpResponse:
    """Declare an interest."""
    return create_page(request, services.declare_interest, form=forms.InterestForm, title=_("申报利害关系"))
