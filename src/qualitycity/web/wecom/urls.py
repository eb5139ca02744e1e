"""Addresses of sign-in with WeCom, mounted by the library under /accounts/wecom/."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from .provider import WeComProvider

urlpatterns = default_urlpatterns(WeComProvider)
