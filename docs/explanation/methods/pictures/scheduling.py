"""The picture of scheduling.md: latest bars and slack, one department's load, the gap by schedules made."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from qualitycity.methods.scheduling import Links, Plan, Task, WorkCalendar, back_schedule, improve

OFF = [date(2027, 4, day) for day in (3, 4, 5)] + [date(2027, 5, day) for day in range(1, 6)]
OFF += [date(2027, 6, day) for day in (9, 10, 11)]
ON = [date(2027, 4, 25), date(2027, 5, 8)]
YEAR = WorkCalendar.of_weeks(date(2027, 1, 1), date(2027, 12, 31), off=OFF, on=ON, version="2027 invented")
DAYS = {"T1": 15, "T2": 3, "T3": 10, "T4": 4, "T5": 20, "T6": 20, "T7": 8, "T8": 6, "T9": 3}
AFTER = Links.of([(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (4, 6), (5, 6), (6, 7), (7, 8)])
BLUE, RED, GREY, GREEN = "#1b6ca8", "#b3402a", "#b8b8b8", "#3a7d44"


def draw(path: Path) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scheduling", "font.size": 9})
    figure, axes = plt.subplots(1, 3, figsize=(11.5, 3.8), layout="constrained", width_ratios=[1.5, 1, 1])
    _bars(axes[0])
    _load(axes[1])
    _gap(axes[2])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _bars(axis: plt.Axes) -> None:
    """Latest dates of the nine tasks, and how far each may be pulled forward."""
    tasks = [Task(name, days) for name, days in DAYS.items()]
    plan = back_schedule(tasks, AFTER, date(2027, 6, 29), YEAR, {}, today=date(2027, 3, 15))
    one = np.timedelta64(1, "D")
    for at, task in enumerate(plan.tasks):
        early, first, last = plan.early_starts[at], plan.starts[at], plan.finishes[at] + one
        axis.barh(at, first - early, left=early, height=0.22, color=GREY)
        axis.barh(at, last - first, left=first, height=0.62, color=BLUE)
        axis.text(np.datetime64("2027-07-02"), at, f"{task.id}: slack {plan.total_slack[at]}", va="center", fontsize=8)
    for day in YEAR.exceptions():
        axis.axvspan(day[0], np.datetime64(day[0]) + one, color=GREEN if day[1] else RED, alpha=0.12, linewidth=0)
    axis.axvline(np.datetime64(date(2027, 6, 30)), color=RED, linewidth=1)
    axis.set(xlim=(np.datetime64("2027-03-12"), np.datetime64("2027-08-01")), yticks=[])
    axis.invert_yaxis()
    axis.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%m-%d"))
    axis.set_title("latest dates before the deadline (grey: early start)")


def project() -> Plan:
    """Sixty tasks of one bureau with three persons, short of time."""
    rng = np.random.default_rng(12)
    days, tenths = rng.integers(2, 12, 60), rng.integers(3, 14, 60)
    tasks = [Task(f"t{at}", int(days[at]), "bureau", {"bureau": int(tenths[at])}) for at in range(60)]
    low, high = np.sort(rng.integers(0, 60, (2, 110)), axis=0)
    links = Links.of([(one, two) for one, two in zip(low, high, strict=True) if one < two])
    return back_schedule(tasks, links, date(2027, 11, 30), YEAR, {"bureau": 30}, today=date(2027, 3, 15), schedules=3)


def _load(axis: plt.Axes) -> None:
    """Persons at work in the plan, and what the latest dates without capacity would ask for."""
    plan = project()
    model = plan.model
    every = np.ones(plan.late.size, dtype=bool)
    free = model.all(model.late(model.early(None, model.loose[0]), model.deadline, model.loose))
    for start, colour, name in ((free, GREY, "links alone"), (plan.late, BLUE, "under capacity")):
        used = model.usage(start, every)[:, 0] / 10
        days = np.arange(used.size) - model.deadline
        seen = (days >= plan.late.min() - model.deadline) & (days < 0)
        axis.step(days[seen], used[seen], where="post", color=colour, label=name, linewidth=1.1)
    axis.axhline(3, color=RED, linewidth=1)
    axis.set(xlabel="working days before the deadline", ylabel="persons")
    axis.legend(frameon=False, fontsize=8)
    axis.set_title("load of one department")


def _gap(axis: plt.Axes) -> None:
    """How early it ends by the number of schedules made, and the bound no plan can undercut."""
    plan = project()
    made = [3, 30, 100, 300, 1_000, 3_000, 10_000, 30_000]
    ends = [
        improve(plan, schedules=size, threads=1, seed=1).early_end - plan.model.today if size > 3 else
        plan.early_end - plan.model.today for size in made
    ]  # fmt: skip
    axis.plot(made, ends, marker="o", color=BLUE, markersize=4, linewidth=1.1)
    axis.axhline(plan.bound - plan.model.today, color=RED, linewidth=1, label="lower bound")
    axis.set(xscale="log", xlabel="schedules made", ylabel="working days to the end")
    axis.legend(frameon=False, fontsize=8)
    axis.set_title("the genetic algorithm")


if __name__ == "__main__":
    draw(Path(__file__).resolve().parents[1] / "scheduling.svg")
