"""The framework: which indicator belongs where, with what weight and direction, under which version."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .table import Floats, refuse

__all__ = ["Framework"]


@dataclass(frozen=True)
class Framework:
    """A tree of nodes in levels; level 0 holds the indicators, the last level one node, the index.

    ``codes[l][j]`` is node j of level l, ``parent[l][j]`` the position of its parent in level l + 1 (none on the last
    level), ``weight[l][j]`` its weight among its siblings (any scale). For indicators: ``direction`` 1 (more is better)
    or -1, ``denominator`` the column it is divided by or None, ``target`` its target or NaN. ``version`` names the
    formula that was published. Usually made by :meth:`from_rows`, which checks and reports every fault at once.
    """

    codes: tuple[tuple[str, ...], ...]
    parent: tuple[tuple[int, ...], ...]
    weight: tuple[tuple[float, ...], ...]
    direction: tuple[float, ...]
    denominator: tuple[str | None, ...]
    target: tuple[float | None, ...]
    version: str = ""

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]], version: str = "") -> Framework:
        """Make a framework from rows {level, code, parent, weight, direction, denominator, target}.

        Levels count from 0 (indicators) or from 1; ``weight`` defaults to 1, ``direction`` to 1, the rest to None.
        Raises ValueError with every fault: doubled codes, parents that are not one level above, weights that are
        negative or not finite or sum to 0, directions other than 1 and -1, nodes without members, several tops.

        >>> fw = Framework.from_rows([
        ...     {"level": 0, "code": "pass", "parent": "Index", "weight": 3},
        ...     {"level": 0, "code": "late", "parent": "Index", "weight": 1, "direction": -1},
        ...     {"level": 1, "code": "Index"},
        ... ], version="2027-1")
        >>> fw.codes, fw.effective.tolist()
        ((('pass', 'late'), ('Index',)), [0.75, 0.25])
        """
        listed = [dict(row) for row in rows]
        if not listed:
            raise ValueError("rows: a framework needs at least one node")
        refuse(_faults(listed))
        lowest = min(row["level"] for row in listed)
        levels = [[row for row in listed if row["level"] == level] for level in sorted({r["level"] for r in listed})]
        codes = tuple(tuple(str(row["code"]) for row in level) for level in levels)
        parent = tuple(
            tuple(codes[at + 1].index(str(row["parent"])) for row in level) for at, level in enumerate(levels[:-1])
        )
        base = [row for row in listed if row["level"] == lowest]
        return cls(
            codes,
            parent,
            tuple(tuple(float(_get(row, "weight", 1)) for row in level) for level in levels),
            tuple(float(_get(row, "direction", 1)) for row in base),
            tuple(row.get("denominator") for row in base),
            tuple(None if row.get("target") is None else float(row["target"]) for row in base),
            version,
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows that :meth:`from_rows` makes this framework from; JSON-able."""
        found = []
        for level, codes in enumerate(self.codes):
            for at, code in enumerate(codes):
                row: dict[str, Any] = {"level": level, "code": code, "weight": self.weight[level][at]}
                if level < len(self.parent):
                    row["parent"] = self.codes[level + 1][self.parent[level][at]]
                if level == 0:
                    row["direction"] = self.direction[at]
                    row["denominator"], row["target"] = self.denominator[at], self.target[at]
                found.append(row)
        return found

    @property
    def indicators(self) -> tuple[str, ...]:
        """The codes of level 0."""
        return self.codes[0]

    @cached_property
    def members(self) -> tuple[tuple[NDArray[np.intp], ...], ...]:
        """``members[l][j]``: the positions in level l of the children of node j of level l + 1."""
        return tuple(
            tuple(np.flatnonzero(np.array(parent) == at) for at in range(len(self.codes[level + 1])))
            for level, parent in enumerate(self.parent)
        )

    @cached_property
    def weights(self) -> tuple[Floats, ...]:
        """The weights as arrays, one a level, as given."""
        return tuple(np.array(level) for level in self.weight)

    @cached_property
    def effective(self) -> Floats:
        """The share of each indicator in the index: the product of the normalised weights on its path; sums to 1."""
        share = np.ones(1)
        for level in range(len(self.parent) - 1, -1, -1):
            parent, weight = np.array(self.parent[level]), self.weights[level]
            share = share[parent] * weight / np.bincount(parent, weight)[parent]
        return share

    @cached_property
    def digest(self) -> str:
        """SHA-256 over version and rows: what is published before the year to freeze the formula."""
        text = json.dumps([self.version, self.rows()], ensure_ascii=False, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def level_of(self, code: str) -> int:
        """Return the level of a node; ValueError where there is none of that code."""
        for level, codes in enumerate(self.codes):
            if code in codes:
                return level
        raise ValueError(f"code: the framework has no {code!r}")

    def without(self, *codes: str) -> Framework:
        """Return the framework without these nodes, what hangs under them, and nodes left without members.

        >>> rows = [{"level": 0, "code": code, "parent": "I"} for code in "ab"]
        >>> fw = Framework.from_rows([*rows, {"level": 1, "code": "I"}])
        >>> fw.without("a").indicators
        ('b',)
        """
        for code in codes:
            self.level_of(code)
        rows = [row for row in self.rows() if row["code"] not in codes]
        while True:
            parents = {row.get("parent") for row in rows}
            named = {row["code"] for row in rows}
            left = [
                row
                for row in rows
                if (row["level"] == 0 or row["code"] in parents) and row.get("parent", row["code"]) in named
            ]
            if len(left) == len(rows):
                break
            rows = left
        if not rows:
            raise ValueError(f"codes: without {', '.join(codes)} nothing is left")
        return Framework.from_rows(rows, self.version)

    def weighted(self, weights: Sequence[Floats]) -> Framework:
        """Return the framework with other weights, one array a level (level 0 first; the top level may be left out)."""
        given = [tuple(float(w) for w in level) for level in weights]
        given += [self.weight[level] for level in range(len(given), len(self.codes))]
        other = replace(self, weight=tuple(given))
        refuse(
            [
                f"weights: level {level} has {len(have)} weights, not {len(codes)}"
                for level, (have, codes) in enumerate(zip(given, self.codes, strict=True))
                if len(have) != len(codes)
            ]
            or _faults(other.rows())
        )
        return other


def _get(row: Mapping[str, Any], name: str, default: float) -> Any:
    return default if row.get(name) is None else row[name]


def _faults(rows: list[dict[str, Any]]) -> list[str]:
    """Every fault of the rows."""
    if absent := [f"rows: {row} has no {name}" for row in rows for name in ("level", "code") if row.get(name) is None]:
        return absent
    faults, level_of = [], {}
    for row in rows:
        if row["code"] in level_of:
            faults.append(f"code: {row['code']!r} stands there twice")
        level_of[row["code"]] = row["level"]
    levels = sorted(set(level_of.values()))
    if levels != list(range(levels[0], levels[0] + len(levels))):
        faults.append(f"level: {levels} leaves a gap")
    tops = [row["code"] for row in rows if row["level"] == levels[-1]]
    if len(tops) != 1 or len(levels) < 2:
        faults.append(
            f"level: the top level must hold one node above the indicators, not {tops} on {len(levels)} levels"
        )
    sums: dict[Any, float] = {row["code"]: 0.0 for row in rows if row["level"] > levels[0]}
    for row in rows:
        faults += _row_faults(row, levels, level_of)
        if row["level"] < levels[-1] and row.get("parent") in sums:
            sums[row["parent"]] += float(_get(row, "weight", 1))
    return faults + [f"weight: the members of {code!r} have no weight" for code, total in sums.items() if total == 0]


def _row_faults(row: dict[str, Any], levels: list[int], level_of: dict[Any, int]) -> list[str]:
    faults, code, weight = [], row["code"], float(_get(row, "weight", 1))
    if not math.isfinite(weight) or weight < 0:
        faults.append(f"weight: {weight} of {code!r} is not a number from 0 up")
    if row["level"] == levels[-1]:
        if row.get("parent") not in (None, ""):
            faults.append(f"parent: {row['parent']!r} of {code!r}, which is the top")
    elif level_of.get(row.get("parent")) != row["level"] + 1:
        faults.append(f"parent: {row.get('parent')!r} of {code!r} is no node of level {row['level'] + 1}")
    if row["level"] == levels[0]:
        if float(_get(row, "direction", 1)) not in (1.0, -1.0):
            faults.append(f"direction: {row['direction']} of {code!r} is not 1 or -1")
        if row.get("target") is not None and not math.isfinite(float(row["target"])):
            faults.append(f"target: {row['target']} of {code!r} is not finite")
    return faults
