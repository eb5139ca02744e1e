"""Duties on 办理记录."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

DUTIES = [
    Duty("acts.verify", _("全链核验"), posts=("auditor", "admin")),
    Duty("acts.figures", _("查看办理数"), posts=("auditor", "admin", "leader", "security_admin")),
    Duty("acts.root.publish", _("公布日根"), posts=("admin",)),
]
