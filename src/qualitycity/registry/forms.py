"""Forms of the registry. They ask and check shape; the acts decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.ui.forms import Form

from . import capital
from .models import (
    DeclaredInterest,
    Enterprise,
    EnterpriseProduct,
    Lab,
    Lead,
    PriorSampling,
    ProductCategory,
    SamplerRecord,
    Standard,
)
from .models.products import Risk, Supervision


def day(label: Any, *, required: bool = True, **more: Any) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}), **more)


def towns() -> QuerySet[Region]:
    """Towns of today in the actor's jurisdiction."""
    return scoped(Region.objects.filter(valid_to__isnull=True, parent__isnull=False), current_actor(), field="path")


def leaf_categories() -> QuerySet[ProductCategory]:
    """Categories in use, groups left out."""
    return ProductCategory.objects.filter(parent__isnull=False, state="current")


class TownField(forms.ModelChoiceField):
    """A town of today, of the actor's jurisdiction, asked when the form is made."""

    def __init__(self, **more: Any) -> None:
        super().__init__(Region.objects.none(), label=more.pop("label", _("镇街")), **more)

    def __deepcopy__(self, memo: Any) -> TownField:
        copy: TownField = super().__deepcopy__(memo)
        copy.queryset = towns()
        return copy


class EnterpriseField(forms.CharField):
    """A firm by its code, checked inside the actor's jurisdiction."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=40, help_text=_("统一社会信用代码或旧注册号"), **more)

    def clean(self, value: Any) -> Any:
        """The firm, or a sentence."""
        text = super().clean(value)
        if not text:
            return None
        code = text.strip().upper()
        rows = scoped(Enterprise.objects.all(), current_actor())
        firm = rows.filter(uscc=code).first() or rows.filter(legacy_reg_no=code).first()
        if firm is None:
            raise ValidationError(_now("名录里没有代码为“%(code)s”的企业。") % {"code": code})
        return firm


class CapitalMixin:
    """Registered capital typed as registers write it."""

    cleaned_data: dict[str, Any]

    def clean_capital(self) -> capital.Capital | None:
        """The amount and its currency, or a sentence."""
        try:
            return capital.parse(self.cleaned_data["capital"])
        except capital.BadCapital as bad:
            raise ValidationError(str(bad)) from bad

    def arguments(self) -> dict[str, Any]:
        """The act takes amount and currency apart."""
        found = self.cleaned_data.pop("capital")
        more = {"capital_amount": found.amount if found else None, "capital_currency": found.currency if found else ""}
        return {**self.cleaned_data, **more}


class EditEnterpriseForm(CapitalMixin, Form):
    """Plain facts of a firm."""

    established_on = day(_("注册日期"), required=False)
    kind = forms.CharField(label=_("企业类型"), max_length=60, required=False)
    capital = forms.CharField(label=_("注册资金"), max_length=40, required=False, help_text=_("如 1,800(万元人民币)"))
    scope = forms.CharField(label=_("经营范围"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    address = forms.CharField(label=_("地址"), max_length=300, required=False)
    size = forms.ChoiceField(label=_("规模"), choices=[("", _("未知")), *Enterprise.Size.choices], required=False)

    @staticmethod
    def known(firm: Enterprise) -> dict[str, Any]:
        """What the register says now."""
        names = ("established_on", "kind", "scope", "address", "size")
        money = (
            f"{firm.capital_amount.normalize():f}万{CURRENCY_WORDS.get(firm.capital_currency, '')}"
            if firm.capital_amount is not None
            else ""
        )
        return {name: getattr(firm, name) for name in names} | {"capital": money}


class NewEnterpriseForm(EditEnterpriseForm):
    """A firm registered by hand."""

    name = forms.CharField(label=_("企业名称"), max_length=200)
    code = forms.CharField(label=_("统一社会信用代码"), max_length=40, help_text=_("18 位;没有新码的填 15 位旧注册号"))
    region = TownField()
    field_order = ["name", "code", "region"]
    sections = [
        (_("身份"), ["name", "code", "region"]),
        (_("登记事项"), ["established_on", "kind", "capital", "size"]),
        (_("经营"), ["scope", "address"]),
    ]


# Back from ISO 4217 to the word that `capital.parse` reads.
CURRENCY_WORDS = {code: word for word, code in capital.CURRENCIES.items() if word} | {"CNY": "元人民币", "HKD": "港元"}


class RenameForm(Form):
    """A new name."""

    name = forms.CharField(label=_("新名称"), max_length=200)


class SettleForm(Form):
    """The town of a firm."""

    region = TownField()


class CancelForm(Form):
    """The day of cancellation."""

    cancelled_on = day(_("注销日期"))


class MergeForm(Form):
    """Into which record."""

    into = EnterpriseField(label=_("并入哪一条"))


class ShopForm(Form):
    """A shop on a platform."""

    platform = forms.CharField(label=_("平台"), max_length=60)
    shop_no = forms.CharField(label=_("店铺编号"), max_length=60)
    name = forms.CharField(label=_("店铺名称"), max_length=120)
    url = forms.URLField(label=_("网址"), max_length=300, required=False, assume_scheme="https")


class CategoryField(forms.ModelChoiceField):
    """A category in use."""

    def __init__(self, **more: Any) -> None:
        super().__init__(leaf_categories(), label=more.pop("label", _("产品类别")), **more)


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


class LabForm(Form):
    """A laboratory."""

    number = forms.RegexField(r"^L[0-9]+$", label=_("编号"), max_length=12, help_text=_("公开使用的短编号,如 L4"))
    name = forms.CharField(label=_("机构名称"), max_length=120)
    code = forms.CharField(label=_("统一社会信用代码"), max_length=40)
    region = forms.ModelChoiceField(Region.objects.filter(valid_to__isnull=True), label=_("所在区划"))
    capacity = forms.IntegerField(label=_("每轮可承担批次"), min_value=1, max_value=999)
    cnas_no = forms.CharField(label=_("CNAS 证书号"), max_length=20, required=False)


class EditLabForm(Form):
    """What may change in a laboratory."""

    name = forms.CharField(label=_("机构名称"), max_length=120)
    capacity = forms.IntegerField(label=_("每轮可承担批次"), min_value=1, max_value=999)
    cnas_no = forms.CharField(label=_("CNAS 证书号"), max_length=20, required=False)

    @staticmethod
    def known(lab: Lab) -> dict[str, Any]:
        """What the register says now."""
        return {"name": lab.name, "capacity": lab.capacity, "cnas_no": lab.cnas_no}


class QualifyForm(Form):
    """A CMA certificate."""

    cma_no = forms.CharField(label=_("资质认定证书编号"), max_length=12, help_text=_("12 位数字"))
    issued_on = day(_("发证日期"))
    valid_to = day(_("有效期止"))


class ScopeForm(Form):
    """One line of a laboratory's scope."""

    category = CategoryField()
    item = forms.CharField(label=_("检验项目"), max_length=80)
    method = forms.CharField(label=_("检验方法"), max_length=60, help_text=_("带年代号的标准编号,如 GB/T 2912.1-2009"))
    standard_no = forms.CharField(label=_("判定标准"), max_length=60, required=False)
    limits = forms.CharField(label=_("限制范围"), max_length=120, required=False)

    def arguments(self) -> dict[str, Any]:
        """The act takes lines."""
        line = dict(self.cleaned_data)
        return {"category": line.pop("category"), "items": [line]}


