"""Sign-in: no self-registration at the desk; after it everybody lands on the page of the own post."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.shortcuts import render

from qualitycity.kernel.access.models import Account


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administrator (or by an identity provider that is configured), never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/desk/"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An identity provider opens accounts that exist; it never makes one.

    The provider's person is the account whose login equals the provider's id (userid of 企业微信, `preferred_username`
    or subject of OIDC); once linked, the link counts. Where ids are no logins (钉钉), people who are signed in link
    their own account themselves, at /accounts/3rdparty/.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing or (request.user.is_authenticated and sociallogin.state.get("process") == "connect"):
            return
        extra = sociallogin.account.extra_data
        person = extra.get("userinfo") or extra.get("id_token") or extra  # OIDC nests what it was told
        names = [person.get("preferred_username"), extra.get("userid"), sociallogin.account.uid]
        account = Account.objects.filter(username__in=[name for name in names if name], is_active=True).first()
        if account is None:
            raise ImmediateHttpResponse(render(request, "account/unknown_person.html", status=403))
        sociallogin.connect(request, account)
