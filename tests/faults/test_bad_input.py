"""Bad input at the real doors, page and command line: refused with row or field, and nothing is changed by it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from qualitycity.cli import draw
from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.disclosure.models import PublicFile, Version
from qualitycity.methods.lottery import verify_draw
from qualitycity.registry import uscc
from qualitycity.registry.models import Enterprise, ImportBatch, ProductCategory
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Draw, Frame, Plan, Round
from tests.faults.doors import post_flood, said, tables
from tests.registry.conftest import HEAD, csv_file, row
from tests.story.office import acting_as, browser
from tests.supervision.sampling import play

ROOT = Path(__file__).resolve().parents[2]
TWO_GB = 2 << 30
BATCH = ("registry_importbatch", "registry_importprogress")  # a file that was read and given up stays on record


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.CITY_DATA = tmp_path / "city"


def county() -> int:
    with role("desk"):
        return Region.objects.get(code="339999").pk


def upload(content: bytes, name: str = "登记.csv") -> Any:
    file = io.BytesIO(content)
    file.name = name
    return browser("section").post(reverse("registry:import-new"), {"region": county(), "file": file}, follow=True)


def command(path: Path, content: bytes | None = None, **options: Any) -> str:
    """The import from the command line, as its verb runs it; what it refused with."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("import_enterprises", str(path), region="339999", yes=True, **options)
    return str(refused.value)


# -- a register

GOOD = [uscc.make("91339999", f"MAD4000{n}") for n in range(8)]
HERE = "示例市东河镇示例路 1 号"


def firm(name: str, code: str, **more: str) -> list[str]:
    return row(name, code, HERE, **({"province": "示例省"} | more))


BAD_ROWS = {
    "over-long code": (firm("示例甲厂", GOOD[1] + "0"), "code", "19 位"),
    "a sign no code has": (firm("示例乙厂", GOOD[2][:9] + "O" + GOOD[2][10:]), "code", "第 10 位“O”"),
    "one digit changed": (firm("示例丙厂", GOOD[3][:-1] + ("0" if GOOD[3][-1] != "0" else "1")), "code", "第 18 位"),
    "no name": (firm("", GOOD[4]), "name", "没有企业名称"),
    "no such day": (firm("示例戊厂", GOOD[5], day="2015-02-30"), "established_on", "日历上没有这一天"),
    "cells one column off": (firm("示例己厂", GOOD[6], province="有限责任公司"), "province", "不是省级行政区名"),
    "more capital than money": (firm("示例庚厂", GOOD[7], capital="9" * 40 + "(万元人民币)"), "capital", "大得不像"),
}


def test_each_bad_row_is_named_with_field_and_reason(pack: None) -> None:
    """Page upload: of two rows with one code the first counts, an unnormalised code is mended, the rest is refused."""
    from python_calamine import CalamineWorkbook

    wide = GOOD[0].translate({code: code + 0xFEE0 for code in range(0x30, 0x5B)}).lower()
    rows = [firm("示例好厂", wide), firm("示例好厂二名", GOOD[0]), *[line for line, _field, _says in BAD_ROWS.values()]]
    before = tables(*BATCH, "registry_importrow", "registry_importstage")
    answer = upload(csv_file(*rows).getvalue())
    batch: ImportBatch = answer.context["record"]
    assert (batch.accepted, batch.merged, batch.refused) == (1, 1, len(BAD_ROWS))
    assert tables(*BATCH, "registry_importrow", "registry_importstage") == before, "a preview changes nothing"
    with role("desk"):
        lines = {line.row_no: line for line in batch.lines.all()}
        assert (lines[2].code, lines[3].into_row) == (GOOD[0], 2)
        for number, (what, (_line, field, says)) in enumerate(BAD_ROWS.items(), 4):
            faults = [reason for reason in lines[number].reasons if reason["field"] == field]
            assert lines[number].outcome == "refused" and len(faults) == 1, what
            assert says in faults[0]["message"] and faults[0]["hint"], what
    section = browser("section")
    listed = section.get(batch.get_absolute_url() + "?tab=rows&outcome=refused").content.decode()
    assert all(says in listed for _line, _field, says in BAD_ROWS.values())
    book = section.get(reverse("registry:import-failures", args=[batch.pk])).content
    table = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    cells = {str(cell) for line in table for cell in line}
    assert all(line[1] in cells for line, _field, _says in BAD_ROWS.values()), (
        "the failure list holds the rows as they were"
    )


