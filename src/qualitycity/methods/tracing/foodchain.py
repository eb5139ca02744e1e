"""FoodChain-Lab's exchange JSON (version 1) in and out: stations, deliveries, which delivery went into which.

A delivery becomes a lot: its giver is the sending station, its holder the receiving one. Format: schema
`fcl-json-schema-v1` of the BfR (German Federal Institute for Risk Assessment), FoodChain-Lab exchange format 1.0.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitycity.methods.tracing.blocks import NONE, EdgeBlock, LotBlock, day_number

if TYPE_CHECKING:
    from qualitycity.methods.tracing.score import FclScore

Row = dict[str, Any]
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(\S+)")
ISO, GERMAN = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{2}\.\d{2}\.\d{4}")


@dataclass(frozen=True)
class Network:
    """Stations and deliveries as rows {column: value}, and relations (delivery, delivery it went into).

    `columns` keeps the types of the columns of each table, `tracing` and `settings` the user's marks and layout as they
    came, so that a document that is read and written again loses nothing. Station and delivery number i (in the order
    of the rows) are holder and lot number i of an index.
    """

    stations: tuple[Row, ...]
    deliveries: tuple[Row, ...]
    relations: tuple[tuple[str, str], ...]
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tracing: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def station(self) -> dict[str, int]:
        """Number of a station by its id."""
        return {row["ID"]: number for number, row in enumerate(self.stations)}

    @cached_property
    def delivery(self) -> dict[str, int]:
        """Number of a delivery by its id."""
        return {row["ID"]: number for number, row in enumerate(self.deliveries)}

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units in which amounts are given; their places are the unit codes."""
        return tuple(sorted({unit for _quantity, unit in self._amounts if unit}))

    @cached_property
    def _amounts(self) -> list[tuple[float, str]]:
        """Amounts that are one number and one unit; other texts ("2 pallets of 18.4 kg") are not guessed at."""
        found = [AMOUNT.fullmatch(str(row.get("Amount", "")).strip()) for row in self.deliveries]
        return [(float(match[1]), match[2]) if match else (np.nan, "") for match in found]

    def lots(self) -> LotBlock:
        """The deliveries as lots for `TraceIndex`."""
        code = {unit: number for number, unit in enumerate(self.units)} | {"": NONE_UNIT}
        return LotBlock(
            holder=np.array([self.station[row["to"]] for row in self.deliveries], np.int32),
            giver=np.array([self.station[row["from"]] for row in self.deliveries], np.int32),
            left=np.array([_day(row.get("Date Delivery")) for row in self.deliveries], np.int32),
            came=np.array([_day(row.get("Date Delivery Arrival")) for row in self.deliveries], np.int32),
            quantity=np.array([quantity for quantity, _unit in self._amounts], float),
            unit=np.array([code[unit] for _quantity, unit in self._amounts], np.int16),
        )

    def edges(self) -> EdgeBlock:
        """The relations as links for `TraceIndex`."""
        pairs = [(self.delivery[source], self.delivery[target]) for source, target in self.relations]
        both = np.array(pairs, np.int32).reshape(-1, 2)
        return EdgeBlock(both[:, 0], both[:, 1])

    def marked(self, table: str, mark: str) -> list[int]:
        """Numbers of the stations ("nodes") or "deliveries" that the user marked.

        Marks are those of FoodChain-Lab: "crossContamination", "killContamination", "observed", and "weight" (an
        outbreak: greater than 0).
        """
        numbers = self.station if table == "nodes" else self.delivery
        return [numbers[row["id"]] for row in self.tracing.get(table, ()) if row.get(mark) and row["id"] in numbers]


NONE_UNIT = -(2**15)


