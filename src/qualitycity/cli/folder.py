"""The data folder: one place for everything a city keeps, one ``run`` at a time, never opened by older software.

VERSION             version of the software that last wrote here
installation.json   mode (demo or real), key file, address, TLS; written once, at the beginning
lock                held by the running ``./city run``
postgres/           the embedded database            files/     evidence by content hash
logs/ backups/      of the processes; before each migration of a real installation
keys.json           the sealing keys of a demonstration; a real installation keeps them elsewhere
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from qualitycity.kernel.console import fail

from . import verbs
from .postgres import Cluster

FREE_BYTES = 300_000_000  # an empty cluster and its first WAL segments take 60 MB, the larger city some 200


@dataclass(frozen=True)
class Installation:
    """What was decided once for a data folder."""

    mode: str = "demo"
    key_file: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    loaded: str = ""  # the demonstration that was loaded to its end
    external: bool = False  # its tables are in the database of DATABASE_URL, not in postgres/


def software_version() -> str:
    """Return the version of this checkout."""
    return str(tomllib.loads((verbs.root() / "pyproject.toml").read_text())["project"]["version"])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.strip().split(".") if part.isdigit())


class DataFolder:
    """One data folder; ``path`` need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(path))
        self._lock: IO[str] | None = None

    @property
    def cluster(self) -> Cluster:
        """The keeper of the embedded database of this folder."""
        return Cluster(self.path / "postgres")

    @property
    def files(self) -> Path:
        """Where evidence lies, by content hash."""
        return self.path / "files"

    @property
    def key_file(self) -> Path:
        """The sealing keys."""
        return Path(os.environ.get("CITY_KEY_FILE") or self.installation.key_file or self.path / "keys.json")

    @property
    def exists(self) -> bool:
        """Whether a city was ever opened here."""
        return (self.path / "VERSION").exists()

    @property
    def decided(self) -> bool:
        """Whether it was decided what this folder is; ``sql-roles`` opens a folder before that."""
        return (self.path / "installation.json").exists()

    @property
    def installation(self) -> Installation:
        """What was decided for this folder; the demonstration's defaults where nothing was."""
        try:
            return Installation(**json.loads((self.path / "installation.json").read_text()))
        except FileNotFoundError:
            return Installation()
        except (ValueError, TypeError):
            fail(
                f"{self.path}/installation.json 无法读取,请从备份恢复该文件。",
                f"{self.path}/installation.json is not readable; restore that file from a copy.",
            )

    def decide(self, installation: Installation) -> None:
        """Write down what holds for this folder from now on."""
        self._write("installation.json", json.dumps(asdict(installation), indent=1, ensure_ascii=False) + "\n")

    def open(self) -> None:
        """Make the folder if need be; refuse a stranger's folder, newer data and a full disk."""
        self.check()
        # root's database runs under another account, which must be able to pass through
        self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        self.check_space()
        self._write("VERSION", software_version() + "\n")

    def check(self) -> None:
        """Refuse a stranger's folder and newer data; nothing is written."""
        if self.path.exists() and not self.path.is_dir():
            fail(f"{self.path} 不是目录。", f"{self.path} is no folder.")
        if not self.exists:
            if self.path.is_dir() and any(self.path.iterdir()):
                fail(
                    f"{self.path} 不是空目录,也不是本软件的数据目录,请换一个目录。",
                    f"{self.path} is neither empty nor a data folder of this software; choose another.",
                )
            return
        found, ours = (self.path / "VERSION").read_text().strip(), software_version()
        if _numbers(found) > _numbers(ours):
            fail(
                f"数据目录 {self.path} 属于更新的版本 {found},本软件是 {ours};请升级软件,数据未被改动。",
                f"The data in {self.path} belong to version {found}, this is {ours}; upgrade. Nothing changed.",
            )

    def check_space(self, need: int = FREE_BYTES) -> None:
        """Refuse to begin with less than ``need`` bytes free."""
        free = shutil.disk_usage(self.path).free
        if free < need:
            fail(
                f"磁盘快满了:{self.path} 处只剩 {free / 1e6:.0f} MB,至少需要 {need / 1e6:.0f} MB;数据未被改动。",
                f"The disk is too full: {free / 1e6:.0f} MB are left at {self.path}, {need / 1e6:.0f} MB are needed; "
                "nothing changed.",
            )

    def take(self, note: str) -> None:
        """Hold the folder for this process until it ends; ``note`` is what a second comer is told (an address)."""
        handle = (self.path / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            other = handle.read().strip() or "?"
            handle.close()
            fail(
                f"这个数据目录已在使用中({other});请直接打开该地址,或先停掉那个进程,或用 --data 换一个目录。",
                f"This data folder is in use already ({other}); open that address, stop that process, or use --data.",
            )
        handle.truncate(0)
        handle.write(f"pid {os.getpid()}, {note}\n")
        handle.flush()
        self._lock = handle

    @property
    def held(self) -> bool:
        """Whether some process holds the folder now."""
        if not (self.path / "lock").exists():
            return False
        with (self.path / "lock").open("a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def check_clearable(self) -> None:
        """Refuse to delete a real installation, and what is in use."""
        if self.installation.mode == "real":
            fail(
                f"{self.path} 是正式环境的数据,--fresh 不会删除它。",
                f"{self.path} holds a real installation; --fresh does not delete it.",
            )
        if self.held:
            fail("数据目录正在使用中,请先停止。", "The data folder is in use; stop that process first.")

    def clear(self) -> None:
        """Delete everything here. The caller has asked; a real installation is refused."""
        self.check_clearable()
        if not self.exists:
            return
        self.cluster.remove()
        shutil.rmtree(self.path)

    def _write(self, name: str, text: str) -> None:
        """Replace a small file whole, so that a kill or a full disk leaves the old one."""
        part = self.path / f".{name}.part"
        with part.open("w") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(self.path / name)
