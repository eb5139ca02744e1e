"""Matching: the cheapest assignment under equal loads, proved without a solver, explained where there is none."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from qualitycity.methods.lottery import certificate
from qualitycity.methods.lottery.faults import InputFaults, LotteryError
from qualitycity.methods.lottery.flow import ENGINES
from qualitycity.methods.lottery.matching import Agent, Infeasible, Matching, Pool, Problem, match, solve
from qualitycity.methods.lottery.seed import draw_key, pair_cost

from .city import every_assignment

KEY = draw_key("matching")


def tiny(seed: int, top: int = 2**40) -> Problem:
    """A random problem small enough to try every assignment."""
    chance = random.Random(seed)
    tasks, agents, team = chance.randint(1, 4), chance.randint(2, 4), chance.randint(1, 2)
    pairs = [(t, a) for t in range(tasks) for a in range(agents) if chance.random() < 0.8]
    columns = [[t for t, _ in pairs], [a for _, a in pairs], [chance.randrange(top) for _ in pairs]]
    people = tuple(Agent(f"A{at}", chance.choice((0, 1, 2, 2, 3, 4))) for at in range(agents))
    return Problem(
        tuple(f"T{at}" for at in range(tasks)), people, team, *(np.array(c, dtype=np.int64) for c in columns)
    )


def city(tasks: int = 60, agents: int = 15, team: int = 2, capacity: int = 12, seed: int = 1) -> Problem:
    """A county's size, with districts and recusals."""
    chance = random.Random(seed)
    units = [f"9133{at:014d}" for at in range(tasks)]
    people = [f"S{at:02d}" for at in range(agents)]
    asides = {(unit, who): "kin" for unit in units for who in people if chance.random() < 0.1}
    allowed = {unit: [who for at, who in enumerate(people) if (at + int(unit[-2:])) % 3] for unit in units}
    return Problem.of(units, Pool(tuple(Agent(who, capacity) for who in people), asides, allowed), KEY, team)


@pytest.mark.parametrize("solver", sorted(ENGINES))
def test_against_every_assignment_there_is(solver: str) -> None:
    solved = refused = 0
    for seed in range(150):
        problem = tiny(seed)
        everything = every_assignment(problem)
        if not everything:
            refused += 1
            with pytest.raises(Infeasible) as caught:
                solve(problem, solver)
            assert all(short.needed > short.places for short in caught.value.shortages)
            continue
        solved += 1
        found = solve(problem, solver)
        (hi, minus_lo, cost), _ = everything[0]
        assert (found.hi, found.lo, found.cost) == (hi, -minus_lo, cost), seed
        assert found.unique == (len(everything) < 2 or everything[1][0] != everything[0][0])
        assert certificate.check(found) == []
    assert solved > 60 and refused > 20


def test_uniqueness_is_judged_right_where_costs_tie() -> None:
    verdicts = set()
    for seed in range(300):
        problem = tiny(seed, top=3)
        everything = every_assignment(problem)
        if everything:
            found = solve(problem, "own")
            unique = sum(score == everything[0][0] for score, _ in everything) == 1
            assert found.unique == unique, seed
            assert certificate.check(found) == []
            assert certificate.check(replace(found, unique=not unique)) != []
            verdicts.add(unique)
    assert verdicts == {True, False}


def test_both_solvers_and_a_linear_programme_agree_on_a_county() -> None:
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    problem = city()
    own, fast = solve(problem, "own"), solve(problem, "ortools")
    assert (own.assignment, own.lo, own.hi, own.cost) == (fast.assignment, fast.lo, fast.hi, fast.cost)
    assert certificate.check(own) == certificate.check(fast) == []
    pairs = np.arange(len(problem.cost))
    ones = np.ones(len(pairs))
    by_task = csr_array((ones, (problem.task, pairs)))
    by_agent = csr_array((ones, (problem.agent, pairs)))
    bounds = np.concatenate([np.full(15, own.hi), np.full(15, -own.lo)])
    told = linprog(
        problem.cost / 2**40,
        A_ub=vstack([by_agent, -by_agent]),
        b_ub=bounds,
        A_eq=by_task,
        b_eq=np.full(60, 2),
        bounds=(0, 1),
    )
    assert told.status == 0
    assert int(problem.cost[told.x > 0.5].sum()) == own.cost


def test_costs_are_hashes_anybody_can_type() -> None:
    problem = Problem.of(["u/1", "企业"], Pool((Agent("L2", 1), Agent("L1", 1))), KEY)
    assert [agent.id for agent in problem.agents] == ["L1", "L2"]
    wanted = [pair_cost(KEY, unit, lab) for unit in ("u/1", "企业") for lab in ("L1", "L2")]
    assert problem.cost.tolist() == wanted
    assert Problem.of(["u/1"], Pool((Agent("L1", 1),)), KEY, hash_name="sm3").cost[0] == pair_cost(
        KEY, "u/1", "L1", "sm3"
    )


