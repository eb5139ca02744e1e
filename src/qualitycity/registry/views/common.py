"""What the registry's pages share: a page around one act, and its choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404
from qualitycity.kernel.ui.pages import act_page


def may(duty: str) -> bool:
    """Whether the reader of the page holds a duty: buttons of others are not drawn."""
    return current_actor().can(duty)


def move_page(
    model: type[Model], service: Callable[..., Any], form: Any = None, *, everywhere: bool = False
) -> Callable[..., HttpResponse]:
    """The page of one act on one record under the duty of its move.

    `everywhere`: the record has no region (categories, standards). `form`: a form class, or callable(record) -> class.
    """

    @page(service.move.duty)  # type: ignore[attr-defined]
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        rows = model._default_manager.all()
        subject = get_object_or_404(rows, pk=pk) if everywhere else get_or_404(rows, pk=pk)
        chosen = form(subject) if form is not None and not isinstance(form, type) else form
        return act_page(
            request, subject, service, form=chosen, initial=getattr(chosen, "known", lambda one: {})(subject)
        )

    view.__doc__ = service.__doc__
    return view
