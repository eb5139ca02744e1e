"""The index: built step by step, every stage kept, with a log from which anybody can build it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .framework import Framework
from .normalisation import FIXED
from .pipeline import State, Step, check, perform
from .ranking import rank
from .settlement import Explanation, Outcome, Settlement
from .table import Floats, Table

__all__ = ["Index", "Log", "Stage", "Step", "build", "changes", "formula", "replay"]


@dataclass(frozen=True)
class Log:
    """Data, framework, steps, and what each step noted: enough to build the index again."""

    data: Table
    framework: Framework
    steps: tuple[Step, ...]
    notes: tuple[tuple[str, ...], ...] = ()

    def text(self) -> str:
        """Return the log as JSON; figures are written so that they are read back to the last bit."""
        plain = {
            "version": self.framework.version,
            "framework": self.framework.rows(),
            "data": self.data.plain(),
            "steps": [[step.name, dict(step.parameters)] for step in self.steps],
            "notes": self.notes,
        }
        return json.dumps(plain, ensure_ascii=False, allow_nan=False)

    @classmethod
    def read(cls, text: str) -> Log:
        """Read what :meth:`text` wrote."""
        plain = json.loads(text)
        return cls(
            Table(**plain["data"]),
            Framework.from_rows(plain["framework"], plain["version"]),
            tuple(Step(name, parameters) for name, parameters in plain["steps"]),
            tuple(tuple(notes) for notes in plain["notes"]),
        )


@dataclass(frozen=True, eq=False)
class Stage:
    """The figures ``values`` (units kept, indicators) after a step, the rows ``kept`` of the table, and the notes."""

    step: str
    values: Floats
    kept: NDArray[np.intp]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Index:
    """A built index.

    ``units`` that have a place in it, ``dropped`` those screened out; ``stages`` after every step before aggregation
    (the first, ``"raw"``, is the table); ``weights`` as used and ``levels`` (units, nodes), one array a level, 0 the
    normalised indicators; ``outcome`` of the rules, None without; ``missing_share`` of its figures a unit did not
    report. Two indices are equal when every number of every stage is, bit for bit.
    """

    framework: Framework
    log: Log
    units: tuple[str, ...]
    dropped: tuple[str, ...]
    stages: tuple[Stage, ...]
    weights: tuple[Floats, ...]
    levels: tuple[Floats, ...]
    settlement: Settlement | None
    outcome: Outcome | None
    missing_share: Floats

    @property
    def base(self) -> Floats:
        """The aggregated score (n,), before any rule."""
        return self.levels[-1][:, 0]

    @property
    def scores(self) -> Floats:
        """The score (n,) after the rules, unrounded."""
        return self.base if self.outcome is None else self.outcome.scores

    @property
    def ranks(self) -> Floats:
        """The rank (n,) on unrounded scores, 1 best; NaN without a score."""
        return rank(self.base) if self.outcome is None else self.outcome.ranks

    @property
    def grades(self) -> tuple[str | None, ...]:
        """The grade of each unit; None without grades."""
        return (None,) * len(self.units) if self.outcome is None else self.outcome.grades

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """What the rules did, in order."""
        return () if self.outcome is None else self.outcome.explanations

    @property
    def comparable(self) -> bool:
        """Whether scores of different years can be compared: fixed goalposts, and no step that looks at other units.

        Min-max, z-scores, ranks and treatment depend on the worst and best unit of the year; imputation from the
        others, weights from data, Copeland and benefit of the doubt do too.
        """
        for step in self.log.steps:
            how = step.parameters.get("how")
            if step.name in ("treat", "impute") or (step.name == "normalise" and how not in FIXED):
                return False
            if step.name == "weight" and how not in ("equal", "budget", "ahp"):
                return False
            hows = [how] if isinstance(how, str) else how or []
            if step.name == "aggregate" and {"copeland", "bod"} & set(hows):
                return False
        return any(step.name == "normalise" for step in self.log.steps)

    def stage(self, name: str) -> Stage:
        """Return the (last) stage a step left; ``"raw"`` is the table."""
        for stage in reversed(self.stages):
            if stage.step == name:
                return stage
        raise ValueError(f"name: there is no stage {name!r}; there are {', '.join(s.step for s in self.stages)}")

    def score(self, code: str) -> Floats:
        """Return the scores (n,) of one node of the framework, normalised indicators included."""
        level = self.framework.level_of(code)
        return self.levels[level][:, self.framework.codes[level].index(code)]

    def position(self, unit: str) -> int:
        """Return the row of a unit; ValueError where it has no place in the index."""
        if unit not in self.units:
            raise ValueError(f"unit: {unit!r} is not in the index")
        return self.units.index(unit)

    def numbers(self) -> list[Floats]:
        """Every array of the index, in order."""
        arrays = [stage.values for stage in self.stages] + [*self.weights, *self.levels, self.scores, self.ranks]
        return [*arrays, self.missing_share]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Index):
            return False
        mine, theirs = self.numbers(), other.numbers()
        return (
            (self.framework, self.log, self.units, self.grades, self.explanations)
            == (other.framework, other.log, other.units, other.grades, other.explanations)
            and len(mine) == len(theirs)
            and all(np.array_equal(one, two, equal_nan=True) for one, two in zip(mine, theirs, strict=True))
        )

    def difference(self, other: Index) -> float:
        """Return the largest relative difference of any number; inf where shapes or gaps differ.

        For a check on another machine, whose arithmetic may differ in the last bit.
        """
        worst, mine, theirs = 0.0, self.numbers(), other.numbers()
        if len(mine) != len(theirs):
            return np.inf
        for one, two in zip(mine, theirs, strict=True):
            if one.shape != two.shape or not np.array_equal(np.isnan(one), np.isnan(two)):
                return np.inf
            gap, size = np.abs(one - two), np.maximum(np.abs(one), np.abs(two))
            worst = max(
                worst, float(np.nanmax(np.where(size > 0, gap / np.where(size > 0, size, 1), 0.0), initial=0.0))
            )
        return worst


def build(data: Table, fw: Framework, steps: Sequence[Step], frozen: str | None = None) -> Index:
    """Build an index: run the ``steps`` over the ``data`` in the ``framework`` and keep every stage.

    Steps in the usual order of the OECD/JRC Handbook (2008), with their parameters:

    - ``denominate`` (scale): divide by the column the framework names
    - ``screen`` (min_share, of): leave out units; of ``"table"`` counts what was reported, ``"current"`` what is there
    - ``impute`` (how, group): see :func:`~.imputation.impute`; group is a column of labels
    - ``treat`` (winmax, skew, kurt): see :func:`~.treatment.treat`
    - ``normalise`` (how, p): see :func:`~.normalisation.normalise`; goalposts by code: p = {"worst": {code: …}, …}
    - ``weight`` (how, nodes, share, index, cr_limit): weights other than the framework's; nodes: {code: judgements};
      weights from data need a share below 1 and mix with those before
    - ``aggregate`` (how, missing, min_share, p): see :func:`~.aggregation.aggregate`; how may be a list, one a level
    - ``rules``: see :class:`~.rulebook.Rules`; facts are columns of the table

    ``frozen``: the digest by :func:`formula` that was published; a formula that is not that one is refused. Raises
    ValueError naming the step and everything that is wrong with it.

    >>> fw = Framework.from_rows([{"level": 0, "code": c, "parent": "I"} for c in "ab"] + [{"level": 1, "code": "I"}])
    >>> towns = Table(("East", "West", "South"), {"a": [1, 2, 3], "b": [5, 9, 1]})
    >>> index = build(towns, fw, [Step.of("normalise", how="minmax"), Step.of("aggregate", how="amean")])
    >>> index.scores.tolist(), index.ranks.tolist(), replay(index.log) == index
    ([25.0, 75.0, 50.0], [3.0, 1.0, 2.0], True)
    """
    check(steps)
    if frozen is not None and formula(fw, steps) != frozen:
        raise ValueError(f"frozen: the formula is {formula(fw, steps)}, not the published {frozen}")
    state = State.start(data, fw)
    stages, notes = [Stage("raw", state.X, state.kept, ())], []
    for step in steps:
        state = perform(state, step)
        notes.append(state.notes)
        if step.name not in ("weight", "aggregate", "rules"):
            stages.append(Stage(step.name, state.X, state.kept, state.notes))
    kept = set(state.units)
    return Index(
        fw,
        Log(data, fw, tuple(steps), tuple(notes)),
        state.units,
        tuple(unit for unit in data.units if unit not in kept),
        tuple(stages),
        state.weights,
        state.levels,
        state.settlement,
        state.outcome,
        1 - state.present().mean(axis=1),
    )


def replay(log: Log) -> Index:
    """Build the index of a log again; equal to the one the log came from."""
    return build(log.data, log.framework, log.steps)


def formula(fw: Framework, steps: Sequence[Step]) -> str:
    """SHA-256 of framework and steps without the data: publish it before the year, give it to :func:`build` after."""
    text = json.dumps(
        [fw.digest, [[step.name, dict(step.parameters)] for step in steps]],
        ensure_ascii=False,
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def changes(before: Log, after: Log) -> list[str]:
    """Say in what two logs differ: version, nodes, steps, figures; one line each.

    >>> fw = Framework.from_rows([{"level": 0, "code": c, "parent": "I"} for c in "ab"] + [{"level": 1, "code": "I"}])
    >>> towns, steps = Table(("East", "West"), {"a": [1, 2], "b": [5, 1]}), (Step.of("aggregate"),)
    >>> changes(Log(towns, fw, steps), Log(towns.changed("West", "b", 3), fw, steps))
    ['data: b of West 1 → 3']
    """
    said = []
    if before.framework.version != after.framework.version:
        said.append(f"version: {before.framework.version} → {after.framework.version}")
    rows = [{row["code"]: row for row in log.framework.rows()} for log in (before, after)]
    said += _differences("framework", rows[0], rows[1])
    said += _differences("steps", _numbered(before.steps), _numbered(after.steps))
    cells = [
        {f"{name} of {unit}": value for name, column in log.data.columns.items() for unit, value in _cells(log, column)}
        for log in (before, after)
    ]
    return said + _differences("data", cells[0], cells[1])


def _cells(log: Log, column: NDArray[Any]) -> list[tuple[str, Any]]:
    shown = [f"{value:.17g}" for value in column] if column.dtype.kind == "f" else column.tolist()
    return list(zip(log.data.units, shown, strict=True))


def _numbered(steps: Sequence[Step]) -> dict[str, Any]:
    return {f"{at} {step.name}": dict(step.parameters) for at, step in enumerate(steps, 1)}


def _differences(where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = list(dict.fromkeys([*before, *after]))
    return [
        f"{where}: {name} {before.get(name, 'absent')} → {after.get(name, 'absent')}"
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    ]
