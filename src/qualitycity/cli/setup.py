"""``./city setup``: a real installation, its upgrade, and the few things only its system administrator can do."""

from __future__ import annotations

import argparse
import csv
import getpass
import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from qualitycity.kernel.console import fail, say
from qualitycity.kernel.keyring import Keyring

from . import verbs
from .database import WEB_PASSWORD, Database, serving
from .folder import DataFolder, Installation
from .postgres import SERVICE_USERS
from .tls import check_pair
from .upgrade import bring_up_to_date

OFFICE = "qualitycity.cli.inside.office"


def main(argv: list[str]) -> int:
    """Dispatch to the task; without one, make a new installation."""
    parser = verbs.parser(
        "setup",
        "./city setup templates .                      Excel 模板 / the templates to fill in",
        "./city setup --data /srv/city --key-file /etc/qualitycity/city.key \\",
        "    --region 339999 示例市 --admin zhang_w --admin-name 张某 --regions regions.xlsx \\",
        "    --units units.xlsx --accounts accounts.xlsx \\",
        "    --host 0.0.0.0 --url https://quality.example --tls-cert c.pem --tls-key k.pem",
        "./city setup upgrade --data /srv/city         先备份再升级 / a backup, then the upgrade",
        "./city setup reset-second-factor li_s --reason 手机遗失 --data /srv/city",
        "./city setup rotate-key --data /srv/city      换用新的封存密钥 / a new sealing key",
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    _new_options(tasks.add_parser("new", help="新的正式环境 / a new real installation"))
    upgrade = tasks.add_parser("upgrade", help="升级(先备份) / upgrade after a backup")
    reset = tasks.add_parser("reset-second-factor", help="第二因素遗失后的重置 / after a lost second factor")
    reset.add_argument("login", help="谁的 / whose")
    reset.add_argument("--reason", required=True, help="原因,写入办理记录 / goes into the record")
    reset.add_argument("--by", default="", metavar="LOGIN", help="办理的系统管理员 / the administrator who does it")
    rotate = tasks.add_parser("rotate-key", help="换用新的封存密钥 / a new sealing key")
    for task in (upgrade, reset, rotate):
        verbs.data_option(task)
    templates = tasks.add_parser("templates", help="写出 Excel 模板 / write the Excel templates")
    templates.add_argument("folder", type=Path, help="目录 / folder")
    given = argv if argv and (argv[0] in tasks.choices or argv[0] in ("-h", "--help")) else ["new", *argv]
    options = parser.parse_args(given)
    return {
        "new": _new,
        "upgrade": _upgrade,
        "reset-second-factor": _reset,
        "rotate-key": _rotate,
        "templates": _templates,
    }[options.task](options)


def _new_options(parser: argparse.ArgumentParser) -> None:
    verbs.data_option(parser)
    parser.add_argument(
        "--key-file", type=Path, required=True, help="密钥文件,须在数据目录之外 / outside the data folder"
    )
    parser.add_argument("--region", nargs=2, required=True, metavar=("CODE", "NAME"), help="本县(市) / the city")
    parser.add_argument("--admin", required=True, metavar="LOGIN", help="首位系统管理员 / first administrator")
    parser.add_argument("--admin-name", required=True, metavar="NAME", help="其姓名 / the name")
    parser.add_argument(
        "--admin-unit", nargs=2, default=["OFFICE", "信息中心"], metavar=("CODE", "NAME"), help="其单位"
    )
    for name, zh in (("regions", "下级区划"), ("units", "单位"), ("accounts", "账号与岗位")):
        parser.add_argument(f"--{name}", type=Path, metavar="XLSX", help=f"{zh}(Excel)")
    parser.add_argument(
        "--passwords", type=Path, default=Path("initial-passwords.csv"), help="初始密码写到哪里 / where to"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--url", default="", help="对外网址 / public address")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")


def _new(options: argparse.Namespace) -> int:
    folder = DataFolder(options.data)
    keys: Path = options.key_file.absolute()
    _check_new(options, folder, keys)
    made_key, before = not keys.exists(), _names(folder.path)
    database = None
    try:
        folder.open()
        _service_user()
        secure = bool(options.tls_cert)
        folder.decide(
            Installation(
                mode="real",
                key_file=str(keys),
                host=options.host,
                port=options.port,
                url=options.url or f"{'https' if secure else 'http'}://{options.host}:{options.port}",
                tls_cert=str(options.tls_cert.absolute()) if secure else "",
                tls_key=str(options.tls_key.absolute()) if secure else "",
                external=bool(os.environ.get("DATABASE_URL")),
            )
        )
        Keyring(keys).create()
        database = Database(folder)
        database.start()
        if bring_up_to_date(folder, database)["accounts"]:
            fail("该数据库里已有账号,不是空库。", "That database has accounts already.")
        answer = _ask(database, "establish", _given(options))
        _write_passwords(options.passwords, answer["passwords"])
    except BaseException:
        _undo(folder, before, database, keys if made_key else None)
        raise
    database.stop()
    _explain(options, folder, answer)
    return 0


def _check_new(options: argparse.Namespace, folder: DataFolder, keys: Path) -> None:
    """Everything that can be wrong before anything is made."""
    if folder.decided:
        fail(
            f"{folder.path} 里已有数据;升级请用 ./city setup upgrade。", f"{folder.path} is set up; use setup upgrade."
        )
    folder.check()
    if keys.resolve().is_relative_to(folder.path.resolve()):
        fail(
            "密钥文件须放在数据目录之外,否则会随数据一起丢失或泄露。", "The key file must lie outside the data folder."
        )
    if bool(options.tls_cert) != bool(options.tls_key):
        fail("--tls-cert 与 --tls-key 须同时给出。", "Give both --tls-cert and --tls-key.")
    check_pair(options.tls_cert, options.tls_key)
    if options.passwords.exists():
        fail(f"{options.passwords} 已存在,不会覆盖。", f"{options.passwords} exists and is not overwritten.")
    place = options.passwords.absolute().parent
    if not os.access(place, os.W_OK):
        fail(
            f"初始密码写不进目录 {place};请用 --passwords 换一个地方。",
            f"First passwords cannot be written into {place}; name another place by --passwords.",
        )
    for path in (options.regions, options.units, options.accounts):
        if path and not path.is_file():
            fail(f"找不到文件 {path}。", f"There is no file {path}.")
    _refuse_faults(_without_database("check", _given(options)))
    options.password = _password()


def _password() -> str:
    """The first administrator's password: from the variable, from the terminal, else made here."""
    given = os.environ.get("CITY_ADMIN_PASSWORD", "")
    if not given and sys.stdin.isatty():
        given = getpass.getpass("系统管理员密码(留空则生成) / administrator's password (empty: made here): ")
    if given and len(given) < 10:
        fail("密码不少于 10 位。", "The password needs ten characters or more.")
    return given or secrets.token_urlsafe(12)


def _given(options: argparse.Namespace) -> dict[str, Any]:
    files = {name: getattr(options, name) for name in ("regions", "units", "accounts")}
    return {
        "region_code": options.region[0],
        "region_name": options.region[1],
        "admin": options.admin,
        "admin_name": options.admin_name,
        "admin_unit": options.admin_unit[0],
        "admin_unit_name": options.admin_unit[1],
        "password": getattr(options, "password", ""),
        **{name: str(path.absolute()) if path else None for name, path in files.items()},
    }


def _ask(database: Database, task: str, given: object = None) -> dict[str, Any]:
    """Have a task done inside Django; every fault at once when it will not be."""
    return _refuse_faults(database.ask(OFFICE, task, given=given))


def _refuse_faults(answer: dict[str, Any]) -> dict[str, Any]:
    faults = answer.get("faults")
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        fail(f"有 {len(faults)} 处问题,未作任何改动。", f"Faults: {len(faults)}. Nothing was done.\n{lines}")
    return answer


def _without_database(task: str, given: dict[str, Any]) -> dict[str, Any]:
    """Have a task done inside Django that needs no database, so that it may come before there is one."""
    done = subprocess.run(
        [sys.executable, "-m", OFFICE, task],
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "qualitycity.web.settings_test"},
        text=True,
        cwd=verbs.root(),
    )
    if done.returncode:
        fail(f"{task} 失败(见上)。", f"{task} failed (see above).", done.returncode)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _service_user() -> None:
    """As root: make the account the database runs under (PostgreSQL refuses root), where there is none."""
    if os.geteuid() != 0 or not shutil.which("useradd"):
        return
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USERS[0]]
    if subprocess.run(command, capture_output=True).returncode == 0:
        say(f"已建立系统账户 {SERVICE_USERS[0]},数据库以它运行。", f"Made the system account {SERVICE_USERS[0]}.")


