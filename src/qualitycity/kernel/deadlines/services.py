"""The verbs of clocks, called from within acts; the engine itself starts and stops what the state table names.

A clock keeps the version of its rule for ever. Its last day changes only together with a line of its own history.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from qualitycity.kernel import acts, clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.clock.calendar import add_calendar_days, working_days_between
from qualitycity.kernel.rulebook import rule

from .arithmetic import Due, compute_due
from .models import Deadline, DeadlineChange

Status, Kind = Deadline.Status, DeadlineChange.Kind


def of(subject: models.Model) -> list[Deadline]:
    """All clocks of a subject, running and closed, by last day."""
    return list(Deadline.objects.filter(**_key(subject)).select_related("rule_version"))


def running(subject: models.Model, rule_id: str) -> Deadline | None:
    """The running clock of a subject under a rule, if there is one."""
    return (
        Deadline.objects.filter(**_key(subject), rule_id=rule_id, status=Status.RUNNING)
        .select_related("rule_version")
        .first()
    )


def start(
    subject: models.Model,
    rule_id: str,
    *,
    trigger: date | None = None,
    regime: str | None = None,
    at: date | None = None,
) -> Deadline:
    """Start the clock of a rule on `trigger` (today by default), the day of the rule's own event.

    The version is that of `at`, else of `subject.started_at`, else of the event; the regime that of `subject.regime`.
    A year without an official table makes the last day provisional. Refused where this clock runs already.
    """
    _inside_an_act()
    trigger = trigger or clock.today()
    known = running(subject, rule_id)
    if known is not None:
        raise Refused(_("「%(title)s」已在计时,末日 %(due)s。") % {"title": known.title, "due": known.due_date})
    begun = at or getattr(subject, "started_at", None) or min(trigger, clock.today())
    found = rule(rule_id, at=begun, regime=regime or getattr(subject, "regime", None) or None)
    due = compute_due(found, trigger, provisional=True)
    deadline = Deadline.objects.create(
        **_key(subject),
        number=str(getattr(subject, "number", "") or ""),
        region_path=getattr(subject, "region_path", "") or "",
        rule_version_id=found.pk,
        rule_id=rule_id,
        nature=found.nature,
        trigger_event=found.from_event,
        trigger_date=trigger,
        window_from=due.window_from,
        first_due=due.due,
        due_date=due.due,
        provisional=due.provisional,
    )
    acts.note(**{f"{rule_id}_due": due.due.isoformat()})
    return deadline


def meet(subject: models.Model, rule_id: str, *, on: date | None = None) -> Deadline | None:
    """Stop the clock: what it asked for was done `on` a day (today by default). None where no such clock runs.

    A duty done after its last day is late for ever (◆); a right or a bar whose last day has passed has simply expired.
    Refused before the first day of a window, before the event and in the future.
    """
    deadline = _locked(subject, rule_id)
    if deadline is None:
        return None
    on = on or clock.today()
    if on > clock.today():
        raise Refused(_("办结日 %(on)s 还没有到。") % {"on": on}, field="on")
    if on < deadline.trigger_date and not deadline.rule_version.before:
        raise Refused(_("办结日 %(on)s 早于起算日 %(day)s。") % {"on": on, "day": deadline.trigger_date}, field="on")
    if deadline.window_from and on < deadline.window_from:
        sentence = _("「%(title)s」最早 %(first)s 可以办理。") % {
            "title": deadline.title,
            "first": deadline.window_from,
        }
        raise Refused(sentence, field="on")
    if deadline.is_suspended:
        _resume(deadline, on, _("办结,恢复计时"))
    late = deadline.was_late or on > deadline.due_date
    if deadline.nature != "duty" and on > deadline.due_date:
        deadline.status = Status.EXPIRED
    else:
        deadline.status, deadline.met_on, deadline.was_late = (Status.LATE if late else Status.MET), on, late
    deadline.save()
    return deadline


def extend(
    subject: models.Model, rule_id: str, *, reason: str, amount: int | None = None, asked_on: date | None = None
) -> Deadline:
    """Extend a running clock as its rule allows: by at most so many of its units, so often, asked in time.

    Called when the extension is approved: until then the old last day holds, and lateness until then stays.
    """
    deadline = _required(subject, rule_id)
    extension, basis = deadline.rule.extension, deadline.rule.basis
    if extension is None:
        raise Refused(_("「%(title)s」依规不能延长(%(basis)s)。") % {"title": deadline.title, "basis": basis})
    if deadline.extensions >= extension.times:
        sentence = _("「%(title)s」只能延长 %(times)s 次,已经延长过(%(basis)s)。")
        raise Refused(sentence % {"title": deadline.title, "times": extension.times, "basis": basis})
    amount = extension.amount if amount is None else amount
    if not 0 < amount <= extension.amount:
        raise Refused(_("延长须在 1 至 %(most)s 之间。") % {"most": extension.amount}, field="amount")
    asked_on, last = asked_on or clock.today(), add_calendar_days(deadline.due_date, -extension.ask_before)
    if asked_on > clock.today():
        raise Refused(_("申请日 %(on)s 还没有到。") % {"on": asked_on}, field="asked_on")
    if asked_on > last:
        raise Refused(_("延长最迟应在 %(last)s 申请,%(on)s 已迟。") % {"last": last, "on": asked_on}, field="asked_on")
    deadline.extended_by += amount
    deadline.extensions += 1
    due = deadline.computed()
    _change(deadline, Kind.EXTEND, due, reason, amount=amount)
    deadline.extended_to = due.due
    deadline.save()
    return deadline


def suspend(subject: models.Model, rule_id: str, *, reason: str, on: date | None = None) -> Deadline:
    """Let a clock stand still from a day on (testing during a seizure), where the rule allows it."""
    deadline, on = _required(subject, rule_id), on or clock.today()
    if not deadline.rule_version.suspendable:
        raise Refused(_("「%(title)s」依规不能中止计时。") % {"title": deadline.title})
    if deadline.is_suspended:
        raise Refused(_("「%(title)s」已经中止计时。") % {"title": deadline.title})
    if not deadline.trigger_date <= on <= clock.today():
        raise Refused(_("中止之日应在起算日与今天之间。"), field="on")
    if deadline.suspended_to is not None and on < deadline.suspended_to:
        raise Refused(_("中止之日早于上次恢复之日 %(day)s。") % {"day": deadline.suspended_to}, field="on")
    if clock.today() > deadline.due_date:
        raise Refused(
            _("「%(title)s」已于 %(due)s 届满,不能再中止。") % {"title": deadline.title, "due": deadline.due_date}
        )
    deadline.suspended_from, deadline.suspended_to = on, None
    _change(deadline, Kind.SUSPEND, deadline.computed(), reason)
    deadline.save()
    return deadline


def resume(subject: models.Model, rule_id: str, *, reason: str, on: date | None = None) -> Deadline:
    """Let a suspended clock go on; the days it stood still are added to its last day."""
    deadline, on = _required(subject, rule_id), on or clock.today()
    if not deadline.is_suspended:
        raise Refused(_("「%(title)s」没有中止计时。") % {"title": deadline.title})
    if deadline.suspended_from is None or not deadline.suspended_from <= on <= clock.today():
        raise Refused(_("恢复之日应在中止之日与今天之间。"), field="on")
    _resume(deadline, on, reason)
    deadline.save()
    return deadline


def waive(subject: models.Model, rule_id: str, *, reason: str) -> Deadline:
    """End a clock that no longer has an object; lateness up to now stays."""
    deadline = _required(subject, rule_id)
    deadline.was_late = deadline.was_late or _is_late(deadline)
    deadline.status = Status.WAIVED
    deadline.save()
    acts.note(**{f"{rule_id}_waived": reason})
    return deadline


def move_with_calendar(deadline: Deadline, due: Due, reason: str) -> None:
    """Let a running clock follow a changed calendar; its history names the cause. Within the act that saves it."""
    _inside_an_act()
    if due.due != deadline.due_date:
        _change(deadline, Kind.CALENDAR, due, reason)
    deadline.provisional = due.provisional
    deadline.save()


def _key(subject: models.Model) -> dict[str, str]:
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def _inside_an_act() -> None:
    if not acts.under_way():
        raise RuntimeError("clocks are started, stopped and changed by acts only")


def _locked(subject: models.Model, rule_id: str) -> Deadline | None:
    _inside_an_act()
    rows = Deadline.objects.filter(**_key(subject), rule_id=rule_id, status=Status.RUNNING)
    return rows.select_related("rule_version").select_for_update(of=("self",)).first()


def _required(subject: models.Model, rule_id: str) -> Deadline:
    deadline = _locked(subject, rule_id)
    if deadline is None:
        raise Refused(_("「%(rule)s」没有正在计时的期限。") % {"rule": rule_id})
    return deadline


def _is_late(deadline: Deadline) -> bool:
    return deadline.nature == "duty" and clock.today() > deadline.due_date and not deadline.is_suspended


def _change(deadline: Deadline, kind: str, due: Due, reason: str, *, amount: int = 0) -> None:
    """Write the line of history first; only then does the database let the last day move."""
    deadline.was_late = deadline.was_late or _is_late(deadline)
    change = DeadlineChange.objects.create(
        deadline=deadline,
        kind=kind,
        made_on=clock.today(),
        by=current_actor().ref,
        old_due=deadline.due_date,
        new_due=due.due,
        amount=amount,
        reason=reason,
    )
    deadline.due_date, deadline.provisional = due.due, due.provisional
    acts.note(**{f"{deadline.rule_id}_change": change.as_facts()})


def _resume(deadline: Deadline, on: date, reason: Any) -> None:
    since = deadline.suspended_from
    assert since is not None
    by_working_days = deadline.rule_version.unit == "working_day"
    days = working_days_between(since, on, provisional=True) if by_working_days else (on - since).days
    deadline.suspended_days += days
    due = deadline.computed()
    _change(deadline, Kind.RESUME, due, str(reason), amount=days)
    deadline.suspended_to = on
