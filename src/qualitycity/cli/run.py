"""``./city run``: from an empty folder to the first page, and a clean end."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import sys
import time
import unicodedata
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import urlsplit

from qualitycity.kernel.console import confirm, english, fail, say

from . import catalogues, children, verbs
from .database import Database
from .folder import DataFolder, Installation
from .tls import check_pair
from .upgrade import bring_up_to_date


def main(argv: list[str]) -> int:
    """Start everything, say where, and stay until Ctrl-C or SIGTERM."""
    options = _parse(argv)
    folder = DataFolder(options.data)
    if options.fresh and folder.exists:
        _begin_anew(folder, options.yes)
    folder.check()
    if folder.held:
        folder.take("")  # says who holds it
    installation = _decided(folder, options)
    url, bind = _address(installation, options)
    _check_port(options.host or installation.host, options.port or installation.port)
    folder.open()
    folder.take(url)
    if not folder.decided:
        folder.decide(installation)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    database = Database(folder)
    database.url = url
    running: list[children.Child] = []
    try:
        _serve(folder, database, running, options, url, bind)
    except KeyboardInterrupt:
        say("\n正在停止……", "\nStopping …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in running:  # web first, then worker, then the database
            child.stop()
        database.stop()
    say("已停止。", "Stopped.")
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = verbs.parser(
        "run",
        "./city run                                演示城市,http://127.0.0.1:8000",
        "./city run --demo year --port 9000        更大的演示城市 / the larger city",
        "./city run --data /srv/city --host 0.0.0.0 --tls-cert c.pem --tls-key k.pem",
        "DATABASE_URL=postgresql://u:p@db/city ./city run",
    )
    parser.add_argument("--demo", choices=["pack", "year", "none"], help="演示数据,默认 pack / demonstration data")
    verbs.data_option(parser)
    parser.add_argument("--fresh", action="store_true", help="清空演示数据重新开始(先询问) / start anew, after asking")
    parser.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    parser.add_argument("--port", type=int, help="端口,默认 8000 / port")
    parser.add_argument("--host", help="监听地址,默认 127.0.0.1 / address to listen on")
    parser.add_argument("--url", help="对外网址(在反向代理之后时) / public address, behind a proxy")
    parser.add_argument("--tls-cert", metavar="FILE", help="TLS 证书(手机拍照、定位需要 HTTPS) / certificate")
    parser.add_argument("--tls-key", metavar="FILE", help="TLS 私钥 / private key")
    options = parser.parse_args(argv)
    if bool(options.tls_cert) != bool(options.tls_key):
        parser.error("--tls-cert 与 --tls-key 须同时给出 / give both")
    return options


def _begin_anew(folder: DataFolder, yes: bool) -> None:
    if folder.held:
        folder.take("")  # says who holds it
    folder.check_clearable()  # before the question: it would be asked in vain
    if not yes and not confirm(f"将删除 {folder.path} 中的全部数据,确定吗?", f"Delete everything in {folder.path}?"):
        fail("未得到确认,数据未被改动(可加 --yes)。", "Not confirmed; nothing changed (--yes skips the question).")
    folder.clear()


def _decided(folder: DataFolder, options: argparse.Namespace) -> Installation:
    """What the folder is, once for all: a demonstration or a real installation; a new one is not written yet."""
    installation = folder.installation
    if not folder.decided:
        mode = "real" if options.demo == "none" else "demo"
        installation = Installation(mode=mode, external=bool(os.environ.get("DATABASE_URL")))
    if installation.mode == "real" and options.demo in ("pack", "year"):
        fail(
            f"{folder.path} 是正式环境,不能装入演示数据;演示请用 --data 指定另一个目录。",
            f"{folder.path} is a real installation and takes no demonstration; name another folder by --data.",
        )
    if installation.key_file and not folder.key_file.exists():
        fail(
            f"密钥文件 {folder.key_file} 不见了;没有它,封存的内容无法打开。请放回该文件后重试。",
            f"The key file {folder.key_file} is missing; sealed contents cannot be opened. Put it back and try again.",
        )
    check_pair(options.tls_cert or installation.tls_cert, options.tls_key or installation.tls_key)
    return installation


def _address(installation: Installation, options: argparse.Namespace) -> tuple[str, str]:
    """Return the public address and what gunicorn binds."""
    host, port = options.host or installation.host, options.port or installation.port
    secure = bool(options.tls_cert or installation.tls_cert)
    shown = f"[{host}]" if ":" in host else host
    named = {"0.0.0.0": socket.gethostname(), "[::]": socket.gethostname()}.get(shown, shown)
    url = options.url or installation.url or f"{'https' if secure else 'http'}://{named}:{port}"
    return url.rstrip("/"), f"{shown}:{port}"


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fail(
                    f"端口 {port} 已被别的程序占用;请用 --port 换一个,例如 --port {port + 1}。",
                    f"Port {port} is in use by another program; choose another, e.g. --port {port + 1}.",
                )
            fail(
                f"无法监听 {host}:{port}({error.strerror});请检查 --host 与 --port。",
                f"Cannot listen on {host}:{port} ({error.strerror}); check --host and --port.",
            )


def _serve(
    folder: DataFolder,
    database: Database,
    running: list[children.Child],
    options: argparse.Namespace,
    url: str,
    bind: str,
) -> None:
    began = time.monotonic()
    catalogues.compile_all()
    say("正在启动数据库……", "Starting the database …")
    found = bring_up_to_date(folder, database)
    installation = folder.installation
    demo = installation.mode == "demo"
    logs = folder.path / "logs"
    env = database.environment(extra={"CITY_HOSTS": _hosts(url, bind)})
    cert, key = options.tls_cert or installation.tls_cert, options.tls_key or installation.tls_key
    web = children.web(env, logs / "web.log", bind, (cert, key) if cert else None)
    worker = children.worker(env, logs / "worker.log")
    running += [web, worker]
    web.start()
    children.wait_for_page(web, _local(bind, bool(cert)))
    worker.start()  # after the page, which it would only delay on two cores
    _welcome(found.get("demo", []), url, time.monotonic() - began)
    year = None
    if demo and options.demo == "year" and folder.installation.loaded != "year":
        command = [sys.executable, "-m", "django", "load_demo", "year"]
        year = children.Child("load_demo year", command, database.environment("owner"), None)
        running.insert(1, year)
        year.start()
    _watch(folder, database, [web, worker], year)


def _hosts(url: str, bind: str) -> str:
    """Host names the site answers to: its address, and this machine's own when it listens to everybody."""
    names = {urlsplit(url).hostname or "", bind.rpartition(":")[0].strip("[]")}
    if names & {"0.0.0.0", "::"}:
        names |= {socket.gethostname(), socket.getfqdn()}
        with suppress(OSError):
            names |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    return ",".join(sorted(names - {"", "0.0.0.0", "::"}))


