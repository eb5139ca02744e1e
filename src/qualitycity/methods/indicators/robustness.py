"""Uncertainty: the whole index built again under other choices, thousands of times, rules included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .aggregation import climb
from .construction import Index
from .framework import Framework
from .pipeline import State, Step, check, perform, settlement
from .ranking import rank
from .settlement import Settlement
from .table import Floats, refuse

__all__ = ["Choice", "RankStats", "Runs", "Spec", "WeightSets", "noisy_weights", "run", "uncertainty"]

Design = NDArray[np.int64]
CELLS = 4_000_000  # of the largest array in flight: 32 MB


@dataclass(frozen=True)
class Choice:
    """An uncertain choice: ``options`` for the parameters of the step called ``step``.

    Each option changes the parameters it names and leaves the others as they are in the index.
    """

    name: str
    step: str
    options: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, eq=False)
class WeightSets:
    """Uncertain weights: ``sets[l]`` (k, nodes of level l), one row a set, in place of the index's weights."""

    name: str
    sets: tuple[Floats, ...]


Spec = Sequence[Choice | WeightSets]


@dataclass(frozen=True, eq=False)
class Runs:
    """``scores`` and ``ranks`` (runs, n), ``grades`` (runs, n) 0 for the best, none -1; units as in the index."""

    scores: Floats
    ranks: Floats
    grades: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RankStats:
    """Ranks under uncertainty: ``nominal``, ``mean``, ``median``, ``low`` (5 %), ``high`` (95 %), each (n,).

    ``grade_share`` (n, grades): share of the runs in each of ``grade_names``; ``certain`` (n,): share of the runs with
    the nominal grade, NaN without grades. ``runs`` and ``design`` (runs, choices) keep every run and what was chosen
    in it; ``spec`` says what the numbers of the design mean.
    """

    units: tuple[str, ...]
    nominal: Floats
    mean: Floats
    median: Floats
    low: Floats
    high: Floats
    grade_names: tuple[str, ...]
    grade_share: Floats
    certain: Floats
    runs: Runs
    design: Design
    spec: Spec
    method: str = "Monte Carlo over choices, quantiles by linear interpolation (type 7)"

    def chosen(self, at: int) -> dict[str, Any]:
        """Return what was chosen in one run: the option of each choice, the number of each weight set."""
        return {
            factor.name: factor.options[option] if isinstance(factor, Choice) else int(option)
            for factor, option in zip(self.spec, self.design[at], strict=True)
        }


def noisy_weights(
    weights: Sequence[Floats], count: int, spread: float, rng: np.random.Generator, levels: Sequence[int] | None = None
) -> WeightSets:
    """Make ``count`` sets of weights, each weight w uniform on w (1 ± spread) in the ``levels`` named (None: all).

    ``weights``: one array a level, as ``Framework.weights`` or ``Index.weights``.

    >>> sets = noisy_weights((np.array([1.0, 2.0]), np.ones(1)), 3, 0.25, np.random.default_rng(1)).sets
    >>> sets[0].shape, bool((abs(sets[0] / [1.0, 2.0] - 1) <= 0.25).all()), sets[1].tolist()
    ((3, 2), True, [[1.0], [1.0], [1.0]])
    """
    if count < 1 or not 0 < spread < 1:
        raise ValueError(f"count, spread: {count} sets with a spread of {spread} (between 0 and 1) cannot be made")
    last = len(weights) - 1
    noisy = set(range(last) if levels is None else levels)
    refuse([f"levels: {level} is not from 0 to {last - 1}" for level in sorted(noisy - set(range(last)))])
    made = [
        level * (1 + spread * (rng.uniform(-1, 1, (count, len(level))) if at in noisy else np.zeros((count, 1))))
        for at, level in enumerate(weights)
    ]
    return WeightSets("weights", tuple(made))


