"""Forms about firms and shops."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.forms import Form

from .. import capital
from ..models import Enterprise
from .fields import EnterpriseField, TownField, day


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
