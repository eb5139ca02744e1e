"""Risk matrices: severity and probability of an injury give a level. Matrices are data, by guideline and edition."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

Number = int | float | str | Decimal | Fraction


@dataclass(frozen=True)
class Band:
    """A class of probabilities: those above ``above`` (or equal, as the matrix says) and in no class before it."""

    label: str
    above: Fraction


@dataclass(frozen=True)
class Matrix:
    """A guideline's matrix: ``levels[band][severity - 1]``, one letter each; ``order`` from the least to the greatest.

    ``on_boundary`` is ``"higher"`` or ``"lower"``: the class of a probability exactly on a boundary.
    """

    name: str
    edition: str
    source: str
    severities: tuple[str, ...]
    bands: tuple[Band, ...]
    levels: tuple[str, ...]
    order: str
    names: dict[str, str]
    on_boundary: str

    def __post_init__(self) -> None:
        faults = []
        limits = [band.above for band in self.bands]
        if limits != sorted(limits, reverse=True) or len({*limits}) < len(limits) or limits[-1:] != [0]:
            faults.append(f"bands must fall strictly to 0; they are {', '.join(map(str, limits))}")
        if len(self.levels) != len(self.bands):
            faults.append(f"levels must have {len(self.bands)} rows; there are {len(self.levels)}")
        faults += [
            f"levels[{at}] must be {len(self.severities)} letters of {self.order}; it is {row!r}"
            for at, row in enumerate(self.levels)
            if len(row) != len(self.severities) or {*row} - {*self.order}
        ]
        if self.on_boundary not in ("higher", "lower"):
            faults.append(f"on_boundary must be higher or lower; it is {self.on_boundary!r}")
        faults += self._falls()
        if faults:
            raise ValueError(f"matrix {self.name} {self.edition}: " + "; ".join(faults))

    def _falls(self) -> list[str]:
        """No level may fall where severity or probability rises."""
        rank = [[self.order.find(letter) for letter in row] for row in self.levels]
        down = any(left > right for row in rank for left, right in zip(row, row[1:], strict=False))
        up = any(
            a < b for upper, lower in zip(rank, rank[1:], strict=False) for a, b in zip(upper, lower, strict=False)
        )
        return ["levels must not fall where severity or probability rises"] if down or up else []


def load(name: str = "rapex", edition: str = "2019/417") -> Matrix:
    """A published matrix by guideline and edition.

    Raises ValueError for one that is not there, naming those that are.

    >>> load().levels[3], load().names["S"]
    ('LHSS', 'serious')
    """
    found = _all().get((name, edition))
    if found is None:
        raise ValueError(f"name and edition must be one of {editions()}; they are {(name, edition)}")
    return found


def editions() -> tuple[tuple[str, str], ...]:
    """All (name, edition) that :func:`load` knows.

    >>> editions()
    (('rapex', '2010/15'), ('rapex', '2019/417'))
    """
    return tuple(sorted(_all()))


def exact(name: str, value: Number) -> Fraction:
    """A probability as an exact fraction: ``"1/500"``, ``"0.02"``, a Decimal, or a float by its shortest decimal text.

    Boundaries are decimal: 0.1 · 0.1 in binary floats is above 1/100, exactly it is 1/100.

    Raises ValueError outside 0…1.

    >>> exact("p", 0.1) * exact("p", "1/10")
    Fraction(1, 100)
    """
    try:
        found = Fraction(str(float(value)) if isinstance(value, float) else value)
    except (ValueError, TypeError, ZeroDivisionError):
        raise ValueError(f"{name} must be a number from 0 to 1; it is {value!r}") from None
    if not 0 <= found <= 1:
        raise ValueError(f"{name} must lie from 0 to 1; it is {value}")
    return found


def probability_band(p: Number, matrix: Matrix) -> int:
    """The row of the matrix for a probability over the product's lifetime; 0 is the most probable.

    >>> matrix = load()
    >>> matrix.bands[probability_band("1/500", matrix)].label
    '> 1/1 000'
    >>> matrix.bands[probability_band("1/100", matrix)].label  # on the boundary: the higher, says the matrix
    '> 1/100'
    """
    value = exact("p", p)
    for row, band in enumerate(matrix.bands):
        if value > band.above or (value == band.above and matrix.on_boundary == "higher"):
            return row
    return len(matrix.bands) - 1


def level(severity: int, p: Number, matrix: Matrix) -> str:
    """The letter of the matrix for a severity (from 1) and a probability.

    Raises ValueError for a severity the matrix does not have, or a probability outside 0…1.

    >>> level(1, "1/500", load()), level(4, "1/500", load())
    ('L', 'S')
    """
    return matrix.levels[probability_band(p, matrix)][check_severity(severity, matrix) - 1]


def levels(severity: Sequence[int], p: Sequence[Number], matrix: Matrix) -> list[str]:
    """:func:`level` for K pairs.

    >>> levels([1, 2], ["0.3", "0.3"], load())
    ['M', 'S']
    """
    if len(severity) != len(p):
        raise ValueError(f"severity and p must have one length; it is {len(severity)} and {len(p)}")
    return [level(one, value, matrix) for one, value in zip(severity, p, strict=True)]


def check_severity(severity: int, matrix: Matrix) -> int:
    """The severity, if the matrix has it.

    >>> check_severity(5, load())
    Traceback (most recent call last):
    ...
    ValueError: severity must be a whole number from 1 to 4; it is 5
    """
    if isinstance(severity, bool) or severity not in range(1, len(matrix.severities) + 1):
        raise ValueError(f"severity must be a whole number from 1 to {len(matrix.severities)}; it is {severity!r}")
    return int(severity)


@cache
def _all() -> dict[tuple[str, str], Matrix]:
    text = files("qualitycity.methods.monitoring").joinpath("matrices.toml").read_text("utf-8")
    return {(row["name"], row["edition"]): _matrix(row) for row in tomllib.loads(text)["matrix"]}


def _matrix(row: dict[str, Any]) -> Matrix:
    return Matrix(
        name=row["name"],
        edition=row["edition"],
        source=row["source"],
        severities=tuple(row["severities"]),
        bands=tuple(Band(band["label"], Fraction(band["above"])) for band in row["bands"]),
        levels=tuple(row["levels"]),
        order=row["order"],
        names=row["names"],
        on_boundary=row["on_boundary"],
    )
