"""Django application: 权限."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.access"
    label = "access"
    verbose_name = "权限"
