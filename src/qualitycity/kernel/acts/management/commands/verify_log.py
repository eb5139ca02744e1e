"""Recompute the chain of 办理记录 and name the exact record and time where it breaks. Exit code 1 on a break."""

from typing import Any

from django.core.management.base import BaseCommand

from qualitycity.kernel.acts.verify import verify


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify()
        self.stdout.write(f"重算 {report.links} 环、{report.roots} 个日根 · 链头 {report.head}")
        for found in report.breaks or []:
            self.stdout.write(f"■ {found}")
        if not report.consistent:
            self.stdout.write("不一致 / INCONSISTENT")
            raise SystemExit(1)
        self.stdout.write("一致 / consistent")
