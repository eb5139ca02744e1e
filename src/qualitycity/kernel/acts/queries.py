"""Reads of 办理记录: the history of a case, who did what, what may be done now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.access.models import Account
from qualitycity.kernel.words import translated
from qualitycity.kernel.workflow import WORKFLOWS, Move, Workflow

from .models import Act


@dataclass(frozen=True)
class Line:
    """One line of 办理记录 as a page shows it."""

    id: int
    at: datetime
    business_date: str
    who: str
    post: str
    unit: str
    action: str
    before: str
    after: str
    reason: str
    refused: str
    facts: dict[str, Any]
    rules: dict[str, int]
    deputy: bool


@dataclass(frozen=True)
class Offer:
    """A move a page may offer: allowed, or the sentence that says why not."""

    move: Move
    allowed: bool
    why_not: Any = ""


def key(subject: models.Model) -> dict[str, str]:
    """The columns by which everything about a subject is found."""
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def names(refs: set[str]) -> dict[str, str]:
    """Names shown for refs; an erased person is shown as such."""
    found = {
        row["ref"]: _("已注销人员") if row["erased_at"] else row["display_name"] or row["username"]
        for row in Account.objects.filter(ref__in=refs).values("ref", "display_name", "username", "erased_at")
    }
    return {"system": _("系统"), "public": _("公众")} | found


def history(subject: models.Model, *, refused: bool = False) -> list[Line]:
    """The lines of a subject in the order in which they were written; refusals only when asked for."""
    acts = Act.objects.filter(**key(subject)).order_by("id")
    if not refused:
        acts = acts.filter(outcome=Act.Outcome.DONE)
    return lines(list(acts))


def states(subject: models.Model) -> set[str]:
    """The states a subject has been in."""
    acts = Act.objects.filter(**key(subject), outcome=Act.Outcome.DONE)
    return {json.loads(line)["to"] for line in acts.values_list("line", flat=True)}


def lines(acts: list[Act]) -> list[Line]:
    """Acts as lines for a page."""
    parsed = [(act, json.loads(act.line)) for act in acts]
    who = names({line["actor"] for _act, line in parsed})
    result = []
    for act, line in parsed:
        workflow = WORKFLOWS.get(line["workflow"])
        result.append(
            Line(
                id=act.pk,
                at=act.at,
                business_date=line["business_date"],
                who=who.get(line["actor"], line.get("facts", {}).get("name", line["actor"])),
                post=translated(line["post"] or ""),
                unit=line["unit"],
                action=_button(workflow, line),
                before=_title(workflow, line["from"]),
                after=_title(workflow, line["to"]),
                reason=line["reason"],
                refused=line.get("refusal", ""),
                facts=line["facts"],
                rules=line["rules"],
                deputy=bool(line["deputy_for"]),
            )
        )
    return result


def _button(workflow: Workflow | None, line: dict[str, Any]) -> str:
    move = workflow.moves.get(line["verb"]) if workflow else None
    return str(move.button) if move else line["action"]


def _title(workflow: Workflow | None, state: str) -> str:
    known = workflow.states.get(state) if workflow else None
    return str(known.title) if known else state


def doers(subject: models.Model, *verbs: str) -> set[str]:
    """Refs of all who did one of these verbs on the subject, those they stood in for included."""
    acts = Act.objects.filter(**key(subject), verb__in=verbs, outcome=Act.Outcome.DONE)
    found: set[str] = set()
    for text in acts.values_list("line", flat=True):
        line = json.loads(text)
        found |= {line["actor"], *line["deputy_for"]}
    return found


def did(actor: Actor, subject: models.Model, *verbs: str) -> bool:
    """Whether the actor, or somebody the actor stands in for, did one of these verbs on the subject."""
    return bool(doers(subject, *verbs) & {actor.ref, *actor.deputy_for})


def obstacle(move: Move, subject: models.Model, actor: Actor) -> tuple[str, str] | None:
    """Why a move may not be made on a subject by an actor, apart from duty, reason and guards: (sentence, code)."""
    workflow: Workflow = subject.WORKFLOW  # type: ignore[attr-defined]
    if not actor.covers(getattr(subject, "region_path", "")):
        return _("不在您的管辖范围内。"), "jurisdiction"
    state = subject.state  # type: ignore[attr-defined]
    if state not in move.sources:
        now = workflow.states[state].title if state in workflow.states else state
        return _("现在的状态是「%(now)s」,不能「%(button)s」。") % {"now": now, "button": move.button}, "state"
    if move.never_by and did(actor, subject, *move.never_by):
        done = "、".join(str(workflow.moves[verb].button) for verb in move.never_by)
        return _("「%(button)s」须由另一人办理:您办理过「%(done)s」。") % {
            "button": move.button,
            "done": done,
        }, "separation"
    return None


def may(subject: models.Model, actor: Actor | None = None) -> list[Offer]:
    """The moves out of the subject's state whose duty the actor holds, each allowed or with the reason why not.

    Guards that need arguments are asked again by the act itself; here they are asked without.
    """
    actor = actor or current_actor()
    workflow: Workflow = subject.WORKFLOW  # type: ignore[attr-defined]
    offers = []
    for move in workflow.from_state(subject.state):  # type: ignore[attr-defined]
        if not actor.can(move.duty):
            continue
        why_not = obstacle(move, subject, actor)
        sentence = why_not[0] if why_not else _first_refusal(move, subject)
        offers.append(Offer(move, not sentence, sentence or ""))
    return offers


def _first_refusal(move: Move, subject: models.Model) -> str | None:
    for guard in move.guards:
        try:
            sentence = guard(subject)
        except TypeError:  # the guard asks for arguments of the form: the act itself will ask it
            continue
        if sentence:
            return str(sentence)
    return None
