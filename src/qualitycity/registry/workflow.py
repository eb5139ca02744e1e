"""State tables of the registry."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow

from . import guards

ENTERPRISE = Workflow(
    "registry.enterprise",
    _("企业"),
    states=[
        State("in_operation", _("在营")),
        State("suspended", _("停业"), off_line=True),
        State("cancelled", _("已注销"), closed=True, off_line=True),
        State("merged", _("已并入"), closed=True, off_line=True),
    ],
    moves=[
        Move("register", " → in_operation", _("登记企业"), "registry.enterprise.edit"),
        Move("edit", "in_operation|suspended → =", _("修改"), "registry.enterprise.edit"),
        Move("rename", "in_operation|suspended → =", _("变更名称"), "registry.enterprise.edit"),
        Move(
            "settle",
            "in_operation|suspended → =",
            _("认定属地"),
            "registry.enterprise.settle",
            guard=guards.town_of_county,
        ),
        Move("suspend", "in_operation → suspended", _("登记停业"), "registry.enterprise.edit", reason=True),
        Move("resume", "suspended → in_operation", _("恢复营业"), "registry.enterprise.edit", reason=True),
        Move("cancel", "in_operation|suspended → cancelled", _("登记注销"), "registry.enterprise.edit", reason=True),
        Move(
            "merge",
            "in_operation|suspended|cancelled → merged",
            _("并入另一条"),
            "registry.enterprise.edit",
            guard=guards.merge_target,
            reason=True,
            confirm=_("本条从名录中消失,产品、网店和曾用名归入另一条;不能恢复。"),
        ),
    ],
)

SHOP = Workflow(
    "registry.shop",
    _("网店"),
    states=[State("open", _("在营")), State("closed", _("已关闭"), closed=True, off_line=True)],
    moves=[
        Move("open", " → open", _("登记网店"), "registry.enterprise.edit"),
        Move("close", "open → closed", _("登记关闭"), "registry.enterprise.edit", reason=True),
    ],
)

CATEGORY = Workflow(
    "registry.category",
    _("产品类别"),
    states=[State("current", _("在用")), State("retired", _("停用"), closed=True, off_line=True)],
    moves=[
        Move("define", " → current", _("新建类别"), "registry.category.edit"),
        Move("edit", "current → =", _("修改"), "registry.category.edit"),
        Move("retire", "current → retired", _("停用"), "registry.category.edit", reason=True),
    ],
)

PRODUCT = Workflow(
    "registry.product",
    _("企业产品"),
    states=[State("listed", _("在册")), State("withdrawn", _("已撤出"), closed=True, off_line=True)],
    moves=[
        Move("list", " → listed", _("登记产品"), "registry.product.edit"),
        Move("edit", "listed → =", _("修改"), "registry.product.edit"),
        Move("classify", "listed → =", _("公布监管类别"), "registry.product.classify", reason=True),
        Move("withdraw", "listed → withdrawn", _("撤出"), "registry.product.edit", reason=True),
    ],
)

REVIEW = Workflow(
    "registry.review",
    _("类别确认"),
    states=[State("done", _("已办结"), closed=True)],
    moves=[Move("decide", " → done", _("确认类别"), "registry.category.confirm")],
)

PRIOR = Workflow(
    "registry.prior",
    _("以往抽样"),
    states=[State("recorded", _("在册")), State("withdrawn", _("已撤销"), closed=True, off_line=True)],
    moves=[
        Move("record", " → recorded", _("登记以往抽样"), "registry.prior.record"),
        Move("withdraw", "recorded → withdrawn", _("撤销"), "registry.prior.record", reason=True),
    ],
)

LAB = Workflow(
    "registry.lab",
    _("检验机构"),
    states=[
        State("active", _("在册")),
        State("suspended", _("暂停委托"), off_line=True),
        State("left", _("已退出"), closed=True, off_line=True),
    ],
    moves=[
        Move("register", " → active", _("登记机构"), "registry.lab.edit"),
        Move("edit", "active|suspended → =", _("修改"), "registry.lab.edit"),
        Move("qualify", "active|suspended → =", _("登记资质"), "registry.lab.edit"),
        Move("extend", "active|suspended → =", _("登记能力范围"), "registry.lab.edit"),
        Move("suspend", "active → suspended", _("暂停委托"), "registry.lab.edit", reason=True),
        Move("resume", "suspended → active", _("恢复委托"), "registry.lab.edit", reason=True),
        Move("leave", "active|suspended → left", _("退出"), "registry.lab.edit", reason=True),
    ],
)

SAMPLER = Workflow(
    "registry.sampler",
    _("抽样人员"),
    states=[State("active", _("在册")), State("left", _("已离队"), closed=True, off_line=True)],
    moves=[
        Move("enlist", " → active", _("登记抽样人员"), "registry.sampler.edit"),
        Move("edit", "active → =", _("修改"), "registry.sampler.edit"),
        Move("leave", "active → left", _("离队"), "registry.sampler.edit", reason=True),
    ],
)

INTEREST = Workflow(
    "registry.interest",
    _("利害关系申报"),
    states=[State("declared", _("已申报")), State("ended", _("已终止"), closed=True)],
    moves=[
        Move("declare", " → declared", _("申报利害关系"), "registry.interest.declare"),
        Move("end", "declared → ended", _("登记终止"), "registry.interest.declare", reason=True),
    ],
)

STANDARD = Workflow(
    "registry.standard",
    _("标准"),
    states=[
        State("draft", _("即将实施")),
        State("current", _("现行")),
        State("superseded", _("被代替"), closed=True, off_line=True),
        State("abolished", _("废止"), closed=True, off_line=True),
    ],
    moves=[
        Move("record", " → draft", _("登记标准"), "registry.standard.edit"),
        Move("edit", "draft|current → =", _("修改"), "registry.standard.edit"),
        Move(
            "enter_force", "draft → current", _("登记实施"), "registry.standard.edit", guard=guards.has_effective_date
        ),
        Move(
            "supersede",
            "draft|current → superseded",
            _("登记被代替"),
            "registry.standard.edit",
            guard=guards.replaced_by_another,
        ),
        Move("abolish", "draft|current → abolished", _("登记废止"), "registry.standard.edit", reason=True),
    ],
)

LEAD = Workflow(
    "registry.lead",
    _("线索"),
    states=[
        State("received", _("待研判")),
        State("kept", _("已采纳")),
        State("used", _("已使用"), closed=True),
        State("dropped", _("未采纳"), closed=True, off_line=True),
    ],
    moves=[
        Move("report", " → received", _("登记线索"), "registry.lead.report"),
        Move("keep", "received → kept", _("采纳"), "registry.lead.screen", todo=_("请研判线索")),
        Move("drop", "received|kept → dropped", _("不采纳"), "registry.lead.screen", reason=True),
        Move("use", "kept → used", _("列入计划"), "registry.lead.screen"),
    ],
)

BUREAU_LIST = Workflow(
    "registry.list",
    _("监管名录库"),
    states=[State("current", _("在用")), State("closed", _("停用"), closed=True, off_line=True)],
    moves=[
        Move("open", " → current", _("建立名录库"), "registry.list.edit"),
        Move("enter", "current → =", _("列入企业"), "registry.list.edit"),
        Move("strike", "current → =", _("移出企业"), "registry.list.edit", reason=True),
        Move("close", "current → closed", _("停用"), "registry.list.edit", reason=True),
    ],
)

IMPORT = Workflow(
    "registry.import",
    _("导入"),
    states=[
        State("reading", _("正在读取")),
        State("previewed", _("待确认")),
        State("committed", _("已导入"), closed=True),
        State("discarded", _("已放弃"), closed=True, off_line=True),
    ],
    moves=[
        Move("upload", " → reading", _("上传登记数据"), "registry.import.run"),
        Move(
            "commit",
            "previewed → committed",
            _("导入"),
            "registry.import.run",
            confirm=_("整批写入名录,或者一行也不写入。"),
            todo=_("请核对并导入"),
        ),
        Move("preview", "reading|previewed → previewed", _("重新核对"), "registry.import.run"),
        Move("discard", "reading|previewed → discarded", _("放弃"), "registry.import.run"),
        Move("forget", "committed → =", _("清除失败清单"), "registry.import.forget"),
    ],
)

REGIONS = Workflow(
    "registry.regions",
    _("行政区划"),
    states=[State("loaded", _("已载入"), closed=True)],
    moves=[Move("load", " → loaded", _("载入区划包"), "registry.region.load")],
)
