"""Counting back under capacity: a city's nine tasks, random projects checked day by day, golden PSPLIB, bad input."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.scheduling import Cycle, Links, Plan, Task, WorkCalendar, back_schedule, cpm, improve

from .cases import AFTER, EVERY_DAY, invented_2027, programme, project, rows

START = date(2027, 3, 1)


def shown(plan: Plan, name: str) -> str:
    at = plan.model.given.place[name]
    return f"{str(plan.starts[at])[5:]} to {str(plan.finishes[at])[5:]}"


def test_the_programme_is_short_by_two_days_and_the_make_up_sunday_counts() -> None:
    plan = back_schedule(programme(), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))
    assert plan.short_by == plan.certainly_short_by == 2 and not plan.feasible
    assert shown(plan, "T1").startswith("03-11") and shown(plan, "T4") == "04-21 to 04-25"
    assert shown(plan, "T5") == "04-26 to 06-01" and shown(plan, "T9") == "06-25 to 06-29"
    assert [task.id for task, flag in zip(plan.tasks, plan.critical, strict=True) if not flag] == ["T6"]


def test_a_shorter_task_mends_it_with_three_days_to_spare() -> None:
    plan = back_schedule(programme(T5=20), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))
    assert plan.margin == 3 and plan.feasible
    wanted = ["03-18 to 04-08", "04-09 to 04-13", "04-14 to 04-26", "04-27 to 04-30", "05-06 to 06-01"]
    wanted += ["05-06 to 06-01", "06-02 to 06-16", "06-17 to 06-24", "06-25 to 06-29"]
    assert [shown(plan, task.id) for task in plan.tasks] == wanted


def random_tasks(seed: int, size: int = 25, kinds: int = 4) -> tuple[list[Task], Links, dict[str, int]]:
    rng = np.random.default_rng(seed)
    names = ["north", "south"]
    tasks = []
    for at in range(size):
        own = names[rng.integers(2)]
        demand = {name: int(rng.integers(1, 21)) for name in names if name == own or rng.random() < 0.3}
        tasks.append(Task(f"t{at}", int(rng.integers(0, 7)), own, demand))
    low, high = np.sort(rng.integers(0, size, (2, 2 * size)), axis=0)
    keep = low < high
    lag = rng.integers(-2, 4, keep.sum()) if kinds == 4 else rng.integers(0, 3, keep.sum())
    links = Links(low[keep], high[keep], rng.integers(0, kinds, keep.sum()), lag)
    return tasks, links, {"north": 25, "south": 20}


def two_calendars(seed: int) -> dict[str, WorkCalendar]:
    rng = np.random.default_rng(seed)
    return {
        name: WorkCalendar(date(2026, 1, 1), rng.random(1500) < 0.7, f"{name} {seed}") for name in ("north", "south")
    }


def days_of(plan: Plan, at: int, start: np.datetime64) -> list[date]:
    """The days a task is worked from its first day on, by the calendar of its department alone."""
    calendar = plan.model.given.calendar_of(at)
    number = calendar.index(start.item(), "forward")
    return [calendar.date(number + step) for step in range(plan.tasks[at].duration)]


def check(plan: Plan, starts: np.ndarray, finishes: np.ndarray) -> None:
    """Every day a working day, every department within its capacity, on nothing but dates."""
    load: dict[tuple[str, date], int] = {}
    for at, task in enumerate(plan.tasks):
        worked = days_of(plan, at, starts[at])
        if worked:
            assert (worked[0], worked[-1]) == (starts[at].item(), finishes[at].item())
        for day in worked:
            for name, tenths in task.demand.items():
                load[name, day] = load.get((name, day), 0) + tenths
    assert all(tenths <= plan.model.given.capacity[name] for (name, _), tenths in load.items())


def check_links(plan: Plan, slot: np.ndarray) -> None:
    """Every link, with its lag counted in the calendar of the successor."""
    links, model = plan.model.given.links, plan.model
    finish = model.finish(slot)
    for pred, succ, kind, lag in zip(links.pred, links.succ, links.kind, links.lag, strict=True):
        one = finish[pred] if kind in (0, 2) else slot[pred]
        two = finish[succ] if kind in (2, 3) else slot[succ]
        own = model.calendar[[succ]]
        counted = model.rank(own, np.array([two])) - model.rank(own, np.array([one]))
        assert counted[0] >= lag and (lag != 0 or kind == 3 or two >= one)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_random_plans_keep_links_capacity_and_deadline(seed: int) -> None:
    tasks, links, capacity = random_tasks(seed)
    plan = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START, schedules=60)
    for starts, finishes, slots in (
        (plan.early_starts, plan.early_finishes, plan.early),
        (plan.starts, plan.finishes, plan.late),
    ):
        check(plan, starts, finishes)
        check_links(plan, slots)
    assert plan.feasible and (plan.total_slack >= plan.margin).all() and plan.total_slack.min() == plan.margin
    assert plan.finishes.max() <= np.datetime64("2027-12-01") and plan.early.min() >= plan.model.today


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_departments_with_different_calendars(seed: int) -> None:
    tasks, links, capacity = random_tasks(seed)
    plan = back_schedule(tasks, links, date(2028, 6, 1), two_calendars(seed), capacity, today=START, schedules=60)
    check(plan, plan.early_starts, plan.early_finishes)
    check_links(plan, plan.early)
    check(plan, plan.starts, plan.finishes)
    check_links(plan, plan.late)
    assert plan.feasible and (plan.late >= plan.early).all()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.booleans())
def test_two_names_of_one_calendar_give_the_plan_of_one(seed: int, bounded: bool) -> None:
    """All kinds of links without capacity; with it those for which both ways sort alike."""
    tasks, links, capacity = random_tasks(seed, kinds=1 if bounded else 4)
    tasks = [Task(one.id, max(1, one.duration), one.department, one.demand if bounded else {}) for one in tasks]
    own = two_calendars(seed)["north"]
    pinned = {} if bounded else {"t12": date(2027, 5, 3), "t20": date(2027, 2, 26)}
    both = {"north": own, "south": WorkCalendar(own.first, own.working, "twin")}
    plans = [
        back_schedule(tasks, links, date(2028, 6, 1), calendars, capacity, today=START, frozen=pinned, schedules=3)
        for calendars in (own, both)
    ]
    assert [plan.model.axis.plain for plan in plans] == [True, False]
    for read in (lambda plan: plan.early_starts, lambda plan: plan.finishes, lambda plan: plan.total_slack,
                 lambda plan: plan.free_slack, lambda plan: plan.margin):  # fmt: skip
        assert np.array_equal(read(plans[0]), read(plans[1]))


def test_without_capacity_it_is_the_critical_path() -> None:
    for seed in range(10):
        tasks, links, _ = random_tasks(seed)
        bare = [Task(task.id, task.duration) for task in tasks]
        plan = back_schedule(bare, links, date(2027, 4, 30), EVERY_DAY, {}, today=START)
        today = EVERY_DAY.index(START, "forward")
        found = cpm([task.duration for task in tasks], links, start=today, deadline=today + 61)
        zero = plan.model.zero
        assert (plan.early + zero == found.es).all() and (plan.late + zero == found.ls).all()
        assert (plan.free_slack == found.free_slack).all() and (plan.critical == found.critical).all()
        assert plan.converged and "critical path" in plan.method


def test_milestones_of_one_day_keep_their_links_when_pushed_to_and_fro() -> None:
    """Sorting zero-duration tasks by time alone breaks links: ties follow the order of the network, both ways."""
    size = 40
    chain = Links.of([(at + 1, at) for at in range(size - 1)])  # the later number comes first
    tasks = [Task(str(at), 1 if at % 7 == 0 else 0, demand={"bureau": 10}) for at in range(size)]
    other = [Task(f"x{at}", 2, demand={"bureau": 10}) for at in range(5)]
    plan = improve(
        back_schedule([*tasks, *other], chain, date(2027, 6, 1), EVERY_DAY, {"bureau": 10}, today=START), schedules=300
    )
    for slots in (plan.early, plan.late):
        check_links(plan, slots)
    assert plan.converged and plan.early_end - plan.model.today == 6 + 10


def test_halves_of_a_person_are_not_lost() -> None:
    tasks = [Task("a", 4, demand={"bureau": 5}), Task("b", 4, demand={"bureau": 5})]
    plan = back_schedule(tasks, Links.of([]), date(2027, 3, 4), EVERY_DAY, {"bureau": 10}, today=START)
    assert plan.margin == 0 and plan.starts[0] == plan.starts[1]
    plan = back_schedule(tasks, Links.of([]), date(2027, 3, 4), EVERY_DAY, {"bureau": 9}, today=START)
    assert plan.short_by == 4 and plan.certainly_short_by == 1


def test_started_tasks_stay_and_what_links_into_them_no_longer_binds() -> None:
    tasks = [Task("a", 5, demand={"x": 10}), Task("b", 4, demand={"x": 10}), Task("c", 3, demand={"x": 10})]
    links = Links.of([(0, 1), (1, 2)])
    plan = back_schedule(
        tasks, links, date(2027, 3, 20), EVERY_DAY, {"x": 10}, today=START, frozen={"b": date(2027, 2, 27)}
    )
    assert str(plan.starts[1]) == "2027-02-27" == str(plan.early_starts[1])
    assert sorted(map(str, plan.early_starts[[0, 2]]))[0] == "2027-03-03"  # the person is busy until the 2nd
    assert plan.total_slack[1] == 0 and not plan.critical[1]
    check(plan, plan.starts, plan.finishes)


def test_a_task_that_started_long_ago_and_a_deadline_gone_by_still_give_numbers() -> None:
    tasks = [Task("a", 30), Task("b", 4)]
    plan = back_schedule(
        tasks, Links.of([(0, 1)]), date(2027, 2, 20), EVERY_DAY, {}, today=START, frozen={"a": date(2027, 1, 5)}
    )
    assert str(plan.finishes[0]) == "2027-02-03" and plan.short_by == 12


def test_everything_started_leaves_nothing_to_plan() -> None:
    plan = back_schedule(
        [Task("a", 3)], Links.of([]), date(2027, 3, 9), EVERY_DAY, {}, today=START, frozen={"a": date(2027, 3, 2)}
    )
    assert plan.total_slack.tolist() == [0] and plan.feasible


def test_a_seed_gives_the_same_plan_whatever_the_threads_do() -> None:
    tasks, links, capacity = random_tasks(3, 40)
    base = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START, schedules=3)
    runs = [improve(base, schedules=300, threads=2, seed=5) for _ in range(3)]
    assert all((run.early == runs[0].early).all() and (run.late == runs[0].late).all() for run in runs)
    assert runs[0].early_end <= base.early_end


def test_the_order_in_which_tasks_are_listed_does_not_break_them() -> None:
    tasks, links, capacity = random_tasks(11)
    turn = np.random.default_rng(1).permutation(len(tasks))
    back = np.argsort(turn)
    shuffled = Links(back[links.pred], back[links.succ], links.kind, links.lag)
    bare = [Task(task.id, task.duration) for task in tasks]
    one = back_schedule(bare, links, date(2027, 12, 1), EVERY_DAY, {}, today=START)
    two = back_schedule([bare[at] for at in turn], shuffled, date(2027, 12, 1), EVERY_DAY, {}, today=START)
    assert (two.total_slack == one.total_slack[turn]).all()
    full = back_schedule([tasks[at] for at in turn], shuffled, date(2027, 12, 1), EVERY_DAY, capacity, today=START)
    check(full, full.starts, full.finishes)


def test_the_bound_never_exceeds_what_a_plan_reaches_and_doubling_capacity_never_lengthens() -> None:
    for seed in range(8):
        tasks, links, capacity = random_tasks(seed, kinds=1)
        plan = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START, schedules=300)
        wide = {name: 30 * tenths for name, tenths in capacity.items()}
        loose = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, wide, today=START)
        assert loose.early_end <= plan.bound <= plan.early_end and loose.converged


@pytest.mark.parametrize("name", ["j301_2", "j3017_2", "j3021_7", "j3029_7"])
def test_golden_projects_of_thirty_tasks_reach_the_optimum(golden: Path, name: str) -> None:
    best = {row["instance"]: int(row["best_known_makespan"]) for row in rows(golden / "best_known.csv")}
    tasks, links, capacity = project(golden / "psplib" / f"{name}.sm")
    plan = back_schedule(tasks, links, date(2028, 1, 1), EVERY_DAY, capacity, today=START)
    plan = improve(plan, schedules=15_000, threads=1)
    assert plan.early_end - plan.model.today == best[name]
    check(plan, plan.starts, plan.finishes)
    assert plan.margin == 307 - best[name]


@pytest.mark.parametrize(("group", "gap"), [("j60", 0.025), ("j120", 0.045)])
def test_golden_projects_of_sixty_and_more_come_near_the_best_known(golden: Path, group: str, gap: float) -> None:
    found = []
    for row in rows(golden / "best_known.csv"):
        if row["set"] != group or len(found) == 4:
            continue
        tasks, links, capacity = project(golden / "psplib" / f"{row['instance']}.sm")
        plan = back_schedule(tasks, links, date(2028, 1, 1), EVERY_DAY, capacity, today=START)
        plan = improve(plan, schedules=20_000, threads=1)
        reached = plan.early_end - plan.model.today
        assert reached >= int(row["lower_bound"]) and plan.bound - plan.model.today <= int(row["best_known_makespan"])
        found.append(reached / int(row["best_known_makespan"]) - 1)
    assert len(found) == 4 and np.mean(found) <= gap


def test_the_pure_path_gives_the_plan_of_the_compiled_one() -> None:
    script = (
        "from tests.methods.scheduling.test_planning import *\n"
        "tasks, links, capacity = random_tasks(7, 8)\n"
        "for calendars in (EVERY_DAY, two_calendars(7)):\n"
        "    plan = back_schedule(tasks, links, date(2027, 12, 1), calendars, capacity, today=START, schedules=30)\n"
        "    print(plan.early.tolist(), plan.late.tolist(), plan.bound)\n"
    )
    root = Path(__file__).resolve().parents[3]
    outputs = {
        subprocess.check_output(
            [sys.executable, "-c", script],
            cwd=root,
            text=True,
            env={**os.environ, "NUMBA_DISABLE_JIT": off, "PYTHONPATH": f"{root / 'src'}:{root}"},
        )
        for off in ("0", "1")
    }
    assert len(outputs) == 1


def test_all_faults_of_a_plan_are_told_at_once() -> None:
    tasks = [Task("a", -1), Task("a", 2, demand={"x": 11, "y": 1}), Task("b", 2, demand={"x": 5.5})]
    with pytest.raises(ValueError) as caught:
        back_schedule(tasks, Links.of([]), date(2027, 4, 1), EVERY_DAY, {"x": 10}, today=START, frozen={"q": START})
    for part in ("id 'a' is there twice", "-1 of task 'a'", "needs 11 tenths", "none given for department 'y'", "5.5",
                 "'q' is no task"):  # fmt: skip
        assert part in str(caught.value)


def test_a_circle_and_dates_outside_the_table_are_refused() -> None:
    with pytest.raises(Cycle):
        back_schedule([Task("a", 1), Task("b", 1)], Links.of([(0, 1), (1, 0)]), START, EVERY_DAY, {}, today=START)
    with pytest.raises(ValueError, match="2050-01-01 cannot be counted"):
        back_schedule([Task("a", 1)], Links.of([]), date(2050, 1, 1), EVERY_DAY, {}, today=START)
    with pytest.raises(ValueError, match="calendars: none for department 'z'"):
        back_schedule([Task("a", 1, "z")], Links.of([]), START, {"y": EVERY_DAY}, {}, today=START)
    with pytest.raises(ValueError, match="capacity: 40000"):
        back_schedule([Task("a", 1)], Links.of([]), START, EVERY_DAY, {"y": 40_000}, today=START)
    short = {name: WorkCalendar(START, np.ones(9, dtype=bool), name) for name in ("p", "q")}
    with pytest.raises(ValueError, match="the tables end before the work does"):
        back_schedule(
            [Task("a", 6, "p"), Task("b", 6, "q")], Links.of([(0, 1)]), START + timedelta(7), short, {}, today=START
        )


def test_a_plan_that_leans_on_a_guessed_calendar_says_so() -> None:
    calendar = WorkCalendar(START, np.ones(99, dtype=bool), "x", provisional_from=date(2027, 4, 1))
    late = back_schedule([Task("a", 3)], Links.of([]), date(2027, 4, 2), calendar, {}, today=START)
    sure = back_schedule([Task("a", 3)], Links.of([]), date(2027, 3, 30), calendar, {}, today=START)
    assert late.provisional and not sure.provisional
