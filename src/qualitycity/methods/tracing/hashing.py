"""The event hash of CBV 2.0: one identifier for the content of an event, equal for XML and JSON-LD.

The event is written as one text, its fields in the canonical order, values in one form, lists sorted; the hash is the
SHA-256 of that text in a `ni` URI (RFC 6920).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from qualitycity.methods.tracing.digital_link import canonical

if TYPE_CHECKING:
    from qualitycity.methods.tracing.epcis import Event

VERSIONS = ("CBV2.0",)
QUANTITIES = ("epcClass", "quantity", "uom")
DEVICE = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")
METADATA = ("time", "startTime", "endTime", *DEVICE, "bizRules")
REPORT = (
    *("type", "exception", *DEVICE, "time", "microorganism", "chemicalSubstance", "value", "component"),
    *("stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev"),
    *("percRank", "percValue", "uom", "coordinateReferenceSystem"),
)
Order = tuple[tuple[str, Any], ...]


def _plain(*names: str) -> Order:
    return tuple((name, None) for name in names)


# Canonical property order of CBV 2.0, section 8.9, as its reference program applies it: what the table does not name
# (transactions, sources, destinations, ilmd, extensions) follows at the end, sorted.
ORDER: Order = (
    *_plain("eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID"),
    *_plain("epcList", "inputEPCList", "childEPCs"),
    *((name, _plain(*QUANTITIES)) for name in ("quantityList", "childQuantityList", "inputQuantityList")),
    *_plain("outputEPCList"),
    ("outputQuantityList", _plain(*QUANTITIES)),
    *_plain("action", "transformationID", "bizStep", "disposition"),
    ("persistentDisposition", _plain("set", "unset")),
    ("readPoint", _plain("id")),
    ("bizLocation", _plain("id")),
    ("sensorElementList", (("sensorMetadata", _plain(*METADATA)), ("sensorReport", _plain(*REPORT)))),
)
ELEMENT = {
    **dict.fromkeys(("epcList", "inputEPCList", "childEPCs", "outputEPCList"), "epc"),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), "quantityElement"
    ),
    "sensorElementList": "sensorElement",
}
PAIRS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
TIMES = {"eventTime", "time", "startTime", "endTime"}
LEFT_OUT = {"recordTime", "eventID", "type", "errorDeclaration", "@context"}
COMMENTS = {"comment", "rdfs:comment", "{http://www.w3.org/2000/01/rdf-schema#}comment"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)")
OLD = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}
URN = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):")


def event_hash(event: Event, version: str = "CBV2.0") -> str:
    """The hash of the content of an event, as a `ni` URI.

    Equal for the same event in XML and JSON-LD, whatever the order of unordered parts, the prefix names, the form of
    keys (EPC URI or Digital Link) and the time zone in which times are written. `eventID`, `recordTime`, error
    declarations and comments do not count. Raises ValueError for another version and for times that are no times.

    Source: CBV 2.0, section 8.9 (EPCIS Event Hash ID); order of the parts as in the vectors of its reference program.

    >>> from qualitycity.methods.tracing import Event
    >>> event_hash(Event({"type": "ObjectEvent", "eventTime": "2026-11-02T09:00:00+08:00",
    ...     "eventTimeZoneOffset": "+08:00", "epcList": ["urn:epc:id:sscc:4012345.0000000001"],
    ...     "action": "OBSERVE"}))[:24]
    'ni:///sha-256;8d34256517'
    """
    if version not in VERSIONS:
        raise ValueError(f"version: one of {', '.join(VERSIONS)} expected, {version!r} given")
    return f"ni:///sha-256;{hashlib.sha256(prehash(event).encode()).hexdigest()}?ver={version}"


def prehash(event: Event) -> str:
    """The text whose SHA-256 is the event hash."""
    text, rest = _ordered(event.data, ORDER, top=True)
    return f"eventType={event.data.get('type', '')}{text}{''.join(sorted(rest))}"


def _ordered(data: Mapping[str, Any], order: Order, top: bool = False) -> tuple[str, list[str]]:
    """(fields in canonical order with the extensions of this level behind, what the order does not name)."""
    parts, rest, named = list[str](), list[str](), set[str]()
    for name, inner in order:
        named.add(name)
        value = data.get(name)
        if value is None:
            continue
        text, left = _field(name, value, inner)
        parts.append(text)
        if left:
            rest.append(name + "".join(sorted(left)))
    extensions = list[str]()
    for name, value in data.items():
        if name not in named and name not in COMMENTS and not (top and name in LEFT_OUT):
            (rest if top or not name.startswith("{") else extensions).extend(_free(name, value))
    return "".join(parts) + "".join(sorted(extensions)), rest


def _field(name: str, value: Any, inner: Order | None) -> tuple[str, list[str]]:
    """One named field: (its text, what is left over below it)."""
    element = ELEMENT.get(name)
    values = value if isinstance(value, list) else [value]
    if inner is None:
        texts = sorted(f"{element or name}={_value(name, each)}" for each in values if _text(each))
        return (name if element and texts else "") + "".join(texts), []
    texts, left = [], []
    for each in values:
        text, rest = _ordered(each, inner)
        if text:
            texts.append((element or name) + text)
        if rest:
            left += [element + "".join(sorted(rest))] if element else rest
    return (name if element and texts else "") + "".join(sorted(texts)), left


def _free(name: str, value: Any) -> list[str]:
    """A field the order does not name, with everything below it sorted; one text for each value."""
    if name in PAIRS:
        key = PAIRS[name]
        pairs = [f"type={_value('type', each['type'])}" if "type" in each else "" for each in value]
        texts = sorted(pair + f"{key}={_value(key, each[key])}" for pair, each in zip(pairs, value, strict=True))
        return [name + "".join(texts)] if texts else []
    found = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            inner = [text for key, below in each.items() if key not in COMMENTS for text in _free(key, below)]
            found.append(name + "".join(sorted(inner)))
        else:
            found.append(f"{name}={_value(name, each)}" if _text(each) else name)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


def _value(name: str, value: Any) -> str:
    """One value in its canonical form."""
    text = _text(value)
    if name in TIMES:
        return utc(text)
    if NUMBER.fullmatch(text):
        number = float(text)  # the vectors write numbers as IEEE doubles, so that 24 digits lose their last ones
        return str(int(number)) if number.is_integer() else str(number) if isfinite(number) else text
    if text.startswith("urn:epcglobal:cbv:"):
        return URN.sub(lambda found: f"https://ref.gs1.org/cbv/{OLD[found[1]]}", text)
    return canonical(text)


def utc(stamp: str) -> str:
    """A time stamp in UTC with milliseconds, the fourth decimal rounded half up (CBV 2.0, section 8.9, rule 9).

    >>> utc("2023-01-18T12:04:03.1415+01:00")
    '2023-01-18T11:04:03.142Z'
    """
    found = STAMP.fullmatch(stamp)
    try:
        moment = datetime.fromisoformat(f"{found[1]}{found[3]}").astimezone(UTC) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        raise ValueError(f"event: {stamp!r} is no time with a time zone")
    decimals = (found[2] or "").ljust(4, "0")
    moment += timedelta(milliseconds=int(decimals[:3]) + (decimals[3] >= "5"))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
