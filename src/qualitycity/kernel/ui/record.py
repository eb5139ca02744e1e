"""What a record page gathers about its subject from the kernel: buttons, clocks, history, files, basis, figures."""

from __future__ import annotations

import json
from typing import Any

from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.acts import queries
from qualitycity.kernel.deadlines import Light
from qualitycity.kernel.rulebook import RuleValue, UnknownRule
from qualitycity.kernel.rulebook import rule as rule_in_force
from qualitycity.kernel.rulebook.values import CONFIDENCES

from . import cells, facts

MOST_PRIMARY = 2


def words() -> SafeString:
    """The words that ui/city.js needs."""
    table = {
        "draftFound": _("这里有一份未提交的草稿,保存于"),
        "draftTake": _("恢复草稿"),
        "draftDrop": _("不要了"),
        "draftSaved": _("草稿已存在本浏览器"),
        "failed": _("没有连上服务器,请检查网络后再试;已填的内容都还在。"),
    }
    return mark_safe(json.dumps(table, ensure_ascii=False).replace('"', "&quot;").replace("<", "&lt;"))


def moves(subject: Any, direct: str = "") -> dict[str, Any]:
    """Buttons: what a to-do waits for first; at most two primary, the others, and the refused with their reasons.

    `calm` marks what asks a reason and nobody waits for (voiding, postponing): it is never the strong button.
    """
    at_once = set(direct.split(",")) if direct else set()
    offers = queries.may(subject)
    asked = getattr(subject, "todo_wanted", None)
    waits = {offer.move.verb for offer in offers if offer.move.todo and (asked is None or asked(offer.move.verb))}
    buttons = [
        {
            "title": offer.move.button,
            "url": move_url(subject, offer.move.verb),
            "direct": offer.move.verb in at_once and not offer.move.reason and not offer.move.confirm,
            "calm": offer.move.reason and offer.move.verb not in waits,
        }
        for offer in sorted(offers, key=lambda offer: offer.move.verb not in waits)
        if offer.allowed
    ]
    return {
        "primary": buttons[:MOST_PRIMARY],
        "more": buttons[MOST_PRIMARY:],
        "refused": [offer for offer in offers if not offer.allowed],
    }


def move_url(subject: Any, verb: str) -> str:
    """Where the button of a verb leads: the subject's own word, or its address plus the verb."""
    own = getattr(subject, "get_move_url", None)
    return own(verb) if own else f"{subject.get_absolute_url()}{verb}/"


def due(deadline: Any) -> SafeString:
    """One clock: light, how long it has left or when it ended, last day, basis."""
    if deadline is None:
        return cells.light(Light.NO_DATA)
    return format_html(
        '<span class="due">{} <span>{}</span> {}</span>',
        cells.light(deadline.light()),
        _due_text(deadline),
        render_to_string("ui/tags/basis.html", basis(deadline.rule)),
    )


def _due_text(deadline: Any) -> str:
    day = deadline.due_date.isoformat()
    if deadline.met_on:
        return _("%(met)s 办结(期限 %(day)s)") % {"met": deadline.met_on.isoformat(), "day": day}
    if not deadline.is_running:
        return f"{deadline.get_status_display()}({day})"
    left = deadline.days_left()
    if deadline.is_suspended:
        text = _("中止计时(期限 %(day)s)")
    elif left < 0:
        text = ngettext("%(n)d 个工作日(%(day)s)", "%(n)d 个工作日(%(day)s)", -left)
    elif clock.today() == deadline.due_date:
        text = _("今天到期(%(day)s)")
    else:
        text = ngettext("还剩 %(n)d 个工作日(%(day)s)", "还剩 %(n)d 个工作日(%(day)s)", left)
    if deadline.provisional:
        text += _(" · 日历未发布,暂按周一至周五推算")
    return text % {"n": abs(left), "day": day}


def deadlines(subject: Any, *, short: bool = False) -> SafeString:
    """The clocks of a subject as a list, or those still running in one line."""
    from qualitycity.kernel import deadlines as clocks

    found = clocks.of(subject)
    if short:
        return format_html_join(" ", "{}", ((due(one),) for one in found if one.is_running))
    if not found:
        return format_html('<p class="quiet">{}</p>', _("没有计时中的期限。"))
    rows = format_html_join("", "<li><b>{}</b> {}</li>", ((one.title, due(one)) for one in found))
    return format_html('<ul class="deadlines">{}</ul>', rows)


def history(subject: Any) -> list[dict[str, Any]]:
    """Lines of 办理记录, newest last, each with whether its business day differs from the real one."""
    label = subject._meta.label_lower.partition(".")[0]
    return [
        vars(line)
        | {
            "other_day": str(line.business_date) != f"{localtime(line.at):%Y-%m-%d}",
            "facts": [(facts.title(key, label), facts.words(value, key, label)) for key, value in line.facts.items()],
        }
        for line in queries.history(subject)
    ]


def passed(subject: Any) -> set[str]:
    """The states a case has been in, read from its acts; asked for only where the case left the line."""
    state = subject.WORKFLOW.states.get(subject.state)
    if state is None or not state.off_line:
        return set()
    return queries.states(subject)


def basis(rule: Any) -> dict[str, Any]:
    """What the 「依据」 box shows of a rule given by id or as a value."""
    if not isinstance(rule, RuleValue):
        try:
            rule = rule_in_force(str(rule))
        except (UnknownRule, LookupError):
            return {"rule": None, "missing": str(rule)}
    ours = rule.is_model
    return {
        "rule": rule,
        "worth": rule.text,
        "ours": ours,
        "unsure": not ours and rule.confidence in ("low", "medium"),
        "confidence": CONFIDENCES.get(rule.confidence, rule.confidence),
    }


def figure(measure_id: str) -> dict[str, Any]:
    """A measure's value for a card; empty where the actor lacks its duty."""
    from qualitycity.kernel.measures import load

    measure = load()[measure_id]
    if not current_actor().can(measure.duty):
        return {"measure": None}
    return {
        "measure": measure,
        "value": measure.figure().shown,
        "as_of": clock.today(),
        "url": _url("measures:measure", measure_id),
    }


def materials(subject: Any) -> dict[str, Any]:
    """Files and papers of a subject that the actor may open."""
    from qualitycity.kernel.documents import papers
    from qualitycity.kernel.evidence import attachments

    return {"files": attachments(subject), "papers": papers(subject)}


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
