"""EPCIS XML (2.0, and 1.2 with its `extension` wrappers) in the shape of EPCIS JSON."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from qualitycity.methods.tracing.epcis import PREFIXES, Event, fuller

Element = ElementTree.Element
WRAPPERS = ("extension", "baseExtension")
INSTANCES = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList", "sensorElementList")
PAIRS = ("bizTransactionList", "sourceList", "destinationList")
IGNORED = "{https://repository-x.example.com/}ignoreFields"
VALUES = {prefix: PREFIXES[prefix] for prefix in ("gs1", "cbv")}  # XML has no context: only these names are expanded
DANGER = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)


def read_xml(text: bytes | str) -> list[Event]:
    """The events of an EPCIS XML document; document types and entities are refused."""
    raw = text.encode() if isinstance(text, str) else text
    if DANGER.search(raw):
        raise ValueError("doc: XML with a document type or entities is not read")
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError as fault:
        raise ValueError(f"doc: no well-formed XML: {fault}") from None
    found = next(root.iter("EventList"), None)
    if found is None:
        raise ValueError("doc: an EPCIS XML document with an EventList expected")
    ignored = {field.tag for each in root.iter(IGNORED) for field in each}
    events = [each for child in found for each in (child if child.tag in WRAPPERS else (child,))]
    return [Event(fuller(_event(event, ignored), "", VALUES)) for event in events]


def _event(event: Element, ignored: set[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"type": event.tag}
    for field in _fields(event):
        if field.tag in ignored:
            continue
        if field.tag in INSTANCES:
            value: Any = [_text(each) for each in field]
        elif field.tag in LISTS:
            value = [_element(each) for each in field]
        elif field.tag in PAIRS:
            value = [dict(each.attrib) | {each.tag: _text(each)} for each in field]
        else:
            value = _element(field) if len(field) or field.attrib else _text(field)
        if value:
            data[field.tag] = value
    return data


def _fields(element: Element) -> list[Element]:
    """Children, with those inside the wrappers of EPCIS 1.2 in their place."""
    found: list[Element] = []
    for child in element:
        found += _fields(child) if child.tag in WRAPPERS else [child]
    return found


def _element(element: Element) -> dict[str, Any]:
    """Attributes and children by name; a name that comes more than once becomes a list."""
    data: dict[str, Any] = dict(element.attrib)
    for child in _fields(element):
        value = _element(child) if len(child) or child.attrib else _text(child)
        if child.tag in data:
            data[child.tag] = [*(data[child.tag] if isinstance(data[child.tag], list) else [data[child.tag]]), value]
        else:
            data[child.tag] = value
    if element.text and element.text.strip() and data:
        data["#text"] = element.text.strip()
    return data


def _text(element: Element) -> str:
    return (element.text or "").strip()
