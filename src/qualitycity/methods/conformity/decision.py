"""Conformance probability, acceptance limits and decision rules: JCGM 106:2012 = GB/T 27430-2022, ILAC-G8:09/2019.

Tolerance limits are `lower` and `upper`, None or an infinity where there is none. All arguments broadcast.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

from ._arrays import Floats, floats, refuse, tolerance

Shape = Literal["normal", "t", "rectangular", "triangular"]
OUTCOMES = np.array(["pass", "conditional pass", "conditional fail", "fail"])
JCGM106, ILAC_G8 = "JCGM 106:2012", "ILAC-G8:09/2019"


@dataclass(frozen=True)
class Rule:
    """A decision rule: guard band w = r U; `conditional` rules report four outcomes instead of two.

    r > 0 guards the consumer (guarded acceptance), r < 0 the producer (guarded rejection), 0 is simple acceptance.
    `risk` is the bound of the specific risk the source prints, NaN for a rule of one's own: `Rule("own", 0.5)`.
    """

    name: str
    r: float
    conditional: bool = False
    source: str = ""
    risk: float = float("nan")

    def __post_init__(self) -> None:
        if not np.isfinite(self.r):
            raise ValueError(f"r: {self.r} is not finite")
        if self.conditional and self.r <= 0:
            raise ValueError(f"r: a rule with conditional outcomes needs a positive guard band, not {self.r}")


@cache
def rules() -> dict[str, Rule]:
    """Return the rules of `decision_rules.toml`, by name.

    >>> list(rules())
    ['simple', 'guarded', 'iso14253', 'three_sigma', 'six_sigma', 'uncritical', 'non_binary']
    """
    table = tomllib.loads(resources.files(__package__).joinpath("decision_rules.toml").read_text(encoding="utf-8"))
    return {name: Rule(name, **entry) for name, entry in table.items()}


def conformance_probability(
    y: ArrayLike,
    u: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    dist: Shape = "normal",
    *,
    dof: ArrayLike | None = None,
) -> Floats:
    """Return the probability that the measured quantity lies within the tolerance.

    `y` is the estimate, `u` > 0 the standard uncertainty. `dist`: "normal"; "t" with `dof`, scaled by u (JCGM 101,
    6.4.9); "rectangular" and "triangular" of standard deviation u. Raises ValueError for u <= 0, lower >= upper, no
    limit at all, `dof` without "t" or the reverse. JCGM 106:2012, 7.2 to 7.4.

    >>> round(conformance_probability(13.6, 1.8, 12.5, 16.3).item(), 2)
    0.66
    """
    start, end, nu = _standardised(y, u, lower, upper, dist, dof)
    beyond = start > 0  # from above, the difference of the upper tails keeps the digits of a small probability
    return _lower_tail(np.where(beyond, -start, end), dist, nu) - _lower_tail(np.where(beyond, -end, start), dist, nu)


def specific_risk(
    y: ArrayLike,
    u: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    dist: Shape = "normal",
    *,
    dof: ArrayLike | None = None,
) -> Floats:
    """Return the probability that the item with this result does not conform: the consumer's risk if it is accepted.

    The producer's risk if it is rejected is `conformance_probability`. Both belong to one measured item; the risk over
    all items is `risk.global_risk`, another number. Computed from the tails, so that 1e-9 is right to its digits.
    Arguments and errors as `conformance_probability`. JCGM 106:2012, 9.3.2.

    >>> round(specific_risk(10.0 - 1.66, 1.0, upper=10.0).item(), 4)
    0.0485
    """
    start, end, nu = _standardised(y, u, lower, upper, dist, dof)
    return _lower_tail(start, dist, nu) + _lower_tail(-end, dist, nu)


def _standardised(
    y: ArrayLike, u: ArrayLike, lower: ArrayLike | None, upper: ArrayLike | None, dist: Shape, dof: ArrayLike | None
) -> tuple[Floats, Floats, Floats | float]:
    """Both limits in units of u from y, and the degrees of freedom."""
    if dist not in ("normal", "t", "rectangular", "triangular"):
        raise ValueError(f"dist: {dist!r} is none of normal, t, rectangular, triangular")
    if (dist == "t") != (dof is not None):
        raise ValueError(f'dof: is for dist "t" and needed there, dist is {dist!r}')
    at, spread = floats("y", y), floats("u", u, "positive")
    low, high = tolerance(lower, upper)
    nu = np.inf if dof is None else floats("dof", dof, "positive or infinite")
    return (low - at) / spread, (high - at) / spread, nu


def _lower_tail(z: Floats, dist: Shape, dof: Floats | float) -> Floats:
    """Distribution function at z <= 0 or > 0 of a symmetric distribution of scale 1."""
    if dist == "normal":
        return np.asarray(ndtr(z))
    if dist == "t":
        return np.asarray(stdtr(dof, z))
    half = np.sqrt(3.0 if dist == "rectangular" else 6.0)
    inside = np.minimum(np.maximum(z / half, -1.0), 1.0)
    if dist == "rectangular":
        return (1 + inside) / 2
    return np.where(inside < 0, (1 + inside) ** 2 / 2, 1 - (1 - inside) ** 2 / 2)


def acceptance_limits(
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    U: ArrayLike,  # noqa: N803
    rule: str | float | Rule,
) -> tuple[Floats, Floats]:
    """Return the acceptance limits: the tolerance limits moved inwards by w = r U (outwards for r < 0).

    `U` >= 0 is the expanded uncertainty, k = 2; `rule` a name of `rules`, a factor r, or a `Rule`. Raises ValueError
    for an unknown rule, and where the guard bands leave no room between the limits: with this U nothing could be
    accepted. JCGM 106:2012, 8.3; ILAC-G8:09/2019, 4.2.

    >>> low, high = acceptance_limits(9.0, 11.0, 0.2, "guarded")
    >>> low.item(), high.item()
    (9.2, 10.8)
    """
    low, high = tolerance(lower, upper)
    width = _rule(rule).r * floats("U", U, "not negative")
    inner, outer = low + width, high - width
    refuse("U", floats("U", U), inner > outer, "leaves no value that could be accepted")
    return inner, outer


def _rule(rule: str | float | Rule) -> Rule:
    if isinstance(rule, Rule):
        return rule
    if not isinstance(rule, str):
        return Rule(f"w = {rule} U", float(rule))
    if rule not in rules():
        raise ValueError(f"rule: there is no {rule!r}: {', '.join(rules())}")
    return rules()[rule]


@dataclass(frozen=True)
class Decision:
    """Outcomes by a rule: `outcome` texts of `OUTCOMES`; `edge` where |y - limit| <= U for one of the limits, so that
    the statement rests on the rule; the acceptance limits and the rule itself."""

    outcome: NDArray[np.str_]
    edge: NDArray[np.bool_]
    lower_acceptance: Floats
    upper_acceptance: Floats
    rule: Rule
    method: str = "acceptance limits"
    standard: str = ILAC_G8


def decide(
    y: ArrayLike,
    U: ArrayLike,  # noqa: N803
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    rule: str | float | Rule = "simple",
) -> Decision:
    """Decide on measured values: "pass" within the acceptance limits, else "fail".

    A conditional rule says "conditional pass" between acceptance and tolerance limit, "conditional fail" up to U
    beyond the tolerance limit. On a limit counts as within it; as binary fractions cannot hold 0.3 - 0.1, a value
    within 4 units of the last binary place of a limit lies on it (so the unit of measurement does not matter). The
    rule must be fixed before the value is seen. Errors as `acceptance_limits`, and ValueError for a y that is not
    finite. ILAC-G8:09/2019, 4.2, 4.3.

    >>> decide([9.1, 9.9, 10.1, 10.9], 0.5, upper=10.0, rule="non_binary").outcome.tolist()
    ['pass', 'conditional pass', 'conditional fail', 'fail']
    """
    chosen, at = _rule(rule), floats("y", y)
    wide = floats("U", U, "not negative")
    low, high = tolerance(lower, upper)
    inner, outer = acceptance_limits(low, high, wide, chosen)
    size = np.maximum(np.abs(at), wide)
    for limit in (low, high):
        size = np.maximum(size, np.where(np.isinf(limit), 0.0, np.abs(limit)))
    slack = 4 * np.finfo(float).eps * size

    def within(margin: Floats | float) -> NDArray[np.bool_]:
        return (at >= low - margin - slack) & (at <= high + margin + slack)

    # each range lies within the next, so the number of ranges a value lies in tells the outcome
    ranges = (-chosen.r, 0.0, chosen.r) if chosen.conditional else (-chosen.r,)
    inside = np.sum([within(r * wide) for r in ranges], axis=0, dtype=np.int64)
    outcome = OUTCOMES[3 - inside * (3 // len(ranges))]
    edge = (np.abs(at - low) <= wide + slack) | (np.abs(at - high) <= wide + slack)
    return Decision(outcome, edge, inner, outer, chosen)
