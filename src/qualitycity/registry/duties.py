"""Who may do what in the registry."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

_OFFICE = ("leader", "coordinator", "section_chief", "draw_host", "auditor")

DUTIES = [
    Duty("registry.enterprise.view", _("查看企业名录"), posts=(*_OFFICE, "clerk", "town", "sampler")),
    Duty("registry.enterprise.edit", _("维护企业名录"), posts=("section_chief",)),
    Duty("registry.enterprise.settle", _("认定企业属地"), posts=("section_chief", "town")),
    Duty("registry.import.view", _("查看导入记录"), posts=("section_chief", "coordinator", "auditor")),
    Duty("registry.import.run", _("导入登记数据"), posts=("section_chief", "coordinator")),
    Duty("registry.import.forget", _("清除导入失败清单(系统按期自动办理)"), posts=()),
    Duty("registry.category.view", _("查看产品类别"), posts=(*_OFFICE, "clerk", "town", "sampler")),
    Duty("registry.category.edit", _("维护产品类别"), posts=("section_chief",)),
    Duty("registry.category.confirm", _("确认企业产品类别"), posts=("section_chief", "town")),
    Duty("registry.product.view", _("查看企业产品"), posts=(*_OFFICE, "clerk", "town", "sampler")),
    Duty("registry.product.edit", _("维护企业产品"), posts=("section_chief",)),
    Duty("registry.product.classify", _("公布监管类别"), posts=("section_chief",)),
    Duty("registry.prior.record", _("登记以往抽样"), posts=("section_chief",)),
    Duty("registry.lab.view", _("查看检验机构"), posts=(*_OFFICE, "keeper")),
    Duty("registry.lab.edit", _("维护检验机构"), posts=("section_chief",)),
    Duty("registry.sampler.view", _("查看抽样人员"), posts=_OFFICE),
    Duty("registry.sampler.edit", _("维护抽样人员"), posts=("section_chief",)),
    Duty("registry.interest.view", _("查看利害关系申报"), posts=("leader", "section_chief", "auditor")),
    Duty("registry.interest.declare", _("申报利害关系"), posts=("section_chief",)),
    Duty("registry.standard.view", _("查看标准"), posts=(*_OFFICE, "clerk", "town", "sampler")),
    Duty("registry.standard.edit", _("维护标准"), posts=("section_chief", "coordinator")),
    Duty("registry.lead.view", _("查看线索"), posts=(*_OFFICE, "town")),
    Duty("registry.lead.report", _("登记线索"), posts=("section_chief", "coordinator", "town", "sampler")),
    Duty("registry.lead.screen", _("研判线索"), posts=("section_chief",)),
    Duty("registry.list.view", _("查看监管名录库"), posts=_OFFICE),
    Duty("registry.list.edit", _("维护监管名录库"), posts=("section_chief",)),
    Duty("registry.region.view", _("查看行政区划"), posts=(*_OFFICE, "clerk", "town", "admin")),
    Duty("registry.region.load", _("载入行政区划"), posts=("admin",)),
]
