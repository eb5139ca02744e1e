"""Bundles for the tests of the checkers: the demonstration draw at every stage, and random draws of any size."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from pathlib import Path
from typing import Any

from qualitycity.methods.lottery import bundle, merkle
from qualitycity.methods.lottery.draw import PythonSource, draw
from qualitycity.methods.lottery.frame import Frame, Unit
from qualitycity.methods.lottery.matching import Agent, Pool, match
from qualitycity.methods.lottery.plan import plan_all
from qualitycity.methods.lottery.seed import Digits, commitment, draw_key, seed_lines, seed_of

Papers = dict[str, dict[str, Any]]

J2_FRAME = """91339999MAD0EM015P,socks,1,
91339999MAD0EM023J,socks,1,
91339999MAD0EM031D,socks,1,
91339999MAD0EM04X5,socks,1,
91339999MAD0EM0585,socks,0,repeat_ban
91339999MAD0EM0660,socks,1,
91339999MAD0EM074T,socks,1,
91339999MAD0EM082M,socks,1,
91339999MAD0EM090G,socks,0,deregistered
91339999MAD0EM1036,socks,1,
91339999MAD0EM1111,socks,1,
91339999MAD0EM12XQ,socks,1,
"""
E03, E04, E06 = "91339999MAD0EM031D", "91339999MAD0EM04X5", "91339999MAD0EM0660"
E10, E11, E12 = "91339999MAD0EM1036", "91339999MAD0EM1111", "91339999MAD0EM12XQ"
LABS = Pool(tuple(Agent(f"L{i}", 2) for i in (1, 2, 3)), {(E11, "L1"): "client"})
SAMPLERS = Pool(tuple(Agent(f"S0{i}", 2) for i in range(1, 7)), {(E04, "S02"): "kin"})
J2_ROUNDS = (
    (1, 4, "demo-secret-one", "demo-match-one", "51425661421162242526"),
    (2, 1, "demo-secret-two", "demo-match-two", "13452452514362151362"),
)


class Story:
    """Makes the papers of one draw, round after round, as the ceremony does."""

    def __init__(
        self, units: list[Unit], hash_name: str = "sha256", cap: int | None = None, mode: str = "sealed"
    ) -> None:
        self.units, self.hash_name, self.cap, self.mode = sorted(units), hash_name, cap, mode
        self.source = PythonSource(Frame(tuple(self.units)))
        self.frame = "".join(unit.line + "\n" for unit in self.units).encode()
        self.digest = self.source.digest(hash_name)
        self.root = merkle.root([unit.line.encode() for unit in self.units], hash_name).hex()
        self.gone: set[str] = set()
        self.rounds: dict[int, Papers] = {}

    def hold(
        self,
        number: int,
        takes: dict[str, int],
        secret: str,
        match_secret: str,
        inputs: list[Any],
        *,
        reserves: dict[str, int] | int = 0,
        pools: dict[str, tuple[Pool, int]] | None = None,
        supplement: tuple[str, ...] = (),
        opened: str = "all",
        announced_inputs: list[dict[str, Any]] | None = None,
        published_at: str = "2027-04-06T10:00:00+08:00",
        drawn_at: str = "2027-04-07T09:41:05+08:00",
    ) -> Papers:
        """Hold one round; ``opened`` is announced, sealed, names or all."""
        name, pools = self.hash_name, pools or {}
        plans = plan_all(self.source.histogram(self.gone), takes, reserves, self.source.strata)
        rules = {
            label: {"team": team, "pool": bundle._without(pool, supplement).commitment(match_secret, name)}
            for label, (pool, team) in pools.items()
        }
        announced = bundle.announcement(
            title="袜子专项抽查", mode=self.mode, round_no=number, frame=self.digest, plans=plans,
            inputs=announced_inputs or [bundle.announced_input(one, name) for one in inputs],
            commitment=commitment(secret, name), match_commitment=commitment(match_secret, name),
            frame_root=self.root, cap=self.cap, hash_name=name, matching=rules or None,
            published_at=published_at, draw_at="2027-04-07T09:30:00+08:00", place="政务服务中心 201",
        )  # fmt: skip
        papers: Papers = {"announcement": announced}
        self.rounds[number] = papers
        key = draw_key(seed_of(seed_lines(self.digest, number, secret, inputs), name), "units", name)
        result = draw(self.source, key, takes, reserves=reserves, passed_over=self.gone, cap=self.cap, hash_name=name)
        self.gone |= set(result.ids)
        if opened == "announced":
            return papers
        names, everything = opened in ("names", "all"), opened == "all"
        papers["transcript"] = bundle.transcript(
            announced, inputs, secret=secret if names else None, match_secret=match_secret if everything else None,
            drawn_at=drawn_at,
        )  # fmt: skip
        make = bundle.open_result if names else bundle.sealed_result
        papers["result"] = make(number, result, secret, name)
        if everything and pools:
            seed = bundle.match_seed(announced, match_secret, inputs)
            parts = []
            for label, (pool, team) in pools.items():
                match_key = draw_key(seed, label, name)
                found = match(result.ids, pool, match_key, team, hash_name=name)
                parts.append(bundle.matching_part(label, match_key, found, pool, True, supplement))
            papers["matching"] = bundle.matching_paper(number, seed, parts)
        return papers

    def files(self) -> dict[str, bytes]:
        """The files of the bundle as the checkers read them."""
        found = {"frame.csv": self.frame}
        for number, papers in self.rounds.items():
            for name, paper in papers.items():
                found[f"round-{number}/{name}.json"] = bundle.dump(paper)
        return found


def write(path: Path, files: dict[str, bytes]) -> str:
    """Write a zip; returns its path as text."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return str(path)


