"""Duties of documents. Who may open a paper stands with its kind; these are for papers as such."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

_STAFF = ("leader", "coordinator", "section_chief", "draw_host", "clerk", "town", "sampler", "keeper", "assessor")

DUTIES = [
    Duty("documents.paper.find", _("查找文书"), posts=(*_STAFF, "enterprise", "auditor")),
    Duty("documents.paper.issue", _("以新文书替代旧文书"), posts=_STAFF),
    Duty("documents.paper.withdraw", _("撤回文书"), posts=("leader", "section_chief", "coordinator")),
]
