"""Quotas that nest on each side of a matching, as a network whose flows are the assignments.

    source → task [team] → seats of one kind [low, high] → pair [0, 1] → agent [lo, hi] → office [low, high] → sink

`Seats`: at least one lead in every team; `Office`: a district's or an employer's share of all visits. Because the
groups of one side are disjoint, each side is a tree, and any fractional flow is an average of whole ones (a
bihierarchy: Budish, Che, Kojima, Milgrom, "Designing Random Allocation Mechanisms", Am. Econ. Rev. 103 (2013)
585-623, theorem 1). Quotas that do not nest ("these two never together") have no such network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from .faults import LotteryError
from .matching import Problem

_MOST = 2**30  # more than any arc of a round carries, and the flow of scipy takes 32 bits


class Seats(NamedTuple):
    """A kind of seat in every team: from `low` to `high` of its members are among these agents."""

    name: str
    agents: Collection[str]
    low: int
    high: int


class Office(NamedTuple):
    """A group of agents that together take from `low` to `high` places of the round."""

    name: str
    agents: Collection[str]
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Network:
    """Arcs with bounds; a circulation of it is an assignment. The first arcs are the pairs of the problem, in order."""

    nodes: int
    tail: np.ndarray
    head: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def feasible(self) -> np.ndarray | None:
        """Return a circulation within the bounds (int64), or None where there is none: one largest flow."""
        missing = np.zeros(self.nodes, dtype=np.int64)
        np.add.at(missing, self.head, self.low)
        np.subtract.at(missing, self.tail, self.low)
        source, sink = self.nodes, self.nodes + 1
        gets, gives = (missing > 0).nonzero()[0], (missing < 0).nonzero()[0]
        tail = np.concatenate([self.tail, np.full(len(gets), source), gives])
        head = np.concatenate([self.head, gets, np.full(len(gives), sink)])
        room = np.concatenate([self.high - self.low, missing[gets], -missing[gives]])
        room = np.minimum(room, _MOST).astype(np.int32)
        size = self.nodes + 2
        found = csgraph.maximum_flow(sparse.csr_array((room, (tail, head)), shape=(size, size)), source, sink)
        if found.flow_value != missing[gets].sum():
            return None
        return self.low + np.asarray(found.flow[self.tail, self.head]).ravel().astype(np.int64)

    def free_arcs(self, flow: np.ndarray) -> np.ndarray:
        """Arcs whose flow another circulation can change: those that lie on a cycle of the residual network."""
        up, down = flow < self.high, flow > self.low
        tail = np.concatenate([self.tail[up], self.head[down]])
        head = np.concatenate([self.head[up], self.tail[down]])
        arcs = sparse.csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(self.nodes, self.nodes))
        part = csgraph.connected_components(arcs, directed=True, connection="strong")[1]
        return np.asarray(part[self.tail] == part[self.head])


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the parts of a problem stand in its network: for each pair its arcs of seats, agent and office.

    `family[k]` = index among the arcs of family k of each pair (k: task, seats, agent, office); `first[k]` = the
    position of that family's first arc.
    """

    problem: Problem
    family: tuple[np.ndarray, ...]
    first: tuple[int, ...]
    network: Network

    def spans(self) -> list[tuple[np.ndarray, int, int]]:
        """For each family: the pairs' indices, and where its arcs begin and end."""
        ends = (*self.first[1:], len(self.network.tail) - 1)
        return list(zip(self.family, self.first, ends, strict=True))

    def binding(self) -> list[tuple[np.ndarray, int, int]]:
        """The families without those of kinds of seats and offices where there is only one: that one binds nothing."""
        tasks, seats, agents, offices = self.spans()
        kinds = [seats] if seats[2] - seats[1] > len(self.problem.tasks) else []
        return [tasks, *kinds, agents, *([offices] if offices[2] - offices[1] > 1 else [])]

    def within(self, lo: int, hi: int) -> Network:
        """The network with this load window on the usable agents."""
        low, high = self.network.low.copy(), self.network.high.copy()
        agents = slice(self.first[2], self.first[3])
        low[agents] = np.where(self.problem.usable, lo, 0)
        high[agents] = np.where(self.problem.usable, np.minimum(self.problem.capacity, hi), 0)
        return Network(self.network.nodes, self.network.tail, self.network.head, low, high)


