"""Posts (岗位) and which two of them no person may hold together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Post:
    """A post, its title and the page on which its holder lands (journeys.md 0.4)."""

    code: str
    title: Any
    landing: Any
    front: str = "desk"


POSTS: dict[str, Post] = {
    post.code: post
    for post in (
        Post("leader", _("局领导"), _("一屏总览")),
        Post("coordinator", _("统筹专员"), _("统筹工作台")),
        Post("section_chief", _("监督科长"), _("监督抽查")),
        Post("draw_host", _("摇号主持人"), _("摇号现场")),
        Post("clerk", _("成员单位经办人"), _("我的待办")),
        Post("town", _("镇街经办人"), _("我的待办")),
        Post("sampler", _("抽样人员"), _("今日抽样"), front="phone"),
        Post("keeper", _("样品管理员(盲样管理员)"), _("收样与流转")),
        Post("tester", _("检验人员"), _("我的检验"), front="lab"),
        Post("reviewer", _("审核人员"), _("我的检验"), front="lab"),
        Post("signatory", _("授权签字人"), _("实验室看板"), front="lab"),
        Post("lab_manager", _("实验室负责人"), _("实验室看板"), front="lab"),
        Post("enterprise", _("企业质量负责人"), _("企业首页")),
        Post("assessor", _("考核人员"), _("考核打分")),
        Post("citizen", _("市民"), _("公众首页")),
        Post("auditor", _("监察审计"), _("核验中心")),
        Post("admin", _("系统管理员"), _("系统运行")),
        Post("security_admin", _("安全管理员"), _("系统运行")),
    )
}

_BUSINESS = ("leader", "coordinator", "section_chief", "draw_host", "clerk", "town", "sampler", "keeper", "assessor")
_LAB = ("tester", "reviewer", "signatory", "lab_manager")

INCOMPATIBLE: list[tuple[str, str, str]] = [
    *[("sampler", post, "抽样与检验分离(办法第9条)") for post in _LAB],
    *[("keeper", post, "盲样管理员在检验组织之外") for post in _LAB],
    ("section_chief", "draw_host", "编制名单的人不主持摇号"),
    *[("auditor", post, "监察审计不兼业务岗位") for post in (*_BUSINESS, *_LAB)],
    *[("admin", post, "系统管理员没有业务权限") for post in (*_BUSINESS, *_LAB, "auditor", "security_admin")],
    *[("security_admin", post, "安全管理员没有业务权限") for post in (*_BUSINESS, *_LAB, "auditor")],
    *[("enterprise", post, "企业人员不兼监管、检验岗位") for post in (*_BUSINESS, *_LAB, "auditor", "admin")],
]
