"""Django application: 时限与灯."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.kernel.deadlines"
    label = "deadlines"
    verbose_name = "时限与灯"

    def ready(self) -> None:
        """Tell the rulebook and the calendar what hangs on them."""
        from . import hooks  # noqa: F401
