"""State tables of supervision sampling: plan, frame, draw, round (one ceremony), visit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow

from . import guards

PLAN = Workflow(
    "sampling.plan",
    _("抽查计划"),
    states=[
        State("drafted", _("拟订")),
        State("filed", _("已备案")),
        State("approved", _("已批准")),
        State("amended", _("调整中"), off_line=True),
        State("completed", _("已完成"), closed=True),
    ],
    moves=[
        #    verb        from → to                       button            duty
        Move("draft", " → drafted", _("新建计划"), "sampling.plan.edit"),
        Move("edit", "drafted|amended → =", _("修改计划"), "sampling.plan.edit"),
        Move(
            "file",
            "drafted|amended → filed",
            _("报备案"),
            "sampling.plan.edit",
            guard=guards.plan_has_strata,
            todo=_("抽查计划待报备案"),
        ),
        Move("return_", "filed → drafted", _("退回补正"), "sampling.plan.approve", reason=True),
        Move(
            "approve",
            "filed → approved",
            _("批准计划"),
            "sampling.plan.approve",
            never_by=("draft", "edit"),
            confirm=_("批准后即可编制抽样名单。"),
            todo=_("抽查计划待批准"),
        ),
        Move(
            "frame",
            "approved → =",
            _("编制抽样名单"),
            "sampling.frame.build",
            guard=guards.no_frame_at_hand,
            todo=_("请编制抽样名单"),
        ),
        Move(
            "amend", "approved → amended", _("调整计划"), "sampling.plan.edit", guard=guards.no_live_draw, reason=True
        ),
        Move(
            "complete",
            "approved → completed",
            _("办结计划"),
            "sampling.plan.edit",
            guard=guards.all_draws_over,
            todo=_("摇号已全部公开,请办结计划"),
        ),
    ],
)

FRAME = Workflow(
    "sampling.frame",
    _("抽样名单"),
    states=[
        State("building", _("编制中")),
        State("published", _("已公布")),
        State("voided", _("已作废"), closed=True, off_line=True),
    ],
    moves=[
        Move("build", " → building", _("编制名单"), "sampling.frame.build"),
        Move(
            "publish",
            "building → published",
            _("公布名单并封存秘密"),
            "sampling.draw.publish",
            guard=guards.frame_reconciled,
            confirm=_("公布后名单、方式和机会都不能再改;唯一的办法是「作废并重新公布」。"),
            todo=_("请核对抽样名单并公布"),
            public=True,
        ),
        Move("rehearse", "building → =", _("试摇"), "sampling.frame.build"),
        Move("rebuild", "building → =", _("重新比对登记库"), "sampling.frame.build"),
        Move("add", "building → =", _("补入名单"), "sampling.frame.build"),
        Move("excuse", "building → =", _("说明后不列入"), "sampling.frame.build", reason=True),
        Move("exclude", "building → =", _("排除"), "sampling.frame.build", reason=True),
        Move("include", "building → =", _("撤销排除"), "sampling.frame.build", reason=True),
        Move(
            "void",
            "published → voided",
            _("名单随摇号作废"),
            "sampling.draw.publish",
            guard=guards.draw_is_voided,
            reason=True,
            public=True,
        ),
    ],
)

DRAW = Workflow(
    "sampling.draw",
    _("公开摇号"),
    states=[
        State("announced", _("已公告")),
        State("drawn", _("已摇号")),
        State("opened", _("名单已公开")),
        State("closed", _("全部公开"), closed=True),
        State("voided", _("已作废"), closed=True, off_line=True),
    ],
    moves=[
        Move("announce", " → announced", _("发布摇号公告"), "sampling.draw.publish", public=True),
        Move(
            "void",
            "announced → voided",
            _("作废并重新公布"),
            "sampling.draw.publish",
            guard=guards.not_on_stage,
            reason=True,
            confirm=_("理由将一直公开。名单退回编制,公布时另起一次摇号,封存新的秘密。"),
            public=True,
        ),
        Move(
            "announce_round",
            "announced|drawn → =",
            _("公告下一轮"),
            "sampling.draw.publish",
            guard=guards.round_wanted,
            todo=_("一轮已作废,请另行公告"),
            public=True,
        ),
        Move("draw", "announced → drawn", _("摇号结果产生"), "sampling.ceremony.run", public=True),
        Move(
            "open_names",
            "drawn → opened",
            _("公开抽中名单"),
            "sampling.draw.open",
            guard=guards.all_visits_recorded,
            public=True,
        ),
        Move(
            "close",
            "opened → closed",
            _("全部公开"),
            "sampling.draw.open",
            guard=guards.all_reports_signed,
            public=True,
        ),
    ],
)

ROUND = Workflow(
    "sampling.round",
    _("摇号会议"),
    states=[
        State("announced", _("已公告")),
        State("convened", _("已开场")),
        State("dice", _("掷骰输数")),
        State("confirmed", _("骰数已固定")),
        State("drawn", _("已摇号")),
        State("matched", _("已匹配")),
        State("minuted", _("纪要待签")),
        State("signed", _("已签字"), closed=True),
        State("void", _("本轮作废"), closed=True, off_line=True),
    ],
    moves=[
        Move("announce", " → announced", _("公告摇号会议"), "sampling.draw.publish", public=True),
        Move(
            "postpone",
            "announced|convened|dice → announced",
            _("改期"),
            "sampling.ceremony.postpone",
            reason=True,
            confirm=_("新的时间地点和理由将立即公开;已输入的数字作废。"),
            public=True,
        ),
        Move(
            "convene",
            "announced → convened",
            _("开场"),
            "sampling.ceremony.run",
            guard=guards.ceremony_day,
            never_by=("announce",),
            todo=_("摇号会议待主持"),
        ),
        Move("seat", "convened → =", _("发放见证码"), "sampling.ceremony.run"),
        Move("reissue", "convened|dice|confirmed|drawn|matched|minuted → =", _("重发见证码"), "sampling.ceremony.run"),
        Move("sign_in", "convened|dice|confirmed|drawn|matched|minuted → =", _("见证人签到"), "sampling.witness"),
        Move("strike", "convened|dice → =", _("记缺席"), "sampling.ceremony.run", reason=True, public=True),
        Move(
            "begin",
            "convened → dice",
            _("开始掷骰"),
            "sampling.ceremony.run",
            guard=guards.witnesses_present,
            todo=_("会议已开场,请继续主持"),
        ),
        Move("write", "dice → =", _("输入骰数"), "sampling.witness"),
        Move("clear", "dice → =", _("清空重输"), "sampling.witness"),
        Move("confirm", "dice → =", _("确认骰数"), "sampling.witness", guard=guards.digits_complete),
        Move(
            "beacon",
            "dice → =",
            _("录入信标"),
            "sampling.ceremony.run",
            guard=guards.beacon_wanted,
            todo=_("请录入公告的信标"),
        ),
        Move("fix", "dice → confirmed", _("固定公共输入"), "sampling.ceremony.fix", guard=guards.inputs_complete),
        Move(
            "void",
            "convened|dice|confirmed → void",
            _("宣布本轮作废"),
            "sampling.ceremony.run",
            reason=True,
            confirm=_("作废和理由将一直公开;须另行公告,用新的秘密和新的骰数重摇。"),
            public=True,
        ),
        Move("cancel", "announced → void", _("随公告作废"), "sampling.draw.publish", reason=True, public=True),
        Move(
            "draw",
            "confirmed → drawn",
            _("摇号"),
            "sampling.ceremony.run",
            never_by=("announce",),
            todo=_("骰数已经固定,请摇号"),
            public=True,
        ),
        Move(
            "match",
            "drawn → matched",
            _("匹配检验机构和抽样人员"),
            "sampling.ceremony.run",
            never_by=("announce",),
            todo=_("已摇号,请匹配检验机构和抽样人员"),
        ),
        Move("supplement", "drawn → =", _("补充机构或人员"), "sampling.draw.publish", reason=True, public=True),
        Move(
            "minute",
            "matched → minuted",
            _("生成纪要"),
            "sampling.ceremony.run",
            todo=_("已匹配,请生成纪要"),
            paper="sampling.minutes",
        ),
        Move("sign", "minuted → =", _("签字确认"), "sampling.witness"),
        Move("note_unsigned", "minuted → =", _("记未签字"), "sampling.ceremony.run", reason=True),
        Move("finish", "minuted → signed", _("会议结束"), "sampling.ceremony.fix", guard=guards.all_signed),
        Move(
            "sign_reports",
            "signed → =",
            _("记录本轮最后一份报告已签发"),
            "sampling.report.sign_last",
            guard=guards.reports_may_be_signed,
            todo=_("报告全部签发后,请在此记录"),
        ),
    ],
)

VISIT = Workflow(
    "sampling.visit",
    _("抽样任务"),
    states=[
        State("planned", _("待抽样")),
        State("sampled", _("已抽样"), closed=True),
        State("refused", _("拒检"), closed=True, off_line=True),
        State("not_sampled", _("未抽到样品"), closed=True, off_line=True),
        State("shut_reported", _("上报停业待核实"), off_line=True),
        State("shut", _("核实停业"), off_line=True),
        State("replaced", _("已递补"), closed=True, off_line=True),
    ],
    moves=[
        Move("plan", " → planned", _("下达抽样任务"), "sampling.ceremony.run"),
        Move(
            "sample",
            "planned → sampled",
            _("记录已抽样"),
            "sampling.visit.record",
            guard=guards.own_visit,
            todo=_("有新的抽样任务"),
        ),
        Move(
            "refuse", "planned → refused", _("记录拒检"), "sampling.visit.record", guard=guards.own_visit, reason=True
        ),
        Move(
            "miss",
            "planned → not_sampled",
            _("记录未抽到样品"),
            "sampling.visit.record",
            guard=guards.own_visit,
            reason=True,
        ),
        Move(
            "report_shut",
            "planned → shut_reported",
            _("上报企业无法抽样"),
            "sampling.visit.record",
            guard=guards.own_visit,
        ),
        Move(
            "confirm_shut",
            "shut_reported → shut",
            _("核实属实"),
            "sampling.visit.confirm",
            never_by=("report_shut",),
            todo=_("请到现场核实一家企业的状况"),
        ),
        Move(
            "dispute_shut",
            "shut_reported → planned",
            _("核实不符"),
            "sampling.visit.confirm",
            never_by=("report_shut",),
            reason=True,
        ),
        Move(
            "call_reserve",
            "shut → replaced",
            _("启用备选"),
            "sampling.draw.publish",
            guard=guards.reserve_left,
            confirm=_("按备选名单的顺序启用下一家,由原来的检验机构和抽样人员承担。"),
            public=True,
        ),
        Move("replace", "shut → replaced", _("列入递补"), "sampling.draw.publish", todo=_("停业企业待递补")),
        Move("leave", "shut → not_sampled", _("不再递补"), "sampling.draw.publish", reason=True, public=True),
    ],
)

# The words of values that acts write down as codes: the choices of these fields.
WORDS = {
    "mode": "sampling.Draw.mode",
    "odds": "sampling.Plan.odds",
    "kind": "sampling.Reconciliation.kind",
    "code": "sampling.FrameRow.reason",
    "capacity": "sampling.Witness.capacity",
    "cause": "sampling.Visit.cause",
}
