"""The tags of the house: ``{% load city %}``. What each draws stands in docs/reference/ui.md."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.routes import may_open
from qualitycity.kernel.ui import cells, record
from qualitycity.kernel.ui.forms import in_words

register = template.Library()
CHINESE = re.compile(r"[\u3400-\u9fff]")
SCRIPTS = {"htmx": "django_htmx/htmx-2.min.js", "alpine": "vendor/alpine-csp.min.js"}


@register.simple_block_tag
def capture(content: str) -> str:
    """Keep what stands inside under a name: ``{% capture as name %}…{% endcapture %}``."""
    return content


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; it says nothing by itself, so screen readers pass over it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def script(name: str) -> SafeString:
    """A vendored script by its short name."""
    return format_html('<script src="{}" defer></script>', static(SCRIPTS[name]))


@register.simple_tag
def light(value: Any, days: int | None = None) -> SafeString:
    """A light: word and shape. Takes a code, an enum member, or a Deadline."""
    if hasattr(value, "light"):
        value = value.light(clock.today())
    return cells.light(value, days)


@register.simple_tag
def state_badge(subject: Any) -> SafeString:
    """The state of a subject."""
    return cells.state(subject)


@register.simple_tag
def code(value: Any, short: int = 0) -> SafeString:
    """A code in monospace."""
    return cells.code(value, short) if value not in (None, "") else cells.NOTHING


@register.simple_tag
def date(value: Any, form: str = "desk") -> str:
    """A date or datetime: desk (2027-04-12), paper (2027年4月12日), seconds."""
    return cells.day(value, form)


@register.filter
def weekday(value: Any) -> str:
    """The day of the week: 周二."""
    return cells.weekday(value)


@register.simple_tag
def number(value: Any, places: int | None = None) -> str:
    """A number with digit groups."""
    return cells.number(value, places)


@register.simple_tag
def print_time() -> str:
    """The moment of printing, by the real clock: a paper says when it left the machine."""
    return cells.day(clock.real_now(), "seconds")


@register.simple_tag
def fact(label: Any, value: Any = None, kind: str = "", unit: Any = "", known: Any = "", rule: str = "") -> SafeString:
    """One line of ``<dl class="facts">``; `known` names where a value held comes from, `rule` the rule it stands on."""
    kind = kind or ("date" if hasattr(value, "isoformat") else "flag" if isinstance(value, bool) else "text")
    if kind == "text" and isinstance(value, (int, float)) and not isinstance(value, bool):
        kind = "number"
    mark = (
        format_html(' <span class="mark">{}</span> <span class="help">{}</span>', _("系统已有"), known) if known else ""
    )
    stands_on = render_to_string("ui/tags/basis.html", record.basis(rule)) if rule else ""
    shown = cells.value(kind, value, unit=unit)
    return format_html("<div><dt>{}</dt><dd>{}{} {}</dd></div>", label, shown, mark, stands_on)


@register.simple_tag
def empty(sentence: Any, url: str = "", action: Any = "") -> SafeString:
    """An empty state: what is not there, and the way to make it be."""
    way = format_html('<p><a class="btn btn-primary" href="{}">{}</a></p>', url, action) if url else ""
    return format_html('<div class="empty"><p class="empty-title">{}</p>{}</div>', sentence, way)


@register.simple_tag
def job(url: str) -> SafeString:
    """The bar of long work, filled by polling `url`; without scripts a link to it."""
    return format_html(
        '<div class="job" hx-get="{}" hx-trigger="load" hx-swap="outerHTML" role="status"><a href="{}">{}</a></div>',
        url,
        url,
        _("看进度"),
    )


@register.filter
def tongue(text: Any) -> Any:
    """A text that was written down in Chinese, marked as Chinese on a page in another language."""
    if (get_language() or "").startswith("zh") or not CHINESE.search(str(text)):
        return text
    return format_html('<span lang="zh-Hans">{}</span>', text)


@register.filter(name="may_open")
def may_open_filter(address: str) -> bool:
    """Whether the reader may open the page behind an address: ``{% if plan.get_absolute_url|may_open %}``."""
    return may_open(address)


@register.filter
def known_value(field: Any) -> Any:
    """The value of a field marked 「系统已有」, in words."""
    return in_words(field.field, field.initial)


@register.simple_tag
def other_language() -> str:
    """The name of the language the switch leads to."""
    return "中文" if (get_language() or "").startswith("en") else "English"


@register.simple_tag
def ui_words() -> SafeString:
    """The words that ui/city.js needs, as JSON for a data attribute (scripts hold no words themselves)."""
    return record.words()


@register.simple_tag
def due(deadline: Any) -> SafeString:
    """How long a deadline has left, its date, its light and its basis; a finished one says when it was met."""
    return record.due(deadline)


@register.simple_tag
def deadlines(subject: Any, short: bool = False) -> SafeString:
    """The clocks of a subject: all as a list, or (short) those still running, in one line."""
    return record.deadlines(subject, short=short)


@register.inclusion_tag("ui/tags/basis.html")
def basis(rule: Any, shown: Any = "") -> dict[str, Any]:
    """The basis of a value: rule, source, article, confidence; ours and the unsure are marked."""
    return record.basis(rule) | {"shown": shown}


@register.inclusion_tag("ui/tags/progress.html")
def progress(subject: Any) -> dict[str, Any]:
    """The progress line of the state table."""
    workflow = getattr(subject, "WORKFLOW", None)
    steps = workflow.progress(subject.state, record.passed(subject)) if workflow else []
    return {"steps": steps if len(steps) > 1 else []}


@register.inclusion_tag("ui/tags/moves.html", takes_context=True)
def moves(context: Any, subject: Any, direct: str = "") -> dict[str, Any]:
    """The buttons of what the actor may do with a subject now: two, the rest under 更多, and why the others are not."""
    return record.moves(subject, direct) | {"csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ui/tags/history.html")
def history(subject: Any) -> dict[str, Any]:
    """办理记录."""
    return {"lines": record.history(subject)}


@register.inclusion_tag("ui/tags/materials.html")
def materials(subject: Any) -> dict[str, Any]:
    """Files and papers of a subject that the actor may open."""
    return record.materials(subject)


@register.inclusion_tag("ui/tags/figure.html")
def figure(measure_id: str) -> dict[str, Any]:
    """A figure as a card that opens to its rows; nothing where the actor lacks its duty."""
    return record.figure(measure_id)


@register.simple_tag
def fixed(label: Any, value: Any) -> SafeString:
    """A line of 「已经固定」 on the ceremony page."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, value)
