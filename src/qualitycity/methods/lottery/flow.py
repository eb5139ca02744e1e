"""Two solvers for the same flow problem: our own for a small draw (nothing to load), OR-Tools for all others.

Network: source → task (team) → agent (1, cost) → sink (window). Results are checked by `certificate`, so neither is
part of the rule.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from .faults import LotteryError
from .matching import Problem

OWN_UP_TO = 2_000  # pairs x seats: beyond, OR-Tools is faster


@dataclass(frozen=True, eq=False)
class Cut:
    """A largest flow: its value, and the source side of a smallest cut as masks of tasks and agents."""

    value: int
    tasks: np.ndarray
    agents: np.ndarray


class Engine(Protocol):
    """What a solver does."""

    def max_flow(self, problem: Problem, capacity: np.ndarray) -> Cut:
        """Largest number of seats that can be filled when agent i takes at most capacity[i]."""

    def min_cost(self, problem: Problem, lo: int, hi: int) -> np.ndarray:
        """Cheapest assignment with every usable agent between lo and min(hi, capacity): mask over the pairs."""


def choose(problem: Problem, name: str | None = None) -> Engine:
    """Return the solver of that name (`own`, `ortools`), or the one that fits the size."""
    if name is None:
        small = len(problem.cost) * max(problem.seats, 1) <= OWN_UP_TO
        name = "own" if small or find_spec("ortools") is None else "ortools"
    if name not in ENGINES:
        raise LotteryError("solver", name=name, known=list(ENGINES))
    return ENGINES[name]


class Own:
    """Successive shortest paths, seat by seat, in plain Python: exact in integers, fine up to a county's size."""

    def max_flow(self, problem: Problem, capacity: np.ndarray) -> Cut:
        """See Engine."""
        state = _Residual(problem, capacity.tolist())
        value = sum(state.augment(task) for task in range(len(problem.tasks)) for _ in range(problem.team))
        tasks, agents = state.reachable()
        return Cut(value, tasks, agents)

    def min_cost(self, problem: Problem, lo: int, hi: int) -> np.ndarray:
        """See Engine. The first `lo` seats of an agent earn a bonus larger than all costs together: so they are
        filled."""
        state = _Residual(problem, np.minimum(problem.capacity, hi).tolist(), problem.cost.tolist())
        bonus = sum(state.cost) + 1
        for task in range(len(problem.tasks)):
            for _ in range(problem.team):
                state.augment_cheapest(task, lo, bonus)
        return np.array(state.used, dtype=bool)


class _Residual:
    """The residual network of one problem; `used[pair]` is the flow."""

    def __init__(self, problem: Problem, capacity: list[int], cost: list[int] | None = None) -> None:
        self.problem, self.capacity, self.cost = problem, capacity, cost or []
        self.task, self.agent = problem.task.tolist(), problem.agent.tolist()
        self.of_task: list[list[int]] = [[] for _ in problem.tasks]
        self.of_agent: list[list[int]] = [[] for _ in problem.agents]
        for pair, (task, agent) in enumerate(zip(self.task, self.agent, strict=True)):
            self.of_task[task].append(pair)
            self.of_agent[agent].append(pair)
        self.used = [False] * len(self.task)
        self.load = [0] * len(problem.agents)
        self.seated = [0] * len(problem.tasks)

    def augment(self, task: int) -> bool:
        """Seat one more agent at a task along any augmenting path; False when there is none."""
        came: dict[int, int] = {}  # agent → pair by which it was reached
        via: dict[int, int] = {}  # task → pair by which it was reached
        queue, seen = deque([task]), {task}
        while queue:
            at = queue.popleft()
            for pair in self.of_task[at]:
                agent = self.agent[pair]
                if self.used[pair] or agent in came:
                    continue
                came[agent] = pair
                if self.load[agent] < self.capacity[agent]:
                    self._flip(task, agent, came, via)
                    return True
                for back in self.of_agent[agent]:
                    if self.used[back] and self.task[back] not in seen:
                        seen.add(self.task[back])
                        via[self.task[back]] = back
                        queue.append(self.task[back])
        return False

    def augment_cheapest(self, task: int, lo: int, bonus: int) -> None:
        """Seat one more agent at a task along the cheapest augmenting path (Bellman-Ford with a queue)."""
        reach: dict[int, int] = {task: 0}  # cost to reach a task
        price: dict[int, int] = {}  # cost to reach an agent
        came: dict[int, int] = {}
        via: dict[int, int] = {}
        queue = deque([task])
        while queue:
            at = queue.popleft()
            for pair in self.of_task[at]:
                agent, cost = self.agent[pair], reach[at] + self.cost[pair]
                if self.used[pair] or (agent in price and price[agent] <= cost):
                    continue
                price[agent], came[agent] = cost, pair
                for back in self.of_agent[agent]:
                    other, less = self.task[back], cost - self.cost[back]
                    if self.used[back] and (other not in reach or less < reach[other]):
                        reach[other], via[other] = less, back
                        if other not in queue:
                            queue.append(other)
        ends = [
            (cost - (bonus if self.load[agent] < lo else 0), agent)
            for agent, cost in price.items()
            if self.load[agent] < self.capacity[agent]
        ]
        self._flip(task, min(ends)[1], came, via)

    def _flip(self, start: int, end: int, came: dict[int, int], via: dict[int, int]) -> None:
        """Turn the path around, backwards from its last agent: pairs that lead to agents are used, the others given
        up."""
        self.load[end] += 1
        self.seated[start] += 1
        agent = end
        while True:
            pair = came[agent]
            self.used[pair] = True
            if self.task[pair] == start:
                return
            back = via[self.task[pair]]
            self.used[back] = False
            agent = self.agent[back]

    def reachable(self) -> tuple[np.ndarray, np.ndarray]:
        """Masks of tasks and agents that can still be reached from a task with an empty seat: the source side of a
        min cut."""
        tasks = np.array([seated < self.problem.team for seated in self.seated], dtype=bool)
        agents = np.zeros(len(self.load), dtype=bool)
        queue = deque(tasks.nonzero()[0].tolist())
        while queue:
            at = queue.popleft()
            for pair in self.of_task[at]:
                agent = self.agent[pair]
                if self.used[pair] or agents[agent]:
                    continue
                agents[agent] = True
                for back in self.of_agent[agent]:
                    if self.used[back] and not tasks[self.task[back]]:
                        tasks[self.task[back]] = True
                        queue.append(self.task[back])
        return tasks, agents


