"""TraceIndex: against networkx and igraph, on disk, appended to, compacted; every pitfall of tracing."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.tracing import EdgeBlock, LotBlock, TraceIndex, blocks, files, kernels
from qualitycity.methods.tracing.blocks import NONE

SLOW = settings(deadline=None, max_examples=50)  # the first example compiles
LINKS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=60)


def block(links: list[tuple[int, int]]) -> EdgeBlock:
    both = np.array(links, np.int32).reshape(-1, 2)
    return EdgeBlock(both[:, 0], both[:, 1])


def padded(links: list[tuple[int, int]]) -> TraceIndex:
    return TraceIndex.of(block([*links, (19, 19)]))


@SLOW
@given(LINKS, st.integers(0, 19))
def test_a_trace_is_the_ancestors_and_descendants_of_networkx(links: list[tuple[int, int]], lot: int) -> None:
    graph = nx.DiGraph([*links, (19, 19)])
    graph.add_nodes_from(range(20))
    index = padded(links)
    assert set(index.back([lot]).nodes) == nx.ancestors(graph, lot) | {lot}
    assert set(index.forward([lot]).nodes) == nx.descendants(graph, lot) | {lot}


@SLOW
@given(LINKS, st.integers(0, 19))
def test_depth_is_the_shortest_distance_and_paths_are_links(links: list[tuple[int, int]], lot: int) -> None:
    graph = nx.DiGraph([*links, (19, 19)])
    graph.add_node(lot)
    trace = padded(links).forward([lot])
    assert dict(zip(trace.nodes.tolist(), trace.depth.tolist(), strict=True)) == dict(
        nx.single_source_shortest_path_length(graph, lot)
    )
    for other in trace.nodes:
        path = trace.path(other).tolist()
        assert path[0] == lot and path[-1] == other and all(graph.has_edge(*step) for step in pairwise(path))


@SLOW
@given(LINKS, LINKS, st.integers(0, 19))
def test_appending_then_tracing_is_building_from_all(
    old: list[tuple[int, int]], new: list[tuple[int, int]], lot: int
) -> None:
    whole, parts = padded(old + new), padded(old).append(block(new))
    compact = parts.compact()
    for direction in ("back", "forward"):
        answers = [getattr(each, direction)([lot]) for each in (whole, parts, compact)]
        assert len({frozenset(each.nodes.tolist()) for each in answers}) == 1
        assert len({each.edges.size for each in answers}) == 1
    assert whole.n_edges == parts.n_edges == compact.n_edges


@SLOW
@given(LINKS, st.permutations(range(20)), st.integers(0, 19))
def test_numbering_lots_otherwise_changes_nothing(links: list[tuple[int, int]], order: list[int], lot: int) -> None:
    other = padded([(order[a], order[b]) for a, b in links])
    expected = {order[each] for each in padded(links).back([lot]).nodes} | ({order[lot]})
    assert set(other.back([order[lot]]).nodes.tolist()) == expected


@SLOW
@given(LINKS, st.integers(0, 19))
def test_a_link_recorded_twice_changes_no_lot(links: list[tuple[int, int]], lot: int) -> None:
    once, twice = padded(links).back([lot]), padded(links * 2).back([lot])
    assert once.nodes.tolist() == twice.nodes.tolist() and once.depth.tolist() == twice.depth.tolist()


def test_the_plain_path_gives_the_same() -> None:
    """The kernels without Numba, on a graph with circles, today's links, mixing holders and dates."""
    code = """
import numpy as np
from qualitycity.methods.tracing import EdgeBlock, LotBlock, TraceIndex, likely_source
rng = np.random.default_rng(3)
day = rng.integers(0, 30, 40)
lots = LotBlock(holder=rng.integers(0, 6, 40), giver=rng.integers(0, 6, 40), left=day, came=day + 1)
index = TraceIndex.of(EdgeBlock(rng.integers(0, 40, 50), rng.integers(0, 40, 50)), lots)
index = index.append(EdgeBlock(rng.integers(0, 40, 9), rng.integers(0, 40, 9)))
for dates in ("ignore", "given", "inferred"):
    for trace in (index.back, index.forward):
        print(trace([5, 9], dates=dates, cross={2, 3}, kill={1}, kill_lots={7}))
print(likely_source(index, [5, 9], [3], detection=0.9))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = [
        subprocess.run([sys.executable, "-c", code], env=environment | more, capture_output=True, text=True, check=True)
        for more in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]
    assert ran[0].stdout == ran[1].stdout and "LikelySource" in ran[0].stdout


def test_a_million_links_as_igraph() -> None:
    rng = np.random.default_rng(11)
    source = rng.integers(0, 60_000, 100_000).astype(np.int32)
    target = (source + rng.integers(1, 3_000, source.size)).astype(np.int32)
    index, graph = (
        TraceIndex.of(EdgeBlock(source, target)),
        igraph.Graph(edges=np.column_stack((source, target)), directed=True),
    )
    for lot in (5, 30_000, 61_000):
        assert set(index.back([lot]).nodes) == set(graph.subcomponent(lot, mode="in"))
    first, lots = index.many("forward", [5, 30_000, 5], [0, 2, 3])
    assert set(lots[first[1] :]) == set(graph.subcomponent(5, mode="out")) == set(index.forward([5]).nodes)


@SLOW
@given(LINKS, st.lists(st.lists(st.integers(0, 19), max_size=6), min_size=1, max_size=8))
def test_many_walks_are_the_single_ones_in_order(links: list[tuple[int, int]], groups: list[list[int]]) -> None:
    index = padded(links)
    bounds = np.cumsum([0, *map(len, groups)])
    for direction, single in (("back", index.back), ("forward", index.forward)):
        first, lots = index.many(direction, [lot for group in groups for lot in group], bounds)
        for (low, high), group in zip(pairwise(first), groups, strict=True):
            assert lots[low:high].tolist() == (single(group).nodes.tolist() if group else [])


def test_many_walks_outgrow_their_buffers_again_and_again() -> None:
    """Hubs of thousands after small walks and before them, many starts in one walk, plain and compiled."""
    rng = np.random.default_rng(5)
    source = np.concatenate((np.zeros(9_000, int), rng.integers(0, 9_000, 3_000)))
    target = np.concatenate((np.arange(1, 9_001), rng.integers(9_000, 12_000, 3_000)))
    index = TraceIndex.of(EdgeBlock(source.astype(np.int32), target.astype(np.int32)))
    groups = [[7], [0], [3, 3, 4], list(range(0, 12_000, 3)), [], [11], [0, 1], [9_005]]
    bounds, nodes = np.cumsum([0, *map(len, groups)]), [lot for group in groups for lot in group]
    first, lots = index.many("forward", nodes, bounds)
    for (low, high), group in zip(pairwise(first), groups, strict=True):
        assert lots[low:high].tolist() == (index.forward(group).nodes.tolist() if group else [])
    links = index._plain["forward"][0]
    again = kernels.floods.py_func(bounds[:4], np.array(nodes[: bounds[3]], np.int32), links[0], links[1])
    assert again[1].tolist() == lots[: first[3]].tolist()


# -- on disk


@settings(SLOW, max_examples=15)
@given(LINKS)
def test_what_is_written_is_what_is_opened(
    tmp_path_factory: pytest.TempPathFactory, links: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    pieces = (block(links[at : at + 7]) for at in range(0, len(links), 7))
    index = TraceIndex.build(pieces, folder, units=["KGM"])
    assert index.units == ("KGM",) and not (folder / "g000001" / "spool").exists()
    memory = TraceIndex.of(block(links))
    for name, column in memory.edges.items():
        assert np.array_equal(column, index.edges[name]), name


def test_appended_links_are_there_after_opening_and_after_compacting(tmp_path: Path) -> None:
    lots = LotBlock(holder=[0, 1, 2], giver=[0, 0, 1], batch=[7, 7, 7], quantity=[9.0, 5.0, 2.0], unit=[0, 0, 0])
    index = TraceIndex.build([EdgeBlock([0], [1], day=[3], quantity=[5.0])], tmp_path, lots=[lots])
    more = LotBlock(holder=[3], giver=[2], batch=[7], quantity=[1.0], unit=[0])
    index.append(EdgeBlock([1, 2], [2, 3], day=[4, 5], quantity=[2.0, 1.0]), more)
    opened = TraceIndex.open(tmp_path)
    assert opened.back([3]).nodes.tolist() == [3, 2, 1, 0]
    assert opened.evidence(opened.back([3]).edges).day.tolist() == [5, 4, 3]
    compact = opened.compact()
    assert not compact.todays and compact.evidence(compact.back([3]).edges).day.tolist() == [5, 4, 3]
    assert compact.same_batch([0]).lots.tolist() == opened.same_batch([3]).lots.tolist() == [0, 1, 2, 3]
    assert opened.back([3]).nodes.tolist() == [3, 2, 1, 0], "a snapshot stays usable though its files are gone"
    assert [each.name for each in tmp_path.glob("g*")] == ["g000002"]


def test_an_interrupted_build_leaves_the_old_index(tmp_path: Path) -> None:
    TraceIndex.build([EdgeBlock([0], [1])], tmp_path)

    def breaks() -> object:
        yield EdgeBlock([0], [2])
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        TraceIndex.build(breaks(), tmp_path)
    assert TraceIndex.open(tmp_path).n_edges == 1
    assert TraceIndex.build([EdgeBlock([0, 1], [1, 2])], tmp_path).n_edges == 2


def test_opening_what_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no trace index"):
        TraceIndex.open(tmp_path)
    (tmp_path / "index.json").write_text('{"format": "other"}')
    with pytest.raises(ValueError, match="'other'"):
        TraceIndex.open(tmp_path)


# -- pitfalls


def test_the_same_lot_code_of_two_producers_is_two_batches() -> None:
    index = TraceIndex.of(EdgeBlock([], []), LotBlock(holder=[0, 1, 2], giver=[0, 1, 0], batch=[0, 1, 0]))
    assert index.same_batch([0]).lots.tolist() == [0, 2]


def test_a_batch_is_found_where_no_link_was_recorded() -> None:
    lots = LotBlock(holder=[0, 5, 6], giver=[0, NONE, NONE], batch=[3, 3, 3])
    index = TraceIndex.of(EdgeBlock([], []), lots)
    assert index.forward([0]).nodes.tolist() == [0]
    assert index.same_batch([0]).holder.tolist() == [0, 5, 6]


def test_units_are_never_added_up() -> None:
    lots = LotBlock(
        holder=[0, 1, 2, 3], giver=[0, 0, 0, 0], batch=[1, 2, 3, 4], quantity=[10.0, 4, 30, 1], unit=[0, 0, 1, 0]
    )
    same = TraceIndex.of(EdgeBlock([0], [1], quantity=[4.0], unit=[0]), lots).same_batch([0])
    assert same.left.tolist() == [6.0]
    mixed = TraceIndex.of(EdgeBlock([0, 0], [1, 2], quantity=[4.0, 30.0], unit=[0, 1]), lots).same_batch([0])
    assert np.isnan(mixed.left).all() and mixed.received.tolist() == [10.0]
    whole = TraceIndex.of(
        EdgeBlock([], []),
        LotBlock(holder=[1, 1, 1], giver=[0] * 3, batch=[1] * 3, quantity=[1.0, 2, 4], unit=[0, 0, 1]),
    )
    assert whole.same_batch([0]).by_holder() == [(1, 0, 3.0), (1, 1, 4.0)]


def test_a_chain_longer_than_any_recursion() -> None:
    length = 200_000
    index = TraceIndex.of(EdgeBlock(np.arange(length), np.arange(1, length + 1)))
    trace = index.back([length])
    assert trace.nodes.size == length + 1 and trace.path(0).size == length + 1


def test_circles_end() -> None:
    index = TraceIndex.of(EdgeBlock([0, 1, 2, 2], [1, 2, 0, 2]))
    assert sorted(index.forward([1]).nodes) == [0, 1, 2] and index.forward([1]).edges.size == 4


def test_ids_past_int32_and_uint32_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="target: 2147483648 does not fit int32"):
        EdgeBlock([0], [2**31])
    monkeypatch.setattr(files, "LARGEST_EDGE", 2)
    with pytest.raises(ValueError, match="3 links are more than 2"):
        TraceIndex.of(EdgeBlock([0, 1, 2], [1, 2, 3]))
    monkeypatch.setattr(files, "LARGEST_LOT", 1)
    with pytest.raises(ValueError, match="2 lots are more than 1"):
        TraceIndex.of(EdgeBlock([], []), LotBlock(holder=[0, 0]))


HUB = LotBlock(  # two lots come to hub 9 on days 1 and 5, two leave on days 3 and 7; nothing is linked
    holder=[9, 9, 20, 21, 9], giver=[0, 1, 9, 9, 2], left=[1, 5, 3, 7, NONE], came=[1, 5, 4, 8, NONE]
)


def test_without_dates_a_mixing_hub_links_everything_and_dates_take_it_back() -> None:
    index = TraceIndex.of(EdgeBlock([], []), HUB)
    assert index.back([2]).nodes.tolist() == [2]
    found = index.compare_dates("back", [2], cross={9})
    assert {mode: sorted(trace.nodes) for mode, trace in found.items()} == {
        "ignore": [0, 1, 2, 4],
        "given": [0, 2, 4],
        "inferred": [0, 2, 4],
    }
    assert [trace.dates for trace in found.values()] == ["ignore", "given", "inferred"]
    assert sorted(index.forward([1], cross={9}, dates="given").nodes) == [1, 3]
    assert sorted(index.forward([4], cross={9}, dates="given").nodes) == [2, 3, 4], "a missing date is an open interval"


def test_missing_dates_have_three_answers() -> None:
    """Lot 1 has no date; what it was made from came on day 6, so it cannot have reached the hub by day 4."""
    lots = LotBlock(holder=[3, 9, 20], giver=[1, 3, 9], left=[5, NONE, 4], came=[6, NONE, 4])
    index = TraceIndex.of(EdgeBlock([0], [1]), lots)
    found = index.compare_dates("back", [2], cross={9})
    assert {mode: sorted(trace.nodes) for mode, trace in found.items()} == {
        "ignore": [0, 1, 2],
        "given": [0, 1, 2],
        "inferred": [2],
    }


def test_a_date_that_contradicts_its_neighbours_is_set_aside() -> None:
    lots = LotBlock(holder=[3, 9, 20], giver=[1, 3, 9], left=[5, 2, 9], came=[6, 3, 9])  # lot 1 left before 0 came
    index = TraceIndex.of(EdgeBlock([0], [1]), lots)
    assert sorted(index.back([2], cross={9}, dates="inferred").nodes) == [0, 1, 2]


def test_kill_stops_backwards_before_and_forwards_behind_the_station() -> None:
    lots = LotBlock(holder=[1, 2, 3], giver=[0, 1, 2])
    index = TraceIndex.of(EdgeBlock([0, 1], [1, 2]), lots)
    back, forward = index.back([2], kill={1}), index.forward([0], kill={2})
    assert back.nodes.tolist() == [2, 1] and index.holders(back, {1}).tolist() == [2]
    assert forward.nodes.tolist() == [0, 1] and index.holders(forward).tolist() == [1, 2]
    assert index.back([2], kill_lots={1}).nodes.tolist() == [2] and not index.back([2], kill_lots={2}).nodes.size


def test_open_ends_are_gaps_and_not_origins() -> None:
    lots = LotBlock(holder=[0, 1, 2, 2], giver=[0, 7, 0, 1])  # 0 was made at 0; 1 was bought of 7, nothing known before
    trace = TraceIndex.of(EdgeBlock([0, 1], [2, 3]), lots).back([2, 3])
    assert trace.open_ends.tolist() == [1]


def test_one_step_back_and_one_step_forward() -> None:
    index = TraceIndex.of(EdgeBlock([0, 1, 2], [1, 2, 3]))
    assert index.back([2], cut=1).nodes.tolist() == [2, 1] and index.forward([1], cut=0).nodes.tolist() == [1]
    assert not index.back([2], cut=1).ends.any(), "a trace that was cut is no open end"


def test_a_big_hub_is_scanned_once() -> None:
    """50,000 lots in, 50,000 out: quadratic scanning (FoodChain-Lab's) would take minutes."""
    half = 50_000
    day = np.arange(2 * half) % 300
    holder, giver = np.where(np.arange(2 * half) < half, 9, 8), np.where(np.arange(2 * half) < half, 7, 9)
    index = TraceIndex.of(EdgeBlock([], []), LotBlock(holder=holder, giver=giver, left=day, came=day))
    trace = index.back(np.arange(half, 2 * half), cross={9}, dates="given")
    assert trace.nodes.size == 2 * half


# -- bad input


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EdgeBlock([0, 1], [1]), "target: 1 values where the first column has 2"),
        (lambda: EdgeBlock([-1], [1]), "source: lot -1 is negative"),
        (lambda: EdgeBlock([0.5], [1]), "source: numbers of kind int32 expected, float64 given"),
        (lambda: EdgeBlock([[0]], [1]), "source: one dimension expected, 2 given"),
        (
            lambda: TraceIndex.of(EdgeBlock([0], [5]), LotBlock(holder=[0])),
            r"lot 5 of block 0 has no row in lots \(1 rows\)",
        ),
        (lambda: TraceIndex.of(EdgeBlock([], []), LotBlock(holder=[-4])), "holder: -4 is negative"),
        (lambda: padded([]).back([20]), r"nodes: lot 20 is not in the index \(20 lots\)"),
        (lambda: padded([]).back([-1]), "nodes: lot -1 is not in the index"),
        (lambda: padded([]).back([0], cut=-1), "cut: steps from 0 on expected, -1 given"),
        (lambda: padded([]).back([0], cross={1}), "cross, kill: need the columns giver and holder"),
        (lambda: padded([]).back([0], dates="given"), "dates: 'given' needs the columns left and came"),
        (lambda: padded([]).back([0], dates="maybe"), "dates: one of ignore, given, inferred expected, 'maybe' given"),
        (lambda: padded([]).many("back", [0], [0, 2]), "group: ascending from 0 to 1 expected"),
        (lambda: padded([]).evidence([1]), "edges: numbers from 0 to 0 expected"),
        (lambda: padded([]).back([0]).path(3), "lot: 3 is not in the trace"),
        (lambda: padded([]).append(EdgeBlock([0], [1], day=[1])), "edges: columns .* given, the index keeps"),
        (lambda: padded([]).append(EdgeBlock([], []), LotBlock(holder=[1])), "lots: columns"),
    ],
)
def test_bad_input_is_named(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_days_and_dates() -> None:
    assert blocks.day_of(NONE) is None and blocks.day_of(0).isoformat() == "1970-01-01"


def test_a_table_finds_what_was_entered() -> None:
    lots = np.random.default_rng(1).permutation(2**31 - 1 - np.arange(5_000)).astype(np.int32)
    table = kernels.visited(lots)
    assert all(table[kernels.slot(table, lot)] == lot for lot in lots.tolist())
    assert table[kernels.slot(table, 5)] == -1 and kernels.slot.py_func(table, 5) == kernels.slot(table, 5)
