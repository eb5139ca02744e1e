"""Backup and restore: every table and file compared, damage found, nothing overwritten, the key file never inside."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qualitycity.cli import archive, backup, restore
from qualitycity.cli.database import Database
from qualitycity.cli.folder import DataFolder, Installation
from qualitycity.kernel.console import VerbError

KEYS = {"current": "k1", "keys": {"k1": "bm90IGEgcmVhbCBrZXkgYnV0IDMyIGJ5dGVzIGxvbmc="}, "django": "x"}


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A small city with awkward contents: nulls, duplicates, Chinese, times, bytes, a trigger that forbids change."""
    for name in ("DATABASE_URL", "CITY_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = DataFolder(tmp_path / "city")
    folder.open()
    keys = tmp_path / "safe" / "city.key"
    keys.parent.mkdir()
    keys.write_text(json.dumps(KEYS))
    folder.decide(Installation(mode="real", key_file=str(keys)))
    (folder.files / "ab").mkdir(parents=True)
    (folder.files / "ab" / "cdef").write_bytes(bytes(range(256)) * 1000)
    (folder.files / "ab" / "空").write_bytes(b"")
    database = Database(folder)
    database.start()
    with psycopg.connect(database.owner_url, autocommit=True) as conn:
        conn.execute("""
            CREATE TABLE acts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text, at timestamptz, raw bytea);
            INSERT INTO acts (line, at, raw) SELECT '第' || n || '条', '2027-04-06 08:00+08', sha256(n::text::bytea)
              FROM generate_series(1, 5000) n;
            CREATE TABLE loose (a int, b text); INSERT INTO loose VALUES (1, NULL), (1, NULL), (NULL, 'x');
            CREATE TABLE nothing (a int);
            CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
            CREATE TRIGGER never BEFORE UPDATE OR DELETE ON acts FOR EACH ROW EXECUTE FUNCTION never();
            ALTER TABLE acts ENABLE ALWAYS TRIGGER never;
            GRANT SELECT ON acts TO desk;
        """)
    yield database
    database.stop()
    assert database.cluster
    database.cluster.remove()


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Path]:
    """Where a restore goes; root's database may lie elsewhere, so it is removed by its keeper."""
    place = tmp_path / "again"
    yield place
    if place.exists():
        DataFolder(place).cluster.remove()


def rows(database: Database, query: str) -> list[tuple]:
    with psycopg.connect(database.owner_url) as conn:
        return conn.execute(query).fetchall()


def test_every_table_and_file_comes_back(city: Database, again: Path, tmp_path: Path) -> None:
    target = tmp_path / "one.city"
    assert backup.main([str(target), "--data", str(city.folder.path)]) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert restore.main([str(target), "--data", str(again)]) == 0
    folder = DataFolder(again)
    assert folder.installation == city.folder.installation
    twin = Database(folder)
    twin.start()
    try:
        for table in ("acts", "loose", "nothing"):
            query = f"SELECT t::text FROM {table} t ORDER BY 1"
            assert rows(twin, query) == rows(city, query)
        with psycopg.connect(twin.owner_url, autocommit=True) as conn:
            with pytest.raises(psycopg.errors.RaiseException, match="append only"):
                conn.execute("DELETE FROM acts WHERE id = 1")
            conn.execute("SET ROLE desk")
            assert conn.execute("SELECT count(*) FROM acts").fetchone() == (5000,)
            conn.execute("RESET ROLE")
            assert conn.execute("INSERT INTO acts (line) VALUES ('next') RETURNING id").fetchone() == (5001,)
        with (
            psycopg.connect(twin.web_url, autocommit=True) as conn,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            conn.execute("CREATE TEMP TABLE acts (a int)")
    finally:
        twin.stop()
    original = {p.relative_to(city.folder.files): p.read_bytes() for p in city.folder.files.rglob("*") if p.is_file()}
    restored = {p.relative_to(folder.files): p.read_bytes() for p in folder.files.rglob("*") if p.is_file()}
    assert restored == original and len(original) == 2


def test_a_changed_row_is_noticed(city: Database, tmp_path: Path) -> None:
    manifest = archive.backup(city, tmp_path / "one.city")
    assert archive.differences(city, manifest) == []
    with psycopg.connect(city.owner_url, autocommit=True) as conn:
        conn.execute("UPDATE loose SET b = 'y' WHERE b = 'x'")
        conn.execute("DROP TABLE nothing")
    assert archive.differences(city, manifest) == ["loose", "nothing"]


def test_the_key_file_is_not_inside_and_its_lack_is_said(
    city: Database, again: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "one.city"
    archive.backup(city, target)
    assert KEYS["keys"]["k1"].encode() not in target.read_bytes()  # type: ignore[index]
    city.folder.key_file.unlink()
    assert restore.main([str(target), "--data", str(again)]) == 0
    assert "k1" in capsys.readouterr().out


def test_damage_is_found_and_leaves_no_half_city(city: Database, tmp_path: Path) -> None:
    target, place = tmp_path / "one.city", tmp_path / "again"
    archive.backup(city, target)
    whole = target.read_bytes()

    target.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VerbError, match="not a whole backup"):
        restore.main([str(target), "--data", str(place)])

    with tarfile.open(target.with_suffix(".bad"), "w") as bad, tarfile.open(fileobj=io.BytesIO(whole)) as good:
        for member in good:
            data = good.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == "files/ab/cdef":
                data = data[:-1] + b"?"
            bad.addfile(member, io.BytesIO(data))
    with pytest.raises(VerbError, match="files/ab/cdef"):
        restore.main([str(target.with_suffix(".bad")), "--data", str(place)])
    assert not place.exists()

    target.write_bytes(b"not a tar")
    with pytest.raises(VerbError, match="not a whole backup"):
        restore.main([str(target), "--data", str(place)])
    with pytest.raises(VerbError, match="no backup"):
        restore.main([str(tmp_path / "none.city"), "--data", str(place)])


def test_nothing_is_overwritten(city: Database, tmp_path: Path) -> None:
    target = tmp_path / "one.city"
    archive.backup(city, target)
    with pytest.raises(VerbError, match="not overwritten"):
        archive.backup(city, target)
    with pytest.raises(VerbError, match="not empty"):
        restore.main([str(target), "--data", str(city.folder.path)])
    assert rows(city, "SELECT count(*) FROM acts") == [(5000,)]
