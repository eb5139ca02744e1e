"""One file that holds a city: the database, the files of evidence, and a manifest by which a restore proves itself.

A tar with ``database.dump`` (pg_dump, custom format), ``files/…`` and ``manifest.json``. All tables are counted and
digested in the very snapshot that is dumped, so a backup of a running city is whole. The key file is never in it.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from qualitycity.kernel.console import Progress, english, fail

from .database import Database
from .folder import DataFolder, software_version
from .postgres import Binaries, find_binaries

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
PLAIN_TEXT = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1"

PREAMBLE = 60  # lines of settings before the first statement
NEWER_SETTINGS = (b"SET transaction_timeout",)

Manifest = dict[str, Any]


def tables_of(conn: psycopg.Connection[Any], bar: Progress | None = None) -> dict[str, list[str]]:
    """Return ``{table: [rows, digest]}`` of every table; the digest does not depend on the order of the rows."""
    conn.execute(PLAIN_TEXT)
    names = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    found = {}
    for (name,) in names:
        query = sql.SQL(
            "SELECT count(*)::text, coalesce(sum(('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), 15))"
            "::bit(60)::bigint), 0)::text FROM public.{} t"
        ).format(sql.Identifier(name))
        found[name] = list(conn.execute(query).fetchone() or ())
        if bar:
            bar.step(note=name)
    return found


def key_prints(path: Path) -> dict[str, str]:
    """Return ``{key id: fingerprint}`` of a key file, to recognise it later; empty where there is none."""
    if not path.is_file():
        return {}
    keys = json.loads(path.read_text())["keys"]
    return {name: hashlib.sha256(f"{name}:{key}".encode()).hexdigest()[:16] for name, key in keys.items()}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def backup(database: Database, target: Path) -> Manifest:
    """Write the city into one new file (mode 0600), whole or not at all; return its manifest."""
    folder = database.folder
    if target.exists():
        fail(f"{target} 已存在,不会覆盖。", f"{target} exists already and is not overwritten.")
    with tempfile.TemporaryDirectory(prefix=".city-backup-", dir=target.parent) as place:
        dump = Path(place) / DUMP
        with psycopg.connect(database.owner_url, autocommit=True) as conn:
            tables = _dump(database, conn, dump)
            postgresql = conn.info.server_version // 10000
        part = Path(place) / "archive"
        part.touch(0o600)
        with tarfile.open(part, "w") as tar:
            tar.add(dump, DUMP)
            files = _add_files(tar, folder.files)
            manifest: Manifest = {
                "format": FORMAT,
                "software": software_version(),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "postgresql": postgresql,
                "installation": asdict(folder.installation),
                "database": digest(dump),
                "tables": tables,
                "files": files,
                "keys": key_prints(folder.key_file),
            }
            text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
            member = tarfile.TarInfo(MANIFEST)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.rename(target)
    return manifest


def _dump(database: Database, conn: psycopg.Connection[Any], dump: Path) -> dict[str, list[str]]:
    """Dump one snapshot and digest the tables as that snapshot shows them."""
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    snapshot, size, count = conn.execute(
        "SELECT pg_export_snapshot(), pg_database_size(current_database()),"
        " (SELECT count(*) FROM pg_tables WHERE schemaname = 'public')"
    ).fetchone() or ("", 0, 0)
    files = sum(path.stat().st_size for path in database.folder.files.rglob("*") if path.is_file())
    need, free = size + 2 * files, shutil.disk_usage(dump.parent).free
    if free < need:
        fail(f"磁盘空间不足:备份约需 {need / 1e6:.0f} MB。", f"The disk is too full: {need / 1e6:.0f} MB are needed.")
    bar = Progress("Tables" if english() else "数据表", count)
    tables = tables_of(conn, bar)
    bar.close()
    command, env = _tool(database, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
    done = subprocess.run(command, env=env, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        _failed("pg_dump", done.stderr)
    conn.execute("COMMIT")
    return tables


def _add_files(tar: tarfile.TarFile, place: Path) -> dict[str, str]:
    found = {}
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    bar = Progress("Files" if english() else "文件", len(paths))
    for path in paths:
        name = path.relative_to(place).as_posix()
        found[name] = digest(path)
        tar.add(path, f"files/{name}")
        bar.step(note=name[:12])
    bar.close()
    return found


def _tool(database: Database, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return command and environment of pg_dump or psql as the owner; no password stands in the command line."""
    parts = urlsplit(database.owner_url)
    user, _, place = parts.netloc.rpartition("@")
    url = urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{place}"))
    env = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    return [_binaries(database)[program], f"--dbname={url}", *arguments], env


