"""Tasks of the worker. Each takes its database role: the worker signs in as bare `web`."""

from __future__ import annotations

from procrastinate.contrib.django import app

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role

from . import run_day


@app.periodic(cron="10 0 * * *")
@app.task(queueing_lock="day", pass_context=False)
def morning(timestamp: int) -> None:
    """Ten past midnight: the jobs of the new day."""
    with role("desk"):
        run_day(clock.today())


@app.periodic(cron="55 23 * * *")
@app.task(queueing_lock="root", pass_context=False)
def evening(timestamp: int) -> None:
    """Five to midnight: publish the root of the day."""
    from qualitycity.kernel.acts.roots import publish_root

    with role("desk"), acting(SYSTEM):
        publish_root()
