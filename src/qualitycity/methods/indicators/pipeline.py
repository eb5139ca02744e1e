"""The steps of an index: each takes the state before it and returns the state after it, with notes for the log."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import weighting
from .aggregation import climb
from .framework import Framework
from .imputation import impute, screen
from .normalisation import normalise
from .rulebook import Bonus, Rules, Veto
from .settlement import Outcome, Settlement
from .table import Floats, Table, refuse
from .treatment import treat

__all__ = ["AHP_LIMIT", "STEPS", "State", "Step", "check", "perform"]

AHP_LIMIT = 0.1  # Saaty 1980: a ratio above it asks the judges to look again


@dataclass(frozen=True)
class Step:
    """A step by name and its parameters, plain data as it stands in the log (JSON-able)."""

    name: str
    parameters: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", plain(dict(self.parameters)))

    @classmethod
    def of(cls, name: str, /, **parameters: Any) -> Step:
        """Write a step: ``Step.of("treat", winmax=5)``."""
        return cls(name, parameters)


def plain(value: Any) -> Any:
    """Return a copy as JSON would give it back: dicts, lists, text, finite numbers, true, false, None.

    >>> plain({"p": (1, np.float64(2.5))})
    {'p': [1, 2.5]}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError(f"parameters: {value!r} is no plain data and cannot stand in a log")


@dataclass(frozen=True, eq=False)
class State:
    """Where an index under construction stands.

    ``X`` (units kept, columns); ``columns``: which indicator each column is (a what-if holds one indicator many times);
    ``kept``: rows of the table that are still there; ``weights`` and ``levels`` one array a level.
    """

    table: Table
    framework: Framework
    X: Floats
    columns: NDArray[np.intp]
    kept: NDArray[np.intp]
    weights: tuple[Floats, ...]
    levels: tuple[Floats, ...] = ()
    settlement: Settlement | None = None
    outcome: Outcome | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def start(cls, table: Table, framework: Framework) -> State:
        """Begin with the indicators as they stand in the table."""
        X = table.numbers(framework.indicators)
        return cls(table, framework, X, np.arange(X.shape[1]), np.arange(len(X)), framework.weights)

    @property
    def codes(self) -> list[str]:
        """The indicator of each column."""
        return [self.framework.indicators[at] for at in self.columns]

    @property
    def units(self) -> tuple[str, ...]:
        """The units still there."""
        return tuple(self.table.units[at] for at in self.kept)

    def moved(self, X: Floats, notes: Iterable[str] = ()) -> State:
        """The state with other figures."""
        return replace(self, X=X, notes=tuple(notes))

    def restricted(self, rows: NDArray[np.bool_], notes: Iterable[str] = ()) -> State:
        """The state with some of its units only."""
        return replace(self, X=self.X[rows], kept=self.kept[rows], notes=tuple(notes))

    def present(self) -> NDArray[np.bool_]:
        """Where the table itself, before any imputation, has a figure."""
        return ~np.isnan(self.table.numbers(self.framework.indicators))[np.ix_(self.kept, self.columns)]


def _denominate(state: State, *, scale: float = 1.0) -> State:
    divided, notes = state.X.copy(), []
    for at, indicator in enumerate(state.columns):
        name = state.framework.denominator[indicator]
        if name is None:
            continue
        below = state.table.numbers([name])[state.kept, 0]
        if (below == 0).any():
            raise ValueError(f"denominator: {name!r} of {state.units[int((below == 0).argmax())]!r} is 0")
        lost = [state.units[row] for row in np.flatnonzero(np.isnan(below) & ~np.isnan(divided[:, at]))]
        divided[:, at] = divided[:, at] / below * scale
        notes.append(f"{state.codes[at]} divided by {name}" + (f"; missing for {', '.join(lost)}" if lost else ""))
    return state.moved(divided, notes)


