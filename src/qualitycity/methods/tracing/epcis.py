"""EPCIS 2.0 documents in and out: events as data, with extension names in full ({namespace}name)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
KINDS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
# Prefixes that the EPCIS 2.0 context declares for every document.
PREFIXES = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
# What a bare word stands for, by the field it is in (EPCIS 2.0 JSON-LD context).
WORDS = {
    "bizStep": "https://ref.gs1.org/cbv/BizStep-",
    "disposition": "https://ref.gs1.org/cbv/Disp-",
    "set": "https://ref.gs1.org/cbv/Disp-",
    "unset": "https://ref.gs1.org/cbv/Disp-",
    "bizTransactionList": "https://ref.gs1.org/cbv/BTT-",
    "sourceList": "https://ref.gs1.org/cbv/SDT-",
    "destinationList": "https://ref.gs1.org/cbv/SDT-",
    "sensorReport": "https://gs1.org/voc/",
    "exception": "https://gs1.org/voc/",
    "component": "https://ref.gs1.org/cbv/Comp-",
}


@dataclass(frozen=True)
class Event:
    """One event: `data` in the shape of EPCIS JSON, with CBV words and extension names written in full."""

    data: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent."""
        return str(self.data.get("type", ""))

    @property
    def time(self) -> datetime:
        """When it happened, with its time zone."""
        return datetime.fromisoformat(str(self.data["eventTime"]))

    @property
    def step(self) -> str:
        """The business step as a bare word ("shipping"); an own vocabulary's URI in full."""
        return str(self.data.get("bizStep", "")).removeprefix(WORDS["bizStep"])

    @property
    def place(self) -> str:
        """Where the goods are after the event (bizLocation), else where it was seen (readPoint); "" if unknown."""
        for name in ("bizLocation", "readPoint"):
            if self.data.get(name):
                return str(self.data[name]["id"])
        return ""

    def items(self, *names: str) -> list[tuple[str, float, str]]:
        """(identifier, quantity, unit) of the instances and quantities in the named fields; 1 piece for an instance."""
        found: list[tuple[str, float, str]] = []
        for name in names:
            for each in self.data.get(name, ()):
                if isinstance(each, Mapping):
                    quantity = float(each["quantity"]) if each.get("quantity") is not None else float("nan")
                    found.append((str(each["epcClass"]), quantity, str(each.get("uom", ""))))
                else:
                    found.append((str(each), 1.0, ""))
        return found

    def pairs(self, name: str) -> dict[str, str]:
        """bizTransactionList, sourceList or destinationList as {type (bare word): identifier}."""
        key = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}[name]
        return {str(each.get("type", "")).rpartition("-")[2]: str(each[key]) for each in self.data.get(name, ())}


def epcis_read(doc: bytes | str | Mapping[str, Any]) -> list[Event]:
    """The events of an EPCIS 2.0 document: JSON-LD (text or parsed) or XML (text); capture and query documents.

    Bare words of the CBV and compact names become full ones; fields that a query document asks to ignore are left out.
    Raises ValueError for texts that are no such document, and names every event without kind or time.

    >>> event = {"type": "ObjectEvent", "eventTime": "2026-11-02T09:00:00+08:00", "bizStep": "shipping"}
    >>> [each.data["bizStep"] for each in epcis_read({"type": "EPCISDocument", "epcisBody": {"eventList": [event]}})]
    ['https://ref.gs1.org/cbv/BizStep-shipping']
    """
    if isinstance(doc, bytes | str) and doc.strip()[:1] in (b"<", "<"):
        from qualitycity.methods.tracing.epcis_xml import read_xml

        events = read_xml(doc)
    else:
        events = _read_json(doc if isinstance(doc, Mapping) else _parsed(doc))
    faults = [
        f"event {number} has no {name}" if not event.data.get(name) else f"event {number} is a {event.kind!r}"
        for number, event in enumerate(events)
        for name in ("type", "eventTime")
        if not event.data.get(name) or (name == "type" and event.kind not in KINDS)
    ]
    if faults:
        raise ValueError("doc: " + "; ".join(faults))
    return events


