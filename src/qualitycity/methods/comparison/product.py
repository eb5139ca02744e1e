"""Product comparison (质量比对): which products differ beyond uncertainty, how far from the benchmark, what is public.

One laboratory tests all products on the same items, replicated and blind-coded (module blinding). What is common to
all results of the laboratory, such as its calibration, cancels in the differences; what is left is repeatability and
what differs from product to product. Two products are told apart only beyond a limit that holds for all pairs at once
(Tukey-Kramer). There is no order within a group that cannot be told apart, and none at all in the public table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .blinding import Design, Specimen, design
from .components import Cells, precision
from .outliers import OutlierTest, cochran
from .robust import made, median
from .rounds import Floats, numbers, places, positive, probability, shaped

__all__ = ["Comparison", "Design", "Gap", "PublicRow", "PublicTable", "Specimen"] + [
    "compare",
    "design",
    "gap",
    "public_table",
]

_CONSISTENT = 1.4826  # 1/Phi^-1(3/4): MAD of normal values to their standard deviation
_NOISE = 8 * np.finfo(float).eps  # means that are equal in exact arithmetic differ by less, relatively
_DIRECTIONS = ("higher", "lower", "target")


@dataclass(frozen=True)
class Comparison:
    """What a comparison of P products found; arrays [I, P] for items, [P] for one item alone.

    means, counts n; s_r [I] pooled repeatability with df [I] degrees of freedom; u standard uncertainty of a mean as it
    enters differences. quality is the mean turned so that more is better, z its robust score (NaN and `degenerate`
    where half the products are alike). different [I, P, P] says which pairs differ beyond uncertainty; group counts,
    from 0 for the best, the sets of which every member differs from every member of the next. rank_from and rank_to
    bound the rank: all that the data say of it. letters: products that share one cannot be told apart. repeatability
    is Cochran's test of the replicates.
    """

    means: Floats
    counts: NDArray[np.int64]
    s_r: Floats
    df: NDArray[np.int64]
    u: Floats
    quality: Floats
    z: Floats
    different: NDArray[np.bool_]
    group: NDArray[np.int64]
    rank_from: NDArray[np.int64]
    rank_to: NDArray[np.int64]
    letters: tuple[str, ...] | tuple[tuple[str, ...], ...]
    degenerate: NDArray[np.bool_]
    repeatability: OutlierTest
    direction: str | tuple[str, ...]
    level: float
    method: str = "pairs by Tukey-Kramer, robust z from median and 1.4826 MAD"
    standard: str = "ISO 5725-2:2019 (repeatability)"


@dataclass(frozen=True)
class Gap:
    """Distance of each product to a benchmark, positive where better, with expanded uncertainty U = 2u.

    verdict: "better", "worse", or "not told apart" where the distance does not exceed U.
    """

    distance: Floats
    U: Floats
    verdict: NDArray[np.str_]
    method: str = "distance to a benchmark, k = 2"


@dataclass(frozen=True)
class PublicRow:
    """One product in public: label, number of results, mean, expanded uncertainty (k = 2), letters."""

    label: str
    n: int
    mean: float
    U: float
    letters: str


@dataclass(frozen=True)
class PublicTable:
    """Facts of one item without any order of merit: rows by label, letters named in the order of the rows."""

    item: str
    rows: tuple[PublicRow, ...]
    level: float
    note: str = "products that share a letter do not differ beyond uncertainty; the order of the rows has no meaning"


def compare(
    values: ArrayLike,
    *,
    direction: str | Sequence[str] = "higher",
    target: ArrayLike | None = None,
    u: ArrayLike = 0.0,
    level: float = 0.95,
) -> Comparison:
    """Return which of P products differ beyond uncertainty, from replicated results.

    values: [P, n] one item, or [I, P, n]; NaN missing; at least 3 products with a result each, and replicates.
    direction: "higher" or "lower" is better, or "target" (nearer to `target` is better); one, or one an item. u: the
    standard uncertainty of a product's mean that replicates do not show and that differs from product to product
    (such as between packs), in the unit of the item: a number, [P] or [I, P]; leave out what all products share.
    level: probability that no pair is told apart wrongly. Raises ValueError naming what is missing or unknown.

    >>> found = compare([[5.0, 5.2], [5.1, 5.3], [7.0, 7.1], [5.2, 5.2]])
    >>> found.letters, found.group.tolist(), found.rank_from.tolist(), found.rank_to.tolist()
    (('b', 'b', 'a', 'b'), [1, 1, 0, 1], [2, 2, 1, 2], [4, 4, 1, 4])
    """
    data = _products(values)
    items, p = data.counts.shape
    s_r, df = np.atleast_1d(precision(data).s_r), data.counts.sum(axis=1) - p
    widths = np.sqrt(s_r[:, None] ** 2 / data.counts + _extra(u, items, p) ** 2)
    ways = (direction,) * items if isinstance(direction, str) else tuple(direction)
    quality = _turned(data.means, ways, target)
    noise = _NOISE * np.abs(data.means).max(axis=1)
    z, flat = _robust_z(quality, noise)
    better = _better(quality, widths, df, probability(level, "level"), noise)
    different = better | better.transpose(0, 2, 1)
    letters = tuple(_letters(one, np.argsort(-row, kind="stable")) for one, row in zip(different, quality, strict=True))
    alone = data.alone
    return Comparison(
        means=shaped(data.means, alone),
        counts=shaped(data.counts, alone),
        s_r=shaped(s_r, alone),
        df=shaped(df, alone),
        u=shaped(widths, alone),
        quality=shaped(quality, alone),
        z=shaped(z, alone),
        different=shaped(different, alone),
        group=shaped(_groups(different, quality), alone),
        rank_from=shaped(1 + better.sum(axis=1), alone),
        rank_to=shaped(p - better.sum(axis=2), alone),
        letters=letters[0] if alone else letters,
        degenerate=shaped(flat, alone),
        repeatability=cochran(data),
        direction=ways[0] if alone else ways,
        level=level,
    )


def gap(found: Comparison, benchmark: ArrayLike, u_benchmark: ArrayLike = 0.0) -> Gap:
    """Return how far each product is from a benchmark value on the way from worse to better.

    found: a comparison with direction "higher" or "lower". benchmark and its standard uncertainty: a number, or one an
    item [I], in the unit of the item. U = 2 sqrt(u² + u_benchmark²).

    >>> found = compare([[5.0, 5.2], [5.1, 5.3], [7.0, 7.1], [5.2, 5.2]])
    >>> gap(found, 5.2).verdict.tolist()
    ['not told apart', 'not told apart', 'better', 'not told apart']
    """
    aim, u_aim = numbers(benchmark, "benchmark"), positive(u_benchmark, "u_benchmark", zero=True)
    if "target" in np.atleast_1d(found.direction):
        raise ValueError('found has direction "target": the quality already is the distance to the target')
    sign = np.where(np.asarray(found.direction) == "higher", 1.0, -1.0)
    for name, value in (("benchmark", aim), ("u_benchmark", u_aim)):
        if value.shape not in ((), sign.shape) or np.isnan(value).any():
            raise ValueError(f"{name} must be one number or one an item {sign.shape}, not {value}")
    distance = found.quality - (sign * aim)[..., None]
    expanded = 2 * np.hypot(found.u, u_aim[..., None])
    verdict = np.select([distance > expanded, -distance > expanded], ["better", "worse"], "not told apart")
    return Gap(distance, expanded, verdict)


def public_table(found: Comparison, labels: Sequence[str], item: str) -> PublicTable:
    """Return what may be published of one item: values with uncertainty, letters, no order of merit.

    found: the comparison of one item alone. labels: a different name (or code) for each product. Rows go by label;
    letters are named anew in the order of the rows, so that no letter means "best".

    >>> found = compare([[5.0, 5.2], [5.1, 5.3], [7.0, 7.1], [5.2, 5.2]])
    >>> [(row.label, row.letters) for row in public_table(found, ["d", "b", "c", "a"], "pH").rows]
    [('a', 'a'), ('b', 'a'), ('c', 'b'), ('d', 'a')]
    """
    if found.means.ndim != 1:
        raise ValueError("found must be the comparison of one item alone")
    if len(labels) != len(found.means) or len(set(labels)) != len(labels):
        raise ValueError(f"labels must be {len(found.means)} different names, not {list(labels)}")
    order = sorted(range(len(labels)), key=lambda at: labels[at])
    letters = _letters(found.different, np.array(order))
    rows = tuple(
        PublicRow(labels[at], int(found.counts[at]), float(found.means[at]), 2 * float(found.u[at]), letters[at])
        for at in order
    )
    return PublicTable(item, rows, found.level)


def _products(values: ArrayLike) -> Cells:
    data = Cells.of(values, "values")
    p, empty = data.counts.shape[1], np.argwhere(data.counts == 0)
    if p < 3 or len(empty):
        said = f"{p} given, without result: {places(empty)}"
        raise ValueError(f"values needs at least 3 products with a result each; {said}")
    return data


def _extra(u: ArrayLike, items: int, p: int) -> Floats:
    """The part of the uncertainty that the replicates do not show."""
    extra = positive(u, "u", zero=True)
    if np.isnan(extra).any() or extra.shape not in ((), (p,), (items, p)):
        raise ValueError(f"u must be one number, [{p}] or [{items}, {p}] without NaN, not {extra.shape}")
    return extra


def _robust_z(quality: Floats, noise: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(x - median)/(1.4826 MAD) an item, NaN where the MAD is 0; and where it is."""
    spread = made(quality, factor=_CONSISTENT)
    flat = spread <= noise
    return (quality - median(quality)[:, None]) / np.where(flat, np.nan, spread)[:, None], flat


