"""A figure opens to its rows."""

from __future__ import annotations

from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import SIGNED_IN, page
from qualitycity.kernel.ui.listing import Column, Listing
from qualitycity.kernel.ui.pages import list_page

from . import Figure, load

KINDS = {"DateField": "date", "DateTimeField": "datetime", "BooleanField": "flag"}


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
        columns=_columns(figure),
        export_name=code.replace(".", "-"),
        empty=_("没有记录:这个数是 0。"),
    )
    return list_page(
        request, listing, title=measure.title, template="measures/detail.html", measure=measure, figure=figure
    )


def _columns(figure: Figure) -> list[Column]:
    """The columns a figure names: as given, or `(key, title)` dressed by what its model says of that field."""
    model = getattr(figure.rows, "model", None)
    linked = hasattr(model, "get_absolute_url")
    return [
        given
        if isinstance(given, Column)
        else Column(given[0], given[1], kind=_kind(model, given[0]), link=linked and index == 0)
        for index, given in enumerate(figure.columns)
    ]


def _kind(model: type[Model] | None, key: str) -> str:
    """The kind of a column over this field of the model."""
    if model is None or "__" in key:
        return "text"
    if key == "state" and hasattr(model, "WORKFLOW"):
        return "state"
    try:
        return KINDS.get(model._meta.get_field(key).get_internal_type(), "text")
    except FieldDoesNotExist:
        return "text"
