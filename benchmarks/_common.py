"""What every benchmark uses: rows of the table, CPU seconds, taking turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def row(work: str, ours: float, target: str, peer: str = "", theirs: float | None = None) -> dict[str, Any]:
    """One line of the table."""
    ratio = None if theirs is None else theirs / ours
    return {"work": work, "ours_s": ours, "peer": peer, "peer_s": theirs, "ratio": ratio, "target": target}


def cost(work: Callable[[], Any]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turn(*works: Callable[[], Any], rounds: int = 3) -> list[float]:
    """Best CPU seconds of each; the methods take turns, so that a disturbance hits all of them."""
    times = [[cost(work) for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*times, strict=True)]