class OrTools:
    """Push-relabel and cost scaling of OR-Tools: 5,000 tasks by 500 samplers in well under a second."""

    def max_flow(self, problem: Problem, capacity: np.ndarray) -> Cut:
        """See Engine."""
        from ortools.graph.python import max_flow

        size, count = len(problem.tasks), len(problem.agents)
        source, sink = size + count, size + count + 1
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(
            np.full(size, source), np.arange(size), np.full(size, problem.team, dtype=np.int64)
        )
        solver.add_arcs_with_capacity(problem.task, size + problem.agent, np.ones(len(problem.task), dtype=np.int64))
        solver.add_arcs_with_capacity(size + np.arange(count), np.full(count, sink), capacity.astype(np.int64))
        status = solver.solve(source, sink)
        if status != solver.OPTIMAL:  # reading a flow after a failed solve can crash the process
            raise LotteryError("solver_failed", status=status)
        side = np.zeros(size + count + 2, dtype=bool)
        side[solver.get_source_side_min_cut()] = True
        return Cut(int(solver.optimal_flow()), side[:size], side[size : size + count])

    def min_cost(self, problem: Problem, lo: int, hi: int) -> np.ndarray:
        """See Engine. The lower bound of an agent is a demand of its own, taken off what goes on to the sink."""
        from ortools.graph.python import min_cost_flow

        size, count = len(problem.tasks), len(problem.agents)
        floor = np.where(problem.usable, lo, 0).astype(np.int64)
        room = np.where(problem.usable, np.minimum(problem.capacity, hi) - floor, 0).astype(np.int64)
        solver = min_cost_flow.SimpleMinCostFlow()
        pairs = len(problem.task)
        arcs = solver.add_arcs_with_capacity_and_unit_cost(
            problem.task, size + problem.agent, np.ones(pairs, dtype=np.int64), problem.cost
        )
        solver.add_arcs_with_capacity_and_unit_cost(
            size + np.arange(count), np.full(count, size + count), room, np.zeros(count, dtype=np.int64)
        )
        supply = np.concatenate([np.full(size, problem.team), -floor, [int(floor.sum()) - problem.seats]])
        solver.set_nodes_supplies(np.arange(size + count + 1), supply.astype(np.int64))
        status = solver.solve()
        if status != solver.OPTIMAL:
            raise LotteryError("solver_failed", status=status)
        return np.asarray(solver.flows(arcs)).astype(bool)


ENGINES: dict[str, Engine] = {"own": Own(), "ortools": OrTools()}
