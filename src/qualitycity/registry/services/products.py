"""Acts on what firms make: products, published classes, proposals of categories, earlier sampling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from ..models import (
    CategoryProposal,
    Enterprise,
    EnterpriseProduct,
    PriorSampling,
    ProductCategory,
    ProposalReview,
    SupervisionClass,
)
from ..workflow import PRIOR, PRODUCT, REVIEW


@act(PRODUCT, "list")
def list_product(
    *,
    enterprise: Enterprise,
    category: ProductCategory,
    role: str = "make",
    brand: str = "",
    model: str = "",
    standard_no: str = "",
    supervision_class: str = "B",
    basis: str = "",
) -> EnterpriseProduct:
    """Put a firm's product on the register with its first published class (B unless said, with the basis)."""
    if category.parent_id is None:
        raise Refused(_("请选具体类别,不能选大类。"), field="category")
    if EnterpriseProduct.objects.filter(
        enterprise=enterprise, category=category, brand=brand, model=model, standard_no=standard_no, state="listed"
    ).exists():
        raise Refused(_("该产品已在册。"), field="category")
    product = EnterpriseProduct.objects.create(
        enterprise=enterprise,
        region_path=enterprise.region_path,
        category=category,
        role=role,
        brand=brand,
        model=model,
        standard_no=standard_no,
        supervision_class=supervision_class,
    )
    SupervisionClass.objects.create(
        product=product, value=supervision_class, in_force_from=clock.today(), basis=basis or _("在册时的起始类别")
    )
    note(category=category.code, supervision_class=supervision_class)
    return product


@act(PRODUCT, "edit")
def edit_product(product: EnterpriseProduct, **fields: Any) -> None:
    """Change brand, model, standard_no or role."""
    for name, value in fields.items():
        if name not in {"brand", "model", "standard_no", "role"}:
            raise Refused(_("这一项不能这样修改。"), field=name)
        setattr(product, name, value)
    note(**fields)


@act(PRODUCT, "classify")
def classify_product(product: EnterpriseProduct, *, value: str, basis: str, in_force_from: date | None = None) -> None:
    """Publish a new supervision class (AA, A, B, C). A row is added to the history; nothing is overwritten."""
    day = in_force_from or clock.today()
    last = product.classes.last()
    if last is not None and day < last.in_force_from:
        raise Refused(_("早于现行类别的起始日 %(day)s。") % {"day": last.in_force_from}, field="in_force_from")
    if day > clock.today():
        raise Refused(_("不能公布将来才生效的类别。"), field="in_force_from")
    SupervisionClass.objects.create(product=product, value=value, in_force_from=day, basis=basis)
    note(old=product.supervision_class, new=value, basis=basis)
    product.supervision_class = value


@act(PRODUCT, "withdraw")
def withdraw_product(product: EnterpriseProduct) -> None:
    """Take a product off the register; its history stays."""


@act(REVIEW, "decide")
def decide_proposals(
    *, confirm: Sequence[int] = (), reject: Sequence[int] = (), region_path: str = ""
) -> ProposalReview:
    """Confirm and reject proposals (by id) in one act; each confirmed one becomes a product of its firm, class B.

    `region_path`: whose subtree the act lies in; default: the first of the actor's. Ids outside the jurisdiction or
    decided already refuse the whole.
    """
    rows = {
        row.pk: row
        for row in scoped(CategoryProposal.objects.select_related("enterprise", "category"))
        .select_for_update(of=("self",))
        .filter(pk__in=[*confirm, *reject], decision="pending")
    }
    if not rows or set(rows) != {*confirm, *reject} or set(confirm) & set(reject):
        raise Refused(_("有建议已被他人处理或不在您的辖区,请刷新后重选。"))
    scopes = current_actor().scopes
    path = region_path or (scopes[0] if scopes else next(iter(rows.values())).region_path)
    review = ProposalReview.objects.create(region_path=path, confirmed=len(confirm), rejected=len(reject))
    CategoryProposal.objects.filter(pk__in=list(confirm)).update(decision="confirmed", review=review)
    CategoryProposal.objects.filter(pk__in=list(reject)).update(decision="rejected", review=review)
    note(confirmed=len(confirm), rejected=len(reject), listed=_list_confirmed([rows[pk] for pk in confirm]))
    return review


def _list_confirmed(proposals: Sequence[CategoryProposal]) -> int:
    """The products of confirmed proposals, with the starting class; those already on the register stay as they are."""
    known = set(
        EnterpriseProduct.objects.filter(
            enterprise__in=[row.enterprise_id for row in proposals], state="listed"
        ).values_list("enterprise_id", "category_id")
    )
    new = EnterpriseProduct.objects.bulk_create(
        EnterpriseProduct(
            state="listed",
            enterprise=row.enterprise,
            region_path=row.enterprise.region_path,
            category=row.category,
            role="sell" if row.role == "sell" else "make",
        )
        for row in proposals
        if (row.enterprise_id, row.category_id) not in known
    )
    SupervisionClass.objects.bulk_create(
        SupervisionClass(product=product, value="B", in_force_from=clock.today(), basis=_("类别确认时的起始类别"))
        for product in new
    )
    return len(new)


@act(PRIOR, "record")
def record_prior_sampling(
    *,
    enterprise: Enterprise,
    category: ProductCategory,
    sampled_on: date,
    level: str,
    authority: str,
    proof: str,
    brand: str = "",
    model: str = "",
    standard_no: str = "",
    purpose: str = "supervision",
) -> PriorSampling:
    """Record that a product identity was sampled on a day by an authority, with the number of the paper in proof."""
    if sampled_on > clock.today():
        raise Refused(_("抽样日期晚于今天。"), field="sampled_on")
    if not proof.strip():
        raise Refused(_("请填写抽样单或报告编号。"), field="proof")
    return PriorSampling.objects.create(
        region_path=enterprise.region_path,
        enterprise=enterprise,
        category=category,
        sampled_on=sampled_on,
        level=level,
        authority=authority,
        proof=proof.strip(),
        brand=brand,
        model=model,
        standard_no=standard_no,
        purpose=purpose,
    )


@act(PRIOR, "withdraw")
def withdraw_prior_sampling(prior: PriorSampling) -> None:
    """Take back a record that proved wrong."""
