"""The gallery on a server of its own, without a database: what the kernel would read is invented here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

TODAY = date(2027, 4, 6)
LEFT_OUT = ("FrontDoor", "AuthenticationMiddleware", "AccountMiddleware")


@pytest.fixture
def gallery(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Addresses, menu, clock and 办理记录 of the gallery in place of the city's."""
    from django.conf import global_settings
    from django.urls import clear_url_caches

    from qualitycity.kernel import clock, deadlines
    from qualitycity.kernel.todo import queries as todo
    from qualitycity.kernel.ui import desk, record
    from tests.ui import gallery as shown

    table = [dict(settings.TEMPLATES[0], DIRS=[Path(__file__).parent / "templates"])]  # type: ignore[attr-defined]
    settings.TEMPLATES, settings.ROOT_URLCONF = table, "tests.ui.gallery"  # type: ignore[attr-defined]
    settings.FILE_UPLOAD_HANDLERS = global_settings.FILE_UPLOAD_HANDLERS  # type: ignore[attr-defined]
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # type: ignore[attr-defined]
    kept = [name for name in settings.MIDDLEWARE if not name.endswith(LEFT_OUT)]  # type: ignore[attr-defined]
    settings.MIDDLEWARE = [*kept, "tests.ui.gallery.pretend"]  # type: ignore[attr-defined]
    options = dict(table[0]["OPTIONS"])
    options["context_processors"] = [name for name in options["context_processors"] if "auth" not in name]
    table[0]["OPTIONS"] = options
    monkeypatch.setattr(record.queries, "history", lambda subject: shown.lines())
    monkeypatch.setattr(record.queries, "may", shown.offers)
    monkeypatch.setattr(record, "materials", lambda subject: {})
    monkeypatch.setattr(clock, "demo_day", lambda: TODAY)
    monkeypatch.setattr(todo, "counts", lambda actor: {"todo": 6, "messages": 2})
    monkeypatch.setattr(deadlines, "of", shown.clocks, raising=False)
    monkeypatch.setattr(desk, "entries", lambda: shown.MENU)
    clear_url_caches()
    yield
    clear_url_caches()


@pytest.fixture
def server(gallery: None) -> Iterator[SimpleNamespace]:
    """The gallery on a free port of this machine."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None, thread.error
    yield SimpleNamespace(url=f"http://127.0.0.1:{thread.port}")
    thread.terminate()
    thread.join()


@pytest.fixture
def show(browser: object, server: SimpleNamespace) -> Iterator[object]:
    """`show("/desk/gallery/list/", size=PHONE)` → a page; at the end: no error in a console, no foreign request."""
    contexts, faults = [], []

    def open_page(path: str, size: dict[str, int] | None = None, **options: object) -> object:
        context = browser.new_context(  # type: ignore[attr-defined]
            viewport=size or {"width": 1366, "height": 768}, locale="zh-CN", base_url=server.url, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request", lambda asked: None if asked.url.startswith((server.url, "data:")) else faults.append(asked.url)
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # Chromium writes every answer of 400 and above to the console: those are pages here
    assert not (wrong := [fault for fault in faults if "the server responded with a status of" not in fault]), wrong