def _impute(state: State, *, how: str, group: str | None = None) -> State:
    labels = None if group is None else state.table.labels(group)[state.kept]
    found = impute(state.X, how, labels)
    counted = found.filled.sum(axis=0)
    return state.moved(
        found.values, [f"{state.codes[at]}: {counted[at]} by {found.method}" for at in np.flatnonzero(counted)]
    )


def _screen(state: State, *, min_share: float, of: str = "table") -> State:
    if of not in ("table", "current"):
        raise ValueError(f"of: {of!r} is not 'table' (what was reported) or 'current' (with imputed figures)")
    found = screen(np.where(state.present(), 0.0, np.nan) if of == "table" else state.X, min_share)
    notes = [
        f"{state.units[at]} left out: has {found.share[at]:.1%} of its figures" for at in np.flatnonzero(~found.kept)
    ]
    return state.restricted(found.kept, notes)


def _treat(state: State, *, winmax: int = 5, skew: float = 2.0, kurt: float = 3.5) -> State:
    found = treat(state.X, winmax, skew, kurt)
    notes = []
    for at in np.flatnonzero((found.points > 0) | found.logged):
        did = "log" if found.logged[at] else f"{found.points[at]} points winsorised"
        end = "" if found.passed[at] else "; still outlying"
        notes.append(
            f"{state.codes[at]}: {did} (skewness {found.skewness[at]:.3f}, kurtosis {found.kurtosis[at]:.3f}){end}"
        )
    return state.moved(found.values, notes)


def _normalise(state: State, *, how: str, p: Mapping[str, Any] | None = None) -> State:
    fw, given = state.framework, dict(p or {})
    if how == "goalposts":
        for side in ("worst", "best"):
            posts = given.get(side)
            if isinstance(posts, Mapping):
                refuse([f"p: goalposts has no {side} for {code!r}" for code in state.codes if code not in posts])
                given[side] = np.array([posts[code] for code in state.codes])
    target = np.array([np.nan if t is None else t for t in fw.target])[state.columns] if how == "target" else None
    found = normalise(state.X, how, given, np.array(fw.direction)[state.columns], target, state.codes)
    cut = np.argwhere(found.clipped)
    return state.moved(
        found.values, [f"{state.codes[at]} of {state.units[row]} cut at the end of the scale" for row, at in cut]
    )


def _weight(
    state: State,
    *,
    how: str,
    nodes: Mapping[str, Any] | None = None,
    share: float = 1.0,
    index: str = "saaty",
    cr_limit: float = AHP_LIMIT,
) -> State:
    data = how in weighting.FROM_DATA
    if not 0 < share <= 1:
        raise ValueError(f"share: {share} is not above 0 and up to 1")
    if data and share >= 1:
        raise ValueError(f"share: weights by {how} follow dispersion, not importance; give them less than all of it")
    if how in ("ahp", "budget") and not nodes:
        raise ValueError(f"nodes: {how} needs the judgements on the members of a node")
    fw, notes = state.framework, []
    weights = [level.copy() for level in state.weights]
    for code in list(nodes or (fw.codes[1] if data else [code for level in fw.codes[1:] for code in level])):
        level = fw.level_of(code) - 1
        if level < 0 or (data and level > 0):
            raise ValueError(f"nodes: {code!r} has no members that {how} could weigh")
        group = fw.members[level][fw.codes[level + 1].index(code)]
        found = _judged(how, state, group, (nodes or {}).get(code), index)
        if isinstance(found, weighting.Ahp):
            notes.append(f"{code}: consistency ratio {found.consistency:.4f} ({found.index} index)")
            if found.consistency > cr_limit:
                raise ValueError(f"nodes: the comparisons under {code!r} have CR {found.consistency:.3f} > {cr_limit}")
        if len(found.values) != len(group):
            raise ValueError(f"nodes: {len(found.values)} weights for the {len(group)} members of {code!r}")
        weights[level][group] = (1 - share) * weights[level][group] / weights[level][group].sum() + share * found.values
        top = int(found.values.argmax())
        notes.append(f"{code}: {found.method}, largest {found.values[top]:.1%} ({fw.codes[level][group[top]]})")
    return replace(state, weights=tuple(weights), notes=tuple(notes))


