"""Django application: 名录."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.registry"
    label = "registry"
    verbose_name = "名录"
