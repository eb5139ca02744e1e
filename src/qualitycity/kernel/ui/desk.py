"""What a room adds to the desk, declared in its `desk.py`: entries of the menu and panels of the landing pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.access.duty_table import room_modules
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN

GROUPS: dict[str, Any] = {
    "home": _("工作台"),
    "coordination": _("统筹推进"),
    "supervision": _("监督抽查"),
    "sampling": _("抽样与样品"),
    "aftercare": _("结果处理"),
    "tracing": _("反溯与风险"),
    "lab": _("实验室"),
    "accountability": _("督办与考核"),
    "development": _("品牌与标准"),
    "enterprise": _("企业服务"),
    "public": _("公众参与"),
    "registry": _("主体与名录"),
    "verify": _("核验"),
    "rules": _("规则与日历"),
    "system": _("系统运行"),
}


# So many lines fit a screen of 768 pixels: groups stand open, from the top, as long as all of them fit.
SHORT_MENU = 18


@dataclass(frozen=True)
class Entry:
    """One entry of the second level of a menu; drawn only for holders of `duty` at the front door `door`."""

    title: Any
    url_name: str
    duty: str
    group: str
    icon: str = ""
    order: int = 50
    door: str = "desk"

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"{self.url_name}: the menu has no group {self.group!r}; groups: {', '.join(GROUPS)}")


@dataclass(frozen=True)
class Panel:
    """One panel of a post's landing page: named figures, or a template with its own context."""

    post: str
    title: Any
    measures: tuple[str, ...] = ()
    template: str = ""
    context: Callable[[Actor], dict[str, Any]] | None = None
    order: int = 50


@dataclass(frozen=True)
class Place:
    """An entry as the menu draws it."""

    title: Any
    url: str
    icon: str
    current: bool


@dataclass(frozen=True)
class Group:
    """A first-level line of the menu with its places."""

    code: str
    title: Any
    places: list[Place]
    open: bool


@cache
def entries() -> tuple[Entry, ...]:
    """All menu entries of all rooms, in order."""
    found = [entry for module in room_modules("desk") for entry in getattr(module, "MENU", [])]
    return tuple(sorted(found, key=lambda entry: entry.order))


@cache
def panels() -> tuple[Panel, ...]:
    """All panels of all rooms, in order."""
    found = [panel for module in room_modules("desk") for panel in getattr(module, "PANELS", [])]
    return tuple(sorted(found, key=lambda panel: panel.order))


def panels_for(actor: Actor) -> list[Panel]:
    """The panels of the posts this actor holds, each once."""
    return [panel for panel in panels() if panel.post in actor.posts]


def menu(actor: Actor, door: str, path: str = "") -> list[Group]:
    """The two-level menu of an actor at a front door; what the duty table forbids is not in it.

    The current place is the one whose address is the longest beginning of `path`. Its group is open, and others as far
    as the screen holds them.
    """
    allowed = [
        (entry, url)
        for entry in entries()
        if entry.door == door
        and (entry.duty == PUBLIC or (entry.duty == SIGNED_IN and actor.signed_in) or actor.can(entry.duty))
        and (url := _url(entry.url_name))
    ]
    nearest = max((url for _entry, url in allowed if path.startswith(url)), key=len, default="")
    groups: dict[str, list[Place]] = {}
    for entry, url in allowed:
        place = Place(entry.title, url, entry.icon, url == nearest)
        groups.setdefault(entry.group, []).append(place)
    room = SHORT_MENU - len(groups) - max((len(p) for p in groups.values() if any(x.current for x in p)), default=0)
    drawn = []
    for code, title in GROUPS.items():
        if code not in groups:
            continue
        current = any(place.current for place in groups[code])
        opened = current or len(groups[code]) <= room
        room -= len(groups[code]) if opened and not current else 0
        drawn.append(Group(code, title, groups[code], opened))
    return drawn


def here(groups: list[Group]) -> Place | None:
    """The current place of a menu."""
    return next((place for group in groups for place in group.places if place.current), None)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # the room is not mounted in this installation
        return ""
