"""Small indices to test with: the four towns of a year's assessment, and towns at random."""

from __future__ import annotations

import numpy as np

from qualitycity.methods.indicators import Framework, Index, Step, Table, build
from qualitycity.methods.indicators.table import Floats

POINTS = {"pass": 20, "tasks": 20, "officers": 10, "loss": 10, "complaints": 15, "survey": 15, "onsite": 10}
POSTS = {
    "worst": dict.fromkeys(POINTS, 0) | {"pass": 0.80},
    "best": dict.fromkeys(POINTS, 1) | {"pass": 0.98, "survey": 100, "onsite": 10},
}
YEAR = Framework.from_rows(
    [{"level": 0, "code": code, "parent": "Year", "weight": points} for code, points in POINTS.items()]
    + [{"level": 1, "code": "Year"}],
    version="2027-1",
)
TOWNS = Table(
    ("Donghe", "Xitang", "Nanling", "Beihu"),
    {
        "pass": [47 / 50, 49 / 50, 48 / 50, 44 / 50],
        "tasks": [18 / 20, 1, 15 / 20, 9 / 20],
        "officers": [0.8, 0.9, 1, 0.7],
        "loss": [27 / 30, 19 / 20, 29 / 30, 22 / 30],
        "complaints": [58 / 60, 1, 57 / 60, 45 / 60],
        "survey": [86, 88, 92, 70],
        "onsite": [8.5, 9, 9.5, 6],
        "incident": [0, 1, 0, 0],
        "award": [0, 0, 0, 0],
        "late": [0, 0, 0, 0],
    },
)
GRADES = {"names": ["A", "B", "C", "D"], "bounds": [90, 80, 60]}
INCIDENT = {
    "code": "incident",
    "fact": "incident",
    "grade": "D",
    "basis": "rulebook 2027, 9",
    "valid_from": "2027-01-01",
}
RULES = {"on": "2027-12-20", "grades": GRADES, "veto": [INCIDENT]}
STEPS = (
    Step.of("normalise", how="goalposts", p=POSTS | {"clip": True}),
    Step.of("aggregate", how="amean"),
    Step("rules", RULES),
)


def year(table: Table = TOWNS) -> Index:
    return build(table, YEAR, STEPS)


def tree(weights: Floats, direction: Floats | None = None) -> Framework:
    """Six indicators a0 … a5 in two pillars P, Q under I."""
    sign = np.ones(6) if direction is None else direction
    rows: list[dict[str, object]] = [
        {"level": 0, "code": f"a{at}", "parent": "PQ"[at // 3], "weight": weights[at], "direction": sign[at]}
        for at in range(6)
    ]
    rows += [{"level": 1, "code": code, "parent": "I"} for code in "PQ"]
    return Framework.from_rows([*rows, {"level": 2, "code": "I"}])


def table(X: Floats, **more: object) -> Table:  # noqa: N803
    columns: dict[str, object] = {f"a{at}": X[:, at] for at in range(X.shape[1])}
    return Table(tuple(f"u{at}" for at in range(len(X))), columns | more)  # type: ignore[arg-type]


MEAN = (Step.of("normalise", how="minmax"), Step.of("aggregate", how="amean"))
