"""Who may do what with the rulebook. Looking is for all staff: a rule that cannot be read cannot be obeyed."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty
from qualitycity.kernel.access.posts import POSTS

STAFF = tuple(code for code in POSTS if code not in ("enterprise", "citizen"))

DUTIES = [
    Duty("rulebook.view", _("查看规则库"), posts=STAFF),
    Duty("rulebook.edit", _("修订规则"), posts=("admin",)),
    Duty("rulebook.load", _("载入规则"), posts=()),
]
