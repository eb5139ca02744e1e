"""Django application: 材料."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.evidence"
    label = "evidence"
    verbose_name = "材料"