def foodchain_read(doc: Mapping[str, Any]) -> Network:
    """Read a FoodChain-Lab JSON document (already parsed).

    Raises ValueError naming every fault at once: missing or repeated ids, unknown stations and deliveries.

    >>> table = lambda *rows: {"columnProperties": [], "data": [[{"id": k, "value": v} for k, v in r] for r in rows]}
    >>> network = foodchain_read({"version": "1.0.0", "data": {
    ...     "stations": table([("ID", "mill")], [("ID", "shop")]),
    ...     "deliveries": table([("ID", "D1"), ("from", "mill"), ("to", "shop")]),
    ...     "deliveryRelations": table()}})
    >>> network.lots().holder
    array([1], dtype=int32)
    """
    version = str(doc.get("version", ""))
    if version.split(".")[0] != "1":
        raise ValueError(f"doc: version 1 of the FoodChain-Lab format expected, {version!r} given")
    tables = {name: doc["data"][name] for name in ("stations", "deliveries", "deliveryRelations")}
    rows = {name: tuple({c["id"]: c["value"] for c in row} for row in table["data"]) for name, table in tables.items()}
    faults = list(_faults(rows))
    if faults:
        raise ValueError("doc: " + "; ".join(faults))
    return Network(
        rows["stations"],
        rows["deliveries"],
        tuple((row["from"], row["to"]) for row in rows["deliveryRelations"]),
        {name: {each["id"]: each["type"] for each in table["columnProperties"]} for name, table in tables.items()},
        doc.get("tracing") or {},
        doc.get("settings") or {},
    )


def foodchain_write(network: Network, scores: FclScore | None = None) -> dict[str, Any]:
    """The FoodChain-Lab JSON document of a network; with scores as a further column "Score" of both tables."""
    tables = {"stations": network.stations, "deliveries": network.deliveries}
    types = {name: dict(network.columns.get(name, {})) for name in (*tables, "deliveryRelations")}
    if scores is not None:
        dense = {
            "stations": scores.of_stations(len(network.stations)),
            "deliveries": scores.of_lots(len(network.deliveries)),
        }
        tables = {
            name: tuple(row | {"Score": value} for row, value in zip(rows, dense[name].tolist(), strict=True))
            for name, rows in tables.items()
        }
        types = {name: known | ({"Score": "double"} if name in tables else {}) for name, known in types.items()}
    relations = tuple({"from": source, "to": target} for source, target in network.relations)
    data = {name: _table(rows, types[name]) for name, rows in (tables | {"deliveryRelations": relations}).items()}
    doc: dict[str, Any] = {"version": "1.0.0", "data": {"version": "1.0.0"} | data}
    doc |= {"tracing": dict(network.tracing)} if network.tracing else {}
    return doc | ({"settings": dict(network.settings)} if network.settings else {})


def _faults(rows: Mapping[str, tuple[Row, ...]]) -> Iterable[str]:
    known: dict[str, set[str]] = {}
    for name in ("stations", "deliveries"):
        known[name] = set()
        for number, row in enumerate(rows[name]):
            if row.get("ID") is None:
                yield f"row {number} of {name} has no ID"
            elif row["ID"] in known[name]:
                yield f"ID {row['ID']!r} stands twice in {name}"
            known[name].add(str(row.get("ID")))
    for name, of in (("deliveries", "stations"), ("deliveryRelations", "deliveries")):
        for number, row in enumerate(rows[name]):
            for end in ("from", "to"):
                if row.get(end) not in known[of]:
                    yield f"{end} of row {number} of {name} is {row.get(end)!r}, which is not among the {of}"


def _table(rows: tuple[Row, ...], types: dict[str, str]) -> dict[str, Any]:
    for row in rows:
        for name, value in row.items():
            types.setdefault(name, {bool: "boolean", int: "int", float: "double"}.get(type(value), "string"))
    return {
        "columnProperties": [{"id": name, "type": kind} for name, kind in types.items()],
        "data": [[{"id": name, "value": value} for name, value in row.items()] for row in rows],
    }


def _day(text: Any) -> int:
    """Only whole dates count, as in FoodChain-Lab: YYYY-MM-DD or DD.MM.YYYY; anything else is "not known"."""
    form = "%Y-%m-%d" if ISO.fullmatch(str(text)) else "%d.%m.%Y" if GERMAN.fullmatch(str(text)) else ""
    try:
        return day_number(datetime.strptime(str(text), form).date()) if form else NONE
    except ValueError:
        return NONE
