"""The way back for somebody who lost the second factor: removes it, with a reason that stays in the record."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualitycity.kernel.access import services
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")
        parser.add_argument("--reason", default="本人到场申请,第二因素遗失")

    def handle(self, *args: Any, **options: Any) -> None:
        with role("desk"), acting(SYSTEM):
            account = Account.objects.filter(username=options["login"]).first()
            if account is None:
                raise CommandError(f"没有账号 {options['login']}。")
            services.reset_second_factor(account, reason=options["reason"])
        self.stdout.write("第二因素已清除,下次登录后重新绑定。")
