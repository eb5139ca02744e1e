"""Who may see the clocks of the city's cases."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

DUTIES = [
    Duty("deadlines.view", _("查看时限"), posts=("leader", "coordinator", "section_chief", "auditor")),
]
