"""Sampling's part of the demonstration city: the approved plan of J2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import acting, actor_of
from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.registry.models import ProductCategory

from . import services

TITLE = "袜子专项抽查"


@contextmanager
def _as(login: str) -> Iterator[None]:
    """Act as a demonstration account: who drafts a plan does not approve it, in the demonstration either."""
    with acting(actor_of(Account.objects.get(username=login), clock.today())):
        yield


def load_pack() -> None:
    """The plan 「袜子专项抽查」: four firms, one stratum, equal odds, approved; the frame is still to be built."""
    with _as("section"):
        plan = services.draft_plan(
            title=TITLE,
            category=ProductCategory.objects.get(name="袜子"),
            region=Region.objects.get(code="339999"),
            unit=Unit.objects.get(code="JDK"),
            cause="区域重点产品,春季专项",
            implementation_rule="袜子产品质量监督抽查实施细则(2027年版)",
            strata=[{"code": "socks", "title": "袜子", "take": 4}],
        )
        services.file_plan(plan, filed_with="上级市场监管部门")
    with _as("leader"):
        services.approve_plan(plan)
