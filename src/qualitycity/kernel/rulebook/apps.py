"""Django application: 规则库."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.rulebook"
    label = "rulebook"
    verbose_name = "规则库"
