"""Django application: 入口."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.web"
    label = "web"
    verbose_name = "入口"
