"""Injury scenarios: a chain of steps whose probabilities multiply, its level, and which input would flip the level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from qualitycity.methods.monitoring.matrices import Matrix, Number, check_severity, exact, level, probability_band


@dataclass(frozen=True)
class Step:
    """One step on the way to the injury, with its probability given the steps before; ``low``, ``high`` what it may be.

    ``source`` says where the number comes from. Raises ValueError unless 0 ≤ low ≤ p ≤ high ≤ 1.
    """

    name: str
    p: Number
    low: Number | None = None
    high: Number | None = None
    source: str = ""

    def __post_init__(self) -> None:
        low, value, high = self.range
        if not low <= value <= high:
            raise ValueError(
                f"step {self.name!r}: low ≤ p ≤ high must hold; they are {self.low}, {self.p}, {self.high}"
            )

    @property
    def range(self) -> tuple[Fraction, Fraction, Fraction]:
        """(low, p, high) exactly; a bound not given is p."""
        value = exact(f"step {self.name!r}: p", self.p)
        low = value if self.low is None else exact(f"step {self.name!r}: low", self.low)
        high = value if self.high is None else exact(f"step {self.name!r}: high", self.high)
        return low, value, high


@dataclass(frozen=True)
class Scenario:
    """A judged scenario: overall ``probability`` (exact), its ``band`` (row of the matrix) and ``level`` (letter)."""

    steps: tuple[Step, ...]
    severity: int
    probability: Fraction
    band: int
    level: str
    matrix: Matrix

    @property
    def standard(self) -> str:
        """Guideline and edition of the matrix."""
        return f"{self.matrix.name} {self.matrix.edition}"


@dataclass(frozen=True)
class Flip:
    """The nearest value of one input, all others as they are, at which the level changes.

    ``step`` is its number, or None for the severity; ``value`` a probability or a severity; ``level`` the new level;
    ``factor`` = value / p (None for severity or p = 0); ``at_value`` whether the level changes at ``value`` itself or
    only beyond it; ``within`` whether the step's own range low…high reaches the flip.
    """

    step: int | None
    name: str
    value: Fraction
    level: str
    factor: Fraction | None
    at_value: bool
    within: bool


@dataclass(frozen=True)
class Swing:
    """Levels at the ends of one step's range, all others as they are; ``step`` None: all steps at once."""

    step: int | None
    name: str
    low: str
    high: str


def scenario(steps: Sequence[Step | Number], severity: int, matrix: Matrix) -> Scenario:
    """Multiply the steps, look the level up.

    ``steps`` as :class:`Step` or bare probabilities. Raises ValueError for no step, a probability outside 0…1 (all at
    once), a severity the matrix does not have.

    Source: Decision (EU) 2019/417, part IV: steps are multiplied, never added or averaged.

    >>> from qualitycity.methods.monitoring.matrices import load
    >>> chair = scenario([1, "0.02", "0.1", 1], 1, load())
    >>> chair.probability, load().bands[chair.band].label, chair.level
    (Fraction(1, 500), '> 1/1 000', 'L')
    """
    if not steps:
        raise ValueError("steps must hold at least one step; it is empty")
    made, faults = [], []
    for at, step in enumerate(steps):
        try:
            made.append(step if isinstance(step, Step) else Step(f"step {at + 1}", step))
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise ValueError("; ".join(faults))
    check_severity(severity, matrix)
    return _judge(tuple(made), severity, matrix)


def highest(scenarios: Iterable[Scenario]) -> Scenario:
    """The scenario that decides: the greatest level, then the greater severity, then the greater probability.

    Raises ValueError for none, or scenarios judged by different matrices.

    >>> from qualitycity.methods.monitoring.matrices import load
    >>> highest([scenario(["0.002"], 1, load()), scenario(["0.00002"], 4, load())]).level
    'H'
    """
    found = tuple(scenarios)
    if not found:
        raise ValueError("scenarios must hold at least one scenario; it is empty")
    if len({one.standard for one in found}) > 1:
        raise ValueError(f"scenarios must share one matrix; there are {sorted({one.standard for one in found})}")
    return max(found, key=lambda one: (one.matrix.order.index(one.level), one.severity, one.probability))