def lay_out(problem: Problem, seats: Sequence[Seats] = (), offices: Sequence[Office] = ()) -> Layout:
    """Make the network of a problem. Raises LotteryError for a group that overlaps another or names a stranger."""
    kind, kinds = _membership(problem, seats, "seats"), len(seats) + 1
    office, places = _membership(problem, offices, "office"), len(offices) + 1
    tasks, agents, pairs = len(problem.tasks), len(problem.agents), len(problem.task)
    first_seat, first_agent = tasks, tasks + tasks * kinds
    first_office, source, sink = first_agent + agents, first_agent + agents + places, first_agent + agents + places + 1
    seat_of_pair = problem.task * kinds + kind[problem.agent]
    each = np.arange(tasks)
    bounds = [(0, problem.team), *((one.low, one.high) for one in seats)]
    room = [(0, problem.seats), *((one.low, one.high) for one in offices)]
    tail = [first_seat + seat_of_pair, np.full(tasks, source), np.repeat(each, kinds)]
    tail += [first_agent + np.arange(agents), first_office + np.arange(places), np.array([sink])]
    head = [first_agent + problem.agent, each, first_seat + np.arange(tasks * kinds)]
    head += [first_office + office, np.full(places, sink), np.array([source])]
    low = [np.zeros(pairs), np.full(tasks, problem.team), np.tile([b[0] for b in bounds], tasks)]
    low += [np.zeros(agents), np.array([b[0] for b in room]), np.array([problem.seats])]
    high = [np.ones(pairs), np.full(tasks, problem.team), np.tile([b[1] for b in bounds], tasks)]
    high += [np.where(problem.usable, problem.capacity, 0), np.array([b[1] for b in room]), np.array([problem.seats])]
    arcs = (np.concatenate(part).astype(np.int64) for part in (tail, head, low, high))
    family = (problem.task, seat_of_pair, problem.agent, office[problem.agent])
    first = (pairs, pairs + tasks, pairs + tasks + tasks * kinds, pairs + tasks + tasks * kinds + agents)
    return Layout(problem, family, first, Network(sink + 1, *arcs))


def _membership(problem: Problem, groups: Sequence[Seats | Office], name: str) -> np.ndarray:
    """Group of each agent: 0 = none, k = the k-th of `groups`."""
    place = {agent.id: at for at, agent in enumerate(problem.agents)}
    member = np.zeros(len(place), dtype=np.int64)
    for number, group in enumerate(groups, 1):
        if not 0 <= group.low <= group.high:
            raise LotteryError("quota_bounds", group=group.name, low=group.low, high=group.high)
        for agent in sorted(group.agents):
            if agent not in place:
                raise LotteryError("quota_stranger", group=group.name, agent=agent)
            if member[place[agent]]:
                raise LotteryError("quota_overlap", kind=name, group=group.name, agent=agent)
            member[place[agent]] = number
    return member


def window(layout: Layout) -> tuple[int, int]:
    """Smallest feasible largest load, then the largest feasible smallest load of usable agents, under all quotas.

    Raises LotteryError where no assignment exists at all.
    """
    problem = layout.problem
    if not problem.seats:
        return 0, 0
    most = min(int(problem.capacity.max(initial=0)), len(problem.tasks))
    if layout.within(0, most).feasible() is None:
        raise LotteryError("quota_infeasible")
    count = int(problem.usable.sum())
    hi = _first(lambda top: layout.within(0, top).feasible() is not None, -(-problem.seats // count), most)
    floor = min(problem.seats // count, hi, int(problem.capacity[problem.usable].min()))
    lo = floor - _first(lambda less: layout.within(floor - less, hi).feasible() is not None, 0, floor)
    return lo, hi


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Smallest number from low to high that holds, where all above it hold too; nearly always the first."""
    if holds(low):
        return low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
