"""From our rows to the lottery and back: the one place where draw rule v1 meets the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.core.cache import cache
from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Fault
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.acts.queries import key
from qualitycity.kernel.disclosure import sealed_value
from qualitycity.methods.lottery.draw import Result
from qualitycity.methods.lottery.draw import draw as draw_units
from qualitycity.methods.lottery.faults import InputFaults
from qualitycity.methods.lottery.frame import Frame as FrameFile
from qualitycity.methods.lottery.matching import Agent, Matching, Pool, match
from qualitycity.methods.lottery.plan import StratumPlan, plan_all
from qualitycity.methods.lottery.seed import Beacon, Digits, PublicInput, draw_key, seed_lines, seed_of

from .models import Draw, DrawnUnit, Frame, FrameRow, Round
from .models.frame import Reason

UNITS, LABS, TEAMS = "units", "labs", "teams"


def frame_file(frame: Frame) -> FrameFile:
    """The frame as the lottery takes it, checked; raises InputFaults with the rows at fault."""
    rows = frame.rows.values_list("unit_id", "stratum", "weight", "reason")
    return FrameFile.of(list(rows), reasons=Reason.values)


def frame_digest(frame: Frame) -> str:
    """The digest of a frame (64 hex digits; empty without rows), computed once after each act on it.

    Rows change through acts on their frame alone, so its last line in 办理记录 names their state.
    """
    if frame.digest:
        return frame.digest
    act = Act.objects.filter(**key(frame)).order_by("-id").values_list("id", "line").first()
    name = f"frame-digest:{hashlib.sha256(repr((frame.pk, act)).encode()).hexdigest()}"
    found: str | None = cache.get(name)
    if found is None:
        found = frame_file(frame).digest() if frame.rows.exists() else ""
        cache.set(name, found)
    return found


def passed_over(draw: Draw, before: int) -> list[str]:
    """Units drawn in earlier rounds of a draw: they keep their line and are passed over in rank."""
    return sorted(
        DrawnUnit.objects.filter(
            round__draw=draw, round__number_in_draw__lt=before, reserve=False
        ).exclude(round__state="void").values_list("row__unit_id", flat=True)
    )  # fmt: skip


def public_inputs(round_: Round) -> list[PublicInput]:
    """The fixed public inputs of a round in their announced order."""
    found: list[PublicInput] = []
    for item in round_.inputs:
        if item["kind"] == "digits":
            found.append(Digits(round_.digits, sides=item["sides"], count=item["count"]))
        else:
            record = round_.beacon
            found.append(Beacon(item["chain"], item["round"], record["randomness"], record["signature"]))
    return found


def lines_of(round_: Round, secret: str) -> list[str]:
    """The seed lines of a round under one of its two secrets."""
    return seed_lines(round_.draw.frame.digest, round_.number_in_draw, secret, public_inputs(round_))


def match_seed_of(round_: Round) -> str:
    """The match seed: the same lines under the second secret. Never shown before that secret opens."""
    return seed_of(lines_of(round_, sealed_value(round_.sealed_match)))


def takes(round_: Round) -> dict[str, int]:
    """Stratum → number drawn in a round."""
    return {stratum: item["take"] for stratum, item in round_.take.items()}


def reserves(round_: Round) -> dict[str, int]:
    """Stratum → length of the reserve list."""
    return {stratum: item["reserve"] for stratum, item in round_.take.items()}


def run_draw(round_: Round) -> Result:
    """Draw a round under its sealed draw secret and its fixed inputs."""
    key = draw_key(seed_of(lines_of(round_, sealed_value(round_.sealed_draw))), UNITS)
    return draw_units(
        frame_file(round_.draw.frame),
        key,
        takes(round_),
        reserves=reserves(round_),
        passed_over=passed_over(round_.draw, round_.number_in_draw),
        cap=round_.draw.cap,
    )


def next_in_line(round_: Round) -> dict[str, str]:
    """Stratum → the unit that would come next, where there is one. For the section's eyes; nothing follows from it."""
    key = draw_key(seed_of(lines_of(round_, sealed_value(round_.sealed_draw))), UNITS)
    passed = passed_over(round_.draw, round_.number_in_draw)
    found = {}
    for stratum, wanted in takes(round_).items():
        try:
            result = draw_units(
                frame_file(round_.draw.frame),
                key,
                {stratum: wanted},
                reserves=1,
                passed_over=passed,
                cap=round_.draw.cap,
            )
        except InputFaults:  # nobody is left
            continue
        found[stratum] = result.reserve[stratum][0]
    return found


def plans_of(frame: Frame, take: Mapping[str, Mapping[str, int]], passed: list[str]) -> list[StratumPlan]:
    """The integer plans of a take on a frame."""
    file = frame_file(frame)
    wanted = {stratum: item["take"] for stratum, item in take.items()}
    spare = {stratum: item["reserve"] for stratum, item in take.items()}
    return plan_all(file.histogram(passed), wanted, spare, file.strata)


def takes_fault(subject: Draw | Frame, take: Mapping[str, Mapping[str, int]]) -> list[Fault]:
    """All that is wrong with the numbers to be drawn: unknown strata, more than the eligible."""
    frame, passed = (subject, []) if isinstance(subject, Frame) else (subject.frame, passed_over(subject, 10**6))
    if not take:
        return [Fault(_("计划没有抽取数量"), field="take")]
    try:
        plans_of(frame, take, passed)
    except InputFaults as faults:
        return [
            Fault(one.message, row=one.row, field=one.field, value=one.value, hint=one.hint) for one in faults.faults
        ]
    return []


def pool_from_text(text: str) -> Pool:
    """The pool a round committed to, read back from its text."""
    agents, asides = [], {}
    for line in text.splitlines():
        kind, *rest = line.split(",")
        if kind == "agent":
            agents.append(Agent(rest[0], int(rest[1])))
        else:
            asides[rest[0], rest[1]] = rest[2]
    return Pool(tuple(agents), asides)


def pools(round_: Round) -> dict[str, Pool]:
    """Both pools of a round: as committed to, and what was supplemented later with a public reason.

    Whoever was supplemented is set aside by the interests declared today; the committed set-asides stay as they were.
    """
    from .bundling import pools_of_round  # bundling builds on this module

    found = {LABS: pool_from_text(round_.lab_pool), TEAMS: pool_from_text(round_.team_pool)}
    added = {
        LABS: [Agent(one.short_no, one.capacity) for one in round_.labs.filter(added_later=True)],
        TEAMS: [Agent(one.short_no, one.capacity) for one in round_.samplers.filter(added_later=True)],
    }
    today = pools_of_round(round_) if any(added.values()) else {}
    for label, more in added.items():
        if more:
            known = {agent.id for agent in more}
            kept = tuple(agent for agent in found[label].agents if agent.id not in known)
            theirs = {pair: why for pair, why in today[label].set_asides.items() if pair[1] in known}
            found[label] = Pool((*kept, *more), {**found[label].set_asides, **theirs})
    return found


def run_matching(round_: Round, tasks: list[str]) -> dict[str, Matching]:
    """Match laboratories and teams under the second secret; raises Infeasible with the shortage in numbers."""
    seed = match_seed_of(round_)
    found = pools(round_)
    team = {LABS: 1, TEAMS: round_.draw.team_size}
    return {label: match(tasks, found[label], draw_key(seed, label), team[label]) for label in (LABS, TEAMS)}


def rows_by_unit(frame: Frame) -> dict[str, FrameRow]:
    """Unit id → row of the frame."""
    return {row.unit_id: row for row in frame.rows.all()}
