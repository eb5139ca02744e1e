"""Acts on product categories."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from .. import categories
from ..models import ProductCategory
from ..workflow import CATEGORY


@act(CATEGORY, "define")
def define_category(
    *,
    code: str,
    name: str,
    parent: ProductCategory | None = None,
    industry_codes: list[str] | None = None,
    industry_edition: str = "",
    risk_grade: str = "",
) -> ProductCategory:
    """Define a group («TEX») or a category in it («TEX.SOCK») with GB/T 4754 codes, their edition, its risk grade."""
    if ProductCategory.objects.filter(code=code).exists():
        raise Refused(_("类别代码“%(code)s”已有。") % {"code": code}, field="code")
    if parent is not None and not code.startswith(parent.code + "."):
        raise Refused(_("类别代码应以“%(code)s.”开头。") % {"code": parent.code}, field="code")
    return ProductCategory.objects.create(
        code=code,
        name=name,
        parent=parent,
        industry_codes=industry_codes or [],
        industry_edition=industry_edition,
        risk_grade=risk_grade,
    )


@act(CATEGORY, "edit")
def edit_category(category: ProductCategory, **fields: Any) -> None:
    """Change name, industry_codes, industry_edition or risk_grade."""
    for name, value in fields.items():
        if name not in {"name", "industry_codes", "industry_edition", "risk_grade"}:
            raise Refused(_("这一项不能这样修改。"), field=name)
        setattr(category, name, value)
    note(**fields)


@act(CATEGORY, "retire")
def retire_category(category: ProductCategory) -> None:
    """Take a category out of use; what stands under it stays."""


def ensure_categories() -> int:
    """Define the shipped categories that are not there yet; returns how many were new. What a city changed stays."""
    data = categories.table().data
    known = dict(ProductCategory.objects.values_list("code", "pk"))
    new = 0
    for code, name in data["groups"].items():
        if code not in known:
            known[code] = define_category(code=code, name=name).pk
            new += 1
    parents = ProductCategory.objects.in_bulk([known[code] for code in data["groups"]])
    for code, row in data["categories"].items():
        if code not in known:
            define_category(
                code=code,
                name=row["name"],
                parent=parents[known[code.split(".")[0]]],
                industry_codes=row["industry"],
                industry_edition=data["edition"],
                risk_grade=row["risk"],
            )
            new += 1
    return new
