"""The verification centre: recompute the chain, search the lines."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.routes import page
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import list_page
from qualitycity.kernel.words import translated
from qualitycity.kernel.workflow import WORKFLOWS

from . import queries
from .models import Act, ActLink, DayRoot
from .verify import verify


@page("acts.verify")
def chain(request: HttpRequest) -> HttpResponse:
    """Head of the chain and the last roots; 「全链核验」 recomputes everything."""
    report = verify() if request.method == "POST" else None
    head = ActLink.objects.order_by("-seq").first()
    context = {
        "title": _("全链核验"),
        "report": report,
        "head": bytes(head.hash).hex() if head else "",
        "links": head.seq if head else 0,
        "roots": DayRoot.objects.all()[:10],
    }
    return render(request, "acts/chain.html", context)


@page("acts.verify")
def lines(request: HttpRequest) -> HttpResponse:
    """All lines of 办理记录, refusals too, by person, mechanism, day."""
    named: dict[str, str] = {}

    def who(row: Act) -> str:
        line = json.loads(row.line)
        if not named:  # all of a page at once
            named.update(queries.names({act.actor for act in listing.page}))
        name = named.get(line["actor"]) or named.setdefault(line["actor"], _name(line["actor"]))
        return " · ".join(part for part in (name, translated(line["post"] or ""), line["unit"]) if part)

    listing = Listing(
        request,
        Act.objects.all(),
        columns=[
            Column("id", _("记录号"), kind="number"),
            Column("at", _("时间"), kind="datetime"),
            Column("business_date", _("业务日期"), kind="date"),
            Column("workflow", _("事项"), value=workflow_title),
            Column("verb", _("办理"), value=action_title),
            Column("number", _("编号"), kind="code", value=number_of, sort=False),
            Column("who", _("岗位"), value=who, sort=False),
            Column("outcome", _("结果"), value=_outcome),
            Column("reason", _("理由"), value=_reason, sort=False, wrap=True),
        ],
        filters=[
            Filter("q", _("人员编号或对象"), lookup=("actor", "subject_id", "subject_type__icontains")),
            Filter("workflow", _("事项"), choices=lambda: [(name, flow.title) for name, flow in WORKFLOWS.items()]),
            Filter("outcome", _("结果"), choices=[("done", _("已办")), ("refused", _("被拒绝"))]),
            Filter("since", _("不早于"), kind="date", lookup="at__date__gte"),
        ],
        order="-id",
        export_name="acts",
        empty=_("没有记录。"),
    )
    return list_page(request, listing, title=_("办理记录"))


def workflow_title(row: Act) -> str:
    """What a line is about, in words."""
    return str(WORKFLOWS[row.workflow].title) if row.workflow in WORKFLOWS else row.workflow


def action_title(row: Act) -> str:
    """What was done, as the button said it."""
    return translated(json.loads(row.line)["action"])


def number_of(row: Act) -> str:
    """The number by which people know the subject of a line."""
    return str(json.loads(row.line)["number"])


def _name(ref: str) -> str:
    return queries.names({ref}).get(ref, ref)


def _outcome(row: Act) -> str:
    return str(_("已办") if row.outcome == Act.Outcome.DONE else _("被拒绝"))


def _reason(row: Act) -> str:
    line = json.loads(row.line)
    return line.get("refusal") or line["reason"]
