"""Standards by number and status."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..workflow import STANDARD


class Standard(models.Model):
    """A standard under its normalised number; `state` is its status."""

    WORKFLOW = STANDARD

    class Level(models.TextChoices):
        NATIONAL = "national", _("国家标准")
        INDUSTRY = "industry", _("行业标准")
        LOCAL = "local", _("地方标准")
        ASSOCIATION = "association", _("团体标准")
        ENTERPRISE = "enterprise", _("企业标准")

    state = models.CharField(max_length=16, default="")
    number = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    level = models.CharField(max_length=12, choices=Level.choices)
    mandatory = models.BooleanField(default=False)
    issued_on = models.DateField(null=True, blank=True)
    effective_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    region_path = ""

    class Meta:
        ordering = ["number"]
        constraints = [
            STANDARD.constraint("registry_standard_state"),
            models.CheckConstraint(condition=~Q(replaced_by=F("id")), name="standard_not_replaced_by_itself"),
            models.CheckConstraint(
                condition=~Q(state="superseded") | Q(replaced_by__isnull=False), name="standard_superseded_by_which"
            ),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True)
                | Q(effective_on__isnull=True)
                | Q(effective_on__gte=F("issued_on")),
                name="standard_dates",
            ),
            models.CheckConstraint(condition=Q(mandatory=False) | Q(level="national"), name="standard_only_gb_binds"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("registry:standard", args=[self.pk])
