"""Rules as they come in `rules.toml`: read, checked, all faults at once. Pure; no database.

A table with a `title` is a rule and its dotted path is its id: `[D06]`, `[light.near_days]`, `["sampling.mode"]`.
`[[D01]]` lists several entries of one rule: one for each regime, or for each term of years.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .values import CONFIDENCES, NATURES, PERIOD_UNITS, REGIMES, ROLLS, UNITS


@dataclass(frozen=True)
class RuleFault:
    """One fault of one entry: file, rule, field, what stood there, what is wrong and how to mend it."""

    place: str
    rule_id: str
    field: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"{self.place} [{self.rule_id}] {self.field} = {self.value}: {self.message}"


class RuleFaults(ValueError):
    """All faults of all files; nothing was loaded."""

    def __init__(self, faults: list[RuleFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True)
class Entry:
    """One rule entry, checked and in the types the database keeps. `room` is the app that brought it."""

    rule_id: str
    room: str
    title: str
    value: Any
    unit: str
    source: str
    confidence: str
    in_force_from: date
    in_force_to: date | None = None
    from_event: str = ""
    nature: str = "duty"
    before: bool = False
    roll: str = "none"
    extension: dict[str, int] | None = None
    suspendable: bool = False
    signature: bool = False
    article: str = ""
    is_model: bool = False
    regime: str = ""
    note: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of everything the entry says: two entries with one digest say the same."""
        line = json.dumps(vars(self), sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(line.encode()).hexdigest()


_OPTIONAL = {field.name for field in fields(Entry)} - {"rule_id", "room", "is_model"}
_KEYS = _OPTIONAL | {"amount", "model"}
_DEFAULTS = {"nature": "duty", "roll": "none", "regime": ""}
_TEXTS = ("title", "source", "article", "note", "from_event")
_CHOICES: dict[str, dict[str, Any]] = {
    "unit": UNITS,
    "confidence": CONFIDENCES,
    "nature": NATURES,
    "roll": ROLLS,
    "regime": REGIMES,
}


def read(path: Path, room: str) -> tuple[list[Entry], list[RuleFault]]:
    """The entries of one file and its faults; a file that is not TOML is one fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [], [RuleFault(room, "", "", path.name, _("不是合格的 TOML:%(error)s") % {"error": error})]
    entries, faults = [], []
    for rule_id, raw in _rules(table):
        entry, wrong = check(rule_id, raw, room)
        faults += wrong
        if entry is not None:
            entries.append(entry)
    return entries, faults + _clashes(entries, room)


def _rules(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, item in table.items():
        path = f"{prefix}{key}"
        for raw in item if isinstance(item, list) else [item]:
            if isinstance(raw, dict) and ("title" in raw or "unit" in raw):
                nested = {name: part for name, part in raw.items() if _is_rule(part)}
                yield path, {name: part for name, part in raw.items() if name not in nested}
                yield from _rules(nested, f"{path}.")
            elif isinstance(raw, dict):
                yield from _rules(raw, f"{path}.")
            else:
                yield path, {"value": raw}


def _is_rule(part: Any) -> bool:
    return isinstance(part, dict) and ("title" in part or any(_is_rule(inner) for inner in part.values()))


def check(rule_id: str, raw: dict[str, Any], room: str) -> tuple[Entry | None, list[RuleFault]]:
    """One raw table as an entry, or all that is wrong with it."""
    faults: list[RuleFault] = []

    def wrong(field: str, message: str) -> None:
        faults.append(RuleFault(room, rule_id, field, str(raw.get(field, "")), message))

    raw = _DEFAULTS | ({"confidence": "model"} if raw.get("model") is True else {}) | raw
    for key in sorted(set(raw) - _KEYS):
        wrong(key, _("没有这一项;可用的有:%(keys)s") % {"keys": "、".join(sorted(_KEYS))})
    for key in ("title", "unit", "source", "confidence", "in_force_from"):
        if raw.get(key) in (None, ""):
            wrong(key, _("必须填写"))
    for key in _TEXTS:
        if not isinstance(raw.get(key, ""), str):
            wrong(key, _("应为文字"))
    for key, known in _CHOICES.items():
        if raw.get(key) not in (None, "") and raw[key] not in known:
            wrong(key, _("只能是:%(known)s") % {"known": "、".join(str(item) for item in known if item)})
    for key in ("in_force_from", "in_force_to"):
        if raw.get(key) is not None and not isinstance(raw[key], date):
            wrong(key, _("应为日期,如 2020-01-01"))
    for field, message in _value_faults(raw):
        wrong(field, message)
    if not faults and raw.get("in_force_to") and raw["in_force_to"] < raw["in_force_from"]:
        wrong("in_force_to", _("早于施行日"))
    return (None, faults) if faults else (_entry(rule_id, raw, room), [])


def _value_faults(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    given = [key for key in ("amount", "value") if key in raw]
    if len(given) != 1:
        yield "amount", _("amount(数)与 value(其他)须填且只填一项")
    else:
        key: str = given[0]
        value = raw[key]
        if key == "amount" and not _is_number(value):
            yield key, _("应为数")
        form, message = _FORMS.get(str(raw.get("unit")), (None, ""))
        if form is not None and not form(value):
            yield key, message
    if raw.get("extension") is not None and not _is_extension(raw["extension"]):
        yield "extension", _("应为 { amount = 30, times = 1, ask_before = 5 }")
    for key in ("before", "suspendable", "signature", "model"):
        if not isinstance(raw.get(key, False), bool):
            yield key, _("应为 true 或 false")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_period(value: Any) -> bool:
    return _is_window(value) or (_is_number(value) and value == int(value) and value >= 0)


def _is_extension(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "amount" in value
        and set(value) <= {"amount", "times", "ask_before"}
        and all(isinstance(part, int) and part > 0 for part in value.values())
    )


def _is_window(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"after", "before"}
        and all(isinstance(part, int) for part in value.values())
        and 0 <= value["after"] < value["before"] - 1
    )


def _is_annual(value: Any) -> bool:
    try:
        date(2024, value["month"], value["day"])
    except (TypeError, ValueError, KeyError):
        return False
    return set(value) == {"month", "day"}


def _is_day(value: Any) -> bool:
    if isinstance(value, date):
        return True
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


_PERIOD = (_is_period, gettext_lazy("期限应为不小于 0 的整数,或 { after = 60, before = 90 }"))
_FORMS: dict[str, tuple[Callable[[Any], bool], Any]] = dict.fromkeys(PERIOD_UNITS, _PERIOD) | {
    "annual_date": (_is_annual, gettext_lazy("应为 { month = 6, day = 30 }")),
    "switch": (lambda value: isinstance(value, bool), gettext_lazy("应为 true 或 false")),
    "date": (_is_day, gettext_lazy("应为日期,如 2020-01-01")),
}


def _entry(rule_id: str, raw: dict[str, Any], room: str) -> Entry:
    value = raw["amount"] if "amount" in raw else raw["value"]
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return Entry(
        rule_id=rule_id,
        room=room,
        value=json.loads(json.dumps(value, default=str)),
        is_model=raw.get("model", False),
        **{key: raw[key] for key in _OPTIONAL & set(raw) - {"value"}},
    )


def _clashes(entries: list[Entry], room: str) -> list[RuleFault]:
    seen: set[tuple[str, str, date]] = set()
    faults = []
    for entry in entries:
        key = (entry.rule_id, entry.regime, entry.in_force_from)
        if key in seen:
            message = _("同一规章、同一施行日写了两次")
            faults.append(RuleFault(room, entry.rule_id, "in_force_from", str(entry.in_force_from), message))
        seen.add(key)
    return faults


def read_all() -> list[Entry]:
    """The entries of every installed app's `rules.toml`; RuleFaults with all faults of all files."""
    from django.apps import apps

    entries: list[Entry] = []
    faults: list[RuleFault] = []
    homes: dict[str, str] = {}
    for config in apps.get_app_configs():
        path = Path(config.path) / "rules.toml"
        if not config.name.startswith("qualitycity.") or not path.exists():
            continue
        found, wrong = read(path, config.label)
        faults += wrong
        for entry in found:
            if homes.setdefault(entry.rule_id, entry.room) != entry.room:
                message = _("「%(room)s」已有同名规则") % {"room": homes[entry.rule_id]}
                faults.append(RuleFault(config.label, entry.rule_id, "id", entry.rule_id, message))
        entries += found
    if faults:
        raise RuleFaults(faults)
    return entries
