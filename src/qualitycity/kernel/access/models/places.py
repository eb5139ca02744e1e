"""Regions and units. They live in the kernel because every act and every read is scoped by them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..workflow import REGION, UNIT


class Region(models.Model):
    """A division (行政区划): county or town, with its years of validity and its successor (domain.md 9.1)."""

    class Kind(models.TextChoices):
        CITY = "city", _("县(市)")
        SUBDISTRICT = "subdistrict", _("街道")
        TOWN = "town", _("镇")
        TOWNSHIP = "township", _("乡")

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=120, unique=True, help_text="codes from the root, joined by /")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="region_valid_period",
            ),
            models.CheckConstraint(condition=~Q(successor=F("id")), name="region_not_own_successor"),
        ]

    WORKFLOW = REGION
    state = "listed"

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        return self.code

    @property
    def region_path(self) -> str:
        return self.path

    def get_absolute_url(self) -> str:
        return reverse("access:accounts")


class Unit(models.Model):
    """A unit (单位) that holds tasks and posts: bureau, section, department, town office, laboratory, firm."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("质量主管部门")
        SECTION = "section", _("科室")
        DEPARTMENT = "department", _("成员单位")
        TOWN = "town", _("镇乡(街道)")
        LAB = "lab", _("检验机构")
        SAMPLING = "sampling", _("抽样机构")
        ENTERPRISE = "enterprise", _("企业")
        OTHER = "other", _("其他")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    region = models.ForeignKey(Region, models.PROTECT, related_name="units")
    protocol_order = models.PositiveIntegerField(default=1000)
    uscc = models.CharField(max_length=18, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["protocol_order", "code"]

    WORKFLOW = UNIT
    state = "listed"

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        return self.code

    @property
    def region_path(self) -> str:
        return self.region.path

    def get_absolute_url(self) -> str:
        return reverse("access:accounts")
