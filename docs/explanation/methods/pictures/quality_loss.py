"""The picture of quality_loss.md: a region is no mean of firms, what is withheld, and when a firm is asked."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.quality_loss.disclosure import SHOWN, DisclosureRule, publish
from qualitycity.methods.quality_loss.filings import Filings, read_filings
from qualitycity.methods.quality_loss.items import cost_lines
from qualitycity.methods.quality_loss.queries import QueryRule, queries
from qualitycity.methods.quality_loss.rates import loss_rates
from qualitycity.methods.quality_loss.regional import regional

BLUE, RED, GREEN, GREY = "#1b6ca8", "#b3402a", "#3a7d44", "#999999"


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "quality_loss", "font.size": 9})
    figure, axes = plt.subplots(1, 3, figsize=(11.4, 3.6), layout="constrained")
    _region(axes[0])
    _withheld(axes[1])
    _asked(axes[2])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _filings(**given: object) -> Filings:
    n = np.size(given["output"])
    return read_filings({line.code: np.zeros(n) for line in cost_lines()} | given)


def _region(axis: plt.Axes) -> None:
    rng = np.random.default_rng(7)
    output = rng.lognormal(6, 1.3, 120)
    lost = output * np.minimum(rng.lognormal(-5.1, 0.8, 120) * (output / 400) ** -0.4, 0.19)
    filings = _filings(firm=[f"F{i}" for i in range(120)], period=np.ones(120, int), output=output, scrap=lost)
    rates = 100 * loss_rates(filings).f
    whole = 100 * float(regional(filings, ["all"] * 120).rates.f[0])
    axis.scatter(output, rates, s=9, color=BLUE, alpha=0.6, linewidth=0)
    axis.axhline(whole, color=GREEN, label=f"sum over sum {whole:.2f} %")
    axis.axhline(rates.mean(), color=RED, linestyle="--", label=f"mean of firms {rates.mean():.2f} %")
    axis.set(xscale="log", yscale="log", xlabel="output P", ylabel="F, %")
    axis.legend(fontsize=7, loc="lower left")
    axis.set_title("Small firms lose more: the mean misleads", fontsize=9, loc="left")


def _withheld(axis: plt.Axes) -> None:
    towns = ["A"] * 6 + ["B"] * 5 + ["C"] * 2 + ["D"] * 4 + ["E"] * 4
    output = [90, 80, 70, 95, 60, 85, 60, 50, 40, 70, 55, 30, 25, 330, 20, 30, 25, 20, 30, 25, 30]
    lost = np.array(output) * np.linspace(0.004, 0.012, 21)
    filings = _filings(firm=[f"F{i}" for i in range(21)], period=np.ones(21, int), output=output, scrap=lost)
    found, inside = publish(filings, towns, DisclosureRule(3, 0.7)), regional(filings, towns)
    shown = found.status == SHOWN
    axis.bar(
        found.group, 100 * inside.rates.f, color=np.where(shown, GREEN, "white"), edgecolor=np.where(shown, GREEN, GREY)
    )
    for at, (status, rate) in enumerate(zip(found.status, 100 * inside.rates.f, strict=True)):
        if status != SHOWN:
            axis.text(at, rate / 2, status, rotation=90, ha="center", va="center", fontsize=7, color=GREY)
    axis.set(xlabel="town", ylabel="F, %")
    axis.set_title("Published (green) and withheld cells", fontsize=9, loc="left")


def _asked(axis: plt.Axes) -> None:
    lost = np.array([6, 7, 5, 8, 6, 24, 7, 6, 1.5, 7, 6.5, 6])
    filings = _filings(firm=["A"] * 12, period=202701 + np.arange(12), output=np.full(12, 1000.0), scrap=lost)
    rates = 100 * loss_rates(filings).f
    median = np.array([np.nan, *(np.median(rates[:at]) for at in range(1, 12))])
    found = [query.row for query in queries(filings, QueryRule(0.0, 0.2, 3.0, 2, 2.0))]
    month = np.arange(1, 13)
    axis.fill_between(
        month, median / 3, 3 * median, color=BLUE, alpha=0.15, linewidth=0, label="median before, / 3 to x 3"
    )
    axis.plot(month, rates, color=BLUE, marker="o", markersize=3, linewidth=1)
    axis.scatter(month[found], rates[found], s=60, facecolor="none", edgecolor=RED, label="asked back")
    axis.set(xlabel="month", ylabel="F, %", xticks=[1, 4, 7, 10], ylim=(0, 3.2))
    axis.legend(fontsize=7)
    axis.set_title("One firm against its own past", fontsize=9, loc="left")


if __name__ == "__main__":
    draw(Path(__file__).parent.parent / "quality_loss.svg")
