"""The page about this package says of its picture what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

PAGES = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "methods"


def test_the_picture_is_drawn_by_its_script_and_says_what_the_page_says() -> None:
    """The page names two towns of the picture; the numbers come from the same example."""
    import numpy as np

    from qualitycity.methods.indicators import uncertainty

    script = runpy.run_path(str(PAGES / "pictures" / "indicators.py"))
    index, rng = script["example"](), np.random.default_rng(7)
    stats = uncertainty(index, script["choices"](index, rng), 2000, rng)
    certain = {unit: f"{share:.0%}" for unit, share in zip(stats.units, stats.certain, strict=True)}
    page, picture = (PAGES / "indicators.md").read_text(), (PAGES / "indicators.svg").read_text()
    assert f"town 8 的 A 只在 {certain['town 8'].replace('%', ' %')} 的定法下成立" in page
    assert certain["town 5"] == "100%" and f"A {certain['town 8']}" in picture
