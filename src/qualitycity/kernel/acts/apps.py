"""Django application: 办理记录."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.acts"
    label = "acts"
    verbose_name = "办理记录"
