"""Leads (线索): what somebody noticed, before anything is done about it."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region

from ..workflow import LEAD
from .enterprises import Enterprise
from .products import ProductCategory


class Lead(models.Model):
    """A clue from any source. Who reported it is not kept here: informants stay secret (PQL Art.10)."""

    WORKFLOW = LEAD

    class Source(models.TextChoices):
        COMPLAINT = "complaint", _("投诉举报")
        MARKET = "market", _("市场反溯")
        MONITORING = "monitoring", _("风险监测")
        BALLOT = "ballot", _("你点我检")
        SUPERIOR = "superior", _("上级交办")
        MEDIA = "media", _("媒体")
        FIELD = "field", _("现场发现")
        OTHER = "other", _("其他")

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    text = models.TextField()
    region = models.ForeignKey(Region, models.PROTECT, related_name="leads")
    category = models.ForeignKey(ProductCategory, models.PROTECT, null=True, blank=True, related_name="leads")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="leads")
    received_on = models.DateField()

    class Meta:
        ordering = ["-received_on", "-pk"]
        constraints = [
            LEAD.constraint("registry_lead_state"),
            models.CheckConstraint(condition=~models.Q(text=""), name="lead_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def number(self) -> str:
        return f"XS{self.received_on:%Y}-{self.pk:05d}"

    def get_absolute_url(self) -> str:
        return reverse("registry:lead", args=[self.pk])
