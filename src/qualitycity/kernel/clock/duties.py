"""Who may set the demonstration clock and keep the calendar."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty
from qualitycity.kernel.access.posts import POSTS

STAFF = tuple(code for code in POSTS if code not in ("enterprise", "citizen"))

DUTIES = [
    Duty("clock.set", _("拨动演示时钟"), posts=("admin",)),
    Duty("calendar.view", _("查看工作日历"), posts=STAFF),
    Duty("calendar.edit", _("修改工作日历"), posts=("admin",)),
    Duty("calendar.load", _("载入工作日历"), posts=()),
]
