"""Rounds of laboratories beside pt13528, which estimates one round at a time; CPU seconds, in turn, one process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row
from pt13528 import robust

from qualitycity.methods.comparison import precision, proficiency

ROUNDS, LABS = 5_000, 40


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; every result is compared with the peer's before timing."""
    rng = np.random.default_rng(13528)
    exact = rng.normal(10, 1, (ROUNDS, LABS))
    exact[:, :3] += rng.normal(0, 8, (ROUNDS, 3))
    tied = exact.round(1)
    scale = np.asarray(proficiency.q_method(exact))
    size = f"{ROUNDS:,} rounds × {LABS} labs"
    return [
        _beside(
            f"Algorithm A, {size}",
            "ratio ≥ 50",
            lambda: proficiency.algorithm_a(exact).scale,
            lambda: [robust.algorithm_a(x).scale for x in exact],
        ),
        _beside(
            f"Q method, {size}",
            "ratio ≥ 200",
            lambda: proficiency.q_method(exact),
            lambda: [robust.q_method(x) for x in exact],
        ),
        _beside(
            f"Q method, results with one decimal (ties), {size}",
            "ratio ≥ 50",
            lambda: proficiency.q_method(tied),
            lambda: [robust.q_method(x) for x in tied],
        ),
        _beside(
            f"Hampel, {size}",
            "ratio ≥ 12",
            lambda: proficiency.hampel(exact, scale),
            lambda: [robust.hampel(x, s) for x, s in zip(exact, scale, strict=True)],
        ),
        _precision(rng),
    ]


def _beside(work: str, target: str, ours: Callable[[], Any], peer: Callable[[], Any]) -> dict[str, Any]:
    """The first call of each warms it and compares all results."""
    np.testing.assert_allclose(ours(), peer(), rtol=1e-9)
    quick, slow = in_turn(ours, peer, rounds=2)
    return row(work, quick, target, "pt13528", slow)


def _precision(rng: np.random.Generator) -> dict[str, Any]:
    """No Python peer has ISO 5725-2."""
    cells = rng.normal(10, 1, (ROUNDS, 10, 3))
    precision.precision(cells)
    return row(
        f"precision, {ROUNDS:,} levels × 10 labs × 3 replicates", in_turn(lambda: precision.precision(cells))[0], ""
    )