def j2(opened: str = "all", rounds: int = 2, hash_name: str = "sha256") -> Story:
    """The demonstration draw (journey J2)."""
    rows = [line.split(",") for line in J2_FRAME.splitlines()]
    story = Story([Unit(i, s, int(w), r) for i, s, w, r in rows], hash_name)
    for number, take, secret, match_secret, digits in J2_ROUNDS[:rounds]:
        story.hold(number, {"socks": take}, secret, match_secret, [Digits(digits)], opened=opened,
                   pools={"labs": (LABS, 1), "teams": (SAMPLERS, 2)})  # fmt: skip
    return story


def random_story(seed: int, size: int, hash_name: str = "sha256", cap: int | None = None, reserves: int = 2) -> Story:
    """A random draw: strata, uneven weights with certain units, exclusions, several products a firm, Chinese ids."""
    rng = random.Random(seed)
    units = {}
    for _ in range(size):
        firm = rng.choice(["91", "浙A", "\U0001f9e6"]) + f"{rng.randrange(size // 8):06d}"
        unit_id = firm + rng.choice(["", "/1", "/2", "/3", "/4", "/棉袜"])
        weight = rng.choice([0, 1, 1, 1, 2, 2, 4, 8, 8, rng.choice([200, 5_000, 2**31 - 1])])
        stratum = rng.choice(["socks", "丝袜", "other"])
        units[unit_id] = Unit(unit_id, stratum, weight, "" if weight else rng.choice(["repeat_ban", "conflict"]))
    story = Story(list(units.values()), hash_name, cap, mode="open")
    counts = {s: sum(c for name, _, c in story.source.histogram() if name == s) for s in story.source.strata}
    takes = {s: max(1, n // rng.choice([3, 5, 9])) for s, n in counts.items() if n > 20 and s != "other"}
    for number in (1, 2):
        digits = "".join(rng.choice("123456") for _ in range(20))
        story.hold(
            number, takes, f"secret {seed} {number}", f"match {seed} {number}", [Digits(digits)], reserves=reserves
        )
        takes = dict.fromkeys(takes, 1)
    return story


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parsed(files: dict[str, bytes], name: str) -> dict[str, Any]:
    return json.loads(files[name])


def changed(files: dict[str, bytes], name: str, edit: Any) -> dict[str, bytes]:
    """The files with one paper edited in place; an edited announcement keeps its digest in step."""
    paper = json.loads(files[name])
    edit(paper)
    out = files | {name: bundle.dump(paper)}
    transcript = name.replace("announcement", "transcript")
    if transcript != name and transcript in files:
        held = json.loads(files[transcript])
        held["announcement"] = digest(out[name])
        out[transcript] = bundle.dump(held)
    return out