NO_REGISTER: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "空"),
    "a header and nothing": (csv_file().getvalue(), "表头下面没有数据行"),
    "other columns": ("姓名,年龄\n甲,3\n".encode(), "找不到表头"),
    "half a column set": (csv_file(["示例"], head=HEAD[:1]).getvalue(), "缺少“统一社会信用代码”"),
    "a picture": (play.PHOTO, "不是认得出的表格文件"),
    "a torn archive": (b"PK\x03\x04" + b"nonsense" * 50, "打不开"),
    "a torn gzip": (gzip.compress(csv_file(firm("示例", GOOD[0])).getvalue())[:-9], "压缩文件已损坏"),
    "a page of the web": (b"<html><table><tr><td>x</td></tr></table></html>", "网页"),
}


def test_what_is_no_register_is_refused_at_both_doors(pack: None, tmp_path: Path) -> None:
    before = tables(*BATCH)
    for what, (content, says) in NO_REGISTER.items():
        answer = upload(content)
        assert answer.status_code == 422 and says in said(answer), what
        assert says in command(tmp_path / "register.csv", content), what
        assert tables(*BATCH) == before, what
    with role("desk"):
        assert not ImportBatch.objects.exclude(state="discarded").exists()


def test_a_bomb_is_refused_before_it_bursts(pack: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gzip of a few kB that would unpack to more than the rule allows (here 20 MB), and a workbook that hides one."""
    from qualitycity.registry.intake import spool, staging

    small = replace(spool.limits(), unpacked=20 << 20)
    for module in (spool, staging):
        monkeypatch.setattr(module, "limits", lambda: small)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(21 << 20))
    before = tables(*BATCH)
    for content in (gzip.compress(bytes(21 << 20)), packed.getvalue()):
        assert len(content) < 1 << 20
        assert "解压后超过 20 MB" in command(tmp_path / "bomb", content)
    assert tables(*BATCH) == before


def test_a_pretended_file_of_two_gigabytes_is_refused_at_every_door(pack: None, tmp_path: Path) -> None:
    sparse = tmp_path / "sparse.csv"
    with sparse.open("wb") as file:
        file.truncate(TWO_GB)
    before = tables()
    answer = post_flood(browser("section"), reverse("registry:import-new"), TWO_GB, region=county())
    assert answer.status_code == 422 and "文件太大,最多" in said(answer)
    assert "文件太大,最多 100 MB" in command(sparse)
    assert tables() == before
    kept = tmp_path / "city" / "imports"
    assert not list(kept.iterdir()), "nothing of it stays"
    code, _out, said_aloud = city("draw", "--frame", sparse, "--take", "1", *ROUND)
    assert code == 1 and "2.00" in said_aloud
    code, out, said_aloud = city("verify", sparse)
    assert code == 2 and out + said_aloud


# -- the draw in a terminal

ROUND = ("--round", "1", "--secret", "demo-secret-one", "--digits", play.DIGITS)
FRAME = "id,stratum,weight,reason\n" + "".join(f"U{n},{'socks' if n < 6 else 'shirts'},1,\n" for n in range(9))


def city(*argv: object) -> tuple[int, str, str]:
    """A verb as a person calls it: exit code, what it printed, what it complained of."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CITY_", "DJANGO"))}
    env |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1", "CITY_LANG": "zh_CN"}
    done = subprocess.run(
        [sys.executable, "-m", "qualitycity.cli", *map(str, argv)], env=env, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


def test_every_bad_row_of_a_frame_is_named_at_once(tmp_path: Path) -> None:
    frame = tmp_path / "frame.csv"
    bad = {
        "U0,socks,1,": "第 11 行 id「U0」",
        "Ｕ１０,socks,1,": "第 12 行",
        " U11,socks,1,": "第 13 行",
        "e\u0301,socks,1,": "第 14 行",
        f"{'U' * 129},socks,1,": "128",
        "U12,socks,1.5,": "第 16 行 weight「1.5」",
        "U13,socks,-1,": "第 17 行 weight「-1」",
        "U14,socks,,": "第 18 行 weight",
        "U15,socks,9999999999,": "第 19 行 weight",
        "U16,socks,0,": "第 20 行 reason",
        "U17,socks,1,repeat_ban": "第 21 行 reason",
        "U18,socks": "第 22 行",
    }
    frame.write_text(FRAME + "".join(line + "\n" for line in bad), encoding="utf-8")
    out = tmp_path / "draw.zip"
    code, printed, complained = city("draw", "--frame", frame, "--take", "2", "--out", out, *ROUND)
    assert (code, printed) == (1, "") and not out.exists()
    assert [place for place in bad.values() if place not in complained] == []
    assert len(complained.splitlines()) == len(bad)


WRONG = [
    ({"plan": "stratum,n\nsocks,7\nshirts,1\n"}, "可抽的只有 6"),
    ({"plan": "stratum,n\nsocks,1\nhats,1\n"}, "hats"),
    ({"plan": "stratum,n\nsocks,1.5\nshirts,1\n"}, "第 2 行"),
    ({"plan": ""}, "空"),
    ({"frame": ""}, "空"),
    ({"digits": "0" + play.DIGITS[1:]}, "1–6"),
    ({"digits": play.DIGITS[:-1] + "7"}, "1–6"),
    ({"digits": play.DIGITS[:-1]}, "19 个"),
    ({"commitment": "0" * 64}, "承诺"),
    ({"secret": "demo-secret-two", "commitment": hashlib.sha256(b"demo-secret-one").hexdigest()}, "承诺"),
]


@pytest.mark.parametrize(("change", "says"), WRONG)
def test_wrong_strata_digits_and_secrets_draw_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any, change: dict[str, str], says: str
) -> None:
    monkeypatch.setenv("CITY_LANG", "zh_CN")
    frame, plan, out = tmp_path / "frame.csv", tmp_path / "plan.csv", tmp_path / "draw.zip"
    frame.write_text(change.get("frame", FRAME))
    plan.write_text(change.get("plan", "stratum,n\nsocks,2\nshirts,1\n"))
    given = {"round": "1", "secret": "demo-secret-one", "digits": play.DIGITS} | change
    argv = [f"--{key}={value}" for key, value in given.items() if key not in ("frame", "plan")]
    code = draw.main(["--frame", str(frame), "--take", str(plan), "--out", str(out), *argv])
    printed, complained = capsys.readouterr()
    assert (code, printed) == (1, "") and says in complained
    assert not out.exists()


