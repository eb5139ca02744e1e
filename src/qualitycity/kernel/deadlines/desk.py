"""Menu entries of clocks."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.desk import Entry

MENU = [Entry(_("时限"), "deadlines:deadline-list", duty="deadlines.view", group="home", icon="clock", order=30)]
