"""FoodChain-Lab's own answers on its own data: 28 scenarios, every station, delivery and score equal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from qualitycity.methods.tracing import TraceIndex, fcl_score, foodchain_read, foodchain_write
from qualitycity.methods.tracing.foodchain import Network

GOLDEN = Path(os.environ.get("CITY_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "golden" / "tracing"
DATA = ("ExampleData", "baby_tea_1")
MODES = {"ignore": "ignore", "explicit": "given", "inferred": "inferred"}
SCENARIOS = [
    scenario
    for name in DATA
    if (GOLDEN / "fcl_expected" / f"{name}.json").exists()
    for scenario in json.loads((GOLDEN / "fcl_expected" / f"{name}.json").read_text())
]


def network(shared: Path, name: str) -> Network:
    return foodchain_read(json.loads((shared / "golden" / "tracing" / "fcl" / f"{name}.json").read_text()))


def asked(options: dict[str, Any], of: Network) -> dict[str, Any]:
    return {
        "cross": {of.station[name] for name in options.get("cc", ())},
        "kill": {of.station[name] for name in options.get("kill", ())},
    }


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(scenario: dict[str, Any], shared: Path) -> None:
    net, options = network(shared, scenario["dataset"]), scenario["options"]
    index = TraceIndex.of(net.edges(), net.lots(), net.units)
    if "stationScores" in scenario:
        check_score(scenario, net, index, options)
    else:
        check_trace(scenario, net, index, options)


def check_score(scenario: dict[str, Any], net: Network, index: TraceIndex, options: dict[str, Any]) -> None:
    score = fcl_score(
        index,
        [net.station[name] for name in options.get("outbreak", ())],
        outbreak_deliveries=[net.delivery[name] for name in options.get("outbreakDel", ())],
        kill_deliveries={net.delivery[name] for name in options.get("killDel", ())},
        dates=MODES[scenario["dates"]],
        **asked(options, net),
    )
    stations = dict(zip(net.station, score.of_stations(len(net.station)), strict=True))
    deliveries = dict(zip(net.delivery, score.of_lots(len(net.delivery)), strict=True))
    assert stations == pytest.approx(scenario["stationScores"], abs=1e-12)
    assert deliveries == pytest.approx(scenario["deliveryScores"], abs=1e-12)
    assert {net.stations[at]["ID"] for at in score.common_stations} == set(scenario["commonLink"])


def check_trace(scenario: dict[str, Any], net: Network, index: TraceIndex, options: dict[str, Any]) -> None:
    mode, more = MODES[scenario["dates"]], asked(options, net)
    for direction in ("back", "forward"):
        if "observed" in options:
            station = net.station[options["observed"]]
            starts = index.members("holder" if direction == "back" else "giver", station)
            own: set[int] = set()
        else:
            starts = [net.delivery[options["observedDel"]]]
            own = set(starts)
        trace = getattr(index, direction)(starts, dates=mode, **more)
        met = {net.deliveries[at]["ID"] for at in trace.nodes if at not in own}
        stations = {net.stations[at]["ID"] for at in index.holders(trace, more["kill"])}
        word = "backward" if direction == "back" else "forward"
        assert met == set(scenario[f"{word}Deliveries"])
        assert stations == set(scenario[f"{word}Stations"])


@pytest.mark.parametrize("name", DATA)
def test_a_document_read_and_written_loses_nothing(name: str, shared: Path) -> None:
    given = json.loads((shared / "golden" / "tracing" / "fcl" / f"{name}.json").read_text())
    written = json.loads(json.dumps(foodchain_write(foodchain_read(given))))
    assert written == given
