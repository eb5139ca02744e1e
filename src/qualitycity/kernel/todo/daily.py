"""Each morning: reminders and escalations."""

from __future__ import annotations

from datetime import date

from qualitycity.kernel.jobs import daily

from .reminders import remind, turned


@daily
def remind_of_deadlines(day: date) -> None:
    """Send what turned near or overdue today."""
    for deadline, light in turned(day):
        remind(deadline=deadline, light=light)
