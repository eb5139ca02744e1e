"""Exact-probability mode: the chance of every pair as an integer, published before the second secret rounds it.

The least-cost matching of `matching` treats agents of the same rights alike, but the chance of a pair is known from
rehearsals only. Here it is fixed first: among all fractional assignments that keep every quota, the one of greatest
entropy, as integers over 2^40. `rounding` then makes a whole assignment of it, in which each pair comes with exactly
that probability.

The integers are a function of the drawn units, the pool and the quotas alone. Only additions, multiplications and
divisions of doubles in a fixed order lead to them (no exponential, no logarithm), so that anybody gets the same ones,
and nobody who knows the second secret can choose among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .faults import LotteryError, Phrase, say
from .hashing import digest
from .matching import Problem
from .quotas import Layout, Network, Office, Seats, lay_out, window

ONE = 2**40  # a certain pair
_CLOSE = 1e-10  # of a seat: how well the quotas are met before the integers are mended to meet them exactly
_AT_BOUND = 2**14  # units of 2^-40 by which a quota that binds may be missed before it is mended
_SWEEPS = 20_000


class Pair(NamedTuple):
    """An allowed pair and its probability."""

    task: str
    agent: str
    probability: float


@dataclass(frozen=True, eq=False)
class PairOdds:
    """Probability of every allowed pair, as `chance` / 2^40 (int64, in the order of the problem's pairs).

    Every task's chances add up to `team` · 2^40; every usable agent's to between `lo` and `hi` times 2^40; groups
    likewise. `converged`: greatest entropy was reached; the quotas are met in any case.
    """

    layout: Layout
    lo: int
    hi: int
    chance: np.ndarray
    converged: bool
    method: str = "maximum entropy, integers over 2^40"

    @property
    def problem(self) -> Problem:
        """The problem that these are the odds of."""
        return self.layout.problem

    def pair(self, at: int) -> Pair:
        """The pair at a position."""
        problem = self.problem
        return Pair(problem.tasks[problem.task[at]], problem.agents[problem.agent[at]].id, int(self.chance[at]) / ONE)

    @property
    def smallest(self) -> Pair | None:
        """The least likely allowed pair; None where nothing is to be matched."""
        return self.pair(int(self.chance.argmin())) if len(self.chance) else None

    @property
    def largest(self) -> Pair | None:
        """The most likely pair; None where nothing is to be matched."""
        return self.pair(int(self.chance.argmax())) if len(self.chance) else None

    @property
    def forced(self) -> tuple[Pair, ...]:
        """Pairs that every assignment within the quotas has."""
        return tuple(self.pair(at) for at in (self.chance == ONE).nonzero()[0].tolist())

    @cached_property
    def flow(self) -> np.ndarray:
        """The flow on every arc of the network that these chances are, in units of 2^-40."""
        totals = [np.full(1, self.problem.seats * ONE)]
        for family, start, end in reversed(self.layout.spans()):
            total = np.zeros(end - start, dtype=np.int64)
            np.add.at(total, family, self.chance)
            totals.insert(0, total)
        return np.concatenate([self.chance, *totals])

    @cached_property
    def loads(self) -> dict[str, float]:
        """Expected number of tasks of each agent."""
        total = np.bincount(self.problem.agent, self.chance.astype(float), len(self.problem.agents)) / ONE
        return {agent.id: float(load) for agent, load in zip(self.problem.agents, total, strict=True)}

    def text(self) -> str:
        """The published text: `team,lo,hi`, then `task,agent,chance` for every allowed pair, each line + LF."""
        problem = self.problem
        names = [agent.id for agent in problem.agents]
        rows = zip(problem.task.tolist(), problem.agent.tolist(), self.chance.tolist(), strict=True)
        pairs = (f"{problem.tasks[task]},{names[agent]},{chance}\n" for task, agent, chance in rows)
        return f"{problem.team},{self.lo},{self.hi}\n" + "".join(pairs)

    def digest(self, hash_name: str = "sha256") -> str:
        """Digest of the published text."""
        return digest(self.text(), hash_name)


def pair_odds(problem: Problem, seats: Sequence[Seats] = (), offices: Sequence[Office] = ()) -> PairOdds:
    """Return the odds of every pair under equal loads, set-asides, capacities and quotas that nest.

    `problem` without costs (`Problem.of(tasks, pool, None, team)`); loads are as equal as the quotas allow. Raises
    LotteryError where no assignment exists.

    >>> from qualitycity.methods.lottery.matching import Agent, Pool
    >>> pool = Pool((Agent("L1", 2), Agent("L2", 2), Agent("L3", 2)), {("E2", "L1"): "client"})
    >>> odds = pair_odds(Problem.of(["E1", "E2", "E3"], pool, None))
    >>> [round(float(chance) / 2**40, 4) for chance in odds.chance]
    [0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 0.25, 0.25]
    """
    layout = lay_out(problem, seats, offices)
    lo, hi = window(layout)
    network = layout.within(lo, hi)
    whole = network.feasible()
    if whole is None:
        raise LotteryError("quota_infeasible")
    pairs = len(problem.task)
    free = network.free_arcs(whole)[:pairs]
    share, converged = _entropy(layout, network, whole[:pairs].astype(float), free)
    flow = _mended(network, _integers(layout, network, share, whole, free))
    return PairOdds(layout, lo, hi, flow[:pairs], converged)


def _entropy(layout: Layout, network: Network, share: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, bool]:
    """Greatest entropy: p = r / (1 + r) with r a product of multipliers, one a quota; each is mended in turn.

    A step of Newton's method in the multiplier (too few) or its inverse (too many) never goes too far, because both
    sums are concave; a quota that does not bind has the multiplier 1.
    """
    members, low, high, times = [], [], [], []
    for family, start, end in layout.binding():
        taken = np.bincount(family, np.where(free, 0.0, share), end - start)
        members.append(family[free])
        low.append(network.low[start:end] - taken)
        high.append(network.high[start:end] - taken)
        times.append(np.ones(end - start))
    odds = np.ones(int(free.sum()))
    converged = False
    for _ in range(_SWEEPS):
        worst = 0.0
        for member, least, most, multiplier in zip(members, low, high, times, strict=True):
            odds, off = _mend_family(odds, member, least, most, multiplier)
            worst = max(worst, off)
        if worst < _CLOSE:
            converged = True
            break
    found = share.copy()
    found[free] = odds / (1 + odds)
    return found, converged


def _mend_family(
    odds: np.ndarray, member: np.ndarray, low: np.ndarray, high: np.ndarray, multiplier: np.ndarray
) -> tuple[np.ndarray, float]:
    """One step for every quota of a family; `multiplier` is changed in place. Returns odds and the worst miss."""
    p = odds / (1 + odds)
    total = np.bincount(member, p, len(low))
    spread = np.bincount(member, p * (1 - p), len(low))
    used = spread > 0
    step = np.ones(len(low))
    for at, bound in ((0, low), (1, high)):
        miss = np.where(used, bound - total, 0.0)
        toward = np.divide(miss, spread, out=np.zeros(len(low)), where=used)
        size = 1 + np.abs(toward)
        wanted = multiplier * np.where(toward >= 0, size, 1 / size)
        step = wanted if at == 0 else np.clip(1.0, step, np.maximum(step, wanted))
    off = np.maximum(low - total, total - high)
    off = np.where(used & (multiplier != 1), np.maximum(off, np.where(multiplier > 1, total - low, high - total)), off)
    ratio = np.where(used, step / multiplier, 1.0)
    multiplier *= ratio
    return odds * ratio[member], float(np.where(used, off, 0).max(initial=0.0))


def _integers(layout: Layout, network: Network, share: np.ndarray, whole: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Flow on every arc in units of 2^-40, each rounded by itself and within its bounds: nodes may miss a few units."""
    flow = whole * ONE
    flow[: len(share)] = np.where(free, np.rint(share * ONE).astype(np.int64), flow[: len(share)])
    for family, start, end in layout.spans():
        total = np.zeros(end - start, dtype=np.int64)
        np.add.at(total, family, flow[: len(share)])
        low, high = network.low[start:end] * ONE, network.high[start:end] * ONE
        flow[start:end] = np.where(total < low + _AT_BOUND, low, np.where(total > high - _AT_BOUND, high, total))
    return flow


def _mended(network: Network, flow: np.ndarray) -> np.ndarray:
    """Make a circulation of a flow that misses by a few units, along the spanning forest with the most room."""
    room = np.minimum(flow - network.low * ONE, network.high * ONE - flow)
    order = np.argsort(-room, kind="stable")
    order = order[room[order] > 0]
    root = list(range(network.nodes))

    def top(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    at_node: list[list[tuple[int, int, int]]] = [[] for _ in root]  # (other node, arc, +1 where the arc leaves)
    for arc, tail, head in zip(order.tolist(), network.tail[order].tolist(), network.head[order].tolist(), strict=True):
        one, other = top(tail), top(head)
        if one != other:
            root[one] = other
            at_node[tail].append((head, arc, 1))
            at_node[head].append((tail, arc, -1))
    missing = np.zeros(network.nodes, dtype=np.int64)
    np.subtract.at(missing, network.tail, flow)
    np.add.at(missing, network.head, flow)
    mended = _pushed_to_roots(flow.copy(), missing.tolist(), at_node)
    if (mended < network.low * ONE).any() or (mended > network.high * ONE).any():
        raise LotteryError("odds_unmended")
    return mended


def _pushed_to_roots(flow: np.ndarray, missing: list[int], at_node: list[list[tuple[int, int, int]]]) -> np.ndarray:
    """Push what is too much at a node (inflow less outflow) over the forest, leaves first."""
    came: list[tuple[int, int, int] | None] = [None] * len(missing)
    seen = [False] * len(missing)
    for start in range(len(missing)):
        if seen[start]:
            continue
        seen[start], visited = True, [start]
        for node in visited:
            for other, arc, leaves in at_node[node]:
                if not seen[other]:
                    seen[other], came[other] = True, (node, arc, -leaves)
                    visited.append(other)
        for node in reversed(visited[1:]):
            towards = came[node]
            if towards and missing[node]:
                flow[towards[1]] += towards[2] * missing[node]
                missing[towards[0]] += missing[node]
                missing[node] = 0
        if missing[start]:
            raise LotteryError("odds_unmended")
    return flow


def check(odds: PairOdds) -> list[Phrase]:
    """Check published odds with integers alone: every task, agent and group keeps its quota; return every fault."""
    layout, faults = odds.layout, []
    network, chance = layout.within(odds.lo, odds.hi), odds.chance
    for at in ((chance < 0) | (chance > ONE)).nonzero()[0].tolist():
        pair = odds.pair(at)
        faults.append(say("odds_pair", task=pair.task, agent=pair.agent, chance=int(chance[at])))
    kinds = ("task", "seats", "agent", "office")
    for kind, (_, start, end) in zip(kinds, layout.spans(), strict=True):
        total = odds.flow[start:end]
        wrong = (total < network.low[start:end] * ONE) | (total > network.high[start:end] * ONE)
        for at in wrong.nonzero()[0].tolist():
            bounds = f"{network.low[start + at]}–{network.high[start + at]}"
            faults.append(say("odds_quota", kind=kind, place=at, total=f"{total[at] / ONE:.12f}", bounds=bounds))
    return faults
