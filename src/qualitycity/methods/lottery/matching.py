"""Who tests what and who goes where: the assignment of least hash cost under equal loads (lottery.md, section 5).

Each drawn unit (task) gets `team` distinct agents (laboratories: 1, samplers: 2). A pair's cost is a hash nobody can
steer; loads are as equal as capacities and set-asides allow; among all such assignments the cheapest holds. The
solver is no part of the rule: node potentials prove the optimum and its uniqueness to anybody (`certificate`).

Exact for one level of quotas on each side (team size, capacity, set-asides). "These two never together" is not of
this class.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from .faults import Collector, LotteryError, say
from .frame import text_problems
from .hashing import digest, hasher

if TYPE_CHECKING:
    import numpy as np

Proof = tuple[tuple[int, ...], tuple[int, ...]]  # positions of tasks and of agents


class Agent(NamedTuple):
    """A laboratory or sampler by its published short number, with the number of tasks it can take in this round."""

    id: str
    capacity: int


@dataclass(frozen=True)
class Pool:
    """Agents, and who may not be sent where: `set_asides` (unit, agent) → reason code, fixed before the seed exists.

    `allowed`: unit → agents that may take it (skills, reach); None: all. Set-asides are taken away from it.
    """

    agents: tuple[Agent, ...]
    set_asides: Mapping[tuple[str, str], str] = field(default_factory=dict)
    allowed: Mapping[str, Collection[str]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "agents", tuple(sorted(Agent(*agent) for agent in self.agents)))
        faults, seen = Collector(), set()
        for name, capacity in self.agents:
            problems, hint = text_problems(name)
            if ":" in name:
                problems.append(say("text_colon"))
            if problems:
                faults.add(problems, field="agent", value=name, hint=say("write_as", text=hint) if hint else None)
            if name in seen:
                faults.add("agent_twice", field="agent", value=name)
            if not isinstance(capacity, int) or isinstance(capacity, bool) or capacity < 0:
                faults.add("capacity", field="capacity", value=capacity, agent=name)
            seen.add(name)
        for (unit, agent), reason in sorted(self.set_asides.items()):
            if agent not in seen:
                faults.add("aside_agent", field="set_aside", value=agent, unit=unit)
            if not reason or text_problems(reason)[0]:
                faults.add("aside_reason", field="set_aside", value=reason, unit=unit, agent=agent)
        for unit, names in sorted((self.allowed or {}).items()):
            for stranger in sorted(set(names) - seen):
                faults.add("allowed_agent", field="allowed", value=stranger, unit=unit)
        faults.raise_if_any()

    def may(self, task: str, agent: str) -> bool:
        """Tell whether an agent may be sent to a task."""
        if (task, agent) in self.set_asides:
            return False
        return self.allowed is None or agent in self.allowed.get(task, ())

    def text(self) -> str:
        """Return the pool text that is committed to before the draw: agents, then set-asides of the whole frame."""
        lines = sorted(f"agent,{name},{capacity}\n" for name, capacity in self.agents)
        lines += sorted(f"aside,{unit},{agent},{reason}\n" for (unit, agent), reason in self.set_asides.items())
        return "".join(lines)

    def commitment(self, match_secret: str, hash_name: str = "sha256") -> str:
        """Return the commitment to the pool; the match secret keeps it from being guessed line by line."""
        return digest(self.text() + match_secret, hash_name)


class Infeasible(LotteryError):  # noqa: N818  (what it is, not that it is an error)
    """No assignment exists; `shortages` says why in numbers."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        ValueError.__init__(self, self.text())

    def text(self, lang: str = "zh") -> str:
        """Return one line a shortage."""
        return "\n".join(shortage.text(lang) for shortage in self.shortages)


@dataclass(frozen=True)
class Shortage:
    """These tasks need more places than all agents that may take them can give."""

    tasks: tuple[str, ...]
    agents: tuple[str, ...]
    needed: int
    places: int
    groups: tuple[str, ...] = ()

    def text(self, lang: str = "zh") -> str:
        """Say it in one sentence."""
        phrase = say(
            "shortage" if self.agents else "nobody",
            count=len(self.tasks),
            tasks=self.groups or self.tasks,
            needed=self.needed,
            agents_count=len(self.agents),
            agents=self.agents,
            places=self.places,
            missing=self.needed - self.places,
        )
        return phrase.text(lang)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, eq=False)
