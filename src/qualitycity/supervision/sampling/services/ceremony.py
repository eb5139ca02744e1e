"""Verbs on stage before the draw: convene, seat, sign in, write digits, confirm, fix; postpone; declare void."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.acts.engine import act, given_reason, note
from qualitycity.kernel.todo import services as todo
from qualitycity.methods.lottery.seed import FACES

from .. import beacons, guards
from ..models import Confirmation, DigitEntry, Postponement, Round, Witness
from ..publishing import republish
from ..witnesses import acting_witness, actor_of, find_by_code, hash_code, hash_key, label, new_code
from ..workflow import ROUND
from .announcing import check_time
from .like import like


@act(ROUND, "postpone")
def postpone_round(round_: Round, *, ceremony_at: datetime, place: str = "") -> None:
    """Put a ceremony off to another time. What was written so far no longer counts; new witnesses are seated."""
    faults = check_time(ceremony_at)
    if faults:
        raise Faults(faults)
    Postponement.objects.create(
        round=round_,
        old_at=round_.ceremony_at,
        new_at=ceremony_at,
        new_place=place or round_.place,
        reason=given_reason(),
        at=clock.now(),
    )
    note(old=localtime(round_.ceremony_at).isoformat(), new=localtime(ceremony_at).isoformat())
    round_.ceremony_at, round_.place = ceremony_at, place or round_.place
    round_.sitting += 1
    round_.attempt += 1
    round_.state = "announced"
    round_.save()
    republish(round_.draw, gettext_noop("摇号会议改期:%(reason)s"), reason=given_reason())


@act(ROUND, "convene")
def convene_round(round_: Round) -> None:
    """Open the ceremony on its announced day; the witnesses' codes are made at once."""
    _make_seats(round_)


@act(ROUND, "seat")
def seat_witnesses(round_: Round) -> None:
    """Make the codes of seats that are still missing."""
    _make_seats(round_)


@act(ROUND, "reissue")
def reissue_code(round_: Round, *, witness: Witness) -> None:
    """Give a seat a new code: a phone was lost or its session ended. What the witness did stays."""
    seat = _seat(round_, witness)
    if seat.struck_at:
        raise Refused(_("这个席位已记缺席。"))
    seat.code = new_code()
    seat.code_hash, seat.session_hash = hash_code(seat.code), ""
    seat.save(update_fields=["code", "code_hash", "session_hash"])
    note(seat=seat.seat)


@act(ROUND, "sign_in")
def _sign_in(round_: Round, *, witness: Witness, name: str, capacity: str) -> str:
    seat = _seat(round_, witness)
    if seat.signed_in_at is None:
        seat.name, seat.capacity, seat.signed_in_at = name, capacity, clock.now()
    elif seat.name != name:
        raise Refused(_("这个席位签到的姓名与此不同。"), field="name")
    key = secrets.token_urlsafe(24)
    seat.code, seat.session_hash = "", hash_key(key)
    seat.save()
    note(name=label(seat), seat=seat.seat, capacity=seat.capacity)
    return key


def sign_in_by_code(code: str, name: str, capacity: str) -> tuple[Witness, str]:
    """Sign a witness in by code on the own phone. Returns the witness and the key that binds this phone."""
    name = " ".join(name.split())
    faults = []
    if len(name) < 2:
        faults.append(Fault(_("请写全名"), field="name", value=name))
    if capacity not in Witness.Capacity.values:
        faults.append(Fault(_("请选身份"), field="capacity", value=capacity))
    if faults:
        raise Faults(faults)
    witness = find_by_code(code)
    with acting(actor_of(witness, name)):
        key = _sign_in(witness.round, witness=witness, name=name, capacity=capacity)
    witness.refresh_from_db()
    return witness, key


@act(ROUND, "strike")
def strike_witness(round_: Round, *, witness: Witness) -> None:
    """Strike out a witness who does not come or has left, by the rule announced before; the trace is public."""
    seat = _seat(round_, witness)
    if seat.struck_at:
        raise Refused(_("这个席位已记缺席。"))
    seat.struck_at, seat.struck_reason, seat.code = clock.now(), given_reason(), ""
    seat.save(update_fields=["struck_at", "struck_reason", "code"])
    note(seat=seat.seat)
    republish(round_.draw, gettext_noop("%(seat)s 缺席:%(reason)s"), seat=label(seat), reason=given_reason())


@act(ROUND, "begin")
def begin_dice(round_: Round) -> None:
    """All seats are signed in or struck out: the throwing begins."""
    note(present=[item.seat for item in round_.seated if item.present])


