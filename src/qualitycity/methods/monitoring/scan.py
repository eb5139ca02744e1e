"""Scan statistics: the place, or the place and time, where cases crowd most beyond what the population explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy import special

from qualitycity.methods.monitoring.arguments import Flags, Floats, Ints, at_least, counts, matrix, vector
from qualitycity.methods.monitoring.zones import Candidates, circles

STANDARD = "Kulldorff, Communications in Statistics 26 (1997) 1481–1496"
STANDARD_TIME = "Kulldorff, JRSS A 164 (2001) 61–72"


@dataclass(frozen=True)
class Zone:
    """One cluster: ``ids`` of its places, nearest to ``ids[0]``, the centre, first; ``first`` and ``last`` period.

    ``observed`` and ``expected`` cases; ``risk`` inside divided by outside (infinite where nothing lies outside);
    ``llr`` the log likelihood ratio; ``p`` by Monte Carlo against the maximum over all zones (NaN for ``nsim=0``).
    """

    ids: tuple[int, ...]
    radius: float
    first: int
    last: int
    observed: int
    expected: float
    risk: float
    llr: float
    p: float


@dataclass(frozen=True)
class Scan:
    """``zones``, the strongest first and none overlapping another; ``maxima`` [nsim] of the simulations."""

    zones: tuple[Zone, ...]
    maxima: Floats
    method: str
    standard: str


@dataclass(frozen=True)
class _Cells:
    """What the kernels read: expected shares [n, T], Σ c ln c tables, and how windows may lie in time."""

    expected: Floats
    c_log_c: Floats
    shortest: int
    longest: int
    open_end: bool


def circular(
    xy: ArrayLike,
    cases: ArrayLike,
    population: ArrayLike,
    *,
    max_share: float,
    nsim: int,
    rng: np.random.Generator,
    most: int = 10,
) -> Scan:
    """Kulldorff's circular scan with Poisson likelihood.

    ``xy`` [n, 2] plane coordinates (project longitude and latitude first), ``cases`` [n] whole numbers, ``population``
    [n] ≥ 0 (or expected counts on any scale); circles hold at most ``max_share`` (≤ 1) of the population; ``nsim``
    multinomial replicates with ``rng`` give p = (1 + those at least as extreme)/(nsim + 1). At most ``most`` zones.

    Raises ValueError for fractional cases (round them yourself: peers floor them unasked), no case at all, a case
    where no population is, lengths that differ.

    Source: Kulldorff 1997. Only zones with more cases than expected count.

    >>> xy = [[x, y] for x in range(4) for y in range(4)]
    >>> cases = [9, 8, 1, 2, 7, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2]
    >>> found = circular(xy, cases, [10] * 16, max_share=0.5, nsim=99, rng=np.random.default_rng(1))
    >>> found.zones[0].ids, found.zones[0].observed, round(found.zones[0].llr, 3), found.zones[0].p
    ((0, 1, 4), 24, 15.231, 0.01)
    """
    size = vector("cases", cases, lowest=0, whole=True)
    crowd = vector("population", population, lowest=0)
    return _scan(xy, size[:, None], crowd[:, None], max_share, (1, 1, True), nsim, rng, most, ("circular", STANDARD))


def space_time(
    xy: ArrayLike,
    cases: ArrayLike,
    population: ArrayLike,
    *,
    max_share: float,
    max_duration: int,
    nsim: int,
    rng: np.random.Generator,
    min_duration: int = 1,
    prospective: bool = True,
    most: int = 10,
) -> Scan:
    """Space-time scan: cylinders, a circle as base and a run of periods as height.

    ``cases`` [n, T] whole numbers; ``population`` [n] (the same in every period) or [n, T] (at risk, or expected
    counts); a cylinder lasts ``min_duration`` to ``max_duration`` periods and, if ``prospective``, reaches to the last
    one («is something going on now?»), else may lie anywhere. The rest as in :func:`circular`.

    Raises ValueError as :func:`circular`, and for durations outside 1…T.

    Source: Kulldorff 2001; replicates spread all cases over places and periods.

    >>> cases = np.ones((5, 6), dtype=int); cases[1:3, 4:] = 6
    >>> xy = [[x * x, 0] for x in range(5)]
    >>> kwargs = dict(max_share=0.5, max_duration=3, nsim=99, rng=np.random.default_rng(1))
    >>> zone = space_time(xy, cases, [1] * 5, **kwargs).zones[0]
    >>> zone.ids, zone.first, zone.last, zone.observed, round(zone.expected, 3), zone.p
    ((2, 1), 4, 5, 24, 6.667, 0.01)
    """
    size = counts("cases", cases, missing=False, whole=True)
    crowd = np.asarray(population, dtype=np.float64)
    crowd = (
        vector("population", crowd, lowest=0)[:, None]
        if crowd.ndim == 1
        else counts("population", crowd, missing=False)
    )
    if crowd.shape[0] != size.shape[0] or crowd.shape[1] not in (1, size.shape[1]):
        raise ValueError(f"population must be [n] or [n, T] = {size.shape}; its shape is {np.shape(population)}")
    crowd = np.ascontiguousarray(np.broadcast_to(crowd, size.shape))
    shortest = at_least("min_duration", min_duration, 1)
    longest = at_least("max_duration", max_duration, shortest)
    if longest > size.shape[1]:
        raise ValueError(f"max_duration must be at most the {size.shape[1]} periods of cases; it is {max_duration}")
    name = "space-time, prospective" if prospective else "space-time, retrospective"
    return _scan(xy, size, crowd, max_share, (shortest, longest, prospective), nsim, rng, most, (name, STANDARD_TIME))


def _scan(
    xy: ArrayLike,
    cases: Floats,
    population: Floats,
    max_share: float,
    heights: tuple[int, int, bool],
    nsim: int,
    rng: np.random.Generator,
    most: int,
    names: tuple[str, str],
) -> Scan:
    place = matrix("xy", xy, missing=False)
    total = _check(place, cases, population, max_share)
    at_least("nsim", nsim, 0)
    at_least("most", most, 1)
    share = population / population.sum()
    table = special.xlogy(np.arange(total + 1), np.arange(total + 1))
    cells = _Cells(share * total, table, *heights)
    zones = circles(place, population.sum(axis=1), max_share)
    best, ends, firsts, lasts = _strongest(_whole(cases), zones, cells)
    maxima = np.empty(nsim)
    for at in range(nsim):  # one replicate at a time: all of them at once would not fit for long series
        drawn = rng.multinomial(total, share.ravel()).reshape(share.shape)
        maxima[at] = _strongest(drawn, zones, cells)[0].max()
    found: list[Zone] = []
    taken: Flags = np.zeros(len(place), dtype=np.bool_)
    while len(found) < most:
        # A centre's own best zone may touch a stronger one while a smaller circle around it does not: ask again.
        best, ends, firsts, lasts = (
            _strongest(_whole(cases), zones, cells, taken) if found else (best, ends, firsts, lasts)
        )
        centre = int(np.argmax(best))
        if best[centre] <= 0:
            break
        ids = zones.order[zones.start[centre] : ends[centre] + 1]
        window = slice(int(firsts[centre]), int(lasts[centre]) + 1)
        radius = float(zones.radius[ends[centre]])
        found.append(_zone(ids, radius, window, cases, cells, float(best[centre]), maxima))
        taken[ids] = True
    return Scan(tuple(found), maxima, *names)


def _zone(ids: Ints, radius: float, window: slice, cases: Floats, cells: _Cells, llr: float, maxima: Floats) -> Zone:
    inside, expected = float(cases[ids, window].sum()), float(cells.expected[ids, window].sum())
    outside, rest = float(cases.sum()) - inside, float(cells.expected.sum()) - expected
    p = (1 + int((maxima >= llr * (1 - 1e-12)).sum())) / (1 + maxima.size) if maxima.size else float("nan")
    risk = (inside / expected) / (outside / rest) if outside > 0 else float("inf")
    return Zone(tuple(map(int, ids)), radius, window.start, window.stop - 1, int(inside), expected, risk, llr, p)


def _check(xy: Floats, cases: Floats, population: Floats, max_share: float) -> int:
    """The number of cases, if everything fits together; else all that does not, at once."""
    faults = []
    if xy.shape[1] != 2:
        faults.append(f"xy must be [n, 2]; its shape is {xy.shape}")
    if not xy.shape[0] == cases.shape[0] == population.shape[0]:
        faults.append(
            f"xy, cases and population must have one length; it is {len(xy)}, {len(cases)}, {len(population)}"
        )
    elif np.any((population == 0) & (cases > 0)):
        faults.append(f"population is 0 where cases are, at {np.argwhere((population == 0) & (cases > 0))[0]}")
    if not 0 < max_share <= 1:
        faults.append(f"max_share must lie in (0, 1]; it is {max_share!r}")
    if cases.sum() == 0:
        faults.append("cases must hold at least one case; their sum is 0")
    if faults:
        raise ValueError("; ".join(faults))
    return int(cases.sum())


def _whole(cases: Floats) -> Ints:
    return np.ascontiguousarray(cases.astype(np.int64))


def _strongest(
    cases: Ints, zones: Candidates, cells: _Cells, taken: Flags | None = None
) -> tuple[Floats, Ints, Ints, Ints]:
    """Of each centre: the largest log likelihood ratio, where its circle ends, first and last period."""
    n = len(zones.start) - 1
    best, end, first, last = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    barred = np.zeros(n, np.bool_) if taken is None else taken
    window = (cells.shortest, cells.longest, cells.open_end)
    args = (cases, cells.expected, cells.c_log_c, zones.start, zones.order, zones.closed, barred)
    _search(*args, *window, best, end, first, last)
    return best, end, first, last


@njit(cache=True)
def _search(
    cases: Ints,
    expected: Floats,
    c_log_c: Floats,
    start: Ints,
    order: Ints,
    closed: Flags,
    barred: Flags,
    shortest: int,
    longest: int,
    open_end: bool,
    best: Floats,
    end: Ints,
    first: Ints,
    last: Ints,
) -> None:
    periods, total = cases.shape[1], len(c_log_c) - 1
    inside, mean = np.empty(periods), np.empty(periods)
    for centre in range(len(start) - 1):
        inside[:], mean[:] = 0.0, 0.0
        for at in range(start[centre], start[centre + 1]):
            if barred[order[at]]:
                break
            for t in range(periods):
                inside[t] += cases[order[at], t]
                mean[t] += expected[order[at], t]
            if not closed[at]:
                continue
            for stop in range(periods - 1 if open_end else shortest - 1, periods):
                c, e = 0.0, 0.0
                for begin in range(stop, max(-1, stop - longest), -1):
                    c += inside[begin]
                    e += mean[begin]
                    if stop - begin + 1 >= shortest and c > e and e > 0:
                        llr = c_log_c[int(c)] - c * np.log(e)
                        if c < total:
                            llr += c_log_c[total - int(c)] - (total - c) * np.log(total - e)
                        if llr > best[centre]:
                            best[centre], end[centre], first[centre], last[centre] = llr, at, begin, stop
