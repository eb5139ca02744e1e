"""Django application: 文书."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.documents"
    label = "documents"
    verbose_name = "文书"