def _write_passwords(path: Path, passwords: dict[str, str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("登录名 login", "初始密码 first password"), *passwords.items()])


def _names(path: Path) -> set[str] | None:
    """What lies in a folder, None where there is no folder."""
    return {entry.name for entry in path.iterdir()} if path.is_dir() else None


def _undo(folder: DataFolder, before: set[str] | None, database: Database | None, made_key: Path | None) -> None:
    """Leave nothing half-made behind, and all that lay there before.

    On a server of somebody else's the password of ``web`` stays: the login it opens has been made there.
    """
    if database:
        database.stop()
        if database.cluster:
            database.cluster.remove()
        elif (folder.path / WEB_PASSWORD).exists():
            before = (before or set()) | {"VERSION", WEB_PASSWORD}
    for entry in folder.path.iterdir() if folder.path.is_dir() else ():
        if entry.name in (before or ()):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink()
    if before is None and folder.path.is_dir():
        folder.path.rmdir()
    if made_key:
        made_key.unlink(missing_ok=True)


def _explain(options: argparse.Namespace, folder: DataFolder, answer: dict[str, Any]) -> None:
    url = folder.installation.url
    say(
        f"正式环境已建立:{answer['regions']} 个区划,{answer['units']} 个单位,{len(answer['passwords'])} 个账号。\n"
        f"  初始密码 {options.passwords}(仅本人可读,分发后请删除)\n"
        f"  密钥文件 {folder.key_file}:请另存一份到数据和备份之外的地方,没有它封存的内容无法打开\n"
        f"  启动 ./city run --data {folder.path}\n"
        f"  {options.admin} 首次登录后请到 {url}/accounts/2fa/ 绑定动态口令(TOTP)并保存恢复码",
        f"Made: {answer['regions']} divisions, {answer['units']} units, {len(answer['passwords'])} accounts.\n"
        f"  First passwords: {options.passwords} (readable by you alone; delete it when handed out)\n"
        f"  Key file: {folder.key_file}; keep a copy outside data and backups, nothing sealed opens without it\n"
        f"  Start: ./city run --data {folder.path}\n"
        f"  {options.admin}: at the first sign-in enrol a one-time password (TOTP) at {url}/accounts/2fa/ and keep the "
        "recovery codes",
    )
    if not options.tls_cert and not url.startswith("https://"):
        say(
            "注意:没有 TLS,手机的拍照、定位和离线功能用不了;请配置 --tls-cert/--tls-key 或放在 HTTPS 反向代理之后。",
            "Note: without TLS phones refuse camera, position and offline use; give --tls-cert/--tls-key, or put it "
            "behind an HTTPS proxy with --url.",
        )