class Problem:
    """Allowed pairs as arrays, ordered by task, then agent: positions `task`, `agent` (int64) and `cost` (int64)."""

    tasks: tuple[str, ...]
    agents: tuple[Agent, ...]
    team: int
    task: np.ndarray
    agent: np.ndarray
    cost: np.ndarray

    @cached_property
    def capacity(self) -> np.ndarray:
        """Capacities of the agents."""
        import numpy as np

        return np.array([agent.capacity for agent in self.agents], dtype=np.int64)

    @cached_property
    def usable(self) -> np.ndarray:
        """Agents with a capacity and an allowed pair; only these count for equal loads."""
        import numpy as np

        pairs = np.bincount(self.agent, minlength=len(self.agents))
        return (self.capacity > 0) & (pairs > 0)

    @property
    def seats(self) -> int:
        """Places to fill in all."""
        return self.team * len(self.tasks)

    @classmethod
    def of(cls, tasks: Iterable[str], pool: Pool, key: str | None, team: int = 1, hash_name: str = "sha256") -> Problem:
        """Collect the allowed pairs and their costs (first 10 hex digits of the hash of `key:task:agent`).

        Without a key, as `pair_odds` takes it, no pair costs anything.
        """
        import numpy as np

        tasks = tuple(tasks)
        if len(set(tasks)) != len(tasks):
            raise LotteryError("task_twice")
        if isinstance(team, bool) or not isinstance(team, int) or team < 1:
            raise LotteryError("team", team=team)
        names = [agent.id for agent in pool.agents]
        place = {name: at for at, name in enumerate(names)}
        new, asides = hasher(hash_name), pool.set_asides
        task_at, agent_at, cost = [], [], []
        for at, task in enumerate(tasks):
            allowed = names if pool.allowed is None else sorted(set(pool.allowed.get(task, ())))
            prefix = f"{key}:{task}:"
            for name in allowed:
                if (task, name) in asides:
                    continue
                task_at.append(at)
                agent_at.append(place[name])
                cost.append(0 if key is None else int(new((prefix + name).encode()).hexdigest()[:10], 16))
        arrays = (np.array(values, dtype=np.int64) for values in (task_at, agent_at, cost))
        return cls(tasks, pool.agents, team, *arrays)


@dataclass(frozen=True, eq=False)
class Matching:
    """An assignment with its certificate.

    `assignment[j]` = agents of `tasks[j]`, cheapest first; every usable agent has between `lo` and `hi` tasks;
    `task_potentials`, `agent_potentials` (sink 0) prove that no cheaper assignment exists, `unique` that no other
    costs the same; `hi_proof`, `lo_proof` (positions of tasks, of agents) prove the window where simple counting does
    not.
    """

    problem: Problem
    assignment: tuple[tuple[str, ...], ...]
    lo: int
    hi: int
    cost: int
    task_potentials: tuple[int, ...]
    agent_potentials: tuple[int, ...]
    unique: bool
    hi_proof: Proof | None = None
    lo_proof: Proof | None = None

    @property
    def loads(self) -> dict[str, int]:
        """Number of tasks of each agent."""
        loads = dict.fromkeys((agent.id for agent in self.problem.agents), 0)
        for team in self.assignment:
            for name in team:
                loads[name] += 1
        return loads

    def team_of(self, task: str) -> tuple[str, ...]:
        """Agents of a task, cheapest first."""
        return self.assignment[self.problem.tasks.index(task)]


def match(
    tasks: Iterable[str],
    pool: Pool,
    key: str,
    team: int = 1,
    *,
    hash_name: str = "sha256",
    solver: str | None = None,
    groups: Mapping[str, str] | None = None,
) -> Matching:
    """Assign `team` agents to every task by the min-cost rule.

    `key` = draw key of the match seed with the list's label; `solver` = "own", "ortools" or None (by size); `groups`
    = unit → name of its group (district, category) for the explanation. Raises Infeasible with the shortages in
    numbers.
    """
    return solve(Problem.of(tasks, pool, key, team, hash_name), solver, groups)


