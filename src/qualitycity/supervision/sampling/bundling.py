"""The published bundle of a draw, made from our rows (docs/reference/draw-bundle.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from django.utils.timezone import localtime

from qualitycity.kernel import clock
from qualitycity.kernel.rulebook import rule
from qualitycity.methods.lottery import bundle
from qualitycity.methods.lottery.frame import Frame as FrameFile
from qualitycity.methods.lottery.matching import Agent, Matching, Pool
from qualitycity.methods.lottery.merkle import MerkleTree
from qualitycity.methods.lottery.seed import draw_key

from .drawing import LABS, TEAMS, match_seed_of, passed_over, plans_of, pool_from_text, public_inputs
from .models import Draw, FrameRow, Mode, Round, TeamMatch
from .sources import interests

Paper = dict[str, Any]


def root_of(file: FrameFile) -> str:
    """The Merkle root over the canonical lines, hex."""
    return MerkleTree([line.encode() for line in file.lines()]).root.hex()


def pool_of(
    rows: Iterable[FrameRow], asides: list[tuple[int, str, str, str]], labs: list, samplers: list
) -> dict[str, Pool]:
    """Both pools for a frame: agents with capacity, and set-asides for every unit of the frame."""
    limit = int(rule("sampling.sampler_capacity").amount)
    agents = {
        LABS: tuple(Agent(lab.number, lab.capacity) for lab in labs),
        TEAMS: tuple(Agent(one.number, limit) for one in samplers),
    }
    return _pools(agents, rows, asides)


def pools_of_round(round_: Round) -> dict[str, Pool]:
    """The pools of a round as they stand in its rows, with today's declared interests for the whole frame."""
    agents = {
        LABS: tuple(Agent(one.short_no, one.capacity) for one in round_.labs.all()),
        TEAMS: tuple(Agent(one.short_no, one.capacity) for one in round_.samplers.all()),
    }
    rows = [row for row in round_.draw.frame.rows.all() if row.enterprise_id]
    asides = interests({row.enterprise_id for row in rows if row.enterprise_id}, clock.today())
    return _pools(agents, rows, [*asides, *_sampled_last_time(round_, rows)])


def pool_texts(round_: Round) -> tuple[str, str]:
    """The two pool texts a round commits to: laboratories, samplers."""
    found = pools_of_round(round_)
    return found[LABS].text(), found[TEAMS].text()


def _pools(
    agents: dict[str, tuple[Agent, ...]], rows: Iterable[FrameRow], asides: list[tuple[int, str, str, str]]
) -> dict[str, Pool]:
    units: dict[int, list[str]] = {}
    for row in rows:
        if row.enterprise_id is not None:
            units.setdefault(row.enterprise_id, []).append(row.unit_id)
    set_asides: dict[str, dict[tuple[str, str], str]] = {LABS: {}, TEAMS: {}}
    for enterprise_id, label, agent, reason in asides:
        if any(one.id == agent for one in agents[label]):
            for unit in units.get(enterprise_id, ()):
                set_asides[label].setdefault((unit, agent), reason)
    return {label: Pool(agents[label], set_asides[label]) for label in (LABS, TEAMS)}


def _sampled_last_time(round_: Round, rows: list[FrameRow]) -> list[tuple[int, str, str, str]]:
    """Who sampled the same firm in the draw before this one is set aside (domain.md 4.5)."""
    earlier = Draw.objects.filter(
        plan__category=round_.draw.plan.category, pk__lt=round_.draw_id, state__in=("drawn", "opened", "closed")
    )
    before = earlier.order_by("-pk").first()
    if before is None:
        return []
    firms = {row.enterprise_id for row in rows}
    teams = TeamMatch.objects.filter(
        drawn__round__draw=before, drawn__visit__state__in=("sampled", "refused"), drawn__row__enterprise__in=firms
    ).select_related("drawn__row", "sampler")
    return [
        (team.drawn.row.enterprise_id, TEAMS, team.sampler.short_no, "other")
        for team in teams
        if team.drawn.row.enterprise_id is not None
    ]


