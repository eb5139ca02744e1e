"""The first people of a real installation, inside Django: places, units, accounts and posts, whole or not at all.

``python -m qualitycity.cli.inside.office TASK`` as the owner, with the task's arguments as JSON on standard input. The
answer is the last line of its output, JSON; ``{"faults": [...]}`` names everything that is wrong, and nothing was done.
Every change goes through the acts that a page uses, and stands in 办理记录.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import Any

import django

from qualitycity.cli.inside import answering

Answer = dict[str, Any]


def check(given: dict[str, Any]) -> Answer:
    """Every fault of the Excel files and of the first administrator; asks no database."""
    from .tables import read_all

    return {"faults": read_all(given)[1]}


def establish(given: dict[str, Any]) -> Answer:
    """Make the root division, the administrator's unit and account, then what the Excel files say."""
    from django.db import transaction

    from qualitycity.kernel.access.models import Region, Unit
    from qualitycity.kernel.access.services import list_region, list_unit

    from .tables import read_all

    rows, faults = read_all(given)
    if faults:
        return {"faults": faults}
    with transaction.atomic():
        root = list_region(code=given["region_code"], name=given["region_name"], kind=Region.Kind.CITY)
        for values in rows["regions"]:
            parent = Region.objects.get(code=values["parent"]) if values["parent"] else root
            list_region(code=values["code"], name=values["name"], kind=values["kind"], parent=parent)
        for order, values in enumerate(rows["units"], 1):
            list_unit(
                code=values["code"],
                name=values["name"],
                kind=values["kind"],
                region=Region.objects.get(code=values["region"] or root.code),
                parent=Unit.objects.get(code=values["parent"]) if values["parent"] else None,
                uscc=values["uscc"] or "",
                order=order * 10,
            )
        passwords = _first_administrator(given, root) | _accounts(rows["accounts"])
    return {"regions": Region.objects.count(), "units": Unit.objects.count(), "passwords": passwords}


def _first_administrator(given: dict[str, Any], root: Any) -> dict[str, str]:
    from qualitycity.kernel.access.models import Unit
    from qualitycity.kernel.access.services import appoint, list_unit, register_account

    home = Unit.objects.filter(code=given["admin_unit"]).first() or list_unit(
        code=given["admin_unit"], name=given["admin_unit_name"], kind=Unit.Kind.OTHER, region=root
    )
    account = register_account(username=given["admin"], display_name=given["admin_name"], password=given["password"])
    appoint(account, post="admin", unit=home, region=root)
    return {given["admin"]: given["password"]}


def _accounts(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Register each login once, with a random first password, and give each row's post."""
    from qualitycity.kernel.access.models import Account, Region, Unit
    from qualitycity.kernel.access.services import appoint, register_account

    passwords: dict[str, str] = {}
    for values in rows:
        account = Account.objects.filter(username=values["login"]).first()
        if account is None:
            passwords[values["login"]] = secrets.token_urlsafe(9)
            account = register_account(
                username=values["login"],
                display_name=values["name"],
                password=passwords[values["login"]],
                phone=values["phone"] or "",
            )
        unit = Unit.objects.get(code=values["unit"])
        region = Region.objects.get(code=values["region"]) if values["region"] else None
        appoint(account, post=values["post"], unit=unit, region=region, since=values["since"])
    return passwords


def reset_second_factor(given: dict[str, Any]) -> Answer:
    """Remove the second factors of an account, as an act of the system administrator named ``by``, with a reason."""
    from allauth.mfa.models import Authenticator

    from qualitycity.kernel import clock
    from qualitycity.kernel.access.actor import acting, actor_of
    from qualitycity.kernel.access.models import Account, Appointment
    from qualitycity.kernel.access.services import reset_second_factor as reset
    from qualitycity.kernel.acts import Refused

    subject = Account.objects.filter(username=given["login"]).first()
    if subject is None:
        raise Refused(f"没有登录名为「{given['login']}」的账号。There is no account of that login.")
    admins = Appointment.objects.filter(post="admin", until__isnull=True).values_list("account__username", flat=True)
    names = sorted(set(admins))
    by = given["by"] or (names[0] if len(names) == 1 else "")
    if by not in names:
        raise Refused(f"请用 --by 指明以哪位系统管理员的身份办理:{'、'.join(names)}。Name the administrator by --by.")
    if not Authenticator.objects.filter(user=subject).exists():
        raise Refused(f"{subject.username} 没有绑定第二因素,无须重置。There is no second factor to remove.")
    with acting(actor_of(Account.objects.get(username=by), clock.today())):
        reset(subject, reason=given["reason"])
    return {"login": subject.username, "by": by}


def rotate_key(_: dict[str, Any]) -> Answer:
    """Add a sealing key to the key file and make it current."""
    from django.conf import settings

    return {"current": settings.CITY_KEYRING.rotate(), "file": str(settings.CITY_KEYRING.path)}


def templates(given: dict[str, Any]) -> Answer:
    """Write the Excel templates of regions, units and accounts into a folder."""
    from qualitycity.kernel.sheets import template

    from .tables import SHEETS

    made = [Path(given["folder"]) / f"{name}.xlsx" for name in SHEETS]
    for path, sheet in zip(made, SHEETS.values(), strict=True):
        path.write_bytes(template(sheet))
    return {"files": [str(path) for path in made]}


TASKS = {task.__name__: task for task in (check, establish, reset_second_factor, rotate_key, templates)}


def main(argv: list[str]) -> int:
    """Do one task as the system and print its answer."""
    reply = answering()
    django.setup()
    from django.utils.translation import activate

    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.acts import Faults, Refused

    activate("zh-hans")
    given = json.loads(sys.stdin.read() or "{}")
    try:
        with acting(SYSTEM):
            answer = TASKS[argv[0]](given)
    except Faults as refused:
        answer = {"faults": [str(fault) for fault in refused.faults]}
    except Refused as refused:
        answer = {"faults": [str(refused)]}
    reply(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
