"""The visit to a drawn unit, recorded in short here: sampled, not sampled, refused, or the firm found shut."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import Actor

from ..workflow import VISIT
from .result import DrawnUnit


class ShutCause(models.TextChoices):
    """Documented causes for which a drawn unit is replaced by a fresh round (domain.md 4.5)."""

    STOPPED = "stopped", _("停产")
    CONVERTED = "converted", _("转产")
    CLOSED = "closed", _("停业")
    NO_STOCK = "no_stock", _("无库存")
    BANNED = "banned", _("当场证明 6 个月内已被上级抽查")


class Visit(models.Model):
    """One visit. Its number and its name say nothing about the firm: lists and notices may carry them."""

    WORKFLOW = VISIT

    drawn = models.OneToOneField(DrawnUnit, models.PROTECT, related_name="visit")
    number = models.CharField(max_length=60, unique=True)
    cause = models.CharField(max_length=12, choices=ShutCause.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    visited_on = models.DateField(null=True, blank=True)
    replaced_in = models.ForeignKey(
        "sampling.Round", models.PROTECT, null=True, blank=True, related_name="replaces_visits"
    )
    region_path = models.CharField(max_length=120, db_index=True)
    state = models.CharField(max_length=16, default="", db_index=True)

    class Meta:
        ordering = ["number"]
        constraints = [VISIT.constraint("sampling_visit_state")]

    def __str__(self) -> str:
        return f"{self.drawn.round.draw.plan.title} · {_('抽样任务')}"

    @property
    def line_region_path(self) -> str:
        """Lines are read by auditors before the names open: they tell the draw's region, not the firm's town."""
        return self.drawn.round.region_path

    def visible_to(self, actor: Actor) -> bool:
        """Its files open to those who may open the visit itself."""
        from ..queries import visits_for

        return visits_for(actor).filter(pk=self.pk).exists()

    def todo_accounts(self, verb: str) -> list[int] | None:
        """A sampling task is for its own team; checking a shut firm is for whoever holds the duty in its town."""
        if verb != "sample":
            return None
        return list(self.drawn.team.exclude(sampler__account=None).values_list("sampler__account_id", flat=True))

    def get_absolute_url(self) -> str:
        return reverse("sampling:visit", args=[self.pk])

    def get_todo_url(self, verb: str) -> str:
        """The firm is seen before anything is recorded; replacing leads to the announcement."""
        return self.get_move_url(verb) if verb == "replace" else self.get_absolute_url()

    def get_move_url(self, verb: str) -> str:
        """A replacement is announced for all shut firms of a draw at once."""
        if verb == "replace":
            return reverse("sampling:draw-replacement", args=[self.drawn.round.draw_id])
        return f"{self.get_absolute_url()}{verb}/"
