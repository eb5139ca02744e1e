"""The state table of the rulebook: it only grows; each act records an edition that adds versions."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow

RULEBOOK = Workflow(
    "rulebook.edition",
    _("规则库版次"),
    states=[State("recorded", _("已记录"), closed=True)],
    moves=[
        Move("load", " → recorded", _("载入规则"), "rulebook.load"),
        Move(
            "revise",
            " → recorded",
            _("修订规则"),
            "rulebook.edit",
            reason=True,
            confirm=_("新版本只对生效日以后开始的案件适用,已开始的案件沿用原版本。"),
        ),
    ],
)
