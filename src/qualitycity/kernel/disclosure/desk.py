"""What disclosure adds to the desk: what was published last, for those whose day begins with looking."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.ui.desk import Panel

from .queries import newest

READERS = ("citizen", "enterprise", "auditor", "leader")


def _newest(_actor: Actor) -> dict[str, Any]:
    return {"publications": newest()}


PANELS = [
    Panel(post, _("最近公布"), template="disclosure/panels/newest.html", context=_newest, order=60) for post in READERS
]
