"""Every route names its duty, or the application refuses to start."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from .actor import current_actor

PUBLIC = "public"
SIGNED_IN = "signed_in"
WITNESS = "witness"
View = Callable[..., HttpResponse]

# Addresses of libraries that stand outside our duties, each with its reason.
FOREIGN = {
    "accounts/": "sign-in, second factor and sign-out are open to whoever signs in",
    "api/v1/docs": "the description of the API holds nothing but names",
    "api/v1/openapi.json": "the description of the API holds nothing but names",
    "api/v1/": "the root of the API redirects to its description",
    "static/": "vendored files",
}


def page(duty: str) -> Callable[[View], View]:
    """Declare the duty a page asks for; the wrapped view answers 403 without it (sign-in comes first)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            refuse = check(request, duty)
            return refuse if refuse is not None else view(request, *args, **kwargs)

        guarded.duty = duty  # type: ignore[attr-defined]
        return guarded

    return decorate


def check(request: HttpRequest, duty: str) -> HttpResponse | None:
    """None where the request may go on; a redirect to sign-in; PermissionDenied where the duty is missing."""
    from django.contrib.auth.views import redirect_to_login

    if duty == PUBLIC:
        return None
    actor = current_actor()
    if duty == WITNESS or (actor.extra_duties and actor.can(duty)):
        return None
    if not actor.signed_in:
        return redirect_to_login(request.get_full_path())
    if duty != SIGNED_IN and not actor.can(duty):
        raise PermissionDenied
    return None


def may_open(address: str) -> bool:
    """Whether the actor holds the duty of the page behind an address: a link that would answer 403 is not drawn."""
    path = re.sub(r"\d+", "0", urlsplit(address).path)
    duty = _duty_behind(path, settings.ROOT_URLCONF)
    return duty in (PUBLIC, WITNESS) or (current_actor().signed_in if duty == SIGNED_IN else current_actor().can(duty))


@lru_cache(maxsize=4096)
def _duty_behind(path: str, _urls: str) -> str:
    """The duty of the page at a path; a page that names none stands outside our duties."""
    try:
        return getattr(resolve(path).func, "duty", PUBLIC)
    except Resolver404:
        return PUBLIC


def operation(duty: str) -> Callable[[View], View]:
    """The same for an operation of the REST API: 401 and 403 instead of a redirect."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            from ninja.errors import HttpError

            actor = current_actor()
            if duty != PUBLIC:
                if not actor.signed_in:
                    raise HttpError(401, "请先登录")
                if duty != SIGNED_IN and not actor.can(duty):
                    raise HttpError(403, "没有这项职责")
            return view(request, *args, **kwargs)

        guarded.duty = duty  # type: ignore[attr-defined]
        return guarded

    return decorate


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All (path, view) of the application, API operations one by one."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif isinstance(entry, URLPattern):
            view = entry.callback
            # ninja wraps all operations of a path in one function that holds its PathView in a closure
            inner = inspect.getclosurevars(view).nonlocals if view.__module__ == "ninja.operation" else {}
            operations = getattr(inner.get("self"), "operations", None)
            if operations is not None:
                for item in operations:
                    yield f"{'/'.join(sorted(item.methods))} {path}", item.view_func
            else:
                yield path, view


def undeclared() -> list[str]:
    """Routes that name no duty and no reason to stand outside."""
    missing = []
    for path, view in routes():
        if not hasattr(view, "duty") and not _foreign(path):
            missing.append(f"{path} ({getattr(view, '__module__', '')}.{getattr(view, '__qualname__', '')})")
    return missing


def _foreign(path: str) -> bool:
    return path in FOREIGN or path.startswith(("accounts/", "api/v1/docs", "static/"))


def insist() -> None:
    """Stop the application at start where a route names no duty, or names one nobody declared."""
    from .duty_table import duties

    missing = undeclared()
    if missing:
        raise ImproperlyConfigured("routes without a duty: " + "; ".join(missing))
    known = {PUBLIC, SIGNED_IN, WITNESS, *duties()}
    wrong = [f"{path}: {view.duty}" for path, view in routes() if getattr(view, "duty", PUBLIC) not in known]
    if wrong:
        raise ImproperlyConfigured("routes with an undeclared duty: " + "; ".join(wrong))