def _judged(how: str, state: State, group: NDArray[np.intp], given: Any, index: str) -> weighting.Weights:
    if how == "equal":
        return weighting.equal(len(group))
    if how == "ahp":
        return weighting.ahp(given, index)
    if how == "budget":
        return weighting.budget(given)
    if len(group) == 1:
        return weighting.equal(1)
    return weighting.weights(how, X=state.X[:, group])


def _aggregate(
    state: State,
    *,
    how: str | Sequence[str] = "amean",
    missing: str = "renormalise",
    min_share: float | None = None,
    p: Mapping[str, Any] | None = None,
) -> State:
    fw = state.framework
    parameters = {"how": how, "missing": missing, "min_share": min_share, "p": p}
    levels = climb(state.X, state.weights, fw.members, fw.codes, parameters)
    empty = np.isnan(levels[-1][:, 0])
    return replace(
        state, levels=tuple(levels), notes=tuple(f"{state.units[at]} has no score" for at in np.flatnonzero(empty))
    )


def settlement(state: State, parameters: Mapping[str, Any]) -> Settlement:
    """Join the rules of a step to the facts of the units still there."""
    book = Rules.from_plain(parameters)
    facts = {name: state.table.numbers([name])[state.kept, 0] for name in book.facts}
    return Settlement.of(book, state.units, facts)


def _rules(state: State, **parameters: Any) -> State:
    joined = settlement(state, parameters)
    outcome = joined.explain(state.levels[-1][:, 0])
    listed: tuple[Bonus | Veto, ...] = (*joined.rules.bonus, *joined.rules.veto)
    notes = [f"{rule.code} is not in force on {joined.rules.on}" for rule in listed if not joined.rules.in_force(rule)]
    notes += [f"{told.unit}: {told.sentence}" for told in outcome.explanations]
    return replace(state, settlement=joined, outcome=outcome, notes=tuple(notes))


STEPS: dict[str, Callable[..., State]] = {
    "denominate": _denominate,
    "impute": _impute,
    "screen": _screen,
    "treat": _treat,
    "normalise": _normalise,
    "weight": _weight,
    "aggregate": _aggregate,
    "rules": _rules,
}


def perform(state: State, step: Step) -> State:
    """Do one step; a ValueError names the step it comes from."""
    try:
        return STEPS[step.name](state, **step.parameters)
    except ValueError as fault:
        raise ValueError(f"{step.name}: {fault}") from None


def check(steps: Sequence[Step]) -> None:
    """Raise ValueError for steps that are unknown, take no such parameter, or stand in an order that cannot work."""
    faults, names = [], [step.name for step in steps]
    for step in steps:
        if step.name not in STEPS:
            faults.append(f"steps: there is no {step.name!r}; there are {', '.join(STEPS)}")
            continue
        known = inspect.signature(STEPS[step.name]).parameters
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
            continue
        required = [n for n, q in known.items() if q.default is q.empty and q.kind is q.KEYWORD_ONLY]
        faults += [
            f"{step.name}: takes no {name!r}" for name in step.parameters if name not in known or name == "state"
        ]
        faults += [f"{step.name}: needs {name!r}" for name in required if name not in step.parameters]
    if names.count("aggregate") != 1:
        faults.append(f"steps: 'aggregate' stands there {names.count('aggregate')} times, not once")
    elif names[names.index("aggregate") + 1 :] not in ([], ["rules"]):
        faults.append("steps: after 'aggregate' comes 'rules' or nothing")
    elif "rules" in names[: names.index("aggregate")]:
        faults.append("steps: 'rules' stands before 'aggregate'")
    refuse(faults)
