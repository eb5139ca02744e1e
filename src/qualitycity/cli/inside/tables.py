"""The three Excel tables of a real installation: divisions, units, accounts with their posts."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.models import Region, Unit
from qualitycity.kernel.access.posts import INCOMPATIBLE, POSTS
from qualitycity.kernel.acts import Fault
from qualitycity.kernel.sheets import Column, Parsed, Row, Sheet, fault_title, nearest, read
from qualitycity.kernel.sheets.check import Checker
from qualitycity.kernel.sheets.opening import shipped_limits

REGIONS = Sheet(
    "access.region",
    _("行政区划"),
    columns=[
        Column("code", _("区划代码"), kind="code", required=True, max_length=12, example="339999101"),
        Column("name", _("名称"), required=True, max_length=60, example="东河镇"),
        Column("kind", _("类别"), kind="choice", choices=Region.Kind.choices, required=True, example="镇"),
        Column("parent", _("上级区划代码"), kind="code", max_length=12, hint=_("不填则为本县(市)")),
    ],
    unique=("code",),
    notes=[_("上级须排在下级之前。")],
)


def _login_fault(login: str) -> str | None:
    if login.isascii() and login.replace("_", "").replace("-", "").isalnum() and login == login.lower():
        return None
    return text("登录名只能用小写字母、数字、下划线,例如 zhang_w")


def _phone_fault(phone: str) -> str | None:
    return None if re.fullmatch("1[0-9]{10}", phone) else text("手机号是 11 位数字")


UNITS = Sheet(
    "access.unit",
    _("单位"),
    columns=[
        Column("code", _("单位代码"), kind="code", required=True, max_length=40, example="ZLJ"),
        Column("name", _("名称"), required=True, max_length=120, example="质量局"),
        Column("kind", _("类别"), kind="choice", choices=Unit.Kind.choices, required=True, example="质量主管部门"),
        Column("region", _("区划代码"), kind="code", max_length=12, hint=_("不填则为本县(市)")),
        Column("parent", _("上级单位代码"), kind="code", max_length=40),
        Column("uscc", _("统一社会信用代码"), kind="code", max_length=18),
    ],
    unique=("code",),
    notes=[_("上级须排在下级之前。")],
)

ACCOUNTS = Sheet(
    "access.account",
    _("账号与岗位"),
    columns=[
        Column("login", _("登录名"), required=True, max_length=40, check=_login_fault, example="zhang_w"),
        Column("name", _("姓名"), required=True, max_length=60, example="张某"),
        Column("phone", _("手机号"), max_length=20, check=_phone_fault, hint=_("加密保存")),
        Column(
            "post",
            _("岗位"),
            kind="choice",
            choices=[(code, post.title) for code, post in POSTS.items()],
            required=True,
            example="监督科长",
        ),
        Column("unit", _("单位代码"), kind="code", required=True, example="ZLJ"),
        Column("region", _("管辖区划代码"), kind="code", max_length=12, hint=_("不填则为单位所在区划")),
        Column("since", _("任岗日期"), kind="date", hint=_("不填则为今天")),
    ],
    unique=("login", "post", "unit"),
    notes=[_("每人每岗一行;一人两岗写两行,登录名和姓名相同。")],
)
SHEETS = {"regions": REGIONS, "units": UNITS, "accounts": ACCOUNTS}


def read_all(given: dict[str, Any]) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Read the files named by ``given["regions"|"units"|"accounts"]``; return their rows and every fault of all three.

    A row is ``{column key: value}``. ``given["region_code"]`` is the root division, ``given["admin"]`` and
    ``given["admin_unit"]`` the first administrator's login and unit.
    """
    good: dict[str, list[Row]] = {}
    faults: dict[str, list[Fault]] = {}
    seen: dict[str, list[Row]] = {}
    for key, sheet in SHEETS.items():
        parsed = read(sheet, Path(given[key]), bound=shipped_limits()) if given.get(key) else Parsed()
        good[key], seen[key] = parsed.rows, _legible(sheet, parsed)
        faults[key] = [replace(fault, field=fault_title(sheet, fault)) for fault in parsed.faults]
    root, regions = given["region_code"], _codes(seen["regions"]) | {given["region_code"]}
    units = _codes(seen["units"]) | {given["admin_unit"]}
    faults["regions"] += _places(seen["regions"], known={root})
    faults["units"] += _places(seen["units"], known={given["admin_unit"]})
    faults["units"] += _named(seen["units"], UNITS, "region", regions)
    faults["accounts"] += _named(seen["accounts"], ACCOUNTS, "unit", units)
    faults["accounts"] += _named(seen["accounts"], ACCOUNTS, "region", regions)
    faults["accounts"] += _people(seen["accounts"], given["admin"])
    told = [
        f"{Path(given[key]).name}: {fault}"
        for key, found in faults.items()
        for fault in sorted(found, key=lambda fault: fault.row or 0)
    ]
    return {key: [dict(row.values) for row in rows] for key, rows in good.items()}, _options(given) + told


