"""The rulebook as the database keeps it: editions that only add versions; no version is ever changed."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from qualitycity.kernel import clock

from .values import CONFIDENCES, NATURES, REGIMES, ROLLS, UNITS, Extension, RuleValue
from .workflow import RULEBOOK


class Edition(models.Model):
    """One change of the rulebook: the load of a package's rules, or one rule revised at the desk."""

    WORKFLOW = RULEBOOK
    region_path = ""

    recorded_at = models.DateTimeField(default=clock.real_now)
    recorded_on = models.DateField(default=clock.today)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=12)

    class Meta:
        constraints = [RULEBOOK.constraint("rulebook_edition_state")]

    def __str__(self) -> str:
        return _("规则库第 %(number)s 版") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        """The rulebook's list."""
        return reverse("rulebook:rule-list")

    @property
    def number(self) -> str:
        """Business number of the edition."""
        return f"RB-{self.pk}"


class RuleVersion(models.Model):
    """One version of one rule. `binds_from` is the first day on which a case that starts takes it."""

    class Origin(models.TextChoices):
        PACKAGE = "package"
        DESK = "desk"

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="versions")
    rule_id = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    room = models.CharField(max_length=40)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    title = models.CharField(max_length=200)
    value = models.JSONField()
    unit = models.CharField(max_length=20)
    from_event = models.CharField(max_length=80, blank=True)
    nature = models.CharField(max_length=8)
    before = models.BooleanField(default=False)
    roll = models.CharField(max_length=12)
    extension = models.JSONField(null=True, blank=True)
    suspendable = models.BooleanField(default=False)
    signature = models.BooleanField(default=False)
    source = models.CharField(max_length=300)
    article = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=10)
    is_model = models.BooleanField(default=False)
    regime = models.CharField(max_length=10, blank=True)
    in_force_from = models.DateField()
    in_force_to = models.DateField(null=True, blank=True)
    binds_from = models.DateField()
    note = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.real_now)

    class Meta:
        ordering = ["rule_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["rule_id", "version"], name="rulebook_version_once"),
            models.CheckConstraint(condition=models.Q(unit__in=list(UNITS)), name="rulebook_unit"),
            models.CheckConstraint(condition=models.Q(confidence__in=list(CONFIDENCES)), name="rulebook_confidence"),
            models.CheckConstraint(condition=models.Q(nature__in=list(NATURES)), name="rulebook_nature"),
            models.CheckConstraint(condition=models.Q(roll__in=list(ROLLS)), name="rulebook_roll"),
            models.CheckConstraint(condition=models.Q(regime__in=list(REGIMES)), name="rulebook_regime"),
            models.CheckConstraint(
                condition=models.Q(in_force_to__isnull=True) | models.Q(in_force_to__gte=models.F("in_force_from")),
                name="rulebook_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(binds_from__gte=models.F("in_force_from")), name="rulebook_binds_from"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version} {self.title}"

    def get_absolute_url(self) -> str:
        """The record of the rule with all its versions."""
        return reverse("rulebook:rule", args=[self.rule_id])

    def get_unit_label(self) -> str:
        """The unit in words."""
        return str(UNITS[self.unit])

    def as_value(self) -> RuleValue:
        """What this version says, without the database."""
        return RuleValue(
            rule_id=self.rule_id,
            version=self.version,
            title=self.title,
            value=self.value,
            unit=self.unit,
            from_event=self.from_event,
            nature=self.nature,
            before=self.before,
            roll=self.roll,
            extension=Extension(**self.extension) if self.extension else None,
            suspendable=self.suspendable,
            signature=self.signature,
            source=self.source,
            article=self.article,
            confidence=self.confidence,
            is_model=self.is_model,
            regime=self.regime,
            in_force_from=self.in_force_from,
            in_force_to=self.in_force_to,
            binds_from=self.binds_from,
            note=self.note,
            room=self.room,
            pk=self.pk,
        )
