"""The picture of acceptance.md: what three severities, the whole scheme and an audit do to lots of each quality."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.acceptance.declared import declared_quality, preferred_sizes
from qualitycity.methods.acceptance.oc import aoq, asn, oc
from qualitycity.methods.acceptance.stages import double, single
from qualitycity.methods.acceptance.switching import scheme_oc
from qualitycity.methods.acceptance.tables import SEVERITIES, plan

COLOURS = {"normal": "#1b6ca8", "tightened": "#b3402a", "reduced": "#3a7d44"}
LOT = 1000


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "acceptance", "font.size": 9})
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.6), layout="constrained")
    _severities(axes[0, 0])
    _switching(axes[0, 1])
    _stages(axes[1, 0])
    _audit(axes[1, 1])
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25, linewidth=0.6)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _severities(axis: plt.Axes) -> None:
    p = np.linspace(0, 0.08, 161)
    for severity in SEVERITIES:
        made = plan(LOT, "II", "1.0", severity)
        axis.plot(100 * p, oc(made, p), color=COLOURS[severity], label=f"{severity}: n {made.n}, Ac {made.ac}")
    scheme = scheme_oc(LOT, "II", "1.0", p)
    axis.plot(100 * p, scheme.pa, color="black", linestyle="--", label="scheme (switching)")
    axis.set(title="(a) Lot 1,000, level II, AQL 1.0", xlabel="p, % nonconforming", ylabel="Pa")
    axis.legend(frameon=False)


def _switching(axis: plt.Axes) -> None:
    p = np.linspace(0, 0.04, 161)
    scheme = scheme_oc(LOT, "II", "1.0", p)
    shares = [getattr(scheme, severity) for severity in ("reduced", "normal", "tightened")]
    colours = [COLOURS[severity] for severity in ("reduced", "normal", "tightened")]
    axis.stackplot(100 * p, shares, colors=colours, alpha=0.75, labels=["reduced", "normal", "tightened"])
    axis.plot(100 * p, scheme.suspension, color="black", label="stops per lot")
    axis.set(title="(b) Share of lots on each severity", xlabel="p, % nonconforming", ylabel="share", ylim=(0, 1))
    axis.legend(frameon=True, loc="center right")


def _stages(axis: plt.Axes) -> None:
    p = np.linspace(0, 0.1, 201)
    one, two = single(80, 2), double((50, 50), (0, 3), 3)
    axis.plot(100 * p, asn(one, p), color=COLOURS["normal"], label="ASN, single (80; 2)")
    axis.plot(100 * p, asn(two, p), color=COLOURS["tightened"], label="ASN, double (50, 50; 0/3, 3/4)")
    axis.set(title="(c) Mean sample and outgoing quality", xlabel="p, % nonconforming", ylabel="items", ylim=(0, 140))
    other = axis.twinx()
    other.plot(100 * p, 100 * aoq(one, p, N=LOT), color=COLOURS["normal"], linestyle=":", label="AOQ, single")
    other.plot(100 * p, 100 * aoq(two, p, N=LOT), color=COLOURS["tightened"], linestyle=":", label="AOQ, double")
    other.set(ylabel="AOQ, %", ylim=(0, 3.5))
    other.spines["top"].set_visible(False)
    lines = axis.lines[:] + other.lines[:]
    axis.legend(lines, [str(line.get_label()) for line in lines], frameon=False, loc="upper center", ncols=2)


def _audit(axis: plt.Axes) -> None:
    ratio = np.linspace(0.2, 20, 200)
    dql = 0.0065
    for limit, colour in zip((1, 2, 3), COLOURS.values(), strict=True):
        made = declared_quality(dql, limit, n_series=preferred_sizes())
        n = int(made.n[0])
        axis.plot(ratio, oc(single(n, limit), ratio * dql), color=colour, label=f"n {n}, L {limit}")
        axis.plot(made.lqr, [0.1], "o", color=colour, markersize=4)
    axis.axhline(0.1, color="grey", linewidth=0.8)
    axis.axvline(1, color="grey", linewidth=0.8)
    axis.set(title="(d) Declared level 0.65 %: not contradicted", xlabel="true level / DQL", ylabel="probability")
    axis.legend(frameon=False)


if __name__ == "__main__":
    draw(Path(__file__).resolve().parents[1] / "acceptance.svg")
