"""A real Chromium against the real application on the demonstration pack; skips, saying so, without a Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
)  # Playwright's loop runs in the test's thread; pages in others

DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def visit(browser: object, pack: None, live_server: object) -> Iterator[Callable[..., object]]:
    """`visit(login="section", size=DESKTOP)` → a page of a signed-in person (or of the public), errors collected.

    At the end of the test: no error in a console, no request to another origin.
    """
    contexts, faults = [], []

    def open_page(login: str = "", path: str = "/", size: dict[str, int] = DESKTOP, locale: str = "zh-CN") -> object:
        from qualitycity.demo.people import PASSWORD

        context = browser.new_context(viewport=size, locale=locale, base_url=live_server.url)  # type: ignore[attr-defined]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: faults.append(f"{login}: {line.text}") if line.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(f"{login}: {error}"))
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((live_server.url, "data:", "blob:"))  # type: ignore[attr-defined]
                else faults.append(f"{login}: foreign {asked.url}")
            ),
        )
        if login:
            page.goto("/accounts/login/?next=" + path)
            page.get_by_label("登录名").fill(login)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
        else:
            page.goto(path)
        return page

    open_page.faults = faults  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    expected = [fault for fault in faults if "status of 4" not in fault]
    assert not expected, expected
