"""Figures of 办理记录."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.measures import Figure, measure
from qualitycity.kernel.ui.listing import Column

from .models import Act
from .views import action_title, number_of, workflow_title

COLUMNS = [
    Column("at", _("时间"), kind="datetime"),
    Column("workflow", _("事项"), value=workflow_title),
    Column("verb", _("办理"), value=action_title),
    Column("number", _("编号"), kind="code", value=number_of, sort=False),
]


def _today(actor: Actor, outcome: str) -> QuerySet[Act]:
    """Today's lines: for who verifies the chain all of them, as on 「办理记录」; else those of the own places."""
    rows = Act.objects.filter(business_date=clock.today(), outcome=outcome)
    return rows if actor.can("acts.verify") else scoped(rows, actor)


@measure(
    "acts.today",
    _("今日办理"),
    unit=_("件"),
    formula=_("业务日期为今天、已办成的办理记录行数"),
    duty="acts.figures",
)
def today(actor: Actor) -> Figure:
    """Acts done on this business date inside the actor's jurisdiction."""
    return Figure(_today(actor, "done"), COLUMNS)


@measure(
    "acts.refused",
    _("今日被拒绝"),
    unit=_("次"),
    formula=_("业务日期为今天、被系统拒绝的办理次数"),
    duty="acts.figures",
)
def refused(actor: Actor) -> Figure:
    """Refusals on this business date inside the actor's jurisdiction."""
    return Figure(_today(actor, "refused"), COLUMNS)
