"""What cannot be right in records of goods: dates that run backwards, more out than in, duplicates, dead ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qualitycity.methods.tracing.blocks import NONE, EdgeBlock, LotBlock, day_of
from qualitycity.methods.tracing.chain import Chain
from qualitycity.methods.tracing.epcis import Event
from qualitycity.methods.tracing.hashing import event_hash


@dataclass(frozen=True)
class Finding:
    """One thing that cannot be right or is missing.

    `kind`: "date_order", "quantity", "duplicate", "two_contents" (one eventID, two contents), "to_itself",
    "never_received", "unknown_origin". `events` are places in the list of events; `text` says it in a sentence.
    """

    kind: str
    item: str
    holder: str
    events: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Contradictions:
    """Rows of lots and links that contradict each other (see `contradictions`)."""

    came_before_left: NDArray[np.int64]
    left_before_inputs: NDArray[np.int64]
    more_out_than_in: NDArray[np.int64]
    excess: NDArray[np.float64]


def contradictions(lots: LotBlock, edges: EdgeBlock, tolerance: float = 1e-9) -> Contradictions:
    """Check whole columns: lots [k] and links [m].

    `came_before_left`: lots that came before they left; `left_before_inputs`: links whose target left before the
    source came; `more_out_than_in`: lots of which more went on than came, in one and the same unit (quantities in
    other units are not counted, never converted), by `excess`, beyond the relative `tolerance`.

    >>> lots = LotBlock(holder=[1, 2], left=[5, 3], came=[6, 4], quantity=[10.0, 12.0], unit=[0, 0])
    >>> found = contradictions(lots, EdgeBlock([0], [1], quantity=[12.0], unit=[0]))
    >>> found.left_before_inputs, found.excess
    (array([0]), array([2.]))
    """
    size, links = len(lots), edges.columns()
    columns = lots.columns()
    left, came = (columns.get(name, np.full(size, NONE)).astype(np.int64) for name in ("left", "came"))
    backward = (left != NONE) & (came != NONE) & (came < left)
    source, target = links["source"], links["target"]
    early = (came[source] != NONE) & (left[target] != NONE) & (left[target] < came[source])
    excess = np.zeros(size)
    if "quantity" in columns and "quantity" in links:
        unit, other = columns.get("unit", np.zeros(size)), links.get("unit", np.zeros(source.size))
        counted = (unit[source] == other) & np.isfinite(links["quantity"])
        out = np.bincount(source[counted], links["quantity"][counted], size)
        excess = np.where(np.isfinite(columns["quantity"]), out - columns["quantity"], 0.0)
        excess[excess <= tolerance * np.abs(out)] = 0.0
    much = np.flatnonzero(excess > 0)
    return Contradictions(np.flatnonzero(backward), np.flatnonzero(early), much, excess[much])


def plausibility(events: Iterable[Event], party: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything that cannot be right in these events, at once; nothing is corrected. `party` as in `Chain.of`.

    Found: goods that came before they left, or left before their inputs came; more of a lot out than in, lot by lot and
    unit by unit; one event recorded twice; one eventID for two contents; a delivery to oneself; goods shipped and never
    received; goods whose origin no event tells.

    >>> event = Event({"type": "ObjectEvent", "eventTime": "2026-11-02T09:00:00+08:00", "action": "ADD",
    ...     "epcList": ["urn:epc:id:sscc:4012345.0000000001"]})
    >>> [finding.kind for finding in plausibility([event, event])]
    ['duplicate']
    """
    given = list(events)
    twice = {number for found in _same(given).values() for number in found[1:]}
    chain = Chain.of([event for number, event in enumerate(given) if number not in twice], party)
    kept = [number for number in range(len(given)) if number not in twice]
    return [*_repeated(given), *_impossible(chain, kept), *_missing(chain, kept)]


def _same(events: Sequence[Event]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for number, event in enumerate(events):
        found[event_hash(event)].append(number)
    return found


def _repeated(events: Sequence[Event]) -> Iterator[Finding]:
    same = _same(events)
    for numbers in same.values():
        if len(numbers) > 1:
            yield Finding("duplicate", "", "", tuple(numbers), f"events {numbers} have the same content")
    by_id = defaultdict(list)
    for numbers in same.values():
        for name in {str(events[number].data["eventID"]) for number in numbers if events[number].data.get("eventID")}:
            by_id[name].append(numbers[0])
    for name, numbers in by_id.items():
        if len(numbers) > 1:
            yield Finding("two_contents", "", "", tuple(numbers), f"eventID {name} has several contents: {numbers}")


def _impossible(chain: Chain, kept: Sequence[int]) -> Iterator[Finding]:
    found = contradictions(chain.lots, chain.edges)
    lots, links = chain.lots.columns(), chain.edges.columns()
    for lot in found.came_before_left.tolist():
        days = [day_of(int(lots[name][lot])) for name in ("came", "left")]
        yield _finding("date_order", chain, lot, kept, f"came on {days[0]}, before it left on {days[1]}")
    for link in found.left_before_inputs.tolist():
        source, target = int(links["source"][link]), int(links["target"][link])
        days = [day_of(int(day)) for day in (lots["left"][target], lots["came"][source])]
        text = f"left on {days[0]} although its input {chain.items[source]} came on {days[1]}"
        yield _finding("date_order", chain, target, kept, text)
    for lot, excess in zip(found.more_out_than_in.tolist(), found.excess.tolist(), strict=True):
        code = int(lots["unit"][lot])
        unit = f" {chain.units[code]}" if 0 <= code < len(chain.units) else ""
        text = f"{excess + lots['quantity'][lot]:g}{unit} went on, {lots['quantity'][lot]:g}{unit} came"
        yield _finding("quantity", chain, lot, kept, text)


def _missing(chain: Chain, kept: Sequence[int]) -> Iterator[Finding]:
    lots, targets = chain.lots.columns(), set(np.asarray(chain.edges.target).tolist())
    for lot in range(len(chain.items)):
        giver, holder = int(lots["giver"][lot]), int(lots["holder"][lot])
        if giver == holder != NONE and int(chain.sent[lot]) != int(chain.got[lot]):
            yield _finding("to_itself", chain, lot, kept, "was sent to the one who sent it")
        if chain.sent[lot] >= 0 > chain.got[lot]:
            yield _finding("never_received", chain, lot, kept, "was shipped and never received")
        if giver != holder and lot not in targets:
            yield _finding("unknown_origin", chain, lot, kept, "came from nowhere that is recorded")


def _finding(kind: str, chain: Chain, lot: int, kept: Sequence[int], text: str) -> Finding:
    holder: Any = int(np.asarray(chain.lots.holder)[lot])
    numbers = sorted({kept[int(number)] for number in (chain.sent[lot], chain.got[lot]) if number >= 0})
    name = chain.holders[holder] if holder != NONE else ""
    return Finding(kind, chain.items[lot], name, tuple(numbers), f"{chain.items[lot]} {text}")
