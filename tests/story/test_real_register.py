"""The main job on real input: from a county's business register to a draw that a stranger has checked, in one test.

It runs twice: on an invented register with the same nine columns, and on the real one where it lies.
Of the real register nothing leaves the temporary folder: assertions compare numbers, never names.
"""

from __future__ import annotations

import csv
import io
import random
import re
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.acts.verify import verify
from qualitycity.kernel.documents import papers
from qualitycity.registry import services as registry
from qualitycity.registry.models import CategoryProposal, Enterprise, EnterpriseProduct, ImportBatch, ImportRow
from qualitycity.registry.models import ProductCategory as Category
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Draw, Frame, Plan, Round, Visit
from qualitycity.supervision.sampling.witnesses import actor_of

from . import invented, office

PLANNING, CEREMONY, VISITING, REPORTING = (date(2026, 3, day) for day in (9, 11, 16, 30))
STAGE = datetime(2026, 3, 11, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
TAKE = 12
WITNESSES = (("甲见证", "citizen"), ("乙见证", "deputy"), ("丙见证", "press"))
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Register:
    """A register's file and what is known of it beforehand: rows always, outcomes where the file is invented."""

    content: bytes
    rows: int
    outcomes: dict[str, int] = field(default_factory=dict)


def real_register(shared: Path) -> Register:
    path = shared / "real" / "zhuji-enterprises.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    content = path.read_bytes()
    return Register(content, len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) - 1)


@pytest.fixture(params=["invented", "real"])
def register(request: pytest.FixtureRequest) -> Register:
    if request.param == "real":
        found = real_register(request.getfixturevalue("shared"))
        assert found.rows == 1470
        return found
    content, known = invented.register()
    return Register(content, known.pop("rows"), known)


