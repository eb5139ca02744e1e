"""The columns of a business register file, as registers name them. What a cell means is decided in `rows`."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.sheets import Column, Sheet

ENTERPRISES = Sheet(
    "registry.enterprise",
    _("企业登记数据"),
    columns=[
        Column(
            "name", _("企业名称"), required=False, aliases=("名称", "市场主体名称"), example="示例:示例甲袜业有限公司"
        ),
        Column(
            "code",
            _("统一社会信用代码"),
            kind="code",
            aliases=("社会信用代码", "信用代码", "注册号"),
            example="91330681XYD000016Q",
        ),
        Column("established_on", _("注册日期"), aliases=("成立日期", "登记日期"), example="2015-03-02"),
        Column("kind", _("企业类型"), aliases=("类型", "市场主体类型"), example="有限责任公司"),
        Column("capital", _("注册资金"), aliases=("注册资本",), example="1,800(万元人民币)"),
        Column("scope", _("经营范围"), example="制造、加工、销售：袜子、针织品"),
        Column("province", _("所在省份"), aliases=("省份",), example="浙江"),
        Column("prefecture", _("地区"), aliases=("地市", "设区市"), example="绍兴"),
        Column("address", _("注册地址"), aliases=("地址", "住所"), example="示例市东河镇示例路 1 号"),
        Column("cancelled_on", _("注销日期"), example=""),
        Column("size", _("企业规模"), aliases=("规模",), example="小型"),
    ],
    notes=[
        _("每行一家企业;表头用上面的名称,列的先后不限。"),
        _("“企业名称”“统一社会信用代码”两列必须有。旧的 15 位注册号填在代码列。"),
        _("不知道的写“N/A”或留空:空格不会覆盖名录里已有的内容。"),
        _("“注销日期”“企业规模”(大型、中型、小型、微型)两列可以没有。"),
    ],
)
NEEDED = ("name", "code")
