"""Sign-in through an identity provider: who exists is let in, nobody is made, outsiders are turned away."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from qualitycity.demo.people import load_accounts, load_places
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account
from qualitycity.web.wecom import views as wecom


@pytest.fixture(autouse=True)
def corporation(db: None, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {
        "wecom": {"APPS": [{"client_id": "corp", "secret": "s", "settings": {"agentid": "7"}}]}
    }
    with role("desk"), acting(SYSTEM):
        load_places()
        load_accounts()


def come_back(monkeypatch: pytest.MonkeyPatch, member: dict[str, str]) -> tuple[Client, Any]:
    """Press the button, and return from WeCom as `member`."""
    asked = []

    def ask(path: str, **params: str) -> dict[str, Any]:
        asked.append((path, params))
        return {"access_token": "t"} if path == "gettoken" else member

    monkeypatch.setattr(wecom, "ask", ask)
    client = Client()
    leave = client.post("/accounts/wecom/login/")
    query = parse_qs(urlsplit(leave.url).query)
    assert leave.url.startswith("https://login.work.weixin.qq.com/") and query["appid"] == ["corp"]
    assert query["agentid"] == ["7"]
    answer = client.get("/accounts/wecom/login/callback/", {"code": "c", "state": query["state"][0]})
    assert asked[0] == ("gettoken", {"corpid": "corp", "corpsecret": "s"})
    return client, answer


def test_a_member_with_an_account_lands_at_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    client, answer = come_back(monkeypatch, {"userid": "section"})
    assert answer.status_code == 302 and answer.url == "/desk/"
    assert "监督抽查" in client.get("/desk/").content.decode()


def test_a_member_without_an_account_is_told_so_and_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Account.objects.count()
    _client, answer = come_back(monkeypatch, {"userid": "somebody"})
    assert answer.status_code == 403 and "还没有您的账号" in answer.content.decode()
    assert Account.objects.count() == before


def test_an_outsider_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    client, answer = come_back(monkeypatch, {"openid": "x"})
    assert client.get("/desk/").status_code == 302 and "监督抽查" not in answer.content.decode()


def test_the_button_stands_only_where_a_provider_is_set(settings: Any) -> None:
    assert "企业微信" in Client().get("/accounts/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "企业微信" not in Client().get("/accounts/login/").content.decode()