def _better(quality: Floats, widths: Floats, df: NDArray[np.int64], level: float, noise: Floats) -> NDArray[np.bool_]:
    """[I, P, P]: the first product is better than the second beyond the limit of all pairs."""
    reach = np.array([_tukey(quality.shape[1], int(free), level) for free in df])
    limit = reach[:, None, None] * np.sqrt((widths[:, :, None] ** 2 + widths[:, None, :] ** 2) / 2)
    return quality[:, :, None] - quality[:, None, :] > np.maximum(limit, noise[:, None, None])


def _turned(means: Floats, ways: tuple[str, ...], target: ArrayLike | None) -> Floats:
    """The means [I, P] turned so that more is better."""
    unknown = [way for way in ways if way not in _DIRECTIONS]
    if unknown or len(ways) != len(means):
        raise ValueError(f"direction must be one of {_DIRECTIONS}, one or {len(means)} of them, not {ways}")
    if "target" not in ways:
        if target is not None:
            raise ValueError('target is given but no direction is "target"')
        return means * np.array([1.0 if way == "higher" else -1.0 for way in ways])[:, None]
    aims = numbers(np.nan if target is None else target, "target")
    if aims.shape not in ((), (len(means),)):
        raise ValueError(f"target must be one number or one an item, not {aims.shape}")
    aims = np.broadcast_to(aims, len(means))
    lacking = [at for at, way in enumerate(ways) if way == "target" and np.isnan(aims[at])]
    if lacking:
        raise ValueError(f'target is missing for direction "target" in item {lacking}')
    turned = {"higher": means, "lower": -means, "target": -np.abs(means - aims[:, None])}
    return np.stack([turned[way][at] for at, way in enumerate(ways)])


