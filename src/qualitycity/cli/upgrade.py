"""Bring a database to this software, with a backup before each migration of a real installation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from . import archive
from .console import fail, say
from .database import Database
from .folder import DataFolder, software_version

PREPARE = "qualitycity.cli.inside.prepare"


def bring_up_to_date(folder: DataFolder, database: Database) -> int:
    """Migrate as the owner, install rights and rules; return how many accounts there are.

    A database that newer software has migrated is refused untouched.
    """
    real = folder.installation.mode == "real"
    found = database.ask(PREPARE, *(["--stop-before-migrating"] if real else []))
    if found["newer"]:
        fail(
            f"数据库属于更新的版本(有未知的变更,如 {found['newer'][0]});请升级软件,数据未被改动。",
            f"The database belongs to newer software ({found['newer'][0]} and others are unknown here); upgrade. "
            "Nothing changed.",
        )
    if "accounts" not in found:
        say(f"升级前先备份({found['pending']} 项变更)……", f"A backup first, then {found['pending']} migrations …")
        archive.backup(database, before_migration(folder))
        found = database.ask(PREPARE)
    return int(found["accounts"])


def before_migration(folder: DataFolder) -> Path:
    """Return the path of the backup made before a migration, in the data folder."""
    target = folder.path / "backups"
    target.mkdir(exist_ok=True)
    return target / f"before-{software_version()}-{datetime.now():%Y%m%d-%H%M%S}.city"
