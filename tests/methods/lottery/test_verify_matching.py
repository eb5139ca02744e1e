"""The certificate of a matching, checked without a solver, against every assignment there is."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from qualitycity.methods.lottery import verify_draw
from qualitycity.methods.lottery.matching import Agent, Infeasible, Problem, solve


@dataclass
class Case:
    """A small problem with chosen costs."""

    part: dict[str, Any]
    cost: dict[tuple[int, int], int]
    team: int

    def assignments(self) -> list[tuple[int, tuple[int, ...], tuple]]:
        """Every assignment within capacities: (total cost, loads of usable agents, assignment)."""
        agents = range(len(self.part["agents"]))
        capacity = [a["capacity"] for a in self.part["agents"]]
        usable = [i for i in agents if capacity[i] and any(i in row for row in self.part["allowed"])]
        found = []
        for teams in itertools.product(*(itertools.combinations(row, self.team) for row in self.part["allowed"])):
            load = [sum(i in team for team in teams) for i in agents]
            if all(load[i] <= capacity[i] for i in agents):
                total = sum(self.cost[j, i] for j, team in enumerate(teams) for i in team)
                found.append((total, tuple(load[i] for i in usable), teams))
        return found

    def best(self) -> tuple[int, int, list[tuple[int, tuple]]]:
        """(lo, hi, cheapest assignments in that window with their cost), by trying everything."""
        every = self.assignments()
        hi = min(max(load) for _, load, _ in every)
        lo = max(min(load) for _, load, _ in every if max(load) <= hi)
        inside = [(total, teams) for total, load, teams in every if max(load) <= hi and min(load) >= lo]
        least = min(total for total, _ in inside)
        return lo, hi, [(total, teams) for total, teams in inside if total == least]


def make(seed: int, most: int) -> Case | None:
    """A random small problem solved by the library; costs up to ``most`` (small: many ties). None if infeasible."""
    rng = random.Random(seed)
    if seed % 2:
        size, count, team, capacities = rng.randint(1, 5), rng.randint(2, 5), rng.choice([1, 1, 2]), [0, 1, 2, 3, 9]
    else:  # few allowed pairs and much room: loads as equal as can be need a proof here
        size, count, team, capacities = rng.randint(4, 8), rng.randint(2, 3), 1, [9]
    agents = tuple(Agent(f"A{i}", rng.choice(capacities)) for i in range(count))
    rows = [sorted(rng.sample(range(count), rng.randint(1, count if seed % 2 else 2))) for _ in range(size)]
    pairs = [(j, i) for j, row in enumerate(rows) for i in row]
    cost = {pair: rng.randint(0, most) for pair in pairs}
    arrays = (
        np.array(x, dtype=np.int64) for x in ([j for j, _ in pairs], [i for _, i in pairs], [cost[p] for p in pairs])
    )
    tasks = tuple(f"T{j}" for j in range(size))
    try:
        found = solve(Problem(tasks, agents, team, *arrays), "own")
    except Infeasible:
        return None
    proofs = {f"{side}_proof": {"tasks": list(p[0]), "agents": list(p[1])} if p else None
              for side, p in (("lo", found.lo_proof), ("hi", found.hi_proof))}  # fmt: skip
    part = {
        "label": "x", "key": "0" * 32, "team": team, "tasks": list(tasks), "set_asides": [], "allowed": rows,
        "agents": [{"id": a.id, "capacity": a.capacity} for a in agents], "lo": found.lo, "hi": found.hi, **proofs,
        "assignment": [list(team) for team in found.assignment], "cost": found.cost, "unique": found.unique,
        "potentials": {"tasks": list(found.task_potentials), "agents": list(found.agent_potentials)},
    }  # fmt: skip
    return Case(part, cost, team)


class Chosen:
    """Stands in for the hash: the cost of a pair is looked up instead of hashed."""

    def __init__(self, cost: dict[tuple[int, int], int]) -> None:
        self.cost = cost

    def __call__(self, data: bytes) -> Chosen:
        _, task, agent = data.decode().split(":")
        self.value = self.cost[int(task[1:]), int(agent[1:])]
        return self

    def digest(self) -> bytes:
        return self.value.to_bytes(5, "big") + bytes(27)


def verdict(part: dict[str, Any], cost: dict, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Codes of the checks that a part fails."""
    monkeypatch.setattr(verify_draw, "hash_function", lambda name: Chosen(cost))
    monkeypatch.setattr(verify_draw, "hex_of", lambda name, data: part["key"])
    report = verify_draw.Report()
    verify_draw.check_part(part, {"team": part["team"], "pool": None}, "", part["tasks"], "sha256", report)
    return {check.code for check in report.checks if check.ok is False}


