"""Sampling plans beside a straight loop over scipy; the same numbers first, then the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row
from scipy import stats

from qualitycity.methods.acceptance.oc import oc
from qualitycity.methods.acceptance.search import find_plan
from qualitycity.methods.acceptance.stages import Stages, double, multiple
from qualitycity.methods.acceptance.switching import scheme_oc

DOUBLE = double((125, 125), (2, 6), 5)
SEVEN = multiple([32] * 7, [0, 1, 3, 5, 7, 10, 13], [4, 6, 8, 10, 11, 12, 14])
NOTES = {
    "double": "R AcceptanceSampling (OC2c) was measured elsewhere at 0.7 to 1.1 s for as many points",
    "seven": "R AcceptanceSampling (OC2c) enumerates the paths; measured elsewhere at 0.027 s a point",
    "search": "R AcceptanceSampling (find.plan) was measured elsewhere at 1.2 s for 200 searches",
}


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target, note}."""
    return [*_double(), _seven(), _search(), _scheme()]


def _double() -> list[dict[str, Any]]:
    p = np.linspace(0, 0.12, 2001)
    work = "OC of a double plan, 2,001 points"
    ours, theirs = _measured(lambda: oc(DOUBLE, p), lambda: _straight_double(DOUBLE, p))
    same, arrays = _measured(lambda: oc(DOUBLE, p), lambda: _array_double(DOUBLE, p))
    return [
        row(work, ours, "ratio ≥ 100", "straight scipy loop", theirs) | {"note": NOTES["double"]},
        row(work, same, "", "scipy called once a term with all points", arrays),
    ]


def _seven() -> dict[str, Any]:
    p = np.linspace(0, 0.2, 101)
    ours, theirs = _measured(lambda: oc(SEVEN, p), lambda: _straight_stages(SEVEN, p))
    peer = "straight scipy loop over stages and counts"
    return row("OC of a seven-stage plan, 101 points", ours, "ratio ≥ 100", peer, theirs) | {"note": NOTES["seven"]}


def _search() -> dict[str, Any]:
    chance = np.random.default_rng(200)
    p1 = chance.uniform(0.005, 0.05, 200)
    p2 = p1 * chance.uniform(3, 5, 200)
    alpha, beta = chance.choice([0.01, 0.05, 0.1], 200), chance.choice([0.05, 0.1], 200)

    def ours() -> np.ndarray:
        found = find_plan(p1, p2, alpha, beta)
        return np.column_stack([found.n, found.ac])

    def theirs() -> np.ndarray:
        return np.array([_straight_search(*each) for each in zip(p1, p2, alpha, beta, strict=True)])

    mine, peer = _measured(ours, theirs)
    work = "plan search, 200 pairs of points"
    return row(work, mine, "ratio ≥ 100", "straight scipy loop", peer) | {"note": NOTES["search"]}


def _scheme() -> dict[str, Any]:
    p = np.linspace(0, 0.05, 201)
    scheme_oc(1000, "II", "1.0", p)
    cost = in_turn(lambda: scheme_oc(1000, "II", "1.0", p))[0]
    return row("OC of the switching scheme (Markov chain), 201 points", cost, "")


def _measured(ours: Callable[[], np.ndarray], theirs: Callable[[], np.ndarray]) -> list[float]:
    """CPU seconds of both, after both gave the same; that call also compiles ours. Ours is timed ten calls at once."""
    if not np.allclose(ours(), theirs(), rtol=0, atol=1e-11):
        raise AssertionError("ours and the peer's differ")
    mine, peer = in_turn(lambda: [ours() for _ in range(10)], theirs)
    return [mine / 10, peer]


def _array_double(plan: Stages, p: np.ndarray) -> np.ndarray:
    (n1, n2), (c1, c2), (r1, _) = plan.n, plan.ac, plan.re
    pa = stats.binom.cdf(c1, n1, p)
    for d in range(c1 + 1, r1):
        pa = pa + stats.binom.pmf(d, n1, p) * stats.binom.cdf(c2 - d, n2, p)
    return pa


def _straight_double(plan: Stages, p: np.ndarray) -> np.ndarray:
    (n1, n2), (c1, c2), (r1, _) = plan.n, plan.ac, plan.re
    curve = []
    for x in p:
        pa = stats.binom.cdf(c1, n1, x)
        for d in range(c1 + 1, r1):
            pa += stats.binom.pmf(d, n1, x) * stats.binom.cdf(c2 - d, n2, x)
        curve.append(pa)
    return np.array(curve)


def _straight_stages(plan: Stages, p: np.ndarray) -> np.ndarray:
    curve = []
    for x in p:
        alive, pa = {0: 1.0}, 0.0
        for n, ac, re in zip(plan.n, plan.ac, plan.re, strict=True):
            after: dict[int, float] = {}
            for d, chance in alive.items():
                for more in range(re - d):
                    after[d + more] = after.get(d + more, 0.0) + chance * stats.binom.pmf(more, n, x)
            pa += sum(chance for d, chance in after.items() if d <= ac)
            alive = {d: chance for d, chance in after.items() if d > ac}
        curve.append(pa)
    return np.array(curve)


def _straight_search(p1: float, p2: float, alpha: float, beta: float) -> tuple[int, int]:
    n, c = 1, 0
    while True:
        if stats.binom.cdf(c, n, p2) > beta:
            n += 1
        elif stats.binom.cdf(c, n, p1) < 1 - alpha:
            c += 1
        else:
            return n, c
