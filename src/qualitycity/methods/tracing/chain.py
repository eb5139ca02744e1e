"""From EPCIS events to lots and links: who had which goods when, and what went into what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qualitycity.methods.tracing.blocks import NONE, EdgeBlock, LotBlock, day_number, day_of
from qualitycity.methods.tracing.digital_link import canonical
from qualitycity.methods.tracing.epcis import WORDS, Event

SENT, GOT = ("shipping", "departing"), ("receiving", "arriving", "accepting")
WHO = ("location", "possessing_party", "owning_party")
INPUTS, OUTPUTS = ("inputEPCList", "inputQuantityList"), ("outputEPCList", "outputQuantityList")
THINGS = ("epcList", "quantityList", "childEPCs", "childQuantityList")
NO_UNIT = -(2**15)
Item = tuple[str, float, str]
Mix = tuple[list[tuple[int, Item]], list[int]]  # inputs (lot, what was taken), outputs


@dataclass(frozen=True)
class Chain:
    """Lots and links found in events, ready for `TraceIndex`, and what their numbers stand for.

    `items` [k] canonical identifier of the goods of lot k; `holders` identifiers by holder number, `batches` by batch
    number, `units` by unit code, `documents` by document number; a link's `event` is the place of the event in the list
    given; `sent` and `got` [k] are the events in which a lot left and came (-1: none).
    """

    lots: LotBlock
    edges: EdgeBlock
    items: tuple[str, ...]
    holders: tuple[str, ...]
    batches: tuple[str, ...]
    units: tuple[str, ...]
    documents: tuple[str, ...]
    sent: NDArray[np.int32]
    got: NDArray[np.int32]

    @staticmethod
    def of(events: Iterable[Event], party: Mapping[str, str] | None = None) -> Chain:
        """Follow the goods through the events in the order of their times.

        A shipment makes a new lot at the receiver, linked to every lot of the same goods that the sender had; a
        receipt completes it, or makes a lot of unknown origin. A transformation links all inputs present at its place
        to new lots of its outputs (also over several events with one transformationID). Shipped containers
        move what was packed into them. `party` maps places to the party that stands for them (identifiers in canonical
        form); without it a place is its own holder. Quantities go onto a link only where one lot can have given them.

        >>> from qualitycity.methods.tracing import Event
        >>> made = {"type": "ObjectEvent", "eventTime": "2026-11-01T08:00:00+08:00", "action": "ADD",
        ...     "epcList": ["urn:epc:id:sscc:4012345.0000000001"],
        ...     "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"}}
        >>> Chain.of([Event(made)]).holders
        ('https://id.gs1.org/414/4012345000016',)
        """
        making = _Making(dict(party or {}))
        for number, event in sorted(enumerate(events), key=lambda pair: pair[1].time):
            making.take(number, event)
        return making.chain()

    @cached_property
    def _found(self) -> dict[tuple[str, str], list[int]]:
        found = defaultdict(list)
        for lot, (item, holder) in enumerate(zip(self.items, np.asarray(self.lots.holder).tolist(), strict=True)):
            found[item, self.holders[holder] if holder != NONE else ""].append(lot)
        return found

    def find(self, item: str, holder: str) -> list[int]:
        """The lots of goods at a holder, both in any form of identifier; none if it never had them."""
        return self._found.get((canonical(item), canonical(holder)), [])

    def events(self, lots: ArrayLike | None = None) -> list[Event]:
        """Events that tell the story of these lots (default: all), for `epcis_write`; times are 0:00 UTC of the day.

        Lots without a day are left out, as an event needs a time.
        """
        wanted = range(len(self.items)) if lots is None else sorted(set(np.asarray(lots).tolist()))
        told = [event for lot in wanted for event in self._story(lot)]
        return sorted(told, key=lambda event: event.time)

    def _story(self, lot: int) -> Iterable[Event]:
        row = {name: column[lot].item() for name, column in self.lots.columns().items()}
        names = [self.holders[row[name]] if row[name] != NONE else None for name in ("giver", "holder")]
        thing = self._thing(self.items[lot], row["quantity"], row["unit"], "")
        if row["giver"] == row["holder"]:
            inputs: dict[str, Any] = {}
            for source, quantity, unit in self._inputs.get(lot, ()):
                for name, below in self._thing(self.items[source], quantity, unit, "input").items():
                    inputs.setdefault(name, []).extend(below)
            made = {"bizStep": f"{WORDS['bizStep']}commissioning", "readPoint": {"id": names[1]}}
            if inputs:
                out = self._thing(self.items[lot], row["quantity"], row["unit"], "output")
                yield from _dated("TransformationEvent", row["came"], inputs | out | made)
            else:
                yield from _dated("ObjectEvent", row["came"], thing | {"action": "ADD"} | made)
            return
        sides = {
            f"{side}List": [{"type": f"{WORDS['sourceList']}possessing_party", side: name}]
            for side, name in zip(("source", "destination"), names, strict=True)
            if name is not None
        }
        for day, step in ((row["left"], "shipping"), (row["came"], "receiving")):
            moved = {"action": "OBSERVE", "bizStep": f"{WORDS['bizStep']}{step}"} | sides
            yield from _dated("ObjectEvent", day, thing | moved)

    @cached_property
    def _inputs(self) -> dict[int, list[tuple[int, float, int]]]:
        found = defaultdict(list)
        columns = [np.asarray(getattr(self.edges, name)).tolist() for name in ("target", "source", "quantity", "unit")]
        for target, source, quantity, unit in zip(*columns, strict=True):
            found[target].append((source, quantity, unit))
        return found

    def _thing(self, item: str, quantity: float, unit: int, where: str) -> dict[str, Any]:
        if "/10/" in item or quantity not in (1.0,):
            amount = {} if np.isnan(quantity) else {"quantity": quantity}
            measure = {"uom": self.units[unit]} if unit != NO_UNIT else {}
            name = f"{where}QuantityList" if where else "quantityList"
            return {name: [{"epcClass": item} | amount | measure]}
        return {f"{where}EPCList" if where else "epcList": [item]}


def _dated(kind: str, day: int, data: dict[str, Any]) -> Iterable[Event]:
    when = day_of(day)
    if when is not None:
        yield Event({"type": kind, "eventTime": f"{when}T00:00:00+00:00", "eventTimeZoneOffset": "+00:00"} | data)


@dataclass
class _Making:
    """The state while events are read in the order of time."""

    party: dict[str, str]
    names: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    rows: list[dict[str, Any]] = field(default_factory=list)
    links: list[tuple[Any, ...]] = field(default_factory=list)
    there: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    away: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    packed: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    mixes: dict[str, Mix] = field(default_factory=lambda: defaultdict(lambda: ([], [])))

    def take(self, number: int, event: Event) -> None:
        """Follow one event."""
        day, place = day_number(event.time.date()), self.holder(event.place)
        if event.kind == "TransformationEvent":
            self.transform(number, event, day, place)
            return
        if event.kind == "AggregationEvent" and event.data.get("parentID"):
            self.pack(event)
        things = self.unpacked(event)
        if event.step in SENT:
            self.send(number, event, day, things)
        elif event.step in GOT:
            self.receive(number, event, day, things)
        elif event.kind == "ObjectEvent" and event.data.get("action") == "ADD":
            for item in things:
                self.lot(item, place, place, day, day, number, number)

    def number(self, kind: str, name: str) -> int:
        """Names are numbered as they come."""
        return self.names[kind].setdefault(name, len(self.names[kind]))

    def holder(self, uri: str) -> int:
        """The number of who stands for a place: sub-locations belong to their location."""
        if not uri:
            return NONE
        whole = canonical(uri).partition("/254/")[0]
        return self.number("holder", self.party.get(whole, whole))

    def side(self, event: Event, name: str) -> int:
        pairs = event.pairs(name)
        return self.holder(next((pairs[kind] for kind in WHO if kind in pairs), ""))

    def lot(self, item: Item, giver: int, holder: int, left: int, came: int, sent: int, got: int) -> int:
        """A new lot of some goods at a holder."""
        uri, quantity, unit = item
        code = self.number("unit", unit) if unit else NO_UNIT
        self.rows.append(
            {"item": uri, "holder": holder, "giver": giver, "left": left, "came": came, "sent": sent, "got": got}
            | {"batch": self.number("batch", uri.partition("/21/")[0] if "/10/" in uri else uri)}
            | {"quantity": quantity, "unit": code}
        )
        self.there[uri, holder].append(len(self.rows) - 1)
        return len(self.rows) - 1

    def link(self, sources: list[int], target: int, item: Item, number: int, event: Event, day: int) -> None:
        """Links from all lots that can have given; the quantity where that is one."""
        document = next(iter(event.pairs("bizTransactionList").values()), "")
        paper = self.number("document", document) if document else NONE
        unit = self.number("unit", item[2]) if item[2] else NO_UNIT
        quantity = item[1] if len(sources) == 1 else float("nan")
        self.links += [(source, target, day, quantity, unit, paper, number) for source in sources]

    def send(self, number: int, event: Event, day: int, things: list[Item]) -> None:
        giver = self.side(event, "sourceList")
        giver = self.holder(event.place) if giver == NONE else giver
        for item in things:
            sources = list(self.there[item[0], giver]) if giver != NONE else []
            lot = self.lot(item, giver, self.side(event, "destinationList"), day, NONE, number, -1)
            self.link([each for each in sources if each != lot], lot, item, number, event, day)
            self.away[item[0]].append(lot)

    def receive(self, number: int, event: Event, day: int, things: list[Item]) -> None:
        giver, holder = self.side(event, "sourceList"), self.side(event, "destinationList")
        holder = self.holder(event.place) if holder == NONE else holder
        for item in things:
            for lot in self.away[item[0]]:
                row = self.rows[lot]
                if row["holder"] in (NONE, holder) and (giver == NONE or row["giver"] in (NONE, giver)):
                    if row["holder"] == NONE:
                        self.there[item[0], NONE].remove(lot)
                        self.there[item[0], holder].append(lot)
                    row |= {"holder": holder, "came": day, "got": number}
                    self.away[item[0]].remove(lot)
                    break
            else:
                self.lot(item, giver, holder, NONE, day, -1, number)

    def transform(self, number: int, event: Event, day: int, place: int) -> None:
        inputs, outputs = self.mixes[str(event.data.get("transformationID") or f"event {number}")]
        given = [_canonical(item) for item in event.items(*INPUTS)]
        fresh = [(lot, item) for item in given for lot in self.sources(item, place)]
        made = [self.lot(_canonical(item), place, place, day, day, number, number) for item in event.items(*OUTPUTS)]
        counts: dict[str, int] = defaultdict(int)
        for _lot, item in inputs + fresh:
            counts[item[0]] += 1
        for pairs, targets in ((fresh, outputs + made), (inputs, made)):
            for target in targets:
                for lot, item in pairs:
                    known = item[1] if counts[item[0]] == 1 and len(outputs) + len(made) == 1 else float("nan")
                    self.link([lot], target, (item[0], known, item[2]), number, event, day)
        inputs += fresh
        outputs += made

    def sources(self, item: Item, place: int) -> list[int]:
        """The lots of an input at a place; one of unknown origin where it was never seen to come."""
        return list(self.there[item[0], place]) or [self.lot(item, NONE, place, NONE, NONE, -1, -1)]

    def pack(self, event: Event) -> None:
        inside = self.packed[canonical(str(event.data["parentID"]))]
        children = {item[0]: item for item in map(_canonical, event.items("childEPCs", "childQuantityList"))}
        if event.data.get("action") != "DELETE":
            inside |= children
        else:
            for uri in list(children or inside):
                inside.pop(uri, None)

    def unpacked(self, event: Event) -> list[Item]:
        """The things an event is about, with everything packed into them, at any depth."""
        own = [(str(event.data["parentID"]), 1.0, "")] if event.data.get("parentID") else []
        queue, found = [_canonical(item) for item in own + event.items(*THINGS)], dict[str, Item]()
        while queue:
            item = queue.pop()
            if item[0] not in found:
                found[item[0]] = item
                queue += self.packed.get(item[0], {}).values()
        return [found[uri] for uri in sorted(found)]

    def chain(self) -> Chain:
        """Everything read so far, in columns."""
        columns = {name: [row[name] for row in self.rows] for name in ("item", "sent", "got", *LotBlock.DTYPES)}
        lots: dict[str, Any] = {name: np.array(columns[name], dtype) for name, dtype in LotBlock.DTYPES.items()}
        names = ("source", "target", "day", "quantity", "unit", "document", "event")
        values = zip(*self.links, strict=True) if self.links else ((),) * len(names)
        links: dict[str, Any] = {
            name: np.array(column, EdgeBlock.DTYPES[name]) for name, column in zip(names, values, strict=True)
        }
        holders, batches, units, documents = (
            tuple(self.names[kind]) for kind in ("holder", "batch", "unit", "document")
        )
        sent, got = (np.array(columns[name], np.int32) for name in ("sent", "got"))
        items = tuple(columns["item"])
        return Chain(LotBlock(**lots), EdgeBlock(**links), items, holders, batches, units, documents, sent, got)


def _canonical(item: Item) -> Item:
    return canonical(item[0]), item[1], item[2]
