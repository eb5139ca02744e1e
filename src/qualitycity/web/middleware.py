"""The front doors: which database role serves a request, who acts, and what a browser may load."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import ProgrammingError
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from psycopg.errors import InsufficientPrivilege

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import NOBODY, Actor, acting, actor_of, with_duties
from qualitycity.kernel.access.dbrole import role

from .second_factor import to_enrolment

log = logging.getLogger("qualitycity.access")
Respond = Callable[[HttpRequest], HttpResponse]

# The first part of the address decides; the rest of the site is the visitor's.
DOORS = {"desk": "desk", "api": "desk", "witness": "desk", "lab": "lab"}
BARE = {"accounts", "static"}
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Pictures, papers and archives are compressed already.
COMPRESSIBLE = ("text/html", "text/csv", "application/json", "image/svg+xml")


def _role(door: str, actor: Actor) -> str:
    """The database role behind a door. Whoever has not signed in is a visitor everywhere but at the witnesses' door."""
    if door == "witness" or actor.signed_in:
        return DOORS.get(door, "visitor")
    return "visitor"


class ContentPolicy:
    """A strict content policy on every answer: nothing from another origin, no inline script."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        policy = POLICY
        if request.path_info.startswith("/accounts/"):  # signing in may lead on to an identity provider
            policy = POLICY.replace("form-action 'self'", "form-action 'self' https:")
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        return response


class Compression(GZipMiddleware):
    """Pages and data go compressed to browsers that take it: a tenth of the bytes on a phone.

    Django lengthens each answer by chance (against BREACH). Stands behind whitenoise, which serves its own .gz.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress text; leave everything else as it is."""
        if response.headers.get("Content-Type", "").startswith(COMPRESSIBLE):
            return super().process_response(request, response)
        return response


class FrontDoor:
    """Last in the chain: reads the account and its posts as bare `web`, then answers under the door's role.

    The session is saved after the role was reset, so sessions belong to `web` alone.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = request.path_info.lstrip("/").partition("/")[0]
        if door in BARE:
            return self.respond(request)
        actor = self._actor(request)
        request.actor = actor  # type: ignore[attr-defined]
        if door in DOORS and (enrolment := to_enrolment(request, actor)):
            return enrolment
        with acting(actor), role(_role(door, actor)):
            response = self.respond(request)
            if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
                # A stream's body runs after this block: it would read as bare `web` and be refused
                # (a file of the disk asks the database for nothing, and may be larger than memory).
                try:
                    response.streaming_content = list(response.streaming_content)
                except ProgrammingError as error:  # raised behind the view, where Django asks no middleware
                    refused = self.process_exception(request, error)
                    if refused is None:
                        raise
                    return refused
            return response

    def _actor(self, request: HttpRequest) -> Actor:
        """Who asks: an account with its posts of today, or a witness signed in by code."""
        actor = actor_of(request.user, clock.today()) if request.user.is_authenticated else NOBODY
        witness = request.session.get("witness")
        if witness and not actor.signed_in:
            actor = with_duties(
                Actor(
                    ref=witness["ref"],
                    display=witness["name"],
                    post_title=witness["capacity"],
                    scopes=(witness["region_path"],),
                ),
                "sampling.witness",
            )
        return actor

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The database's own refusal becomes 403, and is written to the log."""
        if isinstance(error, ProgrammingError) and isinstance(error.__cause__, InsufficientPrivilege):
            log.warning("the database refused %s: %s", request.path_info, str(error).splitlines()[0])
            return render(request, "403.html", status=403)
        return None
