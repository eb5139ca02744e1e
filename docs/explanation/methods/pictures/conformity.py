"""The picture of conformity.md: two methods at a limit, outcomes of a rule, and the risks a guard band trades."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter

from qualitycity.methods.conformity.columns import compare_column
from qualitycity.methods.conformity.decision import OUTCOMES, decide, specific_risk
from qualitycity.methods.conformity.risk import Normal, global_risk

BLUE, RED, GREEN, GREY = "#1b6ca8", "#b3402a", "#3a7d44", "#777777"
SHADES = dict(zip(OUTCOMES.tolist(), (GREEN, "#a9cfae", "#e8b4a6", RED), strict=True))


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "conformity", "font.size": 9})
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.6), layout="constrained")
    _methods(axes[0, 0])
    _outcomes(axes[0, 1])
    _guard(axes[1, 0])
    _ratio(axes[1, 1])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _methods(axis: plt.Axes) -> None:
    texts = [f"{value / 1000:.3f}" for value in range(430, 581, 3)]
    x = np.array(texts, dtype=float)
    for level, method in enumerate(("full", "rounded")):
        conforms = compare_column(texts, upper="0.5", method=method).conforms
        axis.scatter(x, np.full(x.size, level), c=np.where(conforms, GREEN, RED), s=14)
    axis.axvline(0.5, color=GREY, linewidth=1)
    axis.axvline(0.55, color=GREY, linewidth=1, linestyle=":")
    axis.annotate("0.549", (0.549, 0.5), ha="right", color=GREY)
    axis.set(yticks=[0, 1], yticklabels=["full value", "rounded value"], ylim=(-0.6, 1.6), xlabel="measured")
    axis.set_title("Limit <= 0.5: the two methods of GB/T 8170", fontsize=9, loc="left")


def _outcomes(axis: plt.Axes) -> None:
    y = np.linspace(8.4, 11.6, 1601)
    found = decide(y, 0.5, 9.0, 11.0, "non_binary")
    for outcome, colour in SHADES.items():
        axis.fill_between(y, 0, 1, where=found.outcome == outcome, color=colour, linewidth=0, label=outcome)
    axis.plot(y, specific_risk(y, 0.25, 9.0, 11.0), color="black", linewidth=1.4, label="specific risk")
    axis.set(xlabel="measured y, tolerance 9 to 11, U = 0.5", ylabel="probability of not conforming", ylim=(0, 1))
    axis.legend(fontsize=7, loc="upper center", framealpha=0.9)
    axis.set_title("ILAC-G8 non-binary rule and the specific risk", fontsize=9, loc="left")


def _guard(axis: plt.Axes) -> None:
    r = np.linspace(-1, 1.5, 101)
    width = 0.5 * r
    found = global_risk(Normal(0.0, 1.0), 0.25, (-2.0, 2.0), (-2.0 + width, 2.0 - width))
    axis.plot(r, 100 * found.consumer, color=RED, label="consumer, unconditional")
    axis.plot(r, 100 * found.conditional, color=RED, linestyle="--", label="consumer, among the accepted")
    axis.plot(r, 100 * found.producer, color=BLUE, label="producer")
    axis.set(xlabel="guard band r = w / U", ylabel="global risk, %", ylim=(0, 8), xlim=(-1, 1.5))
    axis.legend(fontsize=7)
    axis.set_title("What a guard band trades (sd 1, u 0.25, limits ±2)", fontsize=9, loc="left")


def _ratio(axis: plt.Axes) -> None:
    ratio = np.geomspace(1.2, 20, 80)
    for share, colour in ((0.8, RED), (0.95, BLUE), (0.99, GREEN)):
        prior = Normal.in_tolerance(share, -1.0, 1.0)
        found = global_risk(prior, 0.5 / ratio, (-1.0, 1.0), (-1.0, 1.0))
        axis.plot(ratio, 100 * found.consumer, color=colour, label=f"{share:.0%} in tolerance")
    axis.axvline(4, color=GREY, linewidth=1, linestyle=":")
    axis.set(xscale="log", xlabel="TUR = T / U", ylabel="consumer's global risk, %", xticks=[2, 4, 10, 20])
    axis.set_xticklabels(["2", "4", "10", "20"])
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.legend(fontsize=7)
    axis.set_title("Simple acceptance: risk by uncertainty and production", fontsize=9, loc="left")


if __name__ == "__main__":
    draw(Path(__file__).parent.parent / "conformity.svg")
