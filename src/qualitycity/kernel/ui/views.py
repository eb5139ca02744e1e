"""Pages of the face itself: help, and the switch of elder mode."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.duty_table import duties
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, page
from qualitycity.kernel.deadlines import Light

from .context import ELDER_COOKIE

A_YEAR = 365 * 24 * 3600


@page(PUBLIC)
def elder(request: HttpRequest) -> HttpResponse:
    """Turn elder mode (长者模式: larger letters and targets) on or off for this browser and go back to the page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    on = request.POST.get("on") == "1"
    response.set_cookie(
        ELDER_COOKIE, "1" if on else "0", max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
    )
    return response


@page(SIGNED_IN)
def help_page(request: HttpRequest) -> HttpResponse:
    """Help at the desk and in the laboratory: what this person may do, what the signs mean, how pages work."""
    actor = current_actor()
    idle = set() if settings.CITY_DEMO else {"clock.set"}  # real time nobody sets
    mine = [duty.title for duty in duties().values() if actor.can(duty.code) and duty.code not in idle]
    return render(request, "ui/help.html", {"duties": mine, "lights": list(Light)})


@page(PUBLIC)
def public_help(request: HttpRequest) -> HttpResponse:
    """Help for everybody: how to find, how to verify, larger letters, the other language."""
    return render(request, "ui/public_help.html", {"lights": list(Light)})
