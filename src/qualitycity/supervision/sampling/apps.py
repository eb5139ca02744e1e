"""Django application: 监督抽查."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.supervision.sampling"
    label = "sampling"
    verbose_name = "监督抽查"
