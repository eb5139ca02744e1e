"""A cluster of its own for every test run, migrated once into a template; pages and services run as bare `web`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that fork come first: a child forked after a native thread pool was made (typst, DuckDB) waits for ever."""
    items.sort(key=lambda item: item.path.name != "test_kill.py")


SHARED = Path(os.environ.get("CITY_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    """English, compiled from the committed catalogues: a clean clone has none yet."""
    from qualitycity.cli.catalogues import compile_all

    compile_all()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden cases and the real register; tests that need it skip where it is absent."""
    if not SHARED.exists():
        pytest.skip(f"CITY_SHARED ({SHARED}) is not here")
    return SHARED


@pytest.fixture(scope="session")
def cluster() -> Iterator[object]:
    """A PostgreSQL of this test run alone."""
    import psycopg

    from qualitycity.cli.postgres import Cluster, ensure_roles, prepare_database

    with tempfile.TemporaryDirectory(prefix="city-pg-", ignore_cleanup_errors=True) as folder:
        found = Cluster(Path(folder) / "pg", fsync=False)
        found.start()
        with psycopg.connect(found.url("owner", "template1"), autocommit=True) as raw:
            ensure_roles(raw)
            prepare_database(raw)
        yield found
        found.stop()
        found.remove()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(cluster: object, request: pytest.FixtureRequest) -> None:
    from django.conf import settings
    from django.db import connections

    from qualitycity.web.settings import database

    wanted = database(cluster.url("owner", "city"))  # type: ignore[attr-defined]
    entry = settings.DATABASES["default"]
    entry.update(wanted)
    connections["default"].settings_dict.update(wanted)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """After the migrations: rights, rules; from then on every connection is `web`, as in production."""
    from django.core.management import call_command, get_commands
    from django.db import connection
    from django.db.backends.signals import connection_created

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        call_command("install_rights", verbosity=0)
        if "load_rules" in get_commands():
            call_command("load_rules", verbosity=0)
        _keep_template()
        connection_created.connect(_become_web, weak=False)
        with connection.cursor():
            pass
    yield
    connection_created.disconnect(_become_web)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()


def _keep_template() -> None:
    """Keep a copy of the fresh database: tests that commit get a new copy afterwards (0.1 s), not a flush.

    A flush is refused twice over here: `web` may not truncate, and the chain of acts forbids it.
    """
    from django.db import connection
    from django.test import TransactionTestCase

    name = connection.settings_dict["NAME"]
    template = f"{name}_template"
    connection.close()
    _maintain(f'DROP DATABASE IF EXISTS "{template}"', f'CREATE DATABASE "{template}" TEMPLATE "{name}"')

    def renew(self: object) -> None:
        connection.close()
        _maintain(f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _forget()

    TransactionTestCase._fixture_teardown = renew  # type: ignore[method-assign]


def _maintain(*statements: str) -> list[tuple]:
    import psycopg
    from django.db import connection

    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    with psycopg.connect(
        **{key: parameters[key] for key in ("dbname", "user", "host") if key in parameters}, autocommit=True
    ) as raw:
        for statement in statements:
            found = raw.execute(statement)
        return found.fetchall() if found.description else []


def _forget() -> None:
    """Drop what the process cached from the database that is gone."""
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.clear_cache()


def _become_web(connection: object = None, **_signal: object) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SET SESSION AUTHORIZATION web")


@contextmanager
def owner() -> Iterator[None]:
    """Be the owner of the tables for a moment (to set a scene or to tamper)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("RESET SESSION AUTHORIZATION")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION AUTHORIZATION web")


@pytest.fixture
def owner_sql(db: None) -> object:
    """Run SQL as the owner of the tables, past every right (triggers that are ENABLE ALWAYS still hold)."""
    from django.db import connection, transaction

    def run(sql: str, *params: object) -> list[tuple]:
        with owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def pack(transactional_db: None) -> None:
    """The demonstration pack (start state of J2), loaded once and then copied; the test commits for real."""
    _stand_on("pack")


@pytest.fixture
def played(transactional_db: None) -> None:
    """The pack brought through J2 by its people (tests/played.py), played once and then copied."""
    _stand_on("played")


def _stand_on(state: str) -> None:
    """Make the test's database a copy of the one kept under a name; the first to ask makes it."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    copy = f"{name}_{state}"
    connection.close()
    if not _maintain(f"SELECT 1 FROM pg_database WHERE datname = '{copy}'"):
        _make(state)
        connection.close()
        others = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        _maintain(others, f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')  # a page of the last test may still be open
    else:
        _maintain(f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{copy}"')
    _forget()


def _make(state: str) -> None:
    from qualitycity.demo.pack import load_pack

    if state == "pack":
        load_pack()
        return
    from tests.played import play_on

    _stand_on("pack")
    play_on()


@pytest.fixture
def as_login(db: None) -> object:
    """`with as_login("section"): ...` acts as that demonstration account, under the desk's database role."""
    from qualitycity.kernel import clock
    from qualitycity.kernel.access.actor import acting, actor_of
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.kernel.access.models import Account

    @contextmanager
    def be(login: str) -> Iterator[object]:
        with role("desk"), acting(actor_of(Account.objects.get(username=login), clock.today())) as actor:
            yield actor

    return be


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine: browser tests did not run")
    return found


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fontconfig naming the Chinese fonts; without it pages come out as empty boxes, silently."""
    import pylopdf_fonts_zh_cn

    folder = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    config = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{folder}</dir><dir>/usr/share/fonts</dir><cachedir>{config.parent}/cache</cachedir></fontconfig>"
    )
    return config


@pytest.fixture(scope="session")
def browser(chromium_path: str, fonts: Path) -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=chromium_path, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(fonts)}
        )
        yield found
        found.close()
