"""A real installation from nothing to a restored backup: nothing half-made, secrets under their key."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
import xlsxwriter

from qualitycity.cli.database import Database
from qualitycity.cli.folder import DataFolder

from .conftest import City, environment

pytestmark = pytest.mark.long  # each verb starts Django anew: a minute in all

REGIONS = [
    ("区划代码*", "名称*", "类别*", "上级区划代码"),
    ("339999101", "东河镇", "镇", ""),
    ("339999102", "西塘镇", "镇", ""),
]
UNITS = [
    ("单位代码*", "名称*", "类别*", "区划代码", "上级单位代码", "统一社会信用代码"),
    ("ZLJ", "质量局", "质量主管部门", "", "", ""),
    ("ZLJ-JD", "监督科", "科室", "", "ZLJ", ""),
    ("DH", "东河镇政府", "镇乡(街道)", "339999101", "", ""),
]
ACCOUNTS = [
    ("登录名*", "姓名*", "手机号", "岗位*", "单位代码*", "管辖区划代码", "任岗日期"),
    ("li_s", "李某", "13800005678", "监督科长", "ZLJ-JD", "", ""),
    ("wang_d", "王某", "", "镇街经办人", "DH", "339999101", ""),
    ("an_q", "安某", "", "安全管理员", "ZLJ", "", ""),
]


def excel(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


@pytest.fixture(scope="module")
def arguments(place: Path) -> list[str]:
    """The command line of the installation of this story."""
    tables: dict[str, Sequence[tuple[str, ...]]] = {"regions": REGIONS, "units": UNITS, "accounts": ACCOUNTS}
    for name, rows in tables.items():
        excel(place / f"{name}.xlsx", rows)
    given = {
        "--data": place / "real",
        "--key-file": place / "safe" / "city.key",
        "--passwords": place / "first.csv",
        "--regions": place / "regions.xlsx",
        "--units": place / "units.xlsx",
        "--accounts": place / "accounts.xlsx",
        "--admin": "zhang_w",
        "--admin-name": "张某",
    }
    return ["setup", "--region", "339999", "示例市", *(str(part) for pair in given.items() for part in pair)]


def ask(folder: DataFolder, query: str) -> list[tuple]:
    with folder.cluster as cluster, psycopg.connect(cluster.url()) as conn:
        return conn.execute(query).fetchall()


def inside(folder: DataFolder, code: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python inside Django, on this folder."""
    database = Database(folder)
    database.start()
    try:
        env = environment() | database.environment("owner")
        text = f"import django; django.setup()\n{code}"
        return subprocess.run([sys.executable, "-c", text], env=env, capture_output=True, text=True)
    finally:
        database.stop()


PHONE = """
from qualitycity.kernel.access import personal
from qualitycity.kernel.access.models import Account
print(personal.plain(Account.objects.get(username="li_s").ref, "phone"))
"""


