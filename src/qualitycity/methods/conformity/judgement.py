"""Judgement rules (判定规则) R1 to R6 of the national implementation rules of supervision sampling.

First, for each item, whose requirement counts: the one the product declares (明示要求) or the standard's (R3 to R6).
Then, over all items, the conclusion of the report (R1, R2). The six rules are the judgement principles (判定原则)
printed in the national implementation rules (产品质量国家监督抽查实施规范 / 实施细则).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .limits import Limits, Verdict

Rule = Literal["R3", "R4", "R5", "R6"]
# The official wording; a pass never says that the product is qualified (合格产品).
WORDING = {"R1": "所检项目未发现不合格", "R2": "不合格"}


@dataclass(frozen=True)
class Requirement:
    """What one item is judged by.

    `limits` is None where the item takes no part. `rules` are those that settled it, in the order lower side, upper
    side; empty where declaration and standard agree. `note` is the standard's own requirement where a laxer
    declaration of a recommended standard is followed: the report shows it.
    """

    limits: Limits | None
    source: Literal["declared", "standard", "both", "none"]
    rules: tuple[Rule, ...] = ()
    note: Limits | None = None


def requirement(standard: Limits, declared: Limits | None, *, mandatory: bool) -> Requirement:
    """Return what an item is judged by; `mandatory` tells whether `standard` is a mandatory standard's (强制性标准).

    R3 a declaration stricter than the standard counts. R4 laxer than a mandatory standard: the standard counts. R5
    laxer than, or covering, a recommended one: the declaration counts, the standard's value is a note. R6 an item not
    declared: judged by a mandatory standard, no part in the judgement under a recommended one. With two limits the
    rules hold side by side: a declaration of 3.5 to 7.5 against a mandatory 4.0 to 8.5 gives 4.0 to 7.5. A least grade
    enters by its rank: `Limits.of(lower=grade.rank)`.

    Raises ValueError where a declaration and a mandatory standard leave no value that meets both.

    >>> requirement(Limits.of("4.0", "8.5"), Limits.of("3.5", "7.5"), mandatory=True).rules
    ('R4', 'R3')
    >>> requirement(Limits.of(upper="20"), None, mandatory=False).source
    'none'
    """
    if declared is None:
        return Requirement(standard, "standard", ("R6",)) if mandatory else Requirement(None, "none", ("R6",))
    sides = (_stricter_below(declared, standard), _stricter_above(declared, standard))
    laxer: Rule = "R4" if mandatory else "R5"
    rules: tuple[Rule, ...] = tuple("R3" if side > 0 else laxer for side in sides if side)
    if not mandatory:
        return Requirement(declared, "declared", rules, standard if "R5" in rules else None)
    if "R4" not in rules:
        return Requirement(declared, "declared", rules)
    if "R3" not in rules:
        return Requirement(standard, "standard", rules)
    low, high = (declared, standard) if sides[0] > 0 else (standard, declared)
    if low.lower is not None and high.upper is not None and low.lower > high.upper:
        raise ValueError(f"declared: no value meets both {_text(declared)} and the mandatory {_text(standard)}")
    both = Limits(low.lower, high.upper, low.lower_inclusive, high.upper_inclusive)
    return Requirement(both, "both", rules)


def _stricter_below(one: Limits, other: Limits) -> int:
    return _sign(_key(one.lower, one.lower_inclusive), _key(other.lower, other.lower_inclusive))


def _stricter_above(one: Limits, other: Limits) -> int:
    sides = [(None if limits.upper is None else limits.upper.copy_negate()) for limits in (one, other)]
    return _sign(_key(sides[0], one.upper_inclusive), _key(sides[1], other.upper_inclusive))


def _key(limit: Decimal | None, inclusive: bool) -> tuple[Decimal, bool]:
    """A key that grows with strictness; an absent limit is the laxest, an excluded one stricter than an included."""
    return (Decimal("-Infinity"), False) if limit is None else (limit, not inclusive)


def _sign(one: tuple[Decimal, bool], other: tuple[Decimal, bool]) -> int:
    return (one > other) - (one < other)


def _text(limits: Limits) -> str:
    low = "" if limits.lower is None else f"{'>=' if limits.lower_inclusive else '>'} {limits.lower}"
    high = "" if limits.upper is None else f"{'<=' if limits.upper_inclusive else '<'} {limits.upper}"
    return " and ".join(part for part in (low, high) if part)


@dataclass(frozen=True)
class Item:
    """One item of a report: its name, its verdict, and whether it takes part in the judgement (R6)."""

    name: str
    verdict: Verdict
    takes_part: bool = True


@dataclass(frozen=True)
class Conclusion:
    """The conclusion of a report: rule R1 or R2, or none while items are open.

    `failed`, `undecided` and `not_tested` (未检: listed, never counted as a pass) name the items, `aside` those that
    take no part. `wording` is the official Chinese text, empty without a rule.
    """

    rule: Literal["R1", "R2"] | None
    failed: tuple[str, ...]
    undecided: tuple[str, ...]
    not_tested: tuple[str, ...]
    aside: tuple[str, ...]

    @property
    def wording(self) -> str:
        """The text of the report."""
        return WORDING[self.rule] if self.rule else ""


def conclude(items: Sequence[Item]) -> Conclusion:
    """Return the conclusion over the items of a report.

    R2 as soon as one judged item fails, whatever is still open. R1 if at least one was tested and all that were
    conform. Otherwise there is no conclusion: an item cannot be judged, or none was tested. Raises ValueError naming
    every item that stands there twice, and for an empty report.

    >>> conclude([Item("pH", Verdict.CONFORMS), Item("azo dyes", Verdict.NOT_TESTED)]).wording
    '所检项目未发现不合格'
    >>> conclude([Item("pH", Verdict.FAILS), Item("lead", Verdict.UNDECIDED)]).wording
    '不合格'
    """
    if not items:
        raise ValueError("items: the report has no item")
    twice = [name for name, count in Counter(item.name for item in items).items() if count > 1]
    if twice:
        raise ValueError(f"items: more than once: {', '.join(twice)}")
    judged = [item for item in items if item.takes_part]

    def named(verdict: Verdict) -> tuple[str, ...]:
        return tuple(item.name for item in judged if item.verdict is verdict)

    failed, undecided = named(Verdict.FAILS), named(Verdict.UNDECIDED)
    rule: Literal["R1", "R2"] | None = None
    if failed:
        rule = "R2"
    elif named(Verdict.CONFORMS) and not undecided:
        rule = "R1"
    aside = tuple(item.name for item in items if not item.takes_part)
    return Conclusion(rule, failed, undecided, named(Verdict.NOT_TESTED), aside)
