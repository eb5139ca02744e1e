"""Load the demonstration city: `pack` (twelve firms, exact counts) or `year` (the larger city on top of it)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualitycity.kernel.access.models import Account


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["pack", "year"])

    def handle(self, *args: Any, **options: Any) -> None:
        from django.conf import settings

        from qualitycity.demo import pack

        if not settings.CITY_DEMO:
            raise CommandError("演示数据只在演示模式装入。")
        if options["what"] == "pack" or not Account.objects.exists():
            if Account.objects.exists():
                raise CommandError("库里已有账号,演示包只装入空库。")
            pack.load_pack()
        if options["what"] == "year":
            pack.load_year()
        self.stdout.write("演示数据已装入。")
