"""The one act of the to-do centre itself: a reminder sent because a clock runs out."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow

NOTICE = Workflow(
    "todo.notice",
    _("时限提醒"),
    states=[State("sent", _("已送达"), closed=True)],
    moves=[Move("remind", " → sent", _("提醒"), "todo.remind")],
)
