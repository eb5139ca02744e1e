"""Import a business register: shows what would become of each row, then writes all of it or nothing."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting, actor_of
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, Region
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.console import Progress, confirm, english, say
from qualitycity.registry.intake.words import explain, failures
from qualitycity.registry.models import ImportBatch, ImportRow, RegionPackLoad
from qualitycity.registry.services import commit_import, discard_import, read_import, receive

PHASES = {
    "reading": ("读取", "reading"),
    "comparing": ("比对", "comparing"),
    "checking": ("复核", "checking"),
    "writing": ("写入", "writing"),
}
OUTCOMES = {
    "accepted": ("接收", "accepted"),
    "merged": ("并入", "merged"),
    "refused": ("拒绝", "refused"),
    "unchanged": ("无变化", "unchanged"),
    "changed": ("有变化", "changed"),
}


class Bar:
    """One progress bar a phase."""

    def __init__(self) -> None:
        self.phase, self.bar = "", Progress("", 0)

    def tell(self, phase: str, done: int, total: int) -> None:
        """Show how far the work is."""
        if phase not in PHASES:
            return
        if phase != self.phase:
            self.close()
            self.phase, self.bar = phase, Progress(PHASES[phase][english()], total)
        self.bar.total = total
        self.bar.reach(done)

    def close(self) -> None:
        """End the line of the present phase."""
        if self.phase:
            self.bar.close()
        self.phase = ""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--region", default="")
        parser.add_argument("--as", dest="login", default="")
        parser.add_argument("--preview", action="store_true")
        parser.add_argument("--yes", action="store_true")
        parser.add_argument("--failures", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            stack.enter_context(role("desk"))
            stack.enter_context(acting(_actor(options["login"])))
            try:
                file = stack.enter_context(options["file"].open("rb"))
            except OSError as error:
                raise CommandError(f"{options['file']}: {error.strerror}") from error
            try:
                self._import(file, options)
            except Refused as refusal:
                raise CommandError(str(refusal.message)) from refusal

    def _import(self, file: Any, options: dict[str, Any]) -> None:
        region, bar = _region(options["region"]), Bar()
        say(f"登记地:{region.name}({region.code})", f"Register of {region.name} ({region.code})")
        batch = receive(file, filename=options["file"].name, region=region)
        read_import(batch, bar.tell)
        bar.close()
        _show(batch)
        if options["failures"] and batch.refused:
            options["failures"].write_bytes(failures(batch))
            say(f"失败清单:{options['failures']}", f"Failure list: {options['failures']}")
        if options["preview"] or not _agreed(batch, options["yes"]):
            discard_import(batch)
            say("没有导入,名录不变。", "Nothing was imported.")
            return
        commit_import(batch, tell=bar.tell)
        bar.close()
        say(f"已导入({batch.number})。", f"Imported ({batch.number}).")


def _actor(login: str) -> Actor:
    if not login:
        return SYSTEM
    account = Account.objects.filter(username=login, is_active=True).first()
    if account is None:
        raise CommandError(f"没有账号“{login}”。There is no account «{login}».")
    return actor_of(account, clock.today())


def _region(code: str) -> Region:
    """The county given by code, else the one whose pack was loaded last, else the only one."""
    counties = Region.objects.filter(parent__isnull=True)
    if code:
        found = counties.filter(code=code).first()
        if found is None:
            raise CommandError(f"没有区划 {code}。There is no region {code}.")
        return found
    last = RegionPackLoad.objects.select_related("region").first()
    if last is not None:
        return last.region
    if counties.count() != 1:
        raise CommandError(
            "请先载入区划包:./city import regions zhuji\nLoad a region pack first: ./city import regions zhuji"
        )
    return counties.get()


def _show(batch: ImportBatch) -> None:
    """Counts that add up, then the reasons of the first refused and changed rows."""
    parts = [f"{OUTCOMES[outcome][english()]} {count}" for outcome, count in batch.counts.items()]
    total = sum(batch.counts.values())
    print(f"{' + '.join(parts)} = {total}" + ("" if total == batch.rows else f" ≠ {batch.rows}"))
    for outcome in ("refused", "merged", "changed"):
        rows = ImportRow.objects.filter(batch=batch, outcome=outcome).order_by("row_no")
        for row in rows[:10]:
            print(f"  {OUTCOMES[outcome][english()]} {row.row_no}: {row.name} — {explain(row)[:200]}")
        if rows.count() > 10:
            print(f"  … {rows.count() - 10}")


def _agreed(batch: ImportBatch, yes: bool) -> bool:
    """Ask where somebody can answer; a script has decided by calling without `--preview`."""
    if yes or not sys.stdin.isatty():
        return True
    return confirm(
        f"写入名录:新增 {batch.accepted} 家,更新 {batch.changed} 家?",
        f"Write {batch.accepted} new and {batch.changed} changed firms?",
    )
