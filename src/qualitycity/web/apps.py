"""Django application: the front doors. At start it insists that every route names its duty."""

import sys

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.web"
    label = "web"
    verbose_name = "入口"

    def ready(self) -> None:
        from django.core.checks import register

        from .checks import routes_name_duties

        register(routes_name_duties)
        if "gunicorn" in sys.argv[0]:
            from qualitycity.kernel.access.routes import insist

            insist()
