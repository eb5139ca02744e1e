"""What clocks tell others: how many run under a version of a rule, and which move when the calendar does."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.clock.calendar import WorkCalendar
from qualitycity.kernel.clock.consumers import CalendarChange, consume_calendar
from qualitycity.kernel.rulebook.usage import Running, counts_running

from .arithmetic import Due
from .models import Deadline
from .services import move_with_calendar


@counts_running
def running_under(rule_id: str) -> list[Running]:
    """Open clocks and cases under each version of a rule."""
    rows = (
        Deadline.objects.filter(rule_id=rule_id, status=Deadline.Status.RUNNING)
        .values(version=F("rule_version__version"))
        .annotate(clocks=Count("pk"), cases=Count(Concat("subject_type", "subject_id"), distinct=True))
    )
    return [Running(row["version"], row["clocks"], row["cases"]) for row in rows]


def _moves(before: WorkCalendar, after: WorkCalendar) -> Iterator[tuple[Deadline, Due]]:
    """Running clocks whose last day, or its standing, differs between the calendars. A suspended one is computed anew
    when it goes on, and one that began under a moved day keeps the days that were counted then.
    """
    rows = Deadline.objects.filter(status=Deadline.Status.RUNNING).select_related("rule_version")
    for deadline in rows.order_by("due_date", "pk"):
        if deadline.is_suspended or (
            deadline.rule_version.unit != "working_day" and deadline.rule_version.roll == "none"
        ):
            continue
        old, new = deadline.computed(before), deadline.computed(after)
        if old.due != new.due or deadline.provisional != new.provisional:
            yield deadline, new


def preview(before: WorkCalendar, after: WorkCalendar) -> list[CalendarChange]:
    """The clocks whose last day would move."""
    return [
        CalendarChange(deadline.number, deadline.title, deadline.due_date, new.due, deadline.get_absolute_url())
        for deadline, new in _moves(before, after)
        if new.due != deadline.due_date
    ]


def follow(before: WorkCalendar, after: WorkCalendar, reason: str) -> None:
    """Move the last days with the calendar, each with a line of history naming the cause."""
    for deadline, new in list(_moves(before, after)):
        move_with_calendar(deadline, new, reason)


consume_calendar("deadlines", _("时限"), preview, follow)
