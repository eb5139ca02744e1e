"""The first administrator of a real installation, with city and unit; refused where accounts exist."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.kernel.access.services import appoint, list_region, list_unit, register_account


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")
        parser.add_argument("--name", required=True, help="name shown")
        parser.add_argument("--city-code", required=True, help="six digits of GB/T 2260")
        parser.add_argument("--city-name", required=True)
        parser.add_argument("--unit", required=True, help="the administrator's unit")

    def handle(self, *args: Any, **options: Any) -> None:
        if Account.objects.exists():
            raise CommandError("已有账号:第一个管理员只在空库里建。")
        password = secrets.token_urlsafe(12)
        with role("desk"), acting(SYSTEM):
            city = Region.objects.filter(code=options["city_code"]).first() or list_region(
                code=options["city_code"], name=options["city_name"], kind="city"
            )
            unit = Unit.objects.filter(code="XXZX").first() or list_unit(
                code="XXZX", name=options["unit"], kind="other", region=city
            )
            account = register_account(username=options["login"], display_name=options["name"], password=password)
            appoint(account, post="admin", unit=unit)
        self.stdout.write(password)
