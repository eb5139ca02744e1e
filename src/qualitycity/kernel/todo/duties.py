"""Duties of the to-do centre: the boxes need sign-in only."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

DUTIES = [
    Duty("todo.remind", _("自动提醒(系统)"), posts=()),
    Duty("todo.supervise", _("接收逾期督办"), posts=("leader", "coordinator")),
]
