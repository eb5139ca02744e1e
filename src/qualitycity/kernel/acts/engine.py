"""The one door: every change of state goes through `act`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.workflow import Move, Workflow

from . import queries
from .errors import Refused
from .models import Act

T = TypeVar("T")
SERVICES: dict[tuple[str, str], Callable[..., Any]] = {}


@dataclass
class _Open:
    """The act under way: its table row, subject, and what `note` and `rule` gathered for the line."""

    workflow: Workflow
    move: Move
    subject: models.Model | None
    given: models.Model | None = None
    before: str = ""
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)


_stack: ContextVar[tuple[_Open, ...]] = ContextVar("acts", default=())


def note(**facts: Any) -> None:
    """Add facts to the line of the act under way («what»): numbers, digests, names of fields; nothing personal."""
    if not _stack.get():
        raise RuntimeError("note() outside an act")
    _stack.get()[-1].facts.update(facts)


def given_reason() -> str:
    """The reason given for the act under way, for effects that keep or publish it."""
    return _stack.get()[-1].reason if _stack.get() else ""


def used_rule(rule_id: str, version: int) -> None:
    """Let the line of the act under way carry the version of a rule it read; nothing outside an act."""
    if _stack.get():
        _stack.get()[-1].rules[rule_id] = version


def under_way() -> bool:
    """Whether an act is open here."""
    return bool(_stack.get())


def act(workflow: Workflow, verb: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Make a service the effect of one move of a state table. See docs/explanation/kernel.md."""
    move = workflow.moves[verb]

    def decorate(effect: Callable[..., T]) -> Callable[..., T]:
        @wraps(effect)
        def run(*args: Any, reason: str = "", **kwargs: Any) -> T:
            return _perform(workflow, move, effect, args, kwargs, reason.strip())

        run.move, run.workflow = move, workflow  # type: ignore[attr-defined]
        if SERVICES.setdefault((workflow.name, verb), run) is not run:
            raise ValueError(f"two services for {workflow.name}.{verb}")
        return run

    return decorate


def _perform(workflow: Workflow, move: Move, effect: Callable[..., T], args: tuple, kwargs: dict, reason: str) -> T:
    subject = None if move.creates else args[0]
    actor = current_actor()
    opened = _Open(workflow, move, subject, reason=reason)
    try:
        with transaction.atomic(), _opened(opened):
            if subject is not None:
                subject, args = _lock(opened, args)
            _check(opened, actor, args[1:], kwargs, reason)
            result = effect(*args, **kwargs)
            _settle(opened, result if subject is None else subject, actor)
            _record(opened, actor, Act.Outcome.DONE, reason=reason)
    except Refused as refusal:
        if not refusal.recorded and not _stack.get():
            refusal.recorded = True
            _record_refusal(refusal, getattr(refusal, "opened", opened), actor, reason)
        raise
    if opened.given is not None and opened.subject is not None:
        opened.given.__dict__.update(opened.subject.__dict__)
    return result


@contextmanager
def _opened(opened: _Open) -> Iterator[None]:
    """Open the door in the database for the length of the block; the innermost refusal remembers where it arose."""
    token = _stack.set((*_stack.get(), opened))
    _door("open")
    try:
        yield
    except Refused as refusal:
        if not hasattr(refusal, "opened"):
            refusal.opened = opened  # type: ignore[attr-defined]
        raise
    finally:
        _stack.reset(token)
        if not _stack.get() and not connection.needs_rollback:
            with suppress(DatabaseError):  # a broken transaction is rolled back, and the setting falls with it
                _door("")


@contextmanager
def reading() -> Iterator[None]:
    """Open the door for what is no act: a notice taken note of, the progress of a job. It writes no line."""
    with transaction.atomic():
        _door("reading")
        yield
        if not _stack.get():
            _door("")


