"""State tables of the clock and the calendar. Both only grow: each act makes a new row that holds from then on."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow

CLOCK = Workflow(
    "clock.clock",
    _("演示时钟"),
    states=[State("real", _("实际时间"), closed=True), State("set", _("演示时钟"), closed=True)],
    moves=[
        Move("set", " → set", _("拨到这一天"), "clock.set", confirm=_("被跳过的每一天,定时任务都会按顺序补做。")),
        Move("release", " → real", _("恢复实际时间"), "clock.set"),
    ],
)

CALENDAR = Workflow(
    "clock.calendar",
    _("工作日历"),
    states=[State("recorded", _("已生效"), closed=True)],
    moves=[
        Move("load", " → recorded", _("载入日历"), "calendar.load"),
        Move(
            "revise",
            " → recorded",
            _("修改日历"),
            "calendar.edit",
            reason=True,
            confirm=_("依日历推算的期限随之变动,每一项都留下原来的日期;任务的日期由各室另行征求同意。"),
        ),
    ],
)
