"""Score and likely source: against plain sets and the exact solution of the walk; pitfalls of source finding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.tracing import EdgeBlock, LotBlock, TraceIndex, fcl_score, likely_source
from qualitycity.methods.tracing.source import reach

SLOW = settings(deadline=None, max_examples=40)
LINKS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=40)


def index_of(links: list[tuple[int, int]], **evidence: object) -> TraceIndex:
    source, target = np.array(links, np.int32).T
    lots = LotBlock(holder=np.arange(15) % 5, giver=(np.arange(15) + 2) % 5)
    return TraceIndex.of(EdgeBlock(source, target, **evidence), lots)


@SLOW
@given(LINKS, st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True))
def test_the_score_is_the_share_of_outbreaks_that_lead_back(links: list[tuple[int, int]], places: list[int]) -> None:
    index = index_of(links)
    count = np.zeros(15)
    for place in places:
        count[index.back(index.members("holder", place)).nodes] += 1
    score = fcl_score(index, places)
    assert score.of_lots(15) == pytest.approx(count / len(places))
    assert score.common_lots.tolist() == np.flatnonzero(count == len(places)).tolist()
    assert fcl_score(index, places, np.full(len(places), 7.5)).of_lots(15) == pytest.approx(count / len(places))
    again = fcl_score(index, places[::-1])
    assert again.of_stations(5) == pytest.approx(score.of_stations(5)), "the order of outbreaks is nothing"


def test_negative_weights_speak_against_as_in_the_desktop_program() -> None:
    index = TraceIndex.of(EdgeBlock([0, 0, 1], [1, 2, 3]), LotBlock(holder=[1, 2, 3, 4], giver=[0, 1, 1, 2]))
    score = fcl_score(index, [4, 3], [2.0, -1.0])  # 4 was reached by way of 2; 3 was tested and passed
    assert score.of_lots(4).tolist() == [0.5, 1.0, -0.5, 1.0] and score.common_lots.tolist() == [0, 1, 3]


def test_a_station_with_an_outbreak_counts_itself_once() -> None:
    index = TraceIndex.of(EdgeBlock([0], [1]), LotBlock(holder=[1, 0], giver=[0, 1]))  # goods come back
    assert fcl_score(index, [0, 0]).of_stations(2).tolist() == [1.0, 1.0]


@SLOW
@given(LINKS, st.integers(0, 14), st.lists(st.integers(1, 9), min_size=40, max_size=40))
def test_reaching_probabilities_solve_the_walk(links: list[tuple[int, int]], sample: int, amounts: list[int]) -> None:
    """Against the linear system, with circles; a walk ends in the sample and where nothing goes on."""
    quantity = np.array(amounts[: len(links)], float)
    lots, chance, converged = reach(index_of(links, quantity=quantity), sample)
    flow = np.zeros((15, 15))
    for (source, target), amount in zip(links, quantity, strict=True):
        flow[source, target] += amount
    move = flow / np.maximum(flow.sum(1, keepdims=True), 1)
    move[sample] = 0
    inside = move[np.ix_(lots, lots)]
    right = (lots == sample).astype(float)
    assert converged
    assert chance == pytest.approx(np.linalg.lstsq(np.eye(lots.size) - inside, right, rcond=None)[0], abs=1e-9)


def test_the_likelihood_separates_a_source_from_everything_upstream() -> None:
    """The score ties lot 2 with all before it; the likelihood does not."""
    links = EdgeBlock([0, 0, 1, 1, 2, 2], [1, 6, 2, 7, 3, 4])
    index = TraceIndex.of(links, LotBlock(holder=np.arange(8), giver=[0, 0, 1, 2, 2, 5, 0, 1]))
    score = fcl_score(index, [], outbreak_deliveries=[3, 4]).of_lots(8)
    assert score[0] == score[1] == score[2] == 1
    found = likely_source(index, [3, 4])
    assert found.lots.tolist()[:3] == [2, 1, 0] and found.explained.tolist()[:3] == [2, 2, 2]
    assert found.posterior.sum() == pytest.approx(1) and found.holder.tolist()[0] == 2


def test_quantities_weigh_and_units_are_never_added() -> None:
    links = ([0, 0], [1, 2])
    by_weight = reach(TraceIndex.of(EdgeBlock(*links, quantity=[9.0, 1.0], unit=[0, 0])), 1)[1]
    mixed = reach(TraceIndex.of(EdgeBlock(*links, quantity=[9.0, 1.0], unit=[0, 1])), 1)[1]
    missing = reach(TraceIndex.of(EdgeBlock(*links, quantity=[9.0, np.nan])), 1)[1]
    assert by_weight.tolist() == [1, 0.9] and mixed.tolist() == missing.tolist() == [1, 0.5]


def test_scaling_quantities_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    links = rng.integers(0, 20, (2, 60))
    one, thousand = (
        likely_source(TraceIndex.of(EdgeBlock(*links, quantity=scale * np.arange(1.0, 61))), links[1][:3])
        for scale in (1, 1000)
    )
    assert one.lots.tolist() == thousand.lots.tolist()
    assert one.log_likelihood == pytest.approx(thousand.log_likelihood)


def test_a_shop_sampled_often_is_not_guiltier_when_weighted() -> None:
    index = TraceIndex.of(EdgeBlock([0, 0, 1, 1], [2, 3, 3, 4]))  # 0 sold to 2 and 3, 1 to 3 and 4
    naive = likely_source(index, [2, 2, 2, 4], prior={0: 1, 1: 1})
    weighed = likely_source(index, [2, 2, 2, 4], prior={0: 1, 1: 1}, weights=[1 / 3, 1 / 3, 1 / 3, 1])
    single = likely_source(index, [2, 4], prior={0: 1, 1: 1})
    assert naive.posterior[0] > 0.999 and weighed.posterior == pytest.approx(single.posterior) == [0.5, 0.5]


def test_negative_samples_count_against() -> None:
    index = TraceIndex.of(EdgeBlock([0, 1, 1], [2, 2, 3]))  # only 1 sold to 3 as well
    equal, passed = likely_source(index, [2], prior={0: 1, 1: 1}), likely_source(index, [2], [3, 3], prior={0: 1, 1: 1})
    assert equal.lots.tolist() == [0, 1] and passed.posterior[1] < equal.posterior[1]
    halved = likely_source(index, [2], [3, 3], prior={0: 1, 1: 1}, detection=0.5)
    assert passed.posterior[1] < halved.posterior[1] < equal.posterior[1]


def test_today_s_links_count_at_once() -> None:
    index = TraceIndex.of(EdgeBlock([0, 0], [1, 2], quantity=[1.0, 1.0]))
    assert reach(index.append(EdgeBlock([0], [2], quantity=[2.0])), 2)[1].tolist() == [1, 0.75]


def test_true_sources_are_found_on_a_supply_chain() -> None:
    """Three samples drawn by the walk from a wholesale lot: the lot itself is near the top, and first in its layer."""
    rng = np.random.default_rng(8)
    layers, size = 5, 300
    source = np.concatenate([np.repeat(np.arange(size), 4) + layer * size for layer in range(layers - 1)])
    near = (source % size) + rng.integers(0, 12, source.size)
    target = near % size + (source // size + 1) * size
    index, hits, top = TraceIndex.of(EdgeBlock(source, target)), 0, 0
    for true in rng.integers(2 * size, 3 * size, 40).tolist():
        samples = []
        for _sample in range(3):
            lot = true
            while lot < (layers - 1) * size:
                lot = int(rng.choice(target[source == lot]))
            samples.append(lot)
        found = likely_source(index, samples)
        top += true in found.lots[:5]
        same = found.lots[(found.lots >= 2 * size) & (found.lots < 3 * size)]
        hits += same[0] == true
    assert top >= 32 and hits >= 24


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda index: likely_source(index, []), "positive: at least one failing sample expected"),
        (lambda index: likely_source(index, [99]), "nodes: lot 99 is not in the index"),
        (lambda index: likely_source(index, [1], weights=[1, 2]), "weights: 1 numbers above 0 expected"),
        (lambda index: likely_source(index, [1], detection=0), "detection: 0 < detection <= 1 expected, 0 given"),
        (lambda index: likely_source(index, [1], epsilon=1), "epsilon: 0 < epsilon < 1 expected, 1 given"),
        (lambda index: likely_source(index, [1], prior={0: -1}), "prior: weights from 0 on"),
        (lambda index: likely_source(index, [1], [1], prior={1: 1}), "negative: these samples exclude every candidate"),
        (lambda index: fcl_score(index, []), "weights: finite numbers with one above 0 expected"),
        (lambda index: fcl_score(index, [1], [1, 2]), "weights: 2 given for 1 outbreaks"),
        (lambda index: fcl_score(index, [1], [-1]), "weights: finite numbers with one above 0 expected"),
    ],
)
def test_bad_input_is_named(ask: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(index_of([(0, 1)]))
