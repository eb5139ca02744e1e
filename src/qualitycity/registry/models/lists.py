"""The bureau's own list (名录库): which firms it thinks it supervises for a product."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from qualitycity.kernel.access.models import Region

from ..workflow import BUREAU_LIST
from .enterprises import Enterprise
from .products import ProductCategory


class BureauList(models.Model):
    """One list of a bureau for one product category in one region."""

    WORKFLOW = BUREAU_LIST

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    category = models.ForeignKey(ProductCategory, models.PROTECT, related_name="lists")

    class Meta:
        ordering = ["region_path", "category"]
        constraints = [
            BUREAU_LIST.constraint("registry_list_state"),
            models.UniqueConstraint(fields=["region", "category"], condition=~Q(state="closed"), name="list_once"),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.category}"

    @property
    def number(self) -> str:
        return f"{self.region.code}/{self.category.code}"

    def get_absolute_url(self) -> str:
        return reverse("registry:list", args=[self.pk])


class BureauListEntry(models.Model):
    """A firm on a list from a day until it is struck off."""

    list = models.ForeignKey(BureauList, models.PROTECT, related_name="entries")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="list_entries")
    entered_on = models.DateField()
    struck_on = models.DateField(null=True, blank=True)
    struck_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["list", "enterprise"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "enterprise"], condition=Q(struck_on__isnull=True), name="list_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(struck_on__isnull=True) | Q(struck_on__gte=F("entered_on")), name="list_entry_dates"
            ),
            models.CheckConstraint(
                condition=Q(struck_on__isnull=True, struck_reason="")
                | Q(struck_on__isnull=False) & ~Q(struck_reason=""),
                name="list_entry_struck_why",
            ),
        ]

    def __str__(self) -> str:
        return str(self.enterprise)
