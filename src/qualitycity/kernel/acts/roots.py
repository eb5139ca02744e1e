"""The root a day: the last link of the day, published for whoever wants to hold us to it."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel import clock
from qualitycity.kernel.workflow import Move, State, Workflow

from .engine import act, note
from .models import ActLink, DayRoot
from .verify import sm3_root

ROOT = Workflow(
    "acts.root",
    _("日根"),
    states=[State("published", _("已公布"), closed=True)],
    moves=[Move("publish", " → published", _("公布日根"), "acts.root.publish")],
)


@act(ROOT, "publish")
def publish_root() -> DayRoot:
    """Publish the root of the links up to now under today's real date; at most one a day."""
    last = ActLink.objects.order_by("-seq").first()
    day = timezone.localdate(clock.real_now())
    root = DayRoot(
        day=day,
        last_seq=last.seq if last else 0,
        root=bytes(last.hash).hex() if last else "",
        sm3=sm3_root(last.seq) if last and settings.CITY_SM3 else "",
    )
    root.save(force_insert=True)
    note(root=root.root, last_seq=root.last_seq)
    return root
