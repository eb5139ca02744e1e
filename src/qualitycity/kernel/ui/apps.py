"""Django application: 界面."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.ui"
    label = "ui"
    verbose_name = "界面"
