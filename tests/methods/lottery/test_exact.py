"""Exact-probability matching: published odds are kept to the last unit, and so is every quota that nests."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from qualitycity.methods.lottery import rounding
from qualitycity.methods.lottery.faults import LotteryError
from qualitycity.methods.lottery.hashing import digest
from qualitycity.methods.lottery.matching import Agent, Infeasible, Pool, Problem, match
from qualitycity.methods.lottery.pair_odds import ONE, PairOdds, check, pair_odds
from qualitycity.methods.lottery.quotas import Office, Seats
from qualitycity.methods.lottery.rounding import match_exactly
from qualitycity.methods.lottery.seed import draw_key

from .bundles import E04, E06, E10, E11, LABS, SAMPLERS

DRAWN = [E10, E11, E06, E04]
LABS_DIGEST = "f531b33ffee3ce08ddb2f11446a25e815c27992ae4f04ed553935c1a5402ac44"
TEAMS_DIGEST = "9aa886baf6e4067d8ba6a5f460d8d171887f67679770d9e79aba5bbf8eb667ed"
LABS_FOUND = (("L1",), ("L3",), ("L2",), ("L2",))
TEAMS_FOUND = (("S01", "S06"), ("S03", "S04"), ("S02", "S05"), ("S01", "S05"))


def problem_of(tasks: list[str], agents: dict[str, int], barred: set[tuple[str, str]] = frozenset(), team: int = 1):
    pool = Pool(tuple(Agent(*one) for one in agents.items()), dict.fromkeys(barred, "kin"))
    return Problem.of(tasks, pool, None, team)


def town(seed: int, tasks: int = 12, agents: int = 8, team: int = 2) -> Problem:
    """Tasks by samplers, one pair in five barred, capacities of some kinds."""
    chance = random.Random(seed)
    names = [f"T{at:02d}" for at in range(tasks)]
    people = {f"S{at}": chance.choice((3, 4, 12)) for at in range(agents)}
    barred = {(task, name) for task in names for name in people if chance.random() < 0.2}
    return problem_of(names, people, barred, team)


def matrix(odds: PairOdds) -> np.ndarray:
    found = np.zeros((len(odds.problem.tasks), len(odds.problem.agents)))
    found[odds.problem.task, odds.problem.agent] = odds.chance / ONE
    return found


def walked(odds: PairOdds, choose: Any) -> list[bool]:
    """The walk of the docstring of `rounding`, written again from its words; `choose(up, down)` → add or take away."""
    network, part = odds.layout.network, [int(value) % ONE for value in odds.flow]
    tail, head = network.tail.tolist(), network.head.tolist()
    path, via = [], []

    def open_arcs(node: int) -> list[int]:
        return [arc for arc, value in enumerate(part) if 0 < value < ONE and node in (tail[arc], head[arc])]

    while any(0 < value < ONE for value in part):
        if not path:
            path, via = [tail[next(arc for arc, value in enumerate(part) if 0 < value < ONE)]], [-1]
        ways = [arc for arc in open_arcs(path[-1]) if arc != via[-1]]
        if not ways:
            path.pop()
            via.pop()
            continue
        step = ways[0]
        other = head[step] if tail[step] == path[-1] else tail[step]
        if other not in path:
            path.append(other)
            via.append(step)
            continue
        base = path.index(other)
        cycle = [(arc, tail[arc] == node) for node, arc in zip(path[base:], [*via[base + 1 :], step], strict=True)]
        up = min(ONE - part[arc] if along else part[arc] for arc, along in cycle)
        down = min(part[arc] if along else ONE - part[arc] for arc, along in cycle)
        by = up if choose(up, down) else -down
        for arc, along in cycle:
            part[arc] += by if along else -by
        del path[base + 1 :], via[base + 1 :]
    pairs = len(odds.chance)
    return [int(f) - int(f) % ONE + p == ONE for f, p in zip(odds.flow[:pairs], part[:pairs], strict=True)]


def by_hash(key: str) -> Any:
    """Choices as the docstring of `rounding` says."""
    at = iter(range(10**9))

    def choose(up: int, down: int) -> bool:
        while True:
            value = int(digest(f"{key}:{next(at)}")[:13], 16)
            if value < 2**52 - 2**52 % (up + down):
                return value % (up + down) < down

    return choose


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_bytes_are_those_of_a_second_reading_of_the_rule(seed: int, key: int) -> None:
    try:
        odds = pair_odds(town(seed, 6, 5))
    except LotteryError:
        return
    chosen = walked(odds, by_hash(draw_key(str(key))))
    rows = zip(odds.problem.task[chosen].tolist(), odds.problem.agent[chosen].tolist(), strict=True)
    teams: dict[int, list[str]] = {}
    for task, agent in rows:
        teams.setdefault(task, []).append(odds.problem.agents[agent].id)
    found = match_exactly(odds, draw_key(str(key)))
    assert [list(team) for team in found.assignment] == [teams[at] for at in range(6)]


def test_over_all_choices_each_pair_has_its_published_probability_and_not_a_unit_more() -> None:
    """Every branch of the walk with its probability as a fraction: the mean is the published integer itself."""
    odds = pair_odds(problem_of(["A", "B", "C"], {"x": 2, "y": 2, "z": 3}, {("A", "x"), ("C", "y")}))
    mean = [Fraction(0)] * len(odds.chance)
    branches, total = [()], Fraction(0)
    while branches:
        branch = branches.pop()
        weight, asked = [Fraction(1)], []

        def choose(up: int, down: int, branch: tuple = branch, weight: list = weight, asked: list = asked) -> bool:
            taken = branch[len(asked)] if len(asked) < len(branch) else True
            asked.append(taken)
            weight[0] *= Fraction(down if taken else up, up + down)
            return taken

        chosen = walked(odds, choose)
        branches += [tuple(asked[:at]) + (False,) for at in range(len(branch), len(asked))]
        total += weight[0]
        mean = [m + weight[0] * c for m, c in zip(mean, chosen, strict=True)]
    assert total == 1
    assert mean == [Fraction(int(chance), ONE) for chance in odds.chance]


def test_two_thousand_seeds_of_a_town_follow_the_odds_and_keep_every_load() -> None:
    odds = pair_odds(town(3))
    runs, counts, tasks = 2000, Counter[tuple[str, str]](), odds.problem.tasks
    for run in range(runs):
        found = match_exactly(odds, draw_key(f"run {run}"))
        assert all(odds.lo <= load <= odds.hi for load in found.loads.values())
        assert all(abs(load - odds.loads[name]) < 1 for name, load in found.loads.items())
        counts.update((task, name) for task, team in zip(tasks, found.assignment, strict=True) for name in team)
    distance = 0.0
    for at in range(len(odds.chance)):
        pair = odds.pair(at)
        spread = runs * pair.probability * (1 - pair.probability)
        distance += (counts[pair.task, pair.agent] - runs * pair.probability) ** 2 / spread if spread else 0
    free = len(odds.chance) - len(odds.problem.tasks) - len(odds.problem.agents) + 1
    assert stats.chi2.ppf(1e-4, free) < distance * free / len(odds.chance) < stats.chi2.ppf(1 - 1e-4, free)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_odds_keep_every_quota_in_integers_and_the_window_is_that_of_the_least_cost_matching(seed, team) -> None:
    problem = town(seed, 7, 6, team)
    pool = Pool(problem.agents, {
        (task, agent.id): "kin" for t, task in enumerate(problem.tasks) for a, agent in enumerate(problem.agents)
        if not ((problem.task == t) & (problem.agent == a)).any()
    })  # fmt: skip
    try:
        cheapest = match(problem.tasks, pool, "0" * 32, team)
    except Infeasible:
        with pytest.raises(LotteryError, match="没有一种分配"):
            pair_odds(problem)
        return
    odds = pair_odds(problem)
    assert check(odds) == [] and odds.converged
    assert (odds.lo, odds.hi) == (cheapest.lo, cheapest.hi)
    rows = np.zeros(len(problem.tasks), dtype=np.int64)
    np.add.at(rows, problem.task, odds.chance)
    assert (rows == team * ONE).all() and (0 <= odds.chance).all() and (odds.chance <= ONE).all()
    found = match_exactly(odds, draw_key(str(seed)))
    assert all(len(set(one)) == team for one in found.assignment)
    assert all(load <= agent.capacity for load, agent in zip(found.loads.values(), problem.agents, strict=True))


def test_odds_are_those_of_greatest_entropy() -> None:
    """Against a general optimiser on a small table."""
    odds = pair_odds(problem_of(["A", "B", "C", "D"], {"x": 4, "y": 4, "z": 4}, {("A", "x"), ("B", "x"), ("C", "y")}))
    p = odds.chance / ONE
    task, agent = odds.problem.task, odds.problem.agent

    def lost(q: np.ndarray) -> float:
        return float((q * np.log(q) + (1 - q) * np.log(1 - q)).sum())

    rules = [{"type": "eq", "fun": lambda q, t=t: q[task == t].sum() - 1} for t in range(4)]
    rules += [{"type": "ineq", "fun": lambda q, a=a: odds.hi - q[agent == a].sum()} for a in range(3)]
    rules += [{"type": "ineq", "fun": lambda q, a=a: q[agent == a].sum() - odds.lo} for a in range(3)]
    best = optimize.minimize(lost, np.full(len(p), 0.4), bounds=[(1e-9, 1 - 1e-9)] * len(p), constraints=rules,
                             options={"ftol": 1e-14, "maxiter": 500})  # fmt: skip
    assert abs(best.x - p).max() < 1e-6


def test_agents_of_the_same_rights_have_the_same_odds_and_the_order_of_the_pool_does_not_matter() -> None:
    tasks = [f"T{at}" for at in range(9)]
    barred = {(task, name) for task in tasks[:3] for name in ("c", "d")}
    odds = pair_odds(problem_of(tasks, {"a": 9, "b": 9, "c": 9, "d": 9, "e": 9}, barred, 2))
    table = matrix(odds)
    assert abs(table[:, 0] - table[:, 1]).max() < 1e-9 and abs(table[:, 2] - table[:, 3]).max() < 1e-9
    assert abs(table[0] - table[2]).max() < 1e-9 and abs(table[3] - table[8]).max() < 1e-9
    again = pair_odds(problem_of(tasks, {"e": 9, "d": 9, "c": 9, "b": 9, "a": 9}, barred, 2))
    assert again.text() == odds.text()


def test_a_lead_in_every_team_and_shares_of_offices() -> None:
    problem = town(11, tasks=14, agents=9, team=3)
    leads = Seats("leads", ["S0", "S3", "S5", "S8"], 1, 2)
    offices = (Office("north", ["S0", "S1", "S2"], 10, 14), Office("south", ["S3", "S4"], 0, 9))
    odds = pair_odds(problem, [leads], offices)
    assert check(odds) == [] and odds.converged
    for run in range(100):
        found = match_exactly(odds, draw_key(str(run)))
        assert all(1 <= len(set(team) & set(leads.agents)) <= 2 for team in found.assignment)
        for office in offices:
            assert office.low <= sum(found.loads[name] for name in office.agents) <= office.high
        assert all(odds.lo <= load <= odds.hi for load in found.loads.values())


def test_forced_pairs_are_told_before_the_draw() -> None:
    odds = pair_odds(problem_of(["A", "B"], {"x": 1, "y": 2, "z": 2}, {("A", "y"), ("A", "z")}))
    assert [(pair.task, pair.agent) for pair in odds.forced] == [("A", "x")]
    assert odds.largest == odds.forced[0] and odds.smallest and odds.smallest.probability == 0  # x is full
    assert match_exactly(odds, "0" * 32).team_of("A") == ("x",)


def test_the_published_text_and_the_matching_of_the_demonstration_draw() -> None:
    """Pinned: whoever recomputes the round must get these bytes."""
    labs = pair_odds(Problem.of(DRAWN, LABS, None))
    teams = pair_odds(Problem.of(DRAWN, SAMPLERS, None, 2))
    assert labs.text().splitlines()[:2] == ["1,1,2", f"{E10},L1,{int(labs.chance[0])}"]
    assert (labs.digest(), teams.digest()) == (LABS_DIGEST, TEAMS_DIGEST)
    assert match_exactly(labs, draw_key("demo", "labs")).assignment == LABS_FOUND
    assert match_exactly(teams, draw_key("demo", "teams")).assignment == TEAMS_FOUND
    assert match_exactly(teams, draw_key("demo", "teams"), "sm3").assignment != TEAMS_FOUND


def test_the_compiled_walk_is_that_of_its_python_text() -> None:
    odds = pair_odds(town(5))
    network, part = odds.layout.network, odds.flow % ONE
    start, arcs = rounding.neighbours(network, part)
    draws = rounding._draws("k", 400, "sha256")
    one, other = part.copy(), part.copy()
    assert rounding.turn_cycles(network.tail, network.head, one, start, arcs, draws) == rounding.turn_cycles.py_func(
        network.tail, network.head, other, start, arcs, draws
    )
    assert (one == other).all() and set(one.tolist()) <= {0, ONE}


def test_too_few_draws_are_told_and_more_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    odds = pair_odds(town(5))
    network, part = odds.layout.network, odds.flow % ONE
    start, arcs = rounding.neighbours(network, part)
    assert rounding.turn_cycles(network.tail, network.head, part, start, arcs, rounding._draws("k", 3, "sha256")) == -1
    real, asked = rounding._draws, []

    def spoilt(key: str, count: int, hash_name: str) -> np.ndarray:
        """The first hundred draws lie where they are passed over, whatever the number of choices."""
        asked.append(count)
        return np.concatenate([np.full(100, 2**52 - 1), real(key, max(count - 100, 0), hash_name)])[:count]

    whole = match_exactly(odds, "k")
    monkeypatch.setattr(rounding, "_draws", spoilt)
    assert match_exactly(odds, "k").assignment == whole.assignment and len(asked) > 1


def test_tampered_odds_are_found() -> None:
    odds = pair_odds(town(7))
    assert check(odds) == []
    moved = odds.chance.copy()
    moved[0] += 1
    assert {fault.code for fault in check(replace(odds, chance=moved))} == {"odds_quota"}
    assert odds.problem.team * ONE + 1 == int(replace(odds, chance=moved).flow[odds.layout.first[0]])
    wild = odds.chance.copy()
    wild[0], wild[1] = ONE + 5, wild[1] + wild[0] - ONE - 5
    assert "odds_pair" in [fault.code for fault in check(replace(odds, chance=wild))]
    assert {fault.code for fault in check(replace(odds, lo=odds.hi + 1))} == {"odds_quota"}


def test_quotas_that_cannot_be_are_refused_by_name() -> None:
    problem = town(1)
    for seats, offices, code in [
        ([Seats("leads", ["S0"], 2, 1)], (), "quota_bounds"),
        ([Seats("leads", ["S0"], -1, 1)], (), "quota_bounds"),
        ([Seats("leads", ["S99"], 0, 1)], (), "quota_stranger"),
        ((), [Office("a", ["S0", "S1"], 0, 9), Office("b", ["S1"], 0, 9)], "quota_overlap"),
        ((), [Office("a", ["S0"], 12, 13)], "quota_infeasible"),
    ]:
        with pytest.raises(LotteryError) as caught:
            pair_odds(problem, seats, offices)
        assert caught.value.phrase.code == code


def test_nothing_to_match_is_matched() -> None:
    odds = pair_odds(problem_of([], {"x": 1}))
    assert (odds.lo, odds.hi, odds.smallest, odds.largest, odds.forced, check(odds)) == (0, 0, None, None, (), [])
    assert match_exactly(odds, "0" * 32).assignment == ()


@pytest.mark.long
def test_the_national_size() -> None:
    """5,000 tasks, two samplers each, out of 500 in 20 districts: exactly 20 each, every chance between 1 and 8 %."""
    chance = random.Random(500)
    people = [(f"S{at:03d}", at % 20, set(chance.sample(range(6), 3))) for at in range(500)]
    allowed = {}
    for at in range(5_000):
        district, skill = chance.randrange(20), chance.randrange(6)
        near = [name for name, home, skills in people if (home - district) % 20 < 5 and skill in skills]
        allowed[f"{at:018d}/01"] = [name for name in near if chance.random() > 0.02]
    pool = Pool(tuple(Agent(name, 40) for name, *_ in people), {}, allowed)
    odds = pair_odds(Problem.of(allowed, pool, None, 2))
    assert (odds.lo, odds.hi, odds.converged, odds.forced, check(odds)) == (20, 20, True, (), [])
    assert odds.smallest and odds.largest and 0.01 < odds.smallest.probability < odds.largest.probability < 0.08
    assert set(match_exactly(odds, draw_key("nation", "teams")).loads.values()) == {20}
