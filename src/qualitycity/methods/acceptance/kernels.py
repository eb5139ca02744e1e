"""Everything compiled: probabilities of a count, the walk through a plan's stages, the searches for sample sizes.

All of it stands in one file because numba's cache on disk notices changes only in the file of the function called.

Probabilities take ``(law, n, q, lot)``: the law's number, the sample size, the quality (fraction, integer count of
nonconforming items in the lot, nonconformities per item) and the lot size (read by the hypergeometric law only).
Arguments are not checked here; `oc`, `search` and `declared` do that.

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
LARGEST_AC = 5_000  # beyond it the two points of a search are too near each other for any sampling
_NEGLIGIBLE = 1e-19  # of the sum so far: further terms fall faster than geometrically


@njit(cache=True)
def stirling_error(n: float) -> float:
    """Return log n! - log(sqrt(2 pi n) (n/e)^n) for an integer n >= 1.

    >>> round(stirling_error(1.0), 6)
    0.081061
    """
    if n < _SMALL:
        return _ERRORS[int(n)]
    s = 1.0 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n


@njit(cache=True)
def deviance(x: float, mean: float) -> float:
    """Return x log(x / mean) + mean - x without cancellation where x is near its mean.

    >>> deviance(1_000_001.0, 1_000_000.0)
    4.999998333334166e-07
    """
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
    """Return the probability of exactly x; x must lie in `support`.

    >>> round(pmf(1, BINOMIAL, 10, 0.1, 0), 12), round(pmf(1, HYPERGEOMETRIC, 10, 5.0, 50), 12)
    (0.387420489, 0.431337197229)
    """
    if law == BINOMIAL:
        return _binomial(float(x), float(n), q)
    if law == POISSON:
        return _poisson(float(x), n * q)
    share = n / lot if lot else 0.0
    among = _binomial(float(x), q, share) * _binomial(float(n - x), lot - q, share)
    return among / _binomial(float(n), float(lot), share)


@njit(cache=True)
def support(law: int, n: int, q: float, lot: int) -> tuple[int, int]:
    """Return the smallest and the largest possible count.

    >>> support(HYPERGEOMETRIC, 10, 45.0, 50)
    (5, 10)
    """
    if law == BINOMIAL:
        return 0, n
    if law == POISSON:
        return 0, 2**62
    return max(0, n - (lot - int(q))), min(n, int(q))


@njit(cache=True)
def mode(law: int, n: int, q: float, lot: int) -> int:
    """Return a most probable count.

    >>> mode(BINOMIAL, 10, 0.3, 0)
    3
    """
    if law == BINOMIAL:
        return min(n, int((n + 1) * q))
    if law == POISSON:
        return int(n * q)
    return int((n + 1) * (q + 1) / (lot + 2))


@njit(cache=True)
def growth(x: int, law: int, n: int, q: float, lot: int) -> float:
    """Return pmf(x + 1) / pmf(x), both in `support`.

    >>> growth(0, POISSON, 10, 0.3, 0)
    3.0
    """
    if law == BINOMIAL:
        return (n - x) * q / ((x + 1) * (1 - q)) if q < 1 else math.inf
    if law == POISSON:
        return n * q / (x + 1)
    return (q - x) * (n - x) / ((x + 1) * (lot - q - n + x + 1))


@njit(cache=True)
def fill(row: np.ndarray, top: int, law: int, n: int, q: float, lot: int) -> None:
    """Write the probabilities of 0 .. top into the row.

    >>> row = np.empty(3)
    >>> fill(row, 2, BINOMIAL, 2, 0.5, 0)
    >>> row
    array([0.25, 0.5 , 0.25])
    """
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
    """Return the probability of at most c.

    >>> round(cdf(2, BINOMIAL, 80, 0.01, 0), 6)
    0.953447
    """
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


@njit(cache=True)
def walk(
    law: int,
    n: np.ndarray,
    ac: np.ndarray,
    re: np.ndarray,
    quality: np.ndarray,
    lot: int,
    accept: np.ndarray,
    reject: np.ndarray,
    found: np.ndarray,
) -> None:
    """Write, for each quality and stage, the probabilities to accept and not, and the mean count where accepted.

    >>> one, out = np.ones(1, dtype=np.int64), [np.empty((1, 1)) for _ in range(3)]
    >>> walk(BINOMIAL, 2 * one, one, 2 * one, np.array([0.5]), 0, *out)
    >>> [round(float(each[0, 0]), 12) for each in out]
    [0.75, 0.25, 0.5]
    """
    width = re[-1]
    row, now, after = np.empty(width), np.empty(width), np.empty(width)
    for i in range(quality.size):
        now[:] = 0.0
        now[0] = 1.0
        undecided, drawn = 1.0, 0
        for k in range(n.size):
            after[:] = 0.0
            top = re[k] - 1
            if law != HYPERGEOMETRIC:
                fill(row, top, law, n[k], quality[i], lot)
            for d in range(top + 1):
                if now[d] == 0.0:
                    continue
                if law == HYPERGEOMETRIC:  # what is left of the lot depends on what was found
                    fill(row, top - d, law, n[k], quality[i] - d, lot - drawn)
                for x in range(top - d + 1):
                    after[d + x] += now[d] * row[x]
            taken = mean = going = 0.0
            for d in range(top + 1):
                if d <= ac[k]:
                    taken += after[d]
                    mean += d * after[d]
                    after[d] = 0.0
                else:
                    going += after[d]
            accept[i, k], found[i, k] = taken, mean
            reject[i, k] = max(0.0, undecided - taken - going)  # rounding alone can go below 0
            undecided = going
            drawn += n[k]
            now, after = after, now


@njit(cache=True)
def singles(law: int, n: np.ndarray, ac: np.ndarray, quality: np.ndarray, lot: np.ndarray, out: np.ndarray) -> None:
    """Write the probability of acceptance of single plans, each at its own quality.

    >>> out = np.empty(1)
    >>> singles(BINOMIAL, np.array([80]), np.array([2]), np.array([0.01]), np.array([0]), out)
    >>> out.round(6)
    array([0.953447])
    """
    for i in range(out.size):
        out[i] = cdf(ac[i], law, n[i], quality[i], lot[i])


@njit(cache=True)
def least_sample(law: int, c: int, q: float, lot: int, most: float, start: int) -> int:
    """Return the smallest n >= start that accepts q on c with probability at most `most` (it exists: q > 0).

    >>> least_sample(BINOMIAL, 0, 0.05, 2**60, 0.05, 1)
    59
    """
    most *= 1 + TIE
    if cdf(c, law, start, q, lot) <= most:
        return start
    below, step = start, 1 + start // 8
    above = min(below + step, lot)
    while cdf(c, law, above, q, lot) > most:
        below = above
        step *= 2
        above = min(below + step, lot)
    while above - below > 1:
        middle = (below + above) // 2
        if cdf(c, law, middle, q, lot) > most:
            below = middle
        else:
            above = middle
    return above


@njit(cache=True)
def smallest_plans(
    law: int,
    good: np.ndarray,
    bad: np.ndarray,
    alpha: np.ndarray,
    beta: np.ndarray,
    lot: np.ndarray,
    n: np.ndarray,
    ac: np.ndarray,
) -> None:
    """Write the smallest plans through two points; ac = -1 where none has ac up to LARGEST_AC.

    >>> x, n, ac = np.array([0.05]), np.array([0]), np.array([0])
    >>> smallest_plans(BINOMIAL, x / 5, x, x, 2 * x, np.array([2**60]), n, ac)
    >>> n, ac
    (array([132]), array([3]))
    """
    for i in range(good.size):
        size = 1
        ac[i] = -1
        for c in range(LARGEST_AC + 1):
            size = least_sample(law, c, bad[i], lot[i], beta[i], size)
            if 1 - cdf(c, law, size, good[i], lot[i]) <= alpha[i] * (1 + TIE):
                ac[i] = c
                break
        n[i] = size


@njit(cache=True)
def zero_samples(law: int, quality: np.ndarray, beta: np.ndarray, lot: np.ndarray, n: np.ndarray) -> None:
    """Write the smallest samples that accept on zero with probability at most beta.

    >>> x, n = np.array([0.05]), np.array([0])
    >>> zero_samples(BINOMIAL, x, x, np.array([2**60]), n)
    >>> n
    array([59])
    """
    for i in range(quality.size):
        n[i] = least_sample(law, 0, quality[i], lot[i], beta[i], 1)


@njit(cache=True)
def largest_sample(law: int, c: int, q: float, lot: int, most: float) -> int:
    """Return the largest n that shows more than c with probability at most `most`; the lot size if none shows more.

    >>> largest_sample(BINOMIAL, 2, 0.0065, 2**60, 0.05)
    126
    """
    most *= 1 + TIE
    if 1 - cdf(c, law, lot, q, lot) <= most:
        return lot
    below, step = 0, 1
    above = min(1, lot)
    while 1 - cdf(c, law, above, q, lot) <= most:
        below = above
        step *= 2
        above = min(below + step, lot)
    while above - below > 1:
        middle = (below + above) // 2
        if 1 - cdf(c, law, middle, q, lot) <= most:
            below = middle
        else:
            above = middle
    return below


@njit(cache=True)
def largest_samples(law: int, q: np.ndarray, c: np.ndarray, lot: np.ndarray, alpha: float, n: np.ndarray) -> None:
    """Write the largest samples that show more than their c with probability at most alpha.

    >>> n = np.array([0])
    >>> largest_samples(HYPERGEOMETRIC, np.array([4.0]), np.array([1]), np.array([100]), 0.05, n)
    >>> n
    array([10])
    """
    for i in range(q.size):
        n[i] = largest_sample(law, c[i], q[i], lot[i], alpha)


@njit(cache=True)
def limiting_counts(n: np.ndarray, limits: np.ndarray, lot: np.ndarray, missed: float, out: np.ndarray) -> None:
    """Write the smallest counts in lots that stay within the limit with probability at most `missed`.

    >>> out = np.empty(1)
    >>> limiting_counts(np.array([10]), np.array([1]), np.array([100]), 0.10, out)
    >>> out
    array([33.])
    """
    for i in range(n.size):
        below, above = limits[i], lot[i]  # with every item nonconforming a sample of more than L shows more than L
        while above - below > 1:
            middle = (below + above) // 2
            if cdf(limits[i], HYPERGEOMETRIC, n[i], float(middle), lot[i]) > missed * (1 + TIE):
                below = middle
            else:
                above = middle
        out[i] = above


def law_of(dist: str) -> int:
    """Return the law's number, or raise ValueError naming `dist`.

    >>> law_of("poisson")
    2
    """
    if dist not in LAWS:
        raise ValueError(f"dist: {dist!r} is not one of {', '.join(LAWS)}")
    return LAWS[dist]
