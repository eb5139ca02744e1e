"""Acts on the bureau's own lists (名录库)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from ..models import BureauList, BureauListEntry, Enterprise, ProductCategory
from ..workflow import BUREAU_LIST


@act(BUREAU_LIST, "open")
def open_list(*, region: Region, category: ProductCategory) -> BureauList:
    """Open a list for a product in a region; one at a time."""
    if BureauList.objects.filter(region=region, category=category).exclude(state="closed").exists():
        raise Refused(_("该地该类产品已有名录库。"), field="category")
    return BureauList.objects.create(region=region, region_path=region.path, category=category)


@act(BUREAU_LIST, "enter")
def enter_on_list(bureau_list: BureauList, *, enterprises: Iterable[Enterprise]) -> int:
    """Enter firms; those already on the list stay as they are. Returns how many were new."""
    have = set(bureau_list.entries.filter(struck_on__isnull=True).values_list("enterprise_id", flat=True))
    new = [firm for firm in enterprises if firm.pk not in have]
    BureauListEntry.objects.bulk_create(
        BureauListEntry(list=bureau_list, enterprise=firm, entered_on=clock.today()) for firm in new
    )
    note(entered=[firm.code for firm in new[:50]], count=len(new))
    return len(new)


@act(BUREAU_LIST, "strike")
def strike_from_list(bureau_list: BureauList, *, enterprise: Enterprise, why: str) -> None:
    """Strike a firm off, with the reason; the entry stays as a trace."""
    entry = bureau_list.entries.filter(enterprise=enterprise, struck_on__isnull=True).first()
    if entry is None:
        raise Refused(_("%(name)s不在名录库中。") % {"name": enterprise.name}, field="enterprise")
    entry.struck_on, entry.struck_reason = clock.today(), why
    entry.save(update_fields=["struck_on", "struck_reason"])
    note(struck=enterprise.code)


@act(BUREAU_LIST, "close")
def close_list(bureau_list: BureauList) -> None:
    """The list is no longer kept."""
