"""The scan: golden clusters, a brute search over all zones, and what may not matter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.monitoring import scan
from qualitycity.methods.monitoring.scan import circular, space_time
from qualitycity.methods.monitoring.zones import circles

from .golden import columns


@pytest.fixture(scope="module")
def leukaemia(shared: Path) -> dict[str, np.ndarray]:
    return columns(shared / "golden/labstats/monitoring/nydf.csv")


def rng() -> np.random.Generator:
    return np.random.default_rng(20)


def test_golden_new_york_leukaemia(leukaemia: dict[str, np.ndarray], shared: Path) -> None:
    wanted = json.loads((shared / "golden/labstats/monitoring/nydf_scan_ubpop0.1_R.json").read_text())["clusters"]
    xy = np.column_stack([leukaemia["x"], leukaemia["y"]])
    cases = np.floor(leukaemia["cases"])
    found = circular(xy, cases, leukaemia["population"], max_share=0.1, nsim=999, rng=rng()).zones
    for zone, cluster in zip(found, wanted, strict=False):
        assert [at + 1 for at in zone.ids] == cluster["locids"]
        assert zone.observed == cluster["cases"]
        assert zone.expected == pytest.approx(cluster["expected"], abs=1e-8)
        assert zone.risk == pytest.approx(cluster["rr"], abs=1e-8)
        assert zone.llr == pytest.approx(cluster["loglikrat"], abs=1e-8)
        both_by_chance = np.sqrt(2 * cluster["pvalue"] * (1 - cluster["pvalue"]) / 999)
        assert zone.p == pytest.approx(cluster["pvalue"], abs=3.5 * both_by_chance)


def test_pitfall_25_fractional_cases_are_refused_not_floored(leukaemia: dict[str, np.ndarray]) -> None:
    xy = np.column_stack([leukaemia["x"], leukaemia["y"]])
    with pytest.raises(ValueError, match=r"cases must be a whole number at \[0\]; it is 3\.08"):
        circular(xy, leukaemia["cases"], leukaemia["population"], max_share=0.1, nsim=9, rng=rng())


def test_pitfall_25_a_hole_in_the_map_is_no_cluster() -> None:
    """Fewer cases than expected are as unlikely as more, and none of the scan's business."""
    xy, cases = [[0, 0], [1, 0], [4, 0], [9, 0]], [0, 20, 20, 20]
    found = circular(xy, cases, [10, 10, 10, 10], max_share=0.3, nsim=0, rng=rng())
    assert all(zone.observed > zone.expected for zone in found.zones) and 0 not in {
        i for z in found.zones for i in z.ids
    }
    assert np.isnan(found.zones[0].p)


def brute(xy: np.ndarray, cases: np.ndarray, people: np.ndarray, share: float, longest: int, open_end: bool) -> float:
    """The largest log likelihood ratio over all cylinders, from the definition."""
    total, mean = cases.sum(), people / people.sum() * cases.sum()
    best, periods = 0.0, cases.shape[1]
    for centre in xy:
        distance = np.hypot(*(xy - centre).T)
        for radius in distance:
            inside = distance <= radius * (1 + 1e-12)
            if people[inside].sum() > share * people.sum() * (1 + 1e-12):
                continue
            for stop in [periods] if open_end else range(1, periods + 1):
                for begin in range(max(0, stop - longest), stop):
                    c, e = cases[inside, begin:stop].sum(), mean[inside, begin:stop].sum()
                    if c > e:
                        rest = (total - c) * np.log((total - c) / (total - e)) if c < total else 0.0
                        best = max(best, c * np.log(c / e) + rest)
    return best


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([0.2, 0.5, 1.0]))
def test_the_strongest_zone_is_the_strongest_of_all(seed: int, prospective: bool, share: float) -> None:
    chance = np.random.default_rng(seed)
    xy, people = chance.integers(0, 4, (7, 2)).astype(float), chance.integers(1, 9, (7, 4)).astype(float)
    cases = chance.poisson(people / 2)
    cases[0, 0] += 1
    options = {"max_share": share, "max_duration": 3, "nsim": 0, "rng": chance, "prospective": prospective}
    found = space_time(xy, cases, people, **options)
    wanted = brute(xy, cases, people, share, 3, prospective)
    assert (found.zones[0].llr if found.zones else 0.0) == pytest.approx(wanted, abs=1e-9)
    ids = [place for zone in found.zones for place in zone.ids]
    assert len(ids) == len({*ids}), "zones do not overlap"


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(9)), st.floats(0.1, 100), st.floats(-50, 50), st.integers(1, 50))
def test_order_of_places_unit_of_map_and_of_population_do_not_matter(
    order: list[int], scale: float, shift: float, unit: int
) -> None:
    chance = np.random.default_rng(5)
    xy, people, cases = chance.normal(size=(9, 2)), chance.integers(5, 50, 9), chance.poisson(4, 9)
    cases[2] += 12
    one = circular(xy, cases, people, max_share=0.5, nsim=0, rng=rng()).zones
    two = circular(
        (xy * scale + shift)[order], cases[order], people[order] * unit, max_share=0.5, nsim=0, rng=rng()
    ).zones
    assert [{*z.ids} for z in one] == [{order[i] for i in z.ids} for z in two]
    np.testing.assert_allclose([z.llr for z in one], [z.llr for z in two], rtol=1e-9)