@pytest.mark.parametrize("most", [1, 3, 2**40 - 1])
def test_solved_problems_hold_and_are_the_best_there_is(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {"unique": 0, "ties": 0, "hi_proof": 0, "lo_proof": 0}
    for seed in range(250):
        case = make(seed, most)
        if case is None:
            continue
        part = case.part
        lo, hi, cheapest = case.best()
        assert (part["lo"], part["hi"], part["cost"]) == (lo, hi, cheapest[0][0]), seed
        assert part["unique"] is (len(cheapest) == 1), seed
        assert verdict(part, case.cost, monkeypatch) == set(), seed
        seen["unique" if part["unique"] else "ties"] += 1
        for side in ("hi_proof", "lo_proof"):
            seen[side] += part[side] is not None
    assert min(seen["hi_proof"], seen["lo_proof"], seen["unique"]) > 5
    assert seen["ties"] > 5 or most > 3


def test_no_other_assignment_passes_under_the_same_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for seed in range(60):
        case = make(seed, 2**40 - 1)
        if case is None:
            continue
        published = [tuple(sorted(int(name[1:]) for name in team)) for team in case.part["assignment"]]
        for total, _, teams in case.assignments():
            if list(teams) == published:
                continue
            named = [
                [f"A{i}" for i in sorted(team, key=lambda i: (case.cost[j, i], i))] for j, team in enumerate(teams)
            ]
            wrong = verdict(case.part | {"assignment": named, "cost": total}, case.cost, monkeypatch)
            assert wrong & {"optimal", "loads"}, (seed, teams)
            tried += 1
    assert tried > 200


def test_a_wider_or_narrower_window_has_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a claimed window that is not the best one, no proof of any kind is accepted."""
    for seed in range(40):
        case = make(seed, 5)
        if case is None or len(case.part["tasks"]) > 4:
            continue
        tasks, agents = range(len(case.part["tasks"])), range(len(case.part["agents"]))
        for side, claim in (("hi", case.part["hi"] + 1), ("lo", case.part["lo"] - 1)):
            if claim < 0:
                continue
            for s in itertools.chain.from_iterable(itertools.combinations(tasks, k) for k in range(len(tasks) + 1)):
                for q in itertools.chain.from_iterable(
                    itertools.combinations(agents, k) for k in range(len(agents) + 1)
                ):
                    part = case.part | {side: claim, f"{side}_proof": {"tasks": list(s), "agents": list(q)}}
                    market, _ = verify_draw.market_of(part)
                    assert market is not None
                    assert not verify_draw.window_holds(part, market, side), (seed, side, s, q)


def test_positions_that_lead_nowhere_are_no_proof() -> None:
    case = next(c for c in (make(s, 5) for s in range(250)) if c and c.part["hi_proof"])
    market, _ = verify_draw.market_of(case.part)
    assert market is not None
    assert verify_draw.window_holds(case.part, market, "hi")
    for proof in ({"tasks": [99], "agents": []}, {"tasks": [], "agents": [99]}, None, {"tasks": [], "agents": []}):
        assert not verify_draw.window_holds(case.part | {"hi_proof": proof}, market, "hi")
