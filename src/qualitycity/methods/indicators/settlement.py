"""The rules at work: bonus → caps → veto and grade limit → ties, over one table or thousands of replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ranking import NOISE, rank
from .rulebook import Rules
from .table import Floats, refuse

__all__ = ["Explanation", "Outcome", "Settled", "Settlement", "rules"]


@dataclass(frozen=True)
class Explanation:
    """What one rule did to one unit: a sentence, and score and grade before and after."""

    unit: str
    kind: str
    code: str
    sentence: str
    before: float
    after: float
    grade_before: str | None
    grade_after: str | None
    basis: str


@dataclass(frozen=True)
class Settled:
    """Numbers only, leading axes are replications: ``scores``, ``ranks`` (..., n); ``grades`` 0 the best, none -1."""

    scores: Floats
    grades: NDArray[np.int64]
    ranks: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """Scores, grades (None without a score or without grades), ranks, and what each rule did, in order."""

    scores: Floats
    grades: tuple[str | None, ...]
    ranks: Floats
    explanations: tuple[Explanation, ...]

    def of(self, unit: str) -> tuple[Explanation, ...]:
        """Return what the rules did to one unit."""
        return tuple(one for one in self.explanations if one.unit == unit)


@dataclass(frozen=True, eq=False)
class Settlement:
    """Rules joined to the facts of n units: everything that does not depend on the scores, worked out once."""

    rules: Rules
    units: tuple[str, ...]
    facts: Mapping[str, Floats]
    bonus: Floats
    deduction: Floats
    limit: NDArray[np.int64]

    @classmethod
    def of(cls, rules: Rules, units: Sequence[str], facts: Mapping[str, Any]) -> Settlement:
        """Join rules to facts (name → (n,) counts or truths); ValueError names facts that are absent or missing."""
        faults, known = [], {}
        for name in rules.facts:
            column = np.asarray(facts[name], dtype=float) if name in facts else None
            if column is None:
                faults.append(f"facts: there is no {name!r}")
            elif column.shape != (len(units),):
                faults.append(f"facts: {name!r} has shape {column.shape}, not ({len(units)},)")
            elif (column < 0).any() and name not in rules.ties:
                faults.append(f"facts: {name!r} is below 0 for {units[int((column < 0).argmax())]!r}")
            elif not np.isfinite(column).all():
                faults.append(f"facts: {name!r} is unknown for {units[int((~np.isfinite(column)).argmax())]!r}")
            else:
                known[name] = column
        refuse(faults)
        gain, loss = np.zeros(len(units)), np.zeros(len(units))
        for one in rules.bonus:
            if rules.in_force(one):
                points = one.points * known[one.fact]
                gain, loss = gain + np.maximum(points, 0.0), loss + np.maximum(-points, 0.0)
        limit = np.zeros(len(units), dtype=np.int64)
        for veto in rules.veto:
            if rules.in_force(veto) and rules.grades is not None:
                worst = rules.grades.names.index(veto.grade)
                limit = np.where(known[veto.fact] > 0, np.maximum(limit, worst), limit)
        caps = rules.caps
        gain = gain if caps.bonus is None else np.minimum(gain, caps.bonus)
        loss = loss if caps.deduction is None else np.minimum(loss, caps.deduction)
        return cls(rules, tuple(units), known, gain, loss, limit)

    def total(self, base: Floats) -> Floats:
        """Scores after bonus, deduction and the caps of the total."""
        score = base + self.bonus - self.deduction
        caps = self.rules.caps
        if caps.low is not None or caps.high is not None:
            score = np.clip(score, caps.low, caps.high)
        return score

    def graded(self, score: Floats) -> NDArray[np.int64]:
        """Grade index by the bounds alone, on unrounded scores; a score a rounding error below a bound is on it."""
        if self.rules.grades is None:
            return np.full(score.shape, -1, dtype=np.int64)
        grade = np.zeros(score.shape, dtype=np.int64)
        for bound in self.rules.grades.bounds:
            grade += score < bound - NOISE * max(1.0, abs(bound))
        return np.where(np.isnan(score), -1, grade)

    def settle(self, base: Floats) -> Settled:
        """Apply the rules to scores (..., n)."""
        score = self.total(base)
        grade = self.graded(score)
        grade = np.where(grade < 0, grade, np.maximum(grade, self.limit))
        keys = [self.facts[name] for name in self.rules.ties]
        ahead = -grade.astype(float) if self.rules.grade_first and self.rules.grades is not None else None
        return Settled(score, grade, rank(score, self.rules.tie_rule, keys, ahead))

    def explain(self, base: Floats) -> Outcome:
        """Apply the rules to scores (n,) and say what each did to whom."""
        settled = self.settle(base)
        told: list[Explanation] = []
        for at in map(int, np.flatnonzero(~np.isnan(base))):
            score = self._tell_points(told, at, float(base[at]))
            self._tell_limits(told, at, score)
        self._tell_ties(told, settled)
        return Outcome(settled.scores, tuple(self._name(g) for g in settled.grades), settled.ranks, tuple(told))

    def _name(self, grade: int) -> str | None:
        return None if grade < 0 or self.rules.grades is None else self.rules.grades.names[grade]

    def _tell(
        self, told: list[Explanation], at: int, kind: str, code: str, basis: str, text: str, before: float, after: float
    ) -> float:
        grades = [self._name(int(self.graded(np.array(score)))) for score in (before, after)]
        sentence = f"{text}: {before:.10g} → {after:.10g}"
        told.append(Explanation(self.units[at], kind, code, sentence, before, after, grades[0], grades[1], basis))
        return after

    def _tell_points(self, told: list[Explanation], at: int, score: float) -> float:
        """Bonuses one after another until their cap, deductions likewise, then the caps of the total."""
        caps = self.rules.caps
        for kind, sign, cap in (("bonus", 1, caps.bonus), ("deduction", -1, caps.deduction)):
            used = 0.0
            for rule in self.rules.bonus:
                points = sign * rule.points * self.facts[rule.fact][at]
                if points <= 0 or not self.rules.in_force(rule):
                    continue
                allowed = points if cap is None else min(points, cap - used)
                text = f"{kind} {rule.code} ({rule.fact} {self.facts[rule.fact][at]:g} × {rule.points:g})"
                text += "" if allowed == points else f", cut to {allowed:.10g} by the cap of {cap:g}"
                used += allowed
                score = self._tell(told, at, kind, rule.code, rule.basis, text, score, score + sign * allowed)
        for name, bound, beyond in (("low", caps.low, -1), ("high", caps.high, 1)):
            if bound is not None and beyond * (score - bound) > 0:
                score = self._tell(told, at, "cap", name, caps.basis, f"total held at {bound:g}", score, bound)
        return score

    def _tell_limits(self, told: list[Explanation], at: int, score: float) -> None:
        if self.rules.grades is None:
            return
        names, grade = self.rules.grades.names, int(self.graded(np.array(score)))
        for rule in self.rules.veto:
            if not self.rules.in_force(rule) or not self.facts[rule.fact][at] > 0:
                continue
            limited = max(grade, names.index(rule.grade))
            text = f"{rule.code} ({rule.fact} {self.facts[rule.fact][at]:g}): {rule.grade} at best, "
            text += f"grade {names[grade]} → {names[limited]}; the score stays readable: {score:.10g} → {score:.10g}"
            kind = "veto" if rule.grade == names[-1] else "grade limit"
            told.append(
                Explanation(
                    self.units[at], kind, rule.code, text, score, score, names[grade], names[limited], rule.basis
                )
            )
            grade = limited

    def _tell_ties(self, told: list[Explanation], settled: Settled) -> None:
        ahead = -settled.grades.astype(float) if self.rules.grade_first and self.rules.grades is not None else None
        shared = rank(settled.scores, "min", ahead=ahead)
        for place in np.unique(shared[~np.isnan(shared)]):
            group = [int(at) for at in np.flatnonzero(shared == place)]
            if len(group) < 2:
                continue
            for at in group:
                others = ", ".join(self.units[other] for other in group if other != at)
                seen = ", ".join(f"{name} {self.facts[name][at]:g}" for name in self.rules.ties)
                how = f"ordered by {seen}" if seen else f"ranked by {self.rules.tie_rule!r}"
                score, grade = float(settled.scores[at]), self._name(settled.grades[at])
                text = f"tie with {others}, {how}: rank {place:g} → {settled.ranks[at]:g}; {score:.10g} → {score:.10g}"
                told.append(Explanation(self.units[at], "tie", "ties", text, score, score, grade, grade, ""))


def rules(scores: Floats, facts: Mapping[str, Any], rulebook: Rules, units: Sequence[str] | None = None) -> Outcome:
    """Apply rules to aggregated scores in the order bonus (capped) → caps of the total → veto, grade limit → ties.

    ``scores`` (n,) unrounded, NaN without a score; ``facts`` name → (n,) counts or truths. A veto leaves the score as
    computed and limits the grade; each step leaves a sentence with the score before and after.

    >>> book = Rules.from_plain({
    ...     "on": "2027-12-20",
    ...     "grades": {"names": ["A", "B", "C", "D"], "bounds": [90, 80, 60]},
    ...     "veto": [{"code": "V1", "fact": "incident", "grade": "D", "basis": "order 5", "valid_from": "2027-01-01"}],
    ... })
    >>> found = rules(np.array([86.4556, 95.7]), {"incident": [0, 1]}, book, ["East", "West"])
    >>> found.grades, found.scores.tolist(), found.ranks.tolist()
    (('B', 'D'), [86.4556, 95.7], [1.0, 2.0])
    >>> found.explanations[0].sentence
    'V1 (incident 1): D at best, grade A → D; the score stays readable: 95.7 → 95.7'
    """
    named = [f"unit {at}" for at in range(len(scores))] if units is None else list(units)
    return Settlement.of(rulebook, named, facts).explain(np.asarray(scores, dtype=float))
