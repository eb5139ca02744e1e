"""The demonstration firms and what the tests of the lottery share."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from qualitycity.methods.lottery.frame import Frame, Unit
from qualitycity.methods.lottery.matching import Problem
from qualitycity.methods.lottery.seed import Digits, draw_key, seed_lines, seed_of

SHARED = Path(os.environ.get("CITY_SHARED", "../shared")) / "golden/lottery"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no shared vectors (CITY_SHARED)")

TAILS = "15P 23J 31D 4X5 585 660 74T 82M 90G 036 111 2XQ"
CODES = [f"91339999MAD0EM{'1' if n > 9 else '0'}{tail}" for n, tail in enumerate(TAILS.split(), 1)]
FIRM = {f"E{number:02d}": code for number, code in enumerate(CODES, 1)}
NAME = {code: name for name, code in FIRM.items()}
EXCLUDED = {"E05": "repeat_ban", "E09": "deregistered"}
CLASS = {
    "E01": "A", "E02": "B", "E03": "B", "E04": "A", "E06": "C",
    "E07": "AA", "E08": "B", "E10": "A", "E11": "B", "E12": "B",
}  # fmt: skip
WEIGHT = {"AA": 1, "A": 2, "B": 4, "C": 8}
DIGITS_ONE, DIGITS_TWO = "51425661421162242526", "13452452514362151362"


def socks(by_class: bool = False) -> Frame:
    """The frame of the socks: equal odds, or by supervision class."""
    units = []
    for name, code in FIRM.items():
        weight = 0 if name in EXCLUDED else WEIGHT[CLASS[name]] if by_class else 1
        units.append(Unit(code, "socks", weight, EXCLUDED.get(name, "")))
    return Frame.of(units)


def key_of(frame: Frame, round_no: int, secret: str, digits: str, label: str = "units") -> str:
    """Draw key of a round held with dice."""
    return draw_key(seed_of(seed_lines(frame.digest(), round_no, secret, [Digits(digits)])), label)


def names(codes: list[str]) -> list[str]:
    """Short names of firms."""
    return [NAME[code] for code in codes]


def every_assignment(problem: Problem) -> list[tuple[tuple[int, int, int], list[bool]]]:
    """All assignments of a tiny problem with (largest load, minus smallest load of usable agents, cost), best first."""
    pairs = list(zip(problem.task.tolist(), problem.agent.tolist(), problem.cost.tolist(), strict=True))
    found = []
    for choice in product((False, True), repeat=len(pairs)):
        seats, loads, cost = [0] * len(problem.tasks), [0] * len(problem.agents), 0
        for taken, (task, agent, price) in zip(choice, pairs, strict=True):
            if taken:
                seats[task] += 1
                loads[agent] += 1
                cost += price
        fits = all(load <= agent.capacity for load, agent in zip(loads, problem.agents, strict=True))
        if fits and all(count == problem.team for count in seats):
            counted = [load for load, usable in zip(loads, problem.usable.tolist(), strict=True) if usable]
            found.append(((max(loads), -min(counted, default=0), cost), list(choice)))
    return sorted(found, key=lambda one: one[0])
