"""TraceIndex: lots and links in both directions, mapped into memory, with today's links beside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qualitycity.methods.tracing import dates as dating
from qualitycity.methods.tracing import files, kernels
from qualitycity.methods.tracing.blocks import NONE, EdgeBlock, LotBlock, exact
from qualitycity.methods.tracing.columns import NO_LINKS, NOBODY, fixed_all, joined, some, sparse, taken
from qualitycity.methods.tracing.files import EVIDENCE, Columns, Folder, fixed
from qualitycity.methods.tracing.trace import Dates, Direction, Holdings, Trace

CHUNK = 4_000_000  # links read at a time when an index is written anew
NO_EDGE: NDArray[np.uint32] = fixed(np.zeros(0, np.uint32))
NO_LIMITS = (NOBODY, NOBODY)
MODES: tuple[Dates, ...] = ("ignore", "given", "inferred")


@dataclass(frozen=True)
class TraceIndex:
    """Lots (numbered from 0) and the links between them, found in both directions without a search.

    An index is a snapshot: `append` and `compact` return the next one and leave this one usable. `edges` and `lots` are
    the columns of the index, `todays` and `new_lots` what was appended since it was built; `units` names the codes in
    the unit columns. Make one with `of` (in memory), `build` (a folder) or `open`.

    >>> index = TraceIndex.of(EdgeBlock([0, 1, 1], [1, 2, 3]))
    >>> index.back([3]).nodes.tolist(), index.forward([0]).nodes.tolist()
    ([3, 1, 0], [0, 1, 2, 3])
    """

    edges: Columns
    lots: Columns
    todays: Columns = field(default_factory=dict)
    new_lots: Columns = field(default_factory=dict)
    units: tuple[str, ...] = ()
    path: Path | None = None

    # -- making

    @staticmethod
    def of(edges: EdgeBlock, lots: LotBlock | None = None, units: Sequence[str] = ()) -> TraceIndex:
        """An index in memory; the same checks and errors as `build`."""
        known = [] if lots is None else [lots]
        columns = files.write_lots(known, Folder(None))
        links = files.write_links([edges], sum(map(len, known)), bool(known), Folder(None))
        return TraceIndex(fixed_all(links), fixed_all(columns), units=tuple(units))

    @staticmethod
    def build(
        edges: Iterable[EdgeBlock], out: Path, *, lots: Iterable[LotBlock] = (), units: Sequence[str] = ()
    ) -> TraceIndex:
        """Write an index into the folder `out` and open it; an index already there is replaced in one step.

        Blocks that come from a generator are spooled to the folder, since a counting sort reads them twice. Raises
        ValueError for a lot without a row in `lots` (where lots are given), for blocks with different columns, and for
        more lots or links than int32 and uint32 can number.
        """
        folder, generation = files.begin(Path(out))
        known = list(lots)
        spooled = edges if isinstance(edges, Sequence) else files.Spool(folder / "spool", edges)
        files.write_lots(known, Folder(folder))
        files.write_links(spooled, sum(map(len, known)), bool(known), Folder(folder))
        if (folder / "spool").exists():
            files.shutil.rmtree(folder / "spool")
        files.commit(Path(out), {"generation": generation, "units": list(units)})
        return TraceIndex.open(out)

    @staticmethod
    def open(path: Path | str) -> TraceIndex:
        """Map an index into memory: nothing is read but the file headers and what was appended today."""
        meta = files.read_meta(Path(path))
        folder = Path(path) / f"g{meta['generation']:06d}"
        columns = {file.stem: fixed(files.mapped(file)) for file in folder.glob("*.npy")}
        lots = {name.removeprefix("lot_"): column for name, column in columns.items() if name.startswith("lot_")}
        edges = {name: column for name, column in columns.items() if not name.startswith("lot_")}
        index = TraceIndex(edges, lots, units=tuple(meta["units"]), path=Path(path))
        parts = list(files.todays(folder))
        return index._with(parts) if parts else index

    def append(self, edges: EdgeBlock, lots: LotBlock | None = None) -> TraceIndex:
        """The index with more links and lots (numbered on from the last); kept beside the index's files, if it has any.

        The new links are found at once in both directions. Columns must be those of the index.
        """
        part = {**edges.columns(), **({f"lot_{k}": v for k, v in lots.columns().items()} if lots else {})}
        index = self._with([part])
        if self.path is not None:
            meta = files.read_meta(self.path)
            files.append_today(self.path / f"g{meta['generation']:06d}", part)
        return index

    def compact(self) -> TraceIndex:
        """The same lots and links with everything appended sorted in; link numbers change. Writes the files anew."""
        lots = [LotBlock(**{name: part[name] for name in part if name in LotBlock.DTYPES}) for part in self._lot_parts]
        if self.path is not None:
            return TraceIndex.build(self._blocks(), self.path, lots=lots, units=self.units)
        columns = files.write_lots(lots, Folder(None))
        links = files.write_links(list(self._blocks()), self.n_lots if lots else 0, bool(lots), Folder(None))
        return TraceIndex(fixed_all(links), fixed_all(columns), units=self.units)

    # -- asking

    @cached_property
    def n_lots(self) -> int:
        """How many lots there are."""
        known = sum(part["holder"].size for part in self._lot_parts)
        linked = max((int(self.todays[name].max()) + 1 for name in ("source", "target") if self.todays), default=0)
        return known or max(self.edges["out_start"].size - 1, linked)

    @property
    def n_edges(self) -> int:
        """How many links there are; they are numbered from 0, first those of the index, then the appended."""
        return self.edges["out_lot"].size + (self.todays["source"].size if self.todays else 0)

    def back(
        self,
        nodes: ArrayLike,
        *,
        cut: int | None = None,
        dates: Dates = "ignore",
        cross: Collection[int] = frozenset(),
        kill: Collection[int] = frozenset(),
        kill_lots: Collection[int] = frozenset(),
    ) -> Trace:
        """Everything that went into these lots, step by step, to the makers or to where records end.

        `nodes` lots; `cut` the number of steps after which to stop (1: one step back, Regulation (EC) 178/2002 art.
        18); `cross` holders at whom all goods mix (cross-contamination): each lot that came no later than the lot in
        question left counts as its input, under `dates` "ignore" (any), "given" or "inferred"; recorded links always
        count. `kill` holders whose process ends the contamination: the walk does not pass them; `kill_lots` lots
        likewise. Raises ValueError for a lot that is not there and for `cross`, `kill` or `dates` without such columns.
        """
        return self._walk("back", nodes, cut, dates, cross, kill, kill_lots)

    def forward(
        self,
        nodes: ArrayLike,
        *,
        cut: int | None = None,
        dates: Dates = "ignore",
        cross: Collection[int] = frozenset(),
        kill: Collection[int] = frozenset(),
        kill_lots: Collection[int] = frozenset(),
    ) -> Trace:
        """Everything these lots went into, to the last known holders; parameters as for `back`, mirrored in time."""
        return self._walk("forward", nodes, cut, dates, cross, kill, kill_lots)

    def many(
        self, direction: Direction, nodes: ArrayLike, group: ArrayLike, **options: Any
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Many traces in one call, without their paths and evidence; `options` as for `back`.

        Trace i starts from `nodes[group[i]:group[i + 1]]`; answers (first, lots), its lots being
        `lots[first[i]:first[i + 1]]`.

        >>> index = TraceIndex.of(EdgeBlock([0, 1, 1], [1, 2, 3]))
        >>> [part.tolist() for part in index.many("back", [2, 3], [0, 1, 2])]
        [[0, 3, 6], [2, 1, 0, 3, 1, 0]]
        """
        starts, *rest = self.prepared(direction, nodes, **options)
        bounds = exact(group, np.int64, "group")
        if not bounds.size or bounds[0] != 0 or bounds[-1] != starts.size or (np.diff(bounds) < 0).any():
            raise ValueError(f"group: ascending from 0 to {starts.size} expected, {bounds.tolist()[:9]} given")
        first, lots = kernels.walks(bounds, starts, *rest)
        return first, lots

    def compare_dates(self, direction: Direction, nodes: ArrayLike, **options: Any) -> dict[Dates, Trace]:
        """The same trace with dates ignored, given and inferred: how much hangs on them."""
        trace = {"back": self.back, "forward": self.forward}[direction]
        return {mode: trace(nodes, dates=mode, **options) for mode in MODES}

    def same_batch(self, nodes: ArrayLike) -> Holdings:
        """All lots of the batches of these lots, wherever they lie: whom to notify, with the quantity left.

        Found by the batch number, not by links: a shop whose purchase was never recorded is notified too.
        """
        starts = self._lots(nodes)
        wanted = [starts]
        if self._column("batch")[0].size:
            wanted += [self.members("batch", batch) for batch in np.unique(self.lot("batch", starts)) if batch != NONE]
        lots = np.unique(np.concatenate(wanted)).astype(np.int32)
        unit = self.lot("unit", lots).astype(np.int16)
        passed = self._passed(lots, unit)
        received = self.lot("quantity", lots)
        return Holdings(lots, self.lot("holder", lots).astype(np.int32), received, passed, received - passed, unit)

    def evidence(self, edges: ArrayLike) -> EdgeBlock:
        """Source, target and evidence of links by number, for showing each step of a trace."""
        wanted = exact(edges, np.int64, "edges")
        if wanted.size and not 0 <= wanted.min() <= wanted.max() < self.n_edges:
            raise ValueError(
                f"edges: numbers from 0 to {self.n_edges - 1} expected, {wanted.min()}..{wanted.max()} given"
            )
        size = self.edges["out_lot"].size
        old, new = wanted[wanted < size], wanted[wanted >= size] - size
        found = {
            "source": np.searchsorted(self.edges["out_start"], old, side="right") - 1,
            "target": self.edges["out_lot"][old],
        } | {name: self.edges[name][old] for name in EVIDENCE if name in self.edges}
        late = {name: column[new] for name, column in self.todays.items()} or {name: found[name][:0] for name in found}
        back = np.empty(wanted.size, np.int64)
        back[np.concatenate((np.flatnonzero(wanted < size), np.flatnonzero(wanted >= size)))] = np.arange(wanted.size)
        names = set(found) | set(late) if not size else set(found)
        return EdgeBlock(
            **{name: np.concatenate((found.get(name, late[name][:0]), late[name]))[back] for name in names}
        )

    def lot(self, name: str, lots: ArrayLike) -> NDArray[Any]:
        """Values of one column of LotBlock; NONE (NaN) throughout where the index does not keep it."""
        column, wanted = self._column(name), self._lots(lots)
        if column[0].size + column[1].size:
            return taken(column, wanted)
        return np.full(wanted.size, np.nan if name == "quantity" else NONE)

    def holders(self, trace: Trace, kill: Collection[int] = frozenset()) -> NDArray[np.int32]:
        """Whom a trace met: backwards who gave its lots (not those in `kill`), forwards who has them; ascending."""
        found = np.unique(self.lot("giver" if trace.direction == "back" else "holder", trace.nodes))
        stopped = list(kill) if trace.direction == "back" else []
        return found[(found != NONE) & ~np.isin(found, stopped)].astype(np.int32)

    # -- inside

    @property
    def _lot_parts(self) -> list[Columns]:
        return [part for part in (self.lots, self.new_lots) if part]

    def _column(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        empty = fixed(np.zeros(0, LotBlock.DTYPES[name]))
        return self.lots.get(name, empty), self.new_lots.get(name, empty)

    def _with(self, parts: list[Columns]) -> TraceIndex:
        """This index with appended parts, checked."""
        todays, new_lots = joined(parts, self.edges, self.lots, self.todays, self.new_lots)
        return TraceIndex(self.edges, self.lots, fixed_all(todays), fixed_all(new_lots), self.units, self.path)

    @cached_property
    def forward_links(self) -> tuple[Any, Any]:
        """Links and today's links by source, as the kernels take them."""
        base = self.edges["out_start"], self.edges["out_lot"], NO_EDGE
        return base, sparse(self.todays, "source", base[1].size)

    @cached_property
    def back_links(self) -> tuple[Any, Any]:
        base = tuple(self.edges[f"in_{name}"] for name in ("start", "lot", "edge"))
        return base, sparse(self.todays, "target", base[1].size)

    @cached_property
    def _plain(self) -> dict[Direction, tuple[Any, ...]]:
        """Links and the column of who stops or mixes, by direction."""
        return {
            "back": (*self.back_links, self._column("giver")),
            "forward": (*self.forward_links, self._column("holder")),
        }

    @cached_property
    def _knows_giver(self) -> bool:
        return any(part.size for part in self._column("giver"))

    @cached_property
    def _inferred(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        left, came = (np.concatenate(self._column(name)) for name in ("left", "came"))
        left, came = dating.inferred(left, came, self.forward_links, self.back_links)
        return fixed(left), fixed(came)

    def _lots(self, nodes: ArrayLike) -> NDArray[np.int32]:
        raw = np.asarray(nodes)
        lots = raw if raw.ndim == 1 and raw.dtype.kind == "i" else exact(nodes, np.int64, "nodes")
        wrong = kernels.outside(lots, self.n_lots)
        if wrong >= 0:
            raise ValueError(f"nodes: lot {lots[wrong]} is not in the index ({self.n_lots} lots)")
        return lots.astype(np.int32)

    def _limits(self, name: str, dates: Dates) -> tuple[NDArray[Any], NDArray[Any]]:
        """Days of leaving or coming under one mode; two empty parts where dates are ignored."""
        if dates not in MODES:
            raise ValueError(f"dates: one of {', '.join(MODES)} expected, {dates!r} given")
        if dates == "ignore":
            return NO_LIMITS
        if not all(sum(part.size for part in self._column(each)) for each in ("left", "came")):
            raise ValueError(f"dates: {dates!r} needs the columns left and came of the lots")
        return self._column(name) if dates == "given" else (self._inferred[name == "came"], NOBODY)

    def members(self, name: str, group: int) -> NDArray[np.int32]:
        """The lots whose column has this value."""
        base, extra = self._column(name)
        start, found = self.lots.get(f"{name}_start", NO_EDGE), NOBODY
        if 0 <= group < start.size - 1:
            found = self.lots[f"{name}_lots"][start[group] : start[group + 1]]
        return np.concatenate((found, (np.flatnonzero(extra == group) + base.size).astype(np.int32)))

    def _mixers(self, direction: Direction, dates: Dates, cross: Collection[int]) -> tuple[Any, ...]:
        """(holders, start, lots, keys): what mixes at each, in the order in which the walk may take it."""
        if not cross:
            return NO_LINKS
        name, column, sign = ("holder", "came", 1) if direction == "back" else ("giver", "left", -1)
        stations = np.unique(exact(list(cross), np.int32, "cross"))
        day = self._limits(column, dates)
        lots, keys = [], []
        for station in stations.tolist():
            members = self.members(name, station)
            key = np.full(members.size, -kernels.FREE)
            if dates != "ignore":
                known = taken(day, members)
                key = np.where(known == NONE, -kernels.FREE, sign * known.astype(np.int64))
            order = np.argsort(key, kind="stable")
            lots.append(members[order])
            keys.append(key[order])
        start = np.append(0, np.cumsum([part.size for part in lots])).astype(np.int64)
        return fixed(stations), fixed(start), fixed(np.concatenate(lots)), fixed(np.concatenate(keys))

    def _blocks(self) -> Iterator[EdgeBlock]:
        """All links, in pieces, for writing them anew."""
        for first in range(0, self.edges["out_lot"].size, CHUNK):
            yield self.evidence(np.arange(first, min(first + CHUNK, self.edges["out_lot"].size)))
        if self.todays:
            yield EdgeBlock(**self.todays)

    def _passed(self, lots: NDArray[np.int32], unit: NDArray[np.int16]) -> NDArray[np.float64]:
        """What went on from each lot in its own unit; NaN where that is not known."""
        trace = self.forward(lots, cut=1)
        links = self.evidence(trace.edges)
        source, columns = np.searchsorted(lots, np.asarray(links.source)), links.columns()
        quantity = columns.get("quantity", np.full(source.size, np.nan))
        same = columns.get("unit", np.full(source.size, NONE)) == unit[source]
        return np.bincount(source, np.where(same, quantity, np.nan), lots.size).astype(np.float64)

    def prepared(
        self,
        direction: Direction,
        nodes: ArrayLike,
        cut: int | None = None,
        dates: Dates = "ignore",
        cross: Collection[int] = frozenset(),
        kill: Collection[int] = frozenset(),
        kill_lots: Collection[int] = frozenset(),
    ) -> tuple[Any, ...]:
        """The arguments of `kernels.walk`, checked: for loops that walk many times."""
        starts = fixed(self._lots(nodes))
        links, todays, stations = self._plain[direction]
        if not (cross or kill) and dates == "ignore":
            limits, mixers, stopped = NO_LIMITS, NO_LINKS, NOBODY
        else:
            limits = self._limits("left" if direction == "back" else "came", dates)
            if not all(sum(part.size for part in self._column(each)) for each in ("giver", "holder")):
                raise ValueError("cross, kill: need the columns giver and holder of the lots")
            mixers, stopped = self._mixers(direction, dates, cross), some(kill, "kill")
        if cut is not None and cut < 0:
            raise ValueError(f"cut: steps from 0 on expected, {cut} given")
        signed = (*limits, np.int64(1 if direction == "back" else -1))
        stops, deepest = (stopped, some(kill_lots, "kill_lots")), np.int64(2**62 if cut is None else cut)
        return starts, links, todays, stations, signed, mixers, stops, deepest

    def _walk(self, direction: Direction, *asked: Any) -> Trace:
        lots, parent, depth, via, ends, edges = kernels.walk(*self.prepared(direction, *asked))
        dates: Dates = asked[2]
        if direction == "back" and self._knows_giver:
            ends &= self.lot("giver", lots) != self.lot("holder", lots)  # made where it lies: an origin, no gap
        return Trace(lots, depth, parent, via, edges, ends, direction, dates)
