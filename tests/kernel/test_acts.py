"""The one door: what goes through it, what it refuses, and what nobody can do around it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting, actor_of
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, Delegation, Region, Unit
from qualitycity.kernel.access.services import (
    appoint,
    delegate,
    end_delegation,
    erase,
    list_region,
    list_unit,
    register_account,
)
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.models import Act, ActLink
from qualitycity.kernel.acts.queries import history, may
from qualitycity.kernel.acts.verify import verify


@pytest.fixture
def desk(db: None) -> Iterator[Unit]:
    """A city with one bureau; the test runs as the desk's database role, as a request of the desk does."""
    with role("desk"):
        with acting(SYSTEM):
            city = list_region(code="339999", name="示例市", kind="city")
            unit = list_unit(code="B", name="质量局", kind="bureau", region=city)
        yield unit


def person(unit: Unit, login: str, *posts: str) -> Actor:
    with acting(SYSTEM):
        account = register_account(username=login, display_name=login.upper())
        for post in posts:
            appoint(account, post=post, unit=unit)
    return actor_of(account, clock.today())


def test_an_act_writes_one_line_with_who_what_when(desk: Unit) -> None:
    admin = person(desk, "root", "admin")
    with acting(admin):
        account = register_account(username="lin", display_name="林一")
        appoint(account, post="clerk", unit=desk)
    lines = history(account)
    assert [line.action for line in lines] == ["新建账号", "任岗"]
    assert (lines[0].who, lines[0].post, lines[0].unit) == ("ROOT", "系统管理员", "质量局")
    assert (lines[0].before, lines[0].after) == ("", "在用")
    assert lines[1].facts == {"post": "clerk", "unit": "B"}
    assert "林一" not in "".join(Act.objects.values_list("line", flat=True)), "a line names people by ref only"


def test_a_refusal_changes_nothing_and_is_recorded(desk: Unit) -> None:
    clerk = person(desk, "clerk", "clerk")
    with acting(clerk), pytest.raises(Refused, match="没有「新建账号」的职责"):
        register_account(username="x", display_name="x")
    assert not Account.objects.filter(username="x").exists()
    refused = json.loads(Act.objects.filter(outcome="refused").get().line)
    assert (refused["actor"], refused["verb"], refused["code"]) == (clerk.ref, "register", "duty")


def test_wrong_state_and_missing_reason_are_refused(desk: Unit) -> None:
    security = person(desk, "sec", "security_admin")
    account = Account.objects.get(username="sec")
    with acting(security):
        with pytest.raises(Refused, match="请写明理由"):
            erase(account)
        erase(account, reason="离职")
        with pytest.raises(Refused, match="现在的状态是「已注销」"):
            erase(account, reason="再一次")
    assert Account.objects.get(pk=account.pk).state == "erased"


def test_jurisdiction_is_a_region_subtree(desk: Unit) -> None:
    here = Actor(ref="p1", scopes=("339999/339999101",))
    assert here.covers("339999/339999101") and here.covers("339999/339999101/x") and here.covers("")
    assert not here.covers("339999") and not here.covers("339999/3399991010")


def test_a_deputy_acts_for_the_absent_and_the_line_says_so(desk: Unit) -> None:
    boss, other = person(desk, "boss", "section_chief"), person(desk, "other", "clerk")
    today = clock.today()
    chief = Account.objects.get(username="boss")
    with acting(boss):
        given = delegate(
            principal=chief, deputy=Account.objects.get(username="other"), since=today, until=today, reason_given="出差"
        )
        stand_in = actor_of(Account.objects.get(username="other"), today)
        assert stand_in.posts == {"section_chief", "clerk"} and stand_in.deputy_for == (chief.ref,)
        assert actor_of(Account.objects.get(username="other"), today + timedelta(days=1)).posts == {"clerk"}
        assert {offer.move.verb for offer in may(given)} == {"end"}
        end_delegation(given)
    assert other.posts == {"clerk"}


def test_absence_does_not_lift_separation(desk: Unit) -> None:
    person(desk, "smp", "sampler"), person(desk, "tst", "tester")
    sampler, tester = Account.objects.get(username="smp"), Account.objects.get(username="tst")
    today = clock.today()
    with acting(actor_of(sampler, today)), pytest.raises(Refused, match="抽样与检验分离"):
        delegate(principal=sampler, deputy=tester, since=today, until=today, reason_given="x")


def test_two_posts_that_exclude_each_other_are_refused_by_the_database(desk: Unit) -> None:
    person(desk, "smp", "sampler")
    account = Account.objects.get(username="smp")
    with acting(SYSTEM), pytest.raises(Refused, match="不相容"):
        appoint(account, post="tester", unit=desk)


