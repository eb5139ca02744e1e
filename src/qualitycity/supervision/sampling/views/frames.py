"""Frames: reconciliation, exclusions, rehearsal, publication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404
from qualitycity.kernel.rulebook import rule
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, record_page

from .. import forms, services
from ..drawing import frame_digest
from ..models import Frame, FrameRow
from ..models.frame import Reason
from ..services.like import like

TABS = (
    ("overview", gettext_lazy("名单")),
    ("reconcile", gettext_lazy("两库比对")),
    ("rehearsal", gettext_lazy("试摇")),
    ("history", gettext_lazy("办理记录")),
)


def _frame(pk: int) -> Frame:
    return get_or_404(Frame.objects.select_related("plan__category"), pk=pk)


def _rows(request: HttpRequest, frame: Frame) -> Listing:
    editable = frame.state == "building" and current_actor().can("sampling.frame.build")

    def change(row: FrameRow) -> str:
        if not editable or (row.reason and not row.by_hand):
            return ""
        return f"{frame.get_absolute_url()}rows/{row.pk}/{'include' if row.reason else 'exclude'}/"

    columns = [
        Column("unit_id", gettext_lazy("标识"), kind="code"),
        Column("name", gettext_lazy("企业")),
        Column("town", gettext_lazy("镇街")),
        Column("supervision_class", gettext_lazy("监管类别")),
        Column("risk_grade", gettext_lazy("产品风险"), hidden=True),
        Column("stratum", gettext_lazy("层"), hidden=True),
        Column("weight", gettext_lazy("权重"), kind="number"),
        Column(
            "reason", gettext_lazy("不列入抽取的理由"), value=lambda row: row.get_reason_display() if row.reason else ""
        ),
        Column("reason_date", gettext_lazy("事由日期"), kind="date"),
        Column("reason_note", gettext_lazy("说明"), wrap=True),
    ]
    if editable:
        label = lambda row: (_("撤销排除") if row.reason else _("排除")) if change(row) else ""  # noqa: E731
        columns.append(Column("change", gettext_lazy("办理"), value=label, link=change, sort=False))
    return Listing(
        request,
        frame.rows.all(),
        columns=columns,
        filters=[
            Filter("q", gettext_lazy("关键词"), lookup=("name__icontains", "unit_id__icontains")),
            Filter("reason", gettext_lazy("排除理由"), choices=Reason.choices),
            Filter(
                "eligible", gettext_lazy("只看可抽的"), kind="flag", apply=lambda rows, _on: rows.filter(weight__gt=0)
            ),
        ],
        order="unit_id",
        export_name="frame",
        empty=gettext_lazy("名单里还没有企业。请看「两库比对」,或检查登记库里这一类产品。"),
    )


@page("sampling.frame.view")
def frame_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One frame: rows, reconciliation, rehearsal."""
    frame = _frame(pk)
    listing = _rows(request, frame)
    if request.GET.get("export") == "xlsx":
        from qualitycity.kernel.ui.pages import list_page

        return list_page(request, listing, title=_("抽样名单"))
    items = list(frame.reconciliations.all())
    return record_page(
        request,
        frame,
        template="sampling/frame.html",
        tabs=TABS,
        crumbs=[(frame.plan.title, frame.plan.get_absolute_url())],
        listing=listing,
        items=items,
        open_items=(waiting := [item for item in items if not item.decision]),
        ticks=waiting and frame.state == "building" and current_actor().can("sampling.frame.build"),
        register=frame.rows.exclude(origin="list").values("uscc").distinct().count()
        + sum(1 for item in items if item.kind == "register_only" and item.decision != "added"),
        bureau=frame.rows.exclude(origin="register").values("uscc").distinct().count()
        + sum(1 for item in items if item.kind == "list_only" and item.decision != "added"),
        eligible=frame.rows.filter(weight__gt=0).count(),
        excluded=frame.rows.filter(weight=0).count(),
        digest=SimpleLazyObject(lambda: frame_digest(frame)),
        names=SimpleLazyObject(lambda: dict(frame.rows.values_list("unit_id", "name"))),
        rehearsal=frame.rehearsals.first(),
        rehearsal_draws=rule("sampling.rehearsal_draws").amount,
        direct=("rebuild", "rehearse"),
    )


@page("sampling.frame.build")
def frame_rebuild(request: HttpRequest, pk: int) -> HttpResponse:
    """Read both lists again."""
    return act_page(request, _frame(pk), services.rebuild_frame)


@page("sampling.frame.build")
def frame_rehearse(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold the rehearsal."""
    frame = _frame(pk)
    return act_page(request, frame, services.rehearse_frame, done=frame.get_absolute_url() + "?tab=rehearsal")


@page("sampling.frame.build")
def items_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Take firms of one list only into the frame (`?ids=`)."""
    return _decide(request, pk, services.add_to_frame)


@page("sampling.frame.build")
def items_excuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave firms of one list only out, with a public reason (`?ids=`)."""
    return _decide(request, pk, services.excuse_from_frame)


def _decide(request: HttpRequest, pk: int, service: Callable[..., Any]) -> HttpResponse:
    frame = _frame(pk)
    wanted = [number for number in request.GET.getlist("ids") if number.isascii() and number.isdigit()]
    items = list(frame.reconciliations.filter(pk__in=[number for number in wanted if len(number) < 18]))

    @like(service)
    def decide(subject: Frame, **given: Any) -> None:
        service(subject, items=items, **given)

    facts = [(item.get_kind_display(), f"{item.name} {item.uscc}") for item in items]
    return act_page(request, frame, decide, facts=facts, done=frame.get_absolute_url() + "?tab=reconcile")


@page("sampling.frame.build")
def row_exclude(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Exclude a unit by hand."""
    return _row_act(request, pk, row, services.exclude_row, forms.ExcludeForm)


@page("sampling.frame.build")
def row_include(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Take an exclusion back."""
    return _row_act(request, pk, row, services.include_row, None)


def _row_act(
    request: HttpRequest, pk: int, row_pk: int, service: Callable[..., Any], form: type | None
) -> HttpResponse:
    frame = _frame(pk)
    row = get_object_or_404(frame.rows, pk=row_pk)

    @like(service)
    def change(subject: Frame, **given: Any) -> None:
        service(subject, row=row, **given)

    facts = [(_("企业"), row.name), (_("标识"), row.unit_id)]
    return act_page(request, frame, change, form=form, facts=facts)


@page("sampling.draw.publish")
def frame_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the frame and seal both secrets."""
    frame = _frame(pk)
    initial = {"mode": frame.plan.mode, "inputs": ["digits"]}
    consequences = [
        _("名单(%(total)d 家,可抽 %(eligible)d 家)、排除理由、机会、时间地点和两个秘密的承诺立即公开。")
        % {"total": frame.rows.count(), "eligible": frame.rows.filter(weight__gt=0).count()},
        _("两个秘密由系统产生并加密封存,任何人都看不到。"),
    ]
    return act_page(
        request,
        frame,
        services.publish_frame,
        form=forms.PublishForm,
        initial=initial,
        consequences=consequences,
        demo=settings.CITY_DEMO,
        done=lambda subject: subject.draw.get_absolute_url(),
    )
