"""Back-tracing beside its peers on a synthetic supply graph: igraph, DuckDB; index, opening, score, event hash."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row
from numpy.typing import NDArray

# Lots of the seven layers, per 10,000 lots: raw, ingredient, product, pack, two wholesale steps, retail.
LAYERS = (600, 900, 900, 300, 800, 2500, 4000)
INPUTS, LARGEST_HUB, FAR, PACK, RETAIL = 3, 2000, 0.05, 3, 6
MILLION, TRACES = 740_738, 1_000


def supply(lots: int, seed: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """(source, target, first lot of each layer): a chain of seven layers from raw materials to shops.

    Ingredients and products have three inputs, later lots one; suppliers are chosen near by (5 % anywhere) with
    power-law sizes, so that most have few customers and the largest about 2,000. Within a layer lots are numbered in
    random order, as they are made here and there; links come in random order.
    """
    rng = np.random.default_rng(seed)
    first = np.append(0, np.cumsum(np.array(LAYERS) * lots // sum(LAYERS))).astype(np.int32)
    sources, targets = [], []
    for layer in range(1, len(LAYERS)):
        size, above = int(first[layer + 1] - first[layer]), int(first[layer] - first[layer - 1])
        into = np.repeat(np.arange(size), INPUTS if layer in (1, 2) else 1)
        pull = np.minimum(rng.pareto(1.2, above) + 0.2, LARGEST_HUB * above / size)
        reach = np.cumsum(pull) / pull.sum()  # where each supplier's share of the region ends
        place = into / size + np.where(
            rng.random(into.size) < FAR, rng.random(into.size), rng.normal(0, 0.002, into.size)
        )
        chosen = np.searchsorted(reach, place % 1.0)
        sources.append(first[layer - 1] + np.minimum(chosen, above - 1))
        targets.append(first[layer] + into)
    number = np.concatenate(
        [low + rng.permutation(high - low) for low, high in zip(first[:-1], first[1:], strict=True)]
    )
    order = rng.permutation(sum(part.size for part in sources))
    source, target = (number[np.concatenate(parts)[order]].astype(np.int32) for parts in (sources, targets))
    return source, target, first


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; CPU seconds, but for single calls (wall)."""
    from qualitycity.methods.tracing import EdgeBlock, TraceIndex

    source, target, first = supply(MILLION, seed=2026)
    chosen = np.random.default_rng(1).integers(first[RETAIL], first[RETAIL + 1], TRACES)
    with tempfile.TemporaryDirectory(prefix="city-bench-") as folder:
        index = TraceIndex.build([EdgeBlock(source, target)], Path(folder) / "million")
        rows = [*_traces(index, source, target, first, chosen), *_singles(index, first, chosen)]
        rows += _sources(index, source, target, first)
        return [*rows, *_ten_million(Path(folder) / "ten"), *_scores(), *_hashes()]


def both_ways(index: Any, lots: NDArray[Any], first: NDArray[Any]) -> tuple[int, int]:
    """All lots behind each lot, then everything its packs went to: how many lots were met back and forward."""
    back = forward = 0
    for lot in lots:
        behind = index.back([lot]).nodes
        packs = behind[(behind >= first[PACK]) & (behind < first[PACK + 1])]
        back, forward = back + behind.size, forward + index.forward(packs).nodes.size
    return back, forward


def at_once(index: Any, lots: NDArray[Any], first: NDArray[Any]) -> tuple[int, int]:
    """The same for all lots in two calls."""
    start, behind = index.many("back", lots, np.arange(lots.size + 1))
    packs = (behind >= first[PACK]) & (behind < first[PACK + 1])
    group = np.append(0, np.cumsum(packs))[start]
    return behind.size, index.many("forward", behind[packs], group)[1].size