# -- the draw in the application


@pytest.fixture
def frame(pack: None, as_login: play.AsLogin) -> Frame:
    return play.build(as_login)


def plan_of(strata: list[dict[str, Any]], stratify: str = "whole") -> Plan:
    with acting_as("section", play.J2_DAY):
        plan = services.draft_plan(
            title="袜子再抽", category=ProductCategory.objects.get(code="TEX.SOCK"),
            region=Region.objects.get(code="339999"), strata=strata, stratify=stratify,
        )  # fmt: skip
        services.file_plan(plan)
    with acting_as("leader", play.J2_DAY):
        services.approve_plan(plan)
    return plan


PLAN = {
    "title": "袜子再抽",
    "kind": "special",
    "mode": "after_check",
    "odds": "equal",
    "stratify": "whole",
    "cap": "1",
    "team_size": "2",
}


STRATA = {
    "": ["这个字段是必填项"],
    "socks,袜子,,4.5,0": ["第 1 行"],
    "socks,袜子,,-1,0": ["第 1 行"],
    "socks,袜子,,4,0\nsocks,又一层,x,1,0": ["第 2 行", "层代码重复"],
    "a,甲,,1,0\nb,乙,,1,0": ["第 2 行", "与另一层的依据相同"],
    "袜子,袜子,,4,0": ["第 1 行", "层代码写法不对"],
    f"{'s' * 33},袜子,,4,0": ["第 1 行", "最多 32 个字"],
    "socks,袜子,,99999999999,0": ["第 1 行", "数量太大"],
    "socks,袜子,,4,2": ["第 1 行", "只有当场公开才有备选名单"],
}


def test_a_plan_with_faulty_strata_says_in_which_line(pack: None) -> None:
    with role("desk"):
        category = ProductCategory.objects.get(code="TEX.SOCK").pk
    section, before = browser("section"), tables()
    for strata, says in STRATA.items():
        form = PLAN | {"category": category, "region": county(), "strata_text": strata}
        with clock.on(play.J2_DAY):
            answer = section.post(reverse("sampling:plan-new"), form)
        assert answer.status_code == 422 and [part for part in says if part not in said(answer)] == [], strata
    assert tables() == before


