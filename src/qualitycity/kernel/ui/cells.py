"""Values as the desk shows them: dates, numbers, codes, lights, states. Lists, facts and tags share these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qualitycity.kernel.deadlines import Light

NOTHING = mark_safe('<span class="text-secondary">—</span>')

# The word and the shape always go together (journeys.md 0.2, point 3); the colour is only added.
COLOURS = {
    Light.NORMAL: "green",
    Light.NEAR: "amber",
    Light.OVERDUE: "red",
    Light.MADE_GOOD: "purple",
    Light.NO_DATA: "grey",
}


def as_light(value: Any) -> Light:
    """A light given as enum member, as its code, or as nothing at all."""
    return value if isinstance(value, Light) else Light(value or "none")


def light(value: Any, days: int | None = None) -> SafeString:
    """A light with word and shape; `days` past due is added to 「逾期」."""
    found = as_light(value)
    word = found.word
    if days and found is Light.OVERDUE:
        word = ngettext("逾期 %(n)d 天", "逾期 %(n)d 天", days) % {"n": days}
    return format_html(
        '<span class="light light-{}"><span aria-hidden="true">{}</span> {}</span>', COLOURS[found], found.shape, word
    )


def state(subject: Any) -> SafeString:
    """The state of a subject as word and shape: ◔ begun, ◑ under way, ● in force, ✓ closed, ✕ ended, ‖ waiting.

    In force is an open state at the end of the line: where a firm, a standard, a published list stays.
    """
    workflow = getattr(subject, "WORKFLOW", None)
    item = workflow.states.get(subject.state) if workflow else None
    if workflow is None or item is None:
        return format_html('<span class="state state-grey">{}</span>', getattr(subject, "state", "") or "—")
    line = [state.code for state in workflow.states.values() if not state.off_line]
    if item.closed:
        shape, colour = ("✕", "grey") if item.off_line else ("✓", "green")
    elif item.off_line:
        shape, colour = "‖", "amber"
    else:
        shape, colour = ("●" if item.code == line[-1] else "◔" if item.code == line[0] else "◑"), "blue"
    return format_html(
        '<span class="state state-{}"><span aria-hidden="true">{}</span> {}</span>', colour, shape, item.title
    )


def day(value: date | datetime | str | None, form: str = "desk") -> str:
    """A date at the desk (2027-04-12), on paper (2027年4月12日); a datetime gets its time, `seconds` shows seconds."""
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    text = f"{value:%Y-%m-%d}"
    if form == "paper":
        text = _("%(y)d年%(m)d月%(d)d日") % {"y": value.year, "m": value.month, "d": value.day}
    if isinstance(value, datetime):
        text += f" {value:%H:%M:%S}" if form == "seconds" else f" {value:%H:%M}"
    return text


def weekday(value: date) -> str:
    """The day of the week as it is said: 周二."""
    return (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))[value.weekday()]


def number(value: Any, places: int | None = None) -> str:
    """A number with digit groups; without `places` it keeps its own decimals, trailing zeros cut."""
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if places is None and isinstance(value, Decimal):
        value = value.normalize()
        places = max(0, -int(value.as_tuple().exponent))
    return f"{value:,}" if places is None else f"{value:,.{places}f}"


def code(value: Any, short: int = 0) -> SafeString:
    """A code in monospace; with `short`, its first characters, the whole on demand and for copying."""
    text = str(value)
    if short and len(text) > short:
        return format_html(
            '<span class="opens"><button type="button" data-opens aria-expanded="false" aria-label="{}">'
            '<code>{}…</code></button><code class="code-all">{}</code></span>',
            _("%(start)s…,看全部") % {"start": text[:short]},
            text[:short],
            text,
        )
    return format_html("<code>{}</code>", text)


def _flag(value: Any) -> str:
    return _("是") if value else _("否")


KINDS: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "code": code,
    "number": number,
    "date": day,
    "datetime": day,
    "flag": _flag,
    "light": light,
    "link": str,
}


def value(kind: str, raw: Any, *, unit: Any = "") -> Any:
    """`raw` as HTML-safe text of a kind; nothing at all is a dash."""
    if raw is None or raw == "":
        return NOTHING
    text = raw if kind == "text" and isinstance(raw, SafeString) else KINDS[kind](raw)
    return format_html('{} <span class="unit">{}</span>', text, unit) if unit else text