def _upgrade(options: argparse.Namespace) -> int:
    folder = DataFolder(options.data)
    if folder.held:
        fail("请先停止正在运行的 ./city run,再升级。", "Stop the running ./city run first.")
    with serving(folder) as database:
        bring_up_to_date(folder, database)
    say("已是本软件的版本。", "The data now belong to this version.")
    return 0


def _reset(options: argparse.Namespace) -> int:
    given = {"login": options.login, "by": options.by, "reason": options.reason}
    with serving(DataFolder(options.data)) as database:
        answer = _ask(database, "reset_second_factor", given)
    say(
        f"{answer['login']} 的第二因素已清除({answer['by']} 办理,已记入办理记录);请其登录后重新绑定。",
        f"The second factors of {answer['login']} are removed (by {answer['by']}, on record); enrol anew at sign-in.",
    )
    return 0


def _rotate(options: argparse.Namespace) -> int:
    with serving(DataFolder(options.data)) as database:
        answer = _ask(database, "rotate_key")
    say(
        f"新密钥 {answer['current']} 已启用;请重新备份密钥文件 {answer['file']},旧密钥仍留在其中。",
        f"The new key {answer['current']} is current; back the key file {answer['file']} up anew, old keys stay in it.",
    )
    return 0


def _templates(options: argparse.Namespace) -> int:
    if not options.folder.is_dir():
        fail(f"没有目录 {options.folder}。", f"There is no folder {options.folder}.")
    answer = _without_database("templates", {"folder": str(options.folder.absolute())})
    print(*answer["files"], sep="\n")
    return 0