def sizes(index: Index, spec: Spec) -> NDArray[np.int64]:
    """Count the options of each choice; ValueError for a spec that the index cannot follow, all faults at once."""
    faults, names = [], [step.name for step in index.log.steps]
    called = [factor.name for factor in spec]
    faults += [f"spec: {name!r} stands there twice" for name in sorted({n for n in called if called.count(n) > 1})]
    for factor in spec:
        if isinstance(factor, WeightSets):
            faults += _weight_faults(index.framework, factor)
        elif names.count(factor.step) != 1:
            faults.append(
                f"spec: {factor.name!r} varies {factor.step!r}, which the index has {names.count(factor.step)} times"
            )
        elif not factor.options:
            faults.append(f"spec: {factor.name!r} has no options")
        else:
            for option in factor.options:
                try:
                    check(_steps(index, [(factor, option)]))
                except ValueError as fault:
                    faults.append(f"spec: {factor.name!r}: {fault}")
    fixed = [factor for factor in spec if isinstance(factor, WeightSets)]
    if fixed and len(fixed) + sum(isinstance(f, Choice) and f.step == "weight" for f in spec) > 1:
        faults.append("spec: more than one factor sets the weights")
    if not spec:
        faults.append("spec: nothing is uncertain")
    refuse(faults)
    return np.array([len(f.options) if isinstance(f, Choice) else len(f.sets[0]) for f in spec])


def _weight_faults(fw: Framework, factor: WeightSets) -> list[str]:
    wanted = [len(codes) for codes in fw.codes]
    shapes = [level.shape for level in factor.sets]
    if [shape[-1] for shape in shapes] != wanted or len({shape[0] for shape in shapes}) != 1:
        return [f"spec: {factor.name!r} has sets of shapes {shapes} for levels of {wanted} nodes"]
    return []


def _steps(index: Index, chosen: Sequence[tuple[Choice, Mapping[str, Any]]]) -> list[Step]:
    """The steps of the index under some options."""
    steps = []
    for step in index.log.steps:
        parameters = dict(step.parameters)
        for choice, option in chosen:
            if choice.step == step.name:
                parameters |= option
        steps.append(Step(step.name, parameters))
    return steps


