"""Reads of the clock's and the calendar's tables, kept in memory as long as they are true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from .calendar import WorkCalendar
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .models import CalendarYear, ClockSetting


def _newest_setting() -> ClockSetting | None:
    from .models import ClockSetting

    return ClockSetting.objects.order_by("-pk").first()


def _newest_setting_stamp() -> object:
    from .models import ClockSetting

    return ClockSetting.objects.order_by("-pk").values_list("pk", "set_at").first()


def _newest_edition_stamp() -> object:
    from .models import CalendarEdition

    return CalendarEdition.objects.order_by("-pk").values_list("pk", "recorded_at").first()


def _load_calendar() -> WorkCalendar:
    years = newest_years().values()
    days = {day: special for year in years for day, special in year.table().items()}
    return WorkCalendar({year.year: year.status for year in years}, days)


def newest_years() -> dict[int, CalendarYear]:
    """The version of each year that holds now."""
    from .models import CalendarYear

    newest = CalendarYear.objects.values("year").annotate(newest=Max("pk")).values("newest")
    return {row.year: row for row in CalendarYear.objects.filter(pk__in=newest)}


clock_setting = Snapshot(_newest_setting_stamp, _newest_setting)
calendar = Snapshot(_newest_edition_stamp, _load_calendar)


def in_force() -> WorkCalendar:
    """The working calendar that holds now."""
    return calendar.get()
