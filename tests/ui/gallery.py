"""Each page kind once, with invented data: what the browser tests look at. Mounted only by these tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import Actor, acting
from qualitycity.kernel.access.routes import PUBLIC, page
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.acts.queries import Line, Offer
from qualitycity.kernel.rulebook import RuleValue
from qualitycity.kernel.ui import urls as ui_urls
from qualitycity.kernel.ui.desk import Entry
from qualitycity.kernel.ui.forms import Form
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, check_page, create_page, job_part, list_page, record_page
from qualitycity.kernel.workflow import Move, State, Workflow

handler400 = "qualitycity.kernel.ui.errors.bad_request"
handler403 = "qualitycity.kernel.ui.errors.forbidden"
handler404 = "qualitycity.kernel.ui.errors.not_found"
handler500 = "qualitycity.kernel.ui.errors.server_error"

CASE = Workflow(
    "gallery.case",
    gettext_lazy("抽查计划"),
    states=[
        State("draft", "拟订"),
        State("approved", "已批准"),
        State("framed", "名单已定"),
        State("drawn", "已摇号"),
        State("closed", "已办结", closed=True),
        State("void", "已作废", closed=True, off_line=True),
        State("waiting", "等待补正", off_line=True),
    ],
    moves=[
        Move("draft", " → draft", "新建计划", "gallery"),
        Move("edit", "draft → =", "修改", "gallery"),
        Move("approve", "draft → approved", "批准", "gallery", confirm="批准后不能再改批次数。"),
        Move("frame", "approved → framed", "编制名单", "gallery"),
        Move("announce", "framed → =", "公布", "gallery", confirm="公布后,名单和承诺摘要立即公开,不能撤回。"),
        Move(
            "void",
            "draft|approved|framed → void",
            "作废",
            "gallery",
            reason=True,
            confirm="作废后另拟新的计划;理由公开。",
        ),
        Move("receive", "approved|framed → =", "签收", "gallery"),
    ],
)


@dataclass
class Case:
    """An invented case. No table stands behind it."""

    pk: int
    number: str
    title: str
    town: str
    batches: int
    made_on: date
    state: str
    WORKFLOW = CASE
    region_path = ""
    _meta = SimpleNamespace(label_lower="gallery.case")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/desk/gallery/case/{self.pk}/"


TOWNS = ("东河镇", "西塘镇", "南岭街道", "北湖镇")
GOODS = ("袜子", "童袜", "五金阀门", "电动工具", "儿童玩具", "电线电缆", "保温杯")
STATES = ("draft", "approved", "framed", "drawn", "closed", "void", "waiting")
CASES = [
    Case(
        n,
        f"示质抽〔2027〕{n}号",
        f"{GOODS[n % 7]}专项监督抽查" + ("(流通领域与网络交易平台联合,第二季度)" if n % 5 == 0 else ""),
        TOWNS[n % 4],
        (n * 37) % 400 + 4,
        date(2027, 1 + n % 4, 1 + n % 27),
        STATES[n % 7],
    )
    for n in range(1, 66)
]


def service(verb: str, refuse: Exception | None = None) -> Any:
    """An act function that changes nothing, or refuses."""

    def run(*args: Any, reason: str = "", **kwargs: Any) -> Any:
        if refuse is not None:
            raise refuse
        return args[0] if args else CASES[2]

    run.move, run.workflow = CASE.moves[verb], CASE  # type: ignore[attr-defined]
    return run


def listing(request: HttpRequest) -> Listing:
    return Listing(
        request,
        CASES,
        columns=[
            Column("number", "编号", kind="code", link=True),
            Column("title", "计划"),
            Column("town", "属地"),
            Column("batches", "批次", kind="number", unit="批"),
            Column("made_on", "拟订日期", kind="date"),
            Column(
                "light",
                "灯",
                kind="light",
                value=lambda row: ("normal", "near", "overdue", "made_good", "none")[row.pk % 5],
            ),
            Column("state", "状态", kind="state"),
            Column("pk", "序号", kind="number", hidden=True),
        ],
        filters=[
            Filter(
                "q", "关键词", apply=lambda rows, text: [row for row in rows if text in row.title], hint="名称的一部分"
            ),
            Filter(
                "town",
                "属地",
                choices=[(t, t) for t in TOWNS],
                apply=lambda rows, town: [r for r in rows if r.town == town],
            ),
            Filter(
                "since", "拟订不早于", kind="date", apply=lambda rows, day: [row for row in rows if row.made_on >= day]
            ),
            Filter("mine", "只看我的", kind="flag", apply=lambda rows, on: rows[:3]),
        ],
        order="-number",
        export_name="plans",
        empty="还没有抽查计划。先「新建计划」,再编制名单。",
    )


class PlanForm(Form):
    title = forms.CharField(label="计划名称", max_length=60, help_text="例:袜子专项抽查")
    region = forms.ChoiceField(label="属地", choices=[(t, t) for t in TOWNS])
    batches = forms.IntegerField(label="批次", min_value=1, max_value=500, help_text="1 至 500 的整数")
    starts = forms.DateField(label="开始日期")
    mode = forms.ChoiceField(
        label="公开方式", choices=[("after", "检查后公开"), ("stage", "当场公开")], widget=forms.RadioSelect
    )
    towns = forms.MultipleChoiceField(
        label="抽样乡镇", choices=[(t, t) for t in TOWNS], widget=forms.CheckboxSelectMultiple, required=False
    )
    urgent = forms.BooleanField(label="加急", required=False, help_text="加急的计划排在前面")
    note = forms.CharField(label="说明", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    id_number = forms.CharField(label="身份证号", required=False)
    sections = [
        ("基本", ["title", "region", "starts"]),
        ("批次", ["batches", "mode", "towns"]),
        ("其他", ["urgent", "note", "id_number"]),
    ]
    private = ("id_number",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("region", "东河镇")
        self.mark_known("region", source="单位库", challenge="/desk/")


@page(PUBLIC)
def show_list(request: HttpRequest) -> HttpResponse:
    found = listing(request)
    found.selected = lambda: [c for c in CASES if str(c.pk) in request.POST.getlist("ids")]  # type: ignore[method-assign]
    return list_page(request, found, title="抽查计划", batch={"void": service("void")})


@page(PUBLIC)
def show_empty(request: HttpRequest) -> HttpResponse:
    found = listing(request)
    found.rows = []
    return list_page(request, found, title="抽查计划")


@page(PUBLIC)
def show_case(request: HttpRequest, pk: int) -> HttpResponse:
    return record_page(
        request, CASES[pk - 1], template="gallery/case.html", direct=("receive",), rule=OBJECTION, ours=OURS
    )


@page(PUBLIC)
def move(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    return act_page(request, CASES[pk - 1], service(verb), facts=[("批次", 40), ("属地", "东河镇")])


@page(PUBLIC)
def refused(request: HttpRequest) -> HttpResponse:
    return act_page(request, CASES[1], service("void", Refused("需另一名检验员复核。", code="separation")))


@page(PUBLIC)
def new(request: HttpRequest) -> HttpResponse:
    return create_page(request, service("approve"), form=PlanForm, title="新建计划")


@page(PUBLIC)
def faulty(request: HttpRequest) -> HttpResponse:
    faults = [
        Fault("没有这个单位", field="title", value="经讯局", hint="最接近:经信局"),
        Fault("校验码不对", row=3, field="uscc", value="91339999MAD0EM015X", hint="应为 P"),
    ]
    return create_page(request, service("edit", Faults(faults)), form=PlanForm, title="新建计划")


@page(PUBLIC)
def upload(request: HttpRequest) -> HttpResponse:
    faults = [Fault("没有这个单位", row=n, field="牵头单位", value="经讯局", hint="最接近:经信局") for n in range(3, 9)]
    preview = {
        "counts": [("行可用", 1203), ("行要改", 6)],
        "faults": faults,
        "titles": ["任务", "单位"],
        "rows": [["编制规划", "质量局"]],
    }
    return render(
        request,
        "ui/upload.html",
        {"title": "导入任务", "preview": SimpleNamespace(**preview), "failures_url": "/desk/"},
    )


@page(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    items = [
        {
            "title": f"示质抽〔2027〕{n}号 {GOODS[n % 7]}专项监督抽查",
            "url": "/desk/",
            "note": TOWNS[n % 4],
            "light": ("near", "overdue")[n % 2],
            "due": None,
        }
        for n in range(1, 7)
    ]
    context = {
        "landing": "监督抽查",
        "greeting": "王科长,今天是 2027-04-06(周二)",
        "todo_groups": [("请备案", items[:2]), ("请审核名单", items[2:])],
    }
    panels = [SimpleNamespace(title="计划进度", template="gallery/panel.html", measures=[], context={})]
    changes = [(date(2027, 4, 5), "东河镇报来 12 家企业名录", "/desk/"), (date(2027, 4, 5), "L2 完成 3 份报告", "")]
    return render(request, "ui/home.html", context | {"panels": panels, "changes": changes, "title": "监督抽查"})


@page(PUBLIC)
def public(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "gallery/public.html",
        {"source": "示例市质量局", "as_of": date(2027, 4, 6), "verify_url": "/", "listing": listing(request)},
    )


@page(PUBLIC)
def plain(request: HttpRequest, name: str) -> HttpResponse:
    context = {
        "title": "袜子专项抽查 · 公开摇号",
        "back": "/desk/",
        "paper_number": "示质抽〔2027〕12号",
        "paper_unit": "示例市质量局",
        "paper_code": "7K3M-Q2WD-9XPA",
    }
    tabs = [("今日", "/", "home", True), ("待上传", "/", "upload", False), ("我", "/", "user", False)]
    return render(request, f"gallery/{name}.html", context | {"phone_tabs": tabs})


@page(PUBLIC)
def job(request: HttpRequest) -> HttpResponse:
    return job_part(request, done=1470, total=1470, text="正在导入", finished=True, next_url="/desk/")


@page(PUBLIC)
def check(request: HttpRequest) -> HttpResponse:
    return check_page(
        request,
        title="公布名单",
        consequences=["名单、排除理由和摘要立即公开。", mark_safe("摇号最早 2027-04-07(周三)。")],
        facts=[("企业", "10 家"), ("摘要", "e6c7f9b15fb0d518")],
        submit="公布",
        action=lambda reason: None,
        reason=True,
        back="/desk/gallery/list/",
        done="/desk/gallery/list/",
    )


@page(PUBLIC)
def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@page(PUBLIC)
def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def lines() -> list[Line]:
    """Invented lines of 办理记录."""
    at = datetime(2027, 4, 6, 9, 12, 33, tzinfo=timezone.get_default_timezone())
    common = {"business_date": "2027-04-06", "refused": "", "facts": {}, "rules": {}, "deputy": False}
    return [
        Line(
            1,
            at,
            who="王科长",
            post="监督科长",
            unit="质量局监督科",
            action="新建计划",
            before="",
            after="拟订",
            reason="",
            **common,
        ),
        Line(
            2,
            at,
            who="李局",
            post="局领导",
            unit="质量局",
            action="批准",
            before="拟订",
            after="已批准",
            reason="",
            **common | {"facts": {"batches": 40}},
        ),
        Line(
            3,
            at,
            who="王科长",
            post="监督科长",
            unit="质量局监督科",
            action="公布",
            before="已批准",
            after="已批准",
            reason="",
            **common | {"refused": "须在摇号前一个工作日公布。"},
        ),
        Line(
            4,
            at,
            who="赵主任",
            post="统筹专员",
            unit="质量局(强市办)",
            action="退回补正",
            before="已批准",
            after="拟订",
            reason="批次数与预算不符",
            **common | {"deputy": True},
        ),
    ]


def offers(subject: Any, actor: Any = None) -> list[Offer]:
    """What may be done with an invented case: everything its table says, but for one refusal."""
    found = CASE.from_state(subject.state)
    return [Offer(m, m.verb != "announce", "须在摇号前一个工作日公布。" if m.verb == "announce" else "") for m in found]


CHIEF = Actor("p1", "王科长", "监督科长", "质量局监督科", 1, 1, frozenset({"section_chief"}), all_powerful=True)
MENU = tuple(
    Entry(title, f"gallery:{name}" if door == "desk" else name, PUBLIC, group, icon, door=door)
    for title, name, group, icon, door in (
        ("监督抽查", "home", "home", "layout-dashboard", "desk"),
        ("抽查计划", "list", "supervision", "clipboard-list", "desk"),
        ("公开摇号", "new", "supervision", "dice", "desk"),
        ("导入", "upload", "supervision", "upload", "desk"),
        ("企业", "check", "registry", "building-factory-2", "desk"),
        ("产品", "empty", "registry", "package", "desk"),
        ("我的检验", "lab-list", "lab", "microscope", "lab"),
        ("摇号", "public", "public", "", "public"),
        ("抽查结果", "public-2", "public", "", "public"),
    )
)
OBJECTION = RuleValue(
    "D11",
    1,
    "异议期",
    15,
    "calendar_day",
    source="产品质量监督抽查管理暂行办法",
    article="第三十二条",
    confidence="high ✓",
    in_force_from=date(2020, 1, 1),
)
OURS = RuleValue(
    "light.near_days",
    1,
    "临期天数",
    3,
    "working_day",
    source="本系统",
    confidence="model",
    is_model=True,
    in_force_from=date(2020, 1, 1),
)


def pretend(respond: Any) -> Any:
    """Middleware: every request of the gallery comes from the section chief."""

    def answer(request: HttpRequest) -> HttpResponse:
        with acting(CHIEF):
            return respond(request)

    return answer


@page(PUBLIC)
def nothing(request: HttpRequest, **_more: Any) -> HttpResponse:
    return HttpResponse("")


pages = [
    path("list/", show_list, name="list"),
    path("empty/", show_empty, name="empty"),
    path("case/<int:pk>/", show_case),
    path("case/<int:pk>/<slug:verb>/", move),
    path("refused/", refused),
    path("new/", new, name="new"),
    path("faulty/", faulty),
    path("upload/", upload, name="upload"),
    path("home/", home, name="home"),
    path("check/", check, name="check"),
    path("job/", job),
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("<slug:name>/", plain),
]
urlpatterns = [
    path("desk/gallery/", include((pages, "gallery"))),
    path("lab/gallery/list/", show_list, name="lab-list"),
    path("gallery/public/", public, name="public"),
    path("gallery/more/", public, name="public-2"),
    path("desk/", nothing, name="home"),
    path("lab/", nothing, name="lab-home"),
    path("", nothing, name="front"),
    path("language/", nothing, name="language"),
    path("desk/search/", nothing, name="search"),
    path("accounts/logout/", nothing, name="account_logout"),
    path("desk/todo/", include(([path("", nothing, name="boxes"), path("<slug:name>/", nothing, name="box")], "todo"))),
    path("ui/", include((ui_urls.public, "ui-public"))),
    path("desk/ui/", include((ui_urls.desk, "ui"))),
]


def clocks(subject: Any) -> list[Any]:
    """Two invented clocks: one near its end, one late and made good."""
    running = {"met_on": None, "is_running": True, "is_suspended": False, "provisional": False, "rule": OBJECTION}
    near = SimpleNamespace(
        title="异议期", due_date=date(2027, 4, 12), light=lambda: "near", days_left=lambda: 4, **running
    )
    late = SimpleNamespace(
        title="报告上传", due_date=date(2027, 4, 1), light=lambda: "overdue", days_left=lambda: -2, **running
    )
    return [near, late]