class SamplerForm(Form):
    """A sampler."""

    number = forms.RegexField(r"^S[0-9]+$", label=_("编号"), max_length=12, help_text=_("公开使用的短编号,如 S07"))
    employer = forms.ModelChoiceField(Unit.objects.filter(active=True).exclude(kind=Unit.Kind.LAB), label=_("所在单位"))
    account = forms.ModelChoiceField(
        Account.objects.filter(is_active=True, sampler__isnull=True), label=_("账号"), required=False
    )
    certificate_valid_to = day(_("证件有效期止"), required=False)


class CertificateForm(Form):
    """Until when a sampler's certificate holds."""

    certificate_valid_to = day(_("证件有效期止"), required=False)

    @staticmethod
    def known(sampler: SamplerRecord) -> dict[str, Any]:
        """What the register says now."""
        return {"certificate_valid_to": sampler.certificate_valid_to}


class InterestForm(Form):
    """A declared interest."""

    sampler = forms.ModelChoiceField(SamplerRecord.objects.filter(state="active"), label=_("抽样人员"), required=False)
    lab = forms.ModelChoiceField(
        Lab.objects.exclude(state="left"), label=_("检验机构"), required=False, help_text=_("两者填一项")
    )
    enterprise = EnterpriseField(label=_("企业代码"))
    kind = forms.ChoiceField(label=_("关系"), choices=DeclaredInterest.Kind.choices)
    since = day(_("自"), required=False)
    until = day(_("至"), required=False)


class EndInterestForm(Form):
    """Since when an interest no longer holds."""

    until = day(_("终止日期"), required=False, help_text=_("不填为今天"))


class StandardForm(Form):
    """A standard."""

    number = forms.CharField(label=_("标准编号"), max_length=60, help_text=_("如 GB 18401-2010、FZ/T 73001-2016"))
    title = forms.CharField(label=_("名称"), max_length=200)
    issued_on = day(_("发布日期"), required=False)
    effective_on = day(_("实施日期"), required=False)


class EditStandardForm(StandardForm):
    """What may change in a standard."""

    number = None  # type: ignore[assignment]

    @staticmethod
    def known(standard: Standard) -> dict[str, Any]:
        """What stands there now."""
        return {name: getattr(standard, name) for name in ("title", "issued_on", "effective_on")}


class SupersedeForm(Form):
    """By which standard, since when."""

    replaced_by = forms.ModelChoiceField(Standard.objects.all(), label=_("代替它的标准"))
    ended_on = day(_("停止执行日期"))


class AbolishForm(Form):
    """Since when."""

    ended_on = day(_("废止日期"))


class LeadForm(Form):
    """A clue."""

    source = forms.ChoiceField(label=_("来源"), choices=Lead.Source.choices)
    text = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("不写举报人信息"))
    region = TownField()
    category = CategoryField(required=False)
    enterprise = EnterpriseField(label=_("涉及企业代码"), required=False)
    received_on = day(_("收到日期"), required=False, help_text=_("不填为今天"))


class KeepLeadForm(Form):
    """For which product."""

    category = CategoryField(required=False)


class UseLeadForm(Form):
    """Into which plan."""

    plan_number = forms.CharField(label=_("计划编号"), max_length=60)


class BureauListForm(Form):
    """A list for a product."""

    region = forms.ModelChoiceField(Region.objects.filter(valid_to__isnull=True), label=_("区划"))
    category = CategoryField()


class StrikeForm(Form):
    """Which firm goes, and why."""

    enterprise = EnterpriseField(label=_("企业代码"))
    why = forms.CharField(label=_("移出原因"), max_length=200)
