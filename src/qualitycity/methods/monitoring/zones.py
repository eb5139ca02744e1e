"""Candidate zones of a circular scan: around every place the nearest places, as far as their population allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitycity.methods.monitoring.arguments import Flags, Floats, Ints


@dataclass(frozen=True)
class Candidates:
    """Circles around each of n places.

    The places of centre i, nearest first, are ``order[start[i]:start[i + 1]]`` with distances ``radius``; every prefix
    that ends at a ``closed`` place is a zone. Places at one distance enter together (the circle through one holds the
    others), which makes the zones independent of the order of the places.
    """

    start: Ints
    order: Ints
    radius: Floats
    closed: Flags


def circles(xy: Floats, population: Floats, max_share: float) -> Candidates:
    """All circles [around each of n places] whose population is at most ``max_share`` of the whole.

    >>> found = circles(np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]), np.array([1.0, 1.0, 2.0]), 0.5)
    >>> found.start.tolist(), found.order.tolist()
    ([0, 2, 4, 5], [0, 1, 1, 0, 2])
    """
    most = max_share * population.sum() * (1 + 1e-12)
    orders, radii, ends = [], [], []
    for place in xy:
        distance = np.hypot(*(xy - place).T)
        order = np.argsort(distance, kind="stable")
        rising = distance[order]
        last = np.append(rising[1:] > rising[:-1] * (1 + 1e-12), True)
        held = np.cumsum(population[order])
        fitting = np.flatnonzero(last & (held <= most))
        size = int(fitting[-1]) + 1 if fitting.size else 0
        orders.append(order[:size])
        radii.append(rising[:size])
        ends.append(last[:size])
    start = np.cumsum([0, *map(len, orders)])
    return Candidates(start, np.concatenate(orders), np.concatenate(radii), np.concatenate(ends))
