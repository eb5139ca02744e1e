"""From durations, links, demands and calendars to the two nets (forward and mirrored) that the kernels read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import Net
from .network import Links, cpm

LANES = 4  # departments in one word
LIMIT = 2**15 - 1  # tenths of persons in one lane
_MIRRORED = np.array([0, 2, 1, 3], dtype=np.int8)  # with time turned round SS becomes FF; FS and SF stay


class Axis(NamedTuple):
    """The slots of time: all of them working days of everybody (`plain`), or civil days with calendars over them.

    `days[c, k]`: slot of working day k of calendar c; `rank[c, t]`: its working days before slot t.
    """

    slots: int
    days: NDArray[np.int64]
    rank: NDArray[np.int64]
    plain: bool

    @classmethod
    def even(cls, slots: int) -> Axis:
        """All slots are working days of everybody."""
        empty = np.zeros((1, 1), dtype=np.int64)
        return cls(slots, empty, empty, True)

    @classmethod
    def of_calendars(cls, working: NDArray[np.bool_]) -> Axis:
        """Slots are civil days; working: (calendars, slots)."""
        rank = np.zeros((working.shape[0], working.shape[1] + 1), dtype=np.int64)
        np.cumsum(working, axis=1, out=rank[:, 1:])
        days = np.zeros((working.shape[0], max(1, int(rank[:, -1].max()))), dtype=np.int64)
        for at, row in enumerate(working):
            found = np.flatnonzero(row)
            days[at, : found.size] = found
        return cls(working.shape[1], days, rank, False)

    def mirrored(self) -> Axis:
        """Time turned round: slot t becomes slots - 1 - t."""
        return self if self.plain else Axis.of_calendars(np.diff(self.rank, axis=1)[:, ::-1] > 0)


@dataclass(frozen=True, eq=False)
class Instance:
    """Tasks that are free to move; n tasks, R departments.

    `duration` (n,), `demand` (n, R) in tenths of persons, `free` (slots, R) tenths left by what is fixed, `head` (n,)
    first slot allowed, `limit` (n,) last boundary allowed for its finish, `calendar` (n,) row of the axis each task
    keeps. Lags are counted in the successor's calendar.
    """

    duration: NDArray[np.int64]
    links: Links
    demand: NDArray[np.int64]
    free: NDArray[np.int64]
    head: NDArray[np.int64]
    limit: NDArray[np.int64]
    calendar: NDArray[np.int64]
    axis: Axis

    def nets(self) -> tuple[Net, Net]:
        """Return the nets of forward time and of mirrored time; Cycle if the links run in a circle."""
        order = cpm(self.duration, self.links, start=0).order
        links, yard = self.links, self.calendar[self.links.succ]
        turned = Links(links.succ, links.pred, _MIRRORED[links.kind], links.lag)
        back = self.axis.slots - self.limit
        return (
            self._net(links, yard, self.free, self.head, self.axis, order),
            self._net(turned, yard, self.free[::-1], back, self.axis.mirrored(), order[::-1]),
        )

    def _net(
        self,
        links: Links,
        yard: NDArray[np.int64],
        free: NDArray[np.int64],
        head: NDArray[np.int64],
        axis: Axis,
        order: NDArray[np.int64],
    ) -> Net:
        into, out = np.argsort(links.succ, kind="stable"), np.argsort(links.pred, kind="stable")
        weight, words = links.weights(self.duration), pack(self.demand)
        uses = words != 0
        ordered = weight >= 0 if axis.plain else (links.kind < 2) & (links.lag >= 0)
        return Net(
            duration=self.duration,
            first=_offsets(links.succ, head.size),
            pred=links.pred[into].astype(np.int64),
            weight=weight[into].astype(np.int64),
            kind=links.kind[into].astype(np.int64),
            lag=links.lag[into].astype(np.int64),
            yard=yard[into],
            after=_offsets(links.pred, head.size),
            succ=links.succ[out].astype(np.int64),
            topological=np.ascontiguousarray(order),
            head=head,
            span=np.concatenate(([0], np.cumsum(uses.sum(axis=1)))).astype(np.int64),
            word=np.nonzero(uses)[1].astype(np.int64),
            need=words[uses],
            base=np.ascontiguousarray(pack(free).T),
            calendar=self.calendar,
            days=axis.days,
            rank=axis.rank,
            plain=axis.plain,
            ordered=bool(ordered.all()),
        )


def _offsets(task: NDArray[np.int32], tasks: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(task, minlength=tasks)))).astype(np.int64)


def pack(tenths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return rows of tenths (…, departments), each 0 … LIMIT, as words (…, ceil(departments / 4))."""
    words = -(-tenths.shape[-1] // LANES)
    lanes = np.zeros((*tenths.shape[:-1], words * LANES), dtype=np.uint64)
    lanes[..., : tenths.shape[-1]] = tenths
    shifts = np.arange(LANES, dtype=np.uint64) * np.uint64(16)
    return (lanes.reshape(*tenths.shape[:-1], words, LANES) << shifts).sum(axis=-1, dtype=np.uint64)
