"""Menu and landing panels of supervision sampling."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.desk import Entry, Panel

from .queries import round_of_actor

MENU = [
    Entry(
        _("抽查计划"),
        "sampling:plan-list",
        duty="sampling.plan.view",
        group="supervision",
        icon="clipboard-list",
        order=10,
    ),
    Entry(_("公开摇号"), "sampling:draw-list", duty="sampling.draw.view", group="supervision", icon="dice", order=20),
    Entry(
        _("抽样任务"), "sampling:visit-list", duty="sampling.visit.view", group="supervision", icon="truck", order=30
    ),
    Entry(_("公开摇号"), "sampling-public:draws", duty="public", group="public", icon="dice", order=10, door="public"),
]
PANELS = [
    Panel(
        "section_chief",
        _("摇号与抽样"),
        measures=("sampling.draws", "sampling.drawn", "sampling.visits_open"),
        order=10,
    ),
    Panel(
        "draw_host",
        _("摇号会议"),
        template="sampling/panels/rounds.html",
        context=lambda _actor: round_of_actor(),
        order=10,
    ),
]
