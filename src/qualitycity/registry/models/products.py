"""Product categories, what each firm makes or sells, its supervision class over time, and earlier sampling."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..workflow import CATEGORY, PRIOR, PRODUCT, REVIEW
from .enterprises import Enterprise


class Risk(models.TextChoices):
    """Risk grade of a product category."""

    I = "I", _("Ⅰ级(高)")  # noqa: E741
    II = "II", _("Ⅱ级(中)")
    III = "III", _("Ⅲ级(低)")


class Supervision(models.TextChoices):
    """The published supervision class of a firm × product (分类监管); the internal credit-risk class is not kept."""

    AA = "AA", "AA"
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class ProductCategory(models.Model):
    """A category of two levels («TEX» group, «TEX.SOCK» category), linked to GB/T 4754."""

    WORKFLOW = CATEGORY

    state = models.CharField(max_length=16, default="")
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    industry_codes = ArrayField(models.CharField(max_length=4), default=list, blank=True)
    industry_edition = models.CharField(max_length=20, blank=True)
    risk_grade = models.CharField(max_length=3, choices=Risk.choices, blank=True)
    region_path = ""

    class Meta:
        ordering = ["code"]
        constraints = [
            CATEGORY.constraint("registry_category_state"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, code__regex=r"^[A-Z]{2,6}$")
                | Q(parent__isnull=False, code__regex=r"^[A-Z]{2,6}\.[A-Z0-9_]{1,20}$"),
                name="category_two_levels",
            ),
            models.CheckConstraint(condition=Q(parent__isnull=True) | ~Q(risk_grade=""), name="category_has_risk"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("registry:category", args=[self.pk])


class EnterpriseProduct(models.Model):
    """What a firm makes or sells: category with brand and model, and its current published supervision class."""

    WORKFLOW = PRODUCT

    class Role(models.TextChoices):
        MAKE = "make", _("生产")
        SELL = "sell", _("销售")

    state = models.CharField(max_length=16, default="", db_index=True)
    region_path = models.CharField(max_length=120, db_index=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="products")
    category = models.ForeignKey(ProductCategory, models.PROTECT, related_name="products")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MAKE)
    brand = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=60, blank=True)
    standard_no = models.CharField(max_length=60, blank=True)
    supervision_class = models.CharField(max_length=2, choices=Supervision.choices, default=Supervision.B)

    class Meta:
        ordering = ["enterprise", "category", "pk"]
        constraints = [
            PRODUCT.constraint("registry_product_state"),
            models.UniqueConstraint(
                fields=["enterprise", "category", "brand", "model", "standard_no"],
                condition=~Q(state="withdrawn"),
                name="product_identity_once",
            ),
            models.CheckConstraint(condition=Q(supervision_class__in=Supervision.values), name="product_class_known"),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.category), self.brand, self.model) if part)

    @property
    def number(self) -> str:
        return f"{self.enterprise.code}/{self.category.code}"

    def get_absolute_url(self) -> str:
        return reverse("registry:product", args=[self.pk])


class SupervisionClass(models.Model):
    """One published class of a firm's product from a day on. Rows are only added: history is never overwritten."""

    product = models.ForeignKey(EnterpriseProduct, models.PROTECT, related_name="classes")
    value = models.CharField(max_length=2, choices=Supervision.choices)
    in_force_from = models.DateField()
    basis = models.CharField(max_length=300)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["product", "in_force_from", "pk"]
        constraints = [models.CheckConstraint(condition=Q(value__in=Supervision.values), name="class_known")]

    def __str__(self) -> str:
        return f"{self.value} ({self.in_force_from})"


class ProposalReview(models.Model):
    """A person's decision over many proposals at once: one act."""

    WORKFLOW = REVIEW

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120)
    confirmed = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [REVIEW.constraint("registry_review_state")]

    def __str__(self) -> str:
        return str(_("类别确认 %(pk)s") % {"pk": self.pk})

    @property
    def number(self) -> str:
        return f"LB{self.pk:06d}"

    def get_absolute_url(self) -> str:
        return reverse("registry:proposals") + f"?review={self.pk}"


class CategoryProposal(models.Model):
    """A category proposed for a firm from its business scope; it counts only once a person confirmed it."""

    class Decision(models.TextChoices):
        PENDING = "pending", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        REJECTED = "rejected", _("不采用")

    region_path = models.CharField(max_length=120, db_index=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="proposals")
    category = models.ForeignKey(ProductCategory, models.PROTECT, related_name="proposals")
    role = models.CharField(max_length=8)
    confidence = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=8)
    found = models.CharField(max_length=60)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.PENDING)
    review = models.ForeignKey(ProposalReview, models.PROTECT, null=True, blank=True, related_name="proposals")

    class Meta:
        ordering = ["-confidence", "enterprise"]
        indexes = [models.Index(fields=["decision", "-confidence"], name="proposal_pending")]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "category"], name="proposal_once"),
            models.CheckConstraint(condition=Q(confidence__lte=100), name="proposal_percent"),
            models.CheckConstraint(
                condition=Q(decision="pending", review__isnull=True) | ~Q(decision="pending") & Q(review__isnull=False),
                name="proposal_decided_by_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} → {self.category} ({self.confidence}%)"


class PriorSampling(models.Model):
    """A product sampled before, by whom and when: what the six-month ban is computed from (Order 18 Art.8)."""

    WORKFLOW = PRIOR

    class Level(models.TextChoices):
        STATE = "state", _("国家")
        PROVINCE = "province", _("省")
        PREFECTURE = "prefecture", _("设区市")
        COUNTY = "county", _("本级")

    class Purpose(models.TextChoices):
        SUPERVISION = "supervision", _("监督抽查")
        FOLLOW_UP = "follow_up", _("跟踪抽查")
        EMERGENCY = "emergency", _("应急")

    state = models.CharField(max_length=16, default="")
    region_path = models.CharField(max_length=120, db_index=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="prior_samplings")
    category = models.ForeignKey(ProductCategory, models.PROTECT, related_name="+")
    brand = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=60, blank=True)
    standard_no = models.CharField(max_length=60, blank=True)
    sampled_on = models.DateField()
    level = models.CharField(max_length=12, choices=Level.choices)
    authority = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.SUPERVISION)
    proof = models.CharField(max_length=200, help_text="number of the sheet or report that proves it")

    class Meta:
        ordering = ["-sampled_on"]
        constraints = [
            PRIOR.constraint("registry_prior_state"),
            models.CheckConstraint(condition=~Q(proof=""), name="prior_has_proof"),
        ]
        indexes = [models.Index(fields=["enterprise", "category", "-sampled_on"], name="prior_latest")]

    def __str__(self) -> str:
        return f"{self.sampled_on} {self.authority} {self.category}"

    @property
    def number(self) -> str:
        return self.proof

    def get_absolute_url(self) -> str:
        return self.enterprise.get_absolute_url() + "?tab=sampled"
