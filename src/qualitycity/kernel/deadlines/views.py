"""Pages of clocks: all that run in one's jurisdiction, and one with its history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qualitycity.kernel import clock
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.acts.queries import names
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import list_page

from .lights import Light
from .models import Deadline


def _lit(rows: QuerySet[Deadline], code: str) -> QuerySet[Deadline]:
    today = clock.today()
    return rows.filter(pk__in=[row.pk for row in rows.select_related("rule_version") if row.light(today).value == code])


def _rules() -> Iterable[tuple[str, str]]:
    found = Deadline.objects.order_by("rule_id").values_list("rule_id", "rule_version__title").distinct()
    return [(rule_id, f"{rule_id} {title}") for rule_id, title in found]


@page("deadlines.view")
def deadline_list(request: HttpRequest) -> HttpResponse:
    """The clocks of one's jurisdiction, running ones first asked for; by number, never by a firm's name."""
    today = clock.today()
    listing = Listing(
        request,
        scoped(Deadline.objects.select_related("rule_version")),
        columns=[
            Column("number", _("案件编号"), kind="code", link=True),
            Column("rule_id", _("规则"), kind="code"),
            Column("title", _("时限"), sort=False, wrap=True, link=True),
            Column("light", _("灯"), kind="light", value=lambda row: row.light(today).value, sort=False),
            Column("due_date", _("末日"), kind="date"),
            Column(
                "days_left", _("剩余"), kind="number", unit=pgettext("unit", "工作日"), value=_days_left, sort=False
            ),
            Column("trigger_date", _("起算日"), kind="date"),
            Column("status", _("状态"), value=lambda row: row.get_status_display(), sort="status"),
            Column("provisional", _("暂定"), kind="flag", hidden=True),
        ],
        filters=[
            Filter("q", _("案件编号"), lookup="number__icontains"),
            Filter("status", _("状态"), choices=Deadline.Status.choices),
            Filter("light", _("灯"), choices=[(item.value, item.word) for item in Light], apply=_lit),
            Filter("rule_id", _("规则"), choices=_rules),
            Filter("until", _("末日不晚于"), kind="date", lookup="due_date__lte"),
        ],
        order="due_date",
        export_name="deadlines",
        empty=_("没有计时中的期限。案件一开始,它的期限就会出现在这里。"),
    )
    return list_page(request, listing, title=_("时限"))


def _days_left(row: Deadline) -> int | None:
    return row.days_left() if row.is_running else None


@page("deadlines.view")
def deadline_record(request: HttpRequest, pk: int) -> HttpResponse:
    """One clock: its rule in the version of its start, its last day, and why that moved."""
    deadline = get_or_404(Deadline.objects.select_related("rule_version"), pk=pk)
    changes = list(deadline.changes.all())
    who = names({change.by for change in changes})
    context: dict[str, Any] = {
        "title": f"{deadline.title} {deadline.number}",
        "deadline": deadline,
        "rule": deadline.rule,
        "changes": [(change, who.get(change.by, change.by)) for change in changes],
    }
    return render(request, "deadlines/deadline.html", context)


@page("deadlines.view")
def subject(request: HttpRequest, pk: int) -> HttpResponse:
    """On to the page of the case, which asks for its own duty."""
    deadline = get_or_404(Deadline.objects.all(), pk=pk)
    found = apps.get_model(deadline.subject_type)._base_manager.filter(pk=deadline.subject_id).first()
    if found is None:
        raise Http404
    return redirect(found.get_absolute_url())
