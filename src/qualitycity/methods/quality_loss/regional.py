"""Rates of regions and industries: the sum of losses over the sum of output, never the mean of firms' rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .filings import Filings, Floats
from .panel import numbered
from .rates import LossRates, rates_of


@dataclass(frozen=True)
class Regional:
    """Rates of k groups, in the order of their names, and of all together.

    `firms` counts different firms with output, `not_applicable` those filings left out because there was none;
    `largest_share` is the largest part of one firm in the group's losses or output, whichever is larger.
    """

    group: NDArray[np.str_]
    rates: LossRates
    firms: NDArray[np.int64]
    not_applicable: NDArray[np.int64]
    largest_share: Floats
    total: LossRates
    method: str = "sum of losses over sum of output"


def regional(filings: Filings, group: ArrayLike) -> Regional:
    """Return ΣC/ΣP for each group; `group` (n,) names the group of each filing (region, industry, both, period).

    Filings without output count in neither sum. A firm that filed several times in a group is one firm. Raises
    ValueError for another shape. These are figures for the authority: what may be published of them see `disclosure`.

    >>> from .filings import example
    >>> found = regional(example(), ["east", "east", "east", "east"])
    >>> found.rates.f.round(6).tolist(), found.firms.tolist(), found.not_applicable.tolist()
    ([0.008214], [2], [1])
    """
    labels = labelled(filings, group)
    names, at = numbered(labels)
    running = filings.output > 0

    def by_group(amount: Floats) -> Floats:
        return np.bincount(at[running], weights=amount[running], minlength=names.size).astype(np.float64)

    sums = [by_group(amount) for amount in (filings.ci, filings.ce, filings.output)]
    firms, share = concentration(filings, at, names.size)
    idle = np.bincount(at[~running], minlength=names.size)
    total = rates_of(*(np.asarray(amount.sum()) for amount in sums))
    return Regional(names, rates_of(*sums), firms, idle, share, total)


def labelled(filings: Filings, group: ArrayLike) -> NDArray[np.str_]:
    """Return the group names as texts; ValueError unless there is one for each filing."""
    labels = np.asarray(group).astype(np.str_)
    if labels.shape != (len(filings),):
        raise ValueError(f"group: shape {labels.shape} where there are {len(filings)} filings")
    return labels


def concentration(filings: Filings, at: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], Floats]:
    """Return for each of `size` groups how many firms stand in it and the largest share of one of them.

    `at` (n,) is the group number of each filing; rows without output do not count. The share is of losses or of
    output, whichever is larger, 0 for an empty group.

    >>> from .filings import example
    >>> concentration(example(), np.zeros(4, dtype=np.int64), 1)[1].round(4).tolist()
    [0.7143]
    """
    running = filings.output > 0
    _names, firm = numbered(filings.firm)
    pairs, cell = np.unique(at[running] * (firm.max(initial=0) + 1) + firm[running], return_inverse=True)
    group = pairs // (firm.max(initial=0) + 1)
    share = np.zeros(size)
    for amount in (filings.ci + filings.ce, filings.output):
        mine = np.bincount(cell, weights=amount[running], minlength=pairs.size)
        whole = np.bincount(group, weights=mine, minlength=size)
        part = np.divide(mine, whole[group], out=np.zeros(mine.shape), where=whole[group] > 0)
        np.maximum.at(share, group, part)
    return np.bincount(group, minlength=size), share
