"""The most likely source of several failing samples: a random walk along the goods, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from qualitycity.methods.tracing.blocks import EdgeBlock, exact
from qualitycity.methods.tracing.files import fixed
from qualitycity.methods.tracing.index import TraceIndex
from qualitycity.methods.tracing.kernels import pick, slot, span, visited, walk

SWEEPS = 10_000
PRECISION = 1e-15


@dataclass(frozen=True)
class LikelySource:
    """Candidates, the likeliest first; equal ones by number.

    `lots` [k] and their `holder`; `log_likelihood` (natural logarithm); `posterior` sums to 1 over the candidates;
    `explained` how many of the positive samples can have come from the lot. `converged` is False if goods go round in
    circles so long that the probabilities had not settled after 10,000 sweeps.
    """

    lots: NDArray[np.int32]
    holder: NDArray[np.int32]
    log_likelihood: NDArray[np.float64]
    posterior: NDArray[np.float64]
    explained: NDArray[np.int32]
    converged: bool
    method: str = "random walk on shipments, maximum likelihood over all paths"


@njit(cache=True)
def shares(lot: Any, graph: Any, today: Any, quantity: Any, unit: Any, share: Any) -> Any:
    """Write the share of each link of a lot into `share`: by quantity if all are known in one unit, else equal."""
    low, high, late, last = span(graph[0], today[0], today[1], lot)
    (amounts, amounts_late), (units, units_late), numbers = quantity, unit, today[3]
    known, total, code = amounts.size + amounts_late.size > 0, 0.0, np.int64(0)
    for at in range(low, high + last - late):
        edge = at if at < high else numbers[at - high + late]
        amount = pick(amounts, amounts_late, edge) if known else 1.0
        measure = np.int64(pick(units, units_late, edge)) if units.size + units_late.size else code
        known &= amount > 0 and (at == low or measure == code)
        share[at - low], code = amount, measure
        total += amount
    for at in range(high - low + last - late):
        share[at] = share[at] / total if known else 1.0 / (high - low + last - late)


@njit(cache=True)
def hitting(lots: Any, size: int, graph: Any, today: Any, quantity: Any, unit: Any) -> Any:
    """For each lot of a backward trace, the probability that a walk forward from it reaches the sample in row 0.

    Each step takes a link with probability its share of what leaves the lot. Swept from the sample outwards until
    nothing changes: exact for a network without circles, and a geometric limit with them. Answers (h, converged).
    """
    count = lots.size
    table = visited(lots)
    row_of = np.empty(table.size, np.int64)
    starts, others, late_lots, late_start, late_others = graph[0], graph[1], today[0], today[1], today[2]
    for row in range(count):
        row_of[slot(table, lots[row])] = row
    first, there, chance_of, used = np.zeros(count + 1, np.int64), np.empty(size, np.int64), np.empty(size), 0
    share = np.empty(64)
    for row in range(1, count):
        low, high, late, last = span(starts, late_lots, late_start, lots[row])
        links = high - low + last - late
        share = np.empty(2 * links) if links > share.size else share
        shares(lots[row], graph, today, quantity, unit, share)
        for at in range(links):
            other = others[low + at] if low + at < high else late_others[low + at - high + late]
            found = slot(table, other)
            if table[found] == other:
                there[used], chance_of[used] = row_of[found], share[at]
                used += 1
        first[row + 1] = used
    chance = np.zeros(count)
    chance[0] = 1.0
    for _sweep in range(SWEEPS):
        change = 0.0
        for row in range(1, count):
            fresh = 0.0
            for at in range(first[row], first[row + 1]):
                fresh += chance_of[at] * chance[there[at]]
            change = max(change, abs(fresh - chance[row]))
            chance[row] = fresh
        if change <= PRECISION:
            return chance, True
    return chance, False


def reach(index: TraceIndex, sample: int) -> tuple[NDArray[np.int32], NDArray[np.float64], bool]:
    """(lots, probability that goods of the lot end in or pass the sample, converged) for all lots behind a sample."""
    lots, *_rest, edges = walk(*index.prepared("back", [sample]))
    graph, today = index.forward_links
    chance, converged = hitting(lots, edges.size, graph, today, _evidence(index, "quantity"), _evidence(index, "unit"))
    return lots, chance, converged


def likely_source(
    index: TraceIndex,
    positive: ArrayLike,
    negative: ArrayLike = (),
    *,
    prior: Mapping[int, float] | None = None,
    weights: ArrayLike | None = None,
    detection: float = 1.0,
    epsilon: float = 1e-6,
) -> LikelySource:
    """Rank the lots behind failing samples by how likely each is their common source.

    Parameters
    ----------
    positive : lots whose samples failed; `negative` : lots whose samples were tested and passed (repeat a lot for each
        sample).
    prior : weights of the only candidates, by lot (for instance one layer of the chain); default: every lot behind a
        positive sample, equally.
    weights : weight of each positive sample, default 1. The model takes samples as drawn with equal chance: give 1/n
        where n came from one shop, or shops that are sampled often look guilty.
    detection : probability that a test finds a contaminated sample (0 < detection <= 1).
    epsilon : probability that a failing sample has another cause (0 < epsilon < 1).

    log L(u) = sum_j w_j log(epsilon + (1 - epsilon) h_j(u)) + sum_k log(1 - detection h_k(u)), h_j(u) being the chance
    that a walk from u reaches sample j, choosing links by their share of the quantity (equal shares where one is
    missing, not above 0 or in another unit). Raises ValueError for unknown lots, no positive sample, parameters out of
    range, and negatives that exclude all.

    Source: Horn & Friedrich, J. R. Soc. Interface 16 (2019) 20180624; the negatives are the complement.

    >>> from qualitycity.methods.tracing import EdgeBlock
    >>> index = TraceIndex.of(EdgeBlock([0, 1, 1, 2, 2], [1, 2, 3, 4, 5]))  # 0 -> 1 -> 2 -> 4, 5 and 1 -> 3
    >>> likely_source(index, [4, 5]).lots.tolist()[:2]
    [2, 0]
    """
    failed, passed = exact(positive, np.int32, "positive"), exact(negative, np.int32, "negative")
    weight = np.ones(failed.size) if weights is None else exact(weights, np.float64, "weights")
    _check(failed, weight, detection, epsilon, prior)
    sweeps = {sample: reach(index, sample) for sample in np.unique(np.concatenate((failed, passed))).tolist()}
    behind = np.unique(np.concatenate([sweeps[sample][0] for sample in failed.tolist()]))
    candidates = behind if prior is None else np.array(sorted(lot for lot in prior if prior[lot] > 0), np.int32)
    chance = {sample: _at(candidates, *sweep[:2]) for sample, sweep in sweeps.items()}
    log, explained = _likelihood(chance, failed, passed, weight, epsilon, detection)
    posterior, order = _belief(candidates, log, prior)
    return LikelySource(
        candidates[order],
        index.lot("holder", candidates[order]).astype(np.int32),
        *(log[order], posterior[order], explained[order]),
        converged=all(sweep[2] for sweep in sweeps.values()),
    )


def _likelihood(
    chance: Mapping[int, NDArray[np.float64]],
    failed: NDArray[np.int32],
    passed: NDArray[np.int32],
    weight: NDArray[np.float64],
    epsilon: float,
    detection: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """(logarithm of the likelihood, how many failed samples can have come from it) of each candidate."""
    size = chance[int(failed[0])].size
    log, explained = np.zeros(size), np.zeros(size, np.int32)
    for sample, power in zip(failed.tolist(), weight.tolist(), strict=True):
        log += power * np.log(epsilon + (1 - epsilon) * chance[sample])
        explained += chance[sample] > 0
    with np.errstate(divide="ignore"):  # certain to have been found: impossible, minus infinity
        for sample in passed.tolist():
            log += np.log(np.maximum(1 - detection * chance[sample], 0.0))
    return log, explained


def _belief(
    candidates: NDArray[np.int32], log: NDArray[np.float64], prior: Mapping[int, float] | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(posterior, order from the likeliest on)."""
    belief = log + (0.0 if prior is None else np.log([prior[lot] for lot in candidates.tolist()]))
    if not np.isfinite(belief.max()):
        raise ValueError("negative: these samples exclude every candidate; is detection below 1?")
    share = np.exp(belief - belief.max())
    return share / share.sum(), np.lexsort((candidates, -belief))


