"""Enterprises, their names over time, their shops online."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region

from ..workflow import ENTERPRISE, SHOP

USCC_REGEX = r"^[1-9ANY][1-59][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"


class Enterprise(models.Model):
    """An organisation of the business register. No personal data: the legal representative is not kept."""

    WORKFLOW = ENTERPRISE

    class Size(models.TextChoices):
        MICRO = "micro", _("微型")
        SMALL = "small", _("小型")
        MEDIUM = "medium", _("中型")
        LARGE = "large", _("大型")

    state = models.CharField(max_length=16, default="", db_index=True)
    region_path = models.CharField(
        max_length=120, db_index=True, help_text="the town's path, or the county's where none is known"
    )
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="enterprises")
    region_basis = models.CharField(max_length=200, blank=True, help_text="why this town, or why none")
    region_by_hand = models.BooleanField(default=False, help_text="settled by a person: imports leave it alone")
    is_local = models.BooleanField(default=True, help_text="sits in this county (else known for other reasons)")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    initials = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    legacy_reg_no = models.CharField(max_length=15, unique=True, null=True, blank=True)
    established_on = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    capital_amount = models.DecimalField(
        max_digits=18, decimal_places=6, null=True, blank=True, help_text="in ten thousands (万)"
    )
    capital_currency = models.CharField(max_length=3, blank=True)
    scope = models.TextField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    size = models.CharField(max_length=8, choices=Size.choices, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_here")
    batch = models.ForeignKey("registry.ImportBatch", models.PROTECT, null=True, blank=True, related_name="enterprises")

    class Meta:
        ordering = ["pk"]
        indexes = [
            GinIndex(fields=["name_key"], name="enterprise_name_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["initials"], name="enterprise_initials_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["initials"], name="enterprise_initials", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["uscc"], name="enterprise_uscc_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["name_key", "address"], name="enterprise_name_address"),
        ]
        constraints = [
            ENTERPRISE.constraint("registry_enterprise_state"),
            models.CheckConstraint(
                condition=Q(uscc__isnull=False) | Q(legacy_reg_no__isnull=False), name="enterprise_has_code"
            ),
            models.CheckConstraint(
                condition=Q(uscc__isnull=True) | Q(uscc__regex=USCC_REGEX), name="enterprise_uscc_form"
            ),
            models.CheckConstraint(
                condition=Q(legacy_reg_no__isnull=True) | Q(legacy_reg_no__regex=r"^[0-9]{15}$"),
                name="enterprise_legacy_form",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_on__isnull=False)
                | Q(cancelled_on__isnull=True)
                | Q(state__in=["merged", ""]),
                name="enterprise_cancelled_day",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into__isnull=True)
                | Q(state=""),
                name="enterprise_merged_into",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="enterprise_not_into_itself"),
            models.CheckConstraint(
                condition=Q(capital_amount__isnull=True, capital_currency="")
                | Q(capital_amount__gte=0) & ~Q(capital_currency=""),
                name="enterprise_capital_unit",
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(name_key=""), name="enterprise_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """The code the firm goes by: the unified code, else the old registration number."""
        return self.uscc or self.legacy_reg_no or ""

    @property
    def number(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("registry:enterprise", args=[self.pk])


class EnterpriseName(models.Model):
    """A name a firm bore or is also listed under (曾用名); rows are only added."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="names")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["enterprise", "pk"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "name_key"], name="enterprise_name_once")]
        indexes = [GinIndex(fields=["name_key"], name="former_name_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name


class Shop(models.Model):
    """A shop of a firm on a platform (网店)."""

    WORKFLOW = SHOP

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="shops")
    platform = models.CharField(max_length=60)
    shop_no = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    url = models.URLField(max_length=300, blank=True)

    class Meta:
        ordering = ["platform", "shop_no"]
        constraints = [
            SHOP.constraint("registry_shop_state"),
            models.UniqueConstraint(fields=["platform", "shop_no"], name="shop_once"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} · {self.name}"

    @property
    def number(self) -> str:
        return self.shop_no

    def get_absolute_url(self) -> str:
        return self.enterprise.get_absolute_url() + "?tab=shops"
