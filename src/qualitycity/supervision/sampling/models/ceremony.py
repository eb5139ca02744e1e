"""People and writings of a ceremony: witnesses with their codes, digits as typed, confirmations, postponements."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .draw import Round


class Witness(models.Model):
    """A witness of one round: signs in by code, without an account, and types and confirms the digits."""

    class Capacity(models.TextChoices):
        CITIZEN = "citizen", _("市民")
        DEPUTY = "deputy", _("代表委员")
        PRESS = "press", _("媒体")
        FIRM = "firm", _("企业")
        OTHER = "other", _("其他")

    round = models.ForeignKey(Round, models.PROTECT, related_name="witnesses")
    sitting = models.PositiveSmallIntegerField(default=1)
    seat = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=16, blank=True, help_text="shown to the host until used, then emptied")
    code_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=30, blank=True)
    capacity = models.CharField(max_length=8, choices=Capacity.choices, blank=True)
    signed_in_at = models.DateTimeField(null=True, blank=True)
    session_hash = models.CharField(max_length=64, blank=True)
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_reason = models.CharField(max_length=200, blank=True)
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_name = models.CharField(max_length=30, blank=True)
    unsigned_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["round", "seat"]
        constraints = [
            models.UniqueConstraint(fields=["round", "sitting", "seat"], name="sampling_witness_seat_once"),
            models.CheckConstraint(
                condition=Q(signed_in_at__isnull=True) | ~Q(name=""), name="sampling_signed_in_has_name"
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True) | ~Q(struck_reason=""), name="sampling_struck_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.name or _("见证席 %(seat)d") % {"seat": self.seat}

    @property
    def ref(self) -> str:
        """The name of this witness in the lines of 办理记录."""
        return f"witness:{self.pk}"

    @property
    def shown_code(self) -> str:
        """The code in groups, as it is read out."""
        return f"{self.code[:3]} {self.code[3:6]} {self.code[6:]}" if self.code else ""

    @property
    def present(self) -> bool:
        """Signed in and not struck out."""
        return self.signed_in_at is not None and self.struck_at is None


class DigitEntry(models.Model):
    """Digits one witness typed, in the order of typing. Only ever added."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="entries")
    attempt = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(help_text="how many digits stood before")
    digits = models.CharField(max_length=60)
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["round", "attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "attempt", "position"], name="sampling_digit_position_once"),
            models.CheckConstraint(condition=Q(digits__regex=r"^[0-9]+$"), name="sampling_digits_only"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt}/{self.position}: {self.digits}"


class Confirmation(models.Model):
    """A witness says that the whole string is what was thrown. Only ever added, one a witness and attempt."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="confirmed_by")
    attempt = models.PositiveSmallIntegerField()
    digits = models.CharField(max_length=60)
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "attempt", "witness"], name="sampling_confirmed_once_each")
        ]

    def __str__(self) -> str:
        return f"{self.witness}: {self.digits}"


class Postponement(models.Model):
    """A ceremony put off, with its public reason. Only ever added."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="postponements")
    old_at = models.DateTimeField()
    new_at = models.DateTimeField()
    new_place = models.CharField(max_length=120)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.old_at:%F %R} → {self.new_at:%F %R}"
