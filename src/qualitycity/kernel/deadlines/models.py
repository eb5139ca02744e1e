"""Deadlines and every change of a last day. The start of a deadline, its lateness and its history are for ever."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel import clock
from qualitycity.kernel.clock.calendar import WorkCalendar, working_days_between
from qualitycity.kernel.rulebook import RuleValue, rule
from qualitycity.kernel.rulebook.models import RuleVersion
from qualitycity.kernel.rulebook.values import NATURES

from .arithmetic import Due, compute_due
from .lights import Light, light


class Deadline(models.Model):
    """One clock of one subject under one version of a rule."""

    class Status(models.TextChoices):
        RUNNING = "running", _("计时中")
        MET = "met", _("按期")
        LATE = "late", _("逾期补办")
        EXPIRED = "expired", _("期满")
        WAIVED = "waived", _("免除")

    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    number = models.CharField(max_length=60, blank=True)
    region_path = models.CharField(max_length=120, blank=True)
    rule_version = models.ForeignKey(RuleVersion, models.PROTECT, related_name="deadlines")
    rule_id = models.CharField(max_length=80)
    nature = models.CharField(max_length=8)
    trigger_event = models.CharField(max_length=80, blank=True)
    trigger_date = models.DateField()
    window_from = models.DateField(null=True, blank=True)
    first_due = models.DateField()
    due_date = models.DateField()
    extended_by = models.PositiveIntegerField(default=0)
    extensions = models.PositiveSmallIntegerField(default=0)
    extended_to = models.DateField(null=True, blank=True)
    suspended_from = models.DateField(null=True, blank=True)
    suspended_to = models.DateField(null=True, blank=True)
    suspended_days = models.PositiveIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    met_on = models.DateField(null=True, blank=True)
    was_late = models.BooleanField(default=False)
    started_on = models.DateField(default=clock.today)
    recorded_at = models.DateTimeField(default=clock.real_now)

    class Meta:
        ordering = ["due_date", "pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="deadline_subject"),
            models.Index(fields=["due_date"], condition=Q(status="running"), name="deadline_running"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "rule_id"],
                condition=Q(status="running"),
                name="deadline_runs_once",
            ),
            models.CheckConstraint(condition=Q(nature__in=list(NATURES)), name="deadline_nature"),
            models.CheckConstraint(
                condition=Q(status__in=["running", "expired", "waived"], met_on__isnull=True)
                | Q(status="met", met_on__isnull=False, met_on__lte=F("due_date"), was_late=False)
                | Q(status="late", met_on__isnull=False, was_late=True),
                name="deadline_end",
            ),
            models.CheckConstraint(
                condition=Q(suspended_to__isnull=True) | Q(suspended_to__gte=F("suspended_from")),
                name="deadline_suspension",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_version.title} {self.due_date}"

    def get_absolute_url(self) -> str:
        """The page of the clock, which leads on to its case."""
        return reverse("deadlines:deadline", args=[self.pk])

    @property
    def rule(self) -> RuleValue:
        """The rule in the version this clock started under; later versions do not touch it."""
        return self.rule_version.as_value()

    @property
    def title(self) -> str:
        """What must be done, in the rule's words."""
        return self.rule_version.title

    @property
    def is_running(self) -> bool:
        """Whether the clock still counts (a suspended one does)."""
        return self.status == self.Status.RUNNING

    @property
    def is_suspended(self) -> bool:
        """Whether the clock stands still now."""
        return self.suspended_from is not None and self.suspended_to is None

    @property
    def extendable(self) -> bool:
        """Whether the rule still allows an extension."""
        extension = self.rule.extension
        return self.is_running and extension is not None and self.extensions < extension.times

    @property
    def period_from(self) -> date:
        """The day from which the period is measured for the light: the event, or the start where it counts back."""
        return self.started_on if self.rule_version.before else self.trigger_date

    def computed(self, calendar: WorkCalendar | None = None) -> Due:
        """The last day as rule, event, extensions and suspensions make it in a calendar (the one in force by default).

        The switch for weekends is that of the day the clock started, like everything else of the rulebook.
        """
        value = self.rule
        rolls = value.roll == "statutory" and rule("calendar.roll_weekends", at=self.started_on).value
        return compute_due(
            value,
            self.trigger_date,
            calendar,
            roll_weekends=rolls,
            extended_by=self.extended_by,
            suspended=self.suspended_days,
            provisional=True,
        )

    def light(self, today: date | None = None) -> Light:
        """The light on a day (today by default)."""
        return light(self, today or clock.today())

    def days_left(self, today: date | None = None) -> int:
        """Working days left, 0 on the last day, negative when late («逾期 n 个工作日»)."""
        return working_days_between(today or clock.today(), self.due_date, provisional=True)


class DeadlineChange(models.Model):
    """One change of a clock: why the last day is no longer what it was. Only appended."""

    class Kind(models.TextChoices):
        EXTEND = "extend", _("延长")
        SUSPEND = "suspend", _("中止计时")
        RESUME = "resume", _("恢复计时")
        CALENDAR = "calendar", _("日历变动")

    deadline = models.ForeignKey(Deadline, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    made_on = models.DateField()
    recorded_at = models.DateTimeField(default=clock.real_now)
    by = models.CharField(max_length=40)
    old_due = models.DateField()
    new_due = models.DateField()
    amount = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["extend", "suspend", "resume", "calendar"]), name="deadline_change_kind"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="deadline_change_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.old_due} → {self.new_due}"

    def as_facts(self) -> dict[str, Any]:
        """What the line of 办理记录 keeps of it."""
        return {"kind": self.kind, "old_due": self.old_due.isoformat(), "new_due": self.new_due.isoformat()}
