"""``./city run`` as a stranger meets it: from an empty folder to the first page, every refusal, every way of ending."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from qualitycity.cli.folder import DataFolder

from .conftest import City, environment

Started = tuple["subprocess.Popen[bytes]", str, float]


@contextmanager
def running(data: Path, port: int, *more: str) -> Iterator[Started]:
    """A started city: process, what it said until it was ready, and the seconds that took."""
    began = time.monotonic()
    log = data.with_suffix(".log")
    command = [sys.executable, "-m", "qualitycity.cli", "run", "--data", str(data), "--port", str(port), *more]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None, 120, log)
        assert process.poll() is None, log.read_text()
        yield process, log.read_text(), time.monotonic() - began
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait(until: Callable[[], bool], seconds: float, log: Path | None = None) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, log.read_text() if log else "waited in vain"
        time.sleep(0.1)


def page(port: int, path: str = "/") -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return int(answer.status)


def ours(data: Path) -> list[str]:
    """Processes that belong to this data folder, by their environment or their place."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"CITY_DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found + [str(pid) for pid in DataFolder(data).cluster.living()]


def accounts(data: Path) -> int:
    with psycopg.connect(DataFolder(data).cluster.url()) as conn:
        row = conn.execute("SELECT count(*) FROM access_account").fetchone()
    assert row
    return int(row[0])


@pytest.fixture(scope="module")
def data(place: Path) -> Path:
    return place / "demo"


def test_from_an_empty_folder_to_the_first_page(data: Path, free_port: int, city: City) -> None:
    with running(data, free_port) as (process, said, seconds):
        crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # the promise is for a machine that is not busy
        assert seconds < 60 * crowd, f"the first page took {seconds:.0f} s at {crowd:.1f} processes a core"
        assert page(free_port) == 200
        assert f"http://127.0.0.1:{free_port}" in said
        for login in ("leader", "section", "host", "keeper", "auditor", "admin"):
            assert f"  {login} " in said, "the accounts are named"

        second = city("run", "--data", data, "--port", free_port + 1)
        assert second.returncode == 1 and f"http://127.0.0.1:{free_port}" in second.stderr
        taken = city("run", "--data", data.with_name("other"), "--port", free_port)
        assert taken.returncode == 1 and f"--port {free_port + 1}" in taken.stderr
        fresh = city("run", "--data", data, "--fresh", "--yes")
        assert fresh.returncode == 1 and "use" in fresh.stderr
        for refusal in (second, taken, fresh):
            assert "Traceback" not in refusal.stderr and len(refusal.stderr.strip().splitlines()) == 2
        assert page(free_port) == 200, "a refused second run must not disturb the first"
        assert city("verify-log", "--data", data).returncode == 0
        assert page(free_port) == 200, "a verb that ends must not take the database with it"
    assert process.returncode == 0
    assert ours(data) == [], "everything ends with the parent"


@pytest.mark.long
def test_the_data_survive_and_children_come_back(data: Path, free_port: int) -> None:
    if not data.exists():
        with running(data, free_port):
            pass
    with running(data, free_port) as (_, said, _seconds):
        before = accounts(data)
        assert before > 20 and "装入演示数据" not in said
        workers = [pid for pid in children_of(data) if "procrastinate" in command_of(pid)]
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        for pid in list(DataFolder(data).cluster.living()):
            os.kill(pid, signal.SIGKILL)
        wait(lambda: recovered(data, free_port), 60)
        wait(lambda: any("procrastinate" in command_of(pid) for pid in children_of(data)), 30)
        assert accounts(data) == before


