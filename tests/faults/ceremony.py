"""J2 as a machine plays it: the next move from wherever the database stands, so that any process can go on with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.disclosure.models import Publication
from qualitycity.kernel.documents.models import Paper
from qualitycity.supervision.sampling import guards, services
from qualitycity.supervision.sampling.models import DrawnUnit, Frame, LabMatch, Plan, Round, TeamMatch, Visit
from qualitycity.supervision.sampling.witnesses import actor_of
from tests.story.office import acting_as
from tests.supervision.sampling import play

Move = Callable[[], object]
RESULT = "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"
DRAWN = ["示例袜业10", "示例袜业11", "示例袜业06", "示例袜业04"]
AFTER = play.CEREMONY_DAY.replace(day=12)


def next_move() -> Move | None:
    """The next move, or None when everything is public."""
    with role("desk"):
        frame = Frame.objects.select_related("plan").first()
        if frame is None:
            return partial(_as, "section", play.J2_DAY, services.build_frame, plan=Plan.objects.get())
        if frame.state == "building":
            return _frame_move(frame)
        round_ = Round.objects.select_related("draw__plan", "draw__frame").get()
        if round_.state in ("announced", "confirmed", "drawn", "matched"):
            service = {
                "announced": services.convene_round,
                "confirmed": services.draw_round,
                "drawn": services.match_round,
                "matched": services.issue_minutes,
            }[round_.state]
            return partial(_as, "host", play.CEREMONY_DAY, service, round_)
        if round_.state == "signed":
            return _later_move(round_)
        return _witness_move(round_)


def _frame_move(frame: Frame) -> Move:
    section = partial(_as, "section", play.J2_DAY)
    open_item = frame.reconciliations.filter(decision="").first()
    if open_item is not None:
        return partial(section, services.add_to_frame, frame, items=[open_item])
    if not frame.rehearsals.exists():
        return partial(section, services.rehearse_frame, frame)
    return partial(
        section, services.publish_frame, frame, mode="after_check", ceremony_at=play.CEREMONY, place=play.PLACE,
        draw_secret="demo-secret-one", match_secret="demo-match-one",
    )  # fmt: skip


def _witness_move(round_: Round) -> Move:
    seats = list(round_.seated.select_related("round"))
    for seat, (name, capacity) in zip(seats, play.PEOPLE, strict=True):
        if not seat.present:
            return partial(_sign_in, seat.code, name, capacity)
    if round_.state == "convened":
        return partial(_as, "host", play.CEREMONY_DAY, services.begin_dice, round_)
    if round_.state == "minuted":
        seat = next(seat for seat in seats if not seat.signed_off_at)
        return partial(_witness, seat, services.sign_minutes, round_, seat.name)
    written = len(guards.written_digits(round_))
    if written < len(play.DIGITS):
        return partial(_witness, seats[0], services.write_digits, round_, digits=play.DIGITS[written : written + 7])
    done = set(round_.confirmed_by.values_list("witness", flat=True))
    seat = next(seat for seat in seats if seat.pk not in done)
    return partial(_witness, seat, services.confirm_digits, round_, play.DIGITS)


def _later_move(round_: Round) -> Move | None:
    waiting = Visit.objects.filter(state="planned").select_related("drawn__round__draw", "drawn__row").first()
    if waiting is not None:
        return partial(_as, "section", AFTER, services.record_sampled, waiting)
    if round_.draw.state == "opened":
        return partial(_as, "keeper", AFTER, services.record_last_report_signed, round_)
    return None


def _as(login: str, day: object, service: Callable[..., object], *args: object, **given: object) -> None:
    with acting_as(login, day):  # type: ignore[arg-type]
        service(*args, **given)


def _witness(seat: object, service: Callable[..., object], *args: object, **given: object) -> None:
    with clock.on(play.CEREMONY_DAY), role("desk"), acting(actor_of(seat)):  # type: ignore[arg-type]
        service(*args, **given)


def _sign_in(code: str, name: str, capacity: str) -> None:
    with clock.on(play.CEREMONY_DAY), role("desk"):
        services.sign_in_by_code(code, name, capacity)


def play_on(told: Path) -> None:
    """Move after move to the end; after each, write down how many acts are committed."""
    while (move := next_move()) is not None:
        move()
        with role("desk"):
            told.write_text(str(Act.objects.count()))


def last_told(told: Path) -> int:
    """How many acts a process said were committed before it was killed."""
    with suppress(FileNotFoundError, ValueError):  # killed before the first word, or in the middle of one
        return int(told.read_text())
    return 0


def nothing_is_half_done() -> str:
    """The tables agree with the state of the ceremony, the public page with both; the state of the round."""
    with role("desk"):
        frame = Frame.objects.first()
        if frame is None or frame.state == "building":
            assert not Round.objects.exists() and not Publication.objects.filter(kind="draw").exists()
            return "" if frame is None else "building"
        round_ = Round.objects.select_related("draw", "draw_secret", "match_secret").get()
        drawn = round_.state in ("drawn", "matched", "minuted", "signed")
        matched = drawn and round_.state != "drawn"
        counts = [model.objects.count() for model in (DrawnUnit, LabMatch, TeamMatch, Visit)]
        assert counts == [4 * drawn, 4 * matched, 8 * matched, 4 * matched], round_.state
        assert (round_.result_digest == RESULT) == drawn and (round_.count == 4) == drawn
        assert bool(round_.matching) == matched
        papers = Paper.objects.filter(subject_type="sampling.round").count()
        assert papers == {"minuted": 1, "signed": 2}.get(round_.state, 0)
        opened = round_.draw.state in ("opened", "closed")
        assert round_.draw_secret.is_open == opened == bool(round_.opened_at)
        assert round_.match_secret.is_open == (round_.draw.state == "closed")
        publication = Publication.objects.get(kind="draw")
        numbers = sorted(publication.versions.values_list("number", flat=True))
        assert numbers == list(range(1, publication.current + 1))
        page = publication.versions.get(number=publication.current).payload
        assert page["state"] == round_.draw.state
        assert [unit["name"] for unit in page["drawn"]] == (DRAWN if opened else [])
        return round_.state
