"""TraceIndex: lots and links in both directions, mapped into memory, with today's links beside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qualitycity.methods.tracing import dates as dating
from qualitycity.methods.tracing import files, kernels
from qualitycity.methods.tracing.blocks import NONE, EdgeBlock, LotBlock, exact
from qualitycity.methods.tracing.files import EVIDENCE, Columns, Folder, fixed
from qualitycity.methods.tracing.trace import Dates, Direction, Holdings, Trace

CHUNK = 4_000_000  # links read at a time when an index is written anew
NOBODY: NDArray[np.int32] = fixed(np.zeros(0, np.int32))
NO_TIME: NDArray[np.int64] = fixed(np.zeros(0, np.int64))
NO_EDGE: NDArray[np.uint32] = fixed(np.zeros(0, np.uint32))
MODES = ("ignore", "given", "inferred")


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
        return TraceIndex(_fixed(links), _fixed(columns), units=tuple(units))

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
        return TraceIndex(_fixed(links), _fixed(columns), units=self.units)

    # -- asking

    @property
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

    def compare_dates(self, direction: Direction, nodes: ArrayLike, **options: Any) -> dict[Dates, Trace]:
        """The same trace with dates ignored, given and inferred: how much hangs on them."""
        trace = {"back": self.back, "forward": self.forward}[direction]
        return {mode: trace(nodes, dates=mode, **options) for mode in MODES}  # type: ignore[misc]

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
        links = [{k: v for k, v in part.items() if not k.startswith("lot_")} for part in parts]
        lots = [{k[4:]: v for k, v in part.items() if k.startswith("lot_")} for part in parts]
        links = [*([self.todays] if self.todays else []), *links]
        lots = [*([self.new_lots] if self.new_lots else []), *(part for part in lots if part)]
        kept = {"source", "target", *(name for name in EVIDENCE if name in self.edges)}
        kept = kept if self.edges["out_lot"].size else set(links[0])
        columns = {name for name in self.lots if name in LotBlock.DTYPES}
        columns = columns if columns or self.edges["out_lot"].size else {name for part in lots[:1] for name in part}
        for what, given, wanted in [("edges", part, kept) for part in links] + [
            ("lots", part, columns) for part in lots
        ]:
            if set(given) != wanted:
                raise ValueError(f"{what}: columns {sorted(given)} given, the index keeps {sorted(wanted)}")
        todays = {name: np.concatenate([part[name] for part in links]) for name in kept}
        new_lots = {name: np.concatenate([part[name] for part in lots]) for name in columns} if lots else {}
        rows = self.lots.get("holder", NOBODY).size + new_lots.get("holder", NOBODY).size
        highest = max((int(todays[name].max()) for name in ("source", "target") if todays[name].size), default=-1)
        if rows and highest >= rows:
            raise ValueError(f"edges: lot {highest} has no row in lots ({rows} rows)")
        return TraceIndex(self.edges, self.lots, _fixed(todays), _fixed(new_lots), self.units, self.path)

    @cached_property
    def _forward(self) -> tuple[Any, Any]:
        """Links and today's links by source, as the kernels take them."""
        return (self.edges["out_start"], self.edges["out_lot"], NO_EDGE), self._sparse("source", "target")

    @cached_property
    def _back(self) -> tuple[Any, Any]:
        return tuple(self.edges[f"in_{name}"] for name in ("start", "lot", "edge")), self._sparse("target", "source")

    def _sparse(self, key: Literal["source", "target"], other: str) -> tuple[Any, ...]:
        """Today's links sorted by one end: (lots, start, other ends, numbers)."""
        if not self.todays:
            return NOBODY, NO_TIME, NOBODY, NO_TIME
        order = np.argsort(self.todays[key], kind="stable")
        keys, first = np.unique(self.todays[key][order], return_index=True)
        start = np.append(first, order.size).astype(np.int64)
        numbers = (order + self.edges["out_lot"].size).astype(np.int64)
        return fixed(keys), fixed(start), fixed(self.todays[other][order]), fixed(numbers)

    @cached_property
    def _inferred(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        left, came = (np.concatenate(self._column(name)) for name in ("left", "came"))
        left, came = dating.inferred(left, came, self._forward, self._back)
        return fixed(left), fixed(came)

    def _lots(self, nodes: ArrayLike) -> NDArray[np.int32]:
        lots: NDArray[np.int32] = exact(nodes, np.int32, "nodes")
        size = self.n_lots
        if lots.size and not 0 <= int(lots.min()) <= int(lots.max()) < size:
            wrong = lots[(lots < 0) | (lots >= size)][0]
            raise ValueError(f"nodes: lot {wrong} is not in the index ({size} lots)")
        return lots

    def _limits(self, name: str, dates: Dates) -> tuple[NDArray[Any], NDArray[Any]]:
        """Days of leaving or coming under one mode; two empty parts where dates are ignored."""
        if dates not in MODES:
            raise ValueError(f"dates: one of {', '.join(MODES)} expected, {dates!r} given")
        if dates == "ignore":
            return NOBODY, NOBODY
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
            return NOBODY, NO_TIME, NOBODY, NO_TIME
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
        return np.bincount(source, np.where(same, quantity, np.nan), lots.size)

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
        back = direction == "back"
        starts = fixed(self._lots(nodes))
        stations, limits = self._column("giver" if back else "holder"), self._limits("left" if back else "came", dates)
        if (cross or kill) and not all(sum(part.size for part in self._column(each)) for each in ("giver", "holder")):
            raise ValueError(f"{'cross' if cross else 'kill'}: needs the columns giver and holder of the lots")
        if cut is not None and cut < 0:
            raise ValueError(f"cut: steps from 0 on expected, {cut} given")
        stops = tuple(
            fixed(np.unique(exact(list(given), np.int32, name)))
            for name, given in (("kill", kill), ("kill_lots", kill_lots))
        )
        far = fixed(np.array([2**62 if cut is None else cut, 1 if back else -1], np.int64))
        links, todays = self._back if back else self._forward
        return starts, links, todays, stations, limits, self._mixers(direction, dates, cross), stops, far

    def _walk(self, direction: Direction, *asked: Any) -> Trace:
        book, edges, ends = kernels.walk(*self.prepared(direction, *asked))
        dates: Dates = asked[2]
        lots = book[:, 0].astype(np.int32)
        if direction == "back" and self._column("giver")[0].size + self._column("giver")[1].size:
            ends &= self.lot("giver", lots) != self.lot("holder", lots)  # made where it lies: an origin, no gap
        depth, parent = book[:, 1].astype(np.int32), book[:, 2].astype(np.int32)
        return Trace(lots, depth, parent, book[:, 3].copy(), edges, ends, direction, dates)


def taken(column: tuple[NDArray[Any], NDArray[Any]], lots: NDArray[np.int32]) -> NDArray[Any]:
    """Values of a column that lies in two parts."""
    base, extra = column
    if not extra.size:
        return base[lots]
    late = lots >= base.size
    found = np.empty(lots.size, extra.dtype)
    found[~late], found[late] = base[lots[~late]], extra[lots[late] - base.size]
    return found


def _fixed(columns: Columns) -> Columns:
    return {name: fixed(column) for name, column in columns.items()}
