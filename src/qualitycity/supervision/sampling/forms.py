"""Forms of supervision sampling: thin; every rule is checked again by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.scope import scoped
from qualitycity.kernel.clock.calendar import add_working_days
from qualitycity.kernel.rulebook import rule
from qualitycity.kernel.ui.forms import Form
from qualitycity.registry.models import ProductCategory

from .models import Mode, Odds, Plan, ShutCause, TaskKind, Witness
from .models.frame import Reason
from .models.plan import Stratify


def choose(form: Form, name: str, rows: QuerySet) -> None:
    """Let a field choose among these rows; querysets are made per request, because they are scoped."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


MOST = 2**15 - 1  # what the columns of a plan hold


class PlanForm(Form):
    """The terms of a plan; what the rulebook gives stands in the fields."""

    title = forms.CharField(label=_("计划名称"), max_length=60, help_text=_("例:袜子专项抽查"))
    kind = forms.ChoiceField(label=_("任务类别"), choices=TaskKind.choices, initial=TaskKind.SPECIAL)
    cause = forms.CharField(
        label=_("由来"), max_length=200, required=False, help_text=_("风险信号、集中问题、季节、投诉、你点我检等")
    )
    category = forms.ModelChoiceField(label=_("产品类别"), queryset=ProductCategory.objects.none())
    region = forms.ModelChoiceField(label=_("抽查范围"), queryset=Region.objects.none())
    implementation_rule = forms.CharField(
        label=_("实施细则"), max_length=120, required=False, help_text=_("抽样前须已公布")
    )
    mode = forms.ChoiceField(label=_("名单公开方式"), choices=Mode.choices)
    odds = forms.ChoiceField(label=_("抽中机会"), choices=Odds.choices, initial=Odds.EQUAL)
    stratify = forms.ChoiceField(label=_("分层"), choices=Stratify.choices, initial=Stratify.WHOLE)
    strata_text = forms.CharField(
        label=_("各层抽取数"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("每层一行:代码,名称,依据,抽取数,备选数。不分层时只写一行,依据留空,例:socks,袜子,,4,0"),
    )
    cap = forms.IntegerField(label=_("同一企业最多抽中"), min_value=1, max_value=MOST)
    team_size = forms.IntegerField(label=_("每组抽样人员"), min_value=2, max_value=MOST)
    sections = [
        (_("任务"), ["title", "kind", "cause", "category", "region", "implementation_rule"]),
        (_("怎样抽"), ["mode", "odds", "stratify", "strata_text", "cap", "team_size"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "category", ProductCategory.objects.filter(state="current").order_by("code"))
        choose(self, "region", scoped(Region.objects.filter(valid_to=None), field="path").order_by("path"))
        for name, rule_id in (("cap", "sampling.per_firm_cap"), ("team_size", "sampling.team_size")):
            self.fields[name].initial = rule(rule_id).amount
        self.fields["mode"].initial = rule("sampling.mode").value

    def clean_strata_text(self) -> list[dict[str, Any]]:
        """The lines as strata; every faulty line is named."""
        strata, wrong = [], []
        for number, line in enumerate(self.cleaned_data["strata_text"].splitlines(), 1):
            parts = [part.strip() for part in line.replace(",", ",").split(",")]
            if not any(parts):
                continue
            parts += [""] * (5 - len(parts))
            if len(parts) != 5 or not parts[0] or not parts[3].isdigit() or not (parts[4] or "0").isdigit():
                wrong.append(_("第 %(number)d 行应为「代码,名称,依据,抽取数,备选数」") % {"number": number})
                continue
            strata.append(
                {
                    "code": parts[0],
                    "title": parts[1],
                    "key": parts[2],
                    "take": int(parts[3]),
                    "reserve": int(parts[4] or 0),
                }
            )
        if wrong:
            raise forms.ValidationError(wrong)
        return strata

    def arguments(self) -> dict[str, Any]:
        """Strata as the service takes them."""
        given = dict(self.cleaned_data)
        given["strata"] = given.pop("strata_text")
        return given


class PlanEditForm(PlanForm):
    """The same, on a plan that exists; its territory stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["region"]


def plan_initial(plan: Plan) -> dict[str, Any]:
    """What stands in the form of an existing plan."""
    names = (
        "title",
        "kind",
        "cause",
        "category",
        "implementation_rule",
        "mode",
        "odds",
        "stratify",
        "cap",
        "team_size",
    )
    lines = [f"{item.code},{item.title},{item.key},{item.take},{item.reserve}" for item in plan.strata.all()]
    return {name: getattr(plan, name) for name in names} | {"strata_text": "\n".join(lines)}


class FileForm(Form):
    """With whom the plan is filed."""

    filed_with = forms.CharField(label=_("备案机关"), max_length=120)


class CeremonyForm(Form):
    """When and where a ceremony is held, and by which public inputs."""

    ceremony_at = forms.DateTimeField(label=_("摇号时间"), widget=forms.DateTimeInput())
    place = forms.CharField(label=_("摇号地点"), max_length=120)
    inputs = forms.MultipleChoiceField(
        label=_("公共输入"),
        choices=[("digits", _("现场掷骰子")), ("drand", _("公开随机信标(drand)"))],
        widget=forms.CheckboxSelectMultiple(),
        initial=["digits"],
        help_text=_("都选时依次进入种子"),
    )
    draw_secret = forms.CharField(
        label=_("抽取秘密(演示)"), required=False, help_text=_("留空由系统随机产生;只有演示模式可以指定")
    )
    match_secret = forms.CharField(
        label=_("匹配秘密(演示)"), required=False, help_text=_("留空由系统随机产生;只有演示模式可以指定")
    )
    private = ("draw_secret", "match_secret")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead = rule("sampling.announce_lead")
        earliest = add_working_days(clock.today(), int(lead.amount))
        self.fields["ceremony_at"].help_text = _("最早 %(day)s,公告至少提前 %(lead)s") % {
            "day": earliest,
            "lead": lead.text,
        }
        self.fields["ceremony_at"].initial = f"{earliest}T09:30"
        if not settings.CITY_DEMO:
            del self.fields["draw_secret"], self.fields["match_secret"]

    def arguments(self) -> dict[str, Any]:
        """Empty secrets are none."""
        given = dict(self.cleaned_data)
        for name in self.private:
            given[name] = given.get(name) or None
        return given


class PublishForm(CeremonyForm):
    """How the names become public, and the first ceremony."""

    mode = forms.ChoiceField(label=_("名单公开方式"), choices=Mode.choices, widget=forms.RadioSelect())
    field_order = ["mode", "ceremony_at", "place", "inputs", "draw_secret", "match_secret"]


class PostponeForm(Form):
    """New time and place."""

    ceremony_at = forms.DateTimeField(label=_("新的时间"), widget=forms.DateTimeInput())
    place = forms.CharField(label=_("地点"), max_length=120, required=False, help_text=_("不变时留空"))


class ExcludeForm(Form):
    """Why a unit may not be drawn; bans and cancellations come from records alone."""

    code = forms.ChoiceField(
        label=_("理由类别"),
        choices=[
            (value, label) for value, label in Reason.choices if value not in (Reason.REPEAT_BAN, Reason.DEREGISTERED)
        ],
    )
    on = forms.DateField(label=_("事由日期"), required=False, widget=forms.DateInput())


class VisitForm(Form):
    """On which day the visit was made."""

    on = forms.DateField(label=_("到企业日期"), widget=forms.DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.today().isoformat()


class ShutForm(VisitForm):
    """A firm that cannot be sampled: cause, photos, what was seen."""

    cause = forms.ChoiceField(label=_("原因"), choices=ShutCause.choices)
    photo_1 = forms.FileField(label=_("现场照片 1"), widget=forms.FileInput(attrs={"accept": "image/*"}))
    photo_2 = forms.FileField(label=_("现场照片 2"), widget=forms.FileInput(attrs={"accept": "image/*"}))
    photo_3 = forms.FileField(
        label=_("现场照片 3"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
    detail = forms.CharField(label=_("现场情况"), max_length=200, required=False)
    field_order = ["cause", "photo_1", "photo_2", "photo_3", "detail", "on"]

    def arguments(self) -> dict[str, Any]:
        """The photos as one list."""
        given = dict(self.cleaned_data)
        given["photos"] = [photo for photo in (given.pop(f"photo_{n}") for n in (1, 2, 3)) if photo]
        return given


class DetailForm(Form):
    """What the town office found."""

    detail = forms.CharField(label=_("核实情况"), max_length=200, required=False)


class BeaconForm(Form):
    """The pasted record of the announced beacon round."""

    record = forms.CharField(
        label=_("信标记录"), widget=forms.Textarea(attrs={"rows": 5}), help_text=_("粘贴整条 JSON 记录")
    )


class SignInForm(Form):
    """A witness signs in on the own phone."""

    code = forms.CharField(
        label=_("见证码"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text=_("主持人给的十位数字"),
    )
    name = forms.CharField(label=_("姓名"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    capacity = forms.ChoiceField(label=_("身份"), choices=Witness.Capacity.choices, widget=forms.RadioSelect())
    autosave = False
