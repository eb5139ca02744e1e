"""Rounding, limits, decisions and propagation over 100,000 rows, beside a straight loop over the rows.

GTC, uncertainties and suncal are not installed; the peer is the loop anybody would write, with the standard library.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row

from qualitycity.methods.conformity.columns import compare_column, round_column
from qualitycity.methods.conformity.decision import decide
from qualitycity.methods.conformity.risk import Normal, global_risk
from qualitycity.methods.conformity.rounding import compare_limit
from qualitycity.methods.conformity.uncertainty import propagate

ROWS = 100_000


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; CPU seconds, ours and the loop in turn."""
    return [*_rounding(), _deciding(), *_propagating(), _risks()]


def _texts() -> list[str]:
    return [f"{value:.5f}" for value in np.random.default_rng(1).normal(0.5, 2.0, ROWS)]


def _rounding() -> list[dict[str, Any]]:
    texts, place, limit = _texts(), Decimal("0.01"), Decimal("0.50")

    def loop() -> list[str]:
        rounded = (Decimal(text).quantize(place, ROUND_HALF_EVEN) for text in texts)
        return [str(value) if value else "0.00" for value in rounded]

    def judged() -> list[bool]:
        return [Decimal(text).quantize(place, ROUND_HALF_EVEN) <= limit for text in texts]

    _same(loop(), round_column(texts, "0.01").tolist())
    _same(judged(), compare_column(texts, upper="0.50", method="rounded").conforms.tolist())
    _same(_one_by_one(texts), compare_column(texts, upper="0.50", method="rounded").conforms.tolist())
    peer, ours = in_turn(loop, lambda: round_column(texts, "0.01"))
    peer_judged, checked, ours_judged = in_turn(
        judged, lambda: _one_by_one(texts), lambda: compare_column(texts, upper="0.50", method="rounded")
    )
    bare = "a loop over Decimal.quantize (C), nothing checked"
    work = f"rounded-value limit comparison, {ROWS:,} decimal texts"
    return [
        row(f"GB/T 8170 rounding, {ROWS:,} decimal texts", ours, "", bare, peer),
        row(work, ours_judged, "", bare, peer_judged),
        row(work, ours_judged, "", "a loop over compare_limit, equally checked", checked),
    ]


def _one_by_one(texts: list[str]) -> list[bool | None]:
    return [compare_limit(text, upper="0.50", method="rounded").conforms for text in texts]


def _deciding() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    y, wide = rng.normal(10, 1, ROWS), rng.uniform(0.1, 0.5, ROWS)
    ys, wides = y.tolist(), wide.tolist()

    def loop() -> list[str]:
        found = []
        for value, band in zip(ys, wides, strict=True):
            if 8 + band <= value <= 12 - band:
                found.append("pass")
            elif 8 <= value <= 12:
                found.append("conditional pass")
            elif 8 - band <= value <= 12 + band:
                found.append("conditional fail")
            else:
                found.append("fail")
        return found

    _same(loop(), decide(y, wide, 8.0, 12.0, "non_binary").outcome.tolist())
    peer, ours = in_turn(loop, lambda: decide(y, wide, 8.0, 12.0, "non_binary"))
    return row(
        f"non-binary decision with edge flags, {ROWS:,} results", ours, "", "a loop of comparisons, no flags", peer
    )


def _propagating() -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    x, u = rng.uniform(1, 9, (ROWS, 2)), rng.uniform(0.01, 0.1, (ROWS, 2))
    xs, us = x.tolist(), u.tolist()

    def loop() -> list[float]:
        return [math.sqrt((b * ua) ** 2 + (a * ub) ** 2) for (a, b), (ua, ub) in zip(xs, us, strict=True)]

    def product(z: Any) -> Any:
        return z[..., 0] * z[..., 1]

    given = propagate(product, x, u, jac=lambda z: z[:, ::-1])
    if not (np.allclose(given.u, loop(), rtol=1e-14) and np.allclose(propagate(product, x, u).u, given.u, rtol=1e-11)):
        raise AssertionError("the uncertainties differ")
    peer, ours, numeric = in_turn(
        loop, lambda: propagate(product, x, u, jac=lambda z: z[:, ::-1]), lambda: propagate(product, x, u)
    )
    name = "a loop with the formula written out"
    note = "the package uncertainties was measured elsewhere at 1.05 s for this product"
    return [
        row(f"GUM product, {ROWS:,} elements, derivatives given", ours, "", name, peer) | {"note": note},
        row(f"GUM product, {ROWS:,} elements, derivatives found by differences", numeric, "", name, peer),
    ]


def _risks() -> dict[str, Any]:
    from scipy.integrate import quad
    from scipy.special import ndtr

    u = np.linspace(0.05, 0.5, 500)

    def one(spread: float) -> float:
        def taken(x: float) -> float:
            share = ndtr((2 - x) / spread) - ndtr((-2 - x) / spread)
            return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * float(share)

        return 2 * quad(taken, 2, 9, epsabs=1e-12, points=[2 + 3 * spread])[0]

    def loop() -> list[float]:
        return [one(spread) for spread in u.tolist()]

    found = global_risk(Normal(0.0, 1.0), u, (-2, 2), (-2, 2))
    if not np.allclose(found.consumer, loop(), atol=1e-10, rtol=0):
        raise AssertionError("the risks differ")
    peer, ours = in_turn(loop, lambda: global_risk(Normal(0.0, 1.0), u, (-2, 2), (-2, 2)))
    return row("global risks, 500 problems (ours: three risks each)", ours, "", "scipy.integrate.quad, one risk", peer)


def _same(one: list[Any], other: list[Any]) -> None:
    if one != other:
        raise AssertionError("the loop and the column differ")