def _local(bind: str, secure: bool) -> str:
    host, _, port = bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
    return f"{'https' if secure else 'http'}://{host}:{port}/"


def _watch(folder: DataFolder, database: Database, kept: list[children.Child], year: children.Child | None) -> NoReturn:
    """Stay; a child that ends is started again, and so is a database whose starter has left."""
    while True:
        time.sleep(1)
        if database.cluster and not any(database.cluster.living()):
            say("数据库已停止,重新启动。", "The database has stopped; starting it again.")
            database.start()
        for child in kept:
            child.revive()
        if year and year.ended is not None:
            if year.ended == 0:
                folder.decide(replace(folder.installation, loaded="year"))
                say("更大的演示城市已装入。", "The larger city is loaded.")
            else:
                say("更大的演示城市未能装入完(见上)。", "The larger city could not be loaded to its end (see above).")
            year = None


def _wide(text: str, width: int) -> str:
    """Pad to a width in terminal columns: a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(0, width - taken)


def _welcome(accounts: list[dict[str, Any]], url: str, seconds: float) -> None:
    print()
    say(f"质量强市已就绪({seconds:.0f} 秒):{url}", f"QualityCity is ready ({seconds:.0f} s): {url}")
    if not accounts:
        say("按 Ctrl-C 停止。", "Ctrl-C stops it.")
        return
    columns = ("login", "password", "name", "unit")
    titles = ("Login", "Password", "Name", "Unit") if english() else ("登录名", "密码", "姓名", "单位")
    rows = [titles, *(tuple(str(account.get(column) or "—") for column in columns) for account in accounts)]
    print()
    for row in rows:
        print("  " + _wide(row[0], 12) + _wide(row[1], 16) + _wide(row[2], 34) + row[3])
    print()
    say(
        f"先试试:用 section 登录 {url}/desk/ 编制抽样名单,或不登录打开 {url}/ 看公众页面。\n"
        "演示环境:数据、账号与时钟均为虚构。按 Ctrl-C 停止,数据保留。",
        f"Try first: sign in as section at {url}/desk/ and build a sampling frame, or open {url}/ as the public.\n"
        "A demonstration: data, accounts and clock are invented. Ctrl-C stops it; the data stay.",
    )
    sys.stdout.flush()
