"""Django application: 指标."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.measures"
    label = "measures"
    verbose_name = "指标"
