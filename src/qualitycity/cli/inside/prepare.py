"""Bring the database to this software: refuse newer data, migrate, then rights and rules; all may be repeated.

``python -m qualitycity.cli.inside.prepare [--stop-before-migrating]`` as the owner. Its last line of output is JSON:
``{"newer": [migrations this software does not know], "pending": n, "migrated": n, "accounts": n}``. With the option it
stops when tables are there and migrations wait, so that a backup can be made first.
"""

from __future__ import annotations

import json
import sys

import django


def main(argv: list[str]) -> int:
    """Do it and print what was found."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    loader = executor.loader
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    found = {"newer": sorted(".".join(key) for key in applied - known), "pending": len(plan), "migrated": 0}
    waits = bool(plan and applied and "--stop-before-migrating" in argv)
    if not found["newer"] and not waits:
        if plan:
            call_command("migrate", interactive=False, verbosity=0)
        call_command("install_rights", verbosity=0)
        call_command("load_rules", verbosity=0)
        found |= {"migrated": len(plan), "accounts": get_user_model().objects.count()}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
