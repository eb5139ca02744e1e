"""Small tables kept in memory (rules, calendar, demonstration clock) without ever being out of date.

Such a table only grows, so its newest row names its contents. Inside a web request the newest row is looked up once;
outside (jobs, commands, tests) at every read. Other processes' changes are therefore seen at the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from django.core.signals import request_finished, request_started

T = TypeVar("T")
_request: ContextVar[dict[int, Any] | None] = ContextVar("snapshots of this request", default=None)


class Snapshot(Generic[T]):
    """`stamp()` is one cheap query that names the contents; `load()` reads them all."""

    def __init__(self, stamp: Callable[[], Hashable], load: Callable[[], T]) -> None:
        self._stamp, self._load = stamp, load
        self._held: tuple[Hashable, T] | None = None

    def get(self) -> T:
        """The contents as of now (as of the start of the request, inside one)."""
        seen = _request.get()
        if seen is not None and id(self) in seen:
            return seen[id(self)]
        stamp, held = self._stamp(), self._held
        if held is None or held[0] != stamp:
            self._held = held = (stamp, self._load())
        if seen is not None:
            seen[id(self)] = held[1]
        return held[1]

    def forget(self) -> None:
        """Look again at the next read of this request: something was written in it."""
        seen = _request.get()
        if seen is not None:
            seen.pop(id(self), None)


def _begin(**_: Any) -> None:
    _request.set({})


def _end(**_: Any) -> None:
    _request.set(None)


request_started.connect(_begin, dispatch_uid="snapshots begin")
request_finished.connect(_end, dispatch_uid="snapshots end")
