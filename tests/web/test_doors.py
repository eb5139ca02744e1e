"""The front doors: sign-in, landing pages, the database role behind each address, what others' objects answer."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client

from qualitycity.demo.people import PASSWORD, accounts, demo_account
from qualitycity.kernel.access.duty_table import duties
from qualitycity.kernel.access.posts import POSTS
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, WITNESS, routes

BACKEND = "django.contrib.auth.backends.ModelBackend"
LANDS = {
    "leader": "一屏总览",
    "coord": "统筹工作台",
    "section": "监督抽查",
    "host": "摇号现场",
    "dept_x": "我的待办",
    "s01": "今日抽样",
    "keeper": "收样与流转",
    "tech1": "我的检验",
    "labm": "实验室看板",
    "ent10": "企业首页",
    "town_e": "我的待办",
    "asr1": "考核打分",
    "c1": "公众首页",
    "auditor": "核验中心",
    "admin": "系统运行",
}


@pytest.fixture
def web(pack: None) -> Client:
    return Client()


def signed_in(login: str) -> Client:
    client = Client()
    client.force_login(demo_account(login), backend=BACKEND)
    return client


def test_signing_in_by_password_lands_on_the_own_page(web: Client) -> None:
    page = web.get("/desk/")
    assert page.status_code == 302 and page.url.startswith("/accounts/login/")
    answer = web.post("/accounts/login/", {"login": "section", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/desk/" and "监督抽查" in answer.content.decode()


def test_a_wrong_password_says_so_and_keeps_the_login(web: Client) -> None:
    answer = web.post("/accounts/login/", {"login": "section", "password": "wrong"})
    text = answer.content.decode()
    assert answer.status_code == 200 and 'value="section"' in text and "没有登录成功" in text


@pytest.mark.parametrize("login", sorted(LANDS))
def test_every_account_lands_on_its_page_never_on_an_empty_one(web: Client, login: str) -> None:
    answer = signed_in(login).get("/desk/", follow=True)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(rf"<h1[^>]*>\s*{LANDS[login]}", text), login
    main = text[text.index('id="main"') :]
    assert len(re.sub(r"<[^>]+>|\s", "", main)) > 40, "an empty landing page"


def test_each_door_runs_under_its_role(web: Client) -> None:
    assert web.get("/health/").json() == {"ok": True, "role": "visitor"}


def test_the_demonstration_clock_stands_on_every_page(web: Client) -> None:
    for client, path in ((web, "/"), (signed_in("section"), "/desk/"), (web, "/accounts/login/")):
        assert "演示时钟" in client.get(path).content.decode(), path


def test_the_policy_lets_nothing_foreign_in(web: Client) -> None:
    answer = web.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe-eval" not in policy and "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["X-Frame-Options"] == "DENY"
    text = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), "an inline script"
    assert not re.search(r"""\son\w+=["']""", text), "an inline handler"


def test_english_is_one_switch_away(web: Client) -> None:
    web.post("/language/", {"language": "en", "next": "/"})
    text = web.get("/").content.decode()
    assert 'lang="en"' in text and "最近公布" not in text
    assert web.post("/language/", {"language": "en", "next": "https://elsewhere.example/"}).url == "/"


def test_foreign_hands_get_404_and_403(web: Client) -> None:
    assert web.get("/p/draw/nothing/").status_code == 404
    assert signed_in("c1").get("/desk/access/accounts/").status_code == 403
    assert signed_in("admin").get("/desk/access/accounts/999999/").status_code == 404


def test_a_page_that_asks_the_database_for_too_much_answers_403(web: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from qualitycity.web import views

    def greedy() -> list:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM disclosure_secret")
            return cursor.fetchall()

    monkeypatch.setattr(views, "public_kinds", lambda: {"x": greedy()})
    assert web.get("/").status_code == 403


def test_the_connection_forgets_the_role_after_each_request(web: Client) -> None:
    for path in ("/", "/desk/", "/lab/", "/p/none/", "/health/"):
        signed_in("section").get(path)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("web",), path


@pytest.mark.long
def test_every_account_at_every_address(web: Client) -> None:
    """Posts × addresses for real: 403 exactly where the duty is not held; never a 500."""
    wrong = []
    for row in [{"login": "", "posts": ""}, *accounts()]:
        client = signed_in(row["login"]) if row["login"] else Client()
        client.raise_request_exception = False
        posts = set(row["posts"].split(",")) - {""}
        for pattern, view in routes():
            duty = getattr(view, "duty", None)
            if duty is None:
                continue
            address = "/" + re.sub(r"<(?:(\w+):)?(\w+)>", lambda part: _example(part[1]), pattern.split(" ")[-1])
            status = client.get(address).status_code
            allowed = duty in (PUBLIC, WITNESS) or (duty == SIGNED_IN and posts) or bool(posts & _holders(duty))
            if status >= 500 or (posts and (status == 403) == bool(allowed) and not _lab_cross(address, posts)):
                wrong.append((row["login"], address, duty, status))
            if not posts and not allowed and status not in (302, 401):
                wrong.append(("nobody", address, duty, status))
    assert not wrong, wrong[:40]


def _example(kind: str | None) -> str:
    return {"int": "999999", "uuid": "00000000-0000-0000-0000-000000000000", None: "nothing"}.get(kind, "nothing")


def _holders(duty: str) -> set[str]:
    return set(duties()[duty].posts) if duty in duties() else set()


def _lab_cross(address: str, posts: set[str]) -> bool:
    """Laboratory people at the desk's door, desk people at the laboratory's: the database may refuse on its own."""
    lab = any(POSTS[post].front == "lab" for post in posts)
    return lab != address.startswith("/lab/")
