"""The rates of each filing, and the year to date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .filings import Filings, Floats
from .panel import Panel, numbered


@dataclass(frozen=True)
class LossRates:
    """Losses `ci`, `ce`, and their shares of the output `fi`, `fe`, `f` = fi + fe, each of n entries.

    Where `applicable` is False (no output) the shares are NaN: a firm that stands still has no rate, least of all 0.
    """

    ci: Floats
    ce: Floats
    output: Floats
    fi: Floats
    fe: Floats
    f: Floats
    applicable: NDArray[np.bool_]
    method: str = "F = (Ci + Ce) / P"
    standard: str = "GB/T 13339-1991"


def loss_rates(filings: Filings) -> LossRates:
    """Return the rates of every filing.

    >>> from .filings import example
    >>> loss_rates(example()).f.round(4).tolist()
    [0.006, 0.02, nan, 0.001]
    """
    return rates_of(filings.ci, filings.ce, filings.output)


def year_to_date(filings: Filings, year: ArrayLike) -> LossRates:
    """Return, for every filing, the rates of its firm from the first period of the year up to its own.

    Sums over sums: (Ci + Ce) of the periods over P of the periods, where periods without output count in neither.
    `year` (n,) names the year of each filing. Raises ValueError for another shape.

    >>> from .filings import example
    >>> year_to_date(example(), [2027, 2027, 2027, 2027]).f.round(6).tolist()
    [0.006, 0.02, 0.02, 0.0035]
    """
    years = np.asarray(year)
    if years.shape != (len(filings),):
        raise ValueError(f"year: shape {years.shape} where there are {len(filings)} filings")
    panel = Panel.of(filings.period, numbered(filings.firm)[1], years)
    running = filings.output > 0
    sums = [
        panel.back(np.cumsum(panel.spread(np.where(running, amount, 0.0), 0.0), axis=1))
        for amount in (filings.ci, filings.ce, filings.output)
    ]
    return rates_of(*sums)


def rates_of(ci: Floats, ce: Floats, output: Floats) -> LossRates:
    """Return the rates of given losses and outputs; NaN where the output is not positive."""
    applicable = output > 0

    def share(amount: Floats) -> Floats:
        return np.divide(amount, output, out=np.full(output.shape, np.nan), where=applicable)

    return LossRates(ci, ce, output, share(ci), share(ce), share(ci + ce), applicable)
