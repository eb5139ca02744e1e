"""Critical path beside networkx, the genetic algorithm beside CP-SAT, the cheapest cuts, Microsoft Project XML."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from benchmarks._common import in_turn, row
from ortools.sat.python import cp_model

from qualitycity.methods.scheduling import (
    Edits,
    Links,
    Rule,
    Task,
    WorkCalendar,
    back_schedule,
    cpm,
    improve,
    lights,
    repair,
    to_mspdi,
    what_if,
)

GOLDEN = Path(os.environ.get("CITY_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "golden" / "scheduling"
START, FAR = date(2027, 3, 1), date(2090, 1, 1)
CALENDAR = WorkCalendar(date(2020, 1, 1), np.ones(60_000, dtype=bool), "every day")
RULE = Rule(3, 0.2, 5, 2, 10, 1)
SCHEDULES = 50_000


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target, note}; the rows of PSPLIB take some minutes for their peer."""
    return [*_critical_path(), _cuts(), *_plans(), _file(), *_psplib()]


def network(tasks: int, links: int, seed: int = 1) -> tuple[np.ndarray, Links]:
    """A random network without circles: durations, and links that point forward."""
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, tasks, (links * 2, 2)), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    pairs = pairs[np.sort(rng.choice(len(pairs), links, replace=False))]
    kind, lag = np.zeros(links, dtype=int), rng.integers(0, 3, links)
    return rng.integers(1, 15, tasks), Links(pairs[:, 0], pairs[:, 1], kind, lag)


def _critical_path() -> list[dict[str, Any]]:
    duration, links = network(10_000, 24_671)
    days = duration.tolist()
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(days)))
    weights = links.weights(duration.astype(np.int64)).tolist()
    graph.add_weighted_edges_from(zip(links.pred.tolist(), links.succ.tolist(), weights, strict=True))
    early, late = _by_networkx(graph, days)
    found = cpm(duration, links)
    if found.es.tolist() != early or found.ls.tolist() != late:
        raise AssertionError("the critical paths differ")
    start, due = np.datetime64("2027-01-01") + found.es, np.datetime64("2027-01-01") + found.ef

    def lit() -> None:
        cpm(duration, links)
        lights(start, due, START, RULE, CALENDAR, done="NaT", lag=0.0, signed=True, known=True, worst=0)

    lit()
    ours, theirs, both = in_turn(lambda: cpm(duration, links), lambda: _by_networkx(graph, days), lit, rounds=9)
    peer = "networkx order + Python passes (its graph built before)"
    return [
        row("CPM with slack, 10,000 tasks, 24,671 links", ours, "ratio ≥ 30, ≤ 5 ms", peer, theirs),
        row("CPM, slack and lights of 10,000 tasks", both, "≤ 5 ms"),
    ]


def _by_networkx(graph: nx.DiGraph, days: list[int]) -> tuple[list[int], list[int]]:
    """Early starts, and late starts for the earliest end."""
    order = list(nx.topological_sort(graph))
    early = [0] * len(days)
    for task in order:
        for succ, data in graph.adj[task].items():
            early[succ] = max(early[succ], early[task] + data["weight"])
    end = max(start + length for start, length in zip(early, days, strict=True))
    late = [end - length for length in days]
    for task in reversed(order):
        for succ, data in graph.adj[task].items():
            late[task] = min(late[task], late[succ] - data["weight"])
    return early, late


def _cuts() -> dict[str, Any]:
    """Chains side by side, so that thousands of tasks lie on one that is too long."""
    from qualitycity.methods.scheduling import shortening

    rng = np.random.default_rng(3)
    tasks, lanes = 10_000, 100
    along = np.stack((np.arange(tasks - lanes), np.arange(lanes, tasks)), axis=1)
    across = along[rng.random(len(along)) < 0.7] + [0, 1]
    pairs = np.concatenate((along, across[across[:, 1] < tasks]))
    none = np.zeros(len(pairs), dtype=int)
    links, duration = Links(pairs[:, 0], pairs[:, 1], none, none), rng.integers(2, 20, tasks)
    deadline = int(cpm(duration, links).length * 0.9)
    cost, most = rng.integers(1, 10, tasks).astype(float), duration // 2
    found = repair(duration, links, deadline, cost, most)
    whole = np.ones(tasks, dtype=bool)
    begin = np.zeros(tasks, dtype=np.int64)

    def everything() -> Any:
        return shortening._solve(duration, links, deadline, cost, most, begin, whole)

    if abs(everything().fun - found.cost) > 1e-6 or cpm(duration - found.days, links).length > deadline:
        raise AssertionError("the cuts differ")
    ours, theirs = in_turn(lambda: repair(duration, links, deadline, cost, most), everything, rounds=1)
    work = f"cheapest cuts, 10,000 tasks ({len(found.cuts)} cut, exact, whole days)"
    return row(work, ours, "≤ 1.5 s", "HiGHS on the programme of all tasks", theirs)


