"""Where rules are used: which state tables start or stop them, and what runs under each version now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from qualitycity.kernel.workflow import WORKFLOWS, Move, Workflow


@dataclass(frozen=True)
class Running:
    """What runs under one version: `clocks` open deadlines of `cases` different cases."""

    version: int
    clocks: int
    cases: int


Counter = Callable[[str], Iterable[Running]]
_counters: list[Counter] = []


def counts_running(counter: Counter) -> Counter:
    """Register who can say what runs under the versions of a rule (the deadlines do)."""
    _counters.append(counter)
    return counter


def running(rule_id: str) -> dict[int, Running]:
    """What runs under each version of a rule now; versions nothing runs under are left out."""
    total: dict[int, Running] = {}
    for counter in _counters:
        for item in counter(rule_id):
            known = total.get(item.version, Running(item.version, 0, 0))
            total[item.version] = Running(item.version, known.clocks + item.clocks, known.cases + item.cases)
    return total


@dataclass(frozen=True)
class Use:
    """A move that starts or stops the clock of a rule."""

    workflow: Workflow
    move: Move
    starts: bool

    @property
    def title(self) -> Any:
        """The mechanism's name."""
        return self.workflow.title


def uses(rule_id: str) -> list[Use]:
    """The moves of all mechanisms that start or stop the clock of this rule."""
    return [
        Use(workflow, move, rule_id in move.starts)
        for workflow in WORKFLOWS.values()
        for move in workflow.moves.values()
        if rule_id in (*move.starts, *move.stops)
    ]
