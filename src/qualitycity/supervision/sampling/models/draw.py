"""The draw (公开摇号) of a published frame, and its rounds: each with secrets, inputs and a ceremony of its own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.disclosure.models import Secret

from .. import guards
from ..workflow import DRAW, ROUND
from .frame import Frame
from .plan import Mode, Odds, Plan


class Draw(models.Model):
    """What was announced with a frame. Its terms never change; the only way is to void and publish anew."""

    WORKFLOW = DRAW

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="draws")
    frame = models.OneToOneField(Frame, models.PROTECT, related_name="draw")
    number = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    mode = models.CharField(max_length=12, choices=Mode.choices)
    odds = models.CharField(max_length=12, choices=Odds.choices)
    cap = models.PositiveSmallIntegerField(null=True, blank=True, help_text="null: no firm stands twice in the frame")
    team_size = models.PositiveSmallIntegerField()
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    void_reason = models.CharField(max_length=200, blank=True)
    announced_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    region_path = models.CharField(max_length=120, db_index=True)
    state = models.CharField(max_length=12, default="", db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            DRAW.constraint("sampling_draw_state"),
            models.CheckConstraint(condition=~Q(state="voided") | ~Q(void_reason=""), name="sampling_void_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.title} · {_('公开摇号')}"

    def get_absolute_url(self) -> str:
        return reverse("sampling:draw", args=[self.pk])

    def get_move_url(self, verb: str) -> str:
        """The next round is announced as a replacement or in the place of a void one."""
        if verb != "announce_round":
            return f"{self.get_absolute_url()}{verb}/"
        last = self.rounds.order_by("number_in_draw").last()
        return f"{self.get_absolute_url()}{'again' if last and last.state == 'void' else 'replacement'}/"

    def todo_wanted(self, verb: str) -> bool:
        """A further round waits to be announced when the last one was void; firms found shut have their own to-do."""
        last = self.rounds.order_by("number_in_draw").last()
        return verb != "announce_round" or (last is not None and last.state == "void")

    def get_todo_url(self, verb: str) -> str:
        """A to-do leads to its form."""
        return self.get_move_url(verb)

    @property
    def title(self) -> str:
        return self.plan.title

    @property
    def names_public(self) -> bool:
        """Whether the drawn names may be shown to anybody."""
        return self.state in {"opened", "closed"} or (self.mode == Mode.ON_STAGE and self.state == "drawn")


class Round(models.Model):
    """One ceremony: its own sealed secrets, its own public inputs, its own result. Nothing of it is ever repeated."""

    WORKFLOW = ROUND

    class Kind(models.TextChoices):
        FIRST = "first", _("首轮")
        FRESH = "fresh", _("作废后重摇")
        REPLACEMENT = "replacement", _("递补")

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="rounds")
    number_in_draw = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    take = models.JSONField(default=dict, help_text="stratum → {take, reserve}")
    place = models.CharField(max_length=120)
    ceremony_at = models.DateTimeField()
    announced_for = models.DateTimeField(help_text="the first announced time; it stands in announcement.json")
    inputs = models.JSONField(default=list, help_text="the announced public inputs, in the order of the seed lines")
    seats = models.PositiveSmallIntegerField()
    seats_min = models.PositiveSmallIntegerField()
    confirmations = models.PositiveSmallIntegerField()
    dice_count = models.PositiveSmallIntegerField()
    dice_sides = models.PositiveSmallIntegerField()
    draw_secret = models.OneToOneField("disclosure.Secret", models.PROTECT, null=True, blank=True, related_name="+")
    match_secret = models.OneToOneField("disclosure.Secret", models.PROTECT, null=True, blank=True, related_name="+")
    draw_commitment = models.CharField(max_length=64, blank=True)
    match_commitment = models.CharField(max_length=64, blank=True)
    announcement = models.TextField(blank=True, help_text="bytes of announcement.json")
    lab_pool = models.TextField(blank=True, help_text="pool text that the announcement commits to")
    team_pool = models.TextField(blank=True)
    sitting = models.PositiveSmallIntegerField(default=1, help_text="grows with each postponement")
    attempt = models.PositiveSmallIntegerField(default=1, help_text="which try at writing the digits")
    digits = models.CharField(max_length=60, blank=True)
    digits_at = models.DateTimeField(null=True, blank=True)
    beacon = models.JSONField(default=dict, blank=True, help_text="the drand record: round, randomness, signature")
    drawn_at = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    result_digest = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(default=dict, blank=True, help_text="result.json as opened; never shown while sealed")
    matching = models.JSONField(default=dict, blank=True, help_text="matching.json as opened; never shown while sealed")
    matched_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    reports_signed_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    region_path = models.CharField(max_length=120, db_index=True)
    state = models.CharField(max_length=12, default="", db_index=True)

    class Meta:
        ordering = ["draw", "number_in_draw"]
        constraints = [
            ROUND.constraint("sampling_round_state"),
            models.UniqueConstraint(fields=["draw", "number_in_draw"], name="sampling_round_once"),
            models.UniqueConstraint(
                fields=["draw"],
                condition=Q(state__in=["", "announced", "convened", "dice", "confirmed", "drawn", "matched"]),
                name="sampling_one_round_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(state="void") | ~Q(void_reason=""), name="sampling_void_round_reason"),
            models.CheckConstraint(
                condition=Q(confirmations__lte=models.F("seats_min")), name="sampling_seats_confirm"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draw.plan.title} · " + _("第 %(number)d 轮") % {"number": self.number_in_draw}

    def get_absolute_url(self) -> str:
        return reverse("sampling:round", args=[self.pk])

    def get_move_url(self, verb: str) -> str:
        """Most of a ceremony happens on the stage or on a witness's phone."""
        own = {"postpone": "postpone", "void": "void", "supplement": "supplement", "sign_reports": "reports"}
        return f"{self.get_absolute_url()}{own[verb]}/" if verb in own else reverse("sampling:stage", args=[self.pk])

    def todo_wanted(self, verb: str) -> bool:
        """The beacon is entered where one was announced; reports are signed once the names are open."""
        guard = {"beacon": guards.beacon_wanted, "sign_reports": guards.reports_may_be_signed}.get(verb)
        return guard is None or guard(self) is None

    def get_todo_url(self, verb: str) -> str:
        """A to-do of a ceremony leads to its stage, the others to their forms."""
        return self.get_move_url(verb)

    @property
    def number(self) -> str:
        return f"{self.draw.number}-{self.number_in_draw}"

    @property
    def seated(self) -> models.QuerySet:
        """The witnesses of the present sitting."""
        return self.witnesses.filter(sitting=self.sitting)

    @property
    def sealed_draw(self) -> Secret:
        """The secret under which units are drawn; sealed when the round was announced."""
        assert self.draw_secret is not None
        return self.draw_secret

    @property
    def sealed_match(self) -> Secret:
        """The secret under which laboratories and samplers are matched."""
        assert self.match_secret is not None
        return self.match_secret

    @property
    def wants_digits(self) -> bool:
        return any(item["kind"] == "digits" for item in self.inputs)

    @property
    def beacon_input(self) -> dict | None:
        """The announced drand chain and round, if the round has one."""
        return next((item for item in self.inputs if item["kind"] == "drand"), None)

    @property
    def take_total(self) -> int:
        return sum(item["take"] for item in self.take.values())

    @property
    def result_out(self) -> bool:
        """Whether this round has been drawn."""
        return self.drawn_at is not None


