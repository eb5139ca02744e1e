"""The database of a data folder: the embedded one, or any PostgreSQL ≥ 15 named by ``DATABASE_URL``.

Also the one place that says what the processes find in their environment (docs/explanation/processes.md).
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from qualitycity.kernel.console import fail

from . import verbs
from .folder import DataFolder
from .postgres import OLDEST, Cluster
from .roles import LOGIN, ensure_roles, missing_roles, prepare_database, ready, set_password

NAME = "city"
WEB_PASSWORD = "web-password"  # in the data folder
SETTINGS = "qualitycity.web.settings"


class Database:
    """Where the city's tables are: two addresses, and for an embedded server its life."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.url = folder.installation.url or f"http://127.0.0.1:{folder.installation.port}"
        self.external = os.environ.get("DATABASE_URL", "")
        self.cluster: Cluster | None = None if self.external else folder.cluster

    @property
    def owner_url(self) -> str:
        """The address for the owner of the tables: migrations and loading only."""
        return self.cluster.url() if self.cluster else self.external

    @property
    def web_url(self) -> str:
        """The address for the login of web and worker."""
        if self.cluster:
            return self.cluster.url(LOGIN)
        return os.environ.get("CITY_WEB_DATABASE_URL") or with_login(self.external, LOGIN, self.web_password())

    def web_password(self) -> str:
        """Return the password of ``web`` on a server of yours, made once and kept in the data folder (0600)."""
        path = self.folder.path / WEB_PASSWORD
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def start(self) -> None:
        """Start the embedded server where none is living, and have database, roles and extensions in place."""
        self._check_place()
        if self.cluster:
            self.cluster.start()
            with psycopg.connect(self.cluster.url(dbname="postgres"), autocommit=True) as conn:
                there = conn.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone() is not None
            if not there:
                self.cluster.create_database(NAME)
            return
        self._prepare_external()

    def _check_place(self) -> None:
        """The tables are where they were: a forgotten DATABASE_URL must not begin an empty city beside the real one."""
        path = self.folder.path
        if self.cluster and self.folder.installation.external:
            fail(
                f"{path} 的库表在 DATABASE_URL 指定的数据库里,现在没有设置这个变量;请设置后重试。",
                f"The tables of {path} are in the database of DATABASE_URL, which is not set; set it and try again.",
            )
        if not self.cluster and (path / "postgres" / "PG_VERSION").exists():
            fail(
                f"{path} 的库表在内置数据库里,现在却设置了 DATABASE_URL。要搬到别的数据库:先备份,再恢复到新目录。",
                f"The tables of {path} are in its embedded database, but DATABASE_URL is set. To move them, back up, "
                "then restore into a new folder.",
            )

    def renew(self) -> None:
        """Throw the tables of a demonstration away; what remains is an empty database."""
        if not self.cluster:
            fail(
                "上次装入演示数据中断,库里只有一半;请清空 DATABASE_URL 指定的数据库后重试。",
                "Loading the demonstration broke off last time; empty the database of DATABASE_URL and try again.",
            )
        self.cluster.drop_database(NAME)
        self.start()

    def _prepare_external(self) -> None:
        try:
            conn = psycopg.connect(self.external, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
            fail(f"连不上 DATABASE_URL 指定的数据库:{reason}", "The database of DATABASE_URL cannot be reached.")
        with conn:
            found = conn.info.server_version // 10000
            if found < OLDEST:
                fail(
                    f"需要 PostgreSQL {OLDEST} 或更高版本,DATABASE_URL 处是 {found}。",
                    f"PostgreSQL {OLDEST} or later is needed; DATABASE_URL leads to {found}.",
                )
            try:
                made = LOGIN in missing_roles(conn)
                ensure_roles(conn)
                if made:
                    set_password(conn, self.web_password())
                prepare_database(conn)
            except psycopg.errors.InsufficientPrivilege:
                _refer_to_administrator()
            if not ready(conn):
                _refer_to_administrator()
        try:
            psycopg.connect(self.web_url, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
            fail(
                f"账户 {LOGIN} 无法登录数据库({reason});请用 CITY_WEB_DATABASE_URL 给出它的完整地址,"
                "或请管理员执行 ./city sql-roles 打印的语句。",
                f"The login {LOGIN} is refused; give its whole address in CITY_WEB_DATABASE_URL, or have the server's "
                "administrator run what ./city sql-roles prints.",
            )

    def stop(self) -> None:
        """Stop the embedded server if we started it."""
        if self.cluster:
            self.cluster.stop()

    def environment(self, login: str = LOGIN, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a child process that connects as ``web`` or as ``owner``."""
        installation = self.folder.installation
        found = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CITY_MODE")}
        found |= {
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "PYTHONPATH": str(verbs.root() / "src"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "CITY_ROOT": str(verbs.root()),
            "CITY_DATA": str(self.folder.path),
            "CITY_MODE": installation.mode,
            "CITY_KEY_FILE": str(self.folder.key_file),
            "CITY_PORT": str(urlsplit(self.url).port or installation.port),
            "CITY_URL": self.url,
            "CITY_DATABASE_URL": self.web_url,
        }
        if login != LOGIN:
            found["CITY_DATABASE_URL"] = found["CITY_OWNER_DATABASE_URL"] = self.owner_url
        return found | dict(extra or {})

    def manage(self, *command: str, login: str = "owner", env: Mapping[str, str] | None = None) -> int:
        """Run a management command (``python -m django …``) and return its exit code; its output is the user's."""
        return subprocess.run(
            [sys.executable, "-m", "django", *command], env=self.environment(login, env), cwd=verbs.root()
        ).returncode

    def ask(self, *command: str, given: object = None, login: str = "owner") -> Any:
        """Run ``python -m …`` with ``given`` as JSON on its input; return what its last line of output says in JSON."""
        with self.asking(*command, login=login) as answer:
            return answer(given)

    @contextmanager
    def asking(self, *command: str, login: str = "owner") -> Iterator[Callable[[object], Any]]:
        """Start what ``ask`` runs and yield the function that gives it its input and waits for its answer.

        Django takes seconds to load: a process that reads its input after that is started while the database starts.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.environment(login),
            cwd=verbs.root(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

        def answer(given: object) -> Any:
            output, _ = process.communicate(json.dumps(given))
            if process.returncode:
                said = " ".join(command)
                fail(f"{said} 失败(见上)。", f"{said} failed (see above).", process.returncode)
            return json.loads(output.strip().splitlines()[-1])

        with process:
            try:
                yield answer
            finally:
                process.kill()  # does nothing to a process that has answered


def with_login(url: str, user: str, password: str) -> str:
    """Return the same address for another login."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))


def _refer_to_administrator() -> None:
    fail(
        "这个数据库账户不能建立所需的角色;请把 ./city sql-roles 打印的 SQL 交给数据库管理员执行,然后重试。",
        "This database account may not create the roles; give the SQL that ./city sql-roles prints to the server's "
        "administrator, then try again.",
    )


@contextmanager
def serving(folder: DataFolder) -> Iterator[Database]:
    """The database of an existing data folder for the length of a verb; started only where it is not running."""
    if not folder.exists:
        fail(
            f"{folder.path} 里还没有数据;请先 ./city run 或 ./city setup,或用 --data 指出目录。",
            f"There are no data in {folder.path} yet; use ./city run or ./city setup first, or --data.",
        )
    folder.open()
    database = Database(folder)
    try:
        database.start()
        yield database
    finally:
        database.stop()
