"""Pages of the rulebook: every rule with its basis, its versions side by side, and the revision of one."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import create_page, list_page

from . import queries
from .forms import form_for, initial_of
from .lookup import pick, versions
from .services import revise_rule
from .usage import running, uses
from .values import CONFIDENCES, REGIMES, STANDINGS, UNITS, UnknownRule


def _has(text: str) -> Any:
    wanted = text.casefold()
    return lambda line: any(
        wanted in part.casefold()
        for part in (line.value.rule_id, line.value.title, line.value.source, line.value.article)
    )


def _filters() -> list[Filter]:
    return [
        Filter("q", _("关键词"), apply=lambda rows, text: list(filter(_has(text), rows)), hint=_("编号、名称、依据")),
        Filter(
            "unit", _("单位"), choices=UNITS.items(), apply=lambda rows, unit: [r for r in rows if r.value.unit == unit]
        ),
        Filter(
            "confidence",
            _("可信度"),
            choices=CONFIDENCES.items(),
            apply=lambda rows, known: [r for r in rows if r.value.confidence == known],
        ),
        Filter(
            "source",
            _("依据"),
            choices=queries.sources,
            apply=lambda rows, name: [r for r in rows if r.value.source == name],
        ),
        Filter(
            "standing",
            _("现状"),
            choices=STANDINGS.items(),
            apply=lambda rows, code: [r for r in rows if r.value.standing(r.today) == code],
        ),
        Filter(
            "ours", _("只看本系统默认与待核"), kind="flag", apply=lambda rows, on: [r for r in rows if r.value.mark]
        ),
    ]


@page("rulebook.view")
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules, each in the version in force today."""
    listing = Listing(
        request,
        queries.rule_lines(),
        columns=[
            Column("value__rule_id", _("编号"), kind="code", link=True),
            Column("value__title", _("规则"), link=True, wrap=True),
            Column("says", _("值"), sort=False, wrap=True),
            Column("remark", _("标注"), sort=False, wrap=True),
            Column("value__source", _("依据"), wrap=True),
            Column("value__article", _("条款"), wrap=True, hidden=True),
            Column("confidence", _("可信度"), value=lambda row: str(row.confidence), hidden=True),
            Column("standing", _("现状"), value=lambda row: str(row.standing), hidden=True),
            Column("value__in_force_from", _("施行日"), kind="date", hidden=True),
            Column("value__version", _("版本"), kind="number", hidden=True),
        ],
        filters=_filters(),
        order="value__rule_id",
        export_name="rules",
        empty=_("规则库是空的。请管理员运行 load_rules。"),
        per_page=50,
    )
    return list_page(request, listing, title=_("规则库"), intro=_INTRO)


_INTRO = gettext_lazy(
    "每个期限、限值、权重都在这里,带依据与可信度。标「[MODEL]」的是本系统默认值,不是法定;已开始的案件沿用开始时的版本。"
)


@page("rulebook.view")
def rule_record(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule: what it says today, its versions side by side, where it is used."""
    try:
        rows = versions(rule_id)
    except UnknownRule as unknown:
        raise Http404(str(unknown)) from unknown
    current = pick(rows, clock.today()) or rows[-1]
    regimes = list(dict.fromkeys(row.regime for row in rows))
    context = {
        "title": f"{rule_id} {current.title}",
        "rule": current,
        "standing": STANDINGS[current.standing(clock.today())],
        "confidence": CONFIDENCES[current.confidence],
        "versions": list(reversed(rows)),
        "compared": queries.compared(rule_id),
        "uses": uses(rule_id),
        "edits": [(regime, REGIMES[regime]) for regime in regimes] if current_actor().can("rulebook.edit") else [],
        "room": _(str(apps.get_app_config(current.room).verbose_name)),
    }
    return render(request, "rulebook/rule.html", context)


@page("rulebook.edit")
def rule_edit(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Revise one rule: what is typed, then what follows, then the act."""
    base = queries.newest(rule_id, request.GET.get("regime"))
    if base is None:
        raise Http404(rule_id)
    back = reverse("rulebook:rule", args=[rule_id])
    total = running(rule_id).values()
    clocks, cases = sum(item.clocks for item in total), sum(item.cases for item in total)
    kept = _("现有 %(cases)s 个案件、%(clocks)s 个时限按原版本计算,一个也不会变动。") % {
        "cases": cases,
        "clocks": clocks,
    }
    return create_page(
        request,
        revise_rule,
        form=form_for(base),
        title=_("修订 %(rule)s") % {"rule": f"{rule_id} {base.title}"},
        initial=initial_of(base),
        template="rulebook/edit.html",
        done=back,
        back=back,
        kept=kept,
        consequences=[kept, _("新版本只对施行日起开始的案件适用;原版本照样保留、可查。")],
        rule=base.as_value(),
        crumbs=[(f"{rule_id} {base.title}", back)],
    )
