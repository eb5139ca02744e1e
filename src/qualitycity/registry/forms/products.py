"""Forms about products, categories, earlier sampling and the bureau's lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region
from qualitycity.kernel.ui.forms import Form

from ..models import EnterpriseProduct, PriorSampling, ProductCategory
from ..models.products import Risk, Supervision
from .fields import CategoryField, EnterpriseField, day


class ProductForm(Form):
    """A product of a firm."""

    category = CategoryField()
    role = forms.ChoiceField(label=_("环节"), choices=EnterpriseProduct.Role.choices)
    brand = forms.CharField(label=_("商标"), max_length=60, required=False)
    model = forms.CharField(label=_("规格型号"), max_length=60, required=False, help_text=_("不填表示该类全部型号"))
    standard_no = forms.CharField(label=_("执行标准"), max_length=60, required=False)


class EditProductForm(Form):
    """What tells a product from others."""

    role = forms.ChoiceField(label=_("环节"), choices=EnterpriseProduct.Role.choices)
    brand = forms.CharField(label=_("商标"), max_length=60, required=False)
    model = forms.CharField(label=_("规格型号"), max_length=60, required=False)
    standard_no = forms.CharField(label=_("执行标准"), max_length=60, required=False)

    @staticmethod
    def known(product: EnterpriseProduct) -> dict[str, Any]:
        """What the register says now."""
        return {name: getattr(product, name) for name in ("role", "brand", "model", "standard_no")}


class ClassifyForm(Form):
    """A new published class."""

    value = forms.ChoiceField(label=_("监管类别"), choices=Supervision.choices)
    basis = forms.CharField(label=_("公布依据"), max_length=300, help_text=_("公告名称和文号"))
    in_force_from = day(_("起始日"), required=False, help_text=_("不填为今天"))


class PriorForm(Form):
    """An earlier sampling of a product."""

    category = CategoryField()
    sampled_on = day(_("抽样日期"))
    level = forms.ChoiceField(label=_("层级"), choices=PriorSampling.Level.choices)
    authority = forms.CharField(label=_("组织部门"), max_length=120)
    purpose = forms.ChoiceField(label=_("性质"), choices=PriorSampling.Purpose.choices)
    proof = forms.CharField(label=_("抽样单或报告编号"), max_length=200)
    brand = forms.CharField(label=_("商标"), max_length=60, required=False)
    model = forms.CharField(label=_("规格型号"), max_length=60, required=False)
    standard_no = forms.CharField(label=_("执行标准"), max_length=60, required=False)


class CategoryForm(Form):
    """A product category."""

    code = forms.CharField(label=_("类别代码"), max_length=30, help_text=_("如 TEX.SOCK"))
    parent = forms.ModelChoiceField(
        ProductCategory.objects.filter(parent__isnull=True, state="current"), label=_("大类")
    )
    name = forms.CharField(label=_("名称"), max_length=60)
    risk_grade = forms.ChoiceField(label=_("风险等级"), choices=Risk.choices)
    industry = forms.CharField(
        label=_("行业代码(GB/T 4754)"), max_length=60, required=False, help_text=_("四位数字,多个用空格分开")
    )
    industry_edition = forms.CharField(label=_("行业分类版本"), max_length=20, required=False, initial="GB/T 4754-2017")

    def clean_industry(self) -> list[str]:
        """Four digits each."""
        codes = self.cleaned_data["industry"].replace("、", " ").replace(",", " ").split()
        wrong = [code for code in codes if len(code) != 4 or not code.isdecimal()]
        if wrong:
            raise ValidationError(_now("行业小类代码是 4 位数字:%(codes)s") % {"codes": "、".join(wrong)})
        return codes

    def arguments(self) -> dict[str, Any]:
        """The act calls the list of codes by its own name."""
        found = dict(self.cleaned_data)
        return found | {"industry_codes": found.pop("industry")}


class EditCategoryForm(CategoryForm):
    """What may change in a category; its code may not."""

    code = None  # type: ignore[assignment]
    parent = None  # type: ignore[assignment]

    @staticmethod
    def known(category: ProductCategory) -> dict[str, Any]:
        """What stands there now."""
        names = ("name", "risk_grade", "industry_edition")
        return {name: getattr(category, name) for name in names} | {"industry": " ".join(category.industry_codes)}


class BureauListForm(Form):
    """A list for a product."""

    region = forms.ModelChoiceField(Region.objects.filter(valid_to__isnull=True), label=_("区划"))
    category = CategoryField()


class StrikeForm(Form):
    """Which firm goes, and why."""

    enterprise = EnterpriseField(label=_("企业代码"))
    why = forms.CharField(label=_("移出原因"), max_length=200)
