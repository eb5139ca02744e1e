"""Write the generated reference pages; with --check only say which differ (exit code 1)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualitycity.web.reference import pages, write


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parents[5] / "docs" / "reference")
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if options["check"]:
            stale = [
                name
                for name, text in pages().items()
                if not (folder / name).exists() or (folder / name).read_text() != text
            ]
            if stale:
                self.stderr.write(f"out of date: {', '.join(stale)}; run `./city reference`")
                raise SystemExit(1)
            return
        self.stdout.write(", ".join(write(folder)) or "nothing changed")
