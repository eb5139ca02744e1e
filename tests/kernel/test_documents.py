"""Papers: the same bytes twice, a code nobody guesses, one change of state and no other, and a page anybody may ask."""

from __future__ import annotations

import datetime as dt
import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.test import Client
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.documents import (
    Fields,
    Heading,
    Items,
    PaperKind,
    Para,
    Signatures,
    Table,
    codes,
    issue,
    next_number,
    papers,
    withdraw_paper,
)
from qualitycity.kernel.documents.content import content
from qualitycity.kernel.documents.kinds import paper_kinds
from qualitycity.kernel.documents.models import Paper
from qualitycity.kernel.documents.pdf import GETA, render
from qualitycity.kernel.documents.queries import find, paper_or_404
from qualitycity.kernel.documents.services import print_data
from tests.kernel.paper_scene import Scene, make_scene

DAY = dt.date(2027, 4, 12)
SERIES = "documents.number.general"
MINUTES = PaperKind("test.minutes", "公开摇号会议纪要", duty="access.delegation.give", series=SERIES, red_head=True)
SHEET = PaperKind("test.sheet", "抽样单", duty="access.delegation.give", layout="form", copies=("第一联", "第二联"))
CONTEXT = {
    "title": "2027年袜子产品监督抽查公开摇号会议纪要",
    "to": "各有关单位",
    "blocks": [
        Para("会议于2027年4月12日举行。#strong[原样] $x$ *星号* \\ <标签>"),
        Heading("一、抽样名单"),
        Table(
            ["序号", "企业", "代码"],
            [[n, f"示例袜业{n:02d}", "91339999MAD0EM015P"] for n in range(1, 31)],
            [1, 3, 3],
            "rlc",
        ),
        Heading("（一）说明", level=2),
        Items(["第一", "第二"]),
        Fields([("任务", "袜子"), ("日期", DAY), ("基数", 12)], columns=2),
        Signatures(["主持人", ("见证人", "张三")]),
    ],
    "attachments": ["抽样名单"],
    "copy_to": "市府办。",
}


@pytest.fixture(autouse=True)
def own_folder(settings: object, tmp_path: Path) -> None:
    """Files of a test lie in a folder of its own."""
    settings.CITY_DATA = tmp_path


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    table = paper_kinds()
    table |= {MINUTES.code: MINUTES, SHEET.code: SHEET}
    yield
    del table[MINUTES.code], table[SHEET.code]


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    with role("desk"):
        yield make_scene()


def data(kind: PaperKind, context: dict = CONTEXT, **more: str) -> dict:
    said = content(context, title=str(kind.title), issuer="示例市质量局", date=DAY)
    return print_data(kind, said, code="7K3M-Q2WD-9XP0", number="质〔2027〕1号", **more)


@pytest.mark.parametrize("kind", [MINUTES, SHEET])
def test_the_same_data_gives_the_same_archival_bytes(kind: PaperKind) -> None:
    first, second = render(kind, data(kind)), render(kind, data(kind))
    assert first == second
    assert b"<pdfaid:part>2</pdfaid:part>" in first and b"<pdfaid:conformance>B</pdfaid:conformance>" in first
    assert b"2027-04-12" in first, "the date of the paper, not of the machine"
    assert first != render(kind, {**data(kind), "number": "质〔2027〕2号"})


def test_a_character_the_fonts_lack_is_named_instead_of_failing_the_act() -> None:
    rare = {"title": "关于𠮷祥😀袜业的通知", "blocks": [Para("𠮷")]}
    assert render(MINUTES, data(MINUTES, rare)) == render(
        MINUTES,
        {
            **data(MINUTES, {"title": f"关于{GETA}祥{GETA}袜业的通知", "blocks": [Para(GETA)]}),
            "missing": f"注:{GETA} 为字库未收之字,依次为 U+20BB7、U+1F600。",
        },
    )


