"""What is short and why, the cheapest cuts (against brute force and a general solver), proof on knots."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from qualitycity.methods.scheduling import (
    Cycle,
    Links,
    Task,
    WorkCalendar,
    back_schedule,
    cpm,
    improve,
    mend,
    prove,
    repair,
    shortage,
)

from .cases import AFTER, EVERY_DAY, invented_2027, programme, project, rows
from .test_network import random_project
from .test_planning import START, check, check_links, random_tasks


def test_the_nine_tasks_lack_two_days_on_one_chain_and_the_sixth_has_room() -> None:
    plan = back_schedule(programme(), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))
    found = shortage(plan)
    assert found.days == found.certain == 2
    assert [chain.tasks for chain in found.chains] == [("T1", "T2", "T3", "T4", "T5", "T7", "T8", "T9")]
    assert found.chains[0].days == 2 and set(found.chains[0].held_by) == {"link"}
    assert found.helps == found.chains[0].tasks and found.spare == {"T6": 17}


def test_a_chain_names_the_department_that_makes_a_task_wait() -> None:
    tasks = [Task("a", 4, demand={"bureau": 10}), Task("b", 4, demand={"bureau": 10}), Task("c", 1)]
    plan = back_schedule(tasks, Links.of([]), START.replace(day=6), EVERY_DAY, {"bureau": 10}, today=START)
    chain = shortage(plan).chains[0]
    assert chain.days == 2 and set(chain.tasks) == {"a", "b"} and chain.held_by == ("bureau",)
    assert shortage(plan).spare == {"c": 5}


def test_every_task_without_room_lies_on_a_chain_as_long_as_it_says() -> None:
    for seed in range(10):
        tasks, links, _ = random_tasks(seed)
        bare = [Task(task.id, task.duration) for task in tasks]
        length = cpm([task.duration for task in tasks], links).length
        plan = back_schedule(bare, links, date(2027, 3, max(1, length - 4)), EVERY_DAY, {}, today=START)
        found = shortage(plan)
        slack = dict(zip([task.id for task in tasks], plan.total_slack.tolist(), strict=True))
        assert {name for chain in found.chains for name in chain.tasks} >= set(found.helps)
        assert found.chains[0].days == found.days == plan.short_by > 0
        assert all(slack[name] <= -chain.days for chain in found.chains for name in chain.tasks)


def test_a_plan_that_fits_has_no_chain() -> None:
    plan = back_schedule(programme(T5=20), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))
    found = shortage(plan)
    assert found.days == 0 and not found.chains and not found.helps and found.spare["T1"] == 3


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_the_cuts_cost_as_little_as_an_integer_programme_of_all_tasks(seed: int) -> None:
    """The linear programme, cut down to the chains that are too long, is exact for all kinds of links."""
    rng = np.random.default_rng(seed)
    duration, links = random_project(seed, 14)
    most, cost = rng.integers(0, duration + 1), rng.integers(0, 6, duration.size).astype(float)
    deadline = int(cpm(duration, links).length * 0.8)
    found = repair(duration, links, deadline, cost, most)
    n = duration.size
    table, limit = [], []
    for pred, succ, kind, lag in zip(links.pred, links.succ, links.kind, links.lag, strict=True):
        line, low = np.zeros(2 * n), int(lag)
        line[succ] += 1
        line[pred] -= 1
        if kind in (0, 2):
            line[n + pred], low = line[n + pred] + 1, low + int(duration[pred])
        if kind in (2, 3):
            line[n + succ], low = line[n + succ] - 1, low - int(duration[succ])
        table.append(line)
        limit.append(low)
    for at in range(n):
        line = np.zeros(2 * n)
        line[at], line[n + at] = -1, 1
        table.append(line)
        limit.append(int(duration[at]) - deadline)
    bounds = (np.zeros(2 * n), np.concatenate((np.full(n, np.inf), most)))
    oracle = milp(
        np.concatenate((np.zeros(n), cost)),
        integrality=np.ones(2 * n),
        bounds=bounds,
        constraints=LinearConstraint(np.array(table), lb=limit),
    )
    if oracle.status == 2:
        assert found.short_by > 0 and not found.days.any()
        again = repair(duration, links, deadline + found.short_by, cost, most)
        assert again.short_by == 0 and repair(duration, links, deadline + found.short_by - 1, cost, most).short_by == 1
    else:
        assert found.short_by == 0 and found.cost == pytest.approx(oracle.fun) and found.converged
        assert cpm(duration - found.days, links).length <= deadline and (found.days <= most).all()


def test_the_cuts_equal_brute_force_on_a_small_project() -> None:
    duration, links = np.array([4, 3, 5, 2]), Links.of([(0, 1), (0, 2, "SS", 2), (1, 3), (2, 3)])
    cost, most = np.array([5.0, 2.0, 3.0, 4.0]), np.array([2, 2, 2, 1])
    for deadline in range(5, 10):
        costs = [
            (np.array(cut) * cost).sum()
            for cut in itertools.product(*(range(one + 1) for one in most))
            if cpm(duration - np.array(cut), links).length <= deadline
        ]
        found = repair(duration, links, deadline, cost, most)
        assert (found.short_by > 0) if not costs else found.cost == min(costs)


def test_dearer_prices_scale_the_cost_and_nothing_else() -> None:
    duration, links = random_project(5, 30)
    deadline = cpm(duration, links).length - 3
    one = repair(duration, links, deadline, np.ones(30), duration // 2)
    ten = repair(duration, links, deadline, np.full(30, 10.0), duration // 2)
    assert ten.cost == 10 * one.cost and one.cost == sum(cut.cost for cut in one.cuts)


def test_a_deadline_already_kept_needs_no_cut() -> None:
    found = repair([3, 4], Links.of([(0, 1)]), 7, [1, 1], [1, 1])
    assert found.cost == 0 and not found.cuts and found.converged


def test_mending_the_nine_tasks_cuts_the_cheapest_two_days() -> None:
    plan = back_schedule(programme(), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))
    found = mend(plan, {"T1": 3, "T5": 2, "T6": 1, "T8": 5}, {"T1": 5, "T5": 1, "T6": 10, "T8": 3})
    assert {plan.tasks[cut.task].id: cut.days for cut in found.cuts} == {"T1": 1, "T5": 1} and found.cost == 5
    mended = programme(T1=14, T5=24)
    assert back_schedule(mended, AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15)).margin == 0


def test_mending_under_capacity_counts_the_people() -> None:
    """Without capacity nothing is short; one person for both tasks makes two days missing."""
    tasks = [Task("a", 4, demand={"bureau": 10}), Task("b", 4, demand={"bureau": 10})]
    plan = back_schedule(tasks, Links.of([]), START.replace(day=6), EVERY_DAY, {"bureau": 10}, today=START)
    found = mend(plan, {"a": 7, "b": 3}, {"a": 3, "b": 1})
    assert [cut.days for cut in found.cuts] == [1, 1] and found.cost == 10 and found.converged
    hopeless = mend(plan, {"a": 7}, {"a": 1})
    assert hopeless.short_by == 1 and not hopeless.cuts


def test_mending_under_capacity_gives_a_plan_that_keeps_the_deadline() -> None:
    tasks, links, capacity = random_tasks(3, 14, kinds=1)
    plan = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START)
    deadline = EVERY_DAY.date(EVERY_DAY.index(START, "forward") + plan.early_end - plan.model.today - 3)
    plan = back_schedule(tasks, links, deadline, EVERY_DAY, capacity, today=START)
    found = mend(plan, {task.id: 2 for task in tasks}, {task.id: task.duration // 2 for task in tasks})
    assert plan.short_by == 2 and found.short_by == 0 and found.bound <= found.cost
    cut = [Task(task.id, task.duration - int(days), task.department, task.demand) for task, days in
           zip(tasks, found.days, strict=True)]  # fmt: skip
    assert prove(back_schedule(cut, links, deadline, EVERY_DAY, capacity, today=START)).plan.feasible


def test_proof_closes_the_gap_of_a_small_knot_and_shows_the_bound() -> None:
    tasks = [Task(name, 3, demand={"bureau": 6}) for name in "abcd"]
    plan = back_schedule(tasks, Links.of([]), date(2027, 4, 1), EVERY_DAY, {"bureau": 10}, today=START)
    found = prove(plan)
    assert not plan.converged and found.lower == found.upper == 12 and found.converged and found.plan.converged
    assert found.knots[0].exact and found.knots[0].tasks == ("a", "b", "c", "d")


@pytest.mark.parametrize("name", ["j301_2", "j305_7", "j3021_7"])
def test_proof_of_golden_projects(golden: Path, name: str) -> None:
    best = {row["instance"]: int(row["best_known_makespan"]) for row in rows(golden / "best_known.csv")}
    tasks, links, capacity = project(golden / "psplib" / f"{name}.sm")
    plan = back_schedule(tasks, links, date(2028, 1, 1), EVERY_DAY, capacity, today=START)
    found = prove(improve(plan, schedules=9_000, threads=1), effort=1.0)
    assert found.lower <= best[name] <= found.upper and found.upper == best[name]
    check(found.plan, found.plan.starts, found.plan.finishes)
    check_links(found.plan, found.plan.late)


def test_a_large_project_is_bounded_knot_by_knot_and_the_same_each_time() -> None:
    tasks, links, capacity = random_tasks(3, 40)
    plan = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START)
    found = [prove(plan, limit=8, effort=0.2) for _ in range(2)]
    assert found[0].knots == found[1].knots and {knot.department for knot in found[0].knots} == {"north", "south"}
    assert plan.bound - plan.model.today <= found[0].lower <= found[0].upper
    assert all(len(knot.tasks) == 8 for knot in found[0].knots)
    exact = prove(plan, effort=1.0)
    assert found[0].lower <= exact.upper


def test_proof_respects_what_started_tasks_take() -> None:
    tasks = [Task("a", 4, demand={"x": 10}), Task("b", 3, demand={"x": 6}), Task("c", 3, demand={"x": 6})]
    plan = back_schedule(
        tasks, Links.of([]), date(2027, 4, 1), EVERY_DAY, {"x": 10}, today=START, frozen={"a": START.replace(day=2)}
    )
    found = prove(plan)
    assert found.lower == found.upper == 11  # one day is too short before the started task, then 3 + 3 after it


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda: repair([3], Links.of([]), 2, [-1], [1]), "cost: -1.0 of task 0"),
        (lambda: repair([3], Links.of([]), 2, [np.nan], [1]), "cost: nan of task 0"),
        (lambda: repair([3], Links.of([]), 2, [1], [4]), "max_cut: 4 of task 0, which takes 3"),
        (lambda: repair([3], Links.of([]), 2, [1, 2], [1]), r"cost: shape \(2,\)"),
        (lambda: repair([3], Links.of([]), 2, [1], [0.5]), "max_cut: whole days"),
        (lambda: repair([3, 3], Links.of([(0, 1), (1, 0)]), 2, [1, 1], [1, 1]), "circle"),
    ],
)
def test_bad_input_is_named(act: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        act()  # type: ignore[operator]


def test_bad_input_of_plans_is_named_all_at_once() -> None:
    tasks = [Task("a", 4, demand={"x": 10}), Task("b", 4)]
    plan = back_schedule(tasks, Links.of([]), date(2027, 3, 2), EVERY_DAY, {"x": 10}, today=START, frozen={"b": START})
    with pytest.raises(ValueError, match="'z' is no task; cost: none given for task 'a'; max_cut: task 'b' has"):
        mend(plan, {"z": 1, "b": 1}, {"a": 2, "b": 1})
    with pytest.raises(ValueError, match="cost: whole numbers"):
        mend(plan, {"a": 1.5}, {"a": 2})
    with pytest.raises(ValueError, match="effort: more than 0"):
        prove(plan, effort=0)
    other = WorkCalendar(START, np.ones(90, dtype=bool), "other")
    apart = [Task("a", 4, "p"), Task("b", 4, "q")]
    mixed = back_schedule(apart, Links.of([]), date(2027, 4, 2), {"p": EVERY_DAY, "q": other}, {}, today=START)
    for act in (prove, lambda plan: mend(plan, {}, {})):
        with pytest.raises(ValueError, match="one calendar for all"):
            act(mixed)
    assert issubclass(Cycle, ValueError)
