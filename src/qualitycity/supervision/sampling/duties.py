"""Who may do what in supervision sampling. The draw's host is never the frame's editor (domain.md 10.2)."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

DUTIES = [
    Duty(
        "sampling.plan.view",
        _("查看抽查计划"),
        posts=("section_chief", "leader", "coordinator", "draw_host", "auditor"),
    ),
    Duty("sampling.plan.edit", _("编制抽查计划"), posts=("section_chief",)),
    Duty("sampling.plan.approve", _("批准抽查计划"), posts=("leader",)),
    Duty("sampling.frame.view", _("查看抽样名单"), posts=("section_chief", "leader", "auditor")),
    Duty("sampling.frame.build", _("编制抽样名单"), posts=("section_chief",)),
    Duty("sampling.draw.publish", _("公布名单、公告摇号"), posts=("section_chief",)),
    Duty("sampling.draw.view", _("查看摇号"), posts=("section_chief", "draw_host", "leader", "keeper", "auditor")),
    Duty("sampling.ceremony.run", _("主持摇号会议"), posts=("draw_host",)),
    Duty("sampling.ceremony.postpone", _("摇号会议改期"), posts=("draw_host", "section_chief")),
    Duty("sampling.ceremony.fix", _("固定公共输入、结束会议(系统)"), posts=()),
    Duty("sampling.witness", _("见证人输入、确认和签字"), posts=()),
    Duty("sampling.drawn.view", _("查看未公开的抽中名单"), posts=("section_chief",)),
    Duty("sampling.match.view", _("查看未公开的检验、抽样匹配"), posts=("section_chief", "keeper")),
    Duty("sampling.draw.open", _("到期开启秘密(系统)"), posts=()),
    Duty("sampling.visit.view", _("查看抽样任务"), posts=("sampler", "section_chief")),
    Duty("sampling.visit.record", _("记录抽样任务"), posts=("sampler", "section_chief")),
    Duty("sampling.visit.check", _("查看企业状况照片"), posts=("sampler", "section_chief", "town")),
    Duty("sampling.visit.confirm", _("核实企业状况"), posts=("town",)),
    Duty("sampling.report.sign_last", _("记录一轮报告签发完毕"), posts=("keeper", "section_chief")),
]
