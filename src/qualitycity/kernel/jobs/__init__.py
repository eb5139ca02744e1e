"""Work beside the pages: a queue in the same database (procrastinate), a schedule, and the jobs of a day."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

log = logging.getLogger("qualitycity.jobs")
DAILY: list[Callable[[date], Any]] = []


def daily(job: Callable[[date], Any]) -> Callable[[date], Any]:
    """Register a job of every day (reminders, escalations, the daily root). Rooms keep theirs in `daily.py`."""
    DAILY.append(job)
    return job


def run_day(day: date) -> None:
    """Run the jobs of a business day in order, as the system, each in its own act; one failing does not stop the rest.

    Called by the schedule each morning, and for every skipped day when the demonstration clock moves forward.
    """
    from qualitycity.kernel import clock
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.duty_table import room_modules

    room_modules("daily")
    with acting(SYSTEM), clock.on(day):
        for job in DAILY:
            try:
                job(day)
            except Exception:
                log.exception("the daily job %s failed for %s", job.__qualname__, day)
