"""Rules after aggregation: bonus and deduction under caps, caps of the total, veto and grade limit, ties.

Rules are data with a legal basis and days of validity; the day they are read for is given, never taken from a clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from .ranking import TIES
from .table import refuse

__all__ = ["Bonus", "Caps", "Grades", "Rules", "Veto"]


@dataclass(frozen=True)
class Bonus:
    """``points`` for each count of ``fact`` (negative: a deduction), in force from ``valid_from`` to ``valid_to``."""

    code: str
    fact: str
    points: float
    basis: str
    valid_from: str
    valid_to: str | None = None


@dataclass(frozen=True)
class Veto:
    """A unit with ``fact`` above 0 is graded ``grade`` at best: the lowest grade for a veto, another for a limit."""

    code: str
    fact: str
    grade: str
    basis: str
    valid_from: str
    valid_to: str | None = None


@dataclass(frozen=True)
class Caps:
    """Most that bonuses add and deductions take (both ≥ 0), and least and most of the total; None sets none."""

    bonus: float | None = None
    deduction: float | None = None
    low: float | None = None
    high: float | None = None
    basis: str = ""


@dataclass(frozen=True)
class Grades:
    """``names`` best first and the ``bounds`` they begin at (one fewer, falling), each in the better one."""

    names: tuple[str, ...]
    bounds: tuple[float, ...]
    basis: str = ""


@dataclass(frozen=True)
class Rules:
    """A set of rules as read for the day ``on`` (ISO date).

    ``ties``: facts that order equal scores, first one first, more is better; what stays equal shares a rank by
    ``tie_rule``. ``grade_first``: a better grade ranks before a better score, so that a vetoed unit cannot lead.
    """

    on: str
    bonus: tuple[Bonus, ...] = ()
    caps: Caps = Caps()
    veto: tuple[Veto, ...] = ()
    grades: Grades | None = None
    ties: tuple[str, ...] = ()
    tie_rule: str = "min"
    grade_first: bool = True

    @classmethod
    def from_plain(cls, given: Mapping[str, Any]) -> Rules:
        """Read rules from plain data (JSON, TOML); ValueError with every fault.

        >>> rules = Rules.from_plain({"on": "2027-12-20", "grades": {"names": ["A", "B"], "bounds": [90]}})
        >>> rules.grades.bounds
        (90,)
        >>> Rules.from_plain({"on": "2027-12-20", "veto": [{"code": "v", "fact": "accident", "grade": "D"}]})
        Traceback (most recent call last):
        ...
        ValueError: veto 'v': has no basis
        veto 'v': has no valid_from
        """
        known = {field.name for field in fields(cls)}
        faults = [f"rules: there is no {name!r}" for name in given if name not in known]
        parts: dict[str, Any] = {n: value for n, value in given.items() if n in known and value is not None}
        for name, kind in (("bonus", Bonus), ("veto", Veto)):
            parts[name] = tuple(
                _part(kind, f"{name} {row.get('code', '?')!r}", row, faults) for row in given.get(name) or ()
            )
        if given.get("caps") is not None:
            parts["caps"] = _part(Caps, "caps", given["caps"], faults)
        if given.get("grades") is not None:
            listed = {n: tuple(v) if isinstance(v, list) else v for n, v in given["grades"].items()}
            parts["grades"] = _part(Grades, "grades", listed, faults)
        parts["ties"] = tuple(given.get("ties") or ())
        if not given.get("on"):
            faults.append("rules: no day 'on' to read them for")
        refuse(faults)
        rules = cls(**parts)
        refuse(rules._faults())
        return rules

    def plain(self) -> dict[str, Any]:
        """Return the rules as plain data; :meth:`from_plain` reads them back."""
        return asdict(self)

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of all facts the rules look at."""
        return tuple(dict.fromkeys([*(b.fact for b in self.bonus), *(v.fact for v in self.veto), *self.ties]))

    def in_force(self, rule: Bonus | Veto) -> bool:
        """Whether a rule is in force on the day the rules are read for."""
        return rule.valid_from <= self.on and (rule.valid_to is None or self.on <= rule.valid_to)

    def _faults(self) -> list[str]:
        faults = _day_faults("rules", "on", self.on)
        for kind, rules in (("bonus", self.bonus), ("veto", self.veto)):
            codes = [rule.code for rule in rules]
            faults += [
                f"{kind} {code!r}: stands there twice" for code in sorted({c for c in codes if codes.count(c) > 1})
            ]
            for rule in rules:
                where = f"{kind} {rule.code!r}"
                faults += _day_faults(where, "valid_from", rule.valid_from)
                if rule.valid_to is not None:
                    faults += _day_faults(where, "valid_to", rule.valid_to)
        faults += [
            f"bonus {b.code!r}: points {b.points} is not finite" for b in self.bonus if not math.isfinite(b.points)
        ]
        faults += self._grade_faults()
        for name in ("bonus", "deduction"):
            cap = getattr(self.caps, name)
            if cap is not None and not cap >= 0:
                faults.append(f"caps: {name} {cap} is below 0")
        if self.caps.low is not None and self.caps.high is not None and not self.caps.low <= self.caps.high:
            faults.append(f"caps: low {self.caps.low} is above high {self.caps.high}")
        if self.tie_rule not in TIES:
            faults.append(f"tie_rule: {self.tie_rule!r} is not one of {', '.join(TIES)}")
        return faults

    def _grade_faults(self) -> list[str]:
        if self.grades is None:
            return ["veto: there are no grades to limit"] if self.veto else []
        names, bounds = self.grades.names, self.grades.bounds
        faults = []
        if len(names) != len(bounds) + 1 or len(set(names)) != len(names):
            faults.append(f"grades: {len(names)} distinct names need {len(names) - 1} bounds, not {len(bounds)}")
        if not all(one > two for one, two in zip(bounds, bounds[1:], strict=False)) or not all(
            map(math.isfinite, bounds)
        ):
            faults.append(f"grades: bounds {list(bounds)} do not fall")
        return faults + [f"veto {v.code!r}: there is no grade {v.grade!r}" for v in self.veto if v.grade not in names]


def _part(kind: Any, where: str, row: Mapping[str, Any], faults: list[str]) -> Any:
    """One rule from its row, or None with its faults noted."""
    own: Sequence[Any] = fields(kind)
    required = [field.name for field in own if field.default is field.default_factory]
    found = [f"{where}: has no {name}" for name in required if row.get(name) in (None, "")]
    found += [f"{where}: there is no {name!r}" for name in row if name not in {field.name for field in own}]
    faults.extend(found)
    return None if found else kind(**row)


def _day_faults(where: str, name: str, day: str) -> list[str]:
    try:
        plain = date.fromisoformat(day).isoformat() == day  # days are compared as text
    except (TypeError, ValueError):
        plain = False
    return [] if plain else [f"{where}: {name} {day!r} is no ISO date"]
