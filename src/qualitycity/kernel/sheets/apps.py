"""Django application: 表格."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.sheets"
    label = "sheets"
    verbose_name = "表格"
