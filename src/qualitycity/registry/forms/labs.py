"""Forms about laboratories, samplers and declared interests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.kernel.ui.forms import Form

from ..models import DeclaredInterest, Lab, SamplerRecord
from .fields import CategoryField, EnterpriseField, day


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
