"""Is a pair of product and event reported out of proportion? PRR, ROR, IC, and the classical tests beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from qualitycity.methods.monitoring.arguments import Floats, share, vector


@dataclass(frozen=True)
class Measure:
    """``value`` [K] with its interval ``lower``, ``upper`` [K] at ``level``; NaN where an interval does not exist."""

    value: Floats
    lower: Floats
    upper: Floats
    level: float
    method: str
    standard: str


def prr(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, level: float = 0.95) -> Measure:
    """Proportional reporting ratio (a/(a+b)) / (c/(c+d)), interval normal on the log scale.

    Cells [K] of the 2 × 2 table: both, product without event, event without product, neither. Infinite where nobody
    else reported the event (c = 0), with neither bound; likewise no bounds for a = 0.

    Raises ValueError for cells below 0 or not whole, a margin of 0 (a + b or c + d).

    Source: Evans, Waller and Davis, Pharmacoepidemiology and Drug Safety 10 (2001) 483–486.

    >>> found = prr([3, 3], [17, 17], [87, 0], [9893, 9980])
    >>> found.value.round(3).tolist(), found.lower.round(3).tolist()
    ([17.207, inf], [5.937, nan])
    """
    cells = _cells(a, b, c, d)
    _margins(cells, ((0, 1), (2, 3)))
    a, b, c, d = cells
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (a / (a + b)) / (c / (c + d))
        spread = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    return _log_normal(value, spread, level, "PRR", "Evans, Waller and Davis 2001")


def ror(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, level: float = 0.95) -> Measure:
    """Reporting odds ratio ad/(bc), interval normal on the log scale; cells and errors as in :func:`prr`.

    Infinite where b or c is 0, NaN for 0/0; without bounds where any cell is 0.

    Source: van Puijenbroek et al., Pharmacoepidemiology and Drug Safety 11 (2002) 3–10.

    >>> found = ror([3], [17], [87], [9893])
    >>> found.value.round(3).tolist(), found.upper.round(2).tolist()
    ([20.067], [69.72])
    """
    a, b, c, d = _cells(a, b, c, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _log_normal(
            a * d / (b * c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), level, "ROR", "van Puijenbroek et al. 2002"
        )


def ic(
    N: ArrayLike,  # noqa: N803  the names of the field
    E: ArrayLike,  # noqa: N803
    level: float = 0.95,
    shrinkage: float = 0.5,
) -> Measure:
    """Information component log₂((N + ½)/(E + ½)) with exact interval from the gamma posterior.

    ``N`` [K] observed ≥ 0, ``E`` [K] expected ≥ 0, of one length; ``shrinkage`` is the half. With a half a lower bound
    above 0 needs three reports, however small E is.

    Raises ValueError for values below 0, lengths that differ, a shrinkage not above 0.

    Source: Norén, Hopstadius and Bate, Statistical Methods in Medical Research 22 (2013) 57–69.

    >>> found = ic([2, 3], [0.01, 0.01])
    >>> found.value.round(3).tolist(), found.lower.round(3).tolist()
    ([2.293, 2.779], [-0.295, 0.728])
    """
    observed, expected = vector("N", N, lowest=0), vector("E", E, lowest=0)
    if observed.shape != expected.shape:
        raise ValueError(f"N and E must have one length; it is {observed.size} and {expected.size}")
    if not 0 < shrinkage < np.inf:
        raise ValueError(f"shrinkage must be above 0 and finite; it is {shrinkage!r}")
    tail = (1 - share("level", level)) / 2
    shape, rate = observed + shrinkage, expected + shrinkage
    low, high = special.gammaincinv(shape, tail) / rate, special.gammainccinv(shape, tail) / rate
    with np.errstate(divide="ignore"):
        return Measure(np.log2(shape / rate), np.log2(low), np.log2(high), level, "IC", "Norén et al. 2013")


def chi2_yates(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Floats:
    """χ² [K] of the 2 × 2 table with the correction of Yates; cells and errors as in :func:`prr`, no margin 0.

    >>> chi2_yates([3], [17], [87], [9893]).round(3).tolist()
    [30.234]
    """
    cells = _cells(a, b, c, d)
    _margins(cells, ((0, 1), (2, 3), (0, 2), (1, 3)))
    a, b, c, d = cells
    n = a + b + c + d
    gap = np.abs(a * d - b * c)
    return np.asarray(n * (gap - np.minimum(gap, n / 2)) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d)))


def fisher(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Floats:
    """One-sided p-values [K] of Fisher's exact test, P(both ≥ a) given the margins; cells and errors as in :func:`prr`.

    >>> fisher([3], [17], [87], [9893]).round(7).tolist()
    [0.0007194]
    """
    a, b, c, d = _cells(a, b, c, d)
    return np.asarray(stats.hypergeom.sf(a - 1, a + b + c + d, a + b, a + c))


def _cells(*cells: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    a, b, c, d = (vector(name, cell, lowest=0, whole=True) for name, cell in zip("abcd", cells, strict=True))
    if not a.shape == b.shape == c.shape == d.shape:
        raise ValueError(f"a, b, c and d must have one length; it is {a.size}, {b.size}, {c.size} and {d.size}")
    return a, b, c, d


def _margins(cells: tuple[Floats, ...], pairs: tuple[tuple[int, int], ...]) -> None:
    for i, j in pairs:
        if np.any(cells[i] + cells[j] == 0):
            raise ValueError(f"{'abcd'[i]} + {'abcd'[j]} must be above 0; it is 0 at {np.argmin(cells[i] + cells[j])}")


def _log_normal(value: Floats, spread: Floats, level: float, method: str, standard: str) -> Measure:
    reach = np.exp(stats.norm.isf((1 - share("level", level)) / 2) * np.where(np.isfinite(spread), spread, np.nan))
    return Measure(value, value / reach, value * reach, level, method, standard)
