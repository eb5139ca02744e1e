"""The genetic algorithm: lists of tasks, serial schedules, double justification; steady state, duplicates refused.

An individual is a list of tasks that keeps the links. Every child is scheduled forward, then pushed as late as it goes
in the order of its finishes, then as early as it goes in the order of its starts, and takes the list of the result.
Each of the three counts as one schedule. A child enters if it is no worse than the worst and no twin of it is there.
Everything is drawn from one xorshift generator, so that a seed gives the same plan on every machine.

Departments' free capacity stands in 15-bit lanes, four departments to a 64-bit word, so that one subtraction tells
whether all four suffice on a day. One kernel serves both directions of time: the backward pass is the same work on
the mirrored net.

Source: serial schedules: R. Kolisch, "Serial and parallel resource-constrained project scheduling methods revisited",
EJOR 90 (1996) 320-333; justification: V. Valls, F. Ballestín, S. Quintanilla, "Justification and RCPSP", EJOR 165
(2005) 375-386; genetic algorithm: S. Hartmann, "A competitive genetic algorithm for resource-constrained project
scheduling", Naval Research Logistics 45 (1998) 733-750; V. Valls, F. Ballestín, S. Quintanilla, "A hybrid genetic
algorithm for the RCPSP", EJOR 185 (2008) 495-508.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels import Herd, Net, Scratch

POPULATION = 400
_NEVER = np.iinfo(np.int64).max


def scratch(forward: Net, backward: Net) -> Scratch:
    """Return fresh working memory for a pair of nets."""
    tasks = forward.duration.size
    tally = np.empty(forward.base.shape[1] + 3, dtype=np.int64)
    used = np.zeros((2, 2), dtype=np.int64)
    lines, taken = np.empty((3, tasks), dtype=np.int64), np.zeros(tasks, dtype=np.bool_)
    return Scratch(forward.base.copy(), backward.base.copy(), used, tally, lines[0], lines[1], lines[2], taken)


def herd(size: int, tasks: int) -> Herd:
    """Return an empty population."""
    return Herd(
        np.empty((size, tasks), dtype=np.int64),
        np.full(size, _NEVER, dtype=np.int64),
        np.zeros(size, dtype=np.int64),
    )


def seeded(seed: int, island: int) -> NDArray[np.uint64]:
    """Return the generator's state for a seed and an island (splitmix64 of both, never 0)."""
    x = (seed * 0x9E3779B97F4A7C15 + island * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) % 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> shift)) * factor % 2**64
    return np.array([(x ^ (x >> 31)) or 1], dtype=np.uint64)
