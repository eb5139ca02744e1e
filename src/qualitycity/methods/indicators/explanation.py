"""Why this score, and what lifts me: paths from indicator to index, influence of every figure, removal of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .aggregation import climb
from .construction import Index, build
from .pipeline import State, perform
from .ranking import rank
from .robustness import RankStats
from .table import Floats

__all__ = ["Account", "Influence", "PathRow", "Removal", "explain", "influence", "remove_each", "what_if"]


@dataclass(frozen=True)
class PathRow:
    """One node on the way up: its ``score``, its ``weight`` among the members present, and what it hangs under."""

    level: int
    code: str
    parent: str | None
    raw: float | None
    score: float
    weight: float


@dataclass(frozen=True)
class Account:
    """The whole account of one unit: the path, what the rules did, and the interval of its rank where known."""

    unit: str
    score: float
    rank: float
    grade: str | None
    missing_share: float
    path: tuple[PathRow, ...]
    rules: tuple[str, ...]
    interval: tuple[float, float] | None
    certain: float | None

    def text(self) -> str:
        """Return the account as lines of text."""
        grade = "" if self.grade is None else f", grade {self.grade}"
        lines = [f"{self.unit}: {self.score:.10g}, rank {self.rank:g}{grade}; {self.missing_share:.1%} not reported"]
        for row in self.path:
            raw = "" if row.raw is None else f" (reported {row.raw:.10g})"
            under = "" if row.parent is None else f" × {row.weight:.4f} → {row.parent}"
            lines.append(f"{'  ' * (row.level + 1)}{row.code} {row.score:.10g}{raw}{under}")
        lines += [f"  {sentence}" for sentence in self.rules]
        if self.interval is not None:
            lines.append(f"  rank {self.interval[0]:g} to {self.interval[1]:g} in 90 % of the runs")
        if self.certain is not None:
            lines.append(f"  grade {self.grade} in {self.certain:.1%} of the runs")
        return "\n".join(lines)


def explain(index: Index, unit: str, stats: RankStats | None = None) -> Account:
    """Account for the score of one unit: indicators → index with weights, rule sentences, rank interval (``stats``)."""
    at, fw = index.position(unit), index.framework
    raw = index.log.data.numbers(fw.indicators)[index.log.data.position(unit)]
    rows = []
    for level, codes in enumerate(fw.codes):
        scores = index.levels[level][at]
        for node, code in enumerate(codes):
            parent = fw.codes[level + 1][fw.parent[level][node]] if level < len(fw.parent) else None
            weight = 1.0
            if parent is not None:
                group = fw.members[level][fw.parent[level][node]]
                present = index.weights[level][group] * ~np.isnan(scores[group])
                own = index.weights[level][node] * ~np.isnan(scores[node])
                weight = float(own / present.sum()) if present.sum() > 0 else 0.0
            reported = float(raw[node]) if level == 0 else None
            rows.append(PathRow(level, code, parent, reported, float(scores[node]), weight))
    told = () if index.outcome is None else tuple(one.sentence for one in index.outcome.of(unit))
    interval = certain = None
    if stats is not None:
        interval = (float(stats.low[at]), float(stats.high[at]))
        certain = None if np.isnan(stats.certain[at]) else float(stats.certain[at])
    return Account(
        unit, float(index.scores[at]), float(index.ranks[at]), index.grades[at], float(index.missing_share[at]),
        tuple(rows), told, interval, certain,
    )  # fmt: skip


def what_if(index: Index, unit: str, code: str, value: float) -> Index:
    """Build the index again with one figure changed; the index itself stays as it is.

    >>> from qualitycity.methods.indicators import Framework, Table, Step, build
    >>> fw = Framework.from_rows([{"level": 0, "code": c, "parent": "I"} for c in "ab"] + [{"level": 1, "code": "I"}])
    >>> towns = Table(("East", "West", "South"), {"a": [1, 2, 3], "b": [5, 9, 1]})
    >>> index = build(towns, fw, [Step.of("normalise", how="minmax"), Step.of("aggregate", how="amean")])
    >>> what_if(index, "East", "a", 3).scores.tolist()
    [75.0, 50.0, 50.0]
    """
    return build(index.log.data.changed(unit, code, value), index.framework, index.log.steps)


@dataclass(frozen=True, eq=False)
class Influence:
    """What changing each figure does: ``effect`` (n, m) on the unit's own score, ``score``, ``rank``, ``grade`` after.

    ``change`` (n, m) is the change of the reported figure that was tried; all NaN where none was reported. Grades are
    numbers, 0 for the best, -1 for none.
    """

    units: tuple[str, ...]
    codes: tuple[str, ...]
    change: Floats
    effect: Floats
    score: Floats
    rank: Floats
    grade: Floats
    grade_names: tuple[str, ...]

    def of(self, unit: str) -> list[dict[str, Any]]:
        """Return what lifts a unit, largest effect first: code, change, effect, score, rank and grade after."""
        if unit not in self.units:
            raise ValueError(f"unit: {unit!r} is not in the index")
        at = self.units.index(unit)
        order = [j for j in np.argsort(-self.effect[at], kind="stable") if self.effect[at, j] > 0]
        return [
            {
                "code": self.codes[j],
                "change": float(self.change[at, j]),
                "effect": float(self.effect[at, j]),
                "score": float(self.score[at, j]),
                "rank": float(self.rank[at, j]),
                "grade": self.grade_names[int(self.grade[at, j])]
                if self.grade[at, j] >= 0 and self.grade_names
                else None,
            }
            for j in order
        ]


def influence(index: Index, change: Mapping[str, ArrayLike] | None = None) -> Influence:
    """Say for every unit and indicator what a change of that one reported figure would do to the unit's own score.

    ``change``: code → change of the figure, one number or (units of the index,); an indicator that is not named offers
    no step (0). None: up to the best figure any unit reported. Everything after is done again (imputation, treatment,
    normalisation, aggregation, rules), with the weights and the units of the index. Same as :func:`what_if` for each
    cell, at the cost of one build an indicator.
    """
    fw, count = index.framework, len(index.units)
    kept = index.stages[-1].kept
    raw = index.log.data.numbers(fw.indicators)
    steps = _changes(index, raw[kept], change)
    shape = (count, len(fw.indicators))
    score, ranks, grade = (np.full(shape, np.nan) for _ in range(3))
    for column in range(shape[1]):
        tried = np.flatnonzero(~np.isnan(steps[:, column]))
        if not len(tried):
            continue
        variants = np.repeat(raw[:, column : column + 1], len(tried), axis=1)
        variants[kept[tried], np.arange(len(tried))] += steps[tried, column]
        tables = np.broadcast_to(index.levels[0], (len(tried), *index.levels[0].shape)).copy()
        tables[:, :, column] = _column(index, variants, column).T
        found = _settle(index, tables)
        for target, values in zip((score, ranks, grade), found, strict=True):
            target[tried, column] = values[np.arange(len(tried)), tried]
    names = index.settlement.rules.grades.names if index.settlement and index.settlement.rules.grades else ()
    effect = score - index.scores[:, None]
    return Influence(index.units, fw.indicators, steps, effect, score, ranks, grade, names)


def _changes(index: Index, raw: Floats, change: Mapping[str, ArrayLike] | None) -> Floats:
    """The change of each figure (n, m), NaN where none was reported."""
    codes = index.framework.indicators
    if change is None:
        sign = np.array(index.framework.direction)
        best = np.where(np.isnan(raw), -np.inf, raw * sign).max(axis=0) * sign
        return np.where(np.isnan(raw), np.nan, best - raw)
    if strange := [code for code in change if code not in codes]:
        raise ValueError(f"change: there is no indicator {', '.join(map(repr, strange))}")
    columns = [np.broadcast_to(np.asarray(change.get(code, 0.0), dtype=float), len(raw)) for code in codes]
    return np.where(np.isnan(raw), np.nan, np.column_stack(columns))


def _column(index: Index, variants: Floats, column: int) -> Floats:
    """Variants of one indicator (all units, k) brought through the steps before aggregation."""
    fw, data = index.framework, index.log.data
    everyone = np.arange(len(data.units))
    state = State(data, fw, variants, np.full(variants.shape[1], column), everyone, fw.weights)
    for step in index.log.steps:
        if step.name == "screen":
            state = state.restricted(np.isin(state.kept, index.stages[-1].kept))
        elif step.name not in ("weight", "aggregate", "rules"):
            state = perform(state, step)
    return state.X


def _settle(index: Index, tables: Floats) -> tuple[Floats, Floats, Floats]:
    """Scores, ranks and grades of many tables of normalised indicators (k, n, m)."""
    fw = index.framework
    parameters = next(step.parameters for step in index.log.steps if step.name == "aggregate")
    base = climb(tables, index.weights, fw.members, fw.codes, parameters)[-1][..., 0]
    if index.settlement is None:
        return base, rank(base), np.full(base.shape, -1.0)
    settled = index.settlement.settle(base)
    return settled.scores, settled.ranks, settled.grades.astype(float)


@dataclass(frozen=True, eq=False)
class Removal:
    """The index without each node in turn: ``scores`` and ``ranks`` (nodes, n), ``shift`` mean absolute rank change."""

    codes: tuple[str, ...]
    units: tuple[str, ...]
    scores: Floats
    ranks: Floats
    shift: Floats


def remove_each(index: Index, level: int = 0) -> Removal:
    """Build the index without each node of a level in turn (and what hangs under it); which one carries the ranking?

    Units that a build screens out are NaN. Judgements of a ``weight`` step on a node that lost a member cannot be kept:
    such an index is refused.
    """
    if not 0 <= level < len(index.framework.codes) - 1 or len(index.framework.codes[level]) < 2:
        raise ValueError(f"level: {level} has no two nodes of which one could be removed")
    if any(step.name == "weight" and step.parameters.get("nodes") for step in index.log.steps):
        raise ValueError("index: the judgements on members of its nodes do not fit the index without one of them")
    codes = index.framework.codes[level]
    scores = np.full((len(codes), len(index.units)), np.nan)
    ranks = scores.copy()
    for at, code in enumerate(codes):
        other = build(index.log.data, index.framework.without(code), index.log.steps)
        rows = [index.units.index(unit) for unit in other.units if unit in index.units]
        own = [here for here, unit in enumerate(other.units) if unit in index.units]
        scores[at, rows], ranks[at, rows] = other.scores[own], other.ranks[own]
    moved = np.abs(ranks - index.ranks)
    known = (~np.isnan(moved)).sum(axis=1)
    shift = np.where(known > 0, np.nansum(moved, axis=1) / np.maximum(known, 1), np.nan)
    return Removal(codes, index.units, scores, ranks, shift)