def test_the_database_refuses_writes_around_the_door(desk: Unit) -> None:
    for write in (
        lambda: Region.objects.create(code="1", name="x", kind="town", path="1"),
        lambda: Unit.objects.filter(pk=desk.pk).update(name="改名"),
        lambda: Delegation.objects.create(),
    ):
        with pytest.raises(DatabaseError, match="outside an act"), transaction.atomic():
            write()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Unit.objects.filter(pk=desk.pk).delete()


@pytest.mark.django_db(transaction=True)
class TestChain:
    """The chain at commit: forks, holes and tampering."""

    @pytest.fixture(autouse=True)
    def lines(self, transactional_db: None) -> None:
        self.base = ActLink.objects.count()  # what loading the rules wrote
        with acting(SYSTEM):
            for number in range(6):
                register_account_as_desk(f"u{number}")

    def test_untouched_it_verifies(self) -> None:
        report = verify()
        assert report.consistent and report.links == self.base + 6

    def test_nobody_edits_a_line(self) -> None:
        from tests.conftest import owner

        for sql in ("UPDATE acts_act SET line = '{}'", "DELETE FROM acts_act", "TRUNCATE acts_act CASCADE"):
            with owner(), connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"):
                cursor.execute("SET session_replication_role = replica; " + sql)
            with owner(), connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = DEFAULT")

    @pytest.mark.parametrize(
        ("sql", "place", "what"),
        [
            ("UPDATE acts_act SET line = replace(line, 'u3', 'u9') WHERE line LIKE '%u3%'", 4, "内容与封存时不同"),
            ("UPDATE acts_act SET actor = 'somebody' WHERE line LIKE '%u2%'", 3, "检索列与封存的内容不同"),
            ("UPDATE acts_act SET at = at + interval '1 day' WHERE line LIKE '%u2%'", 3, "检索列与封存的内容不同"),
            ("DELETE FROM acts_actlink WHERE seq = {3}", 3, "这一环缺失"),
            ("DELETE FROM acts_actlink WHERE seq = {2}; DELETE FROM acts_act WHERE line LIKE '%u1%'", 2, "这一环缺失"),
            (
                "UPDATE acts_actlink SET seq = -1 WHERE seq = {2}; UPDATE acts_actlink SET seq = {2} WHERE seq = {5};"
                "UPDATE acts_actlink SET seq = {5} WHERE seq = -1",
                2,
                "接不上",
            ),
        ],
    )
    def test_tampering_is_found_at_its_place(self, sql: str, place: int, what: str) -> None:
        from tests.conftest import owner

        with owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE acts_act DISABLE TRIGGER ALL; ALTER TABLE acts_actlink DISABLE TRIGGER ALL")
            cursor.execute(re.sub(r"\{(\d)\}", lambda found: str(self.base + int(found[1])), sql))
        report = verify()
        assert not report.consistent
        found = [item for item in report.breaks or [] if what in item.what]
        assert found and found[0].seq == self.base + place, report.breaks

    def test_an_inserted_record_stands_outside_the_chain(self) -> None:
        from tests.conftest import owner

        with owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE acts_act DISABLE TRIGGER link")
            cursor.execute("INSERT INTO acts_act (line) SELECT line FROM acts_act LIMIT 1")
        assert any("不在链上" in item.what for item in verify().breaks or [])

    def test_a_cut_tail_is_found_against_the_published_root(self) -> None:
        from qualitycity.kernel.acts.roots import publish_root
        from tests.conftest import owner

        with role("desk"), acting(SYSTEM):
            publish_root()
        assert verify().consistent
        with owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE acts_act DISABLE TRIGGER ALL; ALTER TABLE acts_actlink DISABLE TRIGGER ALL")
            cursor.execute("DELETE FROM acts_actlink WHERE seq >= %s", [self.base + 6])
            cursor.execute("DELETE FROM acts_act WHERE id NOT IN (SELECT act_id FROM acts_actlink)")
        assert any("日公布的根" in item.what for item in verify().breaks or [])

    def test_forty_writers_never_fork(self) -> None:
        def write(name: str) -> None:
            with acting(SYSTEM):
                for number in range(5):
                    register_account_as_desk(f"{name}-{number}")
            connection.close()

        threads = [threading.Thread(target=write, args=(f"w{number}",)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        report = verify()
        assert report.consistent and report.links == self.base + 206
        assert ActLink.objects.count() == Act.objects.count() == self.base + 206


def register_account_as_desk(name: str) -> Account:
    with role("desk"):
        return register_account(username=name, display_name=name, hashed="!")
