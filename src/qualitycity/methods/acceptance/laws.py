"""Binomial, hypergeometric and Poisson probabilities of a count, compiled, for one shared way of asking.

Every function takes ``(law, n, q, lot)``: the law's number, the sample size, the quality (fraction, integer count of
nonconforming items in the lot, nonconformities per item) and the lot size (read by the hypergeometric law only).

Law: C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000): the saddle-point expansion keeps 12
figures where a sum of log-gammas loses them to cancellation; neighbours follow by their ratio, outward from the mode.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

BINOMIAL, HYPERGEOMETRIC, POISSON = 0, 1, 2
LAWS = {"binomial": BINOMIAL, "hypergeometric": HYPERGEOMETRIC, "poisson": POISSON}

_SMALL = 16  # below it Stirling's error is tabulated, from it on five terms of its series are exact to double precision
_ERRORS = np.array(
    [0.0]
    + [math.log(math.factorial(n)) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2 for n in range(1, _SMALL)]
)
TIE = 1e-11  # relative; a probability as near to a risk is equal to it in exact arithmetic (5 of 100 for 5 %)
_NEGLIGIBLE = 1e-19  # of the sum so far: further terms fall faster than geometrically


@njit(cache=True)
def stirling_error(n: float) -> float:
    """Return log n! - log(sqrt(2 pi n) (n/e)^n) for an integer n >= 1."""
    if n < _SMALL:
        return _ERRORS[int(n)]
    s = 1.0 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n


@njit(cache=True)
def deviance(x: float, mean: float) -> float:
    """Return x log(x / mean) + mean - x without cancellation where x is near its mean."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * math.log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total, term = (x - mean) * v, 2 * x * v
    for j in range(1, 1000):
        term *= v * v
        longer = total + term / (2 * j + 1)
        if longer == total:
            break
        total = longer
    return total


@njit(cache=True)
def _binomial(x: float, n: float, p: float) -> float:
    if p == 0.0:
        return 1.0 if x == 0 else 0.0
    if p == 1.0:
        return 1.0 if x == n else 0.0
    if x == 0:
        return math.exp(n * math.log1p(-p))
    if x == n:
        return math.exp(n * math.log(p))
    log = stirling_error(n) - stirling_error(x) - stirling_error(n - x)
    log -= deviance(x, n * p) + deviance(n - x, n * (1 - p))
    return math.exp(log) * math.sqrt(n / (2 * math.pi * x * (n - x)))


@njit(cache=True)
def _poisson(x: float, mean: float) -> float:
    if mean == 0.0:
        return 1.0 if x == 0 else 0.0
    if x == 0:
        return math.exp(-mean)
    return math.exp(-stirling_error(x) - deviance(x, mean)) / math.sqrt(2 * math.pi * x)


@njit(cache=True)
def pmf(x: int, law: int, n: int, q: float, lot: int) -> float:
    """Return the probability of exactly x; x must lie in `support`."""
    if law == BINOMIAL:
        return _binomial(float(x), float(n), q)
    if law == POISSON:
        return _poisson(float(x), n * q)
    share = n / lot if lot else 0.0
    among = _binomial(float(x), q, share) * _binomial(float(n - x), lot - q, share)
    return among / _binomial(float(n), float(lot), share)


@njit(cache=True)
def support(law: int, n: int, q: float, lot: int) -> tuple[int, int]:
    """Return the smallest and the largest possible count."""
    if law == BINOMIAL:
        return 0, n
    if law == POISSON:
        return 0, 2**62
    return max(0, n - (lot - int(q))), min(n, int(q))


@njit(cache=True)
def mode(law: int, n: int, q: float, lot: int) -> int:
    """Return a most probable count."""
    if law == BINOMIAL:
        return min(n, int((n + 1) * q))
    if law == POISSON:
        return int(n * q)
    return int((n + 1) * (q + 1) / (lot + 2))


@njit(cache=True)
def growth(x: int, law: int, n: int, q: float, lot: int) -> float:
    """Return pmf(x + 1) / pmf(x), both in `support`."""
    if law == BINOMIAL:
        return (n - x) * q / ((x + 1) * (1 - q)) if q < 1 else math.inf
    if law == POISSON:
        return n * q / (x + 1)
    return (q - x) * (n - x) / ((x + 1) * (lot - q - n + x + 1))


@njit(cache=True)
def fill(row: np.ndarray, top: int, law: int, n: int, q: float, lot: int) -> None:
    """Write the probabilities of 0 .. top into the row."""
    row[: top + 1] = 0.0
    low, high = support(law, n, q, lot)
    high = min(top, high)
    if high < low:
        return
    start = max(low, min(high, mode(law, n, q, lot)))
    row[start] = pmf(start, law, n, q, lot)
    for x in range(start, high):
        row[x + 1] = row[x] * growth(x, law, n, q, lot)
    if row[start] > 0.0:
        for x in range(start, low, -1):
            row[x - 1] = row[x] / growth(x - 1, law, n, q, lot)


@njit(cache=True)
def cdf(c: int, law: int, n: int, q: float, lot: int) -> float:
    """Return the probability of at most c."""
    low, high = support(law, n, q, lot)
    if c >= high:
        return 1.0
    if c < low:
        return 0.0
    start = max(low, min(c, mode(law, n, q, lot)))
    total = first = pmf(start, law, n, q, lot)
    if first == 0.0:
        return 0.0
    term = first
    for x in range(start, low, -1):
        term /= growth(x - 1, law, n, q, lot)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    term = first
    for x in range(start, c):
        term *= growth(x, law, n, q, lot)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return min(total, 1.0)  # rounding alone can exceed 1


def law_of(dist: str) -> int:
    """Return the law's number, or raise ValueError naming `dist`.

    >>> law_of("poisson")
    2
    """
    if dist not in LAWS:
        raise ValueError(f"dist: {dist!r} is not one of {', '.join(LAWS)}")
    return LAWS[dist]
