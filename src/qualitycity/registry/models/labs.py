"""Laboratories with qualification and scope, samplers, and declared interests that set them aside."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region, Unit

from ..workflow import INTEREST, LAB, SAMPLER
from .enterprises import USCC_REGEX, Enterprise
from .products import ProductCategory


class Lab(models.Model):
    """A laboratory that may be entrusted; its published short number (L1) stands in the matching."""

    WORKFLOW = LAB

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="labs")
    number = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120)
    uscc = models.CharField(max_length=18, unique=True)
    unit = models.OneToOneField(Unit, models.PROTECT, null=True, blank=True, related_name="lab")
    cnas_no = models.CharField(max_length=20, blank=True)
    capacity = models.PositiveSmallIntegerField(help_text="tasks a round")

    class Meta:
        ordering = ["number"]
        constraints = [
            LAB.constraint("registry_lab_state"),
            models.CheckConstraint(condition=Q(number__regex=r"^L[0-9]+$"), name="lab_number_form"),
            models.CheckConstraint(condition=Q(uscc__regex=USCC_REGEX), name="lab_uscc_form"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="lab_capacity"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("registry:lab", args=[self.pk])


class LabQualification(models.Model):
    """A CMA certificate (资质认定): 12 digits, six years (handbook 7.1). A renewal is a new row."""

    lab = models.ForeignKey(Lab, models.PROTECT, related_name="qualifications")
    cma_no = models.CharField(max_length=12)
    issued_on = models.DateField()
    valid_to = models.DateField()

    class Meta:
        ordering = ["lab", "valid_to"]
        constraints = [
            models.CheckConstraint(condition=Q(cma_no__regex=r"^[0-9]{12}$"), name="cma_no_form"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("issued_on")), name="cma_dates"),
            models.UniqueConstraint(fields=["lab", "cma_no", "valid_to"], name="cma_once"),
        ]

    def __str__(self) -> str:
        return f"CMA {self.cma_no} ({self.valid_to})"


class LabScope(models.Model):
    """One line of a laboratory's scope: item, method and standard version, for a product category."""

    lab = models.ForeignKey(Lab, models.PROTECT, related_name="scope")
    category = models.ForeignKey(ProductCategory, models.PROTECT, related_name="+")
    item = models.CharField(max_length=80)
    method = models.CharField(max_length=60)
    standard_no = models.CharField(max_length=60, blank=True)
    limits = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["lab", "category", "item"]
        constraints = [models.UniqueConstraint(fields=["lab", "category", "item", "method"], name="scope_once")]

    def __str__(self) -> str:
        return f"{self.item} ({self.method})"


class SamplerRecord(models.Model):
    """A sampler by published short number (S01); the person behind it is the account."""

    WORKFLOW = SAMPLER

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    number = models.CharField(max_length=12, unique=True)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="sampler"
    )
    employer = models.ForeignKey(Unit, models.PROTECT, related_name="samplers")
    certificate_valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            SAMPLER.constraint("registry_sampler_state"),
            models.CheckConstraint(condition=Q(number__regex=r"^S[0-9]+$"), name="sampler_number_form"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("registry:sampler", args=[self.pk])


class DeclaredInterest(models.Model):
    """An interest of a sampler or a laboratory in a firm (亲属、委托、曾任职): it sets them aside for that firm."""

    WORKFLOW = INTEREST

    class Kind(models.TextChoices):
        KINSHIP = "kinship", _("亲属")
        CLIENT = "client", _("委托关系")
        FORMER_EMPLOYMENT = "former_employment", _("曾任职")

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    sampler = models.ForeignKey(SamplerRecord, models.PROTECT, null=True, blank=True, related_name="interests")
    lab = models.ForeignKey(Lab, models.PROTECT, null=True, blank=True, related_name="interests")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="interests")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["enterprise", "pk"]
        constraints = [
            INTEREST.constraint("registry_interest_state"),
            models.CheckConstraint(
                condition=Q(sampler__isnull=False, lab__isnull=True) | Q(sampler__isnull=True, lab__isnull=False),
                name="interest_of_one_party",
            ),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="interest_dates"),
            models.CheckConstraint(condition=~Q(kind="kinship") | Q(lab__isnull=True), name="interest_kin_are_people"),
        ]

    def __str__(self) -> str:
        return f"{self.party} – {self.enterprise} ({self.get_kind_display()})"

    @property
    def party(self) -> Lab | SamplerRecord:
        """Who declared: a laboratory or a sampler."""
        party = self.lab or self.sampler
        assert party is not None
        return party

    @property
    def number(self) -> str:
        return f"{self.party.number}/{self.enterprise.code}"

    def get_absolute_url(self) -> str:
        return reverse("registry:interests")
