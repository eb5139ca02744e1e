"""From published pair odds to a whole assignment, under the second secret: dependent rounding along cycles.

Arcs whose flow is no whole number form cycles only. On each one a draw decides whether flow is turned round it one
way or the other, as far as some arc becomes whole; the two ways have the probabilities that leave every arc's mean
where it was. So each pair comes with exactly its published probability, each load is its expected number rounded up or
down, and every quota that nests is kept (Gandhi, Khuller, Parthasarathy, Srinivasan, "Dependent rounding and its
applications to approximation algorithms", J. ACM 53 (2006) 324-360; Budish et al. 2013 for the network).

Bytes. Draw k = 0, 1, 2 … is the integer of the first 13 hex digits of the hash of `key:k`. To choose among n: draws of
2^52 - (2^52 mod n) or more are passed over, else the draw modulo n holds. The walk: from the first arc that is not
whole, at each node along the first such arc but the one it came by; a node met twice closes a cycle, which runs from
that node in the direction of the walk; the walk goes on from it. With α = how far flow can be added in the direction
of the cycle, β = how far it can be taken away: added when the draw among α + β is below β.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from .hashing import hasher
from .pair_odds import ONE, PairOdds
from .quotas import Network

_DRAW = 2**52


@dataclass(frozen=True, eq=False)
class ExactMatching:
    """An assignment that came by its published odds.

    `assignment[j]` = agents of `tasks[j]`, ascending; `draws` = how many draws it took.
    """

    odds: PairOdds
    assignment: tuple[tuple[str, ...], ...]
    draws: int

    @property
    def loads(self) -> dict[str, int]:
        """Number of tasks of each agent."""
        loads = dict.fromkeys((agent.id for agent in self.odds.problem.agents), 0)
        for team in self.assignment:
            for name in team:
                loads[name] += 1
        return loads

    def team_of(self, task: str) -> tuple[str, ...]:
        """Agents of a task, ascending."""
        return self.assignment[self.odds.problem.tasks.index(task)]


def match_exactly(odds: PairOdds, key: str, hash_name: str = "sha256") -> ExactMatching:
    """Round published odds under a match key: an assignment within every quota, each pair by its probability.

    `key` = draw key of the match seed with the list's label.

    >>> from qualitycity.methods.lottery.matching import Agent, Pool, Problem
    >>> from qualitycity.methods.lottery.pair_odds import pair_odds
    >>> pool = Pool((Agent("L1", 2), Agent("L2", 2), Agent("L3", 2)), {("E2", "L1"): "client"})
    >>> odds = pair_odds(Problem.of(["E1", "E2", "E3"], pool, None))
    >>> match_exactly(odds, "0" * 32).assignment
    (('L2',), ('L3',), ('L1',))
    """
    network, problem = odds.layout.network, odds.problem
    part = odds.flow % ONE
    count = int((part > 0).sum()) + 16
    start, arcs = neighbours(network, part)
    while True:
        draws = _draws(key, count, hash_name)
        left = part.copy()
        used = turn_cycles(network.tail, network.head, left, start, arcs, draws)
        if used >= 0:
            break
        count *= 2  # more draws were passed over than the spare ones
    chosen = (odds.flow + left - part)[: len(problem.task)] == ONE
    teams: list[list[str]] = [[] for _ in problem.tasks]
    for pair in chosen.nonzero()[0].tolist():
        teams[problem.task[pair]].append(problem.agents[problem.agent[pair]].id)
    return ExactMatching(odds, tuple(map(tuple, teams)), int(used))


def _draws(key: str, count: int, hash_name: str) -> np.ndarray:
    new = hasher(hash_name)
    return np.array([int(new(f"{key}:{at}".encode()).hexdigest()[:13], 16) for at in range(count)], dtype=np.int64)


def neighbours(network: Network, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Arcs at each node that are not whole, ascending: those of node v stand at start[v] to start[v + 1]."""
    live = part.nonzero()[0]
    node = np.concatenate([network.tail[live], network.head[live]])
    arc = np.concatenate([live, live])
    order = np.lexsort((arc, node))
    start = np.searchsorted(node[order], np.arange(network.nodes + 1))
    return start.astype(np.int64), arc[order].astype(np.int64)


@njit(cache=True)
def turn_cycles(
    tail: np.ndarray, head: np.ndarray, part: np.ndarray, start: np.ndarray, arcs: np.ndarray, draws: np.ndarray
) -> int:
    """Turn every cycle until all of `part` (mod 2^40, changed in place) is 0 or 2^40; returns the draws used, -1 for
    too few."""
    nodes = len(start) - 1
    first = start[:-1].copy()  # arcs before it are whole
    depth = np.full(nodes, -1, dtype=np.int64)
    path, via = np.empty(nodes + 1, dtype=np.int64), np.empty(nodes + 1, dtype=np.int64)
    used, length = 0, 0
    for arc in range(len(part)):
        while 0 < part[arc] < ONE:
            if length == 0:
                path[0], via[0], depth[tail[arc]], length = tail[arc], -1, 0, 1
            node = path[length - 1]
            at = first[node]
            while at < start[node + 1] and not 0 < part[arcs[at]] < ONE:
                at += 1
            first[node] = at
            while at < start[node + 1] and (arcs[at] == via[length - 1] or not 0 < part[arcs[at]] < ONE):
                at += 1
            if at == start[node + 1]:  # only the node where a walk began can be done with
                depth[node] = -1
                length -= 1
                continue
            step = arcs[at]
            other = head[step] if tail[step] == node else tail[step]
            if depth[other] < 0:
                path[length], via[length], depth[other] = other, step, length
                length += 1
                continue
            up, down = _room(part, tail, path, via, depth[other], length, step)
            while used < len(draws) and draws[used] >= _DRAW - _DRAW % (up + down):
                used += 1
            if used == len(draws):
                return -1
            by = up if draws[used] % (up + down) < down else -down
            used += 1
            _turn(part, tail, path, via, depth[other], length, step, by)
            while length - 1 > depth[other]:
                length -= 1
                depth[path[length]] = -1
    return used


@njit(cache=True)
def _room(
    part: np.ndarray, tail: np.ndarray, path: np.ndarray, via: np.ndarray, base: int, length: int, last: int
) -> tuple[int, int]:
    """How far flow can be added round a cycle, and how far taken away."""
    up = down = ONE
    for at in range(base + 1, length + 1):
        arc = via[at] if at < length else last
        along = tail[arc] == path[at - 1]
        more, less = (ONE - part[arc], part[arc]) if along else (part[arc], ONE - part[arc])
        up, down = min(up, more), min(down, less)
    return up, down


@njit(cache=True)
def _turn(
    part: np.ndarray,
    tail: np.ndarray,
    path: np.ndarray,
    via: np.ndarray,
    base: int,
    length: int,
    last: int,
    by: int,
) -> None:
    """Add flow round a cycle."""
    for at in range(base + 1, length + 1):
        arc = via[at] if at < length else last
        part[arc] += by if tail[arc] == path[at - 1] else -by


__all__ = ["ExactMatching", "match_exactly", "neighbours", "turn_cycles"]
