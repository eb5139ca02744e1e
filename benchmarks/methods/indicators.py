"""Composite indices: the ASEM index against its reference values, and thousands of replications of it.

Reference values are those COINr 1.1.14 computed; its own times were measured elsewhere (R is not run here), so the peer
of the replications is the straight loop: our own ``build`` once a replication.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row

from qualitycity.methods.indicators import (
    Choice,
    Framework,
    Index,
    Step,
    Table,
    WeightSets,
    build,
    influence,
    noisy_weights,
    sobol,
    uncertainty,
    what_if,
)
from qualitycity.methods.indicators.robustness import Runs
from qualitycity.methods.indicators.robustness import run as replicate

GOLDEN = Path(os.environ.get("CITY_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "golden" / "composite"
STEPS = (
    Step.of("denominate"),
    Step.of("impute", how="mean", group="EurAsia_group"),
    Step.of("screen", min_share=0.9, of="current"),
    Step.of("treat", winmax=5),
    Step.of("normalise", how="minmax", p={"low": 1, "high": 100}),
    Step.of("aggregate", how="amean"),
)
REFERENCE = (*STEPS[:4], Step.of("normalise", how="minmax"), STEPS[5])
RULES = {
    "on": "2027-12-20",
    "grades": {"names": ["A", "B", "C", "D"], "bounds": [60, 50, 40]},
    "bonus": [{"code": "b", "fact": "award", "points": 2, "basis": "made up", "valid_from": "2027-01-01"}],
    "caps": {"bonus": 3},
    "veto": [{"code": "v", "fact": "incident", "grade": "D", "basis": "made up", "valid_from": "2027-01-01"}],
}


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target, note}; CPU seconds."""
    there = (GOLDEN / "asem_iMeta.csv").exists()
    table, fw = _asem() if there else _made_up(51, [49, 8, 2, 1])
    index = build(table, fw, STEPS)
    return [
        _building(table, fw, there),
        *_replications(index),
        *_with_rules(table, fw),
        *_sobol(index),
        *_asking(index),
        _large(),
    ]


def _asem() -> tuple[Table, Framework]:
    with (GOLDEN / "asem_iMeta.csv").open() as file:
        meta = [line for line in csv.DictReader(file) if line["Level"]]
    fw = Framework.from_rows(
        {
            "level": int(line["Level"]),
            "code": line["iCode"],
            "parent": line["Parent"] or None,
            "direction": float(line["Direction"]),
            "denominator": line["Denominator"] or None,
        }
        for line in meta
    )
    with (GOLDEN / "asem_iData.csv").open() as file:
        data = list(csv.DictReader(file))
    columns: dict[str, Any] = {
        name: np.array([float(line[name]) if line[name] not in ("", "NA") else np.nan for line in data])
        for name in [*fw.indicators, "Area", "Energy", "GDP", "Population"]
    }
    columns["EurAsia_group"] = [line["EurAsia_group"] for line in data]
    return Table(tuple(line["uCode"] for line in data), columns), fw


def _made_up(units: int, sizes: list[int]) -> tuple[Table, Framework]:
    """A table and tree of given sizes, from the indicators to the index."""
    rng = np.random.default_rng(5)
    rows: list[dict[str, Any]] = []
    for level, size in enumerate(sizes):
        for at in range(size):
            parent = f"n{level + 1}_{at * sizes[level + 1] // size}" if level + 1 < len(sizes) else None
            rows.append({"level": level, "code": f"n{level}_{at}", "parent": parent})
    fw = Framework.from_rows(rows)
    columns: dict[str, Any] = {code: rng.lognormal(1, 1, units) for code in fw.indicators}
    columns["EurAsia_group"] = ["one", "other"] * (units // 2) + ["one"] * (units % 2)
    return Table(tuple(f"county {at}" for at in range(units)), columns), fw


def _building(table: Table, fw: Framework, there: bool) -> dict[str, Any]:
    worst = _difference(table, fw) if there else np.nan
    if worst > 1e-10:
        raise AssertionError(f"the index is {worst} off its reference values")
    (ours,) = in_turn(lambda: build(table, fw, REFERENCE), rounds=10)
    note = (
        f"60 nodes × 51 units within {worst:.1e} of COINr's values" if there else "made-up data: golden cases not here"
    )
    return row("ASEM index, 51 × 49, 4 levels, 6 steps", ours, "equal to 1e-10") | {
        "note": f"{note}; COINr measured elsewhere at 0.195 s CPU"
    }


def _difference(table: Table, fw: Framework) -> float:
    """The largest relative difference of any node's score from its reference value."""
    index = build(table, fw, REFERENCE)
    with (GOLDEN / "asem_stage_Aggregated.csv").open() as file:
        want = list(csv.DictReader(file))
    worst = 0.0
    for code in [code for level in fw.codes for code in level]:
        have = dict(zip(index.units, index.score(code), strict=True))
        for line in want:
            value = float(line[code])
            worst = max(worst, abs(have[line["uCode"]] - value) / max(abs(value), 1.0))
    return worst


def _choices(index: Index, rng: np.random.Generator) -> list[Choice | WeightSets]:
    """The choices of COINr's example: winsorisation limit, normalisation, 100 weight sets, aggregation."""
    return [
        Choice("winmax", "treat", tuple({"winmax": at} for at in range(1, 6))),
        Choice(
            "norm",
            "normalise",
            ({"how": "minmax", "p": {"low": 1, "high": 100}}, {"how": "zscore", "p": {"mean": 10, "sd": 2}}),
        ),
        noisy_weights(index.weights, 100, 0.25, rng),
        Choice("agg", "aggregate", ({"how": "amean"}, {"how": "gmean"})),
    ]


def _loop(index: Index, spec: list[Choice | WeightSets], design: np.ndarray) -> Runs:
    """The straight way: each replication is a build of its own."""
    shape = (len(design), len(index.units))
    made = Runs(np.empty(shape), np.empty(shape), np.full(shape, -1))
    for at, options in enumerate(design):
        fw, changed = index.framework, {}
        for factor, option in zip(spec, options, strict=True):
            if isinstance(factor, WeightSets):
                fw = replace(fw, weight=tuple(tuple(level[option]) for level in factor.sets))
            else:
                changed[factor.step] = factor.options[option]
        steps = [Step(step.name, {**step.parameters, **changed.get(step.name, {})}) for step in index.log.steps]
        other = build(index.log.data, fw, steps)
        made.scores[at], made.ranks[at] = other.scores, other.ranks
        if other.settlement is not None and other.settlement.rules.grades is not None:
            names = other.settlement.rules.grades.names
            made.grades[at] = [names.index(str(grade)) for grade in other.grades]
    return made


def _compared(index: Index, spec: list[Choice | WeightSets], few: int) -> tuple[float, float]:
    """CPU seconds of 1,000 replications and of the straight loop (timed over a few, scaled), found equal first."""
    rng = np.random.default_rng(2027)
    design = uncertainty(index, spec, few, rng).design
    ours, theirs = replicate(index, spec, design), _loop(index, spec, design)
    np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-12)
    np.testing.assert_array_equal(ours.ranks, theirs.ranks)
    np.testing.assert_array_equal(ours.grades, theirs.grades)
    straight, quick = in_turn(lambda: _loop(index, spec, design), lambda: uncertainty(index, spec, 1000, rng))
    return quick, straight * 1000 / few


