"""The plan of a sampling: which products, how many firms, by which odds and in which mode (domain.md 4.3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .. import guards
from ..workflow import PLAN


class TaskKind(models.TextChoices):
    """Kinds of sampling; the repeat ban does not bind follow-up and emergency sampling (Order 18 Art.8)."""

    ROUTINE = "routine", _("例行抽查")
    SPECIAL = "special", _("专项抽查")
    LINKED = "linked", _("联动抽查")
    RISK = "risk", _("风险抽查")
    FOLLOW_UP = "follow_up", _("跟踪抽查")
    EMERGENCY = "emergency", _("应急抽查")


class Mode(models.TextChoices):
    """When the drawn names become public (domain.md 4.5)."""

    AFTER_CHECK = "after_check", _("检查后公开")
    ON_STAGE = "on_stage", _("当场公开")


class Odds(models.TextChoices):
    """How likely each firm is drawn."""

    EQUAL = "equal", _("机会均等")
    CLASS_RISK = "class_risk", _("按公布的监管类别和产品风险")


class Stratify(models.TextChoices):
    """By what a frame is divided into strata."""

    WHOLE = "whole", _("不分层")
    CATEGORY = "category", _("按产品类别")
    TOWN = "town", _("按镇街")
    RISK = "risk", _("按产品风险等级")


class Plan(models.Model):
    """A sampling plan of one product category in one territory."""

    WORKFLOW = PLAN

    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=TaskKind.choices, default=TaskKind.SPECIAL)
    cause = models.CharField(max_length=200, blank=True, help_text="risk signal, cluster, season, complaint, ballot")
    category = models.ForeignKey("registry.ProductCategory", models.PROTECT, related_name="+")
    implementation_rule = models.CharField(max_length=120, blank=True, help_text="监督抽查实施细则, title and version")
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.AFTER_CHECK)
    odds = models.CharField(max_length=12, choices=Odds.choices, default=Odds.EQUAL)
    stratify = models.CharField(max_length=12, choices=Stratify.choices, default=Stratify.WHOLE)
    cap = models.PositiveSmallIntegerField(help_text="units of one firm drawn at most")
    team_size = models.PositiveSmallIntegerField(help_text="samplers a visit")
    version = models.PositiveSmallIntegerField(default=1)
    filed_with = models.CharField(max_length=120, blank=True)
    unit = models.ForeignKey("access.Unit", models.PROTECT, related_name="+", null=True, blank=True)
    region_path = models.CharField(max_length=120, db_index=True)
    state = models.CharField(max_length=12, default="", db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            PLAN.constraint("sampling_plan_state"),
            models.CheckConstraint(condition=Q(cap__gte=1, team_size__gte=1), name="sampling_plan_at_least_one"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sampling:plan", args=[self.pk])

    def todo_wanted(self, verb: str) -> bool:
        """A frame is wanted while the plan has none that holds, the end of the plan when all its draws are over."""
        if verb == "frame":
            return not self.frames.exclude(state="voided").exists()
        return verb != "complete" or guards.all_draws_over(self) is None

    @property
    def take(self) -> int:
        """Firms × products to be drawn, over all strata."""
        return sum(stratum.take for stratum in self.strata.all())

    @property
    def repeat_ban_applies(self) -> bool:
        """Follow-up of failed products and emergencies may sample again within the ban (Order 18 Art.8)."""
        return self.kind not in {TaskKind.FOLLOW_UP, TaskKind.EMERGENCY}


class PlanStratum(models.Model):
    """One stratum of a plan: its code in the frame file, whom it takes in, how many are drawn."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="strata")
    code = models.CharField(max_length=32)
    title = models.CharField(max_length=60)
    key = models.CharField(
        max_length=40, blank=True, help_text="category code, region code or risk grade; empty: the rest"
    )
    take = models.PositiveIntegerField()
    reserve = models.PositiveIntegerField(default=0, help_text="only in mode 当场公开")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="sampling_stratum_code_once"),
            models.UniqueConstraint(fields=["plan", "key"], name="sampling_stratum_key_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Za-z0-9][A-Za-z0-9_-]*$"), name="sampling_stratum_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}({self.code})"
