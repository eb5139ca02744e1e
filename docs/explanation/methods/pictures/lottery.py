"""The picture of lottery.md: published odds against targets, draws against published odds, and two ways to match."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.lottery.draw import draw as draw_units
from qualitycity.methods.lottery.frame import Frame
from qualitycity.methods.lottery.matching import Agent, Pool, Problem, match
from qualitycity.methods.lottery.odds import inclusion_probabilities
from qualitycity.methods.lottery.pair_odds import pair_odds
from qualitycity.methods.lottery.plan import plan_stratum
from qualitycity.methods.lottery.rounding import match_exactly
from qualitycity.methods.lottery.seed import draw_key

BLUE, RED, GREEN, GREY = "#1b6ca8", "#b3402a", "#3a7d44", "#999999"


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lottery", "font.size": 9})
    figure, axes = plt.subplots(1, 3, figsize=(11.4, 3.7), layout="constrained")
    _targets(axes[0])
    _frequencies(axes[1])
    _matchings(axes[2])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _targets(axis: plt.Axes) -> None:
    """How far the target m·w/W is from the exact probability, as the stratum grows."""
    sizes = [4, 8, 16, 32, 64, 128, 256, 512, 1024]
    for color, share in ((BLUE, 4), (RED, 16)):
        worst = []
        for size in sizes:
            plan = plan_stratum("s", [(w, size // 4) for w in (1, 2, 4, 8)], max(1, size // share))
            exact = inclusion_probabilities(plan)
            worst.append(max(abs(plan.target(w) / exact[w] - 1) for w in exact))
        axis.plot(sizes, worst, color=color, marker="o", markersize=3, label=f"n = N / {share}")
    axis.set(xscale="log", yscale="log", xlabel="units N, weights 1 2 4 8", ylabel="|target / exact - 1|, worst class")
    axis.legend(fontsize=7)
    axis.set_title("Publish the exact odds, not the target", fontsize=9, loc="left")


def _frequencies(axis: plt.Axes) -> None:
    """Real draws of a small stratum: they follow the exact odds."""
    weights, n, runs = [1, 2, 4, 8], 1, 20_000
    frame = Frame.of([(f"U{w}", "s", w, "") for w in weights])
    counts: Counter[str] = Counter()
    for run in range(runs):
        found = draw_units(frame, draw_key(f"picture {run}"), {"s": n})
        counts.update(found.ids)
    plan = plan_stratum("s", [(w, 1) for w in weights], n)
    exact = inclusion_probabilities(plan)
    seen = np.array([counts[f"U{w}"] / runs for w in weights])
    base = np.array([exact[w] for w in weights])
    error = 2 * np.sqrt(base * (1 - base) / runs)
    axis.axhline(0, color=GREEN, label="exact, published")
    axis.plot(weights, [plan.target(w) - exact[w] for w in weights], color=RED, linestyle="--", label="target m w / W")
    axis.errorbar(weights, seen - base, error, fmt="o", color=BLUE, markersize=4, label=f"{runs:,} draws, 2 s.e.")
    axis.set(xlabel="weight, one unit each, n = 1", ylabel="probability - exact", xticks=weights)
    axis.legend(fontsize=7, loc="lower left")
    axis.set_title("Draws follow the published odds", fontsize=9, loc="left")


def _matchings(axis: plt.Axes) -> None:
    """Chance of each pair: the least-cost matching and the exact mode against the published odds."""
    chance, runs = random.Random(3), 1500
    tasks, people = [f"T{at:02d}" for at in range(8)], [Agent(f"S{at}", 8) for at in range(6)]
    barred = {(task, agent.id): "kin" for task in tasks for agent in people if chance.random() < 0.25}
    pool = Pool(tuple(people), barred)
    odds = pair_odds(Problem.of(tasks, pool, None, 2))
    pairs = [odds.pair(at) for at in range(len(odds.chance))]
    ways = (
        ("least cost", RED, lambda key: match(tasks, pool, key, 2).assignment),
        ("exact mode", BLUE, lambda key: match_exactly(odds, key).assignment),
    )
    for name, color, way in ways:
        counts: Counter[tuple[str, str]] = Counter()
        for run in range(runs):
            found = way(draw_key(f"pairs {run}", "teams"))
            counts.update((task, one) for task, team in zip(tasks, found, strict=True) for one in team)
        seen = [counts[pair.task, pair.agent] / runs for pair in pairs]
        axis.scatter([pair.probability for pair in pairs], seen, s=14, color=color, alpha=0.8, linewidth=0, label=name)
    axis.axline((0.4, 0.4), slope=1, color=GREY, linewidth=0.8)
    axis.set(xlabel="published probability of the pair", ylabel=f"how often in {runs} seeds")
    axis.legend(fontsize=7)
    axis.set_title("Matching: equal treatment, or exact odds", fontsize=9, loc="left")


if __name__ == "__main__":
    draw(Path(__file__).parent.parent / "lottery.svg")
