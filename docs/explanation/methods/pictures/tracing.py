"""The picture of tracing.md: a small chain traced both ways, what dates do at a hub, score beside likelihood."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.tracing import EdgeBlock, LotBlock, TraceIndex, fcl_score, likely_source

BLUE, RED, GREY, GREEN = "#1b6ca8", "#b3402a", "#b8b8b8", "#3a7d44"
# Two spinners (0, 1), three yarn lots (2-4), three sock lots (5-7), wholesale (8-10), shops (11-16).
LINKS = EdgeBlock(
    [0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 8, 9, 9, 10, 10],
    [2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    quantity=[60.0, 40, 50, 60, 10, 30, 50, 70, 10, 20, 50, 40, 40, 12, 8, 25, 25],
)
LOTS = LotBlock(holder=np.arange(17), giver=[0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10])
PLACES = [(0, 2.3), (0, 0.8), (1, 3), (1, 2), (1, 0.8), (2, 3), (2, 2), (2, 0.8), (3, 2.9), (3, 1.8), (3, 0.7)]
PLACES += [(4, 3.4), (4, 2.7), (4, 2.1), (4, 1.5), (4, 0.95), (4, 0.4)]
FAILED, PASSED = [11, 13], [14]


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "tracing", "font.size": 9})
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained", width_ratios=[1.4, 0.9, 1])
    index = TraceIndex.of(LINKS, LOTS)
    _chain(axes[0], index)
    _hub(axes[1])
    _source(axes[2], index)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _chain(axis: plt.Axes, index: TraceIndex) -> None:
    back, forward = index.back([11]), index.forward([6])
    for source, target in zip(LINKS.source, LINKS.target, strict=True):
        (x, y), (u, v) = PLACES[source], PLACES[target]
        axis.annotate("", (u - 0.13, v), (x + 0.13, y), arrowprops={"arrowstyle": "->", "color": GREY, "lw": 0.9})
    for lot, (x, y) in enumerate(PLACES):
        inside, after = lot in back.nodes, lot in forward.nodes
        colour = RED if inside and after else BLUE if inside else GREEN if after else GREY
        axis.text(
            x,
            y,
            str(lot),
            ha="center",
            va="center",
            color="white",
            bbox={"boxstyle": "circle", "fc": colour, "ec": "none"},
        )
    axis.set(title="back from 11 blue, forward from 6 green, both red", xlim=(-0.4, 4.4), ylim=(0, 3.8))
    axis.set_xticks(range(5), ["fibre", "yarn", "socks", "wholesale", "shop"])
    axis.set_yticks([])
    axis.spines[["top", "right", "left"]].set_visible(False)


def _hub(axis: plt.Axes) -> None:
    """Twenty lots come to a mixing hub and twenty leave, at random days; half of their dates are missing."""
    rng = np.random.default_rng(4)
    day = rng.integers(0, 30, 60)
    day[20:40] = np.sort(day[20:40])
    missing = rng.random(20) < 0.5
    came, left = day.copy(), day.copy()
    before = np.arange(40, 60)
    came[before] = left[before] = day[:20] - rng.integers(0, 9, 20)
    none = -(2**31)
    came[:20][missing] = left[:20][missing] = none
    lots = LotBlock(holder=[9] * 20 + [8] * 20 + [7] * 20, giver=[7] * 20 + [9] * 20 + [6] * 20, left=left, came=came)
    index = TraceIndex.of(EdgeBlock(before, before - 40), lots)
    for mode, colour in (("ignore", GREY), ("given", BLUE), ("inferred", RED)):
        size = [(index.back([lot], cross={9}, dates=mode).nodes < 20).sum() for lot in range(20, 40)]
        axis.step(day[20:40], size, where="post", color=colour, label=mode)
    axis.set(title="a mixing hub, half the dates missing", xlabel="day on which the lot left", ylabel="suspect lots in")
    axis.legend(frameon=False, title="dates")
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_ylim(0, 21)


def _source(axis: plt.Axes, index: TraceIndex) -> None:
    score = fcl_score(index, [], outbreak_deliveries=FAILED).of_lots(17)
    likely = likely_source(index, FAILED, PASSED)
    posterior = dict(zip(likely.lots.tolist(), likely.posterior.tolist(), strict=True))
    lots = np.flatnonzero(score)[::-1]
    where = np.arange(lots.size)
    axis.barh(where + 0.2, score[lots], 0.38, color=GREY, label="FoodChain-Lab score")
    axis.barh(where - 0.2, [posterior.get(int(lot), 0) for lot in lots], 0.38, color=RED, label="posterior")
    axis.set_yticks(where, [f"lot {lot}" for lot in lots])
    axis.set(title="failed: 11, 13; passed: 14", xlim=(0, 1.05))
    axis.legend(frameon=False, loc="lower right", fontsize=8, handlelength=1)
    axis.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    draw(Path(__file__).resolve().parents[1] / "tracing.svg")
