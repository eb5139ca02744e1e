"""EPCIS in and out, the event hash on its vectors, chains of events, and what cannot be right in them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.tracing import Chain, Event, TraceIndex, epcis_read, epcis_write, event_hash, plausibility
from qualitycity.methods.tracing.blocks import day_of
from qualitycity.methods.tracing.digital_link import canonical, check_digit
from qualitycity.methods.tracing.hashing import prehash, utc

NOW = datetime(2026, 11, 30, tzinfo=UTC)
# GS1's examples on which the reference program departs from its own rule that XML and JSON-LD hash alike.
DEPARTS = {
    "WithSensorData__SensorDataExample7": "it writes JSON's true as Python's True",
    "WithSensorData__SensorDataExample9": "it writes JSON's true as Python's True",
    "WithSensorData__SensorDataExample12": "it takes extensions out of place if their namespace has no final slash",
    "WithFullCombinationOfFields__object_event_all_possible_fields": "True, and cbvmda: is not expanded",
    "WithFullCombinationOfFields__aggregation_event_all_possible_fields": "True, and cbvmda: is not expanded",
}


def golden(shared: Path) -> Path:
    return shared / "golden" / "tracing"


def test_every_hash_vector(shared: Path) -> None:
    files = [file for file in (golden(shared) / "epcis_hash").iterdir() if file.suffix in (".xml", ".jsonld")]
    assert len(files) >= 22
    for file in files:
        found = [event_hash(event) for event in epcis_read(file.read_bytes())]
        assert found == file.with_suffix(".hashes").read_text().split(), file.name


def test_gs1_examples_hash_as_the_reference_program_but_for_its_departures(shared: Path) -> None:
    known = json.loads((golden(shared) / "epcis_gs1_hashes.json").read_text())["documents"]
    differ, compared = set(), 0
    for name, reference in known.items():
        events = epcis_read((golden(shared) / "epcis_gs1" / name).read_bytes())
        assert events and all(event_hash(event).startswith("ni:///sha-256;") for event in events)
        compared += "hashes" in reference
        if reference.get("hashes", found := [event_hash(event) for event in events]) != found:
            differ.add(name.removesuffix(".jsonld"))
    assert compared == 23 and differ == set(DEPARTS)


@pytest.mark.parametrize(
    "name", [name for name, why in DEPARTS.items() if why == "it writes JSON's true as Python's True"]
)
def test_the_only_departure_is_true(name: str, shared: Path) -> None:
    import hashlib

    (event,) = epcis_read((golden(shared) / "epcis_gs1" / f"{name}.jsonld").read_bytes())
    text = prehash(event).replace("booleanValue=true", "booleanValue=True")
    known = json.loads((golden(shared) / "epcis_gs1_hashes.json").read_text())["documents"][f"{name}.jsonld"]["hashes"]
    assert known == [f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"]


def test_gs1_documents_written_and_read_again_hash_alike(shared: Path) -> None:
    for file in (golden(shared) / "epcis_gs1").glob("*.jsonld"):
        events = epcis_read(file.read_bytes())
        again = epcis_read(json.dumps(epcis_write(events, NOW)))
        assert [event_hash(event) for event in again] == [event_hash(event) for event in events], file.name


SHIPPED = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-02T09:00:00.5+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876", "urn:epc:id:sgtin:4012345.011111.5"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 2.50, "uom": "KGM"}],
    "{https://ns.example.com/}grade": "A",
}


@given(st.permutations(list(SHIPPED)), st.permutations(SHIPPED["epcList"]))
def test_order_keys_and_bookkeeping_do_not_change_the_hash(order: list[str], epcs: list[str]) -> None:
    other = {name: SHIPPED[name] for name in order} | {"epcList": epcs, "recordTime": "2026-11-03T00:00:00Z"}
    other |= {"eventTime": "2026-11-02T01:00:00.500Z", "eventID": "urn:x", "errorDeclaration": {"reason": "x"}}
    other["quantityList"] = [{"uom": "KGM", "quantity": "2.5", "epcClass": "https://a.cn/01/04012345123456/10/L1?17=1"}]
    assert event_hash(Event(other)) == event_hash(Event(SHIPPED))


@pytest.mark.parametrize(
    "change",
    [
        {"action": "ADD"},
        {"eventTimeZoneOffset": "+07:00"},
        {"{https://ns.example.com/}grade": "B"},
        {"parentID": "x"},
        {"epcList": []},
    ],
)
def test_any_change_of_content_changes_the_hash(change: dict[str, Any]) -> None:
    assert event_hash(Event(SHIPPED | change)) != event_hash(Event(SHIPPED))


def test_times_round_half_up_and_carry() -> None:
    assert utc("2026-12-31T23:59:59.99951+00:00") == "2027-01-01T00:00:00.000Z"
    for wrong in ("2026-11-02T09:00:00", "yesterday", "2026-13-02T09:00:00Z"):
        with pytest.raises(ValueError, match="is no time with a time zone"):
            utc(wrong)


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("urn:epc:id:sscc:4012345.0111111111", "/00/040123451111111110"),
        ("urn:epc:id:sgln:4012345.00001.0", "/414/4012345000016"),
        ("urn:epc:id:sgln:4012345.00012.abc", "/414/4012345000122/254/abc"),
        ("urn:epc:id:pgln:4012345.00000", "/417/4012345000009"),
        ("urn:epc:id:gdti:4012345.55555.1234", "/253/40123455555541234"),
        ("urn:epc:id:grai:4012345.12345.a+b", "/8003/04012345123456a%2Bb"),
        ("urn:epc:id:giai:4012345.abc", "/8004/4012345abc"),
        ("urn:epc:id:cpi:4012345.AB.12", "/8010/4012345AB/8011/12"),
        ("urn:epc:id:itip:4012345.012345.01.02.9", "/8006/040123451234560102/21/9"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "/01/04012345666663"),
        ("https://x.cn/01/4012345123456/22/2A/10/L1/21/S1", "/01/04012345123456/21/S1"),
        ("https://x.cn/p/gln/4012345000016/254/7#top", "/414/4012345000016/254/7"),
    ],
)
def test_keys_have_one_form(uri: str, link: str) -> None:
    assert canonical(uri) == f"https://id.gs1.org{link}"
    assert canonical(canonical(uri)) == canonical(uri)


@pytest.mark.parametrize(
    "text",
    [
        "urn:epc:id:sgtin:4012345.01.1",
        "urn:epc:id:nothing:1.2",
        "urn:epc:id:giai:4012345",
        "https://x.cn/01/12",
        "urn:epc:idpat:sscc:4012345.*",
        "lot 5",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert canonical(text) == text


@given(st.text("0123456789", min_size=1, max_size=17))
def test_the_check_digit_catches_every_single_error(digits: str) -> None:
    other = str((int(digits[0]) + 1) % 10) + digits[1:]
    assert check_digit(other) != check_digit(digits)


# -- chains: farm -> mill -> two shops, by way of a container

FARM, MILL, SHOP, KIOSK = (
    f"https://id.gs1.org/414/{digits + check_digit(digits)}"
    for digits in ("697999000001", "697999000002", "697999000003", "697999000004")
)
WHEAT, FLOUR = "https://id.gs1.org/01/06979990000013/10/W1", "https://id.gs1.org/01/06979990000020/10/F1"
BOX = "urn:epc:id:sscc:6979990.0000000001"


def event(kind: str, day: int, step: str, **more: Any) -> Event:
    time = {"eventTime": f"2026-11-{day:02d}T10:00:00+08:00", "eventTimeZoneOffset": "+08:00"}
    return Event({"type": kind, "bizStep": f"https://ref.gs1.org/cbv/BizStep-{step}"} | time | more)


def amount(item: str, quantity: float) -> list[dict[str, Any]]:
    return [{"epcClass": item, "quantity": quantity, "uom": "KGM"}]


def sides(giver: str, holder: str) -> dict[str, Any]:
    return {
        "sourceList": [{"type": "https://ref.gs1.org/cbv/SDT-possessing_party", "source": giver}],
        "destinationList": [{"type": "https://ref.gs1.org/cbv/SDT-possessing_party", "destination": holder}],
    }


def story() -> list[Event]:
    paper = [{"type": "https://ref.gs1.org/cbv/BTT-desadv", "bizTransaction": "DN-7"}]
    ground = {
        "inputQuantityList": amount(WHEAT, 80),
        "outputQuantityList": amount(FLOUR, 70),
        "readPoint": {"id": MILL},
    }
    packed = {"action": "ADD", "parentID": BOX, "childQuantityList": amount(FLOUR, 30), "readPoint": {"id": MILL}}
    wheat, to_mill, to_shop = {"quantityList": amount(WHEAT, 100)}, sides(FARM, MILL), sides(MILL, SHOP)
    return [
        event("ObjectEvent", 1, "commissioning", action="ADD", readPoint={"id": FARM}, **wheat),
        event("ObjectEvent", 2, "shipping", bizTransactionList=paper, **wheat, **to_mill),
        event("ObjectEvent", 3, "receiving", **wheat, **to_mill),
        event("TransformationEvent", 4, "commissioning", **ground),
        event("AggregationEvent", 5, "packing", **packed),
        event("ObjectEvent", 6, "shipping", epcList=[BOX], **to_shop),
        event("ObjectEvent", 7, "receiving", epcList=[BOX], **to_shop),
        event("ObjectEvent", 8, "shipping", quantityList=amount(FLOUR, 20), **sides(MILL, KIOSK)),
    ]


def test_a_chain_is_traced_through_processing_and_containers() -> None:
    chain = Chain.of(story())
    index = TraceIndex.of(chain.edges, chain.lots, chain.units)
    (shop,), (kiosk,), (wheat,) = chain.find(FLOUR, SHOP), chain.find(FLOUR, KIOSK), chain.find(WHEAT, FARM)
    back = index.back([shop])
    assert [chain.items[lot] for lot in back.path(wheat)] == [FLOUR, FLOUR, WHEAT, WHEAT]
    assert {kiosk, shop} <= set(index.forward([wheat]).nodes.tolist()) and not back.open_ends.size
    holdings = index.same_batch([shop])
    rows = {chain.holders[at]: left for at, _unit, left in holdings.by_holder()}
    assert rows == {MILL: 20.0, SHOP: 30.0, KIOSK: 20.0}
    evidence = index.evidence(index.back([shop]).edges)
    assert "DN-7" in {chain.documents[number] for number in evidence.document.tolist() if number >= 0}
    assert day_of(int(chain.lots.came[shop])).isoformat() == "2026-11-07"


def test_a_trace_written_as_epcis_and_read_again_is_the_same_chain() -> None:
    chain = Chain.of(story())
    written = json.dumps(epcis_write(chain.events(), NOW))
    again = Chain.of(epcis_read(written))
    for name in ("left", "came", "quantity"):
        rows = [[each.lots.columns()[name][each.find(*key)].tolist() for key in keys(chain)] for each in (chain, again)]
        assert rows[0] == rows[1]
    assert links(again) == links(chain)


def keys(chain: Chain) -> list[tuple[str, str]]:
    return sorted({(item, chain.holders[at]) for item, at in zip(chain.items, chain.lots.holder, strict=True)})


def links(chain: Chain) -> set[tuple[Any, ...]]:
    ends = [(chain.items[lot], chain.holders[at]) for lot, at in enumerate(chain.lots.holder.tolist())]
    return {
        (*ends[source], *ends[target]) for source, target in zip(chain.edges.source, chain.edges.target, strict=True)
    }


def test_only_the_events_of_a_trace_are_written() -> None:
    chain = Chain.of(story())
    index = TraceIndex.of(chain.edges, chain.lots, chain.units)
    told = chain.events(index.back(chain.find(WHEAT, MILL)).nodes)
    assert [each.step for each in told] == ["commissioning", "shipping", "receiving"]


def test_transformation_in_several_events_links_all_inputs_to_all_outputs() -> None:
    made = {"readPoint": {"id": MILL}, "transformationID": "urn:t:1"}
    chain = Chain.of(
        [
            event(
                "ObjectEvent", 1, "commissioning", action="ADD", quantityList=amount(WHEAT, 9), readPoint={"id": MILL}
            ),
            event("TransformationEvent", 2, "commissioning", inputQuantityList=amount(WHEAT, 9), **made),
            event("TransformationEvent", 3, "commissioning", outputQuantityList=amount(FLOUR, 8), **made),
        ]
    )
    assert links(chain) == {(WHEAT, MILL, FLOUR, MILL)} and chain.edges.quantity.tolist() == [9.0]


def test_sound_records_have_no_findings() -> None:
    """But for what is on its way, and the container nobody said was made."""
    found = {(each.kind, each.item) for each in plausibility(story())}
    assert found == {("never_received", FLOUR), ("unknown_origin", canonical(BOX))}


def findings(change: Any) -> set[str]:
    events = story()
    change(events)
    return {each.kind for each in plausibility(events)} - {"never_received", "unknown_origin"}


def test_each_contradiction_is_found() -> None:
    def late(events: list[Event]) -> None:
        events[2] = event("ObjectEvent", 2, "receiving", quantityList=amount(WHEAT, 100), **sides(FARM, MILL))
        events[3] = Event(events[3].data | {"inputQuantityList": amount(WHEAT, 180)})

    assert findings(late) == {"quantity"}
    assert findings(lambda events: events.append(copy.deepcopy(events[0]))) == {"duplicate"}

    def twice(events: list[Event]) -> None:
        events[0], events[1] = (Event(each.data | {"eventID": "urn:1"}) for each in events[:2])

    assert findings(twice) == {"two_contents"}
    loop = event("ObjectEvent", 9, "shipping", quantityList=amount(FLOUR, 1), **sides(SHOP, SHOP))
    assert findings(lambda events: events.append(loop)) == {"to_itself"}
    assert not findings(lambda events: events.reverse()), "the order in which events are listed is nothing"


def test_goods_that_came_before_they_left_or_left_before_they_came() -> None:
    from qualitycity.methods.tracing import EdgeBlock, LotBlock
    from qualitycity.methods.tracing.checks import contradictions

    lots = LotBlock(holder=[0, 1], left=[5, 6], came=[4, 9], quantity=[3.0, np.nan], unit=[0, 0])
    found = contradictions(lots, EdgeBlock([1, 0], [0, 1], quantity=[9.0, 3.0], unit=[0, 1]))
    assert found.came_before_left.tolist() == [0] and found.left_before_inputs.tolist() == [0]
    assert not found.more_out_than_in.size, "an unknown quantity and another unit are no excess"


FAULTS = "event 0 is a 'Odd'; event 1 has no type; event 1 has no eventTime"


@pytest.mark.parametrize(
    ("doc", "message"),
    [
        (b"{", "neither XML nor JSON"),
        ("[1]", "a JSON object expected, list given"),
        ({"type": "Other"}, "neither an EPCIS document"),
        ({"epcisBody": {"eventList": [{"type": "Odd", "eventTime": "x"}, {}]}}, FAULTS),
        ("<a/>", "with an EventList expected"),
        ("<a", "no well-formed XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a/>', "document type or entities is not read"),
    ],
)  # fmt: skip
def test_documents_that_are_none(doc: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        epcis_read(doc)


def test_versions_and_times_are_checked() -> None:
    with pytest.raises(ValueError, match="version: one of CBV2.0 expected"):
        event_hash(Event(SHIPPED), "CBV3.0")
    with pytest.raises(ValueError, match="created: a time with a time zone expected"):
        epcis_write([], datetime(2026, 1, 1))
