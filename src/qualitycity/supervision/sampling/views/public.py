"""The public list of draws, read from publications alone (the database role of these pages reads nothing else)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.routes import PUBLIC, page
from qualitycity.kernel.disclosure.models import Version
from qualitycity.kernel.ui.listing import Column, Listing
from qualitycity.kernel.ui.pages import list_page


@page(PUBLIC)
def draws(request: HttpRequest) -> HttpResponse:
    """All draws: what, when, where, how many, and how far it is."""
    listing = Listing(
        request,
        _rows(),
        columns=[
            Column("title", gettext_lazy("抽查"), link=lambda row: row["url"]),
            Column("number", gettext_lazy("编号"), kind="code"),
            Column("at", gettext_lazy("摇号时间"), kind="datetime"),
            Column("place", gettext_lazy("地点")),
            Column("total", gettext_lazy("名单"), kind="number", unit=gettext_lazy("家")),
            Column("take", gettext_lazy("抽取"), kind="number", unit=gettext_lazy("家")),
            Column("mode", gettext_lazy("公开方式")),
            Column("state", gettext_lazy("进展"), value=lambda row: row["state"]),
        ],
        order="-at",
        empty=gettext_lazy("还没有公告过摇号。"),
    )
    return list_page(request, listing, title=_("公开摇号"), template="sampling/public/draws.html")


def _rows() -> list[dict[str, Any]]:
    current = (
        Version.objects.filter(publication__kind="draw")
        .select_related("publication")
        .order_by("publication", "-number")
        .distinct("publication")
    )
    rows = []
    for version in current:
        page_, last = version.payload, version.payload["rounds"][-1]
        mode, state = page_["mode_title"], page_["state_title"]
        rows.append(
            {
                "title": page_["title"],
                "number": page_["number"],
                "url": reverse("publication", args=["draw", version.publication.slug]),
                "at": parse_datetime(last["ceremony_at"]),
                "place": last["place"],
                "total": page_["frame"]["total"],
                "take": last["take"],
                "mode": _(mode),
                "state": _(state) if not version.publication.withdrawn_at else _("已撤回"),
            }
        )
    return rows
