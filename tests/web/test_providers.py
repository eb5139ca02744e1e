"""Sign-in through an identity provider: who exists is let in, nobody is made, outsiders are turned away."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory

from qualitycity.demo.people import load_accounts, load_places
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account
from qualitycity.web.signin import SocialAccountAdapter
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


def asking(user: Any) -> HttpRequest:
    """A request of that user."""
    request = RequestFactory().get("/")
    request.user = user
    return request


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


def test_a_person_of_an_oidc_provider_is_found_by_the_name_it_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library keeps what OIDC says as {"userinfo": …, "id_token": …}."""
    told = {"userinfo": {"sub": "7f3", "preferred_username": "section"}, "id_token": {"sub": "7f3"}}
    login = SocialLogin(account=SocialAccount(provider="oidc", uid="7f3", extra_data=told))
    linked: list[str] = []
    monkeypatch.setattr(login, "connect", lambda _request, account: linked.append(account.username))
    SocialAccountAdapter().pre_social_login(asking(AnonymousUser()), login)
    assert linked == ["section"]


def test_who_is_signed_in_links_an_id_that_is_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """The openId of 钉钉 is no login: a stranger with it is turned away, a signed-in person may link it."""
    login = SocialLogin(account=SocialAccount(provider="dingtalk", uid="o-1", extra_data={"openId": "o-1"}))
    with pytest.raises(ImmediateHttpResponse):
        SocialAccountAdapter().pre_social_login(asking(AnonymousUser()), login)
    login.state = {"process": "connect"}
    with pytest.raises(ImmediateHttpResponse):
        SocialAccountAdapter().pre_social_login(asking(AnonymousUser()), login)
    with role("desk"):
        section = Account.objects.get(username="section")
    SocialAccountAdapter().pre_social_login(asking(section), login)


def test_the_page_to_link_is_there() -> None:
    client = Client()
    with role("desk"):
        section = Account.objects.get(username="section")
    client.force_login(section, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/accounts/3rdparty/")
    assert page.status_code == 200 and "企业微信" in page.content.decode()


def test_the_button_stands_only_where_a_provider_is_set(settings: Any) -> None:
    assert "企业微信" in Client().get("/accounts/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "企业微信" not in Client().get("/accounts/login/").content.decode()


def test_the_example_of_the_guide_draws_its_buttons_and_leads_to_its_callbacks(settings: Any) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "second-factor-and-providers.md").read_text()
    settings.SOCIALACCOUNT_PROVIDERS = json.loads(guide.split("```json")[1].split("```")[0])
    page = Client().get("/accounts/login/").content.decode()
    for name in ("统一身份", "企业微信", "DingTalk"):
        assert f"用 {name} 登录" in page
    for address in re.findall(r"`https://本站(/accounts/\S+/callback/)`", guide):
        assert Client().get(address).status_code != 404, address
