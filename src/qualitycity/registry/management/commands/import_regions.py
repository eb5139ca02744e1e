"""Load a region pack: the county, its towns of today and its former towns."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.console import say
from qualitycity.registry.services import load_regions
from qualitycity.registry.towns import load_pack


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", help="name of a shipped pack, or a TOML file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pack = load_pack(options["pack"])
            with role("desk"), acting(SYSTEM):
                load = load_regions(pack=pack)
        except (FileNotFoundError, ValueError, KeyError, Refused) as error:
            raise CommandError(str(error)) from error
        say(
            f"已载入{load.name}({load.edition}):现有 {load.units} 个镇街,原有 {load.former_units} 个。",
            f"Loaded {load.name} ({load.edition}): {load.units} units of today, {load.former_units} former ones.",
        )
