"""The frame (抽样名单): who may be drawn, who is excluded and why, and how the bureau's list met the register."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..workflow import FRAME
from .plan import Plan


class Reason(models.TextChoices):
    """Reason codes of an exclusion in the frame file (draw rule v1)."""

    REPEAT_BAN = "repeat_ban", _("6 个月内已抽")
    DEREGISTERED = "deregistered", _("已注销")
    OUT_OF_SCOPE = "out_of_scope", _("不在抽查范围")
    NO_SUCH_PRODUCT = "no_such_product", _("不生产该产品")
    CONFLICT = "conflict", _("利益冲突")
    OTHER = "other", _("其他")


class Frame(models.Model):
    """One frame of a plan. From publication on its rows and its file never change (a trigger holds it)."""

    WORKFLOW = FRAME

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="frames")
    number = models.CharField(max_length=60, unique=True)
    as_of = models.DateField(help_text="day on which bans and registrations were judged")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    canonical = models.TextField(blank=True, help_text="the frame file, set at publication")
    digest = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64, blank=True)
    region_path = models.CharField(max_length=120, db_index=True)
    state = models.CharField(max_length=12, default="", db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            FRAME.constraint("sampling_frame_state"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state__in=["", "building"]), name="sampling_one_frame_in_building"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["", "building"]) | ~Q(digest=""), name="sampling_published_frame_has_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.title} · {_('抽样名单')}"

    def get_absolute_url(self) -> str:
        return reverse("sampling:frame", args=[self.pk])

    def get_move_url(self, verb: str) -> str:
        """Decisions on single firms are made beside them."""
        own = {"add": "?tab=reconcile", "excuse": "?tab=reconcile", "exclude": "#rows", "include": "#rows"}
        return self.get_absolute_url() + own.get(verb, f"{verb}/")


class FrameRow(models.Model):
    """One line of the frame: a firm with one product. Weight 0 if and only if a reason is given."""

    class Origin(models.TextChoices):
        BOTH = "both", _("登记、名录都有")
        REGISTER = "register", _("登记有、名录无,已补入")
        LIST = "list", _("名录有、登记无,已补入")

    frame = models.ForeignKey(Frame, models.CASCADE, related_name="rows")
    unit_id = models.CharField(max_length=32, help_text="credit code, with /n when the firm has several products")
    enterprise = models.ForeignKey("registry.Enterprise", models.PROTECT, null=True, blank=True, related_name="+")
    product = models.ForeignKey("registry.EnterpriseProduct", models.PROTECT, null=True, blank=True, related_name="+")
    uscc = models.CharField(max_length=18)
    name = models.CharField(max_length=120)
    product_name = models.CharField(max_length=120, blank=True)
    town = models.CharField(max_length=60, blank=True)
    town_path = models.CharField(max_length=120, blank=True)
    supervision_class = models.CharField(max_length=4, blank=True)
    risk_grade = models.CharField(max_length=4, blank=True)
    stratum = models.CharField(max_length=32)
    weight = models.PositiveIntegerField()
    reason = models.CharField(max_length=32, blank=True, choices=Reason.choices)
    reason_date = models.DateField(null=True, blank=True)
    reason_note = models.CharField(max_length=200, blank=True)
    by_hand = models.BooleanField(default=False, help_text="excluded by a person, not by a rule")
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.BOTH)

    class Meta:
        ordering = ["unit_id"]
        constraints = [
            models.UniqueConstraint(fields=["frame", "unit_id"], name="sampling_unit_once_a_frame"),
            models.CheckConstraint(
                condition=Q(weight__gt=0, reason="") | (Q(weight=0) & ~Q(reason="")), name="sampling_zero_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.name}"

    @property
    def line(self) -> str:
        """The line of the frame file, without its line feed."""
        return f"{self.unit_id},{self.stratum},{self.weight},{self.reason}"


class Reconciliation(models.Model):
    """A firm that stands in only one of the two lists; added or excused before publication."""

    class Kind(models.TextChoices):
        REGISTER_ONLY = "register_only", _("登记有、名录无")
        LIST_ONLY = "list_only", _("名录有、登记无")

    class Decision(models.TextChoices):
        OPEN = "", _("待处理")
        ADDED = "added", _("已补入")
        EXCUSED = "excused", _("说明后不列入")

    frame = models.ForeignKey(Frame, models.CASCADE, related_name="reconciliations")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    uscc = models.CharField(max_length=18)
    name = models.CharField(max_length=120)
    enterprise = models.ForeignKey("registry.Enterprise", models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "uscc"]
        constraints = [
            models.UniqueConstraint(fields=["frame", "uscc"], name="sampling_reconciled_once"),
            models.CheckConstraint(condition=~Q(decision="excused") | ~Q(reason=""), name="sampling_excuse_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.uscc} {self.name}"


class Rehearsal(models.Model):
    """What dummy draws with thrown-away seeds told before the real seed existed. Kept as reported."""

    frame = models.ForeignKey(Frame, models.CASCADE, related_name="rehearsals")
    draws = models.PositiveIntegerField()
    frame_digest = models.CharField(max_length=64)
    report = models.JSONField()
    held_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.frame.number} × {self.draws}"