def test_punctuation_is_set_as_chinese_papers_have_it_and_data_stay_as_they_are() -> None:
    assert (
        Para("9:30,示例市质量局(浙江)举行:A,B;共12家,可抽10家").text
        == "9:30，示例市质量局(浙江)举行：A,B；共12家，可抽10家"
    )
    assert Para("http://a.cn/?b=1,2 1,200").text == "http://a.cn/?b=1,2 1,200"
    pairs = Fields([("日期:", DAY), ("有", True), ("数", None)]).pairs
    assert pairs == [("日期：", "2027年4月12日"), ("有", "是"), ("数", "")]


def test_a_table_that_does_not_fit_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match=r"rows \[2\]"):
        Table(["甲", "乙"], [[1, 2], [1]])
    with pytest.raises(ValueError, match="blocks must be"):
        content({"blocks": ["a string"]}, title="t", issuer="i", date=DAY)


@given(st.text(alphabet=codes.ALPHABET, min_size=1, max_size=1), st.integers(0, 11))
def test_a_code_catches_each_wrong_character_and_each_swap(char: str, place: int) -> None:
    code = codes.new_code()
    plain = code.replace("-", "")
    changed = plain[:place] + char + plain[place + 1 :]
    assert (codes.tidy(changed) == code) == (changed == plain)
    swapped = plain[: place - 1] + plain[place] + plain[place - 1] + plain[place + 1 :] if place else plain
    assert (codes.tidy(swapped) == code) == (swapped == plain)


def test_codes_are_read_as_people_type_them_and_do_not_repeat() -> None:
    many = {codes.new_code() for _ in range(2000)}
    assert len(many) == 2000 and all(re.fullmatch(r"\w{4}-\w{4}-\w{4}", code) for code in many)
    code = next(code for code in many if "0" in code and "1" in code)
    assert codes.tidy(f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'I')} ") == code
    assert codes.tidy("") == codes.tidy("1234") == codes.tidy("张三") == ""


def test_a_paper_is_issued_by_an_act_and_rolls_back_with_it(scene: Scene) -> None:
    with pytest.raises(RuntimeError, match="outside an act"):
        issue("test.minutes", scene.east, CONTEXT)
    chief = scene.person("lin", "section_chief")
    with pytest.raises(ZeroDivisionError), scene.inside(chief):
        issue("test.minutes", scene.east, CONTEXT)
        1 / 0  # noqa: B018
    assert not Paper.objects.exists()
    with clock.on(DAY), scene.inside(chief):
        paper = issue("test.minutes", scene.east, CONTEXT)
    assert paper.number == "质〔2027〕1号", "the rolled-back act gave its number back"
    assert (paper.issuer, paper.issued_on, paper.region_path) == ("示例市质量局", DAY, scene.east.path)
    assert paper.pdf().startswith(b"%PDF") and render(MINUTES, paper.data) == paper.pdf()
    assert paper.verify_url().endswith(f"/verify/{paper.code}/")


def test_numbers_have_no_gap_and_count_by_year(scene: Scene) -> None:
    with pytest.raises(RuntimeError, match="outside an act"):
        next_number(SERIES)
    with scene.inside():
        got = [next_number(SERIES, year=2027) for _ in range(3)] + [next_number(SERIES, year=2028)]
    assert got == ["质〔2027〕1号", "质〔2027〕2号", "质〔2027〕3号", "质〔2028〕1号"]
    with pytest.raises(DatabaseError, match="only counts on"), scene.inside():
        connection.cursor().execute("UPDATE documents_numberseries SET last = 9 WHERE year = 2027")


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_eight_numbers_in_a_row() -> None:
    with role("desk"):
        scene = make_scene()
    got: list[str] = []

    def take(fail: bool) -> None:
        try:
            with role("desk"), scene.inside():
                number = next_number(SERIES, year=2027)
                if fail:
                    raise ValueError
            got.append(number)
        except ValueError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[n % 3 == 2]) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [f"质〔2027〕{n}号" for n in range(1, 9)]


