"""The state table of the published day roots."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow

ROOT = Workflow(
    "acts.root",
    _("日根"),
    states=[State("published", _("已公布"), closed=True)],
    moves=[Move("publish", " → published", _("公布日根"), "acts.root.publish")],
)
