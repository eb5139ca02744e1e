"""Menu entries of access."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.desk import Entry

MENU = [
    Entry(_("账号与岗位"), "access:accounts", duty="access.account.view", group="system", icon="users"),
    Entry(_("谁看过"), "access:looks", duty="access.viewlog.view", group="verify", icon="eye"),
    Entry(_("谁看过我"), "access:looks-at-me", duty="access.viewlog.mine", group="home", icon="eye", order=95),
]
