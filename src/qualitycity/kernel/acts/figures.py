"""Figures of 办理记录."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.measures import Figure, measure

from .models import Act

COLUMNS = [("at", _("时间")), ("workflow", _("事项")), ("verb", _("办理")), ("subject_id", _("对象"))]


@measure(
    "acts.today",
    _("今日办理"),
    unit=_("件"),
    formula=_("业务日期为今天、已办成的办理记录行数"),
    duty="acts.figures",
)
def today(actor: Actor) -> Figure:
    """Acts done on this business date inside the actor's jurisdiction."""
    return Figure(scoped(Act.objects.filter(business_date=clock.today(), outcome="done"), actor), COLUMNS)


@measure(
    "acts.refused",
    _("今日被拒绝"),
    unit=_("次"),
    formula=_("业务日期为今天、被系统拒绝的办理次数"),
    duty="acts.figures",
)
def refused(actor: Actor) -> Figure:
    """Refusals on this business date inside the actor's jurisdiction."""
    return Figure(scoped(Act.objects.filter(business_date=clock.today(), outcome="refused"), actor), COLUMNS)
