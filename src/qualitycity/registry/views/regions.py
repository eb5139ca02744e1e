"""The page of towns, of today and former."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import list_page

from ..maps import town_map
from ..models import Enterprise, RegionPackLoad


@page("registry.region.view")
def region_list(request: HttpRequest) -> HttpResponse:
    """Divisions with their years of validity and successors, and how many firms sit in each."""
    living = Count("enterprises", filter=Q(enterprises__state="in_operation"))
    listing = Listing(
        request,
        Region.objects.select_related("successor").annotate(firms=living),
        columns=[
            Column("code", _("代码"), kind="code"),
            Column("name", _("名称")),
            Column("kind", _("类型"), value=lambda row: row.get_kind_display(), sort="kind"),
            Column("valid_from", _("设立"), kind="date"),
            Column("valid_to", _("撤并"), kind="date"),
            Column("successor__name", _("今属"), sort=False),
            Column("note", _("说明"), wrap=True),
            Column("firms", _("在营企业"), kind="number", unit=_("家")),
        ],
        filters=[
            Filter("q", _("名称或代码"), lookup=("name__icontains", "code__startswith")),
            Filter("former", _("只看原镇街"), kind="flag", apply=lambda rows, on: rows.filter(valid_to__isnull=False)),
        ],
        order="code",
        export_name="regions",
        empty=_("还没有区划。用命令 ./city import regions 载入区划包。"),
    )
    packs = RegionPackLoad.objects.select_related("region")
    counties = {pack.region_id: pack.region for pack in packs}
    maps = [(county, town_map(county.code, _firms(county.path))) for county in counties.values()]
    return list_page(request, listing, title=_("镇乡街道"), template="registry/regions.html", packs=packs, maps=maps)


def _firms(county_path: str) -> dict[str, int]:
    """Firms in operation by town code, of the actor's jurisdiction."""
    rows = scoped(Enterprise.objects.filter(state="in_operation", region__path__startswith=county_path + "/"))
    return dict(rows.values_list("region__code").annotate(n=Count("pk")))
