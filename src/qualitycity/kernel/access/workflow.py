"""State tables of access: posts, deputies, personal data."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qualitycity.kernel.workflow import Move, State, Workflow

from .posts import POSTS

ACCOUNT = Workflow(
    "access.account",
    _("账号"),
    states=[
        State("active", _("在用")),
        State("erased", pgettext_lazy("account", "已注销"), closed=True, off_line=True),
    ],
    moves=[
        Move("register", " → active", _("新建账号"), "access.account.edit"),
        Move("appoint", "active → =", _("任岗"), "access.account.edit"),
        Move("relieve", "active → =", _("离岗"), "access.account.edit", reason=True),
        Move("unmask", "active → =", _("查看完整个人信息"), "access.personal.unmask", reason=True),
        Move("reset_second_factor", "active → =", _("重置第二因素"), "access.account.reset", reason=True),
        Move("fall_due", "active → =", _("保存期满提醒"), "access.account.due"),
        Move(
            "erase",
            "active → erased",
            _("注销并销毁个人信息"),
            "access.account.erase",
            reason=True,
            confirm=_("此人的电话、证件号的密钥将被销毁,不能恢复;办理记录仍可验证。"),
        ),
    ],
)

DELEGATION = Workflow(
    "access.delegation",
    _("委托代办"),
    states=[State("active", _("生效")), State("ended", _("已结束"), closed=True)],
    moves=[
        Move("delegate", " → active", _("委托代办"), "access.delegation.give"),
        Move("end", "active → ended", _("收回委托"), "access.delegation.give"),
    ],
)

REGION = Workflow(
    "access.region",
    _("行政区划"),
    states=[State("listed", _("在册"))],
    moves=[
        Move("list", " → listed", _("登记区划"), "access.place.edit"),
        Move("succeed", "listed → =", _("登记变更沿革"), "access.place.edit", reason=True),
    ],
)

UNIT = Workflow(
    "access.unit",
    _("单位"),
    states=[State("listed", _("在册"))],
    moves=[
        Move("list", " → listed", _("登记单位"), "access.place.edit"),
        Move("rename", "listed → =", _("更名"), "access.place.edit", reason=True),
    ],
)

WORDS = {"post": {code: post.title for code, post in POSTS.items()}}  # acts write the codes of posts
