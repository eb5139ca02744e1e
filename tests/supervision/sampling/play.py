"""Playing a draw through the services: shared by the story tests. Every step acts as the person of journeys.md 0.4."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.disclosure.models import PublicFile, Version
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Draw, Frame, Plan, Round, Visit, Witness
from qualitycity.supervision.sampling.witnesses import actor_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
J2_DAY, CEREMONY_DAY = date(2027, 4, 6), date(2027, 4, 7)
CEREMONY = datetime(2027, 4, 7, 9, 30, tzinfo=SHANGHAI)
DIGITS, DIGITS_TWO = "51425661421162242526", "13452452514362151362"
FRAME_DIGEST = "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471"
PLACE = "质量局一楼大厅"
PEOPLE = (("陈市民", "citizen"), ("刘代表", "deputy"), ("周记者", "press"))
PHOTO = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xda"
    b"c\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
)


def photos() -> list[io.BytesIO]:
    """Two pictures that are not the same file."""
    return [io.BytesIO(PHOTO), io.BytesIO(PHOTO + b" ")]


AsLogin = Callable[[str], AbstractContextManager[Any]]


def firm(number: int) -> str:
    """The code of E01 … E12."""
    ends = "015P 023J 031D 04X5 0585 0660 074T 082M 090G 1036 1111 12XQ"
    return "91339999MAD0EM" + ends.split()[number - 1]


def the_plan() -> Plan:
    """The plan of the pack."""
    with role("desk"):
        return Plan.objects.get(title="袜子专项抽查")


def build(as_login: AsLogin, plan: Plan | None = None) -> Frame:
    """Steps 1 and 2: build the frame, add E12."""
    plan = plan or the_plan()
    with clock.on(J2_DAY), as_login("section"):
        frame = services.build_frame(plan=plan)
        services.add_to_frame(frame, items=[frame.reconciliations.get(uscc=firm(12))])
    return frame


def publish(as_login: AsLogin, frame: Frame, **terms: Any) -> Draw:
    """Step 3: publish and seal, with the fixed secrets of the journey unless told otherwise."""
    given = {
        "mode": "after_check",
        "ceremony_at": CEREMONY,
        "place": PLACE,
        "draw_secret": "demo-secret-one",
        "match_secret": "demo-match-one",
    }
    with clock.on(J2_DAY), as_login("section"):
        return services.publish_frame(frame, **(given | terms))


@contextmanager
def as_witness(witness: Witness) -> Any:
    """Act as a witness who signed in by code."""
    with role("desk"), acting(actor_of(witness)):
        yield


def convene(as_login: AsLogin, round_: Round, day: date = CEREMONY_DAY) -> list[Witness]:
    """Step 5, first half: the host opens, three witnesses sign in on their phones, the throwing begins."""
    with clock.on(day):
        with as_login("host"):
            services.convene_round(round_)
            seats = list(round_.seated)
        for seat, (name, capacity) in zip(seats, PEOPLE, strict=True):
            with role("desk"):
                services.sign_in_by_code(seat.code, name, capacity)
        with as_login("host"):
            services.begin_dice(round_)
            return list(round_.seated)


def throw(round_: Round, witnesses: list[Witness], digits: str = DIGITS, day: date = CEREMONY_DAY) -> None:
    """Step 5, second half: the witnesses type in turn; two of them confirm."""
    parts = [digits[:8], digits[8:14], digits[14:]]
    with clock.on(day):
        for witness, part in zip(witnesses, parts, strict=True):
            with as_witness(witness):
                services.write_digits(round_, digits=part)
        for witness in witnesses[1:]:
            with as_witness(witness):
                services.confirm_digits(round_, digits)
    with role("desk"):
        round_.refresh_from_db()


def draw_and_match(as_login: AsLogin, round_: Round, day: date = CEREMONY_DAY) -> None:
    """Steps 6 to 8."""
    with clock.on(day), as_login("host"):
        services.draw_round(round_)
        services.match_round(round_)


def sign_off(as_login: AsLogin, round_: Round, witnesses: list[Witness], day: date = CEREMONY_DAY) -> None:
    """Step 9."""
    with clock.on(day):
        with as_login("host"):
            services.issue_minutes(round_)
        for witness in witnesses:
            with as_witness(witness):
                services.sign_minutes(round_, witness.name)
    with role("desk"):
        round_.refresh_from_db()


def hold(as_login: AsLogin, round_: Round, digits: str = DIGITS, day: date = CEREMONY_DAY) -> None:
    """A whole ceremony."""
    witnesses = convene(as_login, round_, day)
    throw(round_, witnesses, digits, day)
    draw_and_match(as_login, round_, day)
    sign_off(as_login, round_, witnesses, day)


def bundle(draw: Draw) -> bytes:
    """The bundle anybody downloads now."""
    with role("visitor"):
        version = Version.objects.filter(publication__slug=draw.slug).first()
        return bytes(PublicFile.objects.get(version=version, name="bundle.zip").content)


def verified(content: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the published one-file checker on a bundle, as a stranger would."""
    path = folder / "bundle.zip"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as found:
        found.extract("verify_draw.py", folder)
    return subprocess.run([sys.executable, str(folder / "verify_draw.py"), str(path)], capture_output=True, text=True)


def first_round(draw: Draw) -> Round:
    """The first round of a draw."""
    with role("desk"):
        return draw.rounds.select_related("draw__plan", "draw__frame").get(number_in_draw=1)


def visits(draw: Draw) -> dict[str, Visit]:
    """Firm code → visit of a draw."""
    with role("desk"):
        found = Visit.objects.filter(drawn__round__draw=draw).select_related("drawn__row", "drawn__round__draw")
        return {visit.drawn.row.uscc: visit for visit in found}
