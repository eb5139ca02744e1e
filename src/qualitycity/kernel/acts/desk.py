"""Menu entries of the verification centre."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.desk import Entry, Panel

MENU = [
    Entry(_("全链核验"), "acts:chain", duty="acts.verify", group="verify", icon="link", order=10),
    Entry(_("办理记录"), "acts:lines", duty="acts.verify", group="verify", icon="list", order=20),
]
PANELS = [
    Panel(post, _("办理记录"), measures=("acts.today", "acts.refused"), order=20)
    for post in ("auditor", "admin", "leader", "security_admin")
]
