"""Make the database hold exactly the rights the rooms declare. Runs as the owner, after every migration."""

from typing import Any

from django.core.management.base import BaseCommand

from qualitycity.kernel.access.table_rights import install


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{install()} statements")