def epcis_write(events: Iterable[Event | Mapping[str, Any]], created: datetime) -> dict[str, Any]:
    """An EPCIS 2.0 JSON-LD document of these events, for instance those of `Chain.events`; ready for `json.dumps`.

    `created` must have a time zone (ValueError otherwise). Extension namespaces get prefixes ext1, ext2, ...

    >>> from datetime import UTC
    >>> epcis_write([], datetime(2026, 11, 2, tzinfo=UTC))["creationDate"]
    '2026-11-02T00:00:00+00:00'
    """
    if created.tzinfo is None:
        raise ValueError(f"created: a time with a time zone expected, {created} given")
    spaces: dict[str, str] = {}
    shown = [_shorter(event.data if isinstance(event, Event) else event, "", spaces) for event in events]
    return {
        "@context": [CONTEXT, *({prefix: space} for space, prefix in spaces.items())],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.isoformat(),
        "epcisBody": {"eventList": shown},
    }


def fuller(value: Any, name: str, prefixes: Mapping[str, str], inside: str = "") -> Any:
    """Names and words written in full, at every depth; `inside` is the field around."""
    if isinstance(value, Mapping):
        whole = {}
        for key, below in value.items():
            prefix, colon, local = key.partition(":")
            full = f"{{{prefixes[prefix]}}}{local}" if colon and prefix in prefixes else key
            whole[full] = fuller(below, key, prefixes, name)
        return whole
    if isinstance(value, list):
        return [fuller(each, name, prefixes, inside) for each in value]
    if not isinstance(value, str):
        return value
    prefix, colon, local = value.partition(":")
    if colon:
        return prefixes[prefix] + local if prefix in prefixes else value
    word = WORDS.get(inside if name == "type" else name if name not in ("sensorReport", "sourceList") else "")
    return word + value if word and value else value


def _parsed(text: bytes | str) -> Mapping[str, Any]:
    try:
        doc = json.loads(text)
    except ValueError as fault:
        raise ValueError(f"doc: neither XML nor JSON: {fault}") from None
    if not isinstance(doc, Mapping):
        raise ValueError(f"doc: a JSON object expected, {type(doc).__name__} given")
    return doc


def _read_json(doc: Mapping[str, Any]) -> list[Event]:
    body = doc.get("epcisBody")
    holder = body.get("queryResults", doc) if isinstance(body, Mapping) else doc
    found: Sequence[Any] | None = None
    if isinstance(body, Mapping):
        found = holder.get("resultsBody", {}).get("eventList") if "queryResults" in body else body.get("eventList")
        found = [body["event"]] if found is None and "event" in body else found
    elif doc.get("type") in KINDS:
        found = [doc]
    if found is None:
        raise ValueError("doc: neither an EPCIS document with a list of events nor an event")
    prefixes = PREFIXES | _prefixes(doc.get("@context", ()))
    ignored = {name for key, names in holder.items() if key.endswith(":ignoreFields") for name in names}
    return [
        Event(fuller({key: below for key, below in event.items() if key not in ignored}, "", own))
        for event in found
        for own in [prefixes | _prefixes(event.get("@context", ()))]
    ]


def _prefixes(context: Any) -> dict[str, str]:
    parts = context if isinstance(context, list) else [context]
    maps = [part for part in parts if isinstance(part, Mapping)]
    return {prefix: space for part in maps for prefix, space in part.items() if isinstance(space, str)}


def _shorter(value: Any, name: str, spaces: dict[str, str]) -> Any:
    """The inverse of `fuller`, for writing."""
    if isinstance(value, Mapping):
        short = {}
        for key, below in value.items():
            space, closed, local = key[1:].partition("}") if key.startswith("{") else ("", "", "")
            known = {uri: prefix for prefix, uri in PREFIXES.items()}
            prefix = known.get(space) or (spaces.setdefault(space, f"ext{len(spaces) + 1}") if closed else "")
            short[f"{prefix}:{local}" if closed else key] = _shorter(below, key, spaces)
        return short
    if isinstance(value, list):
        return [_shorter(each, name, spaces) for each in value]
    for word in set(WORDS.values()) if isinstance(value, str) and (name in WORDS or name == "type") else ():
        if value.startswith(word) and word != PREFIXES["gs1"]:
            return value.removeprefix(word)
    return value
