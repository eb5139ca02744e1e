"""Print the demonstration accounts."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualitycity.demo.people import accounts


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(accounts(), ensure_ascii=False))
            return
        for row in accounts():
            self.stdout.write(f"{row['login']:10} {row['password']}  {row['name']} · {row['unit']}")
