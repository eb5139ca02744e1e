"""The stage: one full-screen page whose state lies in the database, so that it resumes wherever it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.documents import papers
from qualitycity.kernel.ui.pages import act_page

from .. import forms, guards, minutes, queries, services
from ..models import Mode, Round, Witness
from ..services.like import like

STEPS = ("announced", "convened", "dice", "confirmed", "drawn", "minuted", "signed")


def _round(pk: int) -> Round:
    return get_or_404(Round.objects.select_related("draw__plan", "draw__frame", "draw_secret"), pk=pk)


def step_of(round_: Round) -> int:
    """Which of the seven steps of a ceremony a round is at, from 1."""
    state = "drawn" if round_.state == "matched" else round_.state
    return STEPS.index(state) + 1 if state in STEPS else 0


@page("sampling.draw.view")
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole stage, or nothing where nothing changed since the asker's stamp (htmx polls)."""
    round_ = _round(pk)
    stamp = queries.stage_stamp(round_)
    if request.GET.get("stamp") == stamp:
        return HttpResponse(status=204)
    written = guards.written_digits(round_)
    on_stage = round_.draw.mode == Mode.ON_STAGE and round_.result_out
    host = current_actor().can("sampling.ceremony.run")
    seats = list(round_.seated)
    sign_in_url = request.build_absolute_uri(reverse("sampling-witness:sign-in"))
    context = {
        "round": round_,
        "draw": round_.draw,
        "frame": round_.draw.frame,
        "title": round_.draw.plan.title,
        "stamp": stamp,
        "stage_url": reverse("sampling:stage", args=[round_.pk]),
        "number": step_of(round_),
        "steps": len(STEPS),
        "host": host,
        "seats": seats,
        "present": sum(1 for seat in seats if seat.present),
        "cells": boxes(round_, written),
        "written": len(written),
        "confirmed": [
            item.witness for item in round_.confirmed_by.filter(attempt=round_.attempt).select_related("witness")
        ],
        "eligible": round_.draw.frame.rows.filter(weight__gt=0).count(),
        "total": round_.draw.frame.rows.count(),
        "names": queries.drawn_units(round_) if on_stage else [],
        "sign_in_url": sign_in_url,
        "why_not_yet": guards.ceremony_day(round_) if round_.state == "announced" else guards.witnesses_present(round_),
        "papers": list(papers(round_)) if host else [],
        "minutes": minutes.context(round_) if round_.state == "minuted" else None,
        "fixed_cells": list(round_.digits),
        "qr": segno.make(sign_in_url).svg_data_uri(scale=6, border=2),
    }
    return render(request, "sampling/stage.html", context)


def boxes(round_: Round, written: str) -> list[str]:
    """The announced number of dice as boxes, filled as far as written."""
    return list(written) + [""] * (round_.dice_count - len(written))


@page("sampling.ceremony.run")
@require_POST
def stage_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One press of the host: the plain moves of the ceremony. A refusal is told on the stage itself."""
    round_ = _round(pk)
    try:
        for service in PRESSES[verb]:
            service(round_)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    return HttpResponseRedirect(reverse("sampling:stage", args=[round_.pk]))


PRESSES: dict[str, tuple[Callable[[Round], Any], ...]] = {
    "convene": (services.convene_round,),
    "seat": (services.seat_witnesses,),
    "begin": (services.begin_dice,),
    "draw": (services.draw_round, services.match_round),
    "match": (services.match_round,),
    "minute": (services.issue_minutes,),
}


@page("sampling.ceremony.run")
@require_POST
def stage_reissue(request: HttpRequest, pk: int, seat: int) -> HttpResponse:
    """Give a seat a new code."""
    round_ = _round(pk)
    witness = get_object_or_404(Witness, round=round_, sitting=round_.sitting, seat=seat)
    try:
        services.reissue_code(round_, witness=witness)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    return HttpResponseRedirect(reverse("sampling:stage", args=[round_.pk]))


def _with_witness(request: HttpRequest, pk: int, seat: int, service: Callable[..., Any]) -> HttpResponse:
    round_ = _round(pk)
    witness = get_object_or_404(Witness, round=round_, sitting=round_.sitting, seat=seat)

    @like(service)
    def run(subject: Round, **given: Any) -> None:
        service(subject, witness=witness, **given)

    facts = [(_("席位"), witness.seat), (_("见证人"), str(witness))]
    return act_page(request, round_, run, facts=facts, done=_back, back=_back(round_))


def _back(round_: Round) -> str:
    return reverse("sampling:stage", args=[round_.pk])


@page("sampling.ceremony.run")
def stage_strike(request: HttpRequest, pk: int, seat: int) -> HttpResponse:
    """Strike out a witness who does not come."""
    return _with_witness(request, pk, seat, services.strike_witness)


@page("sampling.ceremony.run")
def stage_unsigned(request: HttpRequest, pk: int, seat: int) -> HttpResponse:
    """Note why a witness does not sign."""
    return _with_witness(request, pk, seat, services.note_unsigned)


@page("sampling.ceremony.run")
def stage_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare the round void."""
    round_ = _round(pk)
    return act_page(request, round_, services.void_round, done=_back, back=_back(round_))


@page("sampling.ceremony.postpone")
def stage_postpone(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the ceremony off."""
    round_ = _round(pk)
    return act_page(
        request, round_, services.postpone_round, form=forms.PostponeForm, initial={"place": round_.place},
        done=lambda subject: subject.get_absolute_url(), back=round_.get_absolute_url(),
    )  # fmt: skip


@page("sampling.ceremony.run")
def stage_beacon(request: HttpRequest, pk: int) -> HttpResponse:
    """Paste the record of the announced beacon round."""
    round_ = _round(pk)
    expected = round_.beacon_input or {}
    facts = [(_("链"), expected.get("chain")), (_("轮次"), expected.get("round"))]
    return act_page(
        request, round_, services.enter_beacon, form=forms.BeaconForm, facts=facts, done=_back, back=_back(round_)
    )
