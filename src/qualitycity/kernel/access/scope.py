"""Reads scoped by jurisdiction; what lies outside answers 404, as if it did not exist."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from .actor import Actor, current_actor

M = TypeVar("M", bound=Model)


def scoped(rows: QuerySet[M], actor: Actor | None = None, field: str = "region_path") -> QuerySet[M]:
    """The rows of `rows` inside the actor's jurisdiction (`field` holds the region path)."""
    actor = actor or current_actor()
    if actor.all_powerful:
        return rows
    inside = Q(pk__in=[])
    for scope in actor.scopes:
        inside |= Q(**{field: scope}) | Q(**{f"{field}__startswith": scope + "/"})
    return rows.filter(inside)


def get_or_404(rows: QuerySet[M], field: str = "region_path", **lookup: Any) -> M:
    """The one row, if it exists and lies inside the jurisdiction; Http404 otherwise."""
    found = scoped(rows, field=field).filter(**lookup).first()
    if found is None:
        raise Http404
    return found
