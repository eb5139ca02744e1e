"""A witness's own pages, on the own phone: sign in by code, type digits, confirm, sign the minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qualitycity.kernel.access.routes import WITNESS, page
from qualitycity.kernel.acts import Refused

from .. import forms, guards, minutes, queries, services
from ..models import Witness
from ..witnesses import DUTY, hash_key, label
from .stage import boxes


def _me(request: HttpRequest) -> Witness | None:
    """The witness of this phone: the session's key must still be the one of the seat."""
    held = request.session.get("witness") or {}
    found = (
        Witness.objects.select_related("round__draw__plan", "round__draw__frame").filter(pk=held.get("pk", 0)).first()
    )
    if found is None or not found.session_hash or found.session_hash != hash_key(held.get("key", "")):
        return None
    return found if found.sitting == found.round.sitting else None


@page(WITNESS)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with the code the host gave."""
    form = forms.SignInForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        try:
            witness, key = services.sign_in_by_code(**form.cleaned_data)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            request.session["witness"] = {
                "ref": witness.ref,
                "name": witness.name,
                "capacity": label(witness),
                "region_path": witness.round.region_path,
                "pk": witness.pk,
                "key": key,
            }
            return HttpResponseRedirect(reverse("sampling-witness:round"))
    status = 422 if form.errors else 200
    signed_in = _me(request)
    return render(request, "sampling/witness/sign_in.html", {"form": form, "signed_in": signed_in}, status=status)


@page(WITNESS)
def round_page(request: HttpRequest) -> HttpResponse:
    """What a witness sees and does now. Nothing where nothing changed since the asker's stamp."""
    me = _me(request)
    if me is None:
        return HttpResponseRedirect(reverse("sampling-witness:sign-in"))
    stamp = queries.stage_stamp(me.round)
    if request.GET.get("stamp") == stamp:
        return HttpResponse(status=204)
    return render(request, "sampling/witness/round.html", _context(me, stamp))


def _context(me: Witness, stamp: str) -> dict[str, Any]:
    round_ = me.round
    written = guards.written_digits(round_)
    confirmed = {item.witness_id for item in round_.confirmed_by.filter(attempt=round_.attempt)}
    return {
        "me": me,
        "round": round_,
        "draw": round_.draw,
        "frame": round_.draw.frame,
        "stamp": stamp,
        "written": written,
        "left": round_.dice_count - len(written),
        "cells": boxes(round_, written),
        "faces": "123456" if round_.dice_sides == 6 else "0123456789",
        "confirmed": len(confirmed),
        "i_confirmed": me.pk in confirmed,
        "minutes": minutes.context(round_) if round_.state == "minuted" else None,
    }


def _do(request: HttpRequest, action: Any) -> HttpResponse:
    """Run a witness's act; a refusal is told on the same page and nothing is lost."""
    me = _me(request)
    if me is None:
        messages.error(request, _("签到已失效,请用新的见证码签到。"))
        return HttpResponseRedirect(reverse("sampling-witness:sign-in"))
    try:
        action(me.round)
    except Refused as refusal:
        for fault in getattr(refusal, "faults", []):  # the page has one field: its name would say nothing
            messages.error(request, str(replace(fault, row=None, field="")))
        if not hasattr(refusal, "faults"):
            messages.error(request, str(refusal.message))
    return HttpResponseRedirect(reverse("sampling-witness:round"))


@page(DUTY)
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Type digits one has thrown."""
    digits = request.POST.get("digits", "")
    return _do(request, lambda round_: services.write_digits(round_, digits=digits))


@page(DUTY)
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Begin the writing anew."""
    return _do(request, services.clear_digits)


@page(DUTY)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the whole string as it was shown."""
    return _do(request, lambda round_: services.confirm_digits(round_, request.POST.get("digits", "")))


@page(DUTY)
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Sign the minutes with the full name."""
    return _do(request, lambda round_: services.sign_minutes(round_, request.POST.get("name", "")))
