"""Fields that several forms of the registry share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.scope import scoped

from ..models import Enterprise, ProductCategory


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


class CategoryField(forms.ModelChoiceField):
    """A category in use."""

    def __init__(self, **more: Any) -> None:
        super().__init__(leaf_categories(), label=more.pop("label", _("产品类别")), **more)
