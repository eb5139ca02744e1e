"""What may be published: cells with enough firms and none that dominates, and no cell found by subtraction.

A firm's figures are its secret. A cell of few firms, or of one that makes up most of it, shows them; so does a single
withheld cell beside a published total. Which numbers are enough is a rule of the authority and comes as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .filings import Filings
from .panel import numbered
from .rates import LossRates, rates_of
from .regional import concentration, labelled, regional

_MORE = 1 + 1e-12  # a share exactly at the bound is within it, also where the division left a rounding error
SHOWN, FEW, DOMINANT, COMPLEMENT = "published", "too few firms", "one firm dominates", "withheld for another cell"


@dataclass(frozen=True)
class DisclosureRule:
    """A cell needs at least `min_firms` firms, none with a share above `max_share` of its losses or output."""

    min_firms: int
    max_share: float

    def __post_init__(self) -> None:
        if self.min_firms < 1:
            raise ValueError(f"min_firms: {self.min_firms} is below 1")
        if not 0 < self.max_share <= 1:
            raise ValueError(f"max_share: {self.max_share} is not between 0 and 1")


@dataclass(frozen=True)
class Published:
    """What may leave the house: `rates` of the groups with NaN in each withheld cell, `status` why, the `total` (NaN
    where it is withheld itself), and the rule. The number of firms of a withheld cell is 0 here."""

    group: NDArray[np.str_]
    rates: LossRates
    firms: NDArray[np.int64]
    status: NDArray[np.str_]
    total: LossRates
    total_status: str
    rule: DisclosureRule
    method: str = "minimum count and dominance, with complementary suppression"


def publish(filings: Filings, group: ArrayLike, rule: DisclosureRule) -> Published:
    """Return regional rates with everything withheld that would show a firm.

    First each cell by itself. Then the withheld cells together: total less published cells is their sum, so they
    must form a cell that could be published; until they do, the published cell of the least output is withheld too.
    If none is left and they still do not, the total is withheld. Ties go by the name of the group. Raises ValueError
    as `regional`.

    >>> from .filings import example
    >>> found = publish(example(), ["east", "west", "west", "east"], DisclosureRule(min_firms=2, max_share=0.9))
    >>> found.status.tolist(), found.total_status
    (['too few firms', 'too few firms'], 'published')
    """
    whole = regional(filings, group)
    size = whole.group.size
    at = numbered(labelled(filings, group))[1]
    status = np.full(size, SHOWN, dtype="<U32")
    status[whole.largest_share > rule.max_share * _MORE] = DOMINANT
    status[whole.firms < rule.min_firms] = FEW
    total_status = SHOWN
    if not _fit(filings, np.zeros(at.size, dtype=np.int64), rule):
        total_status = FEW if np.unique(filings.firm[filings.output > 0]).size < rule.min_firms else DOMINANT
    for row in np.argsort(whole.rates.output, kind="stable"):
        hidden = status != SHOWN
        if total_status != SHOWN or not hidden.any() or _fit(filings, np.where(hidden[at], 0, 1), rule):
            break
        if not hidden[row]:
            status[row] = COMPLEMENT
    hidden = status != SHOWN
    if total_status == SHOWN and hidden.any() and not _fit(filings, np.where(hidden[at], 0, 1), rule):
        total_status = COMPLEMENT
    rates = [np.where(hidden, np.nan, part) for part in (whole.rates.ci, whole.rates.ce, whole.rates.output)]
    total = [
        np.where(total_status == SHOWN, part, np.nan) for part in (whole.total.ci, whole.total.ce, whole.total.output)
    ]
    firms = np.where(hidden, 0, whole.firms)
    return Published(whole.group, rates_of(*rates), firms, status, rates_of(*total), total_status, rule)


def _fit(filings: Filings, at: NDArray[np.int64], rule: DisclosureRule) -> bool:
    """Tell whether the filings of group 0 form a cell that may be published; cells without output hide nothing."""
    firms, share = concentration(filings, at, max(2, int(at.max(initial=0)) + 1))
    return bool(firms[0] == 0 or (firms[0] >= rule.min_firms and share[0] <= rule.max_share * _MORE))
