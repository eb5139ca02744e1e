"""The draw: plan, rank, drawn, reserve. One rule, several engines that give the same bits (draw rule v1, sections 6
to 11).

An engine is a `Source`: it can count its eligible units by weight and rank them under a key. Everything that decides
is here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NamedTuple, Protocol

from .faults import Collector, LotteryError
from .frame import Frame, Unit, enterprise_of
from .hashing import hasher
from .plan import MAX_TOTAL, StratumPlan, plan_all


class Ranked(NamedTuple):
    """A unit in its place: order is that of (q, ticket, id)."""

    stratum: str
    q: float
    ticket: str
    id: str


@dataclass(frozen=True)
class Ranking:
    """What an engine is asked for: the first `plan.wanted` units of each plan, strata ascending, each in order."""

    key: str
    plans: tuple[StratumPlan, ...]
    hash_name: str = "sha256"
    passed_over: frozenset[str] = frozenset()
    cap: int | None = None
    filtered: bool = True

    def used(self) -> dict[str, int]:
        """Units of each enterprise drawn in earlier rounds; they count for the cap."""
        return dict(Counter(map(enterprise_of, self.passed_over)))


class Source(Protocol):
    """A frame that an engine holds."""

    @property
    def strata(self) -> list[str]:
        """All strata of the frame, ascending by bytes."""

    def histogram(self, passed_over: Iterable[str] = ()) -> list[tuple[str, int, int]]:
        """(stratum, weight, count) of eligible units not passed over."""

    def eligible(self, passed_over: Iterable[str] = ()) -> Iterator[Unit]:
        """Eligible units not passed over, ascending by id bytes."""

    def rank(self, ranking: Ranking) -> list[Ranked]:
        """Rank under a key; with `filtered` units of q > plan.limit may be left out."""

    def check_passed_over(self, passed_over: Iterable[str]) -> None:
        """Refuse ids that are not eligible units of the frame."""

    def digest(self, hash_name: str = "sha256") -> str:
        """Frame digest."""

    def write_canonical(self, sink: BinaryIO) -> None:
        """Write the canonical file."""

    def close(self) -> None:
        """Let go of memory and temporary files."""


@dataclass(frozen=True)
class StratumResult:
    """Outcome of a stratum: its plan, the drawn and the reserve units, both in order."""

    plan: StratumPlan
    drawn: tuple[Ranked, ...]
    reserve: tuple[Ranked, ...]

    @property
    def last_q(self) -> float | None:
        """Order key of the last drawn unit: what every firm compares its own with."""
        return self.drawn[-1].q if self.drawn else None

    def holds(self, unit_id: str, weight: int, ticket: str) -> bool:
        """Self check without sorting: is a unit with this weight and ticket among the drawn (where no cap applies)?"""
        if not self.drawn:
            return False
        last = self.drawn[-1]
        return (self.plan.q(weight, ticket), ticket, unit_id) <= (last.q, last.ticket, last.id)


@dataclass(frozen=True)
class Result:
    """Outcome of one round: strata ascending by bytes."""

    key: str
    strata: tuple[StratumResult, ...]
    passed_over: tuple[str, ...] = field(default=())

    @property
    def ids(self) -> list[str]:
        """All drawn ids: strata ascending, each in draw order. This is the list that the result digest binds."""
        return [unit.id for stratum in self.strata for unit in stratum.drawn]

    @property
    def drawn(self) -> dict[str, list[str]]:
        """Drawn ids of each stratum, in order."""
        return {one.plan.stratum: [unit.id for unit in one.drawn] for one in self.strata}

    @property
    def reserve(self) -> dict[str, list[str]]:
        """Reserve ids of each stratum, in order."""
        return {one.plan.stratum: [unit.id for unit in one.reserve] for one in self.strata}


class PythonSource:
    """The reference engine: a frame in memory, the standard library and nothing else."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    @property
    def strata(self) -> list[str]:
        """See Source."""
        return self.frame.strata

    def histogram(self, passed_over: Iterable[str] = ()) -> list[tuple[str, int, int]]:
        """See Source."""
        return self.frame.histogram(passed_over)

    def eligible(self, passed_over: Iterable[str] = ()) -> Iterator[Unit]:
        """See Source."""
        passed = frozenset(passed_over)
        return (unit for unit in self.frame.units if unit.weight and unit.id not in passed)

    def check_passed_over(self, passed_over: Iterable[str]) -> None:
        """See Source."""
        self.frame.check_passed_over(passed_over)

    def digest(self, hash_name: str = "sha256") -> str:
        """See Source."""
        return self.frame.digest(hash_name)

    def write_canonical(self, sink: BinaryIO) -> None:
        """See Source."""
        sink.write(self.frame.canonical())

    def close(self) -> None:
        """See Source; nothing is held."""

    def rank(self, ranking: Ranking) -> list[Ranked]:
        """See Source. One pass: hash, key, keep what can still be drawn; then sort the few that are left."""
        kept: dict[str, list[tuple[float, str, str]]] = {plan.stratum: [] for plan in ranking.plans}
        table = _class_table(ranking, kept)
        passed, prefix = ranking.passed_over, f"{ranking.key}:"
        new = hashlib.sha256 if ranking.hash_name == "sha256" else hasher(ranking.hash_name)
        for unit_id, stratum, weight, _ in self.frame.units:
            entry = table.get((stratum, weight))
            if entry is None or unit_id in passed:
                continue
            factor, limit, keep = entry
            ticket = new((prefix + unit_id).encode()).hexdigest()
            if factor is None:
                keep.append((-1.0, ticket, unit_id))
                continue
            h = 2 * int(ticket[:13], 16) + 1
            q = (h / (MAX_TOTAL - h)) * factor
            if q <= limit:
                keep.append((q, ticket, unit_id))
        if ranking.cap is not None:
            _apply_cap(kept, ranking.cap, ranking.used())
        return [
            Ranked(plan.stratum, *row) for plan in ranking.plans for row in sorted(kept[plan.stratum])[: plan.wanted]
        ]


