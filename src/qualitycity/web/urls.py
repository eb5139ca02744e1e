"""All addresses. A room's `urls.py` holds its lists by front door; they are mounted here by one rule."""

from __future__ import annotations

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from qualitycity.kernel.access.duty_table import room_modules
from qualitycity.kernel.disclosure.urls import public as publications

from . import views
from .api import api

DOORS = {
    "desk": ("desk/{room}/", "{room}"),
    "lab": ("lab/{room}/", "{room}-lab"),
    "witness": ("witness/{room}/", "{room}-witness"),
    "public": ("{room}/", "{room}-public"),
}
# Kernel rooms whose public addresses are short because people type them.
SHORT = {("documents", "public"): "verify/"}


def rooms() -> list[URLPattern | URLResolver]:
    """The patterns of every room under its front doors."""
    found: list[URLPattern | URLResolver] = []
    labels = {config.name: config.label for config in apps.get_app_configs()}
    for module in room_modules("urls"):
        label = labels[module.__name__.removesuffix(".urls")]
        if label in ("web", "disclosure"):
            continue
        for door, (prefix, namespace) in DOORS.items():
            patterns = getattr(module, door, None)
            if patterns:
                where = SHORT.get((label, door), prefix.format(room=label))
                found.append(path(where, include((patterns, namespace.format(room=label)))))
    return found


urlpatterns = [
    path("", views.front, name="front"),
    path("desk/", views.home, name="home"),
    path("desk/search/", views.find, name="search"),
    path("lab/", views.lab_home, name="lab-home"),
    path("witness/", views.witness, name="witness"),
    path("language/", views.language, name="language"),
    path("health/", views.health, name="health"),
    path("roots/", views.roots, name="roots"),
    path("p/", include(publications)),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    *rooms(),
]

handler400 = "qualitycity.kernel.ui.errors.bad_request"
handler403 = "qualitycity.kernel.ui.errors.forbidden"
handler404 = "qualitycity.kernel.ui.errors.not_found"
handler500 = "qualitycity.kernel.ui.errors.server_error"
