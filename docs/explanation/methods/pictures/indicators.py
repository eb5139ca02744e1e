"""The picture of indicators.md: treatment, what hiding pays, intervals of ranks, which choice moves them."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.indicators import (
    Choice,
    Framework,
    Index,
    Step,
    Table,
    WeightSets,
    aggregate,
    build,
    noisy_weights,
    sobol,
    treat,
    uncertainty,
)

BLUE, RED, GREEN, AMBER = "#1b6ca8", "#b3402a", "#3a7d44", "#c98a1b"
GRADES = {"A": GREEN, "B": BLUE, "C": AMBER, "D": RED}
RULES = {
    "on": "2027-12-20",
    "grades": {"names": list(GRADES), "bounds": [50, 40, 25]},
    "veto": [{"code": "incident", "fact": "incident", "grade": "D", "basis": "example", "valid_from": "2027-01-01"}],
}


def example() -> Index:
    """Fourteen made-up towns, six indicators in two pillars; town 5 has an incident on file."""
    rng = np.random.default_rng(20271220)
    level = rng.normal(0, 1, (14, 1))
    figures = np.exp(0.6 * level + rng.normal(0, 0.7, (14, 6)))
    rows = [{"level": 0, "code": f"i{at + 1}", "parent": "PQ"[at // 3]} for at in range(6)]
    rows += [{"level": 1, "code": code, "parent": "Index"} for code in "PQ"] + [{"level": 2, "code": "Index"}]
    columns = {f"i{at + 1}": figures[:, at] for at in range(6)} | {"incident": np.arange(14) == 4}
    steps = [
        Step.of("treat", winmax=3),
        Step.of("normalise", how="minmax", p={"low": 1, "high": 100}),
        Step.of("aggregate", how="amean"),
        Step("rules", RULES),
    ]
    return build(Table(tuple(f"town {at + 1}" for at in range(14)), columns), Framework.from_rows(rows), steps)


def choices(index: Index, rng: np.random.Generator) -> list[Choice | WeightSets]:
    """What could have been decided otherwise."""
    return [
        Choice("outliers", "treat", tuple({"winmax": at} for at in range(4))),
        noisy_weights(index.weights, 256, 0.4, rng),
        Choice("mean", "aggregate", ({"how": "amean"}, {"how": ["amean", "gmean"]}, {"how": ["mpi", "amean"]})),
    ]


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "indicators", "font.size": 9})
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 7.4), layout="constrained", height_ratios=[1, 1.25])
    index = example()
    _treatment(axes[0, 0])
    _hiding(axes[0, 1])
    _ranks(axes[1, 0], index)
    _sensitivity(axes[1, 1], index)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25, linewidth=0.6)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _treatment(axis: plt.Axes) -> None:
    x = np.array([1.0, 2, 2.5, 3, 4, 4.5, 5, 6, 6.5, 7, 9, 31, 44])[:, None]
    for winmax, colour, mark in ((0, GREEN, "s"), (2, BLUE, "o")):
        found = treat(x, winmax=winmax)
        values = found.values[:, 0]
        shown = 100 * (values - values.min()) / (values.max() - values.min())
        label = "logged (winmax 0)" if found.logged[0] else f"winsorised: {found.points[0]} point (winmax {winmax})"
        axis.plot(x[:, 0], shown, mark + "-", color=colour, markersize=4, linewidth=1, label=label)
    axis.plot(x[:, 0], 100 * (x[:, 0] - 1) / 43, "x--", color="grey", markersize=4, linewidth=1, label="untreated")
    axis.set(title="(a) One column, min-max after treatment", xlabel="figure", ylabel="score")
    axis.legend(frameon=False, loc="lower right")


def _hiding(axis: plt.Axes) -> None:
    bad = np.linspace(0, 90, 91)
    told = np.column_stack([np.full((91, 4), 70.0), bad])
    hidden = np.array([[70.0] * 4 + [np.nan]])
    axis.plot(bad, aggregate(told, np.ones(5)), color=BLUE, label="reported, arithmetic mean")
    axis.plot(bad[1:], aggregate(told[1:], np.ones(5), "mpi"), color=GREEN, label="reported, Mazziotta-Pareto")
    axis.axhline(aggregate(hidden, np.ones(5))[0], color=RED, linestyle="--", label="hidden, weights renormalised")
    axis.set(title="(b) Four figures at 70 and a fifth", xlabel="the fifth figure", ylabel="score", ylim=(35, 80))
    axis.legend(frameon=False, loc="lower right")


def _ranks(axis: plt.Axes, index: Index) -> None:
    rng = np.random.default_rng(7)
    stats = uncertainty(index, choices(index, rng), 2000, rng)
    order = np.argsort(-stats.nominal)
    for at, unit in enumerate(order):
        colour = GRADES[str(index.grades[unit])]
        axis.plot([stats.low[unit], stats.high[unit]], [at, at], color=colour, linewidth=3, alpha=0.55)
        axis.plot(stats.nominal[unit], at, "o", color=colour, markersize=5)
        text = f"{index.grades[unit]} {stats.certain[unit]:.0%}"
        axis.text(15.2, at, text, va="center", color=colour, fontsize=8)
    axis.set_yticks(range(len(order)), [index.units[unit] for unit in order], fontsize=8)
    axis.set(title="(c) Rank, its 5-95 % interval, share of runs with the grade", xlabel="rank", xlim=(0.4, 17))
    axis.set_xticks([1, 4, 7, 10, 14])


def _sensitivity(axis: plt.Axes, index: Index) -> None:
    rng = np.random.default_rng(8)
    found = sobol(index, choices(index, rng), 512, rng)
    place = np.arange(len(found.names))
    for values, interval, shift, colour, label in (
        (found.S, found.S_interval, -0.18, BLUE, "S, alone"),
        (found.ST, found.ST_interval, 0.18, AMBER, "ST, with interactions"),
    ):
        error = np.abs(interval - values)
        axis.bar(place + shift, values, 0.34, color=colour, label=label, yerr=error, ecolor="black", capsize=2)
    axis.set_xticks(place, found.names)
    axis.axhline(0, color="black", linewidth=0.6)
    axis.set(title="(d) Which choice moves the ranks (Sobol)", ylabel="share of variance")
    axis.legend(frameon=False)


if __name__ == "__main__":
    draw(Path(__file__).resolve().parents[1] / "indicators.svg")
