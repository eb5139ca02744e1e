"""Code letters and single sampling plans of GB/T 2828.1-2012 (= ISO 2859-1:1999).

The standard's own cells are in gbt2828_1.toml; an arrow is followed to the first plan in its direction, and with it
change letter, sample size, acceptance and rejection number together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from .stages import Stages, single

SEVERITIES = ("normal", "tightened", "reduced")
LEVELS = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
REGIMES = ("percent", "per100")
_SMALLEST_LOT = 2  # table 1 begins there
_STEP = {"v": 1, "^": -1}

Aql = str | int | float | Decimal
Severity = Literal["normal", "tightened", "reduced"]
Regime = Literal["percent", "per100"]


@dataclass(frozen=True)
class Cell:
    """A plan as the master table gives it to a code letter: its final letter, sample size, Ac and Re.

    >>> cell("G", "1.0")
    Cell(letter='H', n=50, ac=1, re=2)
    """

    letter: str
    n: int
    ac: int
    re: int


@dataclass(frozen=True)
class Plan:
    """The plan for one lot.

    letter       code letter of the plan, after any arrow; `asked` is the letter of table 1
    n, ac, re    sample size, acceptance and rejection number of the table
    inspect_all  n reaches the lot size: every item is inspected, with the plan's Ac
    regime       "percent" counts nonconforming items, "per100" nonconformities (which may exceed n)

    >>> made = plan(40, "II", "0.25")
    >>> made.n, made.inspect_all, made.inspected, made.table
    (50, True, 40, '2-A')
    """

    letter: str
    n: int
    ac: int
    re: int
    inspect_all: bool
    lot_size: int
    asked: str
    aql: str
    severity: str
    regime: str
    table: str
    standard: str

    @property
    def inspected(self) -> int:
        """Items to inspect: n, or the whole lot."""
        return min(self.n, self.lot_size)

    @property
    def stages(self) -> Stages:
        """The plan as stages for `oc`; ValueError where the whole lot is inspected, which has no sampling risk."""
        if self.inspect_all:
            raise ValueError(
                f"plan: n = {self.n} >= lot {self.lot_size}, all are inspected: sampling risk is undefined"
            )
        return single(self.n, self.ac)

    def accepts(self, d: int) -> bool:
        """Return whether a lot with d found is accepted; ValueError for a count that cannot be.

        >>> plan(1000, "II", "1.0").accepts(2), plan(1000, "II", "1.0").accepts(3)
        (True, False)
        """
        if d < 0 or (self.regime == "percent" and d > self.inspected):
            raise ValueError(f"d: {d} of {self.inspected} items inspected")
        return d <= self.ac


@dataclass(frozen=True)
class Plans:
    """Plans of many lots: arrays of equal length.

    >>> plans([100, 1000]).letter
    array(['E', 'J'], dtype='<U1')
    """

    letter: np.ndarray
    n: np.ndarray
    ac: np.ndarray
    re: np.ndarray
    inspect_all: np.ndarray
    table: str
    standard: str


@cache
def data() -> dict[str, Any]:
    """Return the content of gbt2828_1.toml.

    >>> data()["standard"], data()["reduced"]["n"]["K"]
    ('GB/T 2828.1-2012', 50)
    """
    return tomllib.loads(files(__package__).joinpath("gbt2828_1.toml").read_text(encoding="utf-8"))


@cache
def aqls() -> tuple[str, ...]:
    """Return the 26 preferred AQLs, in the standard's writing.

    >>> aqls()[:3], len(aqls())
    (('0.010', '0.015', '0.025'), 26)
    """
    return tuple(data()["aql"].split())


def aql_text(aql: Aql) -> str:
    """Return a preferred AQL in the standard's writing; ValueError for any other: no interpolation.

    >>> aql_text(0.1), aql_text("4")
    ('0.10', '4.0')
    """
    try:
        wanted = None if isinstance(aql, bool) else Decimal(str(aql))
    except InvalidOperation:
        wanted = None
    for text in aqls():
        if wanted == Decimal(text):
            return text
    raise ValueError(f"aql: {aql!r} is not one of the preferred values {', '.join(aqls())}")


def code_letter(lot_size: int, level: str = "II") -> str:
    """Return the code letter of a lot (table 1) at inspection level S-1 .. S-4, I, II, III.

    >>> code_letter(1000), code_letter(500_001, "III")
    ('J', 'R')
    """
    return str(_letters(np.array([lot_size]), level)[0])


def cell(letter: str, aql: Aql, severity: Severity = "normal") -> Cell:
    """Return the plan of a code letter and AQL, arrows followed.

    Source: tables 2-A, 2-B, 2-C. Letter S has one plan only: tightened, AQL 0.025.

    >>> cell("F", "1.0"), cell("K", "0.10", "reduced").n
    (Cell(letter='E', n=13, ac=0, re=1), 50)
    """
    text, table = aql_text(aql), _table(severity)
    column = aqls().index(text)
    letters = tuple(table["n"])
    row = letters.index(letter) if letter in letters else None
    if row is None or table["cells"][letter][column] == ".":
        raise ValueError(f"letter: {letter!r} has no {severity} plan at AQL {text}")
    while (found := table["cells"][letters[row]][column]) in _STEP:
        row += _STEP[found]
    return Cell(letters[row], table["n"][letters[row]], int(found), int(found) + 1)


def plan(
    lot_size: int, level: str = "II", aql: Aql = "1.0", severity: Severity = "normal", regime: Regime = "percent"
) -> Plan:
    """Return the single sampling plan of a lot.

    Lot sizes from 2 on; AQL one of the 26 preferred values, in percent nonconforming (up to 10 only) or in
    nonconformities per 100 items (all). ValueError names what is wrong. Source: GB/T 2828.1-2012, tables 1, 2-A to 2-C.

    >>> made = plan(200, "II", "1.0")  # letter G has an arrow down here
    >>> made.asked, made.letter, made.n, made.ac, made.re, made.inspect_all
    ('G', 'H', 50, 1, 2, False)
    >>> plan(40, "II", "0.25").inspect_all
    True
    """
    asked, text = code_letter(lot_size, level), aql_text(aql)
    _check_regime(text, regime)
    found = cell(asked, text, severity)
    return Plan(
        found.letter,
        found.n,
        found.ac,
        found.re,
        found.n >= lot_size,
        lot_size,
        asked,
        text,
        severity,
        regime,
        _table(severity)["table"],
        data()["standard"],
    )


def plans(
    lot_size: Sequence[int] | np.ndarray,
    level: str = "II",
    aql: Aql = "1.0",
    severity: Severity = "normal",
    regime: Regime = "percent",
) -> Plans:
    """Return the plans of many lots at one level and AQL; errors as `plan`.

    >>> plans([100, 1000, 40], "II", "0.65").n
    array([20, 80, 20])
    >>> plans([15, 1000], "II", "0.65").inspect_all
    array([ True, False])
    """
    sizes, text = np.asarray(lot_size), aql_text(aql)
    _check_regime(text, regime)
    asked = _letters(sizes, level)
    names, where = np.unique(asked, return_inverse=True)
    cells = [cell(str(name), text, severity) for name in names]
    n, ac, re = (np.array([getattr(each, field) for each in cells], dtype=int)[where] for field in ("n", "ac", "re"))
    letters = np.array([each.letter for each in cells], dtype="U1")[where]
    return Plans(letters, n, ac, re, n >= sizes, _table(severity)["table"], data()["standard"])


@cache
def _table(severity: str) -> dict[str, Any]:
    if severity not in SEVERITIES:
        raise ValueError(f"severity: {severity!r} is not one of {', '.join(SEVERITIES)}")
    raw = data()[severity]
    return raw | {"cells": {letter: row.split() for letter, row in raw["cells"].items()}}


def _letters(sizes: np.ndarray, level: str) -> np.ndarray:
    if level not in LEVELS:
        raise ValueError(f"level: {level!r} is not one of {', '.join(LEVELS)}")
    if sizes.dtype.kind not in "iu" or sizes.ndim != 1:
        raise ValueError(f"lot_size: integers in one dimension, got {sizes.tolist()!r}")
    if (small := sizes[sizes < _SMALLEST_LOT]).size:
        raise ValueError(f"lot_size: at least {_SMALLEST_LOT}, got {small.tolist()}")
    table = data()["letters"]
    return np.array(table[level].split())[np.searchsorted(table["lot_from"], sizes, side="right") - 1]


def _check_regime(aql: str, regime: str) -> None:
    if regime not in REGIMES:
        raise ValueError(f"regime: {regime!r} is not one of {', '.join(REGIMES)}")
    if regime == "percent" and Decimal(aql) > Decimal(data()["largest_percent"]):
        raise ValueError(
            f"aql: {aql} counts nonconformities per 100 items (regime 'per100'), not percent nonconforming"
        )
