"""Exact inclusion probabilities of Pareto order sampling, one for each weight class of a stratum.

The rank key q of a unit of weight w is a quotient of odds; it is among the m smallest of its stratum with probability

    pi(w) = integral over x of  Pr(at most m - 1 of the other units have log q < x)  dF_w(x)

where F_w(x) = 1 / (1 + exp(-x) / lambda), lambda = l / (1 - l), l = m·w / W. The number of other units below x is
Poisson-binomial with few distinct classes; its distribution function comes from its characteristic function, the
integral from Gauss-Legendre panels over the stretch where it is neither 0 nor 1.

Law: B. Rosén, "On sampling with probability proportional to size", J. Stat. Plan. Inference 62 (1997) 159-191.
Published as design weights in place of the target m·w / W, from which they differ by some percent in small strata.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .plan import StratumPlan

if TYPE_CHECKING:
    import numpy as np

_NODES = 16  # Gauss-Legendre nodes a panel
_NEGLIGIBLE = 1e-17
_BLOCK = 2**21  # complex numbers held at once


def inclusion_probabilities(plan: StratumPlan) -> dict[int, float]:
    """Return weight → exact probability that one given unit of this weight is drawn (before any cap).

    Weights descending; 1.0 for certain units, 0.0 where nothing is drawn. Absolute error below 1e-11; the
    probabilities of all units add up to n.
    """
    if plan.n == 0:
        return {weight: 0.0 for weight, _ in plan.classes}
    certain = {weight: 1.0 for weight, _ in plan.classes if plan.cut is not None and weight >= plan.cut}
    chance = [(weight, count) for weight, count in plan.classes if weight not in certain]
    if len(chance) == 1:  # equal weights: simple random sampling
        return certain | {chance[0][0]: plan.m / chance[0][1]}
    if not chance:
        return certain
    import numpy as np

    counts = np.array([count for _, count in chance])
    target = np.array([plan.target(weight) for weight, _ in chance])
    found = _integrate(np.log(target) - np.log1p(-target), counts, plan.m)
    return certain | {weight: float(pi) for (weight, _), pi in zip(chance, found, strict=True)}


def _integrate(log_odds: np.ndarray, counts: np.ndarray, m: int) -> np.ndarray:
    import numpy as np

    start, end = _stretch(log_odds, counts, m)
    width = 1 / math.sqrt(max(1.0, _moments(0.0, log_odds, counts)[1]))
    panels = max(4, math.ceil((end - start) / (2 * width)))
    edges = np.linspace(start, end, panels + 1)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = (edges[1:] - edges[:-1]) / 2
    x = (edges[:-1, None] + half[:, None] * (nodes + 1)).ravel()
    step = (half[:, None] * weights).ravel()
    below = _expit(x[:, None] + log_odds)  # (nodes, classes): chance of one unit to lie below x
    tail = _others_below(below, counts, m)  # (nodes, classes)
    return _expit(start + log_odds) + (step[:, None] * below * (1 - below) * tail).sum(axis=0)


def _expit(x: Any) -> Any:
    import numpy as np

    return 0.5 * (1 + np.tanh(0.5 * np.asarray(x, dtype=float)))


def _moments(x: float, log_odds: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    p = _expit(x + log_odds)
    return float((counts * p).sum()), float((counts * p * (1 - p)).sum())


def _stretch(log_odds: np.ndarray, counts: np.ndarray, m: int) -> tuple[float, float]:
    """Return the stretch of x outside which "at most m - 1 below" is certain or impossible, to within 1e-17.

    By Hoeffding's bound of a Poisson-binomial tail through the binomial of the same mean.
    """
    size = int(counts.sum())

    def unlikely(x: float) -> bool:
        mean = _moments(x, log_odds, counts)[0] / size
        share = m / size
        if not 0 < mean < 1:
            return True
        rest = (1 - share) * math.log((1 - share) / (1 - mean)) if share < 1 else 0.0
        return size * (share * math.log(share / mean) + rest) > -math.log(_NEGLIGIBLE)

    ends = []
    for side in (-1.0, 1.0):
        near, far = 0.0, side
        while not unlikely(far) and abs(far) < 1000:
            near, far = far, 2 * far
        for _ in range(30):
            middle = (near + far) / 2
            near, far = (near, middle) if unlikely(middle) else (middle, far)
        ends.append(far)
    return ends[0], ends[1]


def _others_below(below: np.ndarray, counts: np.ndarray, m: int) -> np.ndarray:
    """Return Pr(at most m - 1 units other than one of class c lie below), for each node and class c: (nodes,
    classes)."""
    import numpy as np

    spread = math.sqrt(float((counts * below * (1 - below)).sum(axis=1).max()))
    size = int(counts.sum())
    length = 1 << math.ceil(math.log2(min(size + 1, 40 * spread + 64)))
    first = 0 if length > size else m - length // 2
    theta = 2 * np.pi * np.arange(length // 2 + 1) / length
    turn = np.expm1(-1j * theta)  # exp(-i theta) - 1
    # sum of the probabilities of first .. m-1, read off the half spectrum of a real sequence
    pick = (
        np.exp(1j * np.outer(theta, np.arange(first, m))).sum(axis=1)
        if m - first < 4096
        else _geometric(theta, first, m)
    )
    pick *= np.where((np.arange(theta.size) == 0) | (np.arange(theta.size) == length // 2), 1, 2) / length
    classes = counts.size
    block = max(1, _BLOCK // (theta.size * classes))
    found = np.empty(below.shape)
    for at in range(0, below.shape[0], block):
        p = below[at : at + block]
        ahead, but_one = [np.ones((p.shape[0], theta.size), dtype=complex)], []
        for c in range(classes):
            one = 1 + p[:, c, None] * turn  # spectrum of one unit of class c
            but_one.append(_power(one, int(counts[c]) - 1))
            ahead.append(ahead[-1] * but_one[c] * one)
        after = ahead[0]
        for c in reversed(range(classes)):
            after_but_one = but_one[c] * after
            found[at : at + block, c] = ((ahead[c] * after_but_one) @ pick).real
            after = after_but_one * (1 + p[:, c, None] * turn)
    return np.clip(found, 0.0, 1.0)


def _geometric(theta: np.ndarray, first: int, end: int) -> np.ndarray:
    """Sum of exp(i theta k) for k = first .. end - 1, in closed form."""
    import numpy as np

    ratio = np.exp(1j * theta)
    ratio[0] = 0.5  # any value but 1: replaced below
    total = np.exp(1j * theta * first) * (1 - np.exp(1j * theta * (end - first))) / (1 - ratio)
    total[0] = end - first
    return total


def _power(base: np.ndarray, exponent: int) -> np.ndarray:
    import numpy as np

    if exponent <= 8:
        result = np.ones_like(base)
        for _ in range(exponent):
            result = result * base
        return result
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base == 0, 0, np.exp(exponent * np.log(base)))
