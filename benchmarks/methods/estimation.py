"""Pass rates by domain beside svy, and fail rates of 50,000 units beside scipy; CPU seconds, in turn in one process."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from benchmarks._common import in_turn, row

ROWS, DOMAINS, STRATA, UNITS = 100_000, 100, 50, 50_000
CALLS = 10  # of ours a turn: one is too short for the clock


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; ratio = peer / ours."""
    return [*_pass_rate(), *_fail_rate()]


def _pass_rate() -> list[dict[str, Any]]:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    import polars
    import svy

    from qualitycity.methods.estimation.survey import proportion

    chance = np.random.default_rng(1)
    y, w = (chance.random(ROWS) < 0.9).astype(np.int64), chance.uniform(1, 20, ROWS)
    stratum, domain = chance.integers(0, STRATA, ROWS), chance.integers(0, DOMAINS, ROWS)
    names = np.array([f"330{one:03d}" for one in range(DOMAINS)])[domain]
    table = polars.DataFrame({"y": y, "w": w, "stratum": stratum, "domain": domain})
    sample = svy.Sample(table, svy.Design(stratum="stratum", wgt="w"))
    theirs = sample.estimation.prop("y", by="domain").to_polars().filter(polars.col("y") == 1).sort("domain")
    found = proportion(y, w, stratum, domain=domain)
    for ours_, column in ((found.p, "est"), (found.se, "se"), (found.df, "df")):
        np.testing.assert_allclose(ours_, theirs[column].to_numpy(), rtol=1e-9)
    np.testing.assert_array_equal(proportion(y, w, stratum, domain=names).se, found.se)
    peer, ours, labelled = in_turn(
        lambda: sample.estimation.prop("y", by="domain"),
        lambda: [proportion(y, w, stratum, domain=domain) for _ in range(CALLS)],
        lambda: [proportion(y, w, stratum, domain=names) for _ in range(CALLS)],
    )
    what = f"pass rate with its error, {ROWS:,} rows, {DOMAINS} domains, {STRATA} strata"
    return [
        row(what, ours / CALLS, "ratio ≥ 1,000", "svy, table read beforehand", peer),
        row(f"{what}; domains as text", labelled / CALLS, "", "svy, domains as numbers", peer),
    ]


def _fail_rate() -> list[dict[str, Any]]:
    from scipy import optimize, special, stats

    from qualitycity.methods.estimation.riskrate import fit_beta_binomial, posterior

    chance = np.random.default_rng(2)
    n = chance.integers(1, 40, UNITS)
    y = chance.binomial(n, chance.beta(1.2, 9.0, UNITS))

    def loss(place: np.ndarray) -> float:
        a, b = np.exp(place)
        return -float((special.betaln(a + y, b + n - y) - special.betaln(a, b)).sum())

    def reference() -> np.ndarray:
        found = optimize.minimize(loss, (0.0, 1.0), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-8})
        return np.exp(found.x)

    def quantiles() -> np.ndarray:
        a, b = fit.alpha[0] + y, fit.beta[0] + n - y
        return stats.beta.ppf(np.array([[0.05], [0.5], [0.95]]), a, b).T

    fit = fit_beta_binomial(y, n)
    np.testing.assert_allclose([fit.alpha[0], fit.beta[0]], reference(), rtol=1e-5)
    np.testing.assert_allclose(posterior(fit, y, n).quantile, quantiles(), rtol=1e-8)
    slow, fast, slow_q, fast_q = in_turn(
        reference, lambda: fit_beta_binomial(y, n), quantiles, lambda: posterior(fit, y, n)
    )
    return [
        row(f"beta-binomial maximum likelihood, {UNITS:,} units", fast, "≤ 0.3 s", "scipy, one term a unit", slow),
        row(f"posterior with 3 quantiles, {UNITS:,} units", fast_q, "", "scipy.stats.beta, each unit", slow_q),
    ]
