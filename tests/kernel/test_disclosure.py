"""Sealed and published: what stays hidden, what opens once, what nobody can quietly change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.services import list_region
from qualitycity.kernel.access.workflow import REGION
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import _Open, _opened
from qualitycity.kernel.disclosure.models import Publication, Secret, Version
from qualitycity.kernel.disclosure.services import open_secret, publish, seal, sealed_value, withdraw
from qualitycity.kernel.keyring import Keyring


@pytest.fixture
def place(db: None) -> Iterator[Region]:
    """Some subject, inside an open act of the desk."""
    with role("desk"), acting(SYSTEM):
        region = list_region(code="339999", name="示例市", kind="city")
        with transaction.atomic(), _opened(_Open(REGION, REGION.moves["succeed"], region)):
            yield region


def test_outside_an_act_nothing_is_sealed(db: None) -> None:
    with pytest.raises(RuntimeError, match="inside an act"):
        seal(Region(pk=1), "draw")


def test_a_secret_commits_hides_and_opens_once(place: Region) -> None:
    secret = seal(place, "draw", "demo-secret-one")
    assert secret.commitment == "99f1f6031d9c8abdbf683dd9111babe8f1831782098e9617f23f7127b747e73e"
    assert "demo-secret" not in secret.sealed and secret.opened_value == ""
    assert open_secret(secret) == "demo-secret-one" == open_secret(secret)
    assert Secret.objects.get().is_open


def test_system_secrets_are_random_and_long(place: Region) -> None:
    values = {sealed_value(seal(place, f"p{number}")) for number in range(5)}
    assert len(values) == 5 and all(len(value) == 64 for value in values)


def test_a_real_installation_takes_no_fixed_secret(place: Region, settings) -> None:
    settings.CITY_DEMO = False
    with pytest.raises(Refused, match="演示模式"):
        seal(place, "draw", "demo-secret-one")


def test_the_database_lets_a_secret_change_only_by_opening_truly(place: Region) -> None:
    secret = seal(place, "draw")
    table = "UPDATE disclosure_secret SET "
    for change in (
        "commitment = repeat('0', 64)",
        "sealed = 'x'",
        "opened_at = now(), opened_value = 'a lie'",
        "sealed_at = now() + interval '1 day'",
    ):
        with pytest.raises(DatabaseError, match="only by opening"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(table + change)
    open_secret(secret)
    with pytest.raises(DatabaseError, match="only by opening"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(table + "opened_at = NULL, opened_value = ''")


def test_without_the_key_file_a_secret_stays_shut(place: Region, tmp_path, settings) -> None:
    secret = seal(place, "draw")
    settings.CITY_KEYRING = Keyring(tmp_path / "other.json")
    with pytest.raises(Refused, match="没有封存这个秘密的密钥"):
        sealed_value(secret)


def test_rotation_keeps_old_secrets_and_moved_ones_do_not_open(place: Region, tmp_path, settings) -> None:
    settings.CITY_KEYRING = Keyring(tmp_path / "keys.json")
    old = seal(place, "draw", "before")
    settings.CITY_KEYRING.rotate()
    new = seal(place, "match", "after")
    assert old.sealed.partition(":")[0] != new.sealed.partition(":")[0]
    assert (sealed_value(old), sealed_value(new)) == ("before", "after")
    old.purpose = "match"
    with pytest.raises(InvalidTag):
        sealed_value(old)


def test_versions_stay_and_corrections_say_why(place: Region) -> None:
    first = publish("draw", "2027-1", "袜子摇号", {"n": 4}, subject=place)
    with pytest.raises(Refused, match="写明原因"):
        publish("draw", "2027-1", "袜子摇号", {"n": 5}, subject=place, correction=True)
    second = publish("draw", "2027-1", "袜子摇号", {"n": 5}, subject=place, correction=True, reason="漏列一家")
    assert (first.number, second.number, Publication.objects.get().current) == (1, 2, 2)
    assert first.digest == hashlib.sha256(b'{"n":4}').hexdigest()
    for statement in ("UPDATE disclosure_version SET payload = '{}'", "DELETE FROM disclosure_version"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    withdraw(Publication.objects.get(), "名单有误")
    assert Version.objects.count() == 2


def test_the_visitor_reads_publications_and_nothing_else(db: None) -> None:
    tables = connection.introspection.table_names()
    allowed = set()
    for table in tables:
        with transaction.atomic(), role("visitor"):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
                allowed.add(table)
            except DatabaseError as error:
                assert "permission denied" in str(error)
    assert "disclosure_version" in allowed
    assert not {name for name in allowed if name.startswith(("acts_act", "access_", "registry_", "sampling_", "todo_"))}
    assert "disclosure_secret" not in allowed and settings.CITY_MODE == "test"
