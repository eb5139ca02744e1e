"""A figure opens to its rows."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import SIGNED_IN, page
from qualitycity.kernel.ui.listing import Column, Listing
from qualitycity.kernel.ui.pages import list_page

from . import load


@page(SIGNED_IN)
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """Value, formula, version, and the rows: as many as the figure says."""
    measure = load().get(code)
    if measure is None:
        raise Http404
    if not current_actor().can(measure.duty):
        raise PermissionDenied
    figure = measure.figure()
    listing = Listing(
        request,
        figure.rows,
        columns=[
            Column(key, title, link=index == 0 and hasattr(getattr(figure.rows, "model", None), "get_absolute_url"))
            for index, (key, title) in enumerate(figure.columns)
        ],
        export_name=code.replace(".", "-"),
        empty=_("没有记录:这个数是 0。"),
    )
    return list_page(
        request, listing, title=measure.title, template="measures/detail.html", measure=measure, figure=figure
    )
