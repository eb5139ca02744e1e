"""Every entry of every menu holds what holds for every page (journeys.md 0.2), with the demonstration pack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.helpers import look

LOGINS = (
    "leader",
    "coord",
    "section",
    "host",
    "s01",
    "keeper",
    "tech1",
    "labm",
    "ent10",
    "town_e",
    "auditor",
    "admin",
    "",
)


@pytest.mark.long
def test_every_menu_entry(visit: Callable[..., Any]) -> None:
    seen: set[str] = set()
    faults = []
    for login in LOGINS:
        page = visit(login, "/desk/" if login else "/")
        links = page.locator(".menu a[href], .public-top nav a[href]").evaluate_all("all => all.map(a => a.pathname)")
        for path in [page.url.split("/", 3)[3].join(["/", ""]), *links]:
            if path in seen:
                continue
            seen.add(path)
            answer = page.goto(path)
            try:
                assert answer.status == 200, f"{path}: {answer.status}"
                look(page)
            except AssertionError as fault:
                faults.append(f"{login}: {fault}")
    assert len(seen) > 20, "the menus are empty"
    assert not faults, "\n\n".join(faults)
