"""Acts on enterprises and shops."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from .. import uscc
from ..models import (
    CategoryProposal,
    DeclaredInterest,
    Enterprise,
    EnterpriseName,
    EnterpriseProduct,
    PriorSampling,
    Shop,
)
from ..pinyin import initials
from ..text import clean, name_key
from ..workflow import ENTERPRISE, SHOP

# What belongs to a firm and lies where the firm lies.
BELONGINGS: tuple[type[Model], ...] = (Shop, EnterpriseProduct, CategoryProposal, PriorSampling, DeclaredInterest)


@act(ENTERPRISE, "register")
def register_enterprise(
    *,
    name: str,
    code: str,
    region: Region,
    established_on: date | None = None,
    kind: str = "",
    capital_amount: Decimal | None = None,
    capital_currency: str = "",
    scope: str = "",
    address: str = "",
    size: str = "",
) -> Enterprise:
    """Register one firm by hand; `capital_amount` in ten thousands. Refused where the code is wrong or there."""
    found = _parsed(code)
    known = Enterprise.objects.filter(**{found.kind: found.value}).first()
    if known is not None:
        raise Refused(
            _("该代码已登记为“%(name)s”。") % {"name": known.name}, field="code", link=known.get_absolute_url()
        )
    return Enterprise.objects.create(
        name=clean(name),
        name_key=name_key(name),
        initials=initials(name),
        region=region,
        region_path=region.path,
        region_basis=_("登记时认定"),
        region_by_hand=True,
        established_on=established_on,
        kind=kind,
        capital_amount=capital_amount,
        capital_currency=capital_currency or ("CNY" if capital_amount is not None else ""),
        scope=clean(scope),
        address=clean(address),
        size=size,
        **{found.kind: found.value},
    )


@act(ENTERPRISE, "edit")
def edit_enterprise(enterprise: Enterprise, **fields: Any) -> None:
    """Change plain facts: established_on, kind, capital_amount, capital_currency, scope, address, size."""
    allowed = {"established_on", "kind", "capital_amount", "capital_currency", "scope", "address", "size"}
    changed = {}
    for name, value in fields.items():
        if name not in allowed:
            raise Refused(_("这一项不能这样修改。"), field=name)
        if getattr(enterprise, name) != value:
            changed[name] = [getattr(enterprise, name), value]
            setattr(enterprise, name, value)
    note(changes=changed)


@act(ENTERPRISE, "rename")
def rename_enterprise(enterprise: Enterprise, *, name: str) -> None:
    """Give a firm its new name; the old one stays in its history."""
    if name_key(name) == enterprise.name_key:
        raise Refused(_("与现在的名称相同。"), field="name")
    old = enterprise.name
    enterprise.name, enterprise.name_key, enterprise.initials = clean(name), name_key(name), initials(name)
    remember_name(enterprise, old, source=_("变更名称"), until=clock.today())
    note(old=old, new=enterprise.name)


@act(ENTERPRISE, "settle")
def settle_enterprise(enterprise: Enterprise, *, region: Region) -> None:
    """Say in which town a firm sits; later imports leave it so."""
    note(old=enterprise.region.name if enterprise.region else "", new=region.name)
    enterprise.region, enterprise.region_path, enterprise.region_by_hand = region, region.path, True
    enterprise.region_basis, enterprise.is_local = _("人工认定"), True
    for model in BELONGINGS:
        model._default_manager.filter(enterprise=enterprise).update(region_path=region.path)


@act(ENTERPRISE, "suspend")
def suspend_enterprise(enterprise: Enterprise) -> None:
    """Record that a firm has stopped for now."""


@act(ENTERPRISE, "resume")
def resume_enterprise(enterprise: Enterprise) -> None:
    """Record that a firm works again."""


@act(ENTERPRISE, "cancel")
def cancel_enterprise(enterprise: Enterprise, *, cancelled_on: date) -> None:
    """Record that a firm's registration was cancelled on a day."""
    if cancelled_on > clock.today():
        raise Refused(_("注销日期晚于今天。"), field="cancelled_on")
    if enterprise.established_on and cancelled_on < enterprise.established_on:
        raise Refused(_("注销日期早于注册日期。"), field="cancelled_on")
    enterprise.cancelled_on = cancelled_on
    note(cancelled_on=cancelled_on)


@act(ENTERPRISE, "merge")
def merge_enterprise(enterprise: Enterprise, *, into: Enterprise) -> None:
    """Fold a double record into the right one: names, shops and products go over, the double stays only as a trace."""
    remember_name(into, enterprise.name, source=_("并入 %(code)s") % {"code": enterprise.code})
    for name in enterprise.names.all():
        remember_name(into, name.name, source=name.source, until=name.until)
    _hand_over(enterprise, into)
    enterprise.merged_into = into
    note(into=into.code)


@act(SHOP, "open")
def open_shop(*, enterprise: Enterprise, platform: str, shop_no: str, name: str, url: str = "") -> Shop:
    """Register a shop of a firm on a platform."""
    known = Shop.objects.filter(platform=platform, shop_no=shop_no).first()
    if known is not None:
        raise Refused(_("该店铺已登记在“%(name)s”名下。") % {"name": known.enterprise.name}, field="shop_no")
    return Shop.objects.create(
        enterprise=enterprise,
        region_path=enterprise.region_path,
        platform=platform,
        shop_no=shop_no,
        name=name,
        url=url,
    )


@act(SHOP, "close")
def close_shop(shop: Shop) -> None:
    """Record that a shop is closed."""


def remember_name(enterprise: Enterprise, name: str, *, source: str, until: date | None = None) -> None:
    """Keep a name in a firm's history, once; its present name is no history."""
    if name_key(name) != enterprise.name_key:
        EnterpriseName.objects.get_or_create(
            enterprise=enterprise,
            name_key=name_key(name),
            defaults={"name": clean(name), "source": source, "until": until},
        )


def _parsed(code: str) -> uscc.Code:
    try:
        return uscc.parse(code)
    except uscc.BadCode as bad:
        raise Refused(str(bad), field="code") from bad


def _hand_over(source: Enterprise, into: Enterprise) -> None:
    """Everything that belongs to `source` and that `into` does not have yet."""
    into_path = {"enterprise": into, "region_path": into.region_path}
    Shop.objects.filter(enterprise=source).update(**into_path)
    PriorSampling.objects.filter(enterprise=source).update(**into_path)
    DeclaredInterest.objects.filter(enterprise=source).update(**into_path)
    identity = ("category_id", "brand", "model", "standard_no")
    have = set(EnterpriseProduct.objects.filter(enterprise=into, state="listed").values_list(*identity))
    for product in EnterpriseProduct.objects.filter(enterprise=source, state="listed"):
        if tuple(getattr(product, name) for name in identity) not in have:
            EnterpriseProduct.objects.filter(pk=product.pk).update(**into_path)
