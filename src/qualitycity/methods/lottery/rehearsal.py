"""The rehearsal: the same draw and matching a thousand times under dummy seeds, before the real seed exists.

It answers in numbers, for publication: what chance has each unit, laboratory and sampler; which pairs are forced; how
likely is the likeliest pair; can the matching fail. Dummy seeds are hashes of `rehearsal:<frame digest>:<i>`, so
anybody can repeat it, and nothing follows about the real draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .draw import Result, Source, draw
from .hashing import digest
from .matching import Infeasible, Matching, Pool, match
from .odds import inclusion_probabilities
from .seed import draw_key

ENOUGH = 30  # a pair's chance is told only of units drawn this often: below, it says nothing


@dataclass(frozen=True)
class Part:
    """One list to be matched: `label` of its key, its pool, and how many agents each unit gets."""

    label: str
    pool: Pool
    team: int = 1


@dataclass(frozen=True)
class UnitChance:
    """A unit's exact probability in this round, and how often it was drawn in the rehearsal."""

    id: str
    stratum: str
    weight: int
    probability: float
    times: int


@dataclass(frozen=True)
class AgentChance:
    """Share of rehearsals in which an agent had at least one task, and its mean number of tasks."""

    id: str
    chance: float
    mean_load: float


@dataclass(frozen=True)
class PairChance:
    """How often this agent was sent to this unit, given that the unit was drawn (`times` draws)."""

    unit: str
    agent: str
    chance: float
    times: int


@dataclass(frozen=True)
class PartReport:
    """What the rehearsal says of one list.

    `forced`: pairs that came every time; `largest`, `smallest`: the most and the least likely allowed pair (None when
    no unit was drawn often enough); `failures`: rehearsals without any assignment, with the explanation of the first.
    """

    label: str
    agents: tuple[AgentChance, ...]
    forced: tuple[PairChance, ...]
    largest: PairChance | None
    smallest: PairChance | None
    failures: int
    first_failure: str = ""


@dataclass(frozen=True)
class Report:
    """Outcome of a rehearsal of `runs` draws; units ascending by id."""

    runs: int
    units: tuple[UnitChance, ...]
    parts: tuple[PartReport, ...]


@dataclass
class _Tally:
    part: Part
    used: Counter[str] = field(default_factory=Counter)
    load: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    first: str = ""
    held: int = 0

    def add(self, ids: Sequence[str], seed: str, hash_name: str) -> None:
        try:
            found = match(
                ids, self.part.pool, draw_key(seed, self.part.label, hash_name), self.part.team, hash_name=hash_name
            )
        except Infeasible as error:
            self.failures += 1
            self.first = self.first or str(error)
            return
        self._count(found)

    def _count(self, found: Matching) -> None:
        self.held += 1
        self.drawn.update(found.problem.tasks)
        for task, team in zip(found.problem.tasks, found.assignment, strict=True):
            self.pairs.update((task, name) for name in team)
        loads = found.loads
        self.load.update(loads)
        self.used.update(name for name, load in loads.items() if load)

    def report(self) -> PartReport:
        held = max(self.held, 1)
        agents = tuple(
            AgentChance(agent.id, self.used[agent.id] / held, self.load[agent.id] / held)
            for agent in self.part.pool.agents
        )
        chances = [
            PairChance(unit, agent.id, self.pairs[unit, agent.id] / times, times)
            for unit, times in sorted(self.drawn.items())
            if times >= ENOUGH
            for agent in self.part.pool.agents
            if agent.capacity and self.part.pool.may(unit, agent.id)
        ]
        chances.sort(key=lambda pair: pair.chance)
        smallest, largest = (chances[0], chances[-1]) if chances else (None, None)
        forced = tuple(pair for pair in chances if pair.chance == 1)
        return PartReport(self.part.label, agents, forced, largest, smallest, self.failures, self.first)


def rehearse(
    source: Source,
    takes: Mapping[str, int],
    parts: Iterable[Part] = (),
    *,
    runs: int = 1000,
    reserves: Mapping[str, int] | int = 0,
    passed_over: Iterable[str] = (),
    cap: int | None = None,
    hash_name: str = "sha256",
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Rehearse a round: `runs` dummy draws, each matched under every part. `progress(done, runs)` is told after each.

    Raises what the draw itself would raise (unknown strata, too large numbers); an infeasible matching is counted,
    not raised.
    """
    frame, passed = source.digest(hash_name), frozenset(passed_over)
    tallies, times = [_Tally(part) for part in parts], Counter[str]()
    result: Result | None = None
    for run in range(runs):
        seed = digest(f"rehearsal:{frame}:{run}", hash_name)
        key = draw_key(seed, "units", hash_name)
        result = draw(source, key, takes, reserves=reserves, passed_over=passed, cap=cap, hash_name=hash_name)
        times.update(result.ids)
        for tally in tallies:
            tally.add(result.ids, digest(f"rehearsal-match:{frame}:{run}", hash_name), hash_name)
        if progress:
            progress(run + 1, runs)
    units = tuple(_unit_chances(source, result, times)) if result else ()
    return Report(runs, units, tuple(tally.report() for tally in tallies))


def _unit_chances(source: Source, result: Result, times: Counter[str]) -> list[UnitChance]:
    """Chances of the units that can be drawn; those of a stratum not asked for are left out."""
    odds = {one.plan.stratum: inclusion_probabilities(one.plan) for one in result.strata}
    return [
        UnitChance(unit.id, unit.stratum, unit.weight, odds[unit.stratum][unit.weight], times[unit.id])
        for unit in source.eligible(result.passed_over)
        if unit.stratum in odds
    ]
