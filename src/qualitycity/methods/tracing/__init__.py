"""Market back-tracing (市场反溯): from a failing lot back to its makers, forward to its holders, to the likely source.

Nodes are lots at a holder (consignments), never firms: on a graph of firms almost everything hangs together after
three steps. Links say "goods of this lot went into that lot" and carry their evidence.

    blocks        columns of links and lots handed to an index: EdgeBlock, LotBlock
    index         TraceIndex: build, open, append, compact, back, forward, same_batch; files memory-mapped both ways
    trace         what a trace answers with: Trace, Holdings
    dates         the three ways to use dates: ignored, given, inferred from the neighbours
    score         FoodChain-Lab's score and common links: fcl_score
    source        the likely source by random-walk likelihood, with negative samples: likely_source
    checks        plausibility: dates that run backwards, more out than in, duplicates, dead ends
    foodchain     FoodChain-Lab exchange JSON in and out
    epcis         GS1 EPCIS 2.0 documents in and out (JSON-LD; XML in): Event, epcis_read, epcis_write
    chain         from EPCIS events to lots and links, and which lot has which number: Chain
    hashing       event_hash: the content hash of an event (CBV 2.0), equal for XML and JSON-LD
    digital_link  GS1 keys in one form: canonical Digital Link URIs
    files, kernels  how an index lies on disk; the loops

The index reads and writes the folder it is given; everything else is pure. Importing this package loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qualitycity.methods.tracing.blocks import EdgeBlock, LotBlock
    from qualitycity.methods.tracing.chain import Chain
    from qualitycity.methods.tracing.checks import plausibility
    from qualitycity.methods.tracing.epcis import Event, epcis_read, epcis_write
    from qualitycity.methods.tracing.foodchain import foodchain_read, foodchain_write
    from qualitycity.methods.tracing.hashing import event_hash
    from qualitycity.methods.tracing.index import TraceIndex
    from qualitycity.methods.tracing.score import fcl_score
    from qualitycity.methods.tracing.source import likely_source

_HOME = {
    "EdgeBlock": "blocks",
    "LotBlock": "blocks",
    "Chain": "chain",
    "Event": "epcis",
    "epcis_read": "epcis",
    "epcis_write": "epcis",
    "event_hash": "hashing",
    "foodchain_read": "foodchain",
    "foodchain_write": "foodchain",
    "TraceIndex": "index",
    "plausibility": "checks",
    "fcl_score": "score",
    "likely_source": "source",
}
__all__ = [  # noqa: F822 (each is found by __getattr__ when first asked for)
    "Chain",
    "EdgeBlock",
    "Event",
    "LotBlock",
    "TraceIndex",
    "epcis_read",
    "epcis_write",
    "event_hash",
    "fcl_score",
    "foodchain_read",
    "foodchain_write",
    "likely_source",
    "plausibility",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOME[name]}")
    return getattr(home, name)
