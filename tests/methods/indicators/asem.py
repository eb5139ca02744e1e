"""The ASEM index of the golden cases as this library takes it: data, framework, steps, the 50 runs."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from qualitycity.methods.indicators import Choice, Framework, Index, Step, Table, WeightSets, build
from qualitycity.methods.indicators.table import Floats

STEPS = (
    Step.of("denominate"),
    Step.of("impute", how="mean", group="EurAsia_group"),
    Step.of("screen", min_share=0.9, of="current"),
    Step.of("treat", winmax=5, skew=2.0, kurt=3.5),
    Step.of("normalise", how="minmax", p={"low": 0, "high": 100}),
    Step.of("aggregate", how="amean"),
)


def number(text: str) -> float:
    return float(text) if text not in ("", "NA") else np.nan


def matrix(path: Path, columns: list[str] | None = None, key: str = "uCode") -> tuple[list[str], list[str], Floats]:
    """Keys, column names and figures of a golden table."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    names = columns if columns is not None else [name for name in rows[0] if name != key]
    return [row[key] for row in rows], names, np.array([[number(row[name]) for name in names] for row in rows])


@cache
def framework(folder: Path) -> Framework:
    with (folder / "asem_iMeta.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["Level"]]
    return Framework.from_rows(
        {
            "level": int(row["Level"]),
            "code": row["iCode"],
            "parent": row["Parent"] or None,
            "weight": float(row["Weight"]),
            "direction": float(row["Direction"]),
            "denominator": row["Denominator"] or None,
            "target": number(row["Target"]) if row["Target"] else None,
        }
        for row in rows
    )


@cache
def table(folder: Path) -> Table:
    with (folder / "asem_iData.csv").open() as file:
        rows = list(csv.DictReader(file))
    figures = [*framework(folder).indicators, "Area", "Energy", "GDP", "Population"]
    columns: dict[str, object] = {name: np.array([number(row[name]) for row in rows]) for name in figures}
    columns["EurAsia_group"] = [row["EurAsia_group"] for row in rows]
    return Table(tuple(row["uCode"] for row in rows), columns)  # type: ignore[arg-type]


@cache
def index(folder: Path) -> Index:
    return build(table(folder), framework(folder), STEPS)


def spec(folder: Path) -> list[Choice | WeightSets]:
    """The choices of the 50 runs, in the order of the design's columns."""
    fw = framework(folder)
    codes, _names, sets = matrix(folder / "asem_ua50_weight_sets.csv", [f"w{at}" for at in range(1, 101)], "iCode")
    of = dict(zip(codes, sets, strict=True))
    levels = tuple(np.column_stack([of.get(code, np.ones(100)) for code in level]) for level in fw.codes)
    return [
        Choice("winmax", "treat", tuple({"winmax": at} for at in range(1, 6))),
        Choice(
            "norm",
            "normalise",
            ({"how": "minmax", "p": {"low": 1, "high": 100}}, {"how": "zscore", "p": {"mean": 10, "sd": 2}}),
        ),
        WeightSets("weights", levels),
        Choice("agg", "aggregate", ({"how": "amean"}, {"how": "gmean"})),
    ]


def design(folder: Path) -> np.ndarray:
    with (folder / "asem_ua50_design.csv").open() as file:
        rows = list(csv.DictReader(file))
    return np.array(
        [
            [
                int(row["winmax"]) - 1,
                int(row["norm"] == "n_zscore"),
                int(row["weight_set"]) - 1,
                int(row["agg"] == "a_gmean"),
            ]
            for row in rows
        ]
    )
