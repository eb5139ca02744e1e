"""Forms and the pages around an act: nothing asked again, nothing typed lost, what was refused stands at its place."""

from __future__ import annotations

import pytest
from django.test import Client

from qualitycity.kernel.acts import Fault, Faults, Refused
from tests.ui.gallery import PlanForm

GOOD = {"title": "袜子", "batches": "40", "starts": "2027-04-12", "mode": "after", "region": "西塘镇"}


@pytest.fixture
def client(gallery: None) -> Client:
    return Client()


def test_what_is_known_is_not_asked_and_cannot_be_forged() -> None:
    form = PlanForm(GOOD)
    assert form.is_valid() and form.cleaned_data["region"] == "东河镇"
    html = str(form["region"].as_field_group())
    assert "系统已有" in html and "单位库" in html and "<select" not in html


def test_all_faults_at_once_each_with_its_anchor() -> None:
    form = PlanForm({"batches": "900", "starts": "2027-02-30", "mode": "x"})
    assert not form.is_valid()
    assert {line.anchor for line in form.error_lines} == {"id_title", "id_batches", "id_starts", "id_mode_0"}
    assert [section.faulty for section in form.drawn_sections] == [True, True, False]


def test_refusals_stand_beside_their_field_or_at_the_head() -> None:
    form = PlanForm(GOOD)
    assert form.is_valid()
    form.add_refusal(Refused("批次已用完。", field="batches"))
    form.add_refusal(Refused("今天不能办。", field="nowhere"))
    form.add_refusal(
        Faults([Fault("没有这个单位", field="title", hint="最接近:经信局"), Fault("校验码不对", row=3, field="title")])
    )
    assert form.errors["batches"] == ["批次已用完。"]
    assert form.errors["title"] == ["没有这个单位 最接近:经信局"]
    heads = form.non_field_errors()
    assert heads[0] == "今天不能办。" and "3" in heads[1] and "校验码不对" in heads[1]


def test_every_input_has_a_label_and_its_help_and_error_described() -> None:
    form = PlanForm({"batches": "900"})
    form.is_valid()
    html = str(form["batches"].as_field_group())
    assert 'for="id_batches"' in html and 'aria-invalid="true"' in html
    assert 'aria-describedby="id_batches_helptext id_batches_error"' in html
    assert 'id="id_batches_helptext"' in html and 'id="id_batches_error"' in html
    assert "<fieldset" in str(form["mode"].as_field_group()) and "data-private" in str(form["id_number"])


def test_a_form_asks_then_checks_then_acts(client: Client) -> None:
    page = client.post("/desk/gallery/new/", GOOD | {"_step": "ask", "towns": ["西塘镇", "北湖镇"]})
    text = page.content.decode()
    assert (
        page.status_code == 200
        and "检查后公开" in text
        and "西塘镇、北湖镇" in text
        and "批准后不能再改批次数。" in text
    )
    assert text.count('name="towns"') == 2
    done = client.post("/desk/gallery/new/", GOOD | {"_step": "commit"})
    assert done.status_code == 302 and done.url == "/desk/gallery/case/3/"


def test_a_forged_commit_is_checked_like_any_other(client: Client) -> None:
    page = client.post("/desk/gallery/new/", GOOD | {"_step": "commit", "batches": "100000"})
    assert page.status_code == 422 and "id_batches_error" in page.content.decode()


def test_a_refused_act_answers_the_sentence_and_keeps_the_input(client: Client) -> None:
    page = client.post("/desk/gallery/faulty/", GOOD)
    text = page.content.decode()
    assert page.status_code == 422 and "没有这个单位" in text and 'value="袜子"' in text


def test_a_move_that_asks_a_reason_does_not_run_without_one(client: Client) -> None:
    page = client.post("/desk/gallery/case/2/void/", {"_step": "commit", "reason": "   "})
    assert page.status_code == 422 and "请写明理由。" in page.content.decode()
    assert client.post("/desk/gallery/case/2/void/", {"reason": "计划调整"}).status_code == 302


def test_a_refusal_without_a_form_is_shown_too(client: Client) -> None:
    page = client.post("/desk/gallery/refused/", {"reason": "x"})
    assert page.status_code == 422 and "需另一名检验员复核。" in page.content.decode()


def test_errors_have_their_pages(client: Client) -> None:
    client.raise_request_exception = False
    assert client.get("/desk/gallery/forbidden/").status_code == 403
    assert client.get("/desk/no/such/page/").status_code == 404
    broken = client.get("/desk/gallery/broken/")
    assert broken.status_code == 500 and "没有办成的没有留下一半" in broken.content.decode()
    stale = Client(enforce_csrf_checks=True).post("/desk/gallery/new/", GOOD)
    assert stale.status_code == 403 and "草稿还在" in stale.content.decode()


def test_no_page_holds_inline_script_or_handler(client: Client) -> None:
    for name in ("list", "case/2", "new", "home", "check", "upload", "stage", "phone", "paper"):
        text = client.get(f"/desk/gallery/{name}/").content.decode()
        assert (
            "<script>" not in text
            and " onclick=" not in text
            and "http://" not in text.replace("http://www.w3.org", "")
        ), name


def test_elder_mode_never_leads_to_another_site(client: Client) -> None:
    answer = client.post("/ui/elder/", {"on": "1", "next": "https://evil.example/"})
    assert answer.url == "/" and answer.cookies["elder"].value == "1"
    assert client.get("/ui/elder/").status_code == 405