def _traces(index: Any, source: Any, target: Any, first: Any, chosen: Any) -> Iterator[dict[str, Any]]:
    import duckdb
    import igraph

    graph = igraph.Graph(n=index.n_lots, edges=np.column_stack((source, target)), directed=True)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    edges = {"s": source, "t": target}
    connection.execute("CREATE TABLE e AS SELECT unnest($s) AS s, unnest($t) AS t", edges)
    connection.execute("CREATE TABLE q AS SELECT unnest($q) AS q", {"q": chosen.astype(np.int32)})

    def by_igraph() -> tuple[int, int]:
        back = forward = 0
        for lot in chosen.tolist():
            behind = np.array(graph.subcomponent(lot, mode="in"))
            packs = behind[(behind >= first[PACK]) & (behind < first[PACK + 1])]
            parts = [graph.subcomponent(pack, mode="out") for pack in packs.tolist()]
            met = parts[0] if len(parts) == 1 else {lot for part in parts for lot in part}
            back, forward = back + behind.size, forward + len(met)
        return back, forward

    def by_duckdb() -> tuple[int, int]:
        found = connection.execute(
            f"""WITH RECURSIVE b(q, n) AS (SELECT row_number() OVER (), q FROM q
                    UNION SELECT b.q, e.s FROM b JOIN e ON e.t = b.n),
                f(q, n) AS (SELECT q, n FROM b WHERE n >= {first[PACK]} AND n < {first[PACK + 1]}
                    UNION SELECT f.q, e.t FROM f JOIN e ON e.s = f.n)
                SELECT (SELECT count(*) FROM b), (SELECT count(*) FROM f)"""
        ).fetchone()
        return found[0], found[1]

    answers = {both_ways(index, chosen, first), at_once(index, chosen, first), by_igraph(), by_duckdb()}
    if len(answers) != 1:
        raise AssertionError(f"the engines differ: {answers}")
    batch, ours, igraph_s, duckdb_s = in_turn(
        lambda: at_once(index, chosen, first), lambda: both_ways(index, chosen, first), by_igraph, by_duckdb
    )
    work = f"1,000 back + forward traces, {index.n_edges:,} links"
    yield row(f"{work}, lots only, two calls", batch, "ratio ≥ 3", "igraph", igraph_s)
    yield row(f"{work}, lots only, two calls", batch, "ratio ≥ 5", "DuckDB, recursive, one query for all", duckdb_s)
    yield row(f"{work}, with paths and evidence, 2,000 calls", ours, "", "igraph, lots only", igraph_s)


def _singles(index: Any, first: Any, chosen: Any) -> Iterator[dict[str, Any]]:
    times = []
    for lot in chosen:
        start = time.perf_counter()
        both_ways(index, [lot], first)
        times.append(time.perf_counter() - start)
    yield row("one back + forward trace, 1M links, p50, warm", float(np.quantile(times, 0.5)), "≤ 1 ms")
    yield row("one back + forward trace, 1M links, p95, warm", float(np.quantile(times, 0.95)), "≤ 2 ms")


def _ten_million(folder: Path) -> Iterator[dict[str, Any]]:
    from qualitycity.methods.tracing import EdgeBlock, TraceIndex

    source, target, first = supply(10 * MILLION, seed=7)
    pieces = (
        EdgeBlock(source[at : at + 1_000_000], target[at : at + 1_000_000]) for at in range(0, source.size, 10**6)
    )
    start = time.process_time()
    index = TraceIndex.build(pieces, folder)
    yield row(f"index of {index.n_edges:,} links, written to disk, CPU", time.process_time() - start, "≤ 5 s")
    opened = []
    for _again in range(20):
        start = time.perf_counter()
        index = TraceIndex.open(folder)
        opened.append(time.perf_counter() - start)
    yield row("open it", float(np.median(opened)), "≤ 10 ms")
    chosen = np.random.default_rng(1).integers(first[RETAIL], first[RETAIL + 1], TRACES)
    both_ways(index, chosen, first)
    times = []
    for lot in chosen:
        start = time.perf_counter()
        both_ways(index, [lot], first)
        times.append(time.perf_counter() - start)
    yield row("one back + forward trace, 10M links, p50, warm", float(np.quantile(times, 0.5)), "≤ 1 ms")
    extra = [np.random.default_rng(2).permutation(column)[:1_000_000] for column in (source, target)]
    start = time.perf_counter()
    index.append(EdgeBlock(*extra)).back([int(chosen[0])])
    yield row("1M new links appended and visible", time.perf_counter() - start, "≤ 1 s")


