"""Draws docs/explanation/methods/monitoring.svg: a series under Farrington, its false alarms, a cluster, shrinkage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from qualitycity.methods.monitoring.runlength import PoissonCusum
from qualitycity.methods.monitoring.scan import circular
from qualitycity.methods.monitoring.signals import Theta, gps_score
from qualitycity.methods.monitoring.surveillance import cusum_poisson, farrington, find_h

INK, QUIET, ALARM, BAND = "#1f3a4d", "#8aa0ad", "#b5322a", "#dce6ea"
FIRST, LAST = 312, 364


def draw(path: Path) -> None:
    """Four panels into one SVG that is the same on every run."""
    matplotlib.use("Agg")
    look = {"svg.fonttype": "none", "svg.hashsalt": "monitoring", "font.size": 9, "axes.titlesize": 10}
    matplotlib.rcParams.update({**look, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": QUIET})
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 2, figsize=(9.6, 6.6), layout="constrained")
    _weeks(panels[0, 0])
    _sums(panels[0, 1])
    _map(panels[1, 0])
    _shrink(panels[1, 1])
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def series() -> np.ndarray:
    """Seven years of weekly complaints with a season and an outbreak in the last one."""
    rng = np.random.default_rng(6)
    week = np.arange(LAST)
    y = rng.negative_binomial(12, 12 / (12 + 9 * np.exp(0.5 * np.sin(2 * np.pi * week / 52)))).astype(float)
    y[340:345] += [6, 15, 21, 14, 6]
    return y


def _weeks(panel: Any) -> None:
    y = series()
    weeks = np.arange(FIRST, LAST)
    found = [farrington(y, int(k), alpha=0.005) for k in weeks]
    expected, upper = np.array([one.expected[0] for one in found]), np.array([one.upper[0] for one in found])
    alarm = np.array([one.alarm[0] for one in found])
    panel.fill_between(weeks, expected, upper, step="mid", color=BAND, lw=0, label="expected to bound (α = 0.005)")
    panel.plot(weeks, expected, color=QUIET, lw=1.2, drawstyle="steps-mid")
    panel.plot(weeks, y[FIRST:], "o-", color=INK, ms=2.6, lw=0.8, label="count")
    panel.plot(weeks[alarm], y[FIRST:][alarm], "o", color=ALARM, ms=6, label="alarm")
    panel.set(title="Farrington flexible, one series", xlabel="week", ylabel="complaints", ylim=(-1, 46))
    panel.legend(frameon=False, loc="upper left", ncols=3)


def _sums(panel: Any) -> None:
    rng = np.random.default_rng(8)
    y = rng.poisson(np.where(np.arange(100) < 60, 4.0, 5.5))
    h = find_h(PoissonCusum(5, 1), 4, 500)
    found = cusum_poisson(y, 5, h, restart=True)
    alarms = np.flatnonzero(found.alarm[0])
    panel.bar(np.arange(100), y, color=BAND, width=1)
    panel.plot(found.statistic[0], color=INK, lw=1.4)
    panel.axhline(h, color=ALARM, lw=1, ls="--")
    panel.plot(alarms, found.statistic[0, alarms], "o", color=ALARM, ms=6)
    panel.axvline(60, color=QUIET, lw=0.8)
    panel.text(59, 15, "mean 4 → 5.5", ha="right", color=QUIET)
    panel.text(2, h + 0.6, f"h = {h:g}: run length at 4 ≥ 500", color=ALARM)
    panel.set(title="Poisson CUSUM, k = 5", xlabel="week", ylabel="count, cumulative sum", ylim=(0, 17))


def _map(panel: Any) -> None:
    rng = np.random.default_rng(14)
    xy, people = rng.uniform(0, 10, (90, 2)), rng.integers(300, 4000, 90)
    rate = np.where(np.hypot(*(xy - [6.5, 4]).T) < 1.9, 2.3, 1.0)
    cases = rng.poisson(people / 500 * rate)
    zone = circular(xy, cases, people, max_share=0.3, nsim=999, rng=rng).zones[0]
    inside = np.isin(np.arange(90), zone.ids)
    panel.scatter(*xy.T, s=people / 40, c=np.where(inside, ALARM, QUIET), alpha=0.65, lw=0)
    angle = np.linspace(0, 2 * np.pi, 120)
    centre = xy[zone.ids[0]]
    panel.plot(centre[0] + zone.radius * np.cos(angle), centre[1] + zone.radius * np.sin(angle), color=ALARM, lw=1.2)
    text = f"{zone.observed} cases, {zone.expected:.0f} expected\nrisk × {zone.risk:.1f}, p = {zone.p:.3f}"
    panel.text(10.6, 9.8, text, color=ALARM, va="top")
    panel.set(title="Circular scan", xlabel="km east", ylabel="km north", aspect="equal")


def _shrink(panel: Any) -> None:
    theta = Theta(3.256, 0.4, 2.024, 1.906, 0.0653)
    n = np.arange(1, 21)
    for ratio, color in ((2, QUIET), (10, INK), (40, ALARM)):
        found = gps_score(theta, n, n / ratio)
        panel.fill_between(n, *found.quantile.T, color=color, alpha=0.15, lw=0)
        panel.plot(n, found.ebgm, color=color, lw=1.5)
        panel.axhline(ratio, color=color, lw=0.8, ls=":")
        panel.text(20.3, ratio, f"N/E = {ratio}", color=color, va="center")
    panel.axhline(1, color="black", lw=0.6)
    panel.set(title="EBGM with EB05…EB95", xlabel="reports N of the pair", ylabel="reporting ratio")
    panel.set(yscale="log", xlim=(1, 20), xticks=[1, 5, 10, 15, 20])
    panel.set_yticks([1, 2, 5, 10, 20, 40], ["1", "2", "5", "10", "20", "40"])


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "monitoring.svg")