def _binaries(database: Database) -> Binaries:
    return database.cluster.binaries if database.cluster else find_binaries()


def read_manifest(source: Path) -> Manifest:
    """Return the manifest of an archive; refuse what is none, and what newer software wrote."""
    try:
        with tarfile.open(source, "r:") as tar:
            handle = tar.extractfile(MANIFEST)
            manifest = json.load(handle) if handle else {}
    except FileNotFoundError:
        fail(f"找不到备份文件 {source}。", f"There is no backup {source}.")
    except (tarfile.TarError, KeyError, ValueError):
        fail(
            f"{source} 不是完整的备份文件(没有清单);可能没有复制完。",
            f"{source} is not a whole backup (no manifest); perhaps the copy is incomplete.",
        )
    if manifest.get("format") != FORMAT:
        fail(f"{source} 由更新的版本写成,请升级软件。", f"{source} was written by newer software; upgrade.")
    return dict(manifest)


def unpack(source: Path, manifest: Manifest, folder: DataFolder) -> Path:
    """Lay the files of an archive into a new data folder, each compared with its digest; return the dump's path."""
    bar = Progress("Files" if english() else "文件", len(manifest["files"]) + 1)
    wanted = {DUMP: manifest["database"], **{f"files/{name}": known for name, known in manifest["files"].items()}}
    with tarfile.open(source, "r:") as tar:
        for member in tar:
            known = wanted.pop(member.name, None)
            handle = tar.extractfile(member) if known else None
            if handle is None or ".." in Path(member.name).parts:
                continue
            target = folder.path / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as written:
                shutil.copyfileobj(handle, written)
            if digest(target) != known:
                fail(f"备份已损坏:{member.name} 与清单不符。", f"The backup is damaged: {member.name} has changed.")
            bar.step(note=member.name[:20])
    bar.close()
    if wanted:
        fail(f"备份不完整:缺 {next(iter(wanted))}。", f"The backup is incomplete: {next(iter(wanted))} is missing.")
    return folder.path / DUMP


def load(database: Database, dump: Path) -> None:
    """Load a dump into the empty database of the folder, whole or not at all."""
    with psycopg.connect(database.owner_url) as conn:
        there = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if there != (0,):
        fail("目标数据库不是空的,不会覆盖。", "The target database is not empty and is not overwritten.")
    reading = [_binaries(database)["pg_restore"], "--no-owner", "--no-comments", "--file=-", str(dump)]
    writing, env = _tool(database, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    with tempfile.TemporaryFile("w+") as errors:
        reader = subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=errors)
        writer = subprocess.Popen(writing, env=env, stdin=subprocess.PIPE, stderr=errors)
        assert reader.stdout and writer.stdin
        with reader.stdout, suppress(BrokenPipeError), writer.stdin:
            writer.stdin.write(b"BEGIN;\n")
            for line in itertools.islice(reader.stdout, PREAMBLE):  # an older server does not know every setting
                if not line.startswith(NEWER_SETTINGS):
                    writer.stdin.write(line)
            shutil.copyfileobj(reader.stdout, writer.stdin)
            if reader.wait() == 0:  # else nothing is committed
                writer.stdin.write(b"COMMIT;\n")
        if writer.wait() or reader.wait():
            errors.seek(0)
            _failed("pg_restore", errors.read())


def _failed(program: str, said: str) -> NoReturn:
    reason = (said.strip().splitlines() or [""])[-1]
    fail(f"{program} 失败:{reason}", f"{program} failed: {reason}")


def differences(database: Database, manifest: Manifest) -> list[str]:
    """Return the names of the tables that are not as the manifest says."""
    with psycopg.connect(database.owner_url) as conn:
        found = tables_of(conn)
    names = found.keys() | manifest["tables"].keys()
    return sorted(name for name in names if found.get(name) != manifest["tables"].get(name))
