"""What ``./city setup`` refuses before anything is made, and that nothing of anybody's is lost by it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from qualitycity.cli import tls
from qualitycity.cli.database import WEB_PASSWORD, Database
from qualitycity.cli.folder import DataFolder, Installation
from qualitycity.cli.setup import _names, _undo
from qualitycity.kernel.console import VerbError

from .conftest import City
from .test_setup import ACCOUNTS, REGIONS, UNITS, excel


def setup(place: Path, *more: object) -> list[str]:
    """The options of a small installation in `place`."""
    given = ("--data", place / "real", "--key-file", place / "safe.key", "--passwords", place / "first.csv")
    named = ("--region", "339999", "示例市", "--admin", "zhang_w", "--admin-name", "张某")
    return ["setup", *map(str, given), *named, *map(str, more)]


def test_a_folder_of_somebody_elses_is_refused_and_kept(tmp_path: Path, city: City) -> None:
    theirs = tmp_path / "real" / "precious" / "letters.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("何日君再来")
    done = city(*setup(tmp_path))
    assert done.returncode == 1 and "neither empty" in done.stderr
    assert theirs.read_text() == "何日君再来"
    assert not (tmp_path / "safe.key").exists()


def test_undoing_takes_away_what_was_made_and_nothing_else(tmp_path: Path) -> None:
    folder, there = DataFolder(tmp_path / "new"), DataFolder(tmp_path / "prepared")
    there.path.mkdir()
    for one in (folder, there):
        before = _names(one.path)
        one.open()
        (one.path / "files" / "ab").mkdir(parents=True)
        _undo(one, before, None, None)
    assert not folder.path.exists()
    assert there.path.is_dir() and not any(there.path.iterdir()), "an empty folder made for us stays"


def test_on_a_server_of_somebody_elses_the_password_of_web_survives_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@127.0.0.1:1/city")
    folder = DataFolder(tmp_path / "data")
    before = _names(folder.path)
    folder.open()
    folder.decide(Installation(mode="real", external=True))
    database = Database(folder)
    password = database.web_password()
    _undo(folder, before, database, None)
    assert sorted(path.name for path in folder.path.iterdir()) == ["VERSION", WEB_PASSWORD]
    assert database.web_password() == password and not folder.decided, "setup may be called again"


def test_the_tables_are_looked_for_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.open()
    folder.decide(Installation(mode="real", external=True))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(VerbError, match="DATABASE_URL"):
        Database(folder).start()
    assert not (folder.path / "postgres" / "PG_VERSION").exists(), "no empty city is begun beside the real one"


def test_a_stray_address_of_a_database_does_not_lead_a_city_away_from_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.open()
    (folder.path / "postgres").mkdir()
    (folder.path / "postgres" / "PG_VERSION").write_text("18\n")
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@127.0.0.1:1/city")
    with pytest.raises(VerbError, match="embedded"):
        Database(folder).start()


def test_every_fault_is_told_before_a_database_is_made(tmp_path: Path, city: City) -> None:
    excel(tmp_path / "regions.xlsx", REGIONS)
    excel(tmp_path / "units.xlsx", [*UNITS, ("ZX", "中心", "不知道", "", "", "")])
    bad = [("Sun_L", "孙某", "13a", "监督科长", "ZLJX", "", ""), ("sun_l", "孙某", "", "监督科长", "ZX", "", "")]
    excel(tmp_path / "accounts.xlsx", [*ACCOUNTS, *bad])
    files = (part for name in ("regions", "units", "accounts") for part in (f"--{name}", tmp_path / f"{name}.xlsx"))
    done = city(*setup(tmp_path, *files, "--admin", "Zhang W", "--region", "33", "示例市"))
    assert done.returncode == 1 and "建表" not in done.stderr and not (tmp_path / "real").exists()
    for words in ("--admin 「Zhang W」", "--region 「33」", "5 行 登录名 「Sun_L」", "5 行 手机号 「13a」", "「ZLJX」"):
        assert words in done.stderr, words
    assert "5 行 类别 「不知道」" in done.stderr and "「ZX」" not in done.stderr, (
        "the unit is there, only its kind is not"
    )


def test_passwords_that_could_not_be_written_are_told_first(tmp_path: Path, city: City) -> None:
    done = city(*setup(tmp_path, "--passwords", tmp_path / "nowhere" / "first.csv"))
    assert done.returncode == 1 and "--passwords" in done.stderr and not (tmp_path / "real").exists()


def certificate(place: Path, name: str) -> tuple[Path, Path]:
    cert, key = place / f"{name}.pem", place / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x"]
        + ["-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return cert, key


def test_a_certificate_is_tried_before_the_web_server_dies_of_it(tmp_path: Path, city: City) -> None:
    one, other = certificate(tmp_path, "one"), certificate(tmp_path, "other")
    tls.check_pair(*one)
    tls.check_pair(None, None)
    for cert, key, words in (
        (one[0], other[1], "PEM"),
        (one[1], one[1], "PEM"),
        (tmp_path / "gone.pem", one[1], "gone.pem"),
    ):
        with pytest.raises(VerbError, match=words):
            tls.check_pair(cert, key)
    folder = DataFolder(tmp_path / "data")
    folder.open()
    folder.decide(Installation(tls_cert=str(one[0]), tls_key=str(one[1])))
    one[0].unlink()
    done = city("run", "--data", folder.path)
    assert done.returncode == 1 and "one.pem" in done.stderr and "--tls-cert" in done.stderr


def test_a_mistyped_key_file_is_told_before_a_restore(tmp_path: Path, city: City) -> None:
    (tmp_path / "x.city").write_text("")
    done = city("restore", tmp_path / "x.city", "--data", tmp_path / "again", "--key-file", tmp_path / "gone.key")
    assert done.returncode == 1 and "gone.key" in done.stderr and not (tmp_path / "again").exists()
