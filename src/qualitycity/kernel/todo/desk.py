"""Menu entries of the to-do centre."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.routes import SIGNED_IN
from qualitycity.kernel.ui.desk import Entry

MENU = [
    Entry(_("待办中心"), "todo:boxes", duty=SIGNED_IN, group="home", icon="checklist", order=10),
    Entry(_("委托代办"), "todo:delegations", duty="access.delegation.give", group="home", icon="user-share", order=90),
]
