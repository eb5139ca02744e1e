"""Every page holds what holds for every page (journeys.md 0.2), for every account, on a desktop and on a phone.

The state is that of tests/played.py: draws, publications, papers, to-dos are there. What text alone can show is looked
at by tests/web/test_walk.py; here a browser looks at one address of each kind of page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import crawl
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import OVERFLOW, SETTLED, look

ZOOMED = {"width": 683, "height": 384}  # 1366×768 at 200 %
# One page of each of the nine kinds (design.md 2), and whatever is most looked at.
QUICK = {
    "section": (
        "/desk/",
        "/desk/sampling/plans/",
        "/desk/sampling/plans/new/",
        "/desk/sampling/draws/1/",
        "/desk/sampling/draws/1/?tab=names",
        "/desk/sampling/frames/1/",
        "/desk/sampling/plans/5/amend/",
    ),
    "host": ("/desk/sampling/rounds/1/stage/",),
    "auditor": ("/desk/acts/lines/",),
    "": ("/", "/p/draw/2027-1/", "/p/draw/2027-3/", "/verify/", "/witness/sampling/", "/accounts/login/"),
}
Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, played: None, live_server: Any) -> Iterator[Open]:
    """`opened("section", PHONE)` → a page whose holder is signed in; `.wrong` gathers errors and foreign requests."""
    contexts = []

    def open_context(login: str, size: dict[str, int] = DESKTOP) -> Any:
        context = browser.new_context(viewport=size, locale="zh-CN", base_url=live_server.url)
        contexts.append(context)
        if login:
            session = crawl.client(login).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page, wrong = context.new_page(), []
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request", lambda asked: wrong.append(f"foreign {asked.url}") if _foreign(asked.url, live_server) else None
        )
        page.wrong = wrong
        return page

    yield open_context
    for context in contexts:
        context.close()


def _foreign(url: str, server: Any) -> bool:
    return not url.startswith((server.url, "data:", "blob:"))


def examine(page: Any, address: str) -> list[str]:
    """What is wrong with the page at an address, at its present size."""
    page.wrong.clear()
    answer = page.goto(address)
    found = [f"answers {answer.status}"] if answer.status != 200 else []
    try:
        look(page)
    except AssertionError as fault:
        found += str(fault).splitlines()[1:]
    if page.viewport_size == DESKTOP:
        page.set_viewport_size(ZOOMED)
        page.evaluate(SETTLED)
        found += [f"sticks out at 200 %: {one}" for one in page.evaluate(OVERFLOW)]
        page.set_viewport_size(DESKTOP)
    return [f"{address} at {page.viewport_size['width']}: {one}" for one in [*found, *page.wrong]]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_of_each_kind(opened: Open, size: dict[str, int]) -> None:
    faults = []
    for login, addresses in QUICK.items():
        page = opened(login, size)
        for address in addresses:
            faults += examine(page, address)
    assert not faults, "\n".join(faults)


@pytest.mark.long
def test_every_page_of_everybody(opened: Open) -> None:
    seen: set[tuple[str, ...]] = set()
    faults = []
    for login in crawl.LOGINS:
        desk, phone = opened(login), opened(login, PHONE)
        for page in crawl.walk(login, each=2, whole=False):
            if page.status != 200 or page.tree is None or page.kind in seen:
                continue
            seen.add(page.kind)
            faults += examine(desk, page.address) + examine(phone, page.address)
    assert len(seen) > 150 and not faults, "\n".join(faults)


def test_reload_and_back_keep_filter_and_place(opened: Open) -> None:
    page = opened("section")
    page.goto("/desk/sampling/plans/")
    page.get_by_label("状态").select_option(label="已批准")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator(".list-count")).to_have_text(re.compile("共 4 条"))
    page.get_by_role("link", name="抽取").or_(page.get_by_role("link", name="计划", exact=True)).last.click()
    filtered = page.url
    assert "state=approved" in filtered
    page.reload()
    assert page.url == filtered and page.get_by_label("状态").input_value() == "approved"
    page.locator("tbody a").first.click()
    page.wait_for_url("**/plans/*/")
    page.go_back()
    assert page.url == filtered and page.get_by_label("状态").input_value() == "approved"
    expect(page.locator(".list-count")).to_have_text(re.compile("共 4 条"))


def test_a_printed_page_is_a_paper(opened: Open) -> None:
    """Title, unit, time of printing; neither menu nor button (look() sees to that); A4."""
    page = opened("section")
    page.goto("/desk/sampling/plans/")
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".print-foot")).to_contain_text(
        re.compile(r"质量局监督科.*打印时间 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    )
    assert page.locator(".menu, .filters, .list-tools, .top").filter(visible=True).count() == 0
    sheet = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox \[0 0 59[45]\.?\d* 84[12]", sheet), "not A4"
    assert re.search(rb"/Count 1\b", sheet), "six plans fit one sheet"
