"""A quality bureau as a real one begins: no demonstration firm, people and laboratories by the services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.contrib.auth.hashers import make_password
from django.test import Client

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting, actor_of
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.kernel.access.services import appoint, list_unit, register_account
from qualitycity.registry import services as registry
from qualitycity.registry import uscc
from qualitycity.registry.models import Lab, ProductCategory, SamplerRecord
from qualitycity.registry.towns import load_pack

COUNTY, SOCKS = "330681", "TEX.SOCK"
BEGINNING = date(2026, 1, 5)
UNITS = [
    ("ZLJ", "市质量局", "bureau", ""),
    ("JDK", "监督科", "section", "ZLJ"),
    ("FGK", "法规科", "section", "ZLJ"),
    ("CYD", "抽样队", "sampling", ""),
    ("XXZX", "信息中心", "other", ""),
    ("L1", "示例检测一所", "lab", ""),
    ("L2", "示例检测二所", "lab", ""),
    ("L3", "示例检测三所", "lab", ""),
]
PEOPLE = [
    ("admin", "admin", "XXZX"),
    ("leader", "leader", "ZLJ"),
    ("chief", "section_chief", "JDK"),
    ("host", "draw_host", "FGK"),
    ("keeper", "keeper", "FGK"),
    *((f"s{number:02d}", "sampler", "CYD") for number in range(1, 7)),
]
CAPACITY = 6  # tasks a laboratory takes in one round


@contextmanager
def acting_as(login: str, day: date) -> Iterator[Actor]:
    """Work as one of the people on a day, under the desk's database role."""
    with clock.on(day), role("desk"), acting(actor_of(Account.objects.get(username=login), day)) as actor:
        yield actor


def browser(login: str = "") -> Client:
    """A browser signed in as one of the people, or nobody's."""
    client = Client()
    if login:
        with role("desk"):
            account = Account.objects.get(username=login)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def establish() -> None:
    """Regions from the shipped pack of the county, units, people, three laboratories and six samplers."""
    with clock.on(BEGINNING), role("desk"), acting(SYSTEM):
        registry.load_regions(pack=load_pack("zhuji"))
        registry.ensure_categories()
        county = Region.objects.get(code=COUNTY)
        for code, name, kind, parent in UNITS:
            list_unit(code=code, name=name, kind=kind, region=county, parent=Unit.objects.filter(code=parent).first())
        hashed = make_password(None)  # nobody signs in by password here
        for login, post, unit in PEOPLE:
            account = register_account(username=login, display_name=login, hashed=hashed)
            appoint(account, post=post, unit=Unit.objects.get(code=unit), since=BEGINNING)
    with acting_as("chief", BEGINNING):
        _laboratories(county)
        for number in range(1, 7):
            account = Account.objects.get(username=f"s{number:02d}")
            registry.enlist_sampler(number=f"S{number:02d}", employer=Unit.objects.get(code="CYD"), account=account)


def _laboratories(county: Region) -> None:
    socks = ProductCategory.objects.get(code=SOCKS)
    for number in (1, 2, 3):
        lab = registry.register_lab(
            number=f"L{number}",
            name=f"示例检测{'一二三'[number - 1]}所",
            code=uscc.make("91330681", f"XYD9000{number}"),
            region=county,
            capacity=CAPACITY,
            unit=Unit.objects.get(code=f"L{number}"),
        )
        registry.qualify_lab(lab, cma_no=f"{number}" * 12, issued_on=date(2024, 5, 6), valid_to=date(2030, 5, 5))
        registry.extend_lab(lab, category=socks, items=[{"item": "pH值", "method": "GB/T 7573-2009"}])


def declare_interests(first: int, second: int, day: date) -> None:
    """One laboratory has the first firm for a client; one sampler is kin to the second."""
    from qualitycity.registry.models import Enterprise

    with acting_as("chief", day):
        registry.declare_interest(
            enterprise=Enterprise.objects.get(pk=first), kind="client", lab=Lab.objects.get(number="L1")
        )
        registry.declare_interest(
            enterprise=Enterprise.objects.get(pk=second),
            kind="kinship",
            sampler=SamplerRecord.objects.get(number="S02"),
        )