def announcement(round_: Round, at: datetime, match_secret: str) -> str:
    """announcement.json of a round: what was fixed and public before the inputs existed."""
    draw = round_.draw
    passed = passed_over(draw, round_.number_in_draw)
    committed = {LABS: round_.lab_pool, TEAMS: round_.team_pool}
    team = {LABS: 1, TEAMS: draw.team_size}
    paper = bundle.announcement(
        title=draw.plan.title,
        mode="open" if draw.mode == Mode.ON_STAGE else "sealed",
        round_no=round_.number_in_draw,
        frame=draw.frame.digest,
        frame_root=draw.frame.root,
        plans=plans_of(draw.frame, round_.take, passed),
        inputs=round_.inputs,
        commitment=round_.draw_commitment,
        match_commitment=round_.match_commitment,
        # Odds of a later round would tell which weights were drawn before: they wait for the opening.
        odds=not passed or draw.names_public,
        cap=draw.cap,
        matching={
            label: {"team": team[label], "pool": pool_from_text(text).commitment(match_secret)}
            for label, text in committed.items()
        },
        published_at=stamp(at),
        draw_at=stamp(round_.announced_for),
        place=round_.place,
    )
    return bundle.dump(paper).decode()


def transcript(round_: Round) -> Paper:
    """transcript.json of a round as of now: the public inputs, and the secrets that are open."""
    fixed = bool(round_.digits_at)
    return bundle.transcript(
        json.loads(round_.announcement),
        public_inputs(round_) if fixed else [],
        secret=round_.sealed_draw.opened_value or None if fixed else None,
        match_secret=round_.sealed_match.opened_value or None if fixed else None,
        drawn_at=stamp(round_.drawn_at),
        void={"reason": round_.void_reason, "at": stamp(round_.voided_at) or ""} if round_.state == "void" else None,
    )


def opened_matching(round_: Round, found: dict[str, Matching], pool: dict[str, Pool]) -> Paper:
    """matching.json as it will read when the match secret is open. Kept by the desk until then."""
    seed = match_seed_of(round_)
    added = {LABS: round_.labs.filter(added_later=True), TEAMS: round_.samplers.filter(added_later=True)}
    later = {label: list(rows.values_list("short_no", flat=True)) for label, rows in added.items()}
    parts = [
        bundle.matching_part(
            label, draw_key(seed, label), matching, pool[label], committed=True, supplement=later[label]
        )
        for label, matching in found.items()
    ]
    return bundle.matching_paper(round_.number_in_draw, seed, parts)


def papers_of(draw: Draw) -> dict[int, dict[str, Paper]]:
    """The papers of every round that may be public now. Nothing sealed is among them."""
    found: dict[int, dict[str, Paper]] = {}
    for round_ in draw.rounds.select_related("draw_secret", "match_secret").order_by("number_in_draw"):
        papers: dict[str, Paper] = {"announcement": json.loads(round_.announcement)}
        if round_.result_out or round_.state == "void":
            papers["transcript"] = transcript(round_)
        if round_.result_out:
            sealed = {key: round_.figures[key] for key in ("round", "count", "digest")} | {"state": "sealed"}
            papers["result"] = round_.figures if round_.sealed_draw.is_open else sealed
        if round_.matching and round_.sealed_match.is_open:
            papers["matching"] = round_.matching
        found[round_.number_in_draw] = papers
    return found


def bundle_of(draw: Draw) -> bytes:
    """BUNDLE.zip of a draw as of now."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        bundle.write_bundle(path, lambda sink: _write(sink, draw.frame.canonical), papers_of(draw))
        return path.read_bytes()


def _write(sink: BinaryIO, text: str) -> None:
    sink.write(text.encode())


def stamp(at: datetime | None) -> str | None:
    """A time as it stands in the bundle: ISO 8601 with offset, to the second."""
    return localtime(at).isoformat(timespec="seconds") if at else None