def _groups(different: NDArray[np.bool_], quality: Floats) -> NDArray[np.int64]:
    """Best first, a new group where all before differ from all after."""
    out = np.empty(quality.shape, dtype=np.int64)
    for item, row in enumerate(quality):
        order = np.argsort(-row, kind="stable")
        apart = different[item][np.ix_(order, order)]
        splits = [apart[:at, at:].all() for at in range(1, len(order))]
        out[item, order] = np.concatenate([[0], np.cumsum(splits)])
    return out


def _letters(different: NDArray[np.bool_], order: NDArray[np.int64]) -> tuple[str, ...]:
    """Letters for the largest sets without a differing pair, named by their first members in `order`.

    Insert and absorb (H.-P. Piepho, J. Comput. Graph. Stat. 13 (2004) 456-466): every differing pair splits the sets
    that hold both; a set within another goes.
    """
    sets = {frozenset(range(len(different)))}
    for i, j in np.argwhere(np.triu(different)):
        both = {one for one in sets if i in one and j in one}
        parts = {one - {int(gone)} for one in both for gone in (i, j)}
        sets = (sets - both) | parts
        sets -= {one for one in parts if any(one < other for other in sets)}
    place = {int(at): where for where, at in enumerate(order)}
    ranked = sorted(sets, key=lambda one: sorted(place[at] for at in one))
    return tuple("".join(_name(which) for which, one in enumerate(ranked) if at in one) for at in range(len(different)))


def _name(which: int) -> str:
    """a to z, then a1 to z1, and so on."""
    turn, letter = divmod(which, 26)
    return chr(ord("a") + letter) + (str(turn) if turn else "")


@cache
def _tukey(p: int, df: int, level: float) -> float:
    """The quantile of the studentized range of p means."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(level, p, df))
