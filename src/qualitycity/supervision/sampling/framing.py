"""How a frame comes about, without a database: two lists set against each other, bans judged, odds and ids given.

Pure functions over plain values, so that every rule can be tested by itself (domain.md 4.4, 4.5, 6.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from qualitycity.kernel.clock.calendar import add_months

REGISTER_ONLY, LIST_ONLY = "register_only", "list_only"


@dataclass(frozen=True)
class Sampled:
    """The last sampling of one product: when, and by whom."""

    on: date
    by: str


@dataclass(frozen=True)
class Exclusion:
    """Why a unit may not be drawn: reason code, the date it rests on, a sentence."""

    reason: str
    on: date | None
    note: str


def reconcile(register: Mapping[str, str], bureau: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Set the business register against the bureau's own list.

    Args: credit code → name, both of the same product category.
    Returns: (kind, code, name) of every firm that stands in one of the two only, ascending by kind and code.
    """
    found = [(REGISTER_ONLY, code, register[code]) for code in register.keys() - bureau.keys()]
    found += [(LIST_ONLY, code, bureau[code]) for code in bureau.keys() - register.keys()]
    return sorted(found)


def ban_ends(sampled_on: date, months: int) -> date:
    """The first day on which the same product may be sampled again: months are counted, never 180 days."""
    return add_months(sampled_on, months)


def banned(as_of: date, sampled_on: date, months: int) -> bool:
    """Whether a sampling on `as_of` would repeat one of `sampled_on` within the ban (Order 18 Art.8)."""
    return as_of < ban_ends(sampled_on, months)


def judge(
    as_of: date, *, deregistered_on: date | None, last: Sampled | None, ban_months: int | None
) -> Exclusion | None:
    """Whether a unit is out by rule on a day; None: it may be drawn. `ban_months` None: the ban does not bind."""
    if deregistered_on is not None and deregistered_on <= as_of:
        return Exclusion("deregistered", deregistered_on, "")
    if last is not None and ban_months is not None and banned(as_of, last.on, ban_months):
        return Exclusion("repeat_ban", last.on, last.by)
    return None


def weight(supervision_class: str, risk_grade: str, classes: Mapping[str, int], grades: Mapping[str, int]) -> int:
    """The draw weight of a firm × product: class weight × risk factor; a positive integer.

    Raises: KeyError for a class or grade that has no published weight; ValueError where the product is not positive,
    because published odds are never zero.
    """
    value = int(classes[supervision_class]) * int(grades[risk_grade])
    if value <= 0:
        raise ValueError("published odds are never zero")
    return value


def unit_ids(codes: Iterable[str]) -> list[str]:
    """Unit ids for firm × product rows in a fixed order: the code alone, or code/1, code/2 … for several products."""
    codes = list(codes)
    counts: dict[str, int] = {}
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
    seen: dict[str, int] = {}
    ids = []
    for code in codes:
        seen[code] = seen.get(code, 0) + 1
        ids.append(code if counts[code] == 1 else f"{code}/{seen[code]}")
    return ids


def stratum_of(key: str, strata: Mapping[str, str]) -> str | None:
    """The stratum code for a row's key; the stratum with the empty key takes the rest; None: it belongs nowhere."""
    return strata.get(key) or strata.get("")
