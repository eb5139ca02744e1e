"""What a round drew and how laboratories and samplers were matched. Written once by the draw, never edited."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .draw import Round
from .frame import FrameRow


class DrawnUnit(models.Model):
    """One unit drawn (or on the reserve list) in its order, with its ticket."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="drawn")
    order = models.PositiveIntegerField(help_text="1, 2, … over strata ascending, each in draw order")
    row = models.ForeignKey(FrameRow, models.PROTECT, related_name="drawings")
    ticket = models.CharField(max_length=64)
    reserve = models.BooleanField(default=False)

    class Meta:
        ordering = ["round", "reserve", "order"]
        constraints = [
            models.UniqueConstraint(fields=["round", "reserve", "order"], name="sampling_drawn_order_once"),
            models.UniqueConstraint(fields=["round", "row"], name="sampling_drawn_unit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.round.number}-{self.order}"


class LabMatch(models.Model):
    """Which laboratory tests what a drawn unit yields."""

    drawn = models.OneToOneField(DrawnUnit, models.PROTECT, related_name="lab_match")
    lab = models.ForeignKey("sampling.PoolLab", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.drawn} → {self.lab.short_no}"


class TeamMatch(models.Model):
    """One of the samplers who visit a drawn unit; `seat` is the order in the published assignment."""

    drawn = models.ForeignKey(DrawnUnit, models.PROTECT, related_name="team")
    sampler = models.ForeignKey("sampling.PoolSampler", models.PROTECT, related_name="tasks")
    seat = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["drawn", "seat"]
        constraints = [models.UniqueConstraint(fields=["drawn", "sampler"], name="sampling_team_member_once")]

    def __str__(self) -> str:
        return f"{self.drawn} → {self.sampler.short_no}"


ASIDE_WORDS = {
    ("labs", "client"): _("与被抽企业有委托关系"),
    ("teams", "client"): _("与被抽企业有委托关系"),
    ("teams", "kin"): _("亲属回避"),
    ("teams", "employment"): _("曾任职回避"),
    ("labs", "employment"): _("曾任职回避"),
    ("teams", "other"): _("上次抽查过同一企业"),
}


class SetAside(models.Model):
    """A laboratory or sampler kept from a drawn unit by a declared interest (回避)."""

    drawn = models.ForeignKey(DrawnUnit, models.PROTECT, related_name="set_asides")
    label = models.CharField(max_length=8, help_text="labs or teams")
    agent = models.CharField(max_length=16, help_text="published short number")
    reason = models.CharField(max_length=16, help_text="reason code: client, kin, …")

    class Meta:
        ordering = ["drawn", "label", "agent"]
        constraints = [models.UniqueConstraint(fields=["drawn", "label", "agent"], name="sampling_set_aside_once")]

    def __str__(self) -> str:
        return f"{self.agent} ✕ {self.drawn}"

    @property
    def reason_text(self) -> str:
        """The reason in words."""
        return str(ASIDE_WORDS.get((self.label, self.reason), _("回避")))
