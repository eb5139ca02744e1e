"""Ordinal grades (等级): ordered names such as colour fastness 3-4, compared and counted, never averaged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, total_ordering
from importlib import resources
from typing import TYPE_CHECKING

from .limits import Verdict

if TYPE_CHECKING:
    import numpy as np


@total_ordering
@dataclass(frozen=True)
class Grade:
    """One grade of a scale. Grades of one scale can be ordered; there is no sum, difference or mean of them.

    >>> scale("colour_fastness").grade("3-4") > scale("colour_fastness").grade("3")
    True
    """

    scale: Scale
    name: str

    @property
    def rank(self) -> int:
        """Steps above the worst grade; for storing and sorting, not for calculating."""
        return self.scale.worst_to_best.index(self.name)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Grade):
            return NotImplemented
        if other.scale != self.scale:
            raise ValueError(f"other: a grade of {other.scale.name} cannot be held against one of {self.scale.name}")
        return self.rank < other.rank

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Scale:
    """An ordinal scale: the names of its grades from the worst to the best, and where they stand.

    Own scales are made like any other: `Scale("odour", "own", ("strong", "weak", "none"))`.
    """

    name: str
    source: str
    worst_to_best: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.worst_to_best)) != len(self.worst_to_best) or len(self.worst_to_best) < 2:
            raise ValueError(f"worst_to_best: {self.worst_to_best} is no list of at least two different grades")

    def grade(self, name: str) -> Grade:
        """Return the grade of this name; ValueError, with the names there are, for any other."""
        if name not in self.worst_to_best:
            raise ValueError(f"name: {name!r} is no grade of {self.name}: {', '.join(self.worst_to_best)}")
        return Grade(self, name)

    def ranks(self, names: Iterable[str]) -> np.ndarray:
        """Return the rank of each name, int64[n]; ValueError names every row with an unknown grade.

        >>> scale("colour_fastness").ranks(["3", "4-5"])
        array([4, 7])
        """
        import numpy as np

        at = {name: rank for rank, name in enumerate(self.worst_to_best)}
        found = [(row, name, at.get(name)) for row, name in enumerate(names)]
        wrong = [f"row {row}: {name!r}" for row, name, rank in found if rank is None]
        if wrong:
            raise ValueError(f"names: no grade of {self.name}: {'; '.join(wrong)}")
        return np.array([rank for _row, _name, rank in found], dtype=np.int64)


@cache
def scales() -> dict[str, Scale]:
    """Return the scales of `grades.toml`, by name."""
    table = tomllib.loads(resources.files(__package__).joinpath("grades.toml").read_text(encoding="utf-8"))
    return {name: Scale(name, entry["source"], tuple(entry["worst_to_best"])) for name, entry in table.items()}


def scale(name: str) -> Scale:
    """Return a scale of `grades.toml`; ValueError, with the names there are, for any other.

    >>> scale("colour_fastness").source
    'GB/T 250-2008 and GB/T 251-2008 (ISO 105-A02, ISO 105-A03), grey scales'
    """
    if name not in scales():
        raise ValueError(f"name: there is no scale {name!r}: {', '.join(scales())}")
    return scales()[name]


def judge_grade(measured: Grade, at_least: Grade) -> Verdict:
    """Judge a grade against the worst one that is allowed; ValueError where the scales differ.

    >>> fastness = scale("colour_fastness")
    >>> judge_grade(fastness.grade("3"), at_least=fastness.grade("3-4")).value
    'does not conform'
    """
    return Verdict.FAILS if measured < at_least else Verdict.CONFORMS


def median_grade(measured: Iterable[Grade]) -> tuple[Grade, Grade]:
    """Return the lower and the upper median: the summary an ordinal scale allows; they are equal for odd numbers.

    Raises ValueError for no grade at all or grades of different scales.

    >>> fastness = scale("colour_fastness")
    >>> low, high = median_grade([fastness.grade(name) for name in ("3", "4", "4-5", "5")])
    >>> str(low), str(high)
    ('4', '4-5')
    """
    ordered = sorted(measured)
    if not ordered:
        raise ValueError("measured: there is no grade")
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