def test_firms_of_no_stratum_are_named_when_the_frame_is_built(pack: None) -> None:
    plan = plan_of([{"code": "dong", "title": "东河", "key": "339999101", "take": 1}], "town")
    before = tables()
    with clock.on(play.J2_DAY):
        answer = browser("section").post(reverse("sampling:frame-build", args=[plan.pk]), {"_step": "commit"})
    assert answer.status_code == 422 and "不属于计划的任何一层" in said(answer) and play.firm(10) in said(answer)
    assert tables() == before


TERMS = {"mode": "after_check", "ceremony_at": "2027-04-07T09:30", "place": play.PLACE, "inputs": ["digits"]}


WRONG_TERMS = [
    ({"ceremony_at": "2027-04-06T16:00"}, "最早 2027-04-07"),
    ({"ceremony_at": "someday"}, "摇号时间"),
    ({"place": " "}, "摇号地点"),
    ({"place": "大厅" * 2000}, "摇号地点"),
    ({"mode": "secretly"}, "名单公开方式"),
    ({"inputs": []}, "公共输入"),
    ({"inputs": ["digits", "lottery"]}, "公共输入"),
]


def test_terms_that_cannot_be_published_are_refused_by_field(frame: Frame) -> None:
    section, before = browser("section"), tables()
    for terms, says in WRONG_TERMS:
        with clock.on(play.J2_DAY):
            answer = section.post(reverse("sampling:frame-publish", args=[frame.pk]), TERMS | terms)
        assert answer.status_code == 422 and says in said(answer), terms
    assert tables() == before


def test_more_than_the_stratum_holds_is_neither_rehearsed_nor_published(pack: None, as_login: play.AsLogin) -> None:
    frame = play.build(as_login, plan_of([{"code": "socks", "title": "袜子", "key": "", "take": 11}]))
    before = tables()
    with clock.on(play.J2_DAY):
        for address, form in (("frame-rehearse", {}), ("frame-publish", TERMS)):
            answer = browser("section").post(reverse(f"sampling:{address}", args=[frame.pk]), form)
            assert answer.status_code == 422 and "要抽 11,另备 0,可抽的只有 10" in said(answer), address
    assert tables() == before


def test_a_frame_without_a_firm_opens_and_is_not_published(pack: None) -> None:
    with acting_as("section", play.J2_DAY):
        shirts = ProductCategory.objects.get(code="TEX.SHIRT")
        plan = services.draft_plan(
            title="衬衫", category=shirts, region=Region.objects.get(code="339999"),
            strata=[{"code": "a", "title": "", "key": "", "take": 1}],
        )  # fmt: skip
        services.file_plan(plan)
    with acting_as("leader", play.J2_DAY):
        services.approve_plan(plan)
    section = browser("section")
    with clock.on(play.J2_DAY):
        built = section.post(reverse("sampling:frame-build", args=[plan.pk]), {"_step": "commit"}, follow=True)
        assert built.status_code == 200 and "名单里还没有企业" in said(built)
        before, pk = tables(), built.context["record"].pk
        for address, form in (("frame-rehearse", {}), ("frame-publish", TERMS)):
            answer = section.post(reverse(f"sampling:{address}", args=[pk]), form)
            assert answer.status_code == 422 and "名单里没有可抽的企业" in said(answer), address
    assert tables() == before


# -- the ceremony


@pytest.fixture
def on_stage(frame: Frame, as_login: play.AsLogin) -> tuple[Round, list[Client]]:
    """A ceremony whose three witnesses have signed in on the phones returned."""
    round_ = play.first_round(play.publish(as_login, frame))
    with acting_as("host", play.CEREMONY_DAY):
        services.convene_round(round_)
        codes = [seat.code for seat in round_.seated]
    phones = []
    with clock.on(play.CEREMONY_DAY):
        for code, (name, capacity) in zip(codes, play.PEOPLE, strict=True):
            phones.append(Client())
            answer = phones[-1].post(
                reverse("sampling-witness:sign-in"), {"code": code, "name": name, "capacity": capacity}
            )
            assert answer.status_code == 302
    with acting_as("host", play.CEREMONY_DAY):
        services.begin_dice(round_)
    return round_, phones


def typed(phone: Client, step: str, **given: str) -> str:
    """What a witness's page says after a step."""
    with clock.on(play.CEREMONY_DAY):
        return said(phone.post(reverse(f"sampling-witness:{step}"), given, follow=True))