def _options(given: dict[str, Any]) -> list[str]:
    """What is wrong with the options themselves."""
    login, code = _login_fault(given["admin"]), given["region_code"]
    found = [str(Fault(login, field="--admin", value=given["admin"]))] if login else []
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        found.append(str(Fault(text("区划代码是六位数字,例如 339999"), field="--region", value=code)))
    return found


def _legible(sheet: Sheet, parsed: Parsed) -> list[Row]:
    """All rows, those with faults too: what could be read of them is compared with the other tables."""
    checker = Checker(sheet)
    empty = dict.fromkeys(column.key for column in sheet.columns)
    bad = [Row(number, empty | checker.row(raw)[0]) for number, raw in parsed.bad_rows.items()]
    return sorted([*parsed.rows, *bad], key=lambda row: row.number)


def _places(rows: Sequence[Row], known: set[str]) -> list[Fault]:
    """A code is new; a parent stands in an earlier row."""
    found = []
    for row in rows:
        parent = row.values["parent"]
        if parent and parent not in known:
            found.append(_unknown(row, text("上级代码"), parent, known, text("前面没有这个代码")))
        known = known | _codes([row])
    return found


def _codes(rows: Sequence[Row]) -> set[str]:
    return {row.values["code"] for row in rows if row.values["code"]}


def _named(rows: Sequence[Row], sheet: Sheet, key: str, known: Collection[str]) -> list[Fault]:
    """What a row names is known."""
    title = str(next(column.title for column in sheet.columns if column.key == key))
    asked = [(row, row.values[key]) for row in rows]
    return [
        _unknown(row, title, value, known, text("没有这个代码")) for row, value in asked if value and value not in known
    ]


def _people(rows: Sequence[Row], admin: str) -> list[Fault]:
    """One login is one person, and no person holds two posts that exclude each other."""
    names: dict[str, str] = {}
    posts: dict[str, set[str]] = {admin: {"admin"}}
    found = []
    for row in rows:
        login, name, post = row.values["login"], row.values["name"], row.values["post"]
        if not (login and name and post):  # told already
            continue
        if names.setdefault(login, name) != name:
            found.append(Fault(text("同一登录名有两个姓名"), row.number, text("姓名"), name, names[login]))
        held = posts.setdefault(login, set())
        for first, second, reason in INCOMPATIBLE:
            if post in (first, second) and held & ({first, second} - {post}):
                found.append(
                    Fault(text("岗位与此人另一岗位不相容"), row.number, text("岗位"), str(POSTS[post].title), reason)
                )
        held.add(post)
    return found


def _unknown(row: Row, title: str, value: str, known: Collection[str], message: str) -> Fault:
    close = nearest(value, sorted(known))
    return Fault(message, row.number, title, value, text("最接近:%s") % close if close else "")
