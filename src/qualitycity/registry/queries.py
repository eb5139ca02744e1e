"""Reads of the registry: who makes what where, who may test it, what was sampled; the one search over firms."""

from __future__ import annotations

from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.measures import Figure, measure

from . import uscc
from .models import (
    BureauListEntry,
    CategoryProposal,
    Enterprise,
    EnterpriseProduct,
    Lab,
    Lead,
    PriorSampling,
    ProductCategory,
    SupervisionClass,
)
from .text import name_key


def inside(region_path: str, field: str = "region_path") -> Q:
    """Rows that lie in a region or anywhere below it."""
    return Q(**{field: region_path}) | Q(**{f"{field}__startswith": region_path + "/"})


def of_category(category: ProductCategory, field: str = "category") -> Q:
    """Rows of a category, or of all categories of a group."""
    return Q(**{field: category}) | Q(**{f"{field}__parent": category})


def register_of(category: ProductCategory, region_path: str) -> QuerySet[EnterpriseProduct]:
    """What the business register holds: firms × products of a category made in a region.

    Cancelled firms are among them (a frame lists and excludes them with the day); merged records are not.
    """
    return (
        EnterpriseProduct.objects.filter(of_category(category), inside(region_path), state="listed", role="make")
        .exclude(enterprise__state="merged")
        .select_related("enterprise__region", "category")
        .order_by("enterprise__uscc", "pk")
    )


def bureau_list_of(category: ProductCategory, region: Region) -> QuerySet[Enterprise]:
    """The firms the bureau has on its own list (名录库) for a category in a region."""
    entries = BureauListEntry.objects.filter(
        of_category(category, "list__category"),
        inside(region.path, "list__region_path"),
        list__state="current",
        struck_on__isnull=True,
    )
    return Enterprise.objects.filter(pk__in=entries.values("enterprise")).select_related("region").order_by("uscc")


def class_on(product: EnterpriseProduct, day: date) -> str:
    """The supervision class that was in force for a product on a day; "" before its first."""
    row = (
        SupervisionClass.objects.filter(product=product, in_force_from__lte=day).order_by("in_force_from", "pk").last()
    )
    return row.value if row is not None else ""


def labs_qualified(category: ProductCategory, on: date) -> QuerySet[Lab]:
    """Laboratories in good standing on a day: active, certificate in force, scope covers the category."""
    return Lab.objects.filter(
        of_category(category, "scope__category"),
        state="active",
        qualifications__issued_on__lte=on,
        qualifications__valid_to__gte=on,
    ).distinct()


def samplings_of(product: EnterpriseProduct, since: date) -> QuerySet[PriorSampling]:
    """Recorded samplings of one product identity (producer, standard, trademark, model) since a day, latest first."""
    return PriorSampling.objects.filter(
        state="recorded",
        enterprise=product.enterprise_id,
        category=product.category_id,
        brand=product.brand,
        model=product.model,
        standard_no=product.standard_no,
        sampled_on__gte=since,
    )


def find_enterprises(text: str, actor: Actor, limit: int) -> list[Enterprise]:
    """Firms by fragment of a name (present or former), by pinyin initials, by code; scoped, best first.

    At least two signs. Every branch is served by an index (trigrams of two Chinese signs fall back to one scan).
    """
    wanted = name_key(text)
    if len(wanted) < 2:
        return []
    rows = scoped(Enterprise.objects.exclude(state="merged"), actor).select_related("region")
    code = uscc.normalise(text)
    if not wanted.isascii():
        found = _by_name(rows, wanted, limit)
    else:
        found = (
            list(rows.filter(Q(uscc__startswith=code) | Q(legacy_reg_no__startswith=code))[:limit])
            if len(code) > 3
            else []
        )
        if len(found) < limit and wanted.isalnum():
            found += _by_initials(rows.exclude(pk__in=[firm.pk for firm in found]), wanted.lower(), limit - len(found))
        if not found:
            found = _by_name(rows, wanted, limit)
    return found


