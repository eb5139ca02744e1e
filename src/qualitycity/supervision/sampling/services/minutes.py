"""The minutes of a ceremony: made by the system, signed off by each witness with the full name."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, given_reason, note
from qualitycity.kernel.documents import issue, papers

from .. import guards, minutes
from ..models import Round, Witness
from ..witnesses import acting_witness, label
from ..workflow import ROUND
from .like import like


@act(ROUND, "minute")
def issue_minutes(round_: Round) -> None:
    """Make the minutes of a drawn and matched round; they wait for the witnesses' names."""
    paper = issue("sampling.minutes", round_, minutes.context(round_))
    note(paper=paper.code)


@act(ROUND, "sign")
def _sign(round_: Round, *, name: str) -> None:
    witness = acting_witness(round_)
    if witness.signed_off_at:
        raise Refused(_("您已经签过字。"))
    if " ".join(name.split()) != witness.name:
        raise Refused(_("请写签到时的全名。"), field="name")
    witness.signed_name, witness.signed_off_at = witness.name, clock.now()
    witness.save(update_fields=["signed_name", "signed_off_at"])
    note(name=label(witness), seat=witness.seat)


@act(ROUND, "note_unsigned")
def _note_unsigned(round_: Round, *, witness: Witness) -> None:
    seat = round_.seated.select_for_update().filter(pk=witness.pk).first()
    if seat is None or not seat.present or seat.signed_off_at:
        raise Refused(_("这个席位不需要记未签字。"))
    seat.unsigned_reason = given_reason()
    seat.save(update_fields=["unsigned_reason"])
    note(seat=seat.seat)


@act(ROUND, "finish")
def _finish(round_: Round) -> None:
    draft = papers(round_).first()
    paper = issue(
        "sampling.minutes", round_, minutes.context(round_), number=draft.number if draft else None, replaces=draft
    )
    note(paper=paper.code)


@like(_sign)
def sign_minutes(round_: Round, name: str) -> None:
    """A witness signs off with the full name; with the last one the meeting is over."""
    with transaction.atomic():
        _sign(round_, name=name)
        _finish_if_signed(round_)


@like(_note_unsigned)
def note_unsigned(round_: Round, witness: Witness, *, reason: str) -> None:
    """Note why a witness does not sign; the meeting can end without."""
    with transaction.atomic():
        _note_unsigned(round_, witness=witness, reason=reason)
        _finish_if_signed(round_)


def _finish_if_signed(round_: Round) -> None:
    round_.refresh_from_db()
    if round_.state == "minuted" and guards.all_signed(round_) is None:
        with acting(SYSTEM):
            _finish(round_)
