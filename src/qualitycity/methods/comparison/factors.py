"""Factors of ISO 13528 Annex C: printed tables as data beside the code, and the formulas they were made by."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr, chdtri

STANDARD = "ISO 13528:2022+Amd 1:2026"


@cache
def _table(name: str) -> dict[int, tuple[float, ...]]:
    lines = (files(__package__) / name).read_text(encoding="utf-8").splitlines()
    rows = csv.reader(line for line in lines if not line.startswith("#"))
    next(rows)
    return {int(first): tuple(map(float, rest)) for first, *rest in rows}


def algorithm_s_factors(nu: int, source: str = "printed") -> tuple[float, float]:
    """Return (eta, xi), the limit and the adjustment factor of Algorithm S for `nu` degrees of freedom.

    source: "printed" reads Table C.1 of ISO 13528:2022 (nu 1 to 10, three decimals); "exact" computes, for any nu,
    eta² = chi²(0.9; nu)/nu and xi = [F(nu eta²; nu + 2) + 0.1 eta²]^(-1/2), F the chi² distribution function. The two
    agree to a unit of the third decimal. Raises ValueError for nu < 1, or beyond the printed table.

    >>> algorithm_s_factors(2)
    (1.517, 1.054)
    >>> [round(factor, 4) for factor in algorithm_s_factors(2, "exact")]
    [1.5174, 1.0541]
    """
    if source not in ("printed", "exact"):
        raise ValueError(f'source must be "printed" or "exact", not {source!r}')
    if nu != int(nu) or nu < 1:
        raise ValueError(f"nu must be a positive integer, not {nu}")
    if source == "printed":
        table = _table("algorithm_s.csv")
        if nu not in table:
            raise ValueError(f'nu = {nu} is beyond Table C.1 (1 to {max(table)}); source="exact" computes it')
        eta, xi = table[int(nu)]
        return eta, xi
    square = float(chdtri(nu, 0.1)) / nu
    return sqrt(square), 1 / sqrt(float(chdtr(nu + 2, nu * square)) + 0.1 * square)


def qn_correction(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return b_p for every number p of results: Table C.2 up to 12, formulas (C.20) and (C.21) above.

    >>> qn_correction(np.array([2, 12, 13])).round(4)
    array([0.3994, 0.7574, 0.9023])
    """
    p = np.asarray(counts, dtype=np.float64)
    odd = 1.6019 + (-2.128 - 5.172 / p) / p
    even = 3.6756 + (1.965 + (6.987 - 77 / p) / p) / p
    found = 1 / (1 + np.where(np.asarray(counts) % 2 == 1, odd, even) / p)
    for size, (factor,) in _table("qn.csv").items():
        found[np.asarray(counts) == size] = factor
    return found