def _check(
    failed: NDArray[Any], weight: NDArray[Any], detection: float, epsilon: float, prior: Mapping[int, float] | None
) -> None:
    if not failed.size:
        raise ValueError("positive: at least one failing sample expected, none given")
    if weight.size != failed.size or not (np.isfinite(weight).all() and (weight > 0).all()):
        raise ValueError(f"weights: {failed.size} numbers above 0 expected, {weight.tolist()} given")
    if not 0 < detection <= 1:
        raise ValueError(f"detection: 0 < detection <= 1 expected, {detection} given")
    if not 0 < epsilon < 1:
        raise ValueError(f"epsilon: 0 < epsilon < 1 expected, {epsilon} given")
    if prior is not None and not (all(value >= 0 for value in prior.values()) and any(prior.values())):
        raise ValueError("prior: weights from 0 on with one above 0 expected")


def _at(candidates: NDArray[np.int32], lots: NDArray[np.int32], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities of the candidates; 0 for those that are not behind the sample."""
    order = np.argsort(lots)
    at = np.minimum(np.searchsorted(lots[order], candidates), lots.size - 1)
    return np.where(lots[order][at] == candidates, chance[order][at], 0.0)


def _evidence(index: TraceIndex, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    empty = fixed(np.zeros(0, EdgeBlock.DTYPES[name]))
    return index.edges.get(name, empty), index.todays.get(name, empty)
