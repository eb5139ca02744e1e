"""The rulebook, the calendar, the clock and the deadlines as people see them, at the desk and on a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import look

PAGES = {
    "/desk/rulebook/": "section",
    "/desk/rulebook/?confidence=low": "section",
    "/desk/rulebook/D01/": "auditor",
    "/desk/rulebook/D08/revise/": "admin",
    "/desk/clock/calendar/2027/": "section",
    "/desk/clock/calendar/2031/": "admin",
    "/desk/clock/calendar/2027/revise/": "admin",
    "/desk/clock/": "admin",
    "/desk/deadlines/": "section",
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_holds_the_common_ground(visit: Any, path: str) -> None:
    page = visit(PAGES[path], path)
    look(page)
    if os.environ.get("SHOTS"):
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            name = path.strip("/").replace("/", "_").replace("?", "_")
            page.screenshot(path=str(Path(os.environ["SHOTS"]) / f"{name}-{size['width']}.png"), full_page=True)
