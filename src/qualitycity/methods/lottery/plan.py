"""The integer plan of a stratum (draw rule v1, sections 2 and 6): who is certain, and the weight left for the rest.

From the histogram (weight, count) alone and in integers, so that no order of rows can change it. Targets equal those of
R `inclusionprobabilities` to 3e-16.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .faults import Collector, say

MAX_WEIGHT = 2**31 - 1
MAX_TOTAL = 2**53


@dataclass(frozen=True)
class StratumPlan:
    """Plan of one stratum.

    `n` drawn and `reserve` listed out of `eligible`; `m` = n less the certain units, `total` (W) = weight of the rest,
    `cut` = smallest certain weight or None; `classes` = (weight, count), weights descending.
    """

    stratum: str
    eligible: int
    n: int
    reserve: int
    m: int
    total: int
    cut: int | None
    classes: tuple[tuple[int, int], ...]

    @property
    def wanted(self) -> int:
        """Rows to rank: the drawn and the reserve list."""
        return self.n + self.reserve

    @property
    def limit(self) -> float:
        """Largest q worth keeping (section 9); infinite where nothing is drawn by chance."""
        return 1 + 10 / math.sqrt(self.m) + 30 / self.m if self.m else math.inf

    def target(self, weight: int) -> float:
        """Target inclusion probability of one unit of this weight: 1 for certain units, else m·w / W."""
        if self.n == 0 or weight == 0:
            return 0.0
        if self.cut is not None and weight >= self.cut:
            return 1.0
        return self.m * weight / self.total

    def q(self, weight: int, ticket: str) -> float:
        """Order key of a unit (sections 5 and 7): three rounded operations on exact integers below 2^53."""
        if self.cut is not None and weight >= self.cut:
            return -1.0
        h = 2 * int(ticket[:13], 16) + 1
        mw = self.m * weight
        return (h / (MAX_TOTAL - h)) * ((self.total - mw) / mw)


def plan_stratum(stratum: str, histogram: Iterable[tuple[int, int]], n: int, reserve: int = 0) -> StratumPlan:
    """Plan one stratum from its (weight, count) pairs of eligible units; n and n + reserve must not exceed their
    number."""
    classes = tuple(sorted(histogram, reverse=True))
    eligible = sum(count for _, count in classes)
    left, certain, cut = sum(weight * count for weight, count in classes), 0, None
    for weight, count in classes:
        if certain >= n or (n - certain) * weight < left:
            break
        certain, left, cut = certain + count, left - weight * count, weight
    return StratumPlan(stratum, eligible, n, reserve, n - certain, left, cut, classes)


def plan_all(
    histogram: Iterable[tuple[str, int, int]],
    takes: Mapping[str, int],
    reserves: Mapping[str, int] | int = 0,
    known: Iterable[str] = (),
) -> list[StratumPlan]:
    """Plan every stratum of `takes`, ascending by bytes.

    `histogram` = (stratum, weight, count) of eligible units; `known` = strata of the frame, also those without one
    eligible unit. Raises InputFaults naming every unknown stratum, every number that is no count, every n + reserve
    above the eligible.
    """
    groups: dict[str, list[tuple[int, int]]] = {}
    for stratum, weight, count in histogram:
        groups.setdefault(stratum, []).append((weight, count))
    strata = set(groups) | set(known)
    faults, plans = Collector(), []
    for stratum in sorted(takes):
        n, reserve = takes[stratum], reserves if isinstance(reserves, int) else reserves.get(stratum, 0)
        if stratum not in strata:
            faults.add("take_unknown", field="stratum", value=stratum, hint=say("take_strata", strata=sorted(strata)))
            continue
        if not all(isinstance(x, int) and not isinstance(x, bool) and x >= 0 for x in (n, reserve)):
            faults.add("take", field=f"take {stratum}", value=n if reserve in (0, None) else f"{n}+{reserve}")
            continue
        plan = plan_stratum(stratum, groups.get(stratum, []), n, reserve if n else 0)
        if plan.wanted > plan.eligible:
            numbers: dict[str, Any] = {"stratum": stratum, "n": n, "reserve": plan.reserve, "eligible": plan.eligible}
            faults.add("take_too_large", field="take", value=n, **numbers)
        if sum(weight * count for weight, count in plan.classes) >= MAX_TOTAL:
            faults.add("weight_total", field="weight", stratum=stratum)
        plans.append(plan)
    faults.raise_if_any()
    return plans
