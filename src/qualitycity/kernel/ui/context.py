"""What every shell reads: which shell it is, menu, clock banner, counts, elder mode."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor

from . import desk

ELDER_COOKIE = "elder"
SHELLS = {"desk": "ui/desk.html", "lab": "ui/lab.html", "public": "ui/public.html"}


def door(path: str) -> str:
    """The front door of an address: desk, lab or public. Witnesses and sign-in pages wear the desk's clothes."""
    first = path.strip("/").split("/")[0]
    return {"desk": "desk", "witness": "desk", "lab": "lab"}.get(first, "public")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Everything that costs a query is asked for only by the shell that shows it."""
    actor, at = current_actor(), door(request.path)
    menu: Any = SimpleLazyObject(lambda: desk.menu(actor, at, request.path))
    return {
        "shell": SHELLS[at],
        "door": at,
        "actor": actor,
        "today": clock.today(),
        "demo_clock": clock.demo_day(),
        "menu": menu,
        "here": SimpleLazyObject(lambda: desk.here(menu)),
        "todo_counts": SimpleLazyObject(lambda: _counts(actor)),
        "elder": request.COOKIES.get(ELDER_COOKIE) == "1",
        "home_url": _url({"desk": "home", "lab": "lab-home"}.get(at, "front")),
    }


def _counts(actor: Any) -> dict[str, int]:
    from qualitycity.kernel.todo.queries import counts

    return counts(actor)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return "/"
