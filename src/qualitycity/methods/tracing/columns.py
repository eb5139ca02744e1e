"""Columns that lie in two parts: what an index was built from, and what was appended since ("today's")."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qualitycity.methods.tracing.blocks import LotBlock, exact
from qualitycity.methods.tracing.files import EVIDENCE, Columns, fixed

NOBODY: NDArray[np.int32] = fixed(np.zeros(0, np.int32))
_NO_TIME: NDArray[np.int64] = fixed(np.zeros(0, np.int64))
NO_LINKS = (NOBODY, _NO_TIME, NOBODY, _NO_TIME)  # of `sparse`, and of a walk on which nothing mixes


def fixed_all(columns: Columns) -> Columns:
    """The same columns, read-only."""
    return {name: fixed(column) for name, column in columns.items()}


def some(numbers: Collection[int], name: str) -> NDArray[np.int32]:
    """A set of numbers, ascending."""
    return fixed(np.unique(exact(list(numbers), np.int32, name))) if numbers else NOBODY


def taken(column: tuple[NDArray[Any], NDArray[Any]], lots: NDArray[np.int32]) -> NDArray[Any]:
    """Values of a column in two parts."""
    base, extra = column
    if not extra.size:
        return base[lots]
    late = lots >= base.size
    found = np.empty(lots.size, extra.dtype)
    found[~late], found[late] = base[lots[~late]], extra[lots[late] - base.size]
    return found


def sparse(todays: Columns, key: Literal["source", "target"], first: int) -> tuple[NDArray[Any], ...]:
    """Today's links sorted by one end: (lots, start, other ends, numbers); numbered on from `first`."""
    if not todays:
        return NO_LINKS
    order = np.argsort(todays[key], kind="stable")
    keys, begin = np.unique(todays[key][order], return_index=True)
    start = np.append(begin, order.size).astype(np.int64)
    other = todays["target" if key == "source" else "source"][order]
    return fixed(keys), fixed(start), fixed(other), fixed((order + first).astype(np.int64))


def joined(
    parts: list[Columns], edges: Columns, lots: Columns, todays: Columns, new_lots: Columns
) -> tuple[Columns, Columns]:
    """Today's links and lots with further parts behind; ValueError where they do not fit the index.

    A part has the columns of an EdgeBlock and, with `lot_` before their names, those of a LotBlock.
    """
    links = [todays, *({k: v for k, v in part.items() if not k.startswith("lot_")} for part in parts)]
    rows = [new_lots, *({k[4:]: v for k, v in part.items() if k.startswith("lot_")} for part in parts)]
    links, rows = [part for part in links if part and part["source"].size], [part for part in rows if part]
    kept = {"source", "target", *(name for name in EVIDENCE if name in edges)}
    kept = kept if edges["out_lot"].size else {name for part in links[:1] for name in part}
    known = {name for name in lots if name in LotBlock.DTYPES}
    known = known if known or edges["out_lot"].size else {name for part in rows[:1] for name in part}
    fits = [("edges", part, kept) for part in links] + [("lots", part, known) for part in rows]
    for what, given, wanted in fits:
        if set(given) != wanted:
            raise ValueError(f"{what}: columns {sorted(given)} given, the index keeps {sorted(wanted)}")
    later = {name: np.concatenate([part[name] for part in links]) for name in kept} if links else {}
    added = {name: np.concatenate([part[name] for part in rows]) for name in known} if rows else {}
    size = lots.get("holder", NOBODY).size + added.get("holder", NOBODY).size
    highest = max((int(later[name].max()) for name in ("source", "target") if links), default=-1)
    if size and highest >= size:
        raise ValueError(f"edges: lot {highest} has no row in lots ({size} rows)")
    return later, added
