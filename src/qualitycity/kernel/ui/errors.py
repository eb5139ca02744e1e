"""What went wrong, as a page: what, where, how to mend it, and that nothing was lost."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from qualitycity.kernel.acts import Refused


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be read."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but without the duty. A sentence given with the exception is shown."""
    return render(request, "403.html", {"sentence": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or one outside the jurisdiction; the two look alike on purpose."""
    return render(request, "404.html", status=404)


def conflict(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """409: the act was refused because something else happened first; the page says the sentence and leads on."""
    return render(request, "409.html", {"refusal": refusal}, status=409)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: drawn without any context, because whatever gathers it may be what broke."""
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that came without its token (cookie lost, page kept open over a sign-out)."""
    return render(request, "403.html", {"stale": True}, status=403)
