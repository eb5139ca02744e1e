"""Monitoring beside its peers: the same algorithm in a loop over statsmodels or numpy, and vigipy; CPU seconds."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from benchmarks._common import cost, in_turn, row
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

SERIES, YEARS, WEEKS = 2_000, 6, 260
PAIRS = 100_000


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; ours is checked against the peer before it is timed."""
    return [*_farrington(), *_charts(), _glr(), *_scan(), *_gps()]


def weekly(series: int, weeks: int, seed: int = 2027) -> Floats:
    """Counts with a season, some with a trend, overdispersed, with past outbreaks in one of five."""
    rng = np.random.default_rng(seed)
    week = np.arange(weeks)
    level, swing = rng.uniform(2, 30, (series, 1)), rng.uniform(0, 0.8, (series, 1))
    trend = rng.choice([0, 0, 0.002, -0.002], (series, 1))
    mean = level * np.exp(swing * np.sin(2 * np.pi * week / 52) + trend * (week - weeks))
    size = rng.uniform(2, 40, (series, 1))
    found = rng.negative_binomial(size, size / (size + mean)).astype(np.float64)
    at = rng.integers(60, weeks - 40, series // 5)
    found[np.arange(series // 5), at] *= 6
    return found


def farrington_loop(counts: Floats, k: int, alpha: float, *, reweight: bool = True) -> list[tuple[float, float, bool]]:
    """(expected, upper, trend) of each series: Farrington flexible on statsmodels, bound ``nb``."""
    import statsmodels.api as sm

    b, freq, w, past, periods = 5, 52, 3, 26, 10
    level = np.full(k, -1)
    for year in range(b, 0, -1):
        centre = k - year * freq
        level[centre - w : centre + w + 1] = 0
        gap = np.arange(centre + w + 1, centre + freq - w)
        level[gap] = 1 + np.arange(gap.size) * (periods - 1) // gap.size
    level[k - past :] = -1
    weeks = np.flatnonzero(level >= 0)
    seasons = (level[weeks, None] == np.arange(1, periods)).astype(float)
    flat = np.column_stack([np.ones(weeks.size), seasons])
    sloped = np.column_stack([flat, (weeks - k) / 52])
    found = []
    for y in counts[:, weeks]:
        fit = _glm(sm, y, sloped, reweight)
        mu = float(np.exp(fit.params[0]))
        trend = bool(fit.pvalues[-1] < 0.05 and mu <= y.max())
        if not trend:
            fit = _glm(sm, y, flat, reweight)
            mu = float(np.exp(fit.params[0]))
        phi = max(1.0, float(fit.scale))
        bound = stats.nbinom.ppf(1 - alpha, mu / (phi - 1), 1 / phi) if phi > 1 else stats.poisson.ppf(1 - alpha, mu)
        found.append((mu, float(bound), trend))
    return found


def _glm(sm: Any, y: Floats, design: Floats, reweight: bool) -> Any:
    """Quasi-Poisson fit, and once more with observations of large Anscombe residual held down."""
    options = {"scale": "X2", "use_t": True}
    fit = sm.GLM(y, design, family=sm.families.Poisson()).fit(**options)
    if not reweight:
        return fit
    hat = fit.get_hat_matrix_diag()
    spread = np.sqrt(max(fit.scale, 1.0) * (1 - hat))
    residual = 1.5 * (y ** (2 / 3) - fit.mu ** (2 / 3)) / fit.mu ** (1 / 6) / spread
    weight = np.where(residual > 2.58, np.maximum(residual, 2.58) ** -2.0, 1.0)
    weight *= y.size / weight.sum()
    return sm.GLM(y, design, family=sm.families.Poisson(), var_weights=weight).fit(**options)


def _farrington() -> list[dict[str, Any]]:
    from qualitycity.methods.monitoring.surveillance import farrington

    counts = weekly(SERIES, YEARS * 52 + 1)
    k = counts.shape[1] - 1
    ours = farrington(counts, k, alpha=0.005)
    held: list[tuple[float, float, bool]] = []
    peer = cost(lambda: held.extend(farrington_loop(counts, k, 0.005)))
    mu, upper, trend = map(np.array, zip(*held, strict=True))
    np.testing.assert_array_equal(ours.trend, trend)
    np.testing.assert_allclose(ours.expected, mu, rtol=1e-6)
    np.testing.assert_array_equal(ours.upper, upper)
    mine = in_turn(lambda: farrington(counts, k, alpha=0.005))[0]
    work = f"Farrington flexible, {SERIES:,} weekly series, one week"
    return [row(work, mine, "ratio ≥ 30, ≤ 1.5 s", "statsmodels GLM loop", peer)]


def ears_loop(counts: Floats, limit: float, floor: float) -> Floats:
    """The upper bounds of C2 by two loops."""
    out = np.full(counts.shape, np.nan)
    for s, y in enumerate(counts):
        for t in range(9, y.size):
            window = y[t - 9 : t - 2]
            out[s, t] = window.mean() + limit * max(window.std(ddof=1), floor)
    return out


def ewma_loop(counts: Floats, mu: Floats, sigma: Floats, lam: float) -> Floats:
    """EWMA by two loops."""
    out = np.empty(counts.shape)
    for s, y in enumerate(counts):
        z = 0.0
        for t in range(y.size):
            z = (1 - lam) * z + lam * (y[t] - mu[s]) / sigma[s]
            out[s, t] = z
    return out


def cusum_loop(counts: Floats, k: Floats, h: float) -> Floats:
    """Poisson CUSUM with restart by two loops."""
    out = np.empty(counts.shape)
    for s, y in enumerate(counts):
        c = 0.0
        for t in range(y.size):
            c = max(0.0, (0.0 if c >= h else c) + y[t] - k[s])
            out[s, t] = c
    return out


def _charts() -> list[dict[str, Any]]:
    from qualitycity.methods.monitoring.surveillance import cusum_poisson, ears, ewma

    counts = weekly(SERIES, WEEKS)
    mu, sigma, limit = counts.mean(axis=1), counts.std(axis=1), float(stats.norm.isf(0.001))
    k = mu * 1.2

    loops = {
        "EARS C2": lambda: ears_loop(counts, limit, 0.5),
        "EWMA": lambda: ewma_loop(counts, mu, sigma, 0.2),
        "Poisson CUSUM": lambda: cusum_loop(counts, k, 20.0),
    }
    batch = {
        "EARS C2": lambda: ears(counts, "C2", alpha=0.001, min_sigma=0.5).upper,
        "EWMA": lambda: ewma(counts, mu, sigma, lam=0.2, c=3).statistic,
        "Poisson CUSUM": lambda: cusum_poisson(counts, k, 20.0).statistic,
    }
    peers, ours = [], []
    for name, mine in batch.items():
        np.testing.assert_allclose(mine(), loops[name](), rtol=1e-9, atol=1e-9)
        peer, own = in_turn(loops[name], mine)
        peers.append(peer)
        ours.append(own)
    third = in_turn(lambda: ears(counts, "C3", alpha=0.025, min_sigma=0.5))[0]
    size = f"{SERIES:,} × {WEEKS}"
    whole = row(
        f"EARS C2 + EWMA + CUSUM, {size}", sum(ours), "ratio ≥ 100, ≤ 0.2 s", "loops over series, weeks", sum(peers)
    )
    each = ", ".join(f"{name} {peer / own:.0f} ×" for name, peer, own in zip(batch, peers, ours, strict=True))
    why = "EWMA and CUSUM are a few operations a week in the loop too; ours mostly writes arrays"
    return [{**whole, "note": f"{each}; {why}"}, row(f"EARS C3, {size}", third, "")]


def _glr() -> dict[str, Any]:
    from qualitycity.methods.monitoring.surveillance import cusum_nb_glr

    counts = weekly(200, WEEKS)
    mu = counts.mean(axis=1)
    cusum_nb_glr(counts[:1], mu[:1], 0.1, 8.0, window=26)
    mine = in_turn(lambda: cusum_nb_glr(counts, mu, 0.1, 8.0, window=26))[0]
    return row(f"negative binomial GLR CUSUM, 200 × {WEEKS}, window 26", mine, "")


def _scan() -> list[dict[str, Any]]:
    from qualitycity.methods.monitoring.scan import circular, space_time

    rng = np.random.default_rng(3)
    xy, people = rng.normal(size=(281, 2)), rng.integers(500, 8_000, 281).astype(np.float64)
    cases = rng.poisson(people / 2_000)
    weekly_cases = rng.poisson(0.05, (281, 26))

    def space(nsim: int) -> object:
        return circular(xy, cases, people, max_share=0.1, nsim=nsim, rng=np.random.default_rng(1))

    def both(nsim: int) -> object:
        options = {"max_share": 0.1, "max_duration": 4, "nsim": nsim, "rng": np.random.default_rng(1)}
        return space_time(xy, weekly_cases, people, **options)

    space(1), both(1)
    times = in_turn(lambda: space(999), lambda: both(999), rounds=2)
    names = ("circular scan, 281 places, 999 replicates", "space-time scan, 281 places × 26 weeks, 999 replicates")
    return [row(name, time, "") for name, time in zip(names, times, strict=True)]


def pairs(size: int, seed: int = 11) -> tuple[NDArray[np.int64], Floats]:
    """(N, E) of pairs that occur: mostly noise around 1, one in twelve reported some five times too often."""
    rng = np.random.default_rng(seed)
    expected = rng.lognormal(-1.5, 1.6, size * 6)
    ratio = np.where(
        rng.random(expected.size) < 0.08, rng.gamma(2.0, 2.5, expected.size), rng.gamma(4, 0.25, expected.size)
    )
    seen = rng.poisson(ratio * expected)
    keep = np.flatnonzero(seen > 0)[:size]
    return seen[keep], expected[keep]


def _gps() -> list[dict[str, Any]]:
    """The same (N, E) to both, the same likelihood (truncated mixture), fit and scores with both bounds."""
    from qualitycity.methods.monitoring.signals import Theta, gps_fit, gps_score

    seen, expected = pairs(PAIRS)
    peer_result: list[tuple[Floats, Floats]] = []
    peer = cost(lambda: peer_result.append(vigipy_gps(seen, expected)))
    prior, table = peer_result[0]
    ours = gps_fit(seen, expected, truncation="mixture")
    scored = gps_score(Theta(*prior), seen, expected)
    np.testing.assert_allclose(scored.ebgm, table[:, 0], rtol=1e-6)
    np.testing.assert_allclose(scored.quantile, table[:, 1:], rtol=2e-3)
    mine = in_turn(lambda: gps_score(gps_fit(seen, expected, truncation="mixture"), seen, expected))[0]
    component = in_turn(lambda: gps_fit(seen, expected, truncation="component"))[0]
    better = ours.loglik - mixture_loglik(prior, seen, expected)
    note = f"log likelihood above the peer's by {better:.3g}; bounds to 1e-10, the peer's within 0.2 %"
    work = f"EBGM, {PAIRS:,} pairs: fit (mixture) and bounds"
    return [
        {**row(work, mine, "ratio ≥ 5, ≤ 4 s", "vigipy", peer), "note": note},
        row(f"EBGM, {PAIRS:,} pairs: fit alone (component)", component, ""),
    ]


def vigipy_gps(seen: NDArray[np.int64], expected: Floats) -> tuple[Floats, Floats]:
    """(prior, [EBGM, EB05, EB95] in the order given) by vigipy on the very same N and E.

    vigipy makes E from margins; margins n_product = E and n_event = total give E itself back.
    """
    import pandas as pd
    from vigipy import gps
    from vigipy.utils.Container import DataContainer

    total = float(seen.sum())
    margins = {"product_aes": expected, "count_across_brands": total}
    data = pd.DataFrame({"product_name": np.arange(seen.size), "ae_name": "", "events": seen, **margins})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gps(DataContainer(data=data, N=total, contingency=None, type="contingency"), min_events=1)
    table = found.all_signals.sort_values("Product")[["EBGM", "LowerBound", "UpperBound"]]
    return np.asarray(found.params["prior_param"], dtype=np.float64), table.to_numpy()


def mixture_loglik(prior: Floats, seen: NDArray[np.int64], expected: Floats) -> float:
    """Log likelihood of the zero-truncated mixture, straight from its definition."""
    a1, b1, a2, b2, share = prior
    first = stats.nbinom(a1, b1 / (b1 + expected))
    second = stats.nbinom(a2, b2 / (b2 + expected))
    density = share * first.pmf(seen) + (1 - share) * second.pmf(seen)
    kept = share * first.sf(0) + (1 - share) * second.sf(0)
    return float((np.log(density) - np.log(kept)).sum())