def _class_table(ranking: Ranking, kept: dict[str, list[tuple[float, str, str]]]) -> dict[tuple[str, int], tuple]:
    """Return (stratum, weight) → (second factor of q or None when certain, limit, list to keep in)."""
    table = {}
    for plan in ranking.plans:
        limit = plan.limit if ranking.filtered else float("inf")
        for weight, _ in plan.classes if plan.wanted else ():
            certain = plan.cut is not None and weight >= plan.cut
            factor = None if certain else (plan.total - plan.m * weight) / (plan.m * weight)
            table[plan.stratum, weight] = (factor, limit, kept[plan.stratum])
    return table


def _apply_cap(kept: dict[str, list[tuple[float, str, str]]], cap: int, used: dict[str, int]) -> None:
    """Keep the best `cap` units of each enterprise over all strata, less those drawn in earlier rounds."""
    everything = sorted((row, stratum) for stratum, rows in kept.items() for row in rows)
    for rows in kept.values():
        rows.clear()
    count = Counter(used)
    for row, stratum in everything:
        enterprise = enterprise_of(row[2])
        count[enterprise] += 1
        if count[enterprise] <= cap:
            kept[stratum].append(row)


def draw(
    source: Source | Frame,
    key: str,
    takes: Mapping[str, int],
    *,
    reserves: Mapping[str, int] | int = 0,
    passed_over: Iterable[str] = (),
    cap: int | None = None,
    hash_name: str = "sha256",
) -> Result:
    """Draw `takes[stratum]` units of each stratum, and `reserves` more as reserve lists, under a draw key.

    `passed_over` = ids drawn in earlier rounds; plan and odds are computed without them. `cap` = at most so many
    units of one enterprise. Raises InputFaults for unknown strata, numbers above the eligible, strangers among the
    passed over.
    """
    if isinstance(source, Frame):
        source = PythonSource(source)
    if cap is not None and (isinstance(cap, bool) or not isinstance(cap, int) or cap < 1):
        raise LotteryError("cap_number")
    passed = frozenset(passed_over)
    source.check_passed_over(passed)
    plans = tuple(plan_all(source.histogram(passed), takes, reserves, source.strata))
    ranking = Ranking(key, plans, hash_name, passed, cap, filtered=cap is None)
    found = _by_stratum(source.rank(ranking))
    short = tuple(plan for plan in plans if len(found.get(plan.stratum, ())) < plan.wanted)
    if short and ranking.filtered:
        found |= _by_stratum(source.rank(replace(ranking, plans=short, filtered=False)))
    elif short:
        faults = Collector()
        for plan in short:
            have = len(found.get(plan.stratum, ()))
            faults.add("cap", field="cap", cap=cap, stratum=plan.stratum, have=have, wanted=plan.wanted)
        faults.raise_if_any()
    strata = []
    for plan in plans:
        rows = found.get(plan.stratum, [])
        strata.append(StratumResult(plan, tuple(rows[: plan.n]), tuple(rows[plan.n : plan.wanted])))
    return Result(key, tuple(strata), tuple(sorted(passed)))


def _by_stratum(rows: Iterable[Ranked]) -> dict[str, list[Ranked]]:
    found: dict[str, list[Ranked]] = {}
    for row in rows:
        found.setdefault(row.stratum, []).append(row)
    return found
