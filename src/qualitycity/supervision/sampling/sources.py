"""What frames and pools are made from: both lists of firms, laboratories, samplers, declared interests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from qualitycity.registry.models import (
    BureauListEntry,
    DeclaredInterest,
    Enterprise,
    EnterpriseProduct,
    Lab,
    PriorSampling,
    SamplerRecord,
)

from .framing import Sampled
from .models.plan import Plan, Stratify

# Reason codes of the published bundle (docs/reference/draw-bundle.md) for the registry's kinds of interest.
ASIDE = {"kinship": "kin", "client": "client", "former_employment": "employment"}


@dataclass(frozen=True)
class Candidate:
    """A firm with one product as the registers know it on a day."""

    uscc: str
    name: str
    enterprise_id: int | None = None
    product_id: int | None = None
    product_name: str = ""
    product_key: str = ""
    category: str = ""
    town: str = ""
    town_code: str = ""
    town_path: str = ""
    supervision_class: str = ""
    risk_grade: str = ""
    deregistered_on: date | None = None
    last_sampled: Sampled | None = None

    def stratum_key(self, stratify: str) -> str:
        """By what a plan of this stratification sorts the candidate into strata."""
        keys = {Stratify.CATEGORY: self.category, Stratify.TOWN: self.town_code, Stratify.RISK: self.risk_grade}
        return keys.get(Stratify(stratify), "")


def candidates(plan: Plan, as_of: date, usccs: Iterable[str] | None = None) -> list[Candidate]:
    """Firms × products of the plan's category in its territory, as the business register holds them.

    Cancelled firms are among them: they stay listed as excluded. Merged firms are not: they are another firm's name.
    """
    products = (
        EnterpriseProduct.objects.filter(_of_category(plan), _inside(plan), state="listed", role="make")
        .exclude(enterprise__state="merged")
        .select_related("enterprise__region", "category")
    )
    if usccs is not None:
        wanted = list(usccs)
        products = products.filter(Q(enterprise__uscc__in=wanted) | Q(enterprise__legacy_reg_no__in=wanted))
    last = _last_sampled(products)
    return [_candidate(product, last) for product in products]


def bureau_list(plan: Plan) -> dict[str, Enterprise]:
    """The firms of the bureau's own list for the category: code → firm."""
    entries = BureauListEntry.objects.filter(
        Q(list__category=plan.category) | Q(list__category__parent=plan.category),
        Q(list__region_path=plan.region_path) | Q(list__region_path__startswith=plan.region_path + "/"),
        list__state="current",
        struck_on__isnull=True,
    ).select_related("enterprise__region")
    return {entry.enterprise.code: entry.enterprise for entry in entries}


def listed_only(enterprise: Enterprise, plan: Plan) -> Candidate:
    """A firm of the bureau's list of which the register knows no product of this category."""
    place = enterprise.region
    return Candidate(
        uscc=enterprise.code,
        name=enterprise.name,
        enterprise_id=enterprise.pk,
        product_name=plan.category.name,
        category=plan.category.code,
        risk_grade=plan.category.risk_grade,
        deregistered_on=enterprise.cancelled_on,
        town=place.name if place else "",
        town_code=place.code if place else "",
        town_path=enterprise.region_path,
    )


def labs_for(plan: Plan, on: date) -> list[Lab]:
    """Laboratories in good standing on a day: active, certificate in force, scope covers the category."""
    scope = Q(scope__category=plan.category) | Q(scope__category__parent=plan.category)
    if plan.category.parent_id:
        scope |= Q(scope__category_id=plan.category.parent_id)
    return list(
        Lab.objects.filter(
            scope,
            state="active",
            qualifications__issued_on__lte=on,
            qualifications__valid_to__gte=on,
        )
        .distinct()
        .order_by("number")
    )


def samplers_for(plan: Plan, on: date) -> list[SamplerRecord]:
    """Samplers who may be sent on a day: active, certificate (if dated) in force, not employed by a laboratory."""
    return list(
        SamplerRecord.objects.filter(
            Q(certificate_valid_to__isnull=True) | Q(certificate_valid_to__gte=on), state="active"
        )
        .exclude(employer__kind="lab")
        .select_related("account")
        .order_by("number")
    )


def interests(enterprise_ids: Iterable[int], on: date) -> list[tuple[int, str, str, str]]:
    """Declared interests in force on a day: (enterprise id, «labs» or «teams», short number, reason code)."""
    rows = DeclaredInterest.objects.filter(
        Q(until__isnull=True) | Q(until__gte=on), state="declared", enterprise__in=list(enterprise_ids), since__lte=on
    ).select_related("lab", "sampler")
    return [
        (row.enterprise_id, "labs" if row.lab_id else "teams", row.party.number, ASIDE.get(row.kind, "other"))
        for row in rows
    ]


def _of_category(plan: Plan) -> Q:
    return Q(category=plan.category) | Q(category__parent=plan.category)


def _inside(plan: Plan) -> Q:
    return Q(enterprise__region_path=plan.region_path) | Q(enterprise__region_path__startswith=plan.region_path + "/")


def _candidate(product: EnterpriseProduct, last: dict[tuple, Sampled]) -> Candidate:
    firm = product.enterprise
    return Candidate(
        uscc=firm.code,
        name=firm.name,
        enterprise_id=firm.pk,
        product_id=product.pk,
        product_name=str(product),
        product_key="\x1f".join((product.category.code, product.brand, product.model, product.standard_no)),
        category=product.category.code,
        supervision_class=product.supervision_class,
        risk_grade=product.category.risk_grade,
        deregistered_on=firm.cancelled_on,
        last_sampled=last.get(_identity(product)),
        town=firm.region.name if firm.region else "",
        town_code=firm.region.code if firm.region else "",
        town_path=firm.region_path,
    )


def _identity(row: EnterpriseProduct | PriorSampling) -> tuple:
    """Producer, standard, trademark and model make a product (Order 18 Art.8)."""
    return (row.enterprise_id, row.category_id, row.standard_no, row.brand, row.model)


def _last_sampled(products: QuerySet[EnterpriseProduct]) -> dict[tuple, Sampled]:
    """The latest sampling of each product identity. Rechecks are not kept as prior sampling, so none are here."""
    rows = PriorSampling.objects.filter(state="recorded", enterprise__in=products.values("enterprise")).order_by(
        "sampled_on"
    )
    return {
        _identity(row): Sampled(row.sampled_on, f"{row.get_level_display()}:{row.authority}({row.proof})")
        for row in rows
    }