def _by_name(rows: QuerySet[Enterprise], wanted: str, limit: int) -> list[Enterprise]:
    """Names that begin with the fragment first, then names that hold it, then former names."""
    first = Case(When(name_key__startswith=wanted, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = list(rows.filter(name_key__contains=wanted).order_by(first, "pk")[:limit])
    if len(found) < limit:
        former = rows.filter(names__name_key__contains=wanted).exclude(pk__in=[firm.pk for firm in found]).distinct()
        found += list(former.order_by("pk")[: limit - len(found)])
    return found


def _by_initials(rows: QuerySet[Enterprise], wanted: str, limit: int) -> list[Enterprise]:
    """Names whose initials begin so, then names that have them further on (behind the county's name)."""
    found = list(rows.filter(initials__startswith=wanted).order_by("initials")[:limit])
    if len(found) < limit and len(wanted) > 2:
        more = rows.filter(initials__contains=wanted).exclude(pk__in=[firm.pk for firm in found])
        found += list(more.order_by("pk")[: limit - len(found)])
    return found


@measure(
    "registry.enterprises",
    _("登记企业"),
    unit=_("家"),
    formula=_("辖区内在营和停业的企业数,不含已注销、已并入和辖区外的"),
    duty="registry.enterprise.view",
)
def enterprises(actor: Actor) -> Figure:
    """Living firms of the actor's jurisdiction."""
    rows = scoped(Enterprise.objects.filter(state__in=["in_operation", "suspended"], is_local=True), actor)
    columns = [("code", _("代码")), ("name", _("名称")), ("region", _("镇街")), ("address", _("地址"))]
    return Figure(rows=rows.select_related("region"), columns=columns)


@measure(
    "registry.unsettled",
    _("属地未定的企业"),
    unit=_("家"),
    formula=_("在辖区内而地址和名称都推不出镇街的在营企业数"),
    duty="registry.enterprise.view",
)
def unsettled(actor: Actor) -> Figure:
    """Local firms without a town."""
    rows = scoped(Enterprise.objects.filter(state="in_operation", is_local=True, region__isnull=True), actor)
    return Figure(
        rows=rows,
        columns=[("code", _("代码")), ("name", _("名称")), ("address", _("地址")), ("region_basis", _("原因"))],
    )


@measure(
    "registry.categories_pending",
    _("待确认的产品类别"),
    unit=_("条"),
    formula=_("由经营范围推定、还没有人确认的类别建议数"),
    duty="registry.category.view",
)
def categories_pending(actor: Actor) -> Figure:
    """Proposals nobody decided yet."""
    rows = scoped(CategoryProposal.objects.filter(decision="pending"), actor).select_related("enterprise", "category")
    columns = [
        ("enterprise", _("企业")),
        ("category", _("类别")),
        ("confidence", _("把握(%)")),
        ("found", _("依据的词")),
    ]
    return Figure(rows=rows, columns=columns)


@measure(
    "registry.leads_open",
    _("未办结线索"),
    unit=_("条"),
    formula=_("待研判和已采纳而还没有列入计划的线索数"),
    duty="registry.lead.view",
)
def leads_open(actor: Actor) -> Figure:
    """Leads that wait."""
    rows = scoped(Lead.objects.filter(state__in=["received", "kept"]), actor).select_related("category", "region")
    columns = [("number", _("编号")), ("text", _("内容")), ("category", _("类别")), ("received_on", _("收到日期"))]
    return Figure(rows=rows, columns=columns)


@measure(
    "registry.certificates_ending",
    _("资质即将到期的机构"),
    unit=_("家"),
    formula=_("在册机构中,最后一张资质认定证书的有效期止落在今后三个月内(应申请延续)或已过期的"),
    duty="registry.lab.view",
)
def certificates_ending(actor: Actor) -> Figure:
    """Laboratories that must renew their certificate (ZJ-LAB Art.16: three months ahead)."""
    from qualitycity.kernel.clock.calendar import add_months
    from qualitycity.kernel.rulebook import rule

    bound = add_months(clock.today(), int(rule("registry.cma.renew").amount))
    ending = Lab.objects.filter(state="active").exclude(qualifications__valid_to__gt=bound)
    return Figure(rows=scoped(ending, actor), columns=[("number", _("编号")), ("name", _("机构"))])
