"""What the clock and the calendar keep: every setting of the demonstration clock, every version of a year's table."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from qualitycity.kernel import clock

from .calendar import INVENTED, OFFICIAL, PROVISIONAL, CalendarDay
from .workflow import CALENDAR, CLOCK


class ClockSetting(models.Model):
    """One setting of the demonstration clock; the newest holds. A release (`day` empty) gives real time back."""

    WORKFLOW = CLOCK
    region_path = ""

    day = models.DateField(null=True, blank=True)
    before = models.DateField()
    set_at = models.DateTimeField(default=clock.real_now)
    state = models.CharField(max_length=8)

    class Meta:
        constraints = [
            CLOCK.constraint("clock_setting_state"),
            models.CheckConstraint(
                condition=models.Q(state="set", day__isnull=False) | models.Q(state="real", day__isnull=True),
                name="clock_setting_day",
            ),
        ]

    def __str__(self) -> str:
        return _("演示时钟 %(day)s") % {"day": self.day} if self.day else _("实际时间")

    def get_absolute_url(self) -> str:
        """The page of the clock, which lists the settings."""
        return reverse("clock:clock")

    @property
    def number(self) -> str:
        """Business number of the setting."""
        return f"CLK-{self.pk}"


class CalendarEdition(models.Model):
    """One change of the calendar: it carries a new version of one year or more."""

    WORKFLOW = CALENDAR
    region_path = ""

    recorded_at = models.DateTimeField(default=clock.real_now)
    recorded_on = models.DateField(default=clock.today)
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12)

    class Meta:
        constraints = [CALENDAR.constraint("clock_calendar_edition_state")]

    def __str__(self) -> str:
        return _("日历第 %(number)s 版") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        """The years this edition changed."""
        return reverse("clock:calendar")

    @property
    def number(self) -> str:
        """Business number of the edition."""
        return f"CAL-{self.pk}"


class CalendarYear(models.Model):
    """One version of one year's table; the highest version holds, none is ever changed."""

    class Origin(models.TextChoices):
        PACKAGE = "package"
        DEMO = "demo"
        DESK = "desk"

    edition = models.ForeignKey(CalendarEdition, models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    source = models.CharField(max_length=200)
    days = models.JSONField(default=list)

    class Meta:
        ordering = ["year", "version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="clock_calendar_year_version"),
            models.CheckConstraint(
                condition=models.Q(status__in=[OFFICIAL, PROVISIONAL, INVENTED]), name="clock_calendar_year_status"
            ),
        ]

    def __str__(self) -> str:
        return _("%(year)s 年日历第 %(version)s 版") % {"year": self.year, "version": self.version}

    def table(self) -> dict[Any, CalendarDay]:
        """The days that differ from Monday to Friday, by date."""
        return {day.day: day for day in map(CalendarDay.from_json, self.days)}
