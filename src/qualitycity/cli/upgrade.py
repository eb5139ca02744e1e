"""Bring a database to this software, with a backup before each migration of a real installation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from qualitycity.kernel.console import fail, say

from . import archive
from .database import Database
from .folder import DataFolder, software_version

PREPARE = "qualitycity.cli.inside.prepare"


def bring_up_to_date(folder: DataFolder, database: Database) -> dict[str, Any]:
    """Start the database, migrate as its owner, install rights and rules, load the demonstration where it is due.

    Returns what ``inside/prepare.py`` found: ``accounts``, for a demonstration its accounts in ``demo``. A database
    that newer software has migrated is refused untouched; what an interrupted loading left is thrown away first.
    """
    installation = folder.installation
    real, due = installation.mode == "real", installation.mode == "demo" and not installation.loaded
    options = ["--stop-before-migrating"] if real else ["--demo", *(["--load-pack"] if due else [])]
    with database.asking(PREPARE, *options) as answer:
        database.start()
        found: dict[str, Any] = answer(None)
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
    if due and not found.get("loaded"):
        database.renew()
        found = database.ask(PREPARE, *options)
    if due:
        folder.decide(replace(installation, loaded="pack"))
    return found


def before_migration(folder: DataFolder) -> Path:
    """Return the path of the backup made before a migration, in the data folder."""
    target = folder.path / "backups"
    target.mkdir(exist_ok=True)
    return target / f"before-{software_version()}-{datetime.now():%Y%m%d-%H%M%S}.city"
