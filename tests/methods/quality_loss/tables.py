"""Tables of filings for these tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from qualitycity.methods.quality_loss.filings import Filings, read_filings
from qualitycity.methods.quality_loss.items import cost_lines


def columns(n: int, **given: Any) -> dict[str, Any]:
    """Columns of n firms in one period, without losses, each with an output of 1000, but for what is given."""
    base: dict[str, Any] = {line.code: np.zeros(n) for line in cost_lines()}
    base |= {"firm": [f"F{row:02d}" for row in range(n)], "period": np.full(n, 202701), "output": np.full(n, 1000.0)}
    return base | {name: np.full(n, value) if np.ndim(value) == 0 else value for name, value in given.items()}


def table(n: int, **given: Any) -> Filings:
    """The same as a checked table."""
    return read_filings(columns(n, **given))
