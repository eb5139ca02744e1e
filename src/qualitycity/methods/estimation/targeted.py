"""What a risk-targeted sample says, and what it does not.

Units picked because they looked bad are no picture of the population. Their failures over their tests are the finding
rate (不合格发现率): it measures how well the targeting hits. One minus it is not the pass rate (合格率) of anything. A
population rate can be had from a targeted draw only where every unit's inclusion probability is known and above zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from ._design import SinglePsu
from ._labels import Floats
from .intervals import BinomialMethod, binomial
from .survey import PassRate, proportion

Selection = Literal["probability", "targeted"]

NOT_A_POPULATION = (
    "a risk-targeted sample gives no pass rate of a population (合格率); it has a finding rate (不合格发现率, "
    "targeted.finding_rate), or a population rate if all inclusion probabilities are known (targeted.population_rate)"
)


@dataclass(frozen=True)
class FindingRate:
    """Failures over tests of targeted samples (不合格发现率), with limits as if the tests were alike and independent.

    The fields are not those of ``survey.PassRate``, so that one cannot pass for the other.
    """

    finding_rate: Floats
    low: Floats
    high: Floats
    failed: Floats
    tested: Floats
    level: float
    method: str
    standard: str
    label: str = "不合格发现率"
    is_population_rate: bool = False


def finding_rate(
    failed: ArrayLike, tested: ArrayLike, method: BinomialMethod = "wilson", level: float = 0.95
) -> FindingRate:
    """Return failed / tested with its limits (broadcast; NaN where nothing was tested).

    The denominator is what was tested, not what was drawn. Raises ValueError where failed is no count up to tested.

    >>> found = finding_rate(687, 5573)
    >>> found.label, float(found.finding_rate.round(4)), found.is_population_rate
    ('不合格发现率', 0.1233, False)
    """
    limits = binomial(failed, tested, method, level)
    bad, tests = (np.asarray(one, np.float64) for one in np.broadcast_arrays(failed, tested))
    rate = np.divide(bad, tests, out=np.full(tests.shape, np.nan), where=tests > 0)
    return FindingRate(rate, limits.low, limits.high, bad, tests, level, method, limits.standard)


def population_rate(
    y: ArrayLike,
    pi: ArrayLike | None,
    stratum: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    domain: ArrayLike | None = None,
    fpc: ArrayLike | None = None,
    single_psu: SinglePsu = "error",
) -> PassRate:
    """Return the population pass rate from a draw, targeted or not, whose inclusion probabilities are known.

    pi  (n,) probability with which each drawn unit came into the sample, in (0, 1]; None, or NaN for some, is refused:
        they are not guessed. The units not drawn must have had a chance above zero too, which no table can show.

    Other arguments, result and errors as in ``survey.proportion``, with weights 1 / pi.

    >>> population_rate([1, 1, 0, 0], [0.1, 0.1, 0.5, 0.5]).p.round(6).tolist()
    [0.833333]
    >>> population_rate([1, 1, 0, 0], None)
    Traceback (most recent call last):
    ...
    ValueError: pi: None; a risk-targeted sample gives no pass rate of a population (合格率); it has a finding rate
    (不合格发现率, targeted.finding_rate), or a population rate if all inclusion probabilities are known
    (targeted.population_rate)
    """
    if pi is None:
        raise ValueError(f"pi: None; {NOT_A_POPULATION}")
    chance = np.asarray(pi, np.float64)
    bad = ~((chance > 0) & (chance <= 1))
    if bad.any():
        first = np.flatnonzero(bad)[0]
        value = float(chance.flat[first])
        raise ValueError(f"pi[{first}] = {value!r} is no known chance in (0, 1]; {NOT_A_POPULATION}")
    return proportion(y, 1 / chance, stratum, psu, domain, fpc, single_psu)


def check_selection(selection: str) -> None:
    """Raise ValueError unless the way of selection is one of the two."""
    if selection not in get_args(Selection):
        raise ValueError(f"selection = {selection!r} is not one of {', '.join(get_args(Selection))}")
