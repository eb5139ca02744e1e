"""FoodChain-Lab's tracing score: the share of outbreaks that a station or a lot could have caused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qualitycity.methods.tracing.blocks import NONE, exact
from qualitycity.methods.tracing.index import TraceIndex
from qualitycity.methods.tracing.trace import Dates


@dataclass(frozen=True)
class FclScore:
    """Scores of the lots and stations that at least one outbreak leads back to; all others have score 0.

    `lots` [k], `stations` [s] ascending with `lot_score`, `station_score`; `common_lots` and `common_stations` are
    those that every outbreak with a positive weight leads back to (common links).
    """

    lots: NDArray[np.int32]
    lot_score: NDArray[np.float64]
    stations: NDArray[np.int32]
    station_score: NDArray[np.float64]
    common_lots: NDArray[np.int32]
    common_stations: NDArray[np.int32]
    outbreaks: int
    dates: Dates
    method: str = "FoodChain-Lab tracing score"

    def of_lots(self, size: int) -> NDArray[np.float64]:
        """The scores of the lots 0 to size - 1."""
        return _dense(self.lots, self.lot_score, size)

    def of_stations(self, size: int) -> NDArray[np.float64]:
        """The scores of the stations 0 to size - 1."""
        return _dense(self.stations, self.station_score, size)


def fcl_score(
    index: TraceIndex,
    outbreaks: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    outbreak_deliveries: ArrayLike = (),
    cross: Collection[int] = frozenset(),
    kill: Collection[int] = frozenset(),
    kill_deliveries: Collection[int] = frozenset(),
    dates: Dates = "ignore",
) -> FclScore:
    """Score every lot and station by the outbreaks that lead back to it.

    Parameters
    ----------
    outbreaks : stations with an outbreak; everything that came to them is traced back.
    outbreak_deliveries : lots with an outbreak.
    weights : one number for each outbreak (first stations, then lots), default 1; negative ones speak against what
        they lead back to (tested and passed), as in the desktop program.
    cross, kill, kill_deliveries, dates : as in `TraceIndex.back`.

    Returns
    -------
    FclScore with score = sum of the weights of the outbreaks that lead back / sum of the positive weights; without
    weights this is the share of outbreaks, the score of FoodChain-Lab web.

    Raises ValueError where there is no outbreak, and where weights do not fit or none is positive.

    Source: Weiser et al., PLOS ONE 2016 (10.1371/journal.pone.0151977); rule of the web program of December 2024.

    >>> from qualitycity.methods.tracing import EdgeBlock, LotBlock
    >>> lots = LotBlock(holder=[1, 2, 3], giver=[0, 1, 1])  # farm 0 -> mill 1 -> shops 2 and 3
    >>> score = fcl_score(TraceIndex.of(EdgeBlock([0, 0], [1, 2]), lots), [2, 3])
    >>> score.of_stations(4).tolist(), score.common_stations.tolist()
    ([1.0, 1.0, 0.5, 0.5], [0, 1])
    """
    places, goods = exact(outbreaks, np.int32, "outbreaks"), exact(outbreak_deliveries, np.int32, "outbreak_deliveries")
    count = places.size + goods.size
    weight = _weights(weights, count)
    groups = [*(index.members("holder", place) for place in places.tolist()), *goods.reshape(-1, 1)]
    size = np.append(0, np.cumsum([group.size for group in groups]))
    first, lots = index.many(
        "back", np.concatenate(groups), size, dates=dates, cross=cross, kill=kill, kill_lots=kill_deliveries
    )
    owner = np.repeat(np.arange(count), np.diff(first))
    giver = index.lot("giver", lots)
    met = (giver != NONE) & ~np.isin(giver, list(kill)) if kill else giver != NONE
    at, place = np.concatenate((owner[met], np.arange(places.size))), np.concatenate((giver[met], places))
    (who, lot_score, lots_met), (where, place_score, met_at) = _scores(owner, lots, weight), _scores(at, place, weight)
    return FclScore(who, lot_score, where, place_score, lots_met, met_at, count, dates)


def _weights(weights: ArrayLike | None, count: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.ones(count) if weights is None else exact(weights, np.float64, "weights")
    if found.size != count:
        raise ValueError(f"weights: {found.size} given for {count} outbreaks")
    if not (np.isfinite(found).all() and (found > 0).any()):
        raise ValueError(f"weights: finite numbers with one above 0 expected, {found.tolist()} given")
    return found


def _scores(
    owner: NDArray[Any], met: NDArray[Any], weight: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """(who was met, score, who was met by every positive outbreak); each outbreak counts once for each."""
    pairs = np.unique(met.astype(np.int64) * weight.size + owner)
    who, row = np.unique(pairs // weight.size, return_inverse=True)
    by = weight[pairs % weight.size]
    score = np.bincount(row, by, who.size) / weight[weight > 0].sum()
    common = np.bincount(row, by > 0, who.size) == (weight > 0).sum()
    return who.astype(np.int32), score, who[common].astype(np.int32)


def _dense(which: NDArray[np.int32], score: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    found = np.zeros(size)
    found[which] = score
    return found
