"""What the registry adds to the desk."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qualitycity.kernel.ui.desk import Entry, Panel

MENU = [
    Entry(
        pgettext_lazy("menu", "企业"),
        "registry:enterprises",
        duty="registry.enterprise.view",
        group="registry",
        icon="building-factory-2",
        order=10,
    ),
    Entry(_("企业产品"), "registry:products", duty="registry.product.view", group="registry", icon="package", order=20),
    Entry(
        pgettext_lazy("menu", "产品类别"),
        "registry:categories",
        duty="registry.category.view",
        group="registry",
        icon="sitemap",
        order=30,
    ),
    Entry(
        _("类别确认"), "registry:proposals", duty="registry.category.view", group="registry", icon="checks", order=40
    ),
    Entry(_("监管名录库"), "registry:lists", duty="registry.list.view", group="registry", icon="list-check", order=50),
    Entry(
        _("导入登记数据"), "registry:imports", duty="registry.import.view", group="registry", icon="upload", order=60
    ),
    Entry(
        pgettext_lazy("menu", "检验机构"),
        "registry:labs",
        duty="registry.lab.view",
        group="registry",
        icon="flask",
        order=70,
    ),
    Entry(
        pgettext_lazy("menu", "抽样人员"),
        "registry:samplers",
        duty="registry.sampler.view",
        group="registry",
        icon="users",
        order=80,
    ),
    Entry(
        _("利害关系"),
        "registry:interests",
        duty="registry.interest.view",
        group="registry",
        icon="shield-check",
        order=85,
    ),
    Entry(_("标准"), "registry:standards", duty="registry.standard.view", group="registry", icon="book", order=90),
    Entry(_("线索"), "registry:leads", duty="registry.lead.view", group="registry", icon="flag", order=95),
    Entry(_("镇乡街道"), "registry:regions", duty="registry.region.view", group="registry", icon="map-pin", order=99),
]
PANELS = [
    Panel(
        "section_chief",
        _("名录"),
        measures=("registry.enterprises", "registry.categories_pending", "registry.unsettled", "registry.leads_open"),
        order=80,
    ),
    Panel("leader", _("名录"), measures=("registry.enterprises", "registry.leads_open"), order=80),
    Panel("town", _("本镇企业"), measures=("registry.enterprises", "registry.categories_pending"), order=60),
]