def test_teams_stand_cheapest_first_and_names_do_not_matter() -> None:
    found = solve(city())
    for task, team in zip(found.problem.tasks, found.assignment, strict=True):
        costs = [pair_cost(KEY, task, who) for who in team]
        assert costs == sorted(costs)
    assert set(found.loads.values()) == {8}  # 60 tasks x 2 samplers / 15: exactly equal
    assert found.team_of(found.problem.tasks[7]) == found.assignment[7]


def test_loads_that_cannot_be_equal_are_proved_so() -> None:
    """One sampler may only go to one place: nobody can have more than that, and the others must carry the rest."""
    units = [f"U{at}" for at in range(8)]
    asides = {(unit, "S1"): "reach" for unit in units[1:]}
    found = match(units, Pool((Agent("S1", 9), Agent("S2", 9), Agent("S3", 2)), asides), KEY)
    assert found.loads == {"S1": 1, "S2": 5, "S3": 2}
    assert (found.lo, found.hi) == (1, 5)
    assert found.hi_proof and found.lo_proof is not None
    assert certificate.check(found) == []
    assert {phrase.code for phrase in certificate.check(replace(found, hi_proof=None))} == {"proof_hi"}
    assert {phrase.code for phrase in certificate.check(replace(found, lo_proof=None))} == {"proof_lo"}


def test_somebody_set_aside_everywhere_does_not_spoil_equal_loads() -> None:
    units = ["U1", "U2", "U3", "U4"]
    asides = {(unit, "S3"): "kin" for unit in units}
    found = match(units, Pool((Agent("S1", 4), Agent("S2", 4), Agent("S3", 4), Agent("S4", 0)), asides), KEY)
    assert found.loads == {"S1": 2, "S2": 2, "S3": 0, "S4": 0} and (found.lo, found.hi) == (2, 2)
    assert certificate.check(found) == []


def test_nothing_to_match() -> None:
    found = match([], Pool((Agent("L1", 1),)), KEY)
    assert found.assignment == () and found.cost == 0 and certificate.check(found) == []


def tampered(found: Matching) -> dict[str, Matching]:
    """A published matching after all the small changes somebody might wish for."""
    teams = [list(team) for team in found.assignment]
    first, second = next(
        (a, b) for a in range(len(teams)) for b in range(a) if not set(teams[a]) & set(teams[b])
    )  # fmt: skip
    swapped = [list(team) for team in teams]
    swapped[first][0], swapped[second][0] = swapped[second][0], swapped[first][0]
    doubled = [list(team) for team in teams]
    doubled[0] = [doubled[0][0]] * 2
    stranger = [list(team) for team in teams]
    stranger[0][0] = "S99"
    turned = [list(team) for team in teams]
    turned[0].reverse()
    forbidden = [list(team) for team in teams]
    may = {(t, a) for t, a in zip(found.problem.task.tolist(), found.problem.agent.tolist(), strict=True)}
    forbidden[0][0] = next(agent.id for at, agent in enumerate(found.problem.agents) if (0, at) not in may)

    def of(rows: list[list[str]]) -> Matching:
        return replace(found, assignment=tuple(map(tuple, rows)))

    nudged = tuple(value + (2**41 if at == 3 else 0) for at, value in enumerate(found.task_potentials))
    lifted = tuple(value + 2**41 for value in found.agent_potentials)
    return {
        "two agents swapped": of(swapped), "one agent twice": of(doubled), "a stranger": of(stranger),
        "dearest first": of(turned), "one who may not": of(forbidden), "a row missing": of(teams[1:]),
        "cost": replace(found, cost=found.cost - 1), "a task's potential": replace(found, task_potentials=nudged),
        "all agents' potentials": replace(found, agent_potentials=lifted),
        "a potential missing": replace(found, task_potentials=found.task_potentials[1:]),
        "unique": replace(found, unique=not found.unique),
        "a wider window": replace(found, lo=found.lo - 1, hi=found.hi + 1),
        "a larger hi": replace(found, hi=found.hi + 1), "a smaller lo": replace(found, lo=found.lo - 1),
        "a window that does not fit": replace(found, lo=found.lo + 1),
    }  # fmt: skip


def test_every_tampering_is_found_without_a_solver() -> None:
    found = solve(city())
    assert certificate.check(found) == []
    for name, changed in tampered(found).items():
        faults = certificate.check(changed)
        assert faults, name
        assert all(fault.text("zh") and fault.text("en") for fault in faults)


