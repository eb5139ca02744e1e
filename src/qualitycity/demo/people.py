"""Units and accounts of the demonstration city, made through the same doors as real ones."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.kernel.access.services import appoint, list_region, list_unit, register_account

PASSWORD = "demo-2027"
SINCE = date(2026, 1, 1)


def plan() -> dict[str, Any]:
    """The declared units and accounts."""
    return tomllib.loads(Path(__file__).with_name("people.toml").read_text())


def accounts() -> list[dict[str, str]]:
    """Login, name, unit and posts of every demonstration account, for the terminal and the sign-in help."""
    declared = plan()
    units = {row[0]: row[1] for row in declared["units"]["list"]}
    return [
        {"login": login, "name": name, "unit": units[unit], "posts": ",".join(posts), "password": PASSWORD}
        for login, name, unit, posts in declared["accounts"]["list"]
    ]


def load_places() -> None:
    """Regions and units."""
    if not settings.CITY_DEMO:
        raise RuntimeError("demonstration data exist in demonstration mode alone")
    declared = plan()
    for row in declared["regions"]:
        parent = Region.objects.get(code=row["parent"]) if "parent" in row else None
        list_region(code=row["code"], name=row["name"], kind=row["kind"], parent=parent, valid_from=SINCE)
    for order, (code, name, kind, region, parent, *uscc) in enumerate(declared["units"]["list"], 1):
        list_unit(
            code=code,
            name=name,
            kind=kind,
            region=Region.objects.get(code=region),
            parent=Unit.objects.get(code=parent) if parent else None,
            order=order * 10,
            uscc=next(iter(uscc), ""),
        )


def load_accounts() -> None:
    """Accounts and posts; one hash serves all, because all share the demonstration password."""
    hashed = make_password(PASSWORD)
    for login, name, unit, posts in plan()["accounts"]["list"]:
        account = register_account(username=login, display_name=name, hashed=hashed, demo=True)
        for post in posts:
            appoint(account, post=post, unit=Unit.objects.get(code=unit), since=SINCE)


def demo_account(login: str) -> Account:
    """A demonstration account by login."""
    return Account.objects.get(username=login)
