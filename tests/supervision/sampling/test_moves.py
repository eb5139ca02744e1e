"""Every state × move × duty of the five state tables, allowed and forbidden, against a table written by hand."""

from __future__ import annotations

import itertools

import pytest

from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.posts import POSTS
from qualitycity.kernel.acts import queries
from qualitycity.kernel.workflow import Move, Workflow
from qualitycity.supervision.sampling.models import Draw, Frame, Plan, Round, Visit
from qualitycity.supervision.sampling.workflow import DRAW, FRAME, PLAN, ROUND, VISIT

SUBJECTS = {
    "sampling.plan": Plan,
    "sampling.frame": Frame,
    "sampling.draw": Draw,
    "sampling.round": Round,
    "sampling.visit": Visit,
}

# verb → (states it may start in, posts that may make it); written out, so that a slip of the table shows.
EXPECTED = {
    "sampling.plan": {
        "draft": ("", "section_chief"),
        "edit": ("drafted amended", "section_chief"),
        "file": ("drafted amended", "section_chief"),
        "return_": ("filed", "leader"),
        "approve": ("filed", "leader"),
        "frame": ("approved", "section_chief"),
        "amend": ("approved", "section_chief"),
        "complete": ("approved", "section_chief"),
    },
    "sampling.frame": {
        "build": ("", "section_chief"),
        "rebuild": ("building", "section_chief"),
        "add": ("building", "section_chief"),
        "excuse": ("building", "section_chief"),
        "exclude": ("building", "section_chief"),
        "include": ("building", "section_chief"),
        "rehearse": ("building", "section_chief"),
        "publish": ("building", "section_chief"),
        "void": ("published", "section_chief"),
    },
    "sampling.draw": {
        "announce": ("", "section_chief"),
        "void": ("announced", "section_chief"),
        "announce_round": ("announced drawn", "section_chief"),
        "draw": ("announced", "draw_host"),
        "open_names": ("drawn", ""),
        "close": ("opened", ""),
    },
    "sampling.round": {
        "announce": ("", "section_chief"),
        "postpone": ("announced convened dice", "draw_host section_chief"),
        "convene": ("announced", "draw_host"),
        "seat": ("convened", "draw_host"),
        "reissue": ("convened dice confirmed drawn matched minuted", "draw_host"),
        "sign_in": ("convened dice confirmed drawn matched minuted", ""),
        "strike": ("convened dice", "draw_host"),
        "begin": ("convened", "draw_host"),
        "write": ("dice", ""),
        "clear": ("dice", ""),
        "confirm": ("dice", ""),
        "beacon": ("dice", "draw_host"),
        "fix": ("dice", ""),
        "void": ("convened dice confirmed", "draw_host"),
        "cancel": ("announced", "section_chief"),
        "draw": ("confirmed", "draw_host"),
        "match": ("drawn", "draw_host"),
        "supplement": ("drawn", "section_chief"),
        "minute": ("matched", "draw_host"),
        "sign": ("minuted", ""),
        "note_unsigned": ("minuted", "draw_host"),
        "finish": ("minuted", ""),
        "sign_reports": ("signed", "keeper section_chief"),
    },
    "sampling.visit": {
        "plan": ("", "draw_host"),
        "sample": ("planned", "sampler section_chief"),
        "refuse": ("planned", "sampler section_chief"),
        "miss": ("planned", "sampler section_chief"),
        "report_shut": ("planned", "sampler section_chief"),
        "confirm_shut": ("shut_reported", "town"),
        "dispute_shut": ("shut_reported", "town"),
        "call_reserve": ("shut", "section_chief"),
        "replace": ("shut", "section_chief"),
        "leave": ("shut", "section_chief"),
    },
}
TABLES = [PLAN, FRAME, DRAW, ROUND, VISIT]
MOVES = [(workflow, move) for workflow in TABLES for move in workflow.moves.values()]


def identity(value: object) -> str:
    return getattr(value, "name", "") or getattr(value, "verb", "")


def test_the_table_written_by_hand_names_every_move() -> None:
    assert {workflow.name: set(workflow.moves) for workflow in TABLES} == {
        name: set(moves) for name, moves in EXPECTED.items()
    }


@pytest.mark.parametrize(("workflow", "move"), MOVES, ids=identity)
def test_a_move_starts_in_its_states_and_in_no_other(workflow: Workflow, move: Move) -> None:
    allowed = set(EXPECTED[workflow.name][move.verb][0].split())
    actor = Actor(ref="tester", scopes=("339999",))
    for state in workflow.states:
        subject = SUBJECTS[workflow.name](state=state, region_path="339999")
        plain = Move(move.verb, move.arrow, move.button, move.duty)  # separation is asked of the acts, in the stories
        obstacle = queries.obstacle(plain, subject, actor)
        assert (obstacle is None) == (state in allowed), (state, obstacle)
        if obstacle is not None:
            assert obstacle[1] == "state"


@pytest.mark.parametrize(("workflow", "move"), MOVES, ids=identity)
def test_a_move_is_made_by_its_posts_and_by_no_other(workflow: Workflow, move: Move) -> None:
    allowed = set(EXPECTED[workflow.name][move.verb][1].split())
    may = {post for post in POSTS if Actor(ref=post, posts=frozenset([post])).can(move.duty)}
    assert may == allowed
    if not allowed:  # the system's own, or a witness's who signed in by code
        assert move.duty in {"sampling.draw.open", "sampling.ceremony.fix", "sampling.witness"}


@pytest.mark.parametrize(("workflow", "move"), MOVES, ids=identity)
def test_a_move_never_reaches_over_the_border(workflow: Workflow, move: Move) -> None:
    for state in set(EXPECTED[workflow.name][move.verb][0].split()):
        subject = SUBJECTS[workflow.name](state=state, region_path="339999/339999101")
        stranger = Actor(ref="stranger", scopes=("338888", "339999/339999102"))
        plain = Move(move.verb, move.arrow, move.button, move.duty)
        assert queries.obstacle(plain, subject, stranger)[1] == "jurisdiction"


def test_no_post_both_edits_frames_and_runs_ceremonies() -> None:
    for post in POSTS:
        actor = Actor(ref=post, posts=frozenset([post]))
        assert not (actor.can("sampling.frame.build") and actor.can("sampling.ceremony.run")), post


def test_every_state_can_be_reached_and_left_or_is_an_end() -> None:
    for workflow in TABLES:
        reached = {move.target for move in workflow.moves.values() if move.target}
        left = set(itertools.chain.from_iterable(move.sources for move in workflow.moves.values() if move.target))
        for state in workflow.states.values():
            assert state.code in reached, (workflow.name, state.code)
            assert state.closed or state.code in left, (workflow.name, state.code)
