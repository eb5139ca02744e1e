"""The actor: who does it, in which posts and unit, over which regions, perhaps for somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import override

from qualitycity.kernel.words import translated

from .duty_table import duties_of
from .posts import POSTS

if TYPE_CHECKING:
    from .models import Account


@dataclass(frozen=True)
class Actor:
    """Whoever acts. `scopes` are region paths; `deputy_for` are refs of those who delegated to this actor today.

    `posts` are all in force, `own_posts` without those of whom the actor stands in for. `post_title` is as it goes into
    the record, in Chinese; `post_words` is for the reader.
    """

    ref: str
    display: str = ""
    post_title: str = ""
    unit_name: str = ""
    unit_id: int | None = None
    account_id: int | None = None
    posts: frozenset[str] = frozenset()
    own_posts: frozenset[str] = frozenset()
    extra_duties: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    deputy_for: tuple[str, ...] = ()
    all_powerful: bool = field(default=False, repr=False)

    @property
    def post_words(self) -> str:
        """The titles of the posts in the language of whoever reads."""
        return translated(str(self.post_title))

    @property
    def duties(self) -> frozenset[str]:
        return duties_of(self.posts) | self.extra_duties

    def can(self, duty: str) -> bool:
        """Whether this actor holds the duty."""
        return self.all_powerful or duty in self.duties

    def covers(self, region_path: str) -> bool:
        """Whether a region lies in this actor's jurisdiction; what has no region is everybody's."""
        if self.all_powerful or not region_path:
            return True
        return any(region_path == scope or region_path.startswith(scope + "/") for scope in self.scopes)

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None


SYSTEM = Actor(ref="system", display="系统", post_title="系统", all_powerful=True)
NOBODY = Actor(ref="public", display="公众")
_current: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def current_actor() -> Actor:
    """The actor of this request, job or test; NOBODY outside."""
    return _current.get()


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Let `actor` do what happens inside."""
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


def actor_of(account: Account, on: date) -> Actor:
    """The actor an account is on a day, with the posts of those who delegated to it."""
    from .models import Appointment, Delegation  # rooms import Actor before the models are ready

    deputised = list(
        Delegation.objects.filter(deputy=account, state="active", since__lte=on, until__gte=on).select_related(
            "principal"
        )
    )
    held = (
        Appointment.objects.filter(account__in=[account, *[item.principal for item in deputised]], since__lte=on)
        .filter(Q(until__isnull=True) | Q(until__gte=on))
        .select_related("unit", "region")
        .order_by("pk")
    )
    rows = list(held)
    own = [row for row in rows if row.account_id == account.pk]
    first = own[0] if own else None
    with override("zh-hans"):
        titles = "、".join(dict.fromkeys(str(POSTS[row.post].title) for row in own if row.post in POSTS))
    return Actor(
        ref=account.ref,
        display=str(account),
        post_title=titles,
        unit_name=first.unit.name if first else "",
        unit_id=first.unit_id if first else None,
        account_id=account.pk,
        posts=frozenset(row.post for row in rows),
        own_posts=frozenset(row.post for row in own),
        scopes=tuple(dict.fromkeys(row.region.path for row in rows)),
        deputy_for=tuple(item.principal.ref for item in deputised),
    )


def with_duties(actor: Actor, *codes: str) -> Actor:
    """The same actor with some duties more (a witness who signed in by code)."""
    return replace(actor, extra_duties=actor.extra_duties | set(codes))
