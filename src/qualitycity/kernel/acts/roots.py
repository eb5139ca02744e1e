"""The root a day: the last link of the day, published for whoever wants to hold us to it."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from qualitycity.kernel import clock

from .engine import act, note
from .models import ActLink, DayRoot
from .verify import sm3_root
from .workflow import ROOT


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