def test_the_editable_copy_says_the_same_in_east_asian_faces_and_carries_no_code(scene: Scene) -> None:
    with scene.inside(scene.person("lin", "section_chief")):
        paper = issue("test.minutes", scene.east, CONTEXT)
    document = Document(io.BytesIO(paper.docx()))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for part in (
        CONTEXT["title"],
        paper.number,
        "各有关单位：",
        "一、抽样名单",
        "1. 第一",
        "见证人：张三",
        "抄送：市府办。",
        "附件：1. 抽样名单",
    ):
        assert part in text
    assert [cell.text for cell in document.tables[0].rows[30].cells] == ["30", "示例袜业30", "91339999MAD0EM015P"]
    faces = {fonts.get(qn("w:eastAsia")) for fonts in document.element.iter(qn("w:rFonts"))}
    assert faces >= {"宋体", "黑体", "仿宋"} and None not in faces
    assert paper.code not in text and "PAGE" in document.sections[0].footer._element.xml


def test_nothing_of_a_paper_changes_but_its_state_once(scene: Scene, owner_sql: object) -> None:
    chief = scene.person("lin", "section_chief")
    with scene.inside(chief):
        paper = issue("test.minutes", scene.east, CONTEXT)
    for change in (
        "number = 'x'",
        "issued_on = '2020-01-01'",
        "data = '{}'",
        "code = 'AAAA-AAAA-AAAA'",
        "state_reason = 'x'",
    ):
        with pytest.raises(DatabaseError, match="superseded or withdrawn"), transaction.atomic():
            owner_sql(f"UPDATE documents_paper SET {change}")
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        owner_sql("DELETE FROM documents_paper")
    with pytest.raises(DatabaseError, match="outside an act"), transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(state="withdrawn")
    with acting(chief), pytest.raises(Refused, match="理由"):
        withdraw_paper(paper)
    with acting(scene.person("zhao", "clerk")), pytest.raises(Refused, match="职责"):
        withdraw_paper(paper, reason="错")
    with acting(chief):
        withdraw_paper(paper, reason="名单有误")
        with pytest.raises(Refused, match="已撤回"):
            withdraw_paper(paper, reason="再撤")
    with pytest.raises(DatabaseError), transaction.atomic():
        owner_sql("UPDATE documents_paper SET state = 'valid', state_reason = ''")


def test_a_replacing_paper_leaves_both_standing_and_linked(scene: Scene) -> None:
    chief = scene.person("lin", "section_chief")
    with scene.inside(chief):
        old = issue("test.minutes", scene.east, CONTEXT)
    with scene.inside(chief):
        new = issue("test.minutes", scene.east, {**CONTEXT, "title": "更正后的纪要"}, replaces=old)
    assert (old.state, old.replaced_by) == ("superseded", new) and new.state == "valid"
    assert list(papers(scene.east, chief)) == [new, old]


def test_a_paper_is_reached_by_duty_and_region_only(scene: Scene) -> None:
    with scene.inside(scene.person("lin", "section_chief")):
        paper = issue("test.minutes", scene.east, CONTEXT)
    inside, outside = scene.person("dong", "town", scene.east), scene.person("wang", "town", scene.west)
    assert paper_or_404(paper.code, inside) == paper
    assert [hit.title for hit in find(paper.number, inside, 5)] == [paper.title]
    assert find(paper.number, outside, 5) == [] == list(papers(scene.east, outside))
    for code in (paper.code, codes.new_code()):
        with pytest.raises(Http404):
            paper_or_404(code, outside)


