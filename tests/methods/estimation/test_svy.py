"""svy as a second opinion on clustered designs by domain: estimates, errors, degrees of freedom, intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from qualitycity.methods.estimation.survey import poststratify, proportion

TOTALS = {0: 1500.0, 1: 900.0, 2: 700.0}


def table(lonely: bool = False) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(3)
    rows = {
        "y": (chance.random(600) < 0.8).astype(int),
        "w": chance.uniform(1, 9, 600),
        "stratum": chance.integers(0, 6, 600),
        "psu": chance.integers(0, 8, 600),
        "domain": chance.integers(0, 4, 600),
        "cell": chance.integers(0, 3, 600),
    }
    rows["fpc"] = 20.0 + 5 * rows["stratum"]
    if lonely:
        rows["psu"][rows["stratum"] == 5] = 0
        kept = ~((rows["stratum"] == 5) & (rows["domain"] == 0))
        rows = {name: values[kept] for name, values in rows.items()}
    return rows


def sample(rows: dict[str, np.ndarray], **design: Any) -> Any:
    import polars
    import svy

    return svy.Sample(polars.DataFrame(rows), svy.Design(stratum="stratum", wgt="w", psu=("stratum", "psu"), **design))


def theirs(of: Any, ci_method: str) -> dict[str, np.ndarray]:
    import polars

    found = of.estimation.prop("y", by="domain", ci_method=ci_method, deff="wor").to_polars()
    passed = found.filter(polars.col("y") == 1).sort("domain")
    return {name: passed[name].to_numpy() for name in ("est", "se", "df", "n", "deff", "lci", "uci")}


def ours(rows: dict[str, np.ndarray], **more: Any) -> Any:
    return proportion(rows["y"], rows["w"], rows["stratum"], rows["psu"], rows["domain"], **more)


@pytest.mark.parametrize(("method", "name"), [("korn_graubard", "korn-graubard"), ("beta", "beta"), ("logit", "logit")])
@pytest.mark.parametrize("finite", [False, True])
def test_clustered_domains(method: Any, name: str, finite: bool) -> None:
    rows = table()
    peer = theirs(sample(rows, **({"pop_size": "fpc"} if finite else {})), name)
    rate = ours(rows, fpc=rows["fpc"] if finite else None)
    limits = rate.ci(method)
    for found, known in (
        (rate.p, "est"), (rate.se, "se"), (rate.df, "df"), (rate.n, "n"), (rate.deff, "deff"),
        (limits.low, "lci"), (limits.high, "uci"),
    ):  # fmt: skip
        assert_allclose(found, peer[known], rtol=1e-9)


@pytest.mark.parametrize(("single", "name"), [("average", "scale"), ("certainty", "skip")])
def test_lonely_psus(single: Any, name: str) -> None:
    rows = table(lonely=True)
    peer, rate = theirs(sample(rows, singleton=name), "beta"), ours(rows, single_psu=single)
    assert_allclose(rate.se, peer["se"], rtol=1e-9)
    assert rate.df.tolist() == peer["df"].tolist()


def test_post_stratified_weights() -> None:
    rows = table()
    peer = theirs(sample(rows).weighting.poststratify(controls=TOTALS, cells="cell"), "beta")
    weighted = rows | {"w": poststratify(rows["w"], rows["cell"], TOTALS)}
    rate = ours(weighted, poststratum=rows["cell"])
    assert_allclose(rate.p, peer["est"], rtol=1e-9)
    assert_allclose(rate.se, peer["se"], rtol=1e-9)
    assert not np.allclose(rate.se, ours(weighted).se, rtol=1e-4)