def _door(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('city.act', %s, true)", [value])


def _lock(opened: _Open, args: tuple) -> tuple[models.Model, tuple]:
    given = args[0]
    fresh = type(given)._base_manager.select_for_update(of=("self",)).filter(pk=given.pk).first()
    if fresh is None:
        raise Refused(_("这条记录已不存在。"), code="gone")
    opened.given, opened.subject, opened.before = given, fresh, getattr(fresh, "state", "")
    return fresh, (fresh, *args[1:])


def _check(opened: _Open, actor: Actor, args: tuple, kwargs: dict, reason: str) -> None:
    """Duty, jurisdiction, state, separation, reason, guards, in this order."""
    move, subject = opened.move, opened.subject
    if not actor.can(move.duty):
        raise Refused(_("您没有「%(button)s」的职责。") % {"button": move.button}, code="duty")
    if subject is not None:
        why_not = queries.obstacle(move, subject, actor)
        if why_not:
            raise Refused(why_not[0], code=why_not[1])
    if move.reason and not reason:
        raise Refused(_("请写明理由。"), field="reason", code="reason")
    if subject is not None:
        for guard in move.guards:
            sentence = guard(subject, *args, **kwargs)
            if sentence:
                raise Refused(sentence, code="guard")


def _settle(opened: _Open, subject: Any, actor: Actor) -> None:
    """Set and save the state, start and stop clocks, open and close to-dos."""
    from qualitycity.kernel.deadlines import services as deadlines
    from qualitycity.kernel.todo import services as todo

    move = opened.move
    if opened.subject is None:
        if not isinstance(subject, models.Model):
            raise TypeError(f"{opened.workflow.name}.{move.verb} creates, so it returns the new subject")
        if not actor.covers(getattr(subject, "region_path", "")):
            raise Refused(_("不在您的管辖范围内。"), code="jurisdiction")
        opened.subject = subject
    if move.target is not None:
        subject.state = move.target
    if not move.creates:
        subject.save()
    elif any(column.name == "state" for column in subject._meta.fields):
        subject.save(update_fields=["state"])
    for rule_id in move.stops:
        deadlines.meet(subject, rule_id)
    for rule_id in move.starts:
        trigger = subject.trigger_date(rule_id) if hasattr(subject, "trigger_date") else None
        deadlines.start(subject, rule_id, trigger=trigger or clock.today())
    if hasattr(subject, "state"):
        todo.follow(opened.workflow, subject, actor)


def _record(opened: _Open, actor: Actor, outcome: str, *, reason: str = "", **more: Any) -> Act:
    """Write the line. The database fills the columns from it and links it into the chain at commit."""
    subject = opened.subject
    with override("zh-hans"):
        line = {
            "at": clock.real_now().isoformat(timespec="microseconds"),
            "business_date": clock.today().isoformat(),
            "outcome": str(outcome),
            "actor": actor.ref,
            "post": actor.post_title and str(actor.post_title),
            "unit": actor.unit_name,
            "deputy_for": list(actor.deputy_for),
            "workflow": opened.workflow.name,
            "verb": opened.move.verb,
            "action": str(opened.move.button),
            "subject_type": subject._meta.label_lower if subject is not None else "",
            "subject_id": str(subject.pk) if subject is not None else "",
            "number": str(getattr(subject, "number", "") or ""),
            "region_path": getattr(subject, "line_region_path", getattr(subject, "region_path", "")) or "",
            "from": opened.before,
            "to": getattr(subject, "state", "") if subject is not None else "",
            "reason": reason,
            "rules": opened.rules,
            "facts": opened.facts,
            **more,
        }
        text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO acts_act (line) VALUES (%s) RETURNING id", [text])
        return Act(pk=cursor.fetchone()[0], line=text)


def _record_refusal(refusal: Refused, opened: _Open, actor: Actor, reason: str) -> None:
    """Record what was refused, in a transaction of its own (what was tried is rolled back)."""
    fresh = _Open(opened.workflow, opened.move, opened.subject, before=opened.before)
    with transaction.atomic():
        _door("open")
        _record(fresh, actor, Act.Outcome.REFUSED, reason=reason, refusal=str(refusal.message)[:500], code=refusal.code)
        _door("")
