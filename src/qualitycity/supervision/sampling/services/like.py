"""Functions around an act that pages may use in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def like(service: Any) -> Callable[[F], F]:
    """Let a function stand for an act on pages: it carries the same row of the state table (button, duty, reason)."""

    def decorate(function: F) -> F:
        function.move, function.workflow = service.move, service.workflow  # type: ignore[attr-defined]
        return function

    return decorate
