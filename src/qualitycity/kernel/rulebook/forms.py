"""The form in which one rule is revised: its value in the shape of its unit, its source, its dates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qualitycity.kernel.acts import Faults
from qualitycity.kernel.ui.forms import Form

from .models import RuleVersion
from .services import drafted
from .values import CONFIDENCES, PERIOD_UNITS, ROLLS

NUMBERS = {*PERIOD_UNITS, "hour", "minute", "second", "count", "number", "percent", "point", "yuan", "byte", "weight"}


class RuleForm(Form):
    """Fields common to all rules; `for_version` adds those of the value."""

    base: RuleVersion
    parts: tuple[str, ...] = ()

    in_force_from = forms.DateField(
        label=_("施行日"), widget=forms.DateInput(), help_text=_("最早自明日起;已经开始的案件沿用原版本。")
    )
    in_force_to = forms.DateField(
        label=_("施行至"), widget=forms.DateInput(), required=False, help_text=_("长期施行的留空。")
    )
    source = forms.CharField(label=_("依据"), max_length=300, help_text=_("文件名称与文号。"))
    article = forms.CharField(label=_("条款"), max_length=300, required=False)
    confidence = forms.ChoiceField(label=_("可信度"), choices=list(CONFIDENCES.items()))
    model = forms.BooleanField(
        label=_("本系统默认值,不是法定"), required=False, help_text=_("凡显示它的地方都会标明 [MODEL]。")
    )
    note = forms.CharField(label=_("说明"), widget=forms.Textarea(attrs={"rows": 2}), required=False)

    def clean(self) -> dict[str, Any]:
        """Check the version as the rulebook would, so that every fault shows before the check page."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                drafted(self.base, self.changes(cleaned))
            except Faults as faults:
                self.add_refusal(faults)
        return cleaned

    def changes(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """What was typed, as fields of a rule entry."""
        rest = {
            key: cleaned[key]
            for key in cleaned
            if key not in (*self.parts, "value", "reason", "extend_by", "extend_times")
        }
        value: Any = {part: cleaned[part] for part in self.parts} if self.parts else cleaned["value"]
        if self.base.unit in NUMBERS and not self.parts:
            value = int(value) if value == int(value) else float(value)
        if self.base.unit == "switch":
            value = value == "True"
        if "extend_by" in self.fields:
            amount, times = cleaned.get("extend_by"), cleaned.get("extend_times")
            before = (self.base.extension or {}).get("ask_before")
            rest["extension"] = (
                {"amount": amount, "times": times or 1} | ({"ask_before": before} if before else {}) if amount else None
            )
        return {**rest, "value": value}

    def arguments(self) -> dict[str, Any]:
        """For the act: the version it starts from and what is changed."""
        return {"base": self.base, "changes": self.changes(self.cleaned_data)}


def _value_fields(base: RuleVersion) -> dict[str, forms.Field]:
    value, unit = base.value, base.get_unit_label()
    if isinstance(value, dict) and set(value) == {"after", "before"}:
        return {
            "after": forms.IntegerField(label=_("第几日以后(%(unit)s)") % {"unit": unit}, min_value=0),
            "before": forms.IntegerField(label=_("第几日以前(%(unit)s)") % {"unit": unit}, min_value=2),
        }
    if base.unit == "annual_date":
        return {
            "month": forms.IntegerField(label=pgettext_lazy("of a date", "月"), min_value=1, max_value=12),
            "day": forms.IntegerField(label=pgettext_lazy("of a date", "日"), min_value=1, max_value=31),
        }
    label = _("值(%(unit)s)") % {"unit": unit}
    if base.unit == "switch":
        return {
            "value": forms.ChoiceField(
                label=_("值"),
                choices=[("True", pgettext_lazy("switch", "开")), ("False", pgettext_lazy("switch", "关"))],
            )
        }
    if base.unit == "date":
        return {"value": forms.DateField(label=label, widget=forms.DateInput())}
    if base.unit in NUMBERS and isinstance(value, int | float):
        return {"value": forms.DecimalField(label=label, max_digits=18, decimal_places=6)}
    if isinstance(value, str):
        return {"value": forms.CharField(label=label, max_length=500)}
    return {"value": forms.JSONField(label=label, help_text="JSON")}


def form_for(base: RuleVersion) -> type[RuleForm]:
    """The form class of one rule: the fields of its value first."""
    fields = _value_fields(base)
    more: dict[str, forms.Field] = {}
    if base.unit in PERIOD_UNITS:
        more["roll"] = forms.ChoiceField(label=_("末日顺延"), choices=list(ROLLS.items()))
        more["extend_by"] = forms.IntegerField(
            label=_("每次至多延长"), min_value=1, required=False, help_text=_("不能延长的留空。")
        )
        more["extend_times"] = forms.IntegerField(label=_("延长次数"), min_value=1, required=False)
    parts = tuple(fields) if "value" not in fields else ()
    own = RuleForm.base_fields
    order = [*fields, *more, *own]
    return type("OneRuleForm", (RuleForm,), {**fields, **more, "base": base, "parts": parts, "field_order": order})


def initial_of(base: RuleVersion) -> dict[str, Any]:
    """What the fields show at first: the version the revision starts from; the day it begins is to be chosen."""
    value = base.value if isinstance(base.value, dict) and base.unit != "table" else {"value": base.value}
    if base.unit == "switch":
        value = {"value": str(base.value)}
    extension = base.extension or {}
    return {
        **value,
        "roll": base.roll,
        "extend_by": extension.get("amount"),
        "extend_times": extension.get("times"),
        "source": base.source,
        "article": base.article,
        "confidence": base.confidence,
        "model": base.is_model,
        "note": base.note,
    }
