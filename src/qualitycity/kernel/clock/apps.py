"""Django application: 时钟与日历."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.clock"
    label = "clock"
    verbose_name = "时钟与日历"
