"""Django application: 公开与密封."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.disclosure"
    label = "disclosure"
    verbose_name = "公开与密封"