@pytest.fixture
def bureau(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    """A real installation: no demonstration mode, its own folder."""
    settings.CITY_DEMO, settings.CITY_DATA = False, tmp_path / "city"
    office.establish()


def test_from_the_register_to_a_draw_that_a_stranger_checks(bureau: None, register: Register, tmp_path: Path) -> None:
    take_in(register)
    makers = confirm_socks()
    keep_bureau_list(makers)
    plan = agree_on_a_plan()
    frame = reconcile(plan, makers)
    draw, first = announce(frame)
    hold_ceremony(first)
    check_result(first, frame)
    sign_off(first)
    visit_all(draw)
    close(first)
    checked_by_a_stranger(draw, frame, tmp_path)
    assert verify().consistent


# -- the register


def take_in(register: Register) -> None:
    """The section chief uploads the file on the page, sees what becomes of each row, and imports it."""
    chief = office.browser("chief")
    with clock.on(PLANNING):
        with role("desk"):
            county = Region.objects.get(code=office.COUNTY)
            assert not Enterprise.objects.exists(), "nobody is there before the import"
        file = SimpleUploadedFile("登记数据.csv", register.content)
        answer = chief.post(reverse("registry:import-new"), {"region": county.pk, "file": file}, follow=True)
        assert answer.status_code == 200
        batch: ImportBatch = answer.context["record"]
        assert batch.state == "previewed"
        with role("desk"):
            assert not Enterprise.objects.exists(), "a preview writes nothing"
        assert chief.post(reverse("registry:import-commit", args=[batch.pk]), {"_step": "commit"}).status_code == 302
    with role("desk"):
        batch.refresh_from_db()
        lines = ImportRow.objects.filter(batch=batch)
        assert batch.state == "committed" and batch.rows == register.rows
        assert sum(batch.counts.values()) == register.rows
        assert sorted(lines.values_list("row_no", flat=True)) == list(range(2, register.rows + 2))
        assert dict(Counter(lines.values_list("outcome", flat=True))) == {k: n for k, n in batch.counts.items() if n}
        assert not lines.exclude(outcome="refused").filter(enterprise__isnull=True).exists(), "merged into nobody"
        assert not lines.filter(outcome="refused", reasons=[]).exists(), "refused without a reason"
        assert Enterprise.objects.count() == batch.accepted
        for outcome, count in register.outcomes.items():
            assert getattr(batch, outcome) == count, outcome
    page = chief.get(batch.get_absolute_url()).content.decode()
    shown = re.sub(r"[,\s]", "", re.sub(r"<[^>]+>", "", page))
    assert all(str(count) in shown for count in batch.counts.values() if count), "the counts stand on the page"


def confirm_socks() -> list[int]:
    """What the rules propose with confidence is looked through and confirmed in batches; the rest is turned down."""
    chief = office.browser("chief")
    with role("desk"):
        proposed = CategoryProposal.objects.count()
        socks = CategoryProposal.objects.filter(category__code=office.SOCKS)
        sure = list(socks.filter(role="make", confidence__gte=90).values_list("pk", flat=True))
        unsure = list(socks.exclude(pk__in=sure).values_list("pk", flat=True))
    assert len(sure) >= 40
    with clock.on(PLANNING):
        for start in range(0, len(sure), 50):
            chief.post(reverse("registry:proposals"), {"act": "confirm", "ids": sure[start : start + 50]})
        chief.post(reverse("registry:proposals"), {"act": "reject", "ids": unsure})
    with role("desk"):
        decisions = Counter(CategoryProposal.objects.values_list("decision", flat=True))
        assert (decisions["confirmed"], decisions["rejected"]) == (len(sure), len(unsure))
        assert sum(decisions.values()) == proposed
        products = EnterpriseProduct.objects.filter(category__code=office.SOCKS, state="listed", role="make")
        assert products.count() == len(sure)
        return list(products.order_by("enterprise__uscc", "pk").values_list("enterprise_id", flat=True))


def keep_bureau_list(makers: list[int]) -> None:
    """The bureau's own list: two makers are missing, one firm stands there that makes no socks by the register."""
    with office.acting_as("chief", PLANNING):
        county, socks = Region.objects.get(code=office.COUNTY), Category.objects.get(code=office.SOCKS)
        foreign = Enterprise.objects.exclude(pk__in=makers).filter(uscc__isnull=False).order_by("uscc").first()
        listed = [*Enterprise.objects.filter(pk__in=makers[2:]), foreign]
        assert registry.enter_on_list(registry.open_list(region=county, category=socks), enterprises=listed) == len(
            listed
        )
        registry.cancel_enterprise(
            Enterprise.objects.get(pk=makers[3]), cancelled_on=date(2026, 2, 2), reason="登记机关注销"
        )
        registry.record_prior_sampling(
            enterprise=Enterprise.objects.get(pk=makers[4]),
            category=socks,
            sampled_on=date(2026, 1, 20),
            level="prefecture",
            authority="示例设区市局",
            proof="示抽2026-0001",
        )
    office.declare_interests(makers[5], makers[6], PLANNING)


# -- plan and frame


def agree_on_a_plan() -> Plan:
    """Drafted and filed by the section chief, approved by the leader."""
    with office.acting_as("chief", PLANNING):
        plan = services.draft_plan(
            title="袜子专项抽查",
            category=Category.objects.get(code=office.SOCKS),
            region=Region.objects.get(code=office.COUNTY),
            strata=[{"code": "socks", "title": "袜子", "key": "", "take": TAKE}],
        )
        services.file_plan(plan, filed_with="设区市局")
    with office.acting_as("leader", PLANNING):
        services.approve_plan(plan)
        assert (plan.state, plan.take, plan.mode) == ("approved", TAKE, "after_check")
    return plan


def reconcile(plan: Plan, makers: list[int]) -> Frame:
    """Both lists set against each other; every difference decided; rules and one look on the spot leave firms out."""
    with office.acting_as("chief", PLANNING):
        frame = services.build_frame(plan=plan)
        kinds = Counter(frame.reconciliations.values_list("kind", flat=True))
        assert kinds == {"register_only": 2, "list_only": 1}
        both = len(makers) - kinds["register_only"]
        assert frame.rows.count() == both
        services.add_to_frame(frame, items=frame.reconciliations.filter(kind="register_only"))
        services.excuse_from_frame(
            frame, items=frame.reconciliations.filter(kind="list_only"), reason="登记库没有该企业的袜子产品"
        )
        services.exclude_row(
            frame, row=frame.rows.get(enterprise_id=makers[7]), code="no_such_product", reason="现场核实已停产袜子"
        )
        assert frame.rows.count() == both + kinds["register_only"] == len(makers)
        out = dict(frame.rows.exclude(reason="").values_list("enterprise_id", "reason"))
        assert out == {makers[3]: "deregistered", makers[4]: "repeat_ban", makers[7]: "no_such_product"}
        eligible, excluded = frame.rows.filter(weight__gt=0).count(), frame.rows.filter(weight=0).count()
        assert (excluded, eligible + excluded) == (len(out), frame.rows.count())
        rehearsal = services.rehearse_frame(frame)
        assert rehearsal.draws == 1000 and rehearsal.report["feasible"]
    return frame


def announce(frame: Frame) -> tuple[Draw, Round]:
    """The frame is published two days ahead; both secrets are sealed by the system and known to nobody."""
    with office.acting_as("chief", PLANNING):
        draw = services.publish_frame(frame, mode="after_check", ceremony_at=STAGE, place="质量局一楼大厅")
        first = draw.rounds.select_related("draw__plan", "draw__frame").get()
        eligible, total = frame.rows.filter(weight__gt=0).count(), frame.rows.count()
    shown = public(draw)
    assert (shown["frame"]["total"], shown["frame"]["eligible"]) == (total, eligible)
    assert sum(line["count"] for line in shown["papers"]["1"]["announcement"]["odds"]) == eligible
    assert shown["rounds"][0]["commitment"] != shown["rounds"][0]["match_commitment"]
    lines = published(draw, "frame.csv").decode().splitlines()
    weights = [int(line.split(",")[2]) for line in lines]
    assert (len(lines), sum(weight > 0 for weight in weights)) == (total, eligible)
    return draw, first


# -- the ceremony


def hold_ceremony(round_: Round) -> None:
    """Three witnesses throw twenty dice in turn and two confirm; the host, who drew up no list, presses."""
    digits = "".join(random.choices("123456", k=20))
    with office.acting_as("host", CEREMONY):
        services.convene_round(round_)
        seats = list(round_.seated)
    for seat, (name, capacity) in zip(seats, WITNESSES, strict=True):
        with clock.on(CEREMONY), role("desk"):
            services.sign_in_by_code(seat.code, name, capacity)
    with office.acting_as("host", CEREMONY):
        services.begin_dice(round_)
    seats = witnesses(round_)
    for seat, part in zip(seats, (digits[:7], digits[7:14], digits[14:]), strict=True):
        with clock.on(CEREMONY), role("desk"), acting(actor_of(seat)):
            services.write_digits(round_, digits=part)
    for seat in seats[:2]:
        with clock.on(CEREMONY), role("desk"), acting(actor_of(seat)):
            services.confirm_digits(round_, digits)
    with office.acting_as("host", CEREMONY):
        round_.refresh_from_db()
        assert (round_.state, round_.digits) == ("confirmed", digits)
        services.draw_round(round_)
        services.match_round(round_)
        services.issue_minutes(round_)


def witnesses(round_: Round) -> list[Any]:
    with role("desk"):
        return list(round_.seated.select_related("round"))


def check_result(round_: Round, frame: Frame) -> None:
    """Twelve different eligible firms, a laboratory and two samplers for each, nobody overloaded or in interest."""
    with role("desk"):
        drawn = list(
            round_.drawn.select_related("row", "lab_match__lab").prefetch_related("team__sampler", "set_asides")
        )
        assert len({one.row.enterprise_id for one in drawn}) == len(drawn) == round_.count == TAKE
        assert all(one.row.weight > 0 and one.row.frame_id == frame.pk for one in drawn)
        loads = Counter(one.lab_match.lab.short_no for one in drawn)
        assert sum(loads.values()) == TAKE and max(loads.values()) <= office.CAPACITY
        teams = [[item.sampler.short_no for item in one.team.all()] for one in drawn]
        assert all(len(set(team)) == 2 for team in teams)
        share = Counter(short for team in teams for short in team)
        assert sum(share.values()) == 2 * TAKE and max(share.values()) - min(share.values()) <= 1
        for one, team in zip(drawn, teams, strict=True):
            aside = {item.agent for item in one.set_asides.all()}
            assert not aside & {one.lab_match.lab.short_no, *team}
        assert Visit.objects.filter(drawn__round=round_).count() == TAKE


def sign_off(round_: Round) -> None:
    """Each witness signs with the full name; the minutes are a paper anybody can confirm by its code."""
    for seat in witnesses(round_):
        with clock.on(CEREMONY), role("desk"), acting(actor_of(seat)):
            services.sign_minutes(round_, seat.name)
    with office.acting_as("host", CEREMONY):
        round_.refresh_from_db()
        assert round_.state == "signed"
        code = papers(round_).first().code
    assert office.browser().get(f"/verify/{code}/").status_code == 200


# -- afterwards


def visit_all(draw: Draw) -> None:
    """The samplers record their visits, one is refused; until the last one nobody outside knows a name."""
    with role("desk"):
        tasks = list(Visit.objects.filter(drawn__round__draw=draw).select_related("drawn__round__draw").order_by("pk"))
        teams = {visit.pk: visit.drawn.team.first().sampler.account.username for visit in tasks}
    for visit in tasks:
        assert (public(draw)["state"], public(draw)["drawn"]) == ("drawn", [])
        with office.acting_as(teams[visit.pk], VISITING):
            if visit is tasks[0]:
                services.record_refused(visit, reason="企业拒绝抽样")
            else:
                services.record_sampled(visit)
    shown = public(draw)
    assert (shown["state"], len(shown["drawn"])) == ("opened", TAKE)
    assert not [unit for unit in shown["drawn"] if unit["lab"] or unit["team"]], "pairs wait for the reports"
    with role("desk"):
        assert Counter(Visit.objects.values_list("state", flat=True)) == {"sampled": TAKE - 1, "refused": 1}


def close(round_: Round) -> None:
    """With the last report signed the matching opens too, and the plan can be closed."""
    with office.acting_as("keeper", REPORTING):
        services.record_last_report_signed(round_)
    with office.acting_as("chief", REPORTING):
        services.complete_plan(round_.draw.plan)
    shown = public(round_.draw)
    assert shown["state"] == "closed" and all(unit["lab"] and len(unit["team"]) == 2 for unit in shown["drawn"])


def public(draw: Draw) -> dict[str, Any]:
    """What the public page says now."""
    return office.browser().get(f"/p/draw/{draw.slug}/data.json").json()


def published(draw: Draw, name: str) -> bytes:
    """A file of the public page."""
    page = office.browser().get(f"/p/draw/{draw.slug}/")
    return office.browser().get(f"/p/draw/{draw.slug}/{page.context['version'].number}/{name}").content


def checked_by_a_stranger(draw: Draw, frame: Frame, folder: Path) -> None:
    """Download the bundle, take the checker out of it, run it by itself; then change one digit."""
    bundle = folder / "BUNDLE.zip"
    bundle.write_bytes(published(draw, "bundle.zip"))
    with zipfile.ZipFile(bundle) as packed:
        (folder / "verify_draw.py").write_bytes(packed.read("verify_draw.py"))
        assert len(packed.read("frame.csv").decode().splitlines()) == frame_size(frame)
    whole = check(folder, bundle)
    assert whole.returncode == 0 and "一致" in whole.stdout, whole.stderr
    firm = public(draw)["drawn"][0]["unit"]
    assert check(folder, bundle, "--firm", firm).returncode == 0
    forged = folder / "forged.zip"
    digits = public(draw)["rounds"][0]["digits"]
    other = ("2" if digits[0] == "1" else "1") + digits[1:]
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(forged, "w") as new:
        for item in old.infolist():
            content = old.read(item.filename)
            new.writestr(
                item, content.replace(digits.encode(), other.encode()) if item.filename.endswith("t.json") else content
            )
    assert check(folder, forged).returncode == 1


def frame_size(frame: Frame) -> int:
    with role("desk"):
        return frame.rows.count()


def check(folder: Path, bundle: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(folder / "verify_draw.py"), str(bundle), "--lang", "zh", *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def test_no_firm_of_the_real_register_stands_in_the_repository(shared: Path) -> None:
    """Neither name nor code of any of the 1,470, in any committed file."""
    rows = list(csv.reader(io.StringIO(real_register(shared).content.decode("utf-8-sig"))))[1:]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    files = [path for name in listed if name and (path := ROOT / name.decode()).is_file()]
    found = []
    for path in files:
        text = path.read_bytes().decode(errors="ignore")
        words = set(re.findall(r"[0-9A-Z]{15,18}", text))
        chinese = "\n".join(set(re.findall(r"[一-鿿()()]{4,}", text)))
        found += [
            f"{path.relative_to(ROOT)}: row {number}"
            for number, line in enumerate(rows, 2)
            if line[1] in words or (len(line[0]) >= 6 and line[0] in chinese)
        ]
    assert not found