@act(ROUND, "write")
def write_digits(round_: Round, *, digits: str) -> None:
    """Append digits a witness has thrown. Several witnesses may write in turn; nobody else can."""
    witness = acting_witness(round_)
    text = "".join(digits.split())
    faces = FACES[round_.dice_sides]
    written = guards.written_digits(round_)
    faults = [
        Fault(
            _("骰子上没有这个数,只能是 %(first)s–%(last)s") % {"first": faces[0], "last": faces[-1]},
            row=place,
            field="digits",
            value=sign,
        )
        for place, sign in enumerate(text, 1)
        if sign not in faces
    ]
    if not round_.wants_digits:
        faults.append(Fault(_("本轮不掷骰子。"), field="digits"))
    if not text:
        faults.append(Fault(_("请输入掷出的点数"), field="digits"))
    left = round_.dice_count - len(written)
    if len(text) > left:
        faults.append(
            Fault(
                _("公告掷 %(count)d 次,只差 %(left)d 个") % {"count": round_.dice_count, "left": left},
                field="digits",
                value=text,
            )
        )
    if round_.confirmed_by.filter(attempt=round_.attempt).exists():
        faults.append(Fault(_("已有见证人确认,须先清空重输"), field="digits"))
    if faults:
        raise Faults(faults)
    DigitEntry.objects.create(
        round=round_, attempt=round_.attempt, position=len(written), digits=text, witness=witness, at=clock.now()
    )
    note(name=label(witness), digits=text, position=len(written))


@act(ROUND, "clear")
def clear_digits(round_: Round) -> None:
    """Begin the writing anew: what was typed was not what was thrown. The earlier try stays on record."""
    witness = acting_witness(round_)
    note(name=label(witness), cleared=guards.written_digits(round_), attempt=round_.attempt)
    round_.attempt += 1


@act(ROUND, "confirm")
def _confirm(round_: Round, *, digits: str) -> None:
    witness = acting_witness(round_)
    if digits != guards.written_digits(round_):
        raise Refused(_("屏幕上的数字已变,请重新核对。"), field="digits")
    if round_.confirmed_by.filter(attempt=round_.attempt, witness=witness).exists():
        raise Refused(_("您已经确认过;还需另一名见证人。"))
    Confirmation.objects.create(round=round_, attempt=round_.attempt, digits=digits, witness=witness, at=clock.now())
    note(name=label(witness), digits=digits)


@like(_confirm)
def confirm_digits(round_: Round, digits: str) -> None:
    """A witness confirms the whole string; the last one needed fixes the inputs for good."""
    with transaction.atomic():
        _confirm(round_, digits=digits)
        fix_if_complete(round_)


@act(ROUND, "beacon")
def record_beacon(round_: Round, *, record: str) -> None:
    """Take the pasted record of the announced beacon round; its signature is verified here, off line."""
    round_.beacon = beacons.verified(round_.beacon_input or {}, record)
    note(beacon_round=round_.beacon["round"], randomness=round_.beacon["randomness"])


@like(record_beacon)
def enter_beacon(round_: Round, record: str) -> None:
    """Record the beacon, and fix the inputs if it was the last one missing."""
    with transaction.atomic():
        record_beacon(round_, record=record)
        fix_if_complete(round_)


@act(ROUND, "fix")
def _fix(round_: Round) -> None:
    round_.digits = guards.written_digits(round_) if round_.wants_digits else ""
    round_.digits_at = clock.now()
    round_.state = "confirmed"
    round_.save()
    note(digits=round_.digits, attempt=round_.attempt)
    republish(round_.draw, gettext_noop("第 %(number)d 轮公共输入已固定"), number=round_.number_in_draw)


def fix_if_complete(round_: Round) -> None:
    """Fix the public inputs as soon as all of them are in; afterwards nobody can change them."""
    round_.refresh_from_db()
    if round_.state == "dice" and guards.inputs_complete(round_) is None:
        with acting(SYSTEM):
            _fix(round_)


@act(ROUND, "void")
def void_round(round_: Round) -> None:
    """Declare the round void before its draw (wrong digits confirmed by both, …). It leaves a public trace for ever."""
    round_.void_reason, round_.voided_at = given_reason(), clock.now()
    round_.state = "void"
    round_.save()
    todo.review(round_.draw)
    note(digits=round_.digits)
    republish(
        round_.draw,
        gettext_noop("第 %(number)d 轮作废:%(reason)s"),
        number=round_.number_in_draw,
        reason=given_reason(),
    )


def _make_seats(round_: Round) -> None:
    there = {item.seat for item in round_.seated}
    for seat in range(1, round_.seats + 1):
        if seat not in there:
            code = new_code()
            Witness.objects.create(
                round=round_, sitting=round_.sitting, seat=seat, code=code, code_hash=hash_code(code)
            )
    note(seats=round_.seats)


def _seat(round_: Round, witness: Witness) -> Witness:
    found = round_.seated.select_for_update().filter(pk=witness.pk).first()
    if found is None:
        raise Refused(_("本轮没有这个席位。"))
    return found
