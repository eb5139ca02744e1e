"""Loading a region pack: the county, its towns of today and its former towns."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.services import list_region, succeed_region
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from ..models import RegionPackLoad
from ..towns import Gazetteer, Pack, TownUnit
from ..workflow import REGIONS


@act(REGIONS, "load")
def load_regions(*, pack: Pack) -> RegionPackLoad:
    """Enter the county, its towns and its former towns that are not listed yet; lead former towns to their successors.

    Loading a pack again enters nothing twice. A listed division under another name refuses the whole.
    """
    county = _listed(TownUnit(pack.code, pack.name, Region.Kind.CITY), None)
    rows = {unit.code: _listed(unit, county) for unit in pack.units}
    for unit in pack.units:
        row = rows[unit.code]
        if len(unit.successors) == 1 and row.successor is None and unit.valid_to is not None:
            succeed_region(row, successor=rows[unit.successors[0]], on=unit.valid_to, reason=unit.note or pack.title)
    note(pack=pack.title, edition=pack.edition, digest=pack.digest)
    return RegionPackLoad.objects.create(
        region_path=county.path,
        region=county,
        short=pack.short,
        prefecture=pack.prefecture,
        province=pack.province,
        name=pack.title,
        edition=pack.edition,
        sha256=pack.digest,
        units=len(pack.today),
        former_units=len(pack.units) - len(pack.today),
    )


def _listed(unit: TownUnit, county: Region | None) -> Region:
    """The division, listed now if it was not."""
    found = Region.objects.filter(code=unit.code).first()
    if found is None:
        return list_region(
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            parent=county,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            note_text=unit.note,
        )
    if found.name != unit.name:
        raise Refused(
            _("区划代码 %(code)s 已以“%(old)s”在册,与区划包的“%(new)s”不同。")
            % {"code": unit.code, "old": found.name, "new": unit.name}
        )
    return found


def gazetteer_of(county: Region) -> Gazetteer | None:
    """What finds towns of a county in text, from its loaded regions; None where no pack was loaded for it."""
    load = RegionPackLoad.objects.filter(region=county).first()
    if load is None:
        return None
    units = tuple(
        TownUnit(
            region.code,
            region.name,
            region.kind,
            region.valid_from,
            region.valid_to,
            (region.successor.code,) if region.successor else (),
            region.note,
        )
        for region in Region.objects.filter(parent=county).select_related("successor").order_by("code")
    )
    by_code = {unit.code: unit for unit in units}
    return Gazetteer(
        Pack(
            county.code,
            county.name,
            load.short,
            load.prefecture,
            load.province,
            load.name,
            load.edition,
            units,
            by_code=by_code,
        )
    )
