"""Accounts, posts held in units, deputies, and personal data under a key of each person's own."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from ..workflow import ACCOUNT, DELEGATION
from .places import Region, Unit


def new_ref() -> str:
    """A random reference: lines of 办理记录 name a person by it, so that erasure leaves the chain whole."""
    return "p" + secrets.token_hex(8)


class Account(AbstractUser):
    """A person who signs in. The name shown is `display_name`; acts name only `ref`."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    ref = models.CharField(max_length=24, unique=True, default=new_ref, editable=False)
    display_name = models.CharField(max_length=60, blank=True)
    is_demo = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="")
    erased_at = models.DateTimeField(null=True, blank=True)

    REQUIRED_FIELDS = []
    WORKFLOW = ACCOUNT

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
        constraints = [ACCOUNT.constraint("account_state")]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def number(self) -> str:
        return self.username

    def get_absolute_url(self) -> str:
        return reverse("access:account", args=[self.pk])


class Appointment(models.Model):
    """A post (岗位) held by an account in a unit from a day to a day; jurisdiction is a region subtree."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="appointments")
    post = models.CharField(max_length=24)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="appointments")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["account", "post"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="appointment_dates"
            ),
            models.UniqueConstraint(fields=["account", "post", "unit", "since"], name="appointment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.post} · {self.unit}"


class IncompatiblePosts(models.Model):
    """Two posts no account may hold at the same time (static separation, domain.md 10.2); a trigger enforces it."""

    first = models.CharField(max_length=24)
    second = models.CharField(max_length=24)
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="incompatible_pair_once")]

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"


class Delegation(models.Model):
    """Absence and deputy (代办、委托): from a day to a day, `deputy` may do what `principal` may."""

    principal = models.ForeignKey(Account, models.PROTECT, related_name="delegations_given")
    deputy = models.ForeignKey(Account, models.PROTECT, related_name="delegations_held")
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default="", db_index=True)
    region_path = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="delegation_dates"),
            models.CheckConstraint(condition=~Q(principal=F("deputy")), name="delegation_other_person"),
            DELEGATION.constraint("delegation_state"),
        ]

    WORKFLOW = DELEGATION

    def __str__(self) -> str:
        return f"{self.principal} → {self.deputy} ({self.since}–{self.until})"

    @property
    def number(self) -> str:
        return f"WT{self.pk:06d}"

    def get_absolute_url(self) -> str:
        return reverse("todo:delegations")


class PersonalRecord(models.Model):
    """Phone and identity number of a person, encrypted under the person's own key, which erasure destroys."""

    ref = models.CharField(max_length=24, unique=True)
    wrapped_key = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    id_number = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(wrapped_key=""), name="personal_erased_without_key"
            )
        ]

    def __str__(self) -> str:
        return self.ref