def test_the_templates_can_be_read_back(tmp_path: Path, city: City) -> None:
    done = city("setup", "templates", tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["accounts.xlsx", "regions.xlsx", "units.xlsx"]
    assert all(str(path) in done.stdout for path in tmp_path.iterdir())


def test_every_fault_of_all_three_files_at_once_and_nothing_is_left(
    arguments: list[str], place: Path, city: City, tmp_path: Path
) -> None:
    bad_units = [*UNITS, ("DH2", "二东河", "镇乡(街道)", "339999109", "NOBODY", "")]
    bad_accounts = [
        *ACCOUNTS,
        ("Li S", "李某", "", "监督科长", "ZLJ", "", ""),
        ("sun_l", "孙某", "", "监督科长", "ZLJ-JP", "", ""),
        ("sun_l", "孙某某", "", "摇号主持人", "ZLJ", "", "明天"),
        ("qian_m", "钱某", "", "局长", "ZLJ", "", ""),
        ("zhou_n", "周某", "", "抽样人员", "ZLJ", "", ""),
        ("zhou_n", "周某", "", "检验人员", "ZLJ", "", ""),
    ]
    units, accounts = excel(tmp_path / "u.xlsx", bad_units), excel(tmp_path / "a.xlsx", bad_accounts)
    done = city(*arguments, "--units", units, "--accounts", accounts)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    wanted = (
        "339999109",
        "NOBODY",
        "Li S",
        "ZLJ-JP",
        "ZLJ-JD",
        "明天",
        "局长",
        "不相容",
        "u.xlsx: 第 5 行",
        "a.xlsx: 第 7 行",
    )
    for word in wanted:
        assert word in done.stderr, f"{word} is not named:\n{done.stderr}"
    assert not (place / "real").exists() and not (place / "safe" / "city.key").exists()
    assert not (place / "first.csv").exists()


def test_the_key_file_must_lie_outside_the_data(arguments: list[str], place: Path, city: City) -> None:
    done = city(*arguments, "--key-file", place / "real" / "city.key")
    assert done.returncode == 1 and "outside" in done.stderr and not (place / "real").exists()


def test_a_real_installation_is_made(arguments: list[str], place: Path, city: City) -> None:
    done = city(*arguments, CITY_ADMIN_PASSWORD="a-long-password")
    assert done.returncode == 0, done.stderr
    assert "TOTP" in done.stdout and str(place / "safe" / "city.key") in done.stdout
    folder = DataFolder(place / "real")
    assert folder.installation.mode == "real"
    assert (place / "safe" / "city.key").stat().st_mode & 0o777 == 0o600
    assert (place / "first.csv").stat().st_mode & 0o777 == 0o600
    with (place / "first.csv").open(encoding="utf-8-sig") as file:
        passwords = dict(csv.reader(file))
    assert passwords["zhang_w"] == "a-long-password" and len(set(passwords.values())) == 5
    found = ask(
        folder,
        "SELECT a.username, p.post, u.code, r.code, a.is_demo FROM access_account a JOIN access_appointment p"
        " ON p.account_id = a.id JOIN access_unit u ON u.id = p.unit_id JOIN access_region r ON r.id = p.region_id"
        " ORDER BY 1",
    )
    assert found == [
        ("an_q", "security_admin", "ZLJ", "339999", False),
        ("li_s", "section_chief", "ZLJ-JD", "339999", False),
        ("wang_d", "town", "DH", "339999101", False),
        ("zhang_w", "admin", "OFFICE", "339999", False),
    ]
    again = city(*arguments)
    assert again.returncode == 1 and "upgrade" in again.stderr
    refused = city("run", "--data", folder.path, "--demo", "pack")
    assert refused.returncode == 1
    assert city("verify-log", "--data", folder.path).returncode == 0


def test_no_fixed_secret_and_no_demonstration_in_a_real_city(place: Path) -> None:
    folder = DataFolder(place / "real")
    done = inside(folder, "from django.core.management import call_command; call_command('load_demo', 'pack')")
    assert done.returncode != 0 and "演示" in done.stderr
    assert ask(folder, "SELECT count(*) FROM access_account WHERE is_demo") == [(0,)]


def test_the_way_back_after_a_lost_second_factor_is_an_act(place: Path, city: City) -> None:
    folder = DataFolder(place / "real")
    enrol = (
        "from allauth.mfa.models import Authenticator; from qualitycity.kernel.access.models import Account\n"
        "Authenticator.objects.create(user=Account.objects.get(username='li_s'), type='totp', data={})"
    )
    assert inside(folder, enrol).returncode == 0
    reset = ("setup", "reset-second-factor", "--data", folder.path, "--reason", "手机遗失")
    stranger = city(*reset, "nobody_here")
    assert stranger.returncode == 1 and "nobody_here" in stranger.stderr
    wrong = city(*reset, "li_s", "--by", "wang_d")
    assert wrong.returncode == 1 and "zhang_w" in wrong.stderr
    done = city(*reset, "li_s")
    assert done.returncode == 0, done.stderr
    assert ask(folder, "SELECT count(*) FROM mfa_authenticator") == [(0,)]
    lines = [json.loads(line) for (line,) in ask(folder, "SELECT line FROM acts_act ORDER BY id DESC LIMIT 1")]
    text = json.dumps(lines, ensure_ascii=False)
    assert "reset_second_factor" in text and "手机遗失" in text


def test_upgrade_makes_a_backup_before_it_migrates(place: Path, city: City) -> None:
    folder = DataFolder(place / "real")
    assert city("setup", "upgrade", "--data", folder.path).returncode == 0
    assert not (folder.path / "backups").exists(), "nothing to migrate, nothing to back up"
    with folder.cluster as cluster, psycopg.connect(cluster.url(), autocommit=True) as conn:
        conn.execute("DELETE FROM django_migrations WHERE app = 'sessions'; DROP TABLE django_session")
    done = city("setup", "upgrade", "--data", folder.path)
    assert done.returncode == 0, done.stderr
    made = list((folder.path / "backups").iterdir())
    assert len(made) == 1 and made[0].name.startswith("before-")
    assert ask(folder, "SELECT count(*) FROM django_session") == [(0,)]


def test_after_a_restore_what_is_sealed_opens_with_the_key_file_and_not_without(place: Path, city: City) -> None:
    folder, archive = DataFolder(place / "real"), place / "whole.city"
    keys = place / "safe" / "city.key"
    assert city("setup", "rotate-key", "--data", folder.path).returncode == 0
    assert len(json.loads(keys.read_text())["keys"]) == 2
    assert inside(folder, PHONE).stdout.strip() == "13800005678", "old keys still open what they sealed"
    assert city("backup", archive, "--data", folder.path).returncode == 0
    moved = keys.with_name("moved.key")
    keys.rename(moved)

    without = city("restore", archive, "--data", place / "without")
    assert without.returncode == 0 and "缺少密钥" in without.stdout
    started = city("run", "--data", place / "without")
    assert started.returncode == 1 and "keys.json" in started.stderr, "it waits for its key file and makes no new one"
    poor = inside(DataFolder(place / "without"), PHONE)
    assert "13800005678" not in poor.stdout

    with_key = city("restore", archive, "--data", place / "with", "--key-file", moved)
    assert with_key.returncode == 0 and "相符" in with_key.stdout
    assert inside(DataFolder(place / "with"), PHONE).stdout.strip() == "13800005678"
    assert city("verify-log", "--data", place / "with").returncode == 0
    os.rename(moved, keys)