PEER = "straight loop of our own build(), 100 timed × 10"


def _replications(index: Index) -> list[dict[str, Any]]:
    spec = _choices(index, np.random.default_rng(1))
    ours, theirs = _compared(index, spec, 100)
    note = "with ranks, percentiles; COINr measured elsewhere at 170-215 s CPU (extrapolated)"
    rng = np.random.default_rng(3)
    (many,) = in_turn(lambda: uncertainty(index, spec, 100_000, rng), rounds=1)
    return [
        row("1,000 replications of the ASEM index", ours, "≤ 0.2 s CPU", PEER, theirs) | {"note": note},
        row("100,000 replications of the ASEM index", many, "≤ 20 s CPU"),
    ]


def _with_rules(table: Table, fw: Framework) -> list[dict[str, Any]]:
    count = len(table.units)
    facts = {"award": np.arange(count) % 3, "incident": np.arange(count) % 17 == 0}
    index = build(Table(table.units, {**table.columns, **facts}), fw, [*STEPS, Step("rules", RULES)])
    ours, theirs = _compared(index, _choices(index, np.random.default_rng(1)), 100)
    return [row("1,000 replications with bonus, veto and grades replayed", ours, "≤ 0.2 s CPU", PEER, theirs)]


def _sobol(index: Index) -> list[dict[str, Any]]:
    rng = np.random.default_rng(4)
    four = _choices(index, rng)
    ten: list[Choice | WeightSets] = [
        *four,
        Choice("skew", "treat", ({"skew": 2.0}, {"skew": 2.25})),
        Choice("kurt", "treat", ({"kurt": 3.5}, {"kurt": 3.0})),
        Choice("impute", "impute", ({"how": "mean"}, {"how": "median"})),
        Choice("group", "impute", ({"group": "EurAsia_group"}, {"group": None})),
        Choice("screen", "screen", ({"min_share": 0.8}, {"min_share": 0.9})),
        Choice("scale", "denominate", ({"scale": 1.0}, {"scale": 1000.0})),
    ]
    return [
        row(work, in_turn(_ask(index, spec, rng), rounds=2)[0], target)
        for work, spec, target in (
            ("Sobol, 4 choices, N 1,024 (6,144 runs), intervals", four, ""),
            ("Sobol, 10 choices, N 1,024 (12,288 runs), intervals", ten, "≤ 5 s"),
        )
    ]


def _ask(index: Index, spec: list[Choice | WeightSets], rng: np.random.Generator) -> Callable[[], Any]:
    return lambda: sobol(index, spec, 1024, rng)


def _asking(index: Index) -> list[dict[str, Any]]:
    unit, code = index.units[0], index.framework.indicators[0]
    found, raw = influence(index), index.log.data.numbers([code])[0, 0]
    np.testing.assert_allclose(what_if(index, unit, code, raw + found.change[0, 0]).scores[0], found.score[0, 0])
    one, every = in_turn(lambda: what_if(index, unit, code, 4.0), lambda: influence(index))
    return [
        row("change of one figure answered", one, "≤ 50 ms"),
        row("influence of all 2,499 figures, exact", every, "", "build() a figure, one timed × 2,499", one * 2499),
    ]


def _large() -> dict[str, Any]:
    """200 counties × 120 indicators in 5 levels."""
    table, fw = _made_up(200, [120, 30, 10, 3, 1])
    rng = np.random.default_rng(6)
    index = build(table, fw, STEPS[3:])
    spec = [*_choices(index, rng)[:2], noisy_weights(index.weights, 10_000, 0.25, rng), _choices(index, rng)[3]]
    (ours,) = in_turn(lambda: uncertainty(index, spec, 10_000, rng), rounds=1)
    return row("10,000 replications, 200 × 120, 5 levels", ours, "≤ 30 s")
