"""Django application: 企业微信登录."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.web.wecom"
    label = "wecom"
    verbose_name = "企业微信登录"
