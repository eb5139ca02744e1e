"""The menu: only what is allowed and exists, the current place found, open as far as the screen holds."""

from __future__ import annotations

import pytest

from qualitycity.kernel.access.actor import NOBODY, Actor
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN
from qualitycity.kernel.ui import desk
from qualitycity.kernel.ui.desk import SHORT_MENU, Entry

CLERK = Actor("p2", "经办", account_id=2, extra_duties=frozenset({"a.view"}))


@pytest.fixture
def entries(gallery: None, monkeypatch: pytest.MonkeyPatch) -> None:
    table = (
        Entry("列表", "gallery:list", "a.view", "supervision"),
        Entry("新建", "gallery:new", "b.edit", "supervision"),
        Entry("首页", "gallery:home", SIGNED_IN, "home"),
        Entry("没有", "room:nowhere", PUBLIC, "home"),
        Entry("公众", "public", PUBLIC, "public", door="public"),
    )
    monkeypatch.setattr(desk, "entries", lambda: table)


def titles(actor: Actor, door: str = "desk") -> list[str]:
    return [place.title for group in desk.menu(actor, door) for place in group.places]


def test_only_what_the_duty_table_allows_and_what_exists(entries: None) -> None:
    assert titles(CLERK) == ["首页", "列表"]
    assert titles(NOBODY) == [] and titles(NOBODY, "public") == ["公众"]
    assert titles(CLERK, "lab") == []


def test_the_current_place_is_the_longest_address_that_fits(entries: None) -> None:
    here = desk.here(desk.menu(CLERK, "desk", "/desk/gallery/list/7/edit/"))
    assert here is not None and here.title == "列表"
    assert desk.here(desk.menu(CLERK, "desk", "/desk/elsewhere/")) is None


def test_open_groups_fit_the_screen_and_the_current_one_is_open(gallery: None, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Entry(f"{n}", "gallery:list", PUBLIC, "registry") for n in range(16)]
    few = [Entry(f"{g}{n}", "gallery:home", PUBLIC, g) for g in ("home", "rules", "system") for n in range(4)]
    monkeypatch.setattr(desk, "entries", lambda: (*few, *many))
    opened = {group.code: group.open for group in desk.menu(CLERK, "desk", "/desk/gallery/")}
    assert opened == {"home": True, "registry": False, "rules": True, "system": True}
    assert sum(1 + 4 * opened[code] for code in opened) <= SHORT_MENU
    assert next(g for g in desk.menu(CLERK, "desk", "/desk/gallery/list/") if g.code == "registry").open


def test_a_group_that_does_not_exist_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="supervisionn"):
        Entry("x", "x", PUBLIC, "supervisionn")