class PoolLab(models.Model):
    """A laboratory in the pool of a round, by its published short number."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="labs")
    lab = models.ForeignKey("registry.Lab", models.PROTECT, related_name="+")
    short_no = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    capacity = models.PositiveSmallIntegerField()
    added_later = models.BooleanField(default=False, help_text="supplemented after the draw, with a public reason")

    class Meta:
        ordering = ["short_no"]
        constraints = [models.UniqueConstraint(fields=["round", "short_no"], name="sampling_pool_lab_once")]

    def __str__(self) -> str:
        return f"{self.short_no} {self.name}"


class PoolSampler(models.Model):
    """A sampler in the pool of a round, by the published short number."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="samplers")
    sampler = models.ForeignKey("registry.SamplerRecord", models.PROTECT, related_name="+")
    account = models.ForeignKey("access.Account", models.PROTECT, null=True, blank=True, related_name="+")
    short_no = models.CharField(max_length=16)
    capacity = models.PositiveSmallIntegerField()
    added_later = models.BooleanField(default=False, help_text="supplemented after the draw, with a public reason")

    class Meta:
        ordering = ["short_no"]
        constraints = [models.UniqueConstraint(fields=["round", "short_no"], name="sampling_pool_sampler_once")]

    def __str__(self) -> str:
        return self.short_no
