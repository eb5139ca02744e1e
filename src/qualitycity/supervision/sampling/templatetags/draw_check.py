"""The self check of a firm on the public page: its line, its chance, its proof; its tickets once the secret is open."""

from __future__ import annotations

from typing import Any

from django import template

from qualitycity.methods.lottery.merkle import MerkleTree
from qualitycity.methods.lottery.seed import ticket

register = template.Library()


@register.simple_tag
def self_check(payload: dict[str, Any], code: str) -> dict[str, Any] | None:
    """What a published draw says of one firm. None where nothing was asked; `units` is empty where it is not listed."""
    wanted = (code or "").strip().upper()
    if not wanted:
        return None
    rows = payload["frame"]["rows"]
    found = [(place, row) for place, row in enumerate(rows) if wanted in (row["unit"], row["unit"].partition("/")[0])]
    tree = MerkleTree([line_of(row).encode() for row in rows]) if found else None
    units = [_unit(payload, row, place, tree) for place, row in found]
    excused = [
        item for item in payload["reconciliation"]["items"] if item["code"] == wanted and item["decision"] == "excused"
    ]
    return {"code": wanted, "units": units, "excused": excused, "size": len(rows), "root": payload["frame"]["root"]}


def line_of(row: dict[str, Any]) -> str:
    """The line of the frame file."""
    return f"{row['unit']},{row['stratum']},{row['weight']},{row['reason']}"


def _unit(payload: dict[str, Any], row: dict[str, Any], place: int, tree: MerkleTree | None) -> dict[str, Any]:
    tickets = []
    for number, papers in sorted(payload["papers"].items(), key=lambda item: int(item[0])):
        key = papers.get("result", {}).get("key")
        if key and row["weight"]:
            tickets.append({"round": number, "key": key, "ticket": ticket(key, row["unit"])})
    return {
        **row,
        "line": line_of(row),
        "chance": _chance(payload, row),
        "index": place,
        "proof": [digest.hex() for digest in tree.proof(place)] if tree else [],
        "tickets": tickets,
        "drawn": [one for one in payload["drawn"] if one["unit"] == row["unit"] and not one["reserve"]],
    }


def _chance(payload: dict[str, Any], row: dict[str, Any]) -> str:
    """The published exact chance in the first round, as decimal text."""
    odds = payload["papers"]["1"]["announcement"]["odds"] or []
    same = (
        item["probability"] for item in odds if (item["stratum"], item["weight"]) == (row["stratum"], row["weight"])
    )
    return next(same, "")
