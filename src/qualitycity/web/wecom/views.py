"""The exchange with WeCom: a code for a member, by the application's own token (developer.work.weixin.qq.com)."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.http import HttpRequest

API = "https://qyapi.weixin.qq.com/cgi-bin"


def ask(path: str, **params: str) -> dict[str, Any]:
    """One call of the API; OAuth2Error with WeCom's own words where it answers an error."""
    with get_adapter().get_requests_session() as session:
        answer = session.get(f"{API}/{path}", params=params, timeout=10)
        answer.raise_for_status()
        data: dict[str, Any] = answer.json()
    if data.get("errcode"):
        raise OAuth2Error(f"WeCom: {data.get('errcode')} {data.get('errmsg')}")
    return data


class WeComClient(OAuth2Client):
    """The code is not exchanged for a token: the application has its own, and asks with it who the code is."""

    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, Any]:
        token = ask("gettoken", corpid=self.consumer_key, corpsecret=self.consumer_secret)["access_token"]
        return {"access_token": token, "code": code}


class WeComAdapter(OAuth2Adapter):
    """Addresses of WeCom's web sign-in."""

    provider_id = "wecom"
    authorize_url = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    access_token_url = f"{API}/gettoken"
    client_class = WeComClient

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Who signed in; outsiders (without `userid`) are turned away."""
        found = ask("auth/getuserinfo", access_token=token.token, code=kwargs["response"]["code"])
        if "userid" not in found:
            raise OAuth2Error("WeCom: not a member of the corporation")
        return self.get_provider().sociallogin_from_response(request, found)


oauth2_login = OAuth2LoginView.adapter_view(WeComAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(WeComAdapter)
