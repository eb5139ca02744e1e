"""The provider: a person is the `userid` of the corporation's address book."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from .views import WeComAdapter


class WeComAccount(ProviderAccount):
    """A member of the corporation."""

    def to_str(self) -> str:
        return str(self.account.extra_data.get("userid", ""))


class WeComProvider(OAuth2Provider):
    """`client_id` = corpid, `secret` = secret of the application, `settings.agentid` = its number."""

    id = "wecom"
    name = "企业微信"
    account_class = WeComAccount
    oauth2_adapter_class = WeComAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["userid"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"username": data["userid"]}

    def get_auth_params(self) -> dict[str, Any]:
        """What the corporation's sign-in page asks beside the usual: its own names for client and application."""
        return {
            "login_type": "CorpApp",
            "appid": self.app.client_id,
            "agentid": self.app.settings.get("agentid", ""),
        }


provider_classes = [WeComProvider]
