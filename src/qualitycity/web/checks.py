"""System checks of the house: a route without a duty, a table without rights."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from qualitycity.kernel.access.routes import undeclared


def routes_name_duties(app_configs: Any, **_options: Any) -> list[CheckMessage]:
    """An error for each route that names no duty (runserver, check and tests stop there)."""
    return [Error(f"a route without a duty: {route}", id="city.E001") for route in undeclared()]
