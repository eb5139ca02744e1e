"""The real register of a county, read from where it lies: every row ends somewhere, and the counts add up."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from qualitycity.registry.models import CategoryProposal, Enterprise, ImportRow
from qualitycity.registry.services import commit_import, read_import, receive


@pytest.fixture
def register(shared: Path) -> bytes:
    path = shared / "real" / "zhuji-enterprises.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path.read_bytes()


def take(content: bytes, county: object) -> object:
    return read_import(receive(io.BytesIO(content), filename="登记.csv", region=county))  # type: ignore[arg-type]


def test_every_row_ends_somewhere_and_a_second_import_changes_nothing(county: object, register: bytes) -> None:
    rows = list(csv.reader(io.StringIO(register.decode("utf-8-sig"))))[1:]
    batch = take(register, county)
    assert batch.rows == len(rows) == 1470
    assert sum(batch.counts.values()) == batch.rows
    outcomes = Counter(ImportRow.objects.filter(batch=batch).values_list("outcome", flat=True))
    assert outcomes == Counter({key: value for key, value in batch.counts.items() if value})
    assert sorted(ImportRow.objects.filter(batch=batch).values_list("row_no", flat=True)) == list(range(2, 1472))

    assert not Enterprise.objects.exists()
    commit_import(batch)
    assert Enterprise.objects.count() == batch.accepted
    # every accepted or merged row leads to its firm; every refused one says why
    assert not ImportRow.objects.filter(batch=batch, enterprise__isnull=True).exclude(outcome="refused").exists()
    assert not ImportRow.objects.filter(batch=batch, outcome="refused", reasons=[]).exists()

    again = take(register, county)
    assert (again.accepted, again.changed) == (0, 0)
    assert again.unchanged == batch.accepted
    commit_import(again)
    assert Enterprise.objects.count() == batch.accepted


def test_former_towns_lead_to_units_of_today(county: object, register: bytes) -> None:
    commit_import(take(register, county))
    today = Counter(
        Enterprise.objects.filter(address__contains="大唐镇").values_list("region__name", flat=True)
    ) + Counter(Enterprise.objects.filter(address__contains="草塔镇").values_list("region__name", flat=True))
    assert set(today) == {"大唐街道"}
    assert Enterprise.objects.filter(region__valid_to__isnull=False).count() == 0
    without = Enterprise.objects.filter(region__isnull=True)
    assert 0 < without.count() < 60
    assert not without.filter(region_basis="").exists()
    assert set(without.values_list("region_path", flat=True)) == {"330681"}


def test_socks_are_proposed_from_the_scope_with_confidence(county: object, register: bytes) -> None:
    commit_import(take(register, county))
    socks = CategoryProposal.objects.filter(category__code="TEX.SOCK")
    assert socks.filter(confidence__gte=90).count() >= 40
    # «袜机» makes nobody a maker of socks
    assert not socks.exclude(enterprise__scope__contains="袜").exclude(enterprise__name__contains="袜").exists()
    assert not Enterprise.objects.filter(products__isnull=False).exists(), "nothing counts before a person confirmed it"
