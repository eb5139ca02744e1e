"""The critical path: golden networks of MPXJ and PSPLIB, networkx as oracle, circles, leads, summary tasks."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.scheduling import Cycle, Links, cpm, expand
from qualitycity.methods.scheduling import network as module

from .cases import instance, official, rows


@pytest.mark.parametrize("size", [60, 90])
def test_every_date_and_slack_of_microsofts_way(golden: Path, size: int) -> None:
    """Early and late dates, both slacks, critical, as MPXJ computed them; milestones: 17:00 the day before = 08:00."""
    calendar = official(golden)
    tasks = rows(golden / f"mpxj_forward_{size}_tasks.csv")
    table = rows(golden / f"mpxj_forward_{size}_links.csv")
    links = Links.of([(int(row["pred"]), int(row["succ"]), row["type"], int(row["lag_days"])) for row in table])
    days = [int(task["duration_days"]) for task in tasks]
    start = calendar.index(np.datetime64(tasks[0]["start"][:10]).item(), "forward")
    found = cpm(days, links, start=start)
    for name, boundary in (("early_start", found.es), ("early_finish", found.ef),
                           ("late_start", found.ls), ("late_finish", found.lf)):  # fmt: skip
        for at, task in enumerate(tasks):
            morning = task[name].endswith("08:00")
            shown = calendar.date(int(boundary[at]) - (0 if morning else 1))
            assert shown.isoformat() == task[name][:10], (at, name)
    assert [f"{slack}.0d" for slack in found.total_slack] == [task["total_slack"] for task in tasks]
    assert [f"{slack}.0d" for slack in found.free_slack] == [task["free_slack"] for task in tasks]
    assert [str(flag) for flag in found.critical] == [task["critical"] for task in tasks]


def test_the_late_dates_come_out_of_the_deadline_alone(golden: Path) -> None:
    for size in (60, 90):
        table = rows(golden / f"mpxj_forward_{size}_links.csv")
        links = Links.of([(int(row["pred"]), int(row["succ"]), row["type"], int(row["lag_days"])) for row in table])
        days = [int(task["duration_days"]) for task in rows(golden / f"mpxj_forward_{size}_tasks.csv")]
        forward = cpm(days, links, start=0)
        assert (cpm(days, links, deadline=forward.finish).ls == forward.ls).all()


def test_the_length_of_all_25_projects_of_psplib(golden: Path) -> None:
    table = rows(golden / "best_known.csv")
    assert len(table) == 25
    for row in table:
        duration, links, _, _ = instance(golden / "psplib" / f"{row['instance']}.sm")
        assert cpm(duration, links).length == int(row["mpm_time"])


def random_project(seed: int, tasks: int = 40) -> tuple[np.ndarray, Links]:
    rng = np.random.default_rng(seed)
    one, two = rng.integers(0, tasks, (2, 3 * tasks))
    keep = one != two
    low, high = np.minimum(one, two)[keep], np.maximum(one, two)[keep]
    shuffle = rng.permutation(tasks)
    kind, lag = rng.integers(0, 4, low.size), rng.integers(-3, 5, low.size)
    return rng.integers(0, 9, tasks), Links(shuffle[low], shuffle[high], kind, lag)


def longest(duration: np.ndarray, links: Links) -> tuple[list[int], list[int]]:
    """Early starts, and late starts for the earliest end, by networkx's order and plain passes."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(duration.size))
    for pred, succ, kind, lag in zip(links.pred, links.succ, links.kind, links.lag, strict=True):
        weight = lag + (duration[pred] if kind in (0, 2) else 0) - (duration[succ] if kind in (2, 3) else 0)
        graph.add_edge(int(pred), int(succ), weight=int(weight))
    order = list(nx.topological_sort(graph))
    early = [0] * duration.size
    for task in order:
        for _, succ, data in graph.out_edges(task, data=True):
            early[succ] = max(early[succ], early[task] + data["weight"])
    end = max(early[at] + int(duration[at]) for at in range(duration.size))
    late = [end - int(days) for days in duration]
    for task in reversed(order):
        for _, succ, data in graph.out_edges(task, data=True):
            late[task] = min(late[task], late[succ] - data["weight"])
    return early, late


@given(st.integers(0, 10_000))
def test_it_agrees_with_networkx_on_all_kinds_of_links_and_lags(seed: int) -> None:
    duration, links = random_project(seed)
    found = cpm(duration, links)
    early, late = longest(duration, links)
    assert found.es.tolist() == early and found.ls.tolist() == late


@given(st.integers(0, 10_000), st.integers(-50, 50))
def test_a_later_start_shifts_and_an_order_of_rows_changes_nothing(seed: int, shift: int) -> None:
    duration, links = random_project(seed)
    base, moved = cpm(duration, links, start=0), cpm(duration, links, start=shift)
    assert (moved.es == base.es + shift).all() and (moved.ls == base.ls + shift).all()
    assert (moved.free_slack == base.free_slack).all()
    turn = np.random.default_rng(seed).permutation(len(links))
    twice = np.concatenate([turn, turn])
    again = cpm(duration, Links(links.pred[twice], links.succ[twice], links.kind[twice], links.lag[twice]), start=0)
    assert (again.es == base.es).all() and (again.ls == base.ls).all() and (again.free_slack == base.free_slack).all()


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_all_dates_scale_with_durations_and_lags(seed: int, factor: int) -> None:
    duration, links = random_project(seed)
    base = cpm(duration, links)
    scaled = cpm(duration * factor, Links(links.pred, links.succ, links.kind, links.lag * factor))
    assert (scaled.es == base.es * factor).all() and (scaled.total_slack == base.total_slack * factor).all()


