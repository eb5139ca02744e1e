"""Every page of the room answers for those who may see it, and for nobody else. Fast, without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.supervision.sampling.models import Draw, Visit

from . import play

pytestmark = pytest.mark.usefixtures("pack")


def client(login: str = "") -> Client:
    found = Client()
    if login:
        from qualitycity.kernel.access.models import Account

        with role("desk"):
            account = Account.objects.get(username=login)
        found.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return found


@pytest.fixture
def drawn(as_login: Any) -> Draw:
    draw = play.publish(as_login, play.build(as_login))
    play.hold(as_login, play.first_round(draw))
    return draw


def code(login: str, path: str) -> int:
    return client(login).get(path).status_code


def test_the_sections_pages_open(as_login: Any) -> None:
    frame = play.build(as_login)
    section = client("section")
    plan = frame.plan_id
    for path in (
        "/desk/sampling/plans/",
        "/desk/sampling/plans/new/",
        f"/desk/sampling/plans/{plan}/",
        f"/desk/sampling/plans/{plan}/?tab=related",
        f"/desk/sampling/frames/{frame.pk}/",
        f"/desk/sampling/frames/{frame.pk}/?tab=reconcile",
        f"/desk/sampling/frames/{frame.pk}/?tab=rehearsal",
        f"/desk/sampling/frames/{frame.pk}/publish/",
        "/desk/sampling/draws/",
        "/desk/sampling/visits/",
    ):
        answer = section.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
    assert code("host", f"/desk/sampling/frames/{frame.pk}/") == 403
    assert code("host", f"/desk/sampling/plans/{plan}/frame/") == 403


def test_a_rehearsal_tells_chances_and_forced_pairs(as_login: Any) -> None:
    frame = play.build(as_login)
    section = client("section")
    with clock.on(play.J2_DAY):
        assert section.post(f"/desk/sampling/frames/{frame.pk}/rehearse/").status_code == 302
    page = section.get(f"/desk/sampling/frames/{frame.pk}/?tab=rehearsal").content.decode()
    assert "1,000" in page or "1000" in page
    assert "40.00 %" in page and "没有注定的搭配" in page


def test_names_are_for_the_section_and_the_keeper_and_each_look_is_logged(drawn: Draw) -> None:
    from qualitycity.kernel.access.viewlog import views_about

    path = f"/desk/sampling/draws/{drawn.pk}/?tab=names"
    for login in ("section", "keeper"):
        page = client(login).get(path).content.decode()
        assert "示例袜业10" in page and "与被抽企业有委托关系" in page and "亲属回避" in page
    assert "下一位" in client("section").get(path).content.decode()
    with role("desk"):
        assert views_about(play.firm(10)).count() >= 3
    for login in ("host", "leader", "auditor"):
        answer = client(login).get(path)
        assert answer.status_code == 200 and "示例袜业10" not in answer.content.decode()
    for login in ("town_b", "s01", "ent10", "c1"):
        assert code(login, path) == 403
    assert client().get(path).status_code == 302


def test_the_stage_shows_no_name_and_no_secret(drawn: Draw) -> None:
    round_ = play.first_round(drawn)
    for login in ("host", "section"):
        page = client(login).get(f"/desk/sampling/rounds/{round_.pk}/stage/").content.decode()
        assert round_.result_digest in page and "抽出 4 家" in page
        assert "demo-secret" not in page and "demo-match" not in page
        assert not [number for number in range(1, 13) if f"示例袜业{number:02d}" in page]


def test_a_sampler_sees_the_own_visits_only(drawn: Draw) -> None:
    visits = play.visits(drawn)
    own, others = visits[play.firm(10)], visits[play.firm(11)]
    assert "示例袜业10" in client("s02").get(own.get_absolute_url()).content.decode()
    assert code("s02", others.get_absolute_url()) == 404
    assert code("s02", "/desk/sampling/visits/99999/") == 404
    listing = client("s02").get("/desk/sampling/visits/").content.decode()
    assert "示例袜业" not in listing and own.number in listing and others.number not in listing


def test_a_town_sees_a_visit_only_once_its_firm_is_reported_shut(drawn: Draw, as_login: Any) -> None:

    from qualitycity.supervision.sampling import services

    visit = play.visits(drawn)[play.firm(11)]
    assert code("town_b", visit.get_absolute_url()) == 404
    with clock.on(date(2027, 4, 8)), as_login("s05"):
        services.report_shut(visit, cause="stopped", photos=play.photos())
    assert "示例袜业11" in client("town_b").get(visit.get_absolute_url()).content.decode()
    assert code("town_w", visit.get_absolute_url()) == 404
    with role("desk"):
        assert Visit.objects.get(pk=visit.pk).state == "shut_reported"


def test_the_public_page_speaks_from_the_publication_alone(drawn: Draw) -> None:
    public = client()
    page = public.get(f"/p/draw/{drawn.slug}/").content.decode()
    for expected in (play.FRAME_DIGEST, play.DIGITS, "抽出", "6 个月内已抽", "已注销", "登记有、名录无", "检查后公开"):
        assert expected in page, expected
    assert "demo-secret" not in page
    listed = public.get(f"/p/draw/{drawn.slug}/?code={play.firm(10).lower()}").content.decode()
    assert "40.00 %" in listed and "默克尔证明" in listed
    assert "名单里没有" in public.get(f"/p/draw/{drawn.slug}/?code=91339999MAD0EM9999").content.decode()
    assert "袜子专项抽查" in public.get("/sampling/").content.decode()
    for version in (1, 2):
        assert public.get(f"/p/draw/{drawn.slug}/{version}/").status_code == 200
    frame = public.get(f"/p/draw/{drawn.slug}/1/frame.csv")
    assert frame.status_code == 200 and frame.content.decode().count("\n") == 12
    assert public.get(f"/p/draw/{drawn.slug}/1/bundle.zip").content[:2] == b"PK"


def test_the_api_reads_published_draws_and_nothing_else(drawn: Draw) -> None:
    public = client()
    (row,) = public.get("/api/v1/sampling/draws/").json()
    assert (row["slug"], row["frame_digest"], row["state"]) == (drawn.slug, play.FRAME_DIGEST, "drawn")
    whole = public.get(f"/api/v1/sampling/draws/{drawn.slug}/")
    assert whole.json()["payload"]["rounds"][0]["digits"] == play.DIGITS
    assert "demo-secret" not in whole.content.decode() and whole.json()["payload"]["drawn"] == []
    first = public.get(f"/api/v1/sampling/draws/{drawn.slug}/?version=1").json()
    assert first["version"] == 1 and first["payload"]["rounds"][0]["digits"] == ""
    assert public.get("/api/v1/sampling/draws/2099-1/").status_code == 404
