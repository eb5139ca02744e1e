"""Forms about standards and leads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.forms import Form

from ..models import Lead, Standard
from .fields import CategoryField, EnterpriseField, TownField, day


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
