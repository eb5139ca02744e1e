"""Witnesses as actors: codes, sessions, who of them acts now. A witness has no account and no post."""

from __future__ import annotations

import hashlib
import secrets

from django.utils.translation import gettext as _
from django.utils.translation import override

from qualitycity.kernel.access.actor import Actor, current_actor, with_duties
from qualitycity.kernel.acts import Refused

from .models import Round, Witness

CODE_DIGITS = 10
DUTY = "sampling.witness"


def new_code() -> str:
    """A fresh witness code: ten digits, easy to type on a phone, valid for one sitting."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def hash_code(text: str) -> str:
    """What is kept of a code once it is used; spaces and hyphens do not matter."""
    digits = "".join(sign for sign in text if sign.isdigit())
    return hashlib.sha256(f"witness code {digits}".encode()).hexdigest()


def hash_key(key: str) -> str:
    """What is kept of the key that binds a witness to one phone."""
    return hashlib.sha256(f"witness session {key}".encode()).hexdigest()


def find_by_code(text: str) -> Witness:
    """The witness a code belongs to, in a ceremony on stage; Refused tells nothing of other codes."""
    found = Witness.objects.filter(code_hash=hash_code(text)).select_related("round__draw__plan").first()
    open_states = ("convened", "dice", "confirmed", "drawn", "matched", "minuted")
    if found is None or found.sitting != found.round.sitting or found.round.state not in open_states:
        raise Refused(_("没有这个见证码,请向主持人核对。"), field="code")
    if found.struck_at:
        raise Refused(_("这个席位已记缺席。"), field="code")
    if found.signed_in_at and not found.code:
        raise Refused(_("这个见证码已经用过;换手机请主持人重发。"), field="code")
    return found


def actor_of(witness: Witness, name: str = "") -> Actor:
    """The actor a witness is: holds nothing but the witness's duty, in this draw's territory."""
    with override("zh-hans"):
        post = _("见证人")
    who = Actor(ref=witness.ref, display=name or witness.name, post_title=post, scopes=(witness.round.region_path,))
    return with_duties(who, DUTY)


def acting_witness(round_: Round) -> Witness:
    """The witness who acts now, present in the present sitting of this round."""
    found = next((item for item in round_.seated if item.ref == current_actor().ref), None)
    if found is None:
        raise Refused(_("只有本轮签到的见证人才能办理。"))
    if not found.present:
        raise Refused(_("您还没有签到,或已记缺席。"))
    return found


def label(witness: Witness) -> str:
    """How a witness stands in the public trace and in 办理记录: seat and capacity, not the name; always in Chinese."""
    with override("zh-hans"):
        capacity = str(witness.get_capacity_display()) if witness.capacity else ""
        seat = _("见证席 %(seat)d") % {"seat": witness.seat}
        return f"{seat}({capacity})" if capacity else seat
