"""Django application: 待办."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.todo"
    label = "todo"
    verbose_name = "待办"
