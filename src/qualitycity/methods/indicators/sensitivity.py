"""Sensitivity: which uncertain choice moves the ranks, by Sobol's indices with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .construction import Index
from .robustness import Spec, run, sizes
from .table import Floats

__all__ = ["Sobol", "saltelli", "sobol", "sobol_indices"]


@dataclass(frozen=True, eq=False)
class Sobol:
    """First-order ``S`` and total ``ST`` indices (d,) of the choices ``names``, with intervals (2, d).

    ``variance`` of the output; with none the output does not depend on any choice and the indices are NaN. Estimates of
    few runs can be negative or above 1: they are not cut, look at the intervals.
    """

    names: tuple[str, ...]
    S: Floats
    ST: Floats
    S_interval: Floats
    ST_interval: Floats
    variance: float
    level: float
    output: Floats
    method: str = "Saltelli et al. 2010 (S), Jansen 1999 (ST)"


def saltelli(n: int, d: int, rng: np.random.Generator) -> Floats:
    """Return the design of n (d + 2) points in the unit cube, blocks A, B, then A with column i of B for each i.

    A and B are the halves of a scrambled Sobol sequence in 2 d dimensions (``n`` a power of two keeps its balance).
    Saltelli et al., Computer Physics Communications 181 (2010) 259-270.

    >>> design = saltelli(8, 2, np.random.default_rng(1))
    >>> design.shape, bool((design[16:24, 1] == design[:8, 1]).all()), bool((design[16:24, 0] == design[8:16, 0]).all())
    ((32, 2), True, True)
    """
    from scipy.stats import qmc  # heavy: only those who sample pay for it

    if n < 2 or n & (n - 1) or d < 1:
        raise ValueError(f"n: {n} is not a power of two from 2 up (with {d} choices)")
    both = qmc.Sobol(2 * d, scramble=True, rng=rng).random(n)
    first, second = both[:, :d], both[:, d:]
    blocks = [first, second]
    for at in range(d):
        mixed = first.copy()
        mixed[:, at] = second[:, at]
        blocks.append(mixed)
    return np.concatenate(blocks)


def sobol_indices(
    y: Floats,
    d: int,
    rng: np.random.Generator,
    resamples: int = 1000,
    level: float = 0.9,
    centre: bool = True,
    names: tuple[str, ...] | None = None,
) -> Sobol:
    """Estimate S and ST from the outputs ``y`` (n (d + 2),) of a design by :func:`saltelli`.

    S_i = mean(y_B (y_ABi - y_A)) / V, ST_i = mean((y_A - y_ABi)²) / 2 V, V the sample variance over A and B.
    ``centre`` takes the mean off first, which changes S but not what it estimates and lessens its noise; COINr does
    not. Intervals of ``level`` by the bootstrap over the n points.

    >>> rng = np.random.default_rng(7)
    >>> u = saltelli(1024, 2, rng)
    >>> found = sobol_indices(u[:, 0] + 2 * u[:, 1], 2, rng)
    >>> found.S.round(2).tolist(), found.ST.round(2).tolist()
    ([0.2, 0.8], [0.2, 0.8])
    """
    if d < 1 or len(y) % (d + 2) or len(y) < 2 * (d + 2) or not np.isfinite(y).all():
        raise ValueError(f"y: {len(y)} finite outputs of n ({d} + 2) runs with n from 2 up are needed")
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples, level: {resamples} resamples give no interval of {level}")
    blocks = (y - y.mean() if centre else y).reshape(d + 2, -1)
    first, second, mixed = blocks[0], blocks[1], blocks[2:]
    count = len(first)
    parts = np.concatenate([second * (mixed - first), (first - mixed) ** 2 / 2])  # (2 d, n)
    moments = np.stack([first + second, first**2 + second**2])
    tallies = rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(float)
    tallies = np.concatenate([np.ones((1, count)), tallies])  # the first "resample" is the sample itself
    total, square = tallies @ moments.T[:, 0], tallies @ moments.T[:, 1]
    variance = (square - total**2 / (2 * count)) / (2 * count - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = variance <= 1e-24 * max(1.0, float(np.abs(y).max()) ** 2)
        found = np.where(flat[:, None], np.nan, tallies @ parts.T / count / variance[:, None])
    tail = (1 - level) / 2
    drawn = found[1:][~flat[1:]]
    bounds = np.quantile(drawn, [tail, 1 - tail], axis=0) if len(drawn) else np.full((2, 2 * d), np.nan)
    called = names if names is not None else tuple(f"x{at + 1}" for at in range(d))
    return Sobol(called, found[0, :d], found[0, d:], bounds[:, :d], bounds[:, d:], float(variance[0]), level, y)


def sobol(index: Index, spec: Spec, n: int, rng: np.random.Generator, resamples: int = 1000) -> Sobol:
    """Say which choice of ``spec`` moves the ranks, from ``n`` (choices + 2) builds of the index, rules replayed.

    The output is the mean absolute change of rank against the nominal index, the target COINr uses. ``n`` is a power of
    two. OECD/JRC Handbook (2008), step 7; Saisana, Saltelli and Tarantola (2005).
    """
    options = sizes(index, spec)
    points = saltelli(n, len(spec), rng)
    runs = run(index, spec, np.minimum((points * options).astype(np.int64), options - 1))
    shift = np.abs(runs.ranks - index.ranks)
    if np.isnan(shift).all(axis=1).any():
        raise ValueError("spec: some choice leaves no unit with a rank to compare")
    return sobol_indices(np.nanmean(shift, axis=1), len(spec), rng, resamples, names=tuple(f.name for f in spec))
