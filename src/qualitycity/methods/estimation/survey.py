"""Pass rates, means and totals of domains from a probability sample, with design-based standard errors.

A domain is a part of the population (an industry, a town) whose share of the sample is random. Its variance is that of
the linearised scores over the whole design: every stratum, and every PSU with none of the domain's rows as a zero.
Leaving the other rows out first would treat the domain's size as fixed.

Sources: Särndal, Swensson and Wretman, *Model Assisted Survey Sampling* (1992), 5.7, 5.8 and 10.3; Korn and Graubard,
Survey Methodology 24 (1998) 193-201 for n and degrees of freedom of a domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._design import Design, SinglePsu, read_design, spread
from ._labels import Codes, Floats, blame, codes, numbers, read_labels, settle, sums
from ._loops import residuals, sound, tally
from .intervals import CiMethod, Interval, ci
from .thompson import HorvitzThompson, total_ht
from .weights import inclusion_probabilities, neyman, poststratify

__all__ = [
    "DomainEstimate",
    "HorvitzThompson",
    "Interval",
    "PassRate",
    "ci",
    "inclusion_probabilities",
    "mean",
    "neyman",
    "poststratify",
    "proportion",
    "total",
    "total_ht",
]

_SOURCE = "Särndal, Swensson and Wretman 1992, 5.7, 5.8, 10.3"
WEIGHTS_UNKNOWN = (
    "w: None; without inclusion probabilities the sample speaks for no population: a risk-targeted sample has a "
    "finding rate (不合格发现率), see estimation.targeted.finding_rate"
)


@dataclass(frozen=True)
class PassRate:
    """Population pass rate (合格率) of each domain; all arrays have one entry a domain, in the order of ``domain``.

    ``p`` the rate, ``se`` its standard error, ``df`` degrees of freedom (PSUs less strata that hold tested rows of the
    domain), ``deff`` variance over that of simple random sampling without replacement of the same size (NaN where the
    latter is 0 or the weights sum to no more than n), ``n`` tested rows, ``population`` sum of their weights.
    NaN where a domain has no tested row.
    """

    domain: NDArray[Any]
    p: Floats
    se: Floats
    df: Codes
    deff: Floats
    n: Codes
    population: Floats
    method: str
    standard: str
    label: str = "合格率"
    is_population_rate: bool = True

    def ci(self, method: CiMethod = "korn_graubard", level: float = 0.95) -> Interval:
        """Confidence interval of each rate, see ``intervals.ci``."""
        return ci(self.p, self.se, self.df, self.n, method, level)


@dataclass(frozen=True)
class DomainEstimate:
    """Mean or total of each domain; fields as in ``PassRate``, ``estimate`` in the unit of y."""

    domain: NDArray[Any]
    estimate: Floats
    se: Floats
    df: Codes
    n: Codes
    population: Floats
    method: str
    standard: str


@dataclass(frozen=True)
class _Sample:
    """A checked sample. Arrays below hold the tested rows only; ``tested`` is None where all rows are."""

    design: Design
    tested: NDArray[np.bool_] | None
    y: Floats
    w: Floats
    domain: Codes
    names: NDArray[Any]
    n: Codes
    population: Floats
    weighted: Floats  # sum of w y
    cell: Codes | None  # poststratum of every row, tested or not
    all_w: Floats


def proportion(
    y: ArrayLike,
    w: ArrayLike | None,
    stratum: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    domain: ArrayLike | None = None,
    fpc: ArrayLike | None = None,
    single_psu: SinglePsu = "error",
    poststratum: ArrayLike | None = None,
) -> PassRate:
    """Return the pass rate of each domain with its design-based standard error.

    y            (n,) 1 or True passed, 0 or False failed, NaN drawn but not tested: the row stays in the design and
                 counts in no domain
    w            (n,) design weights 1 / inclusion probability, > 0; None (unknown) is refused: see ``targeted``
    stratum      (n,) labels; None = one stratum
    psu          (n,) labels of first-stage units, nested in strata; None = each row is one
    domain       (n,) labels; None = one domain "all"
    fpc          (n,) number of PSUs in the population of the row's stratum (a count >= those drawn, constant within the
                 stratum; inf = no correction); None = drawn with replacement, or from very many
    single_psu   strata with one PSU drawn out of more: "error"; "certainty" (adds no variance); "average" (each adds
                 the mean of the domain's other strata; NaN where there are none)
    poststratum  (n,) labels of the cells to which ``w`` was post-stratified by ``poststratify``; their totals then
                 count as known in the variance

    Variance: sum over strata of (1 - f) n/(n - 1) times the sum of squares, between PSUs, of w (y - p) / sum(w).
    Raises ValueError with all faults of the table. Source: Särndal et al. 1992, 5.7, 5.8, 10.3.

    >>> rate = proportion([1, 0, 1, 1, 1, 0], [10, 10, 10, 5, 5, 5], list("aaabbb"), domain=list("xyxxyy"))
    >>> rate.domain.tolist(), rate.p.tolist(), rate.n.tolist(), rate.df.tolist()
    (['x', 'y'], [1.0, 0.25], [3, 3], [1, 1])
    >>> round(float(rate.se[1]), 6)
    0.257694
    """
    if w is None:
        raise ValueError(WEIGHTS_UNKNOWN)
    sample = _read(y, w, stratum, psu, domain, fpc, single_psu, poststratum, binary=True)
    rate, variance, df = _ratio(sample)
    return PassRate(
        sample.names,
        rate,
        np.sqrt(variance),
        df,
        _deff(sample, rate, variance),
        sample.n,
        sample.population,
        _method(sample, "ratio of weighted sums, linearised"),
        _SOURCE,
    )


def mean(
    y: ArrayLike,
    w: ArrayLike | None,
    stratum: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    domain: ArrayLike | None = None,
    fpc: ArrayLike | None = None,
    single_psu: SinglePsu = "error",
    poststratum: ArrayLike | None = None,
) -> DomainEstimate:
    """Return the mean of y in each domain; arguments and errors as in ``proportion``, y any finite number or NaN.

    >>> found = mean([2.0, 4.0, 9.0], [1, 1, 2])
    >>> found.estimate.tolist(), round(float(found.se[0]), 6)
    ([6.0], 2.291288)
    """
    if w is None:
        raise ValueError(WEIGHTS_UNKNOWN)
    sample = _read(y, w, stratum, psu, domain, fpc, single_psu, poststratum, binary=False)
    found, variance, df = _ratio(sample)
    name = _method(sample, "ratio of weighted sums, linearised")
    return DomainEstimate(sample.names, found, np.sqrt(variance), df, sample.n, sample.population, name, _SOURCE)


def total(
    y: ArrayLike,
    w: ArrayLike | None,
    stratum: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    domain: ArrayLike | None = None,
    fpc: ArrayLike | None = None,
    single_psu: SinglePsu = "error",
    poststratum: ArrayLike | None = None,
) -> DomainEstimate:
    """Return the total of y in each domain; arguments and errors as in ``mean``.

    >>> total([1, 0, 1, 1], [5, 5, 5, 5], fpc=[20, 20, 20, 20]).estimate.tolist()
    [15.0]
    """
    if w is None:
        raise ValueError(WEIGHTS_UNKNOWN)
    sample = _read(y, w, stratum, psu, domain, fpc, single_psu, poststratum, binary=False)
    variance, df = _variance(sample, sample.w * sample.y)
    name = _method(sample, "weighted sum")
    return DomainEstimate(
        sample.names, sample.weighted, np.sqrt(variance), df, sample.n, sample.population, name, _SOURCE
    )


def _read(
    y: ArrayLike,
    w: ArrayLike,
    stratum: ArrayLike | None,
    psu: ArrayLike | None,
    domain: ArrayLike | None,
    fpc: ArrayLike | None,
    single_psu: SinglePsu,
    poststratum: ArrayLike | None,
    *,
    binary: bool,
) -> _Sample:
    rows = np.size(y)
    if not rows:
        raise ValueError("y: no rows")
    faults: list[str] = []
    values = numbers("y", y, rows, faults)
    weights = numbers("w", w, rows, faults)
    good, gap = sound(values, weights, binary)
    if not good:
        _blame_rows(values, weights, binary, faults)
    design = read_design(rows, stratum, psu, fpc, single_psu, faults)
    labels = np.full(rows, "all") if domain is None else read_labels("domain", domain, rows, faults)
    cell = None if poststratum is None else codes(read_labels("poststratum", poststratum, rows, faults))[0]
    settle(faults)
    of_row, names = (np.zeros(rows, np.intp), labels[:1]) if domain is None else codes(labels)
    tested = ~np.isnan(values) if gap else None
    if tested is not None:
        values, of_row = values[tested], of_row[tested]
    kept = weights if tested is None else weights[tested]
    sums_of = tally(values, kept, of_row, len(names))
    return _Sample(design, tested, values, kept, of_row, names, *sums_of, cell, weights)


def _blame_rows(values: Floats, weights: Floats, binary: bool, faults: list[str]) -> None:
    if binary:
        blame("y", values, (values != 0) & (values != 1) & ~np.isnan(values), "is neither 0, 1 nor NaN", faults)
    else:
        blame("y", values, np.isinf(values), "is not finite", faults)
    blame("w", weights, ~(weights > 0) | np.isinf(weights), "is no weight: finite and > 0", faults)


def _ratio(sample: _Sample) -> tuple[Floats, Floats, Codes]:
    """Weighted mean of every domain, its linearised variance and degrees of freedom."""
    whole = np.where(sample.n > 0, sample.population, np.nan)
    found = sample.weighted / whole
    variance, df = _variance(sample, residuals(sample.y, sample.w, sample.domain, found, whole))
    return found, np.where(sample.n > 0, variance, np.nan), df


def _variance(sample: _Sample, score: Floats) -> tuple[Floats, Codes]:
    """Variance of the domain sums of ``score``, and degrees of freedom; what poststrata explain is taken out first."""
    found = spread(sample.design, score, sample.domain, len(sample.names), sample.tested)
    if sample.cell is None:
        return found.variance, found.df
    cells = int(sample.cell.max()) + 1
    in_cell = sums(sample.cell, sample.all_w, cells)
    everyone = np.zeros(len(sample.all_w), np.intp)
    variance = np.empty(len(sample.names))
    full = np.zeros(len(sample.all_w))
    for at in range(len(sample.names)):
        full[slice(None) if sample.tested is None else sample.tested] = np.where(sample.domain == at, score, 0.0)
        fitted = sums(sample.cell, full, cells) / in_cell
        left = full - sample.all_w * fitted[sample.cell]
        variance[at] = spread(sample.design, left, everyone, 1, None).variance[0]
    return variance, found.df


def _deff(sample: _Sample, rate: Floats, variance: Floats) -> Floats:
    """Variance over that of simple random sampling without replacement from a population of sum(w)."""
    n, whole = sample.n.astype(float), sample.population
    known = (n > 1) & (whole > n) & (rate > 0) & (rate < 1)
    safe = np.where(known, n, 2.0)
    simple = (1 - safe / np.where(known, whole, np.inf)) * rate * (1 - rate) / (safe - 1)
    return np.divide(variance, simple, out=np.full(len(rate), np.nan), where=known)


def _method(sample: _Sample, name: str) -> str:
    return name if sample.cell is None else f"{name}, post-stratified"
