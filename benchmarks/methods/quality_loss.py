"""Rates, regions and questions over 100,000 filings, beside a straight loop over the rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row

from qualitycity.methods.quality_loss.disclosure import DisclosureRule, publish
from qualitycity.methods.quality_loss.filings import Filings, read_filings
from qualitycity.methods.quality_loss.items import cost_lines
from qualitycity.methods.quality_loss.queries import QueryRule, queries
from qualitycity.methods.quality_loss.regional import regional

FIRMS, MONTHS = 4_167, 24


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; CPU seconds, ours and the loop in turn."""
    given = _columns()
    filings = read_filings(given)
    town = np.char.add("T", (np.arange(len(filings)) // MONTHS % 40).astype(str))
    found = regional(filings, town)
    slow = _loop(filings, town)
    ours_all = np.stack([found.rates.f, found.firms, found.largest_share], axis=1)
    if not np.allclose(ours_all, [slow[name] for name in found.group.tolist()], rtol=1e-12):
        raise AssertionError("the regional rates differ")
    rule = QueryRule(0.0, 0.2, 3.0, 2, 2.0)
    peer, ours = in_turn(lambda: _loop(filings, town), lambda: regional(filings, town))
    reading, asking, publishing = in_turn(
        lambda: read_filings(given),
        lambda: queries(filings, rule),
        lambda: publish(filings, town, DisclosureRule(3, 0.7)),
    )
    size = f"{len(filings):,} filings"
    return [
        row(f"regional rates with counts and shares, {size}, 40 towns", ours, "", "a loop of the same", peer),
        row(f"all faults of {size}", reading, ""),
        row(f"all questions of {size}, {FIRMS:,} firms", asking, ""),
        row(f"disclosure of {size}, 40 towns", publishing, ""),
    ]


def _columns() -> dict[str, Any]:
    rng, n = np.random.default_rng(4), FIRMS * MONTHS
    output = rng.lognormal(6, 1, n)
    lines = {line.code: output * rng.lognormal(-7.5, 0.5, n) for line in cost_lines()}
    firm = np.char.add("F", np.repeat(np.arange(FIRMS), MONTHS).astype(str))
    return {**lines, "firm": firm, "period": np.tile(np.arange(MONTHS), FIRMS), "output": output}


def _loop(filings: Filings, town: Any) -> dict[str, tuple[float, int, float]]:
    """Town → rate, firms, largest share."""
    firms: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    rows = zip(
        town.tolist(),
        filings.firm.tolist(),
        filings.ci.tolist(),
        filings.ce.tolist(),
        filings.output.tolist(),
        strict=True,
    )
    for name, firm, inside, outside, output in rows:
        if output > 0:
            mine = firms[name][firm]
            mine[0] += inside + outside
            mine[1] += output
    found = {}
    for name, members in firms.items():
        losses, outputs = zip(*members.values(), strict=True)
        share = max(max(part) / sum(part) for part in (losses, outputs))
        found[name] = (sum(losses) / sum(outputs), len(members), share)
    return found
