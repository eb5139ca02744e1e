"""Read-only operations on published draws: open to anybody, made from publications alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from qualitycity.kernel.access.routes import PUBLIC, operation
from qualitycity.kernel.disclosure.models import Version

PREFIX = "/sampling/"
router = Router(tags=["sampling"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class DrawOut(Schema):
    """A published draw in short."""

    slug: str
    number: str
    title: str
    state: str
    mode: str
    frame_digest: str
    total: int
    eligible: int
    version: int
    version_digest: str
    published_on: date


class DrawDetail(DrawOut):
    """A published draw with the whole payload its page is drawn from."""

    payload: dict[str, Any]


def _current() -> Any:
    return (
        Version.objects.filter(publication__kind="draw")
        .select_related("publication")
        .order_by("publication", "-number")
        .distinct("publication")
    )


def _short(version: Version) -> dict[str, Any]:
    page = version.payload
    return {
        "slug": version.publication.slug,
        "number": page["number"],
        "title": page["title"],
        "state": page["state"],
        "mode": page["mode"],
        "frame_digest": page["frame"]["digest"],
        "total": page["frame"]["total"],
        "eligible": page["frame"]["eligible"],
        "version": version.number,
        "version_digest": version.digest,
        "published_on": version.published_on,
    }


@router.get("draws/", response=list[DrawOut], summary="Published draws")
@operation(PUBLIC)
def list_draws(request: HttpRequest) -> Any:
    """All published draws, newest first, each in the version in force."""
    return sorted((_short(version) for version in _current()), key=lambda item: item["slug"], reverse=True)


@router.get("draws/{slug}/", response={200: DrawDetail, 404: Problem}, summary="One published draw")
@operation(PUBLIC)
def one_draw(request: HttpRequest, slug: str, version: int | None = None) -> Any:
    """One draw: the version in force, or the one asked for."""
    versions = Version.objects.filter(publication__kind="draw", publication__slug=slug).select_related("publication")
    found = (versions.filter(number=version) if version is not None else versions).order_by("-number").first()
    if found is None:
        raise Http404
    return _short(found) | {"payload": found.payload}