def test_a_matching_that_is_not_the_cheapest_has_no_potentials() -> None:
    problem = city()
    found = solve(problem)
    place = {agent.id: at for at, agent in enumerate(problem.agents)}
    chosen = np.zeros(len(problem.cost), dtype=bool)
    for row, team in enumerate(found.assignment):
        for who in team:
            chosen |= (problem.task == row) & (problem.agent == place[who])
    certificate.potentials(problem, chosen, found.lo, found.hi)
    # hand one seat to a dearer agent of the same task who is free to take it within the wider window
    row = 5
    mine = ((problem.task == row) & chosen).nonzero()[0]
    free = ((problem.task == row) & ~chosen).nonzero()[0]
    worst = free[np.argmax(problem.cost[free])]
    chosen[mine[0]], chosen[worst] = False, True
    with pytest.raises(LotteryError, match="不是费用最小的"):
        certificate.potentials(problem, chosen, found.lo - 1, found.hi + 1)


def test_infeasible_is_told_in_numbers_by_group() -> None:
    """Forty-eight tasks of one district need 96 places, and three inspectors of 22 can give 66."""
    short, rest = [f"D3-{at:02d}" for at in range(48)], [f"D1-{at:02d}" for at in range(20)]
    people = tuple(Agent(f"S{at:02d}", 22) for at in range(1, 21))
    allowed = {unit: ["S01", "S02", "S03"] for unit in short} | {unit: [a.id for a in people[3:]] for unit in rest}
    groups = dict.fromkeys(short, "3 片区 2 类") | dict.fromkeys(rest, "1 片区 1 类")
    with pytest.raises(Infeasible) as caught:
        match([*short, *rest], Pool(people, {}, allowed), KEY, 2, groups=groups)
    (shortage,) = caught.value.shortages
    assert (len(shortage.tasks), shortage.needed, shortage.places) == (48, 96, 66)
    assert str(caught.value) == "48 个任务(3 片区 2 类)需要 96 个名额;可派的 3 个(S01、S02、S03)最多承担 66 个,差 30 个"
    assert caught.value.text("en").startswith("48 tasks (3 片区 2 类) need 96 places; the 3 that may take them")


@pytest.mark.parametrize("solver", sorted(ENGINES))
def test_two_shortages_are_told_apart(solver: str) -> None:
    pool = Pool(
        (Agent("L1", 1), Agent("L2", 1), Agent("L3", 5)),
        allowed={"A": ["L1"], "B": ["L1"], "C": ["L2"], "D": ["L2"], "E": ["L3"], "F": []},
    )
    with pytest.raises(Infeasible) as caught:
        match("ABCDEF", pool, KEY, solver=solver)
    told = {short.tasks: (short.agents, short.needed, short.places) for short in caught.value.shortages}
    assert told == {("A", "B"): (("L1",), 2, 1), ("C", "D"): (("L2",), 2, 1), ("F",): ((), 1, 0)}
    assert "没有一个可派" in str(caught.value)


def test_a_team_larger_than_the_eligible_is_named() -> None:
    pool = Pool((Agent("S1", 9), Agent("S2", 9), Agent("S3", 9)), {("X", "S1"): "kin", ("X", "S2"): "leave"})
    with pytest.raises(Infeasible, match=r"1 个任务\(X\)需要 2 个名额;可派的 1 个\(S3\)最多承担 1 个,差 1 个"):
        match(["X", "Y"], pool, KEY, 2)


def test_a_pool_says_all_its_faults_at_once() -> None:
    agents = (Agent("L1", 1), Agent("L1", 1), Agent("L:2", 1), Agent(" L3", -1), Agent("L4", True))
    with pytest.raises(InputFaults) as caught:
        Pool(agents, {("U", "L9"): "kin", ("U", "L1"): ""}, {"U": ["L8"]})
    codes = sorted(fault.code for fault in caught.value.faults)
    assert codes == [
        "agent_twice",
        "allowed_agent",
        "aside_agent",
        "aside_reason",
        "capacity",
        "capacity",
        "text_colon",
        "text_space",
    ]


@pytest.mark.parametrize(
    ("tasks", "team", "says"), [(["A", "A"], 1, "重复"), (["A"], 0, "正整数"), (["A"], True, "正整数")]
)
def test_senseless_problems(tasks: list, team: int, says: str) -> None:
    with pytest.raises(LotteryError, match=says):
        match(tasks, Pool((Agent("L1", 1),)), KEY, team)
    with pytest.raises(LotteryError, match="没有这个求解器"):
        match(["A"], Pool((Agent("L1", 1),)), KEY, solver="cplex")


def test_the_pool_is_committed_to_before_the_draw() -> None:
    pool = Pool((Agent("S2", 3), Agent("S1", 2)), {("U2", "S1"): "kin", ("U1", "S2"): "leave"})
    assert pool.text() == "agent,S1,2\nagent,S2,3\naside,U1,S2,leave\naside,U2,S1,kin\n"
    assert pool.commitment("a") != pool.commitment("b")
    changed = Pool(pool.agents, {**pool.set_asides, ("U9", "S1"): "kin"})
    assert changed.commitment("a") != pool.commitment("a")
