"""State tables as data: a mechanism is a table of moves. It draws the diagram, the buttons and the progress line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Q

Guard = Callable[..., "str | None"]
WORKFLOWS: dict[str, Workflow] = {}


@dataclass(frozen=True)
class State:
    """A state with its Chinese name; `closed` states end the case, `off_line` ones stand beside the progress line."""

    code: str
    title: Any
    closed: bool = False
    off_line: bool = False


@dataclass(frozen=True)
class Move:
    """One row of a state table.

    arrow: "a → b", "a|b → c", " → a" (creation), "a|b → =" (the state stays). `guard(subject, **arguments)` returns the
    sentence that says why not, or None. `never_by` names verbs whose doer on this subject may not do this one.
    """

    verb: str
    arrow: str
    button: Any
    duty: str
    guard: Guard | tuple[Guard, ...] | None = None
    never_by: tuple[str, ...] | str = ()
    reason: bool = False
    confirm: Any = ""
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    todo: Any = ""
    paper: str = ""
    public: bool = False
    sources: tuple[str, ...] = field(init=False)
    target: str | None = field(init=False)

    def __post_init__(self) -> None:
        left, arrow, right = self.arrow.partition("→")
        if not arrow or not right.strip():
            raise ValueError(f"{self.verb}: «{self.arrow}» is no arrow")
        object.__setattr__(self, "sources", tuple(part.strip() for part in left.split("|") if part.strip()))
        object.__setattr__(self, "target", None if right.strip() == "=" else right.strip())
        if isinstance(self.never_by, str):
            object.__setattr__(self, "never_by", (self.never_by,))

    @property
    def creates(self) -> bool:
        return not self.sources

    @property
    def guards(self) -> tuple[Guard, ...]:
        if self.guard is None:
            return ()
        return self.guard if isinstance(self.guard, tuple) else (self.guard,)


class Workflow:
    """The state table of one mechanism; registered under its name for docs, tests and pages."""

    def __init__(self, name: str, title: Any, *, states: Iterable[State], moves: Iterable[Move]) -> None:
        self.name, self.title = name, title
        self.states = {state.code: state for state in states}
        self.moves: dict[str, Move] = {}
        for move in moves:
            if move.verb in self.moves:
                raise ValueError(f"{name}: the verb {move.verb} stands twice")
            unknown = ({*move.sources, move.target} - {None}) - set(self.states)
            if unknown:
                raise ValueError(f"{name}.{move.verb}: unknown states {sorted(map(str, unknown))}")
            self.moves[move.verb] = move
        if WORKFLOWS.setdefault(name, self) is not self:
            raise ValueError(f"the workflow {name} stands twice")

    def __repr__(self) -> str:
        return f"Workflow({self.name})"

    def from_state(self, state: str) -> list[Move]:
        """The moves that may start in a state, in the order of the table."""
        return [move for move in self.moves.values() if state in move.sources]

    def constraint(self, name: str) -> models.CheckConstraint:
        """The database's own check that a row is in one of these states ("" only while it is being created)."""
        return models.CheckConstraint(condition=Q(state__in=["", *self.states]), name=name)

    def progress(self, state: str, passed: Collection[str] = ()) -> list[tuple[State, str]]:
        """The states of the line with «done», «now» or «ahead».

        A state off the line is appended as «now»; then `passed` names the states the case has been in.
        """
        line = [item for item in self.states.values() if not item.off_line]
        codes = [item.code for item in line]
        if state not in codes:
            left = [(item, "done" if item.code in passed else "ahead") for item in line]
            return left + ([(self.states[state], "now")] if state in self.states else [])
        here = codes.index(state)
        return [(item, "done" if i < here else "now" if i == here else "ahead") for i, item in enumerate(line)]

    def mermaid(self) -> str:
        """The diagram of this table, for the documentation."""
        lines = ["stateDiagram-v2"]
        for state in self.states.values():
            lines.append(f'    state "{state.title}" as {state.code}')
        for move in self.moves.values():
            for source in move.sources or ("[*]",):
                lines.append(f"    {source} --> {move.target or source}: {move.button}")
        lines += [f"    {state.code} --> [*]" for state in self.states.values() if state.closed]
        return "\n".join(lines)
