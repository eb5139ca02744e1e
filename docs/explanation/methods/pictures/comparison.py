"""The picture of comparison.md: one stray result, a round with its scores, Mandel's statistics, products in groups."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.comparison import precision, product, proficiency

BLUE, RED, GREEN, GREY = "#1b6ca8", "#b3402a", "#3a7d44", "#777777"
ROUND = [9.6, 9.8, 9.9, 10.0, 10.0, 10.1, 10.1, 10.2, 10.3, 10.5, 11.0, 12.4]
CELLS = [
    [10.0, 10.1, 10.0],
    [10.1, 10.0, 10.2],
    [9.9, 10.0, 9.9],
    [10.0, 9.9, 10.1],
    [10.1, 10.1, 10.0],
    [10.0, 12.4, 10.9],
    [10.9, 11.0, 10.9],
    [10.0, 10.1, 9.9],
]
PRODUCTS = [[6.1, 6.4, 6.2], [6.5, 6.2, 6.3], [7.3, 7.7, 7.5], [7.3, 7.0, 7.2], [6.9, 6.9, 6.6], [8.8, 9.2, 9.0]]


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "comparison", "font.size": 9})
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.6), layout="constrained")
    _stray(axes[0, 0])
    _scores(axes[0, 1])
    _mandel(axes[1, 0])
    _products(axes[1, 1])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25, linewidth=0.6)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _stray(axis: plt.Axes) -> None:
    """All rounds at once: the last result moved from 8 to 16."""
    moved = np.linspace(8, 16, 161)
    rounds = np.column_stack([np.tile(ROUND[:-1], (len(moved), 1)), moved])
    for found, colour, label in (
        (proficiency.assigned_value(rounds, "mean").x_pt, RED, "mean"),
        (proficiency.algorithm_a(rounds).location, BLUE, "Algorithm A"),
        (proficiency.q_hampel(rounds).location, GREEN, "Q/Hampel"),
    ):
        axis.plot(moved, found, color=colour, label=label)
    axis.set(title="(a) One of 12 results is moved", xlabel="its value", ylabel="location of the round")
    axis.legend(frameon=False)


def _scores(axis: plt.Axes) -> None:
    found = proficiency.assigned_value(ROUND)
    sigma = proficiency.sigma_from_results(found.estimate)
    z = proficiency.scores(ROUND, found.x_pt, sigma).z
    assert z is not None
    colours = {"acceptable": BLUE, "warning": "#c98a1b", "action": RED}
    axis.bar(np.arange(1, len(z) + 1), z, color=[colours[grade] for grade in proficiency.grade(z)])
    for limit, style in ((2, "--"), (3, "-")):
        for sign in (-1, 1):
            axis.axhline(sign * limit, color=GREY, linestyle=style, linewidth=0.8)
    title = f"(b) z scores: x* = {float(found.x_pt):.3f}, s* = {float(found.estimate.scale):.3f}"
    axis.set(title=title, xlabel="laboratory", ylabel="z")


def _mandel(axis: plt.Axes) -> None:
    found, screened = precision.mandel(CELLS), precision.screen(CELLS)
    at = np.arange(1, len(CELLS) + 1)
    axis.bar(at - 0.2, found.h, 0.38, color=BLUE, label="h")
    axis.bar(at + 0.2, found.k, 0.38, color=GREEN, label="k")
    axis.axhline(found.h_critical[1], color=BLUE, linestyle="--", linewidth=0.8)
    axis.axhline(-found.h_critical[1], color=BLUE, linestyle="--", linewidth=0.8)
    axis.axhline(found.k_critical[1], color=GREEN, linestyle="--", linewidth=0.8)
    for entry in screened.log:
        if entry.action == "excluded":
            place = (entry.lab + 1, 3.0 if entry.test.startswith("Cochran") else 2.35)
            axis.annotate(entry.test.split("'")[0], place, ha="center", color=RED)
    s_r, after = float(screened.before.s_R), float(screened.after.s_R)
    axis.set(title=f"(c) h, k, 1 % limits; s_R {s_r:.3f} → {after:.3f}", xlabel="laboratory", ylim=(-2.4, 3.5))
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.99), ncols=2)


def _products(axis: plt.Axes) -> None:
    found = product.compare(PRODUCTS)
    table = product.public_table(found, ["P1", "P2", "P3", "P4", "P5", "P6"], "pH")
    for at, line in enumerate(table.rows):
        axis.errorbar(at, line.mean, yerr=line.U, fmt="o", color=BLUE, capsize=4)
        axis.annotate(line.letters, (at, line.mean + line.U + 0.12), ha="center", color=RED)
    axis.set(title="(d) Products: mean ± U and letters", ylabel="value", ylim=(5.7, 9.7))
    axis.set_xticks(range(len(table.rows)), [line.label for line in table.rows])


if __name__ == "__main__":
    draw(Path(__file__).parents[1] / "comparison.svg")