def test_places_at_one_distance_enter_a_circle_together() -> None:
    found = circles(np.array([[0.0, 0], [1, 0], [-1, 0], [0, 3]]), np.ones(4), 0.75)
    first = slice(found.start[0], found.start[1])
    assert found.order[first].tolist() == [0, 1, 2] and found.closed[first].tolist() == [True, False, True]


def test_p_values_are_uniform_enough_where_nothing_is_and_small_where_something_is() -> None:
    chance = np.random.default_rng(9)
    xy, people = chance.normal(size=(25, 2)), np.full(25, 100)
    quiet = [
        circular(xy, chance.poisson(4, 25), people, max_share=0.5, nsim=39, rng=chance, most=1).zones[0].p
        for _week in range(200)
    ]
    assert 0.02 <= np.mean(np.array(quiet) <= 0.05) <= 0.1
    cases = chance.poisson(4, 25)
    cases[np.argsort(np.hypot(*xy.T))[:3]] += 14
    assert circular(xy, cases, people, max_share=0.5, nsim=99, rng=chance).zones[0].p == 0.01


def test_a_cluster_going_on_now_is_found_and_dated() -> None:
    chance = np.random.default_rng(2)
    xy, cases = chance.normal(size=(20, 2)), chance.poisson(1, (20, 30))
    near = np.argsort(np.hypot(*(xy - xy[7]).T))[:3]
    cases[near, 27:] += 5
    now = space_time(xy, cases, np.ones(20), max_share=0.3, max_duration=6, nsim=99, rng=rng()).zones[0]
    assert {*now.ids} == {*near.tolist()} and (now.first, now.last, now.p) == (27, 29, 0.01)
    over = space_time(
        xy, cases[:, ::-1], np.ones(20), max_share=0.3, max_duration=6, nsim=9, rng=rng(), prospective=False
    ).zones[0]
    assert {*over.ids} == {*near.tolist()} and (over.first, over.last) == (0, 2)


def test_a_season_in_the_population_at_risk_is_no_cluster() -> None:
    xy, season = np.arange(8.0).reshape(4, 2), np.array([1, 1, 1, 1, 6, 6])
    cases = np.tile(season, (4, 1)) * 3
    options = {"max_share": 0.5, "max_duration": 3, "nsim": 0, "rng": rng()}
    assert space_time(xy, cases, [1, 1, 1, 1], **options).zones
    assert not space_time(xy, cases, np.tile(season, (4, 1)), **options).zones


def test_the_pure_path_is_the_same() -> None:
    chance = np.random.default_rng(3)
    xy, people = chance.normal(size=(6, 2)), np.ones(6)
    cases = chance.poisson(3, (6, 3))
    zones = circles(xy, people, 0.5)
    table = scan.special.xlogy(np.arange(cases.sum() + 1), np.arange(cases.sum() + 1))
    cells = scan._Cells(np.full((6, 3), cases.sum() / 18), table, 1, 2, False)
    best, end, first, last = scan._strongest(cases, zones, cells)
    pure = [np.zeros(6), np.zeros(6, int), np.zeros(6, int), np.zeros(6, int)]
    shape = (zones.start, zones.order, zones.closed, np.zeros(6, bool), 1, 2, False)
    scan._search.py_func(cases, cells.expected, table, *shape, *pure)
    for mine, theirs in zip((best, end, first, last), pure, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cases": [1, -1, 0]}, "cases must be 0 or more at [1]"),
        ({"cases": [0, 0, 0]}, "cases must hold at least one case"),
        ({"population": [1, 1]}, "must have one length; it is 3, 3, 2"),
        ({"population": [0, 1, 1]}, "population is 0 where cases are"),
        ({"max_share": 1.2, "cases": [0, 0, 0]}, "max_share must lie in (0, 1]; it is 1.2; cases must hold"),
        ({"xy": [[1, 2, 3]] * 3}, "xy must be [n, 2]"),
        ({"nsim": -1}, "nsim must be a whole number of at least 0"),
        ({"most": 0}, "most must be a whole number of at least 1"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], message: str) -> None:
    options = {"xy": [[0, 0], [1, 0], [0, 2]], "cases": [3, 1, 0], "population": [1, 1, 1], "max_share": 0.5}
    with pytest.raises(ValueError) as fault:
        circular(**{**options, "nsim": 1, "rng": rng(), **change})  # type: ignore[arg-type]
    assert message in str(fault.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_duration": 5}, "max_duration must be at most the 4 periods of cases; it is 5"),
        ({"max_duration": 1, "min_duration": 2}, "max_duration must be a whole number of at least 2"),
        ({"population": np.ones((2, 3))}, "population must be [n] or [n, T] = (2, 4)"),
        ({"cases": [[1, 0.5, 1, 1]] * 2}, "cases must be a whole number"),
    ],
)
def test_bad_durations_are_named(change: dict[str, object], message: str) -> None:
    options = {"xy": [[0, 0], [1, 0]], "cases": np.ones((2, 4)), "population": [1, 1], "max_duration": 2}
    with pytest.raises(ValueError) as fault:
        space_time(**{**options, "max_share": 0.5, "nsim": 1, "rng": rng(), **change})  # type: ignore[arg-type]
    assert message in str(fault.value)