NO_DICE = {
    "514276": ["「7」", "只能是 1–6"],
    "0": ["「0」", "只能是 1–6"],
    "12345x": ["「x」", "只能是 1–6"],
    "１２３": ["「１」", "「２」", "「３」"],
    "-1": ["「-」"],
    "1" * 21: ["只差 20 个"],
    "1" * 4000: ["只差 20 个"],
    "": ["请输入掷出的点数"],
    "1;DROP TABLE": ["「;」"],
}


def test_digits_no_die_shows_are_refused_by_name(on_stage: tuple[Round, list[Client]]) -> None:
    _round, phones = on_stage
    before = tables()
    for digits, says in NO_DICE.items():
        answer = typed(phones[0], "write", digits=digits)
        assert [part for part in says if part not in answer] == [], digits
    assert tables() == before


def test_nobody_confirms_other_digits_or_under_another_code(on_stage: tuple[Round, list[Client]]) -> None:
    _round, phones = on_stage
    typed(phones[0], "write", digits=play.DIGITS)
    before = tables()
    changed = ("6" if play.DIGITS[0] != "6" else "5") + play.DIGITS[1:]
    assert "已变" in typed(phones[1], "confirm", digits=changed)
    stranger = Client()
    with clock.on(play.CEREMONY_DAY):
        for code in ("0000000000", "", "9" * 400, "x' OR '1'='1"):
            answer = stranger.post(
                reverse("sampling-witness:sign-in"), {"code": code, "name": "路过者", "capacity": "citizen"}
            )
            assert answer.status_code == 422, code
        for step in ("write", "clear", "confirm", "sign"):
            answer = stranger.post(reverse(f"sampling-witness:{step}"), {"digits": play.DIGITS, "name": "路过者"})
            assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"), step
    assert tables() == before


# -- what was announced


def bundle(held: Draw) -> bytes:
    with role("visitor"):
        version = Version.objects.filter(publication__slug=held.slug).first()
        return bytes(PublicFile.objects.get(version=version, name="bundle.zip").content)


ANNOUNCED: dict[str, Callable[[dict[str, Any]], object]] = {
    "the commitment": lambda paper: paper.update(commitment="0" * 64),
    "the frame": lambda paper: paper.update(frame="0" * 64),
    "the number drawn": lambda paper: paper["strata"][0].update(n=3),
    "how many dice": lambda paper: paper["inputs"][0].update(count=19),
    "the pool of laboratories": lambda paper: paper["matching"]["labs"].update(pool="0" * 64),
    "the odds": lambda paper: paper["odds"][0].update(probability="0.500000000000"),
}


def test_a_changed_announcement_is_found_out(frame: Frame, as_login: play.AsLogin, tmp_path: Path) -> None:
    """Each alone, in the bundle anybody downloads; unchanged it is consistent."""
    held = play.publish(as_login, frame)
    play.hold(as_login, play.first_round(held))
    for visit in play.visits(held).values():
        with acting_as("section", play.CEREMONY_DAY + timedelta(days=5)):
            services.record_sampled(visit)
    content = bundle(held)
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    assert verify(path) == (0, [])
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {item: old.read(item) for item in old.namelist()}
    for what, change in ANNOUNCED.items():
        paper = json.loads(parts["round-1/announcement.json"])
        change(paper)
        with zipfile.ZipFile(path, "w") as new:
            for item, part in parts.items():
                new.writestr(item, json.dumps(paper) if item == "round-1/announcement.json" else part)
        code, differs = verify(path)
        assert code == 1 and differs, what


def verify(path: Path) -> tuple[int, list[str]]:
    """Exit code of the checker, and what it found different."""
    done = subprocess.run(
        [sys.executable, "-I", verify_draw.__file__, str(path), "--json"], capture_output=True, text=True
    )
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, [check["check"] for check in checks if check["ok"] is False]


def test_an_announced_frame_is_neither_changed_nor_announced_again(frame: Frame, as_login: play.AsLogin) -> None:
    play.publish(as_login, frame)
    section, before = browser("section"), tables()
    with role("desk"):
        row_ = frame.rows.first().pk
    with clock.on(play.J2_DAY):
        for address, args, form in (
            ("frame-publish", [frame.pk], TERMS),
            ("frame-rebuild", [frame.pk], {}),
            ("frame-rehearse", [frame.pk], {}),
            ("row-exclude", [frame.pk, row_], {"code": "other", "reason": "想改"}),
        ):
            answer = section.post(reverse(f"sampling:{address}", args=args), form)
            assert answer.status_code == 409 and "已公布" in said(answer), address
    assert tables() == before
    with role("desk"):
        assert Enterprise.objects.count() == 12
