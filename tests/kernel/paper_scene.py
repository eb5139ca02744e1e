"""A scene for files, papers and uploads: a city, a bureau, three people, and an open act on a region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting, actor_of
from qualitycity.kernel.access.models import Region, Unit
from qualitycity.kernel.access.services import appoint, list_region, list_unit, register_account
from qualitycity.kernel.access.workflow import REGION
from qualitycity.kernel.acts.engine import _Open, _opened


@dataclass
class Scene:
    """Two towns of one city and people of them."""

    city: Region
    east: Region
    west: Region
    bureau: Unit

    def person(self, login: str, post: str, region: Region | None = None) -> Actor:
        """Somebody in a post over a region (the city unless told)."""
        with acting(SYSTEM):
            account = register_account(username=login, display_name=login.upper(), password="x")
            appoint(account, post=post, unit=self.bureau, region=region or self.city)
        return actor_of(account, clock.today())

    @contextmanager
    def inside(self, actor: Actor = SYSTEM) -> Iterator[None]:
        """An open act on the east town: what an effect of a room would do runs here."""
        with acting(actor), transaction.atomic(), _opened(_Open(REGION, REGION.moves["succeed"], self.east)):
            yield


def make_scene() -> Scene:
    """The scene, made through the doors."""
    with acting(SYSTEM):
        city = list_region(code="339999", name="示例市", kind="city")
        east = list_region(code="339999101", name="东河镇", kind="town", parent=city)
        west = list_region(code="339999102", name="西塘镇", kind="town", parent=city)
        bureau = list_unit(code="B", name="示例市质量局", kind="bureau", region=city)
    return Scene(city, east, west, bureau)