def solve(problem: Problem, solver: str | None = None, groups: Mapping[str, str] | None = None) -> Matching:
    """Solve a problem whose costs are known: load window, assignment, certificate. See `match`."""
    from . import certificate, flow

    engine = flow.choose(problem, solver)
    full = engine.max_flow(problem, problem.capacity)
    if full.value < problem.seats:
        raise Infeasible(_shortages(problem, full.tasks, groups or {}))
    hi, hi_proof = _smallest_hi(problem, engine)
    lo, lo_proof = _largest_lo(problem, engine, hi)
    chosen = engine.min_cost(problem, lo, hi)
    potentials = certificate.potentials(problem, chosen, lo, hi)
    assignment = _teams(problem, chosen)
    return Matching(
        problem, assignment, lo, hi, int(problem.cost[chosen].sum()),
        tuple(potentials.task.tolist()), tuple(potentials.agent.tolist()),
        certificate.is_unique(problem, chosen, lo, hi, potentials), hi_proof, lo_proof,
    )  # fmt: skip


def _teams(problem: Problem, chosen: np.ndarray) -> tuple[tuple[str, ...], ...]:
    teams: list[list[tuple[int, str]]] = [[] for _ in problem.tasks]
    for pair in chosen.nonzero()[0].tolist():
        teams[problem.task[pair]].append((int(problem.cost[pair]), problem.agents[problem.agent[pair]].id))
    return tuple(tuple(name for _, name in sorted(team)) for team in teams)


def _smallest_hi(problem: Problem, engine: Engine) -> tuple[int, Proof | None]:
    """Smallest feasible largest load. One less is impossible by counting, or by the cut that is returned."""
    import numpy as np

    count = int(problem.usable.sum())
    if not problem.seats:
        return 0, None
    low, high = -(-problem.seats // count), int(problem.capacity[problem.usable].max())
    proof: Proof | None = None
    step = 0
    while low < high:
        middle = low if step == 0 else (low + high) // 2  # nearly always the first try holds
        found = engine.max_flow(problem, np.minimum(problem.capacity, middle))
        step = 1
        if found.value == problem.seats:
            high = middle
        else:
            low, proof = middle + 1, (_at(found.tasks), _at(found.agents))
    return low, proof


def _largest_lo(problem: Problem, engine: Engine, hi: int) -> tuple[int, Proof | None]:
    """Largest feasible smallest load of usable agents, given hi; one more is impossible by counting or by the cut
    returned."""
    import numpy as np

    usable = problem.usable
    count = int(usable.sum())
    if not count:
        return 0, None
    low, high = 0, min(problem.seats // count, hi, int(problem.capacity[usable].min()))
    proof: Proof | None = None
    step = 0
    while low < high:
        middle = high if step == 0 else (low + high + 1) // 2
        found = engine.max_flow(problem, np.where(usable, middle, 0))
        step = 1
        if found.value == middle * count:
            low = middle
        else:
            high, proof = middle - 1, (_at(~found.tasks), _at(~found.agents & usable))
    return low, proof


def _at(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(mask.nonzero()[0].tolist())


def _shortages(problem: Problem, short: np.ndarray, groups: Mapping[str, str]) -> list[Shortage]:
    """Split the source side of the min cut into its connected parts and keep those that lack places."""
    import numpy as np

    inside = short[problem.task]
    pairs = list(zip(problem.task[inside].tolist(), problem.agent[inside].tolist(), strict=True))
    parts = _components(short.nonzero()[0].tolist(), pairs)
    found = []
    for tasks in parts:
        member = np.zeros(len(problem.tasks), dtype=bool)
        member[tasks] = True
        degree = np.bincount(problem.agent[member[problem.task]], minlength=len(problem.agents))
        places = int(np.minimum(degree, problem.capacity).sum())
        needed = problem.team * len(tasks)
        if needed > places:
            who = tuple(agent.id for agent, d in zip(problem.agents, degree, strict=True) if d and agent.capacity)
            names = tuple(problem.tasks[at] for at in tasks)
            labels = tuple(sorted({groups[name] for name in names if name in groups}))
            found.append(Shortage(names, who, needed, places, labels))
    return found


def _components(tasks: list[int], pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Return the connected parts of the tasks, joined by shared agents."""
    parent: dict[tuple[str, int], tuple[str, int]] = {("task", at): ("task", at) for at in tasks}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for task, agent in pairs:
        parent[root(("task", task))] = root(("agent", agent))
    parts: dict[tuple[str, int], list[int]] = {}
    for at in tasks:
        parts.setdefault(root(("task", at)), []).append(at)
    return list(parts.values())


if TYPE_CHECKING:
    from .flow import Engine