def recovered(data: Path, port: int) -> bool:
    try:
        return page(port) == 200 and accounts(data) > 0
    except (OSError, psycopg.Error):
        return False


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children_of(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"CITY_DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.long
def test_kill_9_of_the_parent_leaves_nothing_running(data: Path, free_port: int) -> None:
    with running(data, free_port) as (process, _, _seconds):
        process.kill()
        process.wait()
        wait(lambda: ours(data) == [], 20)
    assert not DataFolder(data).held


def test_newer_data_are_refused_untouched(data: Path, city: City) -> None:
    version = data / "VERSION"
    known = version.read_text()
    version.write_text("999.0\n")
    try:
        done = city("run", "--data", data)
        assert done.returncode == 1 and "999.0" in done.stderr and "升级" in done.stderr
    finally:
        version.write_text(known)


@pytest.mark.long
def test_a_database_migrated_by_newer_software_is_refused(data: Path, city: City, free_port: int) -> None:
    cluster = DataFolder(data).cluster
    with cluster, psycopg.connect(cluster.url(), autocommit=True) as conn:
        conn.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('acts', '9999_future', now())")
    done = city("run", "--data", data, "--port", free_port)
    assert done.returncode == 1 and "acts.9999_future" in done.stderr and ours(data) == []
    with cluster, psycopg.connect(cluster.url(), autocommit=True) as conn:
        conn.execute("DELETE FROM django_migrations WHERE name = '9999_future'")


def test_fresh_asks_first(data: Path, city: City) -> None:
    done = city("run", "--data", data, "--fresh")
    assert done.returncode == 1 and "--yes" in done.stderr
    with DataFolder(data).cluster:
        assert accounts(data) > 20


@pytest.mark.long
def test_a_loading_that_was_cut_off_is_done_again(data: Path, free_port: int) -> None:
    folder = DataFolder(data)
    with folder.cluster as cluster, psycopg.connect(cluster.url(), autocommit=True) as conn:
        whole = accounts(data)
        conn.execute("SET session_replication_role = replica; DELETE FROM access_appointment")
    from dataclasses import replace

    folder.decide(replace(folder.installation, loaded=""))
    with running(data, free_port):
        assert accounts(data) == whole
        with psycopg.connect(folder.cluster.url()) as conn:
            row = conn.execute("SELECT count(*) FROM access_appointment").fetchone()
        assert row and row[0] >= whole


def test_a_real_folder_takes_no_demonstration(tmp_path: Path, city: City) -> None:
    data = tmp_path / "real"
    folder = DataFolder(data)
    folder.open()
    from qualitycity.cli.folder import Installation

    folder.decide(Installation(mode="real", key_file=str(tmp_path / "gone.key")))
    done = city("run", "--data", data, "--demo", "pack")
    assert done.returncode == 1 and "正式环境" in done.stderr
    done = city("run", "--data", data)
    assert done.returncode == 1 and "gone.key" in done.stderr, "without its key file a real city does not start"


def test_half_a_tls_and_a_wrong_address_are_said(tmp_path: Path, city: City) -> None:
    done = city("run", "--data", tmp_path / "x", "--tls-cert", "none.pem")
    assert done.returncode == 2 and "--tls-key" in done.stderr
    done = city("run", "--data", tmp_path / "x", "--tls-cert", "none.pem", "--tls-key", "none.key")
    assert done.returncode == 1 and "none.pem" in done.stderr
    done = city("run", "--data", tmp_path / "y", "--host", "203.0.113.7")
    assert done.returncode == 1 and "203.0.113.7" in done.stderr


@pytest.mark.long
def test_it_speaks_https(tmp_path: Path, data: Path, free_port: int) -> None:
    """Phones give camera, position and service worker to HTTPS pages alone."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    (tmp_path / "c.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "k.pem").write_bytes(private)
    with running(data, free_port, "--tls-cert", f"{tmp_path}/c.pem", "--tls-key", f"{tmp_path}/k.pem") as (_, said, _s):
        assert f"https://127.0.0.1:{free_port}" in said
        import ssl

        trust = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://127.0.0.1:{free_port}/", context=trust, timeout=20) as answer:
            assert answer.status == 200
        with socket.create_connection(("127.0.0.1", free_port)) as raw:
            raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert not raw.recv(100).startswith(b"HTTP/1.1 200"), "no plain page on the secure port"
