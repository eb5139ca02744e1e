"""The published bundle of a draw, as docs/reference/draw-bundle.md defines it: makes the four JSON papers and the zip.

The papers are plain dictionaries, so that a page can publish the same data that the zip holds.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from .draw import Result, StratumResult
from .faults import LotteryError
from .hashing import digest
from .matching import Matching, Pool
from .odds import inclusion_probabilities
from .plan import StratumPlan
from .seed import Beacon, Digits, PublicInput, Witness, commitment, draw_key, result_digest, seed_lines, seed_of

FORMAT = "qualitycity-draw/1"
RULE = "v1"
_WHEN = (1980, 1, 1, 0, 0, 0)
_PAPER = re.compile(r"round-([1-9][0-9]{0,8})/(announcement|transcript|result|matching)\.json")
_MAX_PAPER = 64 * 2**20

Paper = dict[str, Any]


def dump(paper: Paper) -> bytes:
    """Return a paper's bytes: keys sorted, indent 1, UTF-8, one LF at the end. Its digest is taken over these."""
    return (json.dumps(paper, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def odds_of(plan: StratumPlan) -> list[Paper]:
    """Return the published odds of a stratum: exact probability of one unit of each weight, 12 decimals."""
    exact = inclusion_probabilities(plan)
    return [{"weight": w, "count": count, "probability": f"{exact[w]:.12f}"} for w, count in plan.classes]


def announced_input(one: PublicInput, hash_name: str = "sha256", **chain: Any) -> Paper:
    """Return what is announced of a public input before its value exists. `chain`: public_key, scheme, genesis,
    period of a drand chain."""
    if isinstance(one, Digits):
        return {"kind": "digits", "sides": one.sides, "count": one.count}
    if isinstance(one, Beacon):
        return {"kind": "drand", "chain": one.chain, "round": one.round, **chain}
    return {"kind": "witness", "k": one.k, "commitment": one.commitment(hash_name)}


def revealed_input(one: PublicInput) -> Paper:
    """Return what the transcript says of a public input."""
    if isinstance(one, Digits):
        return {"kind": "digits", "value": one.value}
    if isinstance(one, Beacon):
        return {"kind": "drand", "round": one.round, "randomness": one.randomness, "signature": one.signature}
    if one.struck:
        return {"kind": "witness", "k": one.k, "struck": True}
    return {"kind": "witness", "k": one.k, "value": one.value, "nonce": one.nonce}


def announcement(
    *,
    title: str,
    mode: str,
    round_no: int,
    frame: str,
    plans: Iterable[StratumPlan],
    inputs: Sequence[Paper],
    commitment: str | None,
    match_commitment: str | None = None,
    frame_root: str | None = None,
    odds: bool = True,
    cap: int | None = None,
    label: str = "units",
    hash_name: str = "sha256",
    matching: Mapping[str, Paper] | None = None,
    published_at: str | None = None,
    draw_at: str | None = None,
    place: str | None = None,
) -> Paper:
    """Make `announcement.json`. `plans` of the round (strata with a take), `inputs` from `announced_input`, in the
    announced order; `odds` False while the units of an earlier round are sealed: their odds would give them away.

    Raises LotteryError for a round that draws nothing, and for a sealed one with reserves, which the rule forbids.
    """
    plans = [plan for plan in plans if plan.wanted]
    if not plans:
        raise LotteryError("take_nothing")
    if mode not in ("open", "sealed"):
        raise LotteryError("mode", mode=mode)
    if mode == "sealed" and any(plan.reserve for plan in plans):
        raise LotteryError("sealed_reserve")
    listed = [{"stratum": plan.stratum, **row} for plan in plans for row in odds_of(plan)] if odds else None
    return {
        "format": FORMAT, "rule": RULE, "title": title, "hash": hash_name, "mode": mode, "round": round_no,
        "frame": frame, "frame_root": frame_root, "cap": cap, "label": label, "odds": listed,
        "strata": [{"stratum": plan.stratum, "take": plan.n, "reserve": plan.reserve} for plan in plans],
        "commitment": commitment, "match_commitment": match_commitment, "inputs": list(inputs),
        "matching": dict(matching) if matching else None,
        "published_at": published_at, "draw_at": draw_at, "place": place,
    }  # fmt: skip


def transcript(
    announced: Paper,
    inputs: Sequence[PublicInput],
    *,
    secret: str | None = None,
    match_secret: str | None = None,
    drawn_at: str | None = None,
    void: Mapping[str, str] | None = None,
) -> Paper:
    """Make `transcript.json`; secrets only once they are open. Refuses a secret that does not fit its commitment."""
    name, lines = announced["hash"], None
    for value, promise in ((secret, "commitment"), (match_secret, "match_commitment")):
        if value is not None and announced[promise] is not None and commitment(value, name) != announced[promise]:
            raise LotteryError(promise)
    if secret is not None:
        lines = seed_lines(announced["frame"], announced["round"], secret, inputs)
    return {
        "round": announced["round"], "announcement": digest(dump(announced), name),
        "inputs": [revealed_input(one) for one in inputs], "secret": secret, "match_secret": match_secret,
        "seed_lines": lines, "seed": seed_of(lines, name) if lines else None,
        "drawn_at": drawn_at, "void": dict(void) if void else None,
    }  # fmt: skip


def sealed_result(round_no: int, result: Result, secret: str, hash_name: str = "sha256") -> Paper:
    """Make `result.json` of a sealed round: how many, and the digest that binds the list."""
    value = result_digest(round_no, result.ids, secret, hash_name)
    return {"round": round_no, "state": "sealed", "count": len(result.ids), "digest": value}


def open_result(round_no: int, result: Result, secret: str, hash_name: str = "sha256") -> Paper:
    """Make `result.json` of an opened round; what was public before keeps its value."""
    return sealed_result(round_no, result, secret, hash_name) | {
        "state": "open",
        "key": result.key,
        "passed_over": list(result.passed_over),
        "strata": [_stratum(one) for one in result.strata if one.plan.wanted],
    }


def _stratum(one: StratumResult) -> Paper:
    plan = one.plan
    return {
        "stratum": plan.stratum, "eligible": plan.eligible, "n": plan.n, "m": plan.m, "W": plan.total, "cut": plan.cut,
        "drawn": [unit.id for unit in one.drawn], "reserve": [unit.id for unit in one.reserve],
        "last_q": one.drawn[-1].q.hex() if one.drawn else None,
        "last_reserve_q": one.reserve[-1].q.hex() if one.reserve else None,
        "odds": odds_of(plan),
    }  # fmt: skip


def matching_part(
    label: str, key: str, matching: Matching, pool: Pool, committed: bool = False, supplement: Collection[str] = ()
) -> Paper:
    """Make one part of `matching.json`; `committed` publishes the whole pool text that the announcement bound.

    `supplement` = ids of agents added in public after the announcement: they stand in no committed text.
    """
    problem = matching.problem
    place = {agent.id: at for at, agent in enumerate(problem.agents)}
    allowed = pool.allowed
    return {
        "label": label, "key": key, "team": problem.team, "tasks": list(problem.tasks),
        "agents": [{"id": agent.id, "capacity": agent.capacity} for agent in problem.agents],
        "set_asides": [
            {"task": unit, "agent": agent, "reason": reason}
            for (unit, agent), reason in sorted(pool.set_asides.items()) if unit in set(problem.tasks)
        ],
        "allowed": None if allowed is None else [sorted({place[n] for n in allowed.get(t, ())}) for t in problem.tasks],
        "lo": matching.lo, "hi": matching.hi,
        "lo_proof": _proof(matching.lo_proof), "hi_proof": _proof(matching.hi_proof),
        "assignment": [list(team) for team in matching.assignment], "cost": matching.cost, "unique": matching.unique,
        "potentials": {"tasks": list(matching.task_potentials), "agents": list(matching.agent_potentials)},
        "pool_text": _without(pool, supplement).text() if committed else None, "supplement": sorted(supplement),
    }  # fmt: skip


def _without(pool: Pool, ids: Collection[str]) -> Pool:
    """The pool as it was committed to: before these agents were added."""
    asides = {(unit, agent): why for (unit, agent), why in pool.set_asides.items() if agent not in ids}
    return Pool(tuple(agent for agent in pool.agents if agent.id not in ids), asides)


def _proof(proof: tuple[tuple[int, ...], tuple[int, ...]] | None) -> Paper | None:
    return {"tasks": list(proof[0]), "agents": list(proof[1])} if proof else None


def matching_paper(round_no: int, match_seed: str, parts: Sequence[Paper]) -> Paper:
    """Make `matching.json`, published once the match secret is open."""
    return {"round": round_no, "match_seed": match_seed, "parts": list(parts)}


def match_seed(announced: Paper, match_secret: str, inputs: Sequence[PublicInput]) -> str:
    """Return the match seed: the same lines as the seed, with the match secret."""
    return seed_of(seed_lines(announced["frame"], announced["round"], match_secret, inputs), announced["hash"])


def write_bundle(
    path: Path | str, frame: Callable[[BinaryIO], None], rounds: Mapping[int, Mapping[str, Paper]]
) -> None:
    """Write the zip whole or not at all: `frame` writes the canonical frame, `rounds[r]` holds papers by name
    (`announcement` …)."""
    path = Path(path)
    papers = {
        f"round-{number}/{name}.json": dump(paper) for number, held in rounds.items() for name, paper in held.items()
    }
    papers["README.txt"] = _resource("bundle_readme.txt")
    papers["verify_draw.py"] = _resource("verify_draw.py")
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name in sorted([*papers, "frame.csv"]):
                entry = zipfile.ZipInfo(name, _WHEN)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with bundle.open(entry, "w", force_zip64=name == "frame.csv") as sink:
                    if name == "frame.csv":
                        frame(sink)  # type: ignore[arg-type]
                    else:
                        sink.write(papers[name])
        os.chmod(unfinished, 0o644)
        os.replace(unfinished, path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def read_rounds(path: Path | str) -> dict[int, dict[str, Paper]]:
    """Read the papers of every round of a bundle, by number; nothing is checked here (`verify_draw` does that).

    Raises LotteryError for a file that is no bundle.
    """
    path = Path(path)
    rounds: dict[int, dict[str, Paper]] = {}
    try:
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                found = _PAPER.fullmatch(name)
                if found and bundle.getinfo(name).file_size <= _MAX_PAPER:
                    rounds.setdefault(int(found[1]), {})[found[2]] = json.loads(bundle.read(name))
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise LotteryError("bundle_foreign", name=path.name, detail=error) from error
    if not rounds or not all(isinstance(held.get("announcement"), dict) for held in rounds.values()):
        raise LotteryError("bundle_foreign", name=path.name, detail="announcement.json")
    return dict(sorted(rounds.items()))


def _resource(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


__all__ = [
    "FORMAT", "announced_input", "announcement", "draw_key", "dump", "match_seed", "matching_paper", "matching_part",
    "odds_of", "open_result", "revealed_input", "sealed_result", "transcript", "write_bundle", "Witness",
]  # fmt: skip
