"""Duties of access itself, and the mechanism for rooms to import (`Duty`)."""

from django.utils.translation import gettext_lazy as _

from .duty_table import Duty, duties, duties_of, room_modules
from .posts import POSTS

__all__ = ["DUTIES", "Duty", "duties", "duties_of", "room_modules"]

_STAFF = tuple(code for code in POSTS if code not in ("enterprise", "citizen"))

DUTIES = [
    Duty("access.account.view", _("查看单位、岗位与账号"), posts=("admin", "security_admin", "auditor")),
    Duty("access.account.edit", _("维护账号与岗位"), posts=("admin",)),
    Duty("access.place.edit", _("维护区划与单位"), posts=("admin",)),
    Duty("access.account.reset", _("重置第二因素"), posts=("security_admin", "admin")),
    Duty("access.account.erase", _("注销人员"), posts=("security_admin",)),
    Duty("access.account.due", _("保存期满提醒(系统)"), posts=()),
    Duty("access.personal.unmask", _("查看完整个人信息"), posts=("section_chief", "security_admin")),
    Duty("access.delegation.give", _("委托他人代办"), posts=_STAFF),
    Duty("access.viewlog.view", _("查阅「谁看过」"), posts=("auditor", "security_admin")),
    Duty("access.viewlog.mine", _("查阅「谁看过我」"), posts=("enterprise",)),
]
