"""Bring rulebook and calendar up to the installed packages. Run after every migration; a second run does nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.clock.services import load_official_calendar
from qualitycity.kernel.rulebook.files import RuleFaults
from qualitycity.kernel.rulebook.services import load_rules


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with acting(SYSTEM), role("desk"):
                rules, years = load_rules(), load_official_calendar()
        except RuleFaults as error:
            raise CommandError(f"规则文件有 {len(error.faults)} 处错误,什么也没有载入:\n{error}") from error
        if options["verbosity"]:
            self.stdout.write(f"规则:新版本 {len(rules.added)} 条,未变 {rules.unchanged} 条;日历:{len(years.added)} 年")
        for rule_id in rules.kept:
            self.stdout.write(f"本市修订过 {rule_id},没有采用软件包里的新值")
        for year in years.kept:
            self.stdout.write(f"本市修改过 {year} 年日历,没有采用软件包里的日历")
