"""The picture of estimation.md: intervals near 100 %, domains, shrinkage, classes that do not flutter."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.estimation.intervals import ci
from qualitycity.methods.estimation.riskrate import classify, fit_beta_binomial, posterior
from qualitycity.methods.estimation.survey import total

BLUE, RED, GREEN, GREY = "#1b6ca8", "#b3402a", "#3a7d44", "#808080"


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "estimation", "font.size": 9})
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.6), layout="constrained")
    _intervals(axes[0, 0])
    _domains(axes[0, 1])
    _shrinkage(axes[1, 0])
    _classes(axes[1, 1])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25, linewidth=0.6)
    figure.savefig(path, metadata={"Date": None, "Creator": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def _intervals(axis: plt.Axes) -> None:
    """60 tested, design effect 1.5, 20 degrees of freedom: 52 to 60 passed."""
    x = np.arange(52, 61)
    p = x / 60
    se = np.sqrt(1.5 * p * (1 - p) / 60)
    styles = {"korn_graubard": (BLUE, -0.24), "wilson": (GREEN, -0.08), "beta": (GREY, 0.08), "logit": (RED, 0.24)}
    for method, (colour, shift) in styles.items():
        found = ci(p, se, 20, 60, method)
        axis.vlines(x + shift, 100 * found.low, 100 * found.high, color=colour, linewidth=2, label=method)
    axis.plot(x, 100 * p, "k_", markersize=14)
    axis.annotate("beta, logit:\nno interval", (60.15, 97), (58.7, 76), arrowprops={"arrowstyle": "-", "color": GREY})
    axis.set(
        title="(a) 95 % intervals, n 60, deff 1.5, df 20", xlabel="passed of 60", ylabel="pass rate, %", ylim=(60, 101)
    )
    axis.legend(frameon=False, loc="lower center", ncols=2)


def _domains(axis: plt.Axes) -> None:
    """A domain's failures, 400 samples of 20 from each of 5 strata: what the two ways say of the error."""
    chance = np.random.default_rng(20261122)
    strata, size, take = np.repeat(np.arange(5), 100), 100.0, 20
    inside = chance.random(500) < 0.3
    y = (chance.random(500) < np.where(inside, 0.5, 0.2)).astype(float)
    totals, whole, cut = [], [], []
    for _ in range(400):
        drawn = np.concatenate([chance.choice(100, take, replace=False) + 100 * one for one in range(5)])
        w, fpc, label = np.full(100, size / take), np.full(100, size), inside[drawn]
        found = total(y[drawn], w, strata[drawn], domain=label, fpc=fpc)
        totals.append(found.estimate[1])
        whole.append(found.se[1])
        kept = drawn[label]
        cut.append(total(y[kept], w[label], strata[kept], fpc=fpc[label], single_psu="certainty").se[0])
    bins = np.linspace(5, 30, 51)
    axis.hist(whole, bins, color=BLUE, alpha=0.75, label="whole design kept")
    axis.hist(cut, bins, color=RED, alpha=0.75, label="other rows dropped first")
    axis.axvline(float(np.std(totals)), color="black", label="spread of the 400 totals")
    axis.set(title="(b) A domain's total, 400 samples", xlabel="standard error, as estimated", ylabel="samples")
    axis.legend(frameon=False)


def _shrinkage(axis: plt.Axes) -> None:
    chance = np.random.default_rng(7)
    n = chance.choice([2, 4, 8, 20, 60], 60)
    y = chance.binomial(n, chance.beta(1.5, 10, 60))
    fit = fit_beta_binomial(y, n)
    known = posterior(fit, y, n)
    for raw, mean, tests in zip(y / n, known.mean, n, strict=True):
        axis.plot([0, 1], [100 * raw, 100 * mean], color=BLUE, alpha=0.15 + 0.8 * tests / 60, linewidth=1)
    axis.axhline(100 * fit.mu[0], color=RED, linestyle="--", label=f"mean of the kind, {100 * fit.mu[0]:.1f} %")
    axis.set(title="(c) 60 firms; darker: more tests", ylabel="fail rate, %", xlim=(-0.2, 1.3))
    axis.set_xticks([0, 1], ["y / n", "posterior mean"])
    axis.legend(frameon=False)


def _classes(axis: plt.Axes) -> None:
    """One firm near the cut B|C, month by month, its last 40 tests."""
    chance = np.random.default_rng(3)
    n = chance.choice([8, 20, 60], 300)
    fit = fit_beta_binomial(chance.binomial(n, chance.beta(1.5, 10, 300)), n)
    monthly = chance.binomial(5, np.where(np.arange(43) < 30, 0.1, 0.35))
    window = np.convolve(monthly, np.ones(8, int), mode="valid")
    months, cuts = np.arange(len(window)), (0.05, 0.1, 0.3)
    for colour, rise, name in ((GREY, 0.5, "without"), (BLUE, 0.8, "rise 0.8, fall 0.2")):
        now, levels = np.array(["B"]), []
        for failures in window:
            found = classify(posterior(fit, [failures], [40]), cuts, rise=rise, fall=1 - rise, previous=now)
            now = found.label
            levels.append(int(found.level[0]))
        moves = int(np.count_nonzero(np.diff(levels)))
        shift = 0.03 if rise == 0.5 else 0.0
        axis.step(months, np.array(levels) + shift, where="mid", color=colour, label=f"{name}: {moves} moves")
    over = posterior(fit, window, np.full(len(window), 40)).exceed(0.1)
    axis.plot(months, over, color=RED, linewidth=1, linestyle=":", label="P(rate > cut B|C)")
    axis.set(title="(d) Class of one firm", xlabel="month", ylim=(-0.1, 3.2))
    axis.set_yticks(range(4), ["A / 0", "B / 1", "C", "D"])
    axis.legend(frameon=False, loc="upper left")


if __name__ == "__main__":
    draw(Path(__file__).parents[1] / "estimation.svg")
