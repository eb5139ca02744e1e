"""The rulebook, the calendar, the clock and the deadlines as people see them, at the desk and on a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import look

PAGES = {
    "section": [
        "/desk/rulebook/?confidence=low",
        "/desk/rulebook/D01/",
        "/desk/clock/calendar/2027/",
        "/desk/deadlines/",
    ],
    "admin": [
        "/desk/rulebook/D08/revise/",
        "/desk/clock/calendar/2031/",
        "/desk/clock/calendar/2027/revise/",
        "/desk/clock/",
    ],
}


@pytest.mark.parametrize("login", PAGES)
def test_the_pages_hold_the_common_ground(visit: Any, login: str) -> None:
    page = visit(login, PAGES[login][0])
    for path in PAGES[login]:
        page.set_viewport_size(DESKTOP)
        page.goto(path)
        look(page)
        if os.environ.get("SHOTS"):
            _shoot(page, path)


def _shoot(page: Any, path: str) -> None:
    name = path.strip("/").replace("/", "_").replace("?", "_")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        page.screenshot(path=str(Path(os.environ["SHOTS"]) / f"{name}-{size['width']}.png"), full_page=True)


def test_a_day_off_is_added_with_the_keyboard_alone(visit: Any) -> None:
    """journeys.md J1 step 8, as far as the calendar goes: what moves is told before anything is saved."""
    page = visit("admin", "/desk/clock/calendar/2027/revise/")
    page.get_by_label("添加:自").fill("2027-06-18")
    page.get_by_label("名称").fill("停电")
    page.get_by_label("理由").fill("6 月 18 日全市停电检修")
    page.get_by_role("button", name="下一步").focus()
    page.keyboard.press("Enter")
    page.get_by_text("没有已推算的日期会变动").wait_for()
    page.get_by_role("button", name="修改日历").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/clock/calendar/2027/")
    row = page.get_by_role("row", name="2027-06-18")
    assert "停电" in row.inner_text() and "否" in row.inner_text()