def run(index: Index, spec: Spec, design: Design) -> Runs:
    """Build the index once for each row of ``design`` (runs, choices): the number of the option each choice takes.

    Equal to building each run by :func:`~.construction.build`, but what runs share is done once: steps before the first
    that differs, and one matrix product a node over all runs that share their normalised figures. Units that a run
    screens out or cannot score are NaN in it. Raises ValueError naming the options that cannot be combined.
    """
    limits = sizes(index, spec)
    if design.ndim != 2 or design.shape[1] != len(spec) or not ((design >= 0) & (design < limits)).all():
        raise ValueError(f"design: options must be (runs, {len(spec)}) numbers from 0 to below {limits.tolist()}")
    shape = (len(design), len(index.units))
    made = Runs(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64))
    sets = next((at for at, factor in enumerate(spec) if isinstance(factor, WeightSets)), None)
    place = np.full(len(index.log.data.units), -1)
    place[index.stages[-1].kept] = np.arange(len(index.units))
    for rows, state, step, joined in _groups(index, spec, design):
        own = np.flatnonzero(place[state.kept] >= 0)
        target = place[state.kept][own]
        for part in np.array_split(rows, -(-len(rows) * state.X.size // CELLS)):
            weights = state.weights
            if sets is not None:
                factor = spec[sets]
                assert isinstance(factor, WeightSets)
                weights = tuple(level[design[part, sets]] for level in factor.sets)
            base = _climb(state, weights, step, index, spec, design[part[0]])
            base = np.broadcast_to(base, (len(part), len(state.kept)))
            cells = np.ix_(part, target)
            if joined is None:
                made.scores[cells], made.ranks[cells] = base[:, own], rank(base)[:, own]
            else:
                settled = joined.settle(base)
                made.scores[cells], made.ranks[cells] = settled.scores[:, own], settled.ranks[:, own]
                made.grades[cells] = settled.grades[:, own]
    return made


def _climb(state: State, weights: Sequence[Floats], step: Step, index: Index, spec: Spec, options: Design) -> Floats:
    fw = state.framework
    try:
        return climb(state.X, weights, fw.members, fw.codes, step.parameters)[-1][..., 0]
    except ValueError as fault:
        raise ValueError(f"{_named(spec, options)}: {fault}") from None


def _named(spec: Spec, options: Design) -> str:
    chosen = [f"{f.name} = {f.options[o]}" for f, o in zip(spec, options, strict=True) if isinstance(f, Choice)]
    return "these options do not go together: " + ", ".join(chosen)


def _groups(
    index: Index, spec: Spec, design: Design
) -> Iterator[tuple[NDArray[np.intp], State, Step, Settlement | None]]:
    """Rows that share every option but the weights: rows, the state before aggregation, that step, the rules."""
    names = [step.name for step in index.log.steps]
    choices = [at for at, factor in enumerate(spec) if isinstance(factor, Choice)]
    choices.sort(key=lambda at: names.index(spec[at].step))  # type: ignore[union-attr]
    distinct, member = np.unique(design[:, choices], axis=0, return_inverse=True)
    order = np.argsort(member.ravel(), kind="stable")
    rows_of = np.split(order, np.flatnonzero(np.diff(member.ravel()[order])) + 1) if len(order) else []
    before: list[tuple[Step, State]] = []
    joined: dict[tuple[str, bytes], Settlement] = {}
    for options, rows in zip(distinct, rows_of, strict=True):
        pairs = [(spec[at], spec[at].options[o]) for at, o in zip(choices, options, strict=True)]  # type: ignore[union-attr]
        steps = _steps(index, pairs)  # type: ignore[arg-type]
        at = names.index("aggregate")
        try:
            state = _advance(index, steps[:at], before)
        except ValueError as fault:
            raise ValueError(f"{_named(spec, design[rows[0]])}: {fault}") from None
        after = steps[at + 1 :]
        own = None
        if after:
            key = (repr(after[0]), state.kept.tobytes())
            own = joined[key] = joined.get(key) or settlement(state, after[0].parameters)
        yield rows, state, steps[at], own


def _advance(index: Index, steps: Sequence[Step], before: list[tuple[Step, State]]) -> State:
    """The state after the steps; ``before`` holds those done last and is cut where they part."""
    common = 0
    while common < min(len(steps), len(before)) and steps[common] == before[common][0]:
        common += 1
    del before[common:]
    state = before[-1][1] if before else State.start(index.log.data, index.framework)
    for step in steps[common:]:
        state = perform(state, step)
        before.append((step, state))
    return state


def uncertainty(index: Index, spec: Spec, n: int, rng: np.random.Generator) -> RankStats:
    """Build the index ``n`` times, each time with options drawn evenly for every choice, and say how ranks spread.

    OECD/JRC Handbook (2008), step 7. Rules (bonus, veto, grades) are replayed in every run, so that "grade certain in
    x % of the runs" is true. See :class:`RankStats`.

    >>> from qualitycity.methods.indicators import Framework, Table, Step, build
    >>> fw = Framework.from_rows([{"level": 0, "code": c, "parent": "I"} for c in "ab"] + [{"level": 1, "code": "I"}])
    >>> towns = Table(("East", "West", "South"), {"a": [1, 2, 3], "b": [5, 9, 1]})
    >>> index = build(towns, fw, [Step.of("normalise", how="minmax"), Step.of("aggregate", how="amean")])
    >>> rng = np.random.default_rng(2027)
    >>> stats = uncertainty(index, [noisy_weights(fw.weights, 500, 0.5, rng)], 1000, rng)
    >>> stats.nominal.tolist(), stats.median.tolist(), stats.high.tolist()
    ([3.0, 1.0, 2.0], [3.0, 1.0, 2.0], [3.0, 2.0, 3.0])
    """
    if n < 1:
        raise ValueError(f"n: {n} runs say nothing")
    return summarise(index, spec, rng.integers(0, sizes(index, spec), size=(n, len(spec))))


def summarise(index: Index, spec: Spec, design: Design) -> RankStats:
    """Run a design of one's own and say how ranks spread."""
    runs = run(index, spec, design)
    with_score = ~np.isnan(runs.ranks).all(axis=0)
    quantiles = np.full((3, len(index.units)), np.nan)
    mean = np.full(len(index.units), np.nan)
    seen = runs.ranks[:, with_score]
    gaps = np.isnan(seen).any()
    quantiles[:, with_score] = (np.nanquantile if gaps else np.quantile)(seen, [0.05, 0.5, 0.95], axis=0)
    mean[with_score] = (np.nanmean if gaps else np.mean)(seen, axis=0)
    names: tuple[str, ...] = ()
    if index.settlement is not None and index.settlement.rules.grades is not None:
        names = index.settlement.rules.grades.names
    share = (runs.grades[..., None] == np.arange(len(names))).mean(axis=0)
    own = np.array([names.index(g) if g in names else -1 for g in index.grades])
    certain = np.where(own >= 0, share[np.arange(len(own)), own], np.nan) if names else np.full(len(own), np.nan)
    low, median, high = quantiles
    return RankStats(
        index.units, index.ranks, mean, median, low, high, names, share, certain, runs, design, tuple(spec)
    )
