"""The clock of the city: business time, which a demonstration may set, and real time, which nobody may.

`now()` and `today()` are business time in Asia/Shanghai; `real_now()` is what the machine's clock says. Every line of
办理记录 carries both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

_pretended: ContextVar[date | None] = ContextVar("pretended day", default=None)


def real_now() -> datetime:
    """The real time, aware, in the city's time zone."""
    return timezone.localtime()


def demo_day() -> date | None:
    """The day the demonstration clock shows; None while it is not set, and always in a real installation."""
    if not settings.CITY_DEMO:
        return None
    from .store import clock_setting

    setting = clock_setting.get()
    return setting.day if setting is not None else None


def today() -> date:
    """The business date."""
    return _pretended.get() or demo_day() or real_now().date()


def now() -> datetime:
    """The business time, aware: the business date with the real time of day."""
    real, day = real_now(), today()
    return real if real.date() == day else real.replace(year=day.year, month=day.month, day=day.day)


@contextmanager
def on(day: date) -> Iterator[None]:
    """Let the block run on another business date: the jobs of a skipped day, a test."""
    token = _pretended.set(day)
    try:
        yield
    finally:
        _pretended.reset(token)
