"""Django application: 后台任务."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.jobs"
    label = "jobs"
    verbose_name = "后台任务"