def sensitivity(found: Scenario) -> tuple[Flip, ...]:
    """Which input flips the level, up or down: those within their range first, then the smallest factor, severity last.

    >>> from qualitycity.methods.monitoring.matrices import load
    >>> steps = [Step("folds", 1), Step("finger caught", "0.02", "0.01", "0.2"), Step("injury", "0.1")]
    >>> chair = scenario(steps, 1, load())
    >>> [(flip.name, str(flip.value), flip.level, flip.within) for flip in sensitivity(chair)]
    [('finger caught', '1/10', 'M', True), ('injury', '1/2', 'M', False), ('severity', '2', 'H', False)]
    """
    flips = [flip for at in range(len(found.steps)) for up in (True, False) if (flip := _flip(found, at, up))]
    flips.sort(key=lambda flip: (not flip.within, math.inf if not flip.factor else abs(math.log(flip.factor))))
    return (*flips, *_severities(found))


def swing(found: Scenario) -> tuple[Swing, ...]:
    """Levels over each step's stated range, and over all ranges at once (last).

    >>> from qualitycity.methods.monitoring.matrices import load
    >>> chair = scenario([Step("caught", "0.02", "0.01", "0.2"), Step("injury", "0.1", "0.05", "0.5")], 1, load())
    >>> [(one.name, one.low, one.high) for one in swing(chair)]
    [('caught', 'L', 'M'), ('injury', 'L', 'M'), ('all', 'L', 'M')]
    """
    ends = [(step.range[0], step.range[2]) for step in found.steps]
    single = [
        Swing(at, step.name, *(_with(found, {at: value}).level for value in ends[at]))
        for at, step in enumerate(found.steps)
    ]
    low, high = (_with(found, {at: pair[side] for at, pair in enumerate(ends)}).level for side in (0, 1))
    return (*single, Swing(None, "all", low, high))


def _judge(steps: tuple[Step, ...], severity: int, matrix: Matrix) -> Scenario:
    p = math.prod((step.range[1] for step in steps), start=Fraction(1))
    return Scenario(steps, severity, p, probability_band(p, matrix), level(severity, p, matrix), matrix)


def _with(found: Scenario, values: dict[int, Fraction]) -> Scenario:
    steps = (
        replace(step, p=values[at], low=None, high=None) if at in values else step
        for at, step in enumerate(found.steps)
    )
    return _judge(tuple(steps), found.severity, found.matrix)


def _flip(found: Scenario, at: int, up: bool) -> Flip | None:
    """The nearest boundary in one direction beyond which the level differs, carried over to one step."""
    rest = math.prod((step.range[1] for other, step in enumerate(found.steps) if other != at), start=Fraction(1))
    matrix, step = found.matrix, found.steps[at]
    rows = range(found.band - 1, -1, -1) if up else range(found.band + 1, len(matrix.bands))
    other = next((row for row in rows if matrix.levels[row][found.severity - 1] != found.level), None)
    if other is None or rest == 0:
        return None
    low, p, high = step.range
    value = matrix.bands[other if up else other - 1].above / rest
    at_value = up == (matrix.on_boundary == "higher")
    if value > 1 or (value == 1 and up and not at_value):
        return None
    reach = high if up else low
    within = reach == value if reach == value and at_value else (reach > value if up else reach < value)
    return Flip(
        at, step.name, value, matrix.levels[other][found.severity - 1], value / p if p else None, at_value, within
    )


def _severities(found: Scenario) -> list[Flip]:
    row, flips = found.matrix.levels[found.band], []
    for direction in (range(found.severity, len(row)), range(found.severity - 2, -1, -1)):
        other = next((at for at in direction if row[at] != found.level), None)
        if other is not None:
            flips.append(Flip(None, "severity", Fraction(other + 1), row[other], None, True, False))
    return flips
