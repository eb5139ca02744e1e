"""The to-do centre: five boxes with counts, each item one click from its form; deputies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.models import Account, Delegation
from qualitycity.kernel.access.routes import SIGNED_IN, page
from qualitycity.kernel.access.services import delegate, deputies, end_delegation
from qualitycity.kernel.ui.forms import Form
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, create_page, list_page

from .models import Item
from .queries import BOXES, box


@page(SIGNED_IN)
def boxes(request: HttpRequest, name: str = "todo") -> HttpResponse:
    """One box as a list; the others with their counts as tabs."""
    actor = current_actor()
    listing = Listing(
        request,
        box(actor, name if name in BOXES else "todo"),
        columns=[
            Column("text", _("要办的事"), value=lambda row: row.words, sort="text", link=lambda row: row.url),
            Column("title", _("事项")),
            Column("number", _("编号"), kind="code"),
            Column("opened_at", _("到达时间"), kind="datetime"),
            Column("closed_at", _("办结时间"), kind="datetime", hidden=name != "done"),
        ],
        filters=[Filter("q", _("关键词"), lookup=("title__icontains", "text__icontains", "number__icontains"))],
        order="-opened_at",
        export_name="todo",
        empty=_("这里没有事项。新的事项到达时会出现在这里。"),
    )
    tabs = [(code, title, box(actor, code).count(), code == name) for code, title in BOXES.items()]
    return list_page(request, listing, title=_("待办中心"), template="todo/boxes.html", tabs=tabs)


@page(SIGNED_IN)
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Take note of a notice (抄送、督办) addressed to oneself."""
    item = get_object_or_404(box(current_actor(), "copies") | box(current_actor(), "supervised"), pk=pk)
    mark_read(item)
    return redirect(item.url)


def mark_read(item: Item) -> None:
    """Close a notice; it is no change of the case, so no act stands behind it but the one that sent it."""
    from qualitycity.kernel.acts.engine import reading

    with reading():
        item.closed_at, item.closed_by = timezone.now(), current_actor().ref
        item.save(update_fields=["closed_at", "closed_by"])


class DelegationForm(Form):
    """Who stands in, from when to when, and why."""

    deputy = forms.ModelChoiceField(Account.objects.none(), label=_("代办人"))
    since = forms.DateField(label=_("自"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("至(含)"), widget=forms.DateInput(attrs={"type": "date"}))
    reason_given = forms.CharField(label=_("事由"), max_length=200, help_text=_("例:出差、休假"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        me = Account.objects.get(ref=current_actor().ref)
        deputy: Any = self.fields["deputy"]
        deputy.queryset = deputies(me).order_by("display_name")

    def arguments(self) -> dict[str, object]:
        return {**self.cleaned_data, "principal": Account.objects.get(ref=current_actor().ref)}


@page(SIGNED_IN)
def delegations(request: HttpRequest) -> HttpResponse:
    """Delegations given and held."""
    actor = current_actor()
    rows = Delegation.objects.select_related("principal", "deputy").filter(principal=actor.account_id) | (
        Delegation.objects.select_related("principal", "deputy").filter(deputy=actor.account_id)
    )
    listing = Listing(
        request,
        rows,
        columns=[
            Column("principal", _("委托人"), value=lambda row: str(row.principal), sort=False),
            Column("deputy", _("代办人"), value=lambda row: str(row.deputy), sort=False),
            Column("since", _("自"), kind="date"),
            Column("until", _("至"), kind="date"),
            Column("reason", _("事由")),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[],
        order="-since",
        export_name="delegations",
        empty=_("没有委托。出差或休假前可「新建委托」。"),
    )
    return list_page(request, listing, title=_("委托代办"), template="todo/delegations.html", me=actor.account_id)


@page("access.delegation.give")
def delegation_new(request: HttpRequest) -> HttpResponse:
    """Give a delegation."""
    return create_page(request, delegate, form=DelegationForm, title=_("新建委托"))


@page("access.delegation.give")
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a delegation back."""
    mine = get_object_or_404(Delegation, pk=pk, principal=current_actor().account_id)
    return act_page(request, mine, end_delegation)