def _sources(index: Any, source: Any, target: Any, first: Any) -> Iterator[dict[str, Any]]:
    """A product lot, five samples of it drawn by the walk, one of them replaced by an unrelated one."""
    from qualitycity.methods.tracing import likely_source

    rng = np.random.default_rng(9)
    order = np.argsort(source, kind="stable")
    start, onward = np.searchsorted(source[order], np.arange(first[-1] + 1)), target[order]
    likely_source(index, [int(first[RETAIL])])
    spent, top, cases = 0.0, 0, 0
    for true in rng.integers(first[2], first[3], 2_000).tolist():
        ends = [_end(true, start, onward, rng) for _try in range(40)]
        samples = [lot for lot in ends if lot >= first[RETAIL]][:5]
        if len(samples) < 5:
            continue  # hardly any of its goods reach a shop, where samples are taken
        samples[0] = int(rng.integers(first[RETAIL], first[-1]))
        begin = time.process_time()
        found = likely_source(index, samples)
        spent, cases = spent + time.process_time() - begin, cases + 1
        top += true in found.lots[:5]
    note = f"the true lot is among the first 5 in {top / cases:.0%} of {cases} cases (goal of the plan: 80 %)"
    yield row("likely source of 5 samples, 1 of them unrelated", spent / cases, "≤ 1 ms") | {"note": note}


def _end(lot: int, start: Any, target: Any, rng: np.random.Generator) -> int:
    while start[lot] < start[lot + 1]:
        lot = int(target[rng.integers(start[lot], start[lot + 1])])
    return lot


def _scores() -> Iterator[dict[str, Any]]:
    """100,000 deliveries, 20 outbreaks; the peer is a plain reading of the rule with sets."""
    from qualitycity.methods.tracing import EdgeBlock, LotBlock, TraceIndex, fcl_score

    rng = np.random.default_rng(5)
    source, target, first = supply(100_000, seed=5)
    stations = np.arange(first[-1]) // 4
    giver = rng.integers(0, stations[-1], first[-1])
    giver[target] = stations[source]
    index = TraceIndex.of(EdgeBlock(source, target), LotBlock(holder=stations, giver=giver))
    outbreaks = np.unique(stations[first[RETAIL] :])[rng.permutation(5_000)[:20]]
    behind: list[list[int]] = [[] for _lot in range(first[-1])]
    for one, other in zip(source.tolist(), target.tolist(), strict=True):
        behind[other].append(one)
    came: dict[int, list[int]] = {}
    for lot, station in enumerate(stations.tolist()):
        came.setdefault(station, []).append(lot)

    def by_sets() -> NDArray[np.float64]:
        count = np.zeros(first[-1])
        for outbreak in outbreaks.tolist():
            seen, queue = set(came[outbreak]), list(came[outbreak])
            while queue:
                fresh = [lot for lot in behind[queue.pop()] if lot not in seen]
                seen.update(fresh)
                queue += fresh
            count[list(seen)] += 1
        return count / outbreaks.size

    if not np.allclose(fcl_score(index, outbreaks).of_lots(first[-1]), by_sets(), atol=1e-12):
        raise AssertionError("the scores differ")
    ours, peer = in_turn(lambda: fcl_score(index, outbreaks), by_sets, rounds=20)
    yield row(
        "FoodChain-Lab score, 100,000 deliveries, 20 outbreaks", ours, "≤ 1 ms", "the same rule with Python sets", peer
    )


def _hashes() -> Iterator[dict[str, Any]]:
    import json
    from datetime import UTC, datetime

    from qualitycity.methods.tracing import epcis_read, epcis_write, event_hash

    events = [
        {
            "type": "ObjectEvent",
            "eventTime": f"2026-11-02T09:{at // 60 % 60:02d}:{at % 60:02d}.5+08:00",
            "eventTimeZoneOffset": "+08:00",
            "action": "OBSERVE",
            "bizStep": "shipping",
            "epcList": [f"urn:epc:id:sgtin:4012345.011111.{at}", f"urn:epc:id:sgtin:4012345.011111.{at + 1}"],
            "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
            "bizTransactionList": [{"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:4012345000009:{at}"}],
        }
        for at in range(5_000)
    ]
    text = json.dumps(epcis_write(events, datetime(2026, 11, 2, tzinfo=UTC)))
    start = time.perf_counter()
    found = {event_hash(event) for event in epcis_read(text)}
    if len(found) != len(events):
        raise AssertionError("hashes are not distinct")
    yield row("read and hash 5,000 EPCIS events", time.perf_counter() - start, "≤ 1 s (5,000 a second)")


if __name__ == "__main__":
    for each in run():
        print(each)
