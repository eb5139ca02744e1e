"""Public addresses of publications; they run as the database role «visitor», which reads nothing else."""

from __future__ import annotations

import json
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import http_date

from qualitycity.kernel.access.routes import PUBLIC, page

from .kinds import public_kinds
from .models import Publication, PublicFile, Version


@page(PUBLIC)
def index(request: HttpRequest, kind: str) -> HttpResponse:
    """All publications of a kind, newest first."""
    if kind not in public_kinds():
        raise Http404
    found = Publication.objects.filter(kind=kind).order_by("-id")
    current = {
        version.publication_id: version
        for version in Version.objects.filter(publication__in=found).order_by("number").defer("payload")
    }
    rows = [(publication, current[publication.pk]) for publication in found]
    return render(request, "disclosure/index.html", {"kind": public_kinds()[kind], "rows": rows})


@page(PUBLIC)
def current(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """The version in force (or the last before withdrawal, marked so)."""
    publication = get_object_or_404(Publication, kind=kind, slug=slug)
    return _show(request, publication, publication.current)


@page(PUBLIC)
def version(request: HttpRequest, kind: str, slug: str, number: int) -> HttpResponse:
    """One version at its own address; an old one says what replaced it."""
    return _show(request, get_object_or_404(Publication, kind=kind, slug=slug), number)


@page(PUBLIC)
def data(request: HttpRequest, kind: str, slug: str, number: int | None = None) -> HttpResponse:
    """The payload as canonical JSON: its SHA-256 is the version's digest."""
    publication = get_object_or_404(Publication, kind=kind, slug=slug)
    found = get_object_or_404(Version, publication=publication, number=number or publication.current)
    text = json.dumps(found.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers={"X-Digest-SHA256": found.digest})


@page(PUBLIC)
def file(request: HttpRequest, kind: str, slug: str, number: int, name: str) -> HttpResponse:
    """A file published with a version."""
    found = get_object_or_404(
        PublicFile, version__publication__kind=kind, version__publication__slug=slug, version__number=number, name=name
    )
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", found.name)
    headers = {
        "Content-Disposition": f'attachment; filename="{safe}"',
        "X-Digest-SHA256": found.sha256,
        "Last-Modified": http_date(found.version.published_at.timestamp()),
    }
    return HttpResponse(bytes(found.content), content_type=found.mime, headers=headers)


def _show(request: HttpRequest, publication: Publication, number: int) -> HttpResponse:
    kind = public_kinds().get(publication.kind)
    found = publication.versions.filter(number=number).first()
    if kind is None or found is None:
        raise Http404
    versions = list(publication.versions.defer("payload"))
    context = {
        "kind": kind,
        "publication": publication,
        "version": found,
        "payload": found.payload,
        "versions": versions,
        "files": {item.name: item for item in found.files.defer("content")},
        "crumbs": [(kind.title, reverse("publications", args=[kind.code]))],
        "source": publication.title,
        "as_of": found.published_on,
    }
    return render(request, kind.template, context)