@pytest.mark.django_db(transaction=True)
def test_anybody_may_ask_for_a_code_and_learns_no_more_than_the_paper_shows() -> None:
    with role("desk"):
        scene = make_scene()
        with clock.on(DAY), scene.inside(SYSTEM):
            old = issue("test.minutes", scene.east, {**CONTEXT, "issuer": "示例市质量局"})
            new = issue("test.minutes", scene.east, {**CONTEXT, "issuer": "示例市质量局"}, replaces=old)
            gone = issue("test.sheet", scene.east, {"issuer": "示例市质量局", "title": "示例袜业01抽样单"})
        with acting(SYSTEM):
            withdraw_paper(gone, reason="编号重复")
    ask = Client()
    page = ask.get(f"/verify/{new.code}/")
    text = page.content.decode()
    assert page.status_code == 200
    for part in (
        new.sha256,
        "示例市质量局",
        "2027-04-12",
        new.number,
        ">●</span> 有效",
        "公开摇号会议纪要",
        "文件不会上传",
    ):
        assert part in text
    assert scene.east.name not in text and "各有关单位" not in text
    assert new.code in ask.get(f"/verify/{old.code}/").content.decode()
    withdrawn = ask.get(f"/verify/{gone.code}/").content.decode()
    assert "已撤回" in withdrawn and "编号重复" in withdrawn and "示例袜业01" not in withdrawn

    typed = ask.get("/verify/", {"code": new.code.lower().replace("-", "")})
    assert (typed.status_code, typed["Location"]) == (302, f"/verify/{new.code}/")
    wrong = ask.get("/verify/", {"code": new.code[:-1] + ("0" if new.code[-1] != "0" else "1")})
    assert wrong.status_code == 422 and "校验码不对" in wrong.content.decode()
    unknown = ask.get(f"/verify/{codes.new_code()}/")
    assert unknown.status_code == 404 and "查不到这份文书" in unknown.content.decode()
    assert ask.get("/verify/%27%20OR%201=1/").status_code == 404

    with role("visitor"):
        for table in ("documents_paper", "documents_numberseries"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(f"SELECT 1 FROM {table}")
    with role("lab"), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("SELECT 1 FROM documents_publicpaper")
    with role("visitor"), pytest.raises(DatabaseError, match="cannot update view"), transaction.atomic():
        connection.cursor().execute("UPDATE documents_publicpaper SET state = 'valid'")


@pytest.mark.django_db(transaction=True)
def test_the_desk_opens_a_paper_takes_its_files_and_withdraws_it() -> None:
    with role("desk"):
        scene = make_scene()
        scene.person("lin", "section_chief")
        scene.person("wang", "town", scene.west)
        with scene.inside(SYSTEM):
            paper = issue("test.minutes", scene.east, {**CONTEXT, "issuer": "示例市质量局"})
    chief = Client()
    assert chief.login(username="lin", password="x")
    page = chief.get(paper.get_absolute_url())
    assert page.status_code == 200 and paper.sha256 in page.content.decode()
    pdf = chief.get(f"{paper.get_absolute_url()}pdf/")
    assert b"".join(pdf.streaming_content) == paper.pdf()
    assert pdf["Content-Disposition"] == f'inline; filename="{paper.sha256}.pdf"'
    assert chief.get(f"{paper.get_absolute_url()}docx/").content[:2] == b"PK"
    done = chief.post(f"{paper.get_absolute_url()}withdraw/", {"reason": "名单有误", "_step": "commit"})
    assert done.status_code == 302
    assert "已撤回" in Client().get(f"/verify/{paper.code}/").content.decode()

    other = Client()
    assert other.login(username="wang", password="x")
    for part in ("", "pdf/", "docx/"):
        assert other.get(paper.get_absolute_url() + part).status_code == 404
        assert Client().get(paper.get_absolute_url() + part).status_code == 302


def test_every_declared_kind_of_paper_prints() -> None:
    """The templates of all rooms compile with nothing but the general words."""
    for kind in paper_kinds().values():
        if not kind.template:
            assert render(kind, data(kind, {})).startswith(b"%PDF")