def test_a_task_may_slip_by_its_free_slack_and_no_further() -> None:
    for seed in range(20):
        duration, links = random_project(seed)
        base = cpm(duration, links)
        for task in np.flatnonzero(base.free_slack < base.total_slack)[:5]:
            for extra, same in ((base.free_slack[task], True), (base.free_slack[task] + 1, False)):
                held = np.append(duration, base.es[task] + extra)  # a new first task holds this one back
                kept = Links(
                    np.append(links.pred, duration.size),
                    np.append(links.succ, task),
                    np.append(links.kind, 0),
                    np.append(links.lag, 0),
                )
                others = np.delete(np.arange(duration.size), task)
                assert (cpm(held, kept).es[others] == base.es[others]).all() == same


def test_the_pure_path_equals_the_compiled_one() -> None:
    for seed in range(5):
        duration, links = random_project(seed)
        days, weights = duration.astype(np.int64), links.weights(duration.astype(np.int64))
        compiled = module._forward(days.size, links.pred, links.succ, weights, days)
        pure = module._forward.py_func(days.size, links.pred, links.succ, weights, days)
        assert all((one == two).all() for one, two in zip(compiled, pure, strict=True))
        again = module._backward.py_func(pure[0], links.pred, links.succ, weights, days, 99)
        assert (module._backward(pure[0], links.pred, links.succ, weights, days, 99) == again).all()


def test_a_circle_is_reported_with_its_path() -> None:
    with pytest.raises(Cycle) as caught:
        cpm([1] * 6, Links.of([(0, 1), (1, 2), (2, 3), (3, 1), (3, 4), (4, 5)]))
    path = caught.value.path
    assert path[0] == path[-1] and sorted(path[:-1]) == [1, 2, 3]
    steps = set(zip(path, path[1:], strict=False))
    assert steps == {(1, 2), (2, 3), (3, 1)}
    with pytest.raises(Cycle, match="0 → 0"):
        cpm([1], Links.of([(0, 0)]))


def test_a_lead_never_pulls_a_task_before_the_start() -> None:
    found = cpm([2, 5], Links.of([(0, 1, "FS", -4)]), start=10)
    assert found.es.tolist() == [10, 10]
    assert cpm([6, 5], Links.of([(0, 1, "FS", -4)]), start=10).es.tolist() == [10, 12]


def test_milestones_keep_their_order_among_equal_days() -> None:
    found = cpm([0, 0, 0], Links.of([(2, 1), (1, 0)]))
    assert found.order.tolist() == [2, 1, 0] and found.es.tolist() == [0, 0, 0]


def test_links_to_summary_tasks_bind_their_leaves() -> None:
    parent = np.array([-1, 0, 0, -1, 3, 3])  # 0 holds 1 and 2; 3 holds 4 and 5
    found = expand(Links.of([(0, 3, "FS", 2)]), parent)
    pairs = sorted(zip(found.pred.tolist(), found.succ.tolist(), found.lag.tolist(), strict=True))
    assert pairs == [(1, 4, 2), (1, 5, 2), (2, 4, 2), (2, 5, 2)]


@pytest.mark.parametrize(
    ("rows_", "named"),
    [
        ([(0, 3, "SS")], "from the start of summary task 0"),
        ([(1, 3, "FF")], "to the finish of summary task 3"),
        ([(0, 1)], "task 1 is part of task 0"),
    ],
)
def test_a_link_to_a_summary_task_that_says_either_or_is_refused(rows_: list, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        expand(Links.of(rows_), np.array([-1, 0, 0, -1, 3, 3]))


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda: cpm([1, -2], Links.of([])), "duration: -2 of task 1 is negative"),
        (lambda: cpm([1.5], Links.of([])), "duration: a line of whole working days"),
        (lambda: cpm([1], Links.of([(0, 1)])), "links: succ 1 of link 0 is none of 1 tasks"),
        (lambda: Links.of([(0, 1, "XX"), (1, 2, "YY")]), "'XX'.*'YY'"),
        (lambda: Links(np.array([0]), np.array([1, 2]), np.array([0]), np.array([0])), "of one length"),
        (lambda: Links(np.array([0]), np.array([1]), np.array([7]), np.array([0])), "kind: 7 of link 0"),
        (lambda: Links(np.array([0.5]), np.array([1]), np.array([0]), np.array([0])), "pred: a line of whole"),
    ],
)
def test_bad_input_is_named(act: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        act()  # type: ignore[operator]


def test_no_task_and_no_link_is_a_project_too() -> None:
    found = cpm(np.array([], dtype=int), Links.of([]))
    assert found.length == 0 and found.es.size == 0
