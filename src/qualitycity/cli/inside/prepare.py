"""Bring the database to this software: refuse newer data, migrate, then rights and rules; all may be repeated.

``python -m qualitycity.cli.inside.prepare [--stop-before-migrating] [--demo] [--load-pack]`` as the owner, in one
process because each start of Django takes seconds. Its answer: ``{"newer": [migrations this software does not know],
"pending": n, "migrated": n, "accounts": n, "loaded": bool, "demo": [accounts of the demonstration]}``. With the first
option it stops when tables are there and migrations wait, so that a backup can be made first.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import closing

import django

from qualitycity.cli.inside import answering
from qualitycity.kernel.console import Progress, english, say


class Steps(io.StringIO):
    """What ``migrate`` writes to: each migration it applies moves the progress bar."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.bar = Progress("Tables" if english() else "建表", total)

    def write(self, text: str) -> int:
        """Count «Applying …»."""
        if "Applying" in text:
            self.bar.step()
        return len(text)

    def close(self) -> None:
        """End the bar."""
        self.bar.close()


def main(argv: list[str]) -> int:
    """Do it and answer what was found."""
    answer = answering()
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if not sys.stdin.read():  # given when the database answers; the end alone says that nobody waits for us
        return 1
    executor = MigrationExecutor(connection)
    loader = executor.loader
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    found = {"newer": sorted(".".join(key) for key in applied - known), "pending": len(plan), "migrated": 0}
    waits = bool(plan and applied and "--stop-before-migrating" in argv)
    if not found["newer"] and not waits:
        if plan:
            with closing(Steps(len(plan))) as steps:
                call_command("migrate", interactive=False, no_color=True, stdout=steps)
        call_command("install_rights", verbosity=0, stdout=io.StringIO())
        call_command("load_rules", verbosity=0, stdout=io.StringIO())
        found |= {"migrated": len(plan), "accounts": get_user_model().objects.count()}
        if "--load-pack" in argv and not found["accounts"]:
            say("正在装入演示数据……", "Loading the demonstration data …")
            call_command("load_demo", "pack", stdout=io.StringIO())
            found["loaded"] = True
        if "--demo" in argv:
            accounts = io.StringIO()
            call_command("demo_accounts", "--json", stdout=accounts)
            found["demo"] = json.loads(accounts.getvalue())
    answer(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