def _plans() -> list[dict[str, Any]]:
    """Five hundred tasks of twelve departments, and an edit among a thousand."""
    tasks, links, capacity = _departments(500)
    plan = _plan(tasks, links, capacity)
    better = improve(plan, schedules=3_000)
    first, second = in_turn(lambda: _plan(tasks, links, capacity), lambda: improve(plan, schedules=3_000))
    days = [one.early_end - one.model.today for one in (plan, better)]
    note = f"ends after {days[0]}, then {days[1]} working days; lower bound {plan.bound - plan.model.today}"
    tasks, links, capacity = _departments(1_000)
    large = _plan(tasks, links, capacity)
    times = sorted(_seconds(lambda at=at: what_if(large, Edits(durations={f"t{at}": 20}))) for at in range(40))
    return [
        row("500 tasks × 12 departments back from a deadline", first, "≤ 0.3 s") | {"note": note},
        row("the same improved, 3,000 schedules on each of 2 threads", second, "≤ 2 s") | {"note": note},
        row("what if, 1,000 tasks under capacity, p95", times[37], "≤ 20 ms"),
    ]


def _departments(size: int) -> tuple[list[Task], Links, dict[str, int]]:
    rng = np.random.default_rng(size)
    duration, links = network(size, size * 2, seed=size)
    names = [f"d{at}" for at in range(12)]
    tasks = []
    for at in range(size):
        own = names[rng.integers(12)]
        tasks.append(Task(f"t{at}", int(duration[at]), own, {own: int(rng.integers(3, 16))}))
    return tasks, links, dict.fromkeys(names, 30)


def _plan(tasks: list[Task], links: Links, capacity: dict[str, int]) -> Any:
    return back_schedule(tasks, links, date(2040, 1, 1), CALENDAR, capacity, today=START)


def _seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _file() -> dict[str, Any]:
    duration, links = network(10_000, 24_671)
    tasks = [Task(f"t{at}", int(days)) for at, days in enumerate(duration)]
    plan = back_schedule(tasks, links, FAR, CALENDAR, {}, today=START)
    size = len(to_mspdi(plan)) / 1e6
    note = {"note": "MPXJ was measured elsewhere at 2.7 s for 10,000 tasks"}
    return row(f"write 10,000 tasks as MSPDI ({size:.0f} MB)", in_turn(lambda: to_mspdi(plan))[0], "≤ 0.3 s") | note


def _psplib() -> list[dict[str, Any]]:
    if not GOLDEN.exists():
        return []
    with (GOLDEN / "best_known.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    rows = []
    for group, target in (("j60", "gap ≤ 1.2 % in 1 s"), ("j120", "gap ≤ 3.5 % in 2 s")):
        chosen = [one for one in table if one["set"] == group]
        found = np.array([_instance(one["instance"], int(one["best_known_makespan"])) for one in chosen])
        gap, ours, their_gap, theirs = found.mean(axis=0)
        longest = found[:, 1].max()
        work = f"{group.upper()} golden set, 50,000 schedules on one thread: gap {gap:.2%}, longest {longest:.2f} s"
        rows.append(
            row(work, float(ours), target, f"CP-SAT 10 s, 2 workers (wall): gap {their_gap:.2%}", float(theirs))
        )
    return rows


def _instance(name: str, best: int) -> tuple[float, float, float, float]:
    """Gap and CPU seconds of 50,000 schedules; gap and wall seconds of CP-SAT."""
    tasks, links, capacity = project(GOLDEN / "psplib" / f"{name}.sm")
    start = time.process_time()
    plan = back_schedule(tasks, links, date(2040, 1, 1), CALENDAR, capacity, today=START, schedules=3)
    plan = improve(plan, schedules=SCHEDULES, threads=1)
    ours, end = time.process_time() - start, plan.early_end - plan.model.today
    start = time.perf_counter()
    theirs = _cp_sat(tasks, links, capacity)
    return end / best - 1, ours, theirs / best - 1, time.perf_counter() - start


def _cp_sat(tasks: list[Task], links: Links, capacity: dict[str, int]) -> int:
    """The plain model, 10 s of two workers."""
    model, far = cp_model.CpModel(), sum(task.duration for task in tasks)
    boxes = []
    for task in tasks:
        start = model.new_int_var(0, far, "")
        boxes.append(model.new_fixed_size_interval_var(start, task.duration, ""))
    for pred, succ in zip(links.pred, links.succ, strict=True):
        model.add(boxes[succ].start_expr() >= boxes[pred].end_expr())
    for name, size in capacity.items():
        model.add_cumulative(boxes, [task.demand[name] for task in tasks], size)
    end = model.new_int_var(0, far, "")
    model.add_max_equality(end, [box.end_expr() for box in boxes])
    model.minimize(end)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 2, 10
    solver.solve(model)
    return int(solver.objective_value)


def project(path: Path) -> tuple[list[Task], Links, dict[str, int]]:
    """A project of PSPLIB as tasks, links and capacity."""
    lines = path.read_text().splitlines()

    def block(head: str, skip: int) -> list[list[int]]:
        first = next(at for at, line in enumerate(lines) if line.startswith(head)) + skip
        last = next(at for at in range(first, len(lines)) if lines[at].startswith("*"))
        return [[int(word) for word in line.split()] for line in lines[first:last]]

    capacity = {f"R{at}": size for at, size in enumerate(block("RESOURCEAVAILABILITIES", 2)[0])}
    tasks = [
        Task(str(number), days, demand=dict(zip(capacity, needs, strict=True)))
        for number, _, days, *needs in block("jobnr. mode", 2)
    ]
    links = Links.of([(one[0] - 1, after - 1) for one in block("jobnr.    #modes", 1) for after in one[3:]])
    return tasks, links, capacity
