"""State tables: every state × move × post of every mechanism, allowed and forbidden; and tables that must not be."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import models

from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.duty_table import duties, room_modules
from qualitycity.kernel.access.posts import POSTS
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import SERVICES, _check, _Open
from qualitycity.kernel.workflow import WORKFLOWS, Move, State, Workflow

HERE = "339999"
room_modules("workflow")
# Other tests lay out tables of their own in the same process.
HOUSE = {name: flow for name, flow in WORKFLOWS.items() if not name.startswith(("test.", "gallery."))}


def subject(flow: Workflow, state: str, region: str = HERE) -> SimpleNamespace:
    return SimpleNamespace(WORKFLOW=flow, state=state, region_path=region)


def refusal(flow: Workflow, move: Move, state: str, post: str, region: str = HERE) -> str:
    """Code of the refusal, or "" — guards and separation apart, which each mechanism tests for itself."""
    bare = replace(move, guard=None, never_by=())
    actor = Actor(ref="p1", posts=frozenset({post}), scopes=(HERE,))
    opened = _Open(flow, bare, None if bare.creates else subject(flow, state, region))
    try:
        _check(opened, actor, (), {}, reason="因为")
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("name", sorted(HOUSE))
def test_every_state_move_and_post(name: str) -> None:
    flow = WORKFLOWS[name]
    for state in flow.states:
        for move in flow.moves.values():
            for post in POSTS:
                found = refusal(flow, move, state, post)
                if post not in duties()[move.duty].posts:
                    assert found == "duty", (name, state, move.verb, post)
                elif move.creates or state in move.sources:
                    assert found == "", (name, state, move.verb, post)
                    if not move.creates:
                        assert refusal(flow, move, state, post, "110000") == "jurisdiction"
                else:
                    assert found == "state", (name, state, move.verb, post)


def test_every_move_has_its_service_and_every_subject_its_constraint() -> None:
    room_modules("services"), room_modules("roots"), room_modules("reminders"), room_modules("retention")
    missing = [
        f"{flow.name}.{verb}" for flow in HOUSE.values() for verb in flow.moves if (flow.name, verb) not in SERVICES
    ]
    assert not missing, "moves nobody can make"
    for model in apps.get_models():
        flow = getattr(model, "WORKFLOW", None)
        if flow is not None and any(field.name == "state" for field in model._meta.fields):
            checks = [
                str(item.condition) for item in model._meta.constraints if isinstance(item, models.CheckConstraint)
            ]
            assert any(all(state in check for state in flow.states) for check in checks), (
                f"{model} has no state constraint"
            )


def test_every_duty_of_a_table_is_declared() -> None:
    for flow in HOUSE.values():
        for move in flow.moves.values():
            assert move.duty in duties(), f"{flow.name}.{move.verb}: {move.duty}"


def test_a_reason_is_asked_where_the_table_says_so() -> None:
    flow = WORKFLOWS["access.account"]
    actor = Actor(ref="p1", posts=frozenset({"security_admin"}), scopes=(HERE,))
    with pytest.raises(Refused, match="理由"):
        _check(_Open(flow, flow.moves["erase"], subject(flow, "active")), actor, (), {}, reason="")


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ([Move("a", " → open", "A", "d"), Move("a", "open → =", "A", "d")], "stands twice"),
        ([Move("a", "open → nowhere", "A", "d")], "unknown states"),
    ],
)
def test_wrong_tables_are_refused_when_written(moves: list[Move], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Workflow("test.wrong", "x", states=[State("open", "开")], moves=moves)


def test_an_arrow_must_be_one() -> None:
    with pytest.raises(ValueError, match="no arrow"):
        Move("a", "open -> closed", "A", "d")


def test_a_table_draws_itself_and_its_progress() -> None:
    flow = WORKFLOWS["access.delegation"]
    drawing = flow.mermaid()
    assert (
        drawing.startswith("stateDiagram-v2") and "[*] --> active: 委托代办" in drawing and "ended --> [*]" in drawing
    )
    assert [(state.code, place) for state, place in flow.progress("ended")] == [("active", "done"), ("ended", "now")]
    flow = WORKFLOWS["sampling.round"]
    void = {state.code: place for state, place in flow.progress("void", {"announced", "convened"})}
    assert void["convened"] == "done" and void["dice"] == "ahead" and void["void"] == "now"
