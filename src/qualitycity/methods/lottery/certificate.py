"""Proof without a solver: node potentials show that an assignment is the cheapest, the zero graph that it is the only
one.

Conventions as in docs/reference/draw-bundle.md: reduced cost r = cost + p(task) - p(agent), potential of the sink 0.
Linear programming duality (Ahuja, Magnanti, Orlin, "Network Flows", 1993, theorem 9.3). 306,168 pairs are checked in
some hundredths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .faults import LotteryError, Phrase, say
from .matching import Matching, Problem, Proof


@dataclass(frozen=True, eq=False)
class Potentials:
    """Integers, one for each task and agent."""

    task: np.ndarray
    agent: np.ndarray


@dataclass(frozen=True, eq=False)
class _Loads:
    """What the loads of an assignment leave open: agents that could take one more, agents that could give one up."""

    load: np.ndarray
    more: np.ndarray
    less: np.ndarray

    @classmethod
    def of(cls, problem: Problem, chosen: np.ndarray, lo: int, hi: int) -> _Loads:
        load = np.bincount(problem.agent[chosen], minlength=len(problem.agents))
        more = problem.usable & (load < np.minimum(problem.capacity, hi))
        return cls(load, more, problem.usable & (load > lo))


def potentials(problem: Problem, chosen: np.ndarray, lo: int, hi: int) -> Potentials:
    """Return potentials for an assignment (mask over the pairs): shortest paths in its residual network.

    Raises LotteryError when the assignment is not the cheapest (the network then has a negative cycle).
    """
    size, count = len(problem.tasks), len(problem.agents)
    loads = _Loads.of(problem, chosen, lo, hi)
    forward = _Least(problem.agent[~chosen], count)
    from_task, cost = problem.task[~chosen], problem.cost[~chosen]
    backward = _Least(problem.task[chosen], size)
    from_agent, refund = problem.agent[chosen], problem.cost[chosen]
    task, agent = np.zeros(size, dtype=np.int64), np.zeros(count, dtype=np.int64)
    sink = 0
    for _ in range(size + count + 2):
        new_agent = np.minimum(agent, forward.of(task[from_task] + cost, agent))
        new_agent[loads.less] = np.minimum(new_agent[loads.less], sink)
        new_task = np.minimum(task, backward.of(new_agent[from_agent] - refund, task))
        new_sink = min(sink, int(new_agent[loads.more].min(initial=sink)))
        if new_sink == sink and np.array_equal(new_task, task) and np.array_equal(new_agent, agent):
            return Potentials(task - sink, agent - sink)
        task, agent, sink = new_task, new_agent, new_sink
    raise LotteryError("not_cheapest")


class _Least:
    """Smallest value of each group, for many rounds over the same groups."""

    def __init__(self, group: np.ndarray, size: int) -> None:
        self.order = np.argsort(group, kind="stable")
        groups = group[self.order]
        self.present, self.start = np.unique(groups, return_index=True)

    def of(self, values: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        """Return the smallest value of each group; where a group is empty, `otherwise`."""
        result = otherwise.copy()
        if len(self.present):
            result[self.present] = np.minimum.reduceat(values[self.order], self.start)
        return result


def is_unique(problem: Problem, chosen: np.ndarray, lo: int, hi: int, found: Potentials) -> bool:
    """Tell whether no other assignment in the window costs the same: no cycle of zero reduced cost in the residual
    network."""
    size = len(problem.tasks)
    loads = _Loads.of(problem, chosen, lo, hi)
    zero = problem.cost + found.task[problem.task] - found.agent[problem.agent] == 0
    ahead: list[list[int]] = [[] for _ in range(size + len(problem.agents))]
    for task, agent in zip(problem.task[zero & ~chosen].tolist(), problem.agent[zero & ~chosen].tolist(), strict=True):
        ahead[task].append(size + agent)
    for task, agent in zip(problem.task[zero & chosen].tolist(), problem.agent[zero & chosen].tolist(), strict=True):
        ahead[size + agent].append(task)
    if not _acyclic(ahead):
        return False
    flat = found.agent == 0
    goals = set((size + (loads.more & flat).nonzero()[0]).tolist())
    seen: set[int] = set()
    stack = (size + (loads.less & flat).nonzero()[0]).tolist()
    while stack:
        for node in ahead[stack.pop()]:
            if node in goals:
                return False
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return True


def _acyclic(ahead: list[list[int]]) -> bool:
    degree = [0] * len(ahead)
    for nodes in ahead:
        for node in nodes:
            degree[node] += 1
    free = [node for node, count in enumerate(degree) if count == 0]
    done = 0
    while free:
        done += 1
        for node in ahead[free.pop()]:
            degree[node] -= 1
            if degree[node] == 0:
                free.append(node)
    return done == len(ahead)


def check(matching: Matching) -> list[Phrase]:
    """Check a matching and its certificate against its problem, without a solver; return every fault found."""
    problem = matching.problem
    chosen, faults = _chosen(matching)
    if faults:
        return faults
    lo, hi = matching.lo, matching.hi
    loads = _Loads.of(problem, chosen, lo, hi)
    top = np.minimum(problem.capacity, hi)
    over = (loads.load > top) | (problem.usable & (loads.load < lo))
    for at in over.nonzero()[0].tolist():
        faults.append(say("proof_load", agent=problem.agents[at].id, load=int(loads.load[at]), lo=lo, hi=hi))
    total = int(problem.cost[chosen].sum())
    if total != matching.cost:
        faults.append(say("proof_cost", wanted=total, found=matching.cost))
    if len(matching.task_potentials) != len(problem.tasks) or len(matching.agent_potentials) != len(problem.agents):
        return [*faults, say("proof_size")]
    found = Potentials(
        np.array(matching.task_potentials, dtype=np.int64), np.array(matching.agent_potentials, dtype=np.int64)
    )
    faults += _optimal(problem, chosen, loads, found)
    if not faults and matching.unique != is_unique(problem, chosen, lo, hi, found):
        faults.append(say("proof_unique" if matching.unique else "proof_not_unique"))
    return faults + _window(matching)


def _chosen(matching: Matching) -> tuple[np.ndarray, list[Phrase]]:
    """Return the mask of assigned pairs, or what is wrong with the lists of agents."""
    problem, faults = matching.problem, []
    if len(matching.assignment) != len(problem.tasks):
        return np.zeros(0, dtype=bool), [say("proof_rows")]
    place = {agent.id: at for at, agent in enumerate(problem.agents)}
    at = problem.task * len(problem.agents) + problem.agent  # ascending: pairs are ordered by task, then agent
    wanted: list[int] = []
    for row, (task, team) in enumerate(zip(problem.tasks, matching.assignment, strict=True)):
        if len(team) != problem.team or len(set(team)) != len(team):
            faults.append(say("proof_team", task=task, team=problem.team, found=team))
        faults += [say("proof_stranger", task=task, agent=name) for name in team if name not in place]
        wanted += [row * len(problem.agents) + place[name] for name in team if name in place]
    chosen = np.isin(at, np.array(wanted, dtype=np.int64), assume_unique=False)
    if not faults and int(chosen.sum()) != len(wanted):
        known = set(at.tolist())
        for code in sorted(set(wanted) - known):
            task_at, agent_at = divmod(code, len(problem.agents))
            faults.append(say("proof_forbidden", task=problem.tasks[task_at], agent=problem.agents[agent_at].id))
    if not faults:
        cost = dict(zip(at[chosen].tolist(), problem.cost[chosen].tolist(), strict=True))
        for row, team in enumerate(matching.assignment):
            keyed = [(cost[row * len(problem.agents) + place[name]], name) for name in team]
            if keyed != sorted(keyed):
                faults.append(say("proof_order", task=problem.tasks[row]))
    return chosen, faults


def _optimal(problem: Problem, chosen: np.ndarray, loads: _Loads, found: Potentials) -> list[Phrase]:
    reduced = problem.cost + found.task[problem.task] - found.agent[problem.agent]
    wrong = np.where(chosen, reduced > 0, reduced < 0)
    faults = []
    for pair in wrong.nonzero()[0][:20].tolist():
        task, agent = problem.tasks[problem.task[pair]], problem.agents[problem.agent[pair]].id
        faults.append(say("proof_pair", task=task, agent=agent, cost=int(reduced[pair])))
    off = (loads.more & (found.agent < 0)) | (loads.less & (found.agent > 0))
    for at in off.nonzero()[0][:20].tolist():
        faults.append(say("proof_agent", agent=problem.agents[at].id, potential=int(found.agent[at])))
    return faults


def _window(matching: Matching) -> list[Phrase]:
    """Check that hi is the smallest possible largest load, and lo the largest possible smallest one."""
    problem, lo, hi = matching.problem, matching.lo, matching.hi
    count = int(problem.usable.sum())
    if not problem.seats or not count:
        return [] if lo == hi == 0 else [say("proof_hi", hi=hi)]
    faults = []
    if hi != -(-problem.seats // count):
        tasks, agents = _masks(problem, matching.hi_proof)
        places = int(np.minimum(problem.capacity, hi - 1)[agents].sum())
        places += int((tasks[problem.task] & ~agents[problem.agent]).sum())
        if not problem.team * int(tasks.sum()) > places:
            faults.append(say("proof_hi", hi=hi))
    if lo not in (problem.seats // count, min(hi, int(problem.capacity[problem.usable].min()))):
        tasks, agents = _masks(problem, matching.lo_proof)
        places = problem.team * int(tasks.sum()) + int((~tasks[problem.task] & agents[problem.agent]).sum())
        if not (lo + 1) * int(agents.sum()) > places or (agents & ~problem.usable).any():
            faults.append(say("proof_lo", lo=lo))
    return faults


def _masks(problem: Problem, proof: Proof | None) -> tuple[np.ndarray, np.ndarray]:
    tasks, agents = np.zeros(len(problem.tasks), dtype=bool), np.zeros(len(problem.agents), dtype=bool)
    for mask, places in zip((tasks, agents), proof or ((), ()), strict=True):
        inside = [at for at in places if 0 <= at < len(mask)]
        mask[inside] = True
    return tasks, agents
