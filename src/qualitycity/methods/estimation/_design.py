"""The design of a sample in codes, and the variance of domain scores under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._labels import Codes, Floats, blame, codes, compress, numbers, read_labels, sums
from ._loops import squares

SinglePsu = Literal["error", "certainty", "average"]


@dataclass(frozen=True)
class Design:
    """Strata and first-stage units (PSU) of every row; without PSU labels each row is its own unit."""

    stratum: Codes
    psu: Codes | None
    stratum_of_psu: Codes
    units: Floats  # n_h: PSUs drawn, by stratum
    factor: Floats  # (1 - f_h) n_h / (n_h - 1), by stratum; 0 where it is a lonely PSU or a certainty
    lonely: NDArray[np.bool_]  # by stratum
    average: bool  # lonely strata take the average of the others


@dataclass(frozen=True)
class Spread:
    """Variance and degrees of freedom of every domain."""

    variance: Floats
    df: Codes


def read_design(
    rows: int,
    stratum: ArrayLike | None,
    psu: ArrayLike | None,
    fpc: ArrayLike | None,
    single_psu: SinglePsu,
    faults: list[str],
) -> Design:
    """Code the labels, count the units; what is wrong goes into ``faults``."""
    if single_psu not in get_args(SinglePsu):
        faults.append(f"single_psu = {single_psu!r} is not one of {', '.join(get_args(SinglePsu))}")
    labels = np.zeros(rows, np.intp) if stratum is None else read_labels("stratum", stratum, rows, faults)
    of_row, names = codes(labels)
    psu_codes, of_psu = _nest(of_row, psu, rows, faults)
    units = np.bincount(of_psu, minlength=len(names)).astype(float)
    fraction = _fractions(of_row, names, units, fpc, faults)
    lonely = (units == 1) & (fraction < 1)
    if single_psu == "error" and lonely.any():
        names_of = ", ".join(repr(name.item()) for name in names[lonely][:5])
        faults.append(
            f"stratum: only one PSU in {int(lonely.sum())} strata ({names_of}); no variance can be computed: "
            "merge strata, or choose single_psu='certainty' or 'average'"
        )
    factor = np.where(units > 1, (1 - fraction) * units / np.maximum(units - 1, 1), 0.0)
    return Design(of_row, psu_codes, of_psu, units, factor, lonely, single_psu == "average")


def _nest(of_row: Codes, psu: ArrayLike | None, rows: int, faults: list[str]) -> tuple[Codes | None, Codes]:
    """Return (PSU code of every row, stratum of every PSU); equal PSU labels of two strata are two PSUs."""
    if psu is None:
        return None, of_row
    label, names = codes(read_labels("psu", psu, rows, faults))
    used, code = np.unique(of_row * max(len(names), 1) + label, return_inverse=True)
    return code.astype(np.intp, copy=False), used // max(len(names), 1)


def _fractions(of_row: Codes, names: NDArray[Any], units: Floats, fpc: ArrayLike | None, faults: list[str]) -> Floats:
    """Sampling fraction of each stratum from population counts."""
    if fpc is None:
        return np.zeros(len(names))
    found = numbers("fpc", fpc, len(of_row), faults)
    blame("fpc", found, ~(found >= 1), "is no count of the stratum's PSUs (fractions are not taken)", faults)
    count = np.ones(len(names))
    count[of_row] = found
    blame("fpc", found, count[of_row] != found, "differs within its stratum", faults)
    short = count < units
    if short.any() and not faults:
        at = int(np.argmax(short))
        faults.append(f"fpc = {count[at]:g} in stratum {names[at].item()!r} is less than the {units[at]:g} PSUs drawn")
    return units / count


def spread(design: Design, score: Floats, domain: Codes, domains: int, rows: NDArray[np.bool_] | None) -> Spread:
    """Variance of the sum of scores in each domain, between the PSUs of each stratum of the whole design.

    PSUs without a row of the domain count with a sum of zero. ``rows`` keeps the rows that belong to any domain at
    all; ``score`` and ``domain`` hold those rows only.
    """
    strata = len(design.units)
    stratum = design.stratum if rows is None else design.stratum[rows]
    value = score
    if design.psu is None:
        key = domain * strata
        key += stratum
    else:
        psus = len(design.stratum_of_psu)
        psu = design.psu if rows is None else design.psu[rows]
        cluster, pair = compress(domain * psus + psu, domains * psus)
        seen = np.bincount(cluster, minlength=len(pair)) > 0
        value = sums(cluster, score, len(pair))[seen]
        pair = pair[seen]
        key = (pair // psus) * strata + design.stratum_of_psu[pair % psus]
    cell, used = compress(key, domains * strata)
    of_stratum, of_domain = used % strata, used // strata
    present, square = squares(value, cell, design.units[of_stratum])
    variance = sums(of_domain, design.factor[of_stratum] * square, domains)
    seen_strata = np.bincount(of_domain[present > 0], minlength=domains)
    if design.average and design.lonely.any():
        alone = np.bincount(of_domain[(present > 0) & design.lonely[of_stratum]], minlength=domains)
        rest = np.where(seen_strata > alone, seen_strata - alone, np.nan)
        variance = np.where(alone > 0, variance * seen_strata / rest, variance)
    df = np.bincount(of_domain, present, domains).astype(np.intp) - seen_strata
    return Spread(variance, df)
