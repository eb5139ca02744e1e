"""Django application: 演示城市."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.demo"
    label = "demo"
    verbose_name = "演示城市"
