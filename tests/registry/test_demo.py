"""The registry of the demonstration city: exact counts of journeys.md 0.3, and the larger city around it."""

from __future__ import annotations

import random
from datetime import date

import pytest

from qualitycity.kernel.access.models import Region
from qualitycity.registry import demo, uscc
from qualitycity.registry.models import (
    DeclaredInterest,
    Enterprise,
    EnterpriseProduct,
    Lab,
    PriorSampling,
    ProductCategory,
    SamplerRecord,
)
from qualitycity.registry.queries import bureau_list_of, labs_qualified, register_of, samplings_of

pytestmark = pytest.mark.django_db


def test_the_register_has_twelve_firms_and_the_bureaus_list_eleven(pack: None, as_login: object) -> None:
    with as_login("section"):  # type: ignore[operator]
        category = ProductCategory.objects.get(code="TEX.SOCK")
        register = register_of(category, "339999")
        listed = bureau_list_of(category, Region.objects.get(code="339999"))
        assert register.count() == 12
        assert listed.count() == 11
        missing = {row.enterprise.name for row in register} - {firm.name for firm in listed}
        assert missing == {"示例袜业12"}
        classes = {row.enterprise.name[-2:]: row.supervision_class for row in register}
        in_order = [classes[f"{n:02d}"] for n in range(1, 13)]
        assert in_order == ["A", "B", "B", "A", "B", "C", "AA", "B", "B", "A", "B", "B"]


def test_who_is_out_and_who_is_set_aside(pack: None, as_login: object) -> None:
    with as_login("section"):  # type: ignore[operator]
        gone = Enterprise.objects.get(name="示例袜业09")
        assert (gone.state, gone.cancelled_on) == ("cancelled", date(2026, 12, 20))
        five = EnterpriseProduct.objects.get(enterprise__name="示例袜业05")
        sampled = samplings_of(five, since=date(2026, 10, 6)).get()
        assert (sampled.sampled_on, sampled.level) == (date(2027, 1, 12), PriorSampling.Level.PREFECTURE)
        aside = {(str(row.party.number), row.enterprise.name[-2:], row.kind) for row in DeclaredInterest.objects.all()}
        assert aside == {("S02", "04", "kinship"), ("L1", "11", "client")}


def test_three_labs_may_test_socks_and_six_samplers_work_outside_them(pack: None, as_login: object) -> None:
    with as_login("section"):  # type: ignore[operator]
        category = ProductCategory.objects.get(code="TEX.SOCK")
        assert list(labs_qualified(category, date(2027, 4, 6)).values_list("number", "capacity")) == [
            ("L1", 2),
            ("L2", 2),
            ("L3", 2),
        ]
        assert not labs_qualified(category, date(2031, 1, 1)).exists()
        assert SamplerRecord.objects.count() == 6
        assert not SamplerRecord.objects.filter(employer__kind="lab").exists()
        assert Lab.objects.filter(unit__isnull=False).count() == 3


def test_every_invented_code_is_valid() -> None:
    plan = demo.declared()
    for code in [row[2] for row in plan["firms"]] + [row[2] for row in plan["labs"]]:
        assert uscc.parse(code).kind == "uscc"


def test_the_larger_city_is_the_same_every_time(pack: None, as_login: object) -> None:
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role

    city = demo.declared()["city"]
    assert demo.register_file(city, random.Random("x")) == demo.register_file(city, random.Random("x"))
    with role("desk"), acting(SYSTEM):
        demo.fill_city()
        assert Enterprise.objects.count() == 240
        assert Enterprise.objects.filter(region__isnull=True).count() == 0
        assert not Enterprise.objects.exclude(name__startswith="示例").exists()
        makers = EnterpriseProduct.objects.filter(category__code="TEX.SOCK", role="make").count()
        assert 60 <= makers <= 120
