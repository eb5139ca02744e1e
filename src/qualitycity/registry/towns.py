"""Which town a firm sits in, read from its address and, failing that, from its name.

Former towns lead to today's unit through the pack's successor table; a former town that was split among several units,
or two different towns in one address, give no town but the reason. Pure: no database.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as _

from .text import half_width

PACKS = Path(__file__).with_name("packs")
_KINDS = {"街道": "subdistrict", "镇": "town", "乡": "township"}
_SUFFIX = re.compile("(街道|镇|乡)$")
# A stem followed by one of these names a road, bridge or river that may run anywhere (暨阳路 is not in 暨阳街道).
_NOT_A_PLACE = "路|大道|街(?!道|镇)|巷|弄|桥|江|河|大厦|广场|花园"
_OTHER_TOWN = re.compile(r"[一-鿿]{1,4}?(?:街道|镇(?!政府|北|南|东|西)|乡(?!村))")
# «余姚市…», «桐庐县…», «海曙区…» at the head of an address; 城西工业区 and 璜山镇下市村 are not such.
_COUNTY_FIRST = re.compile(r"[^镇乡街道村路号工开园小社新\d]{2,5}?(?:[市县]|(?<![业发小社园新])区)")
_FORMER_IN_BRACKETS = re.compile(r"\(原[^()]*\)")

Where = Literal["address", "name"]


@dataclass(frozen=True, slots=True)
class TownUnit:
    """A division below the county, of today or former (`successors` are codes of today's units)."""

    code: str
    name: str
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Today's unit of a firm. `via`: the former unit's name where one led here; `short`: matched without suffix."""

    code: str
    name: str
    where: Where
    via: str = ""
    short: bool = False

    @property
    def basis(self) -> str:
        """The reason in words, as the record shows it."""
        where = _("地址") if self.where == "address" else _("名称")
        if self.via:
            return _("%(where)s中的“%(via)s”,今属%(name)s") % {"where": where, "via": self.via, "name": self.name}
        return _("%(where)s中的“%(name)s”") % {"where": where, "name": self.name}


@dataclass(frozen=True, slots=True)
class NotFound:
    """No town, and why."""

    reason: str


@dataclass(frozen=True)
class Pack:
    """A county with its units of all times."""

    code: str
    name: str
    short: str
    prefecture: str
    province: str
    title: str
    edition: str
    units: tuple[TownUnit, ...]
    digest: str = ""
    by_code: dict[str, TownUnit] = field(default_factory=dict)

    @property
    def today(self) -> tuple[TownUnit, ...]:
        return tuple(unit for unit in self.units if unit.valid_to is None)


def load_pack(name: str) -> Pack:
    """The shipped pack of this name, or the file at that path; `FileNotFoundError` names the shipped ones."""
    path = PACKS / f"{name}.toml"
    if not path.is_file():
        path = Path(name)
    if not path.is_file():
        shipped = "、".join(sorted(item.stem for item in PACKS.glob("*.toml")))
        raise FileNotFoundError(_("没有区划包“%(name)s”;现有:%(shipped)s") % {"name": name, "shipped": shipped})
    content = path.read_bytes()
    return read_pack(tomllib.loads(content.decode()), hashlib.sha256(content).hexdigest())


def read_pack(data: dict[str, Any], digest: str = "") -> Pack:
    """A pack from its table; `ValueError` for a successor that is no unit of today or a name without 街道, 镇 or 乡."""
    units = tuple(_unit(row) for row in data["unit"])
    by_code = {unit.code: unit for unit in units}
    if len(by_code) != len(units):
        raise ValueError("a unit's code stands twice")
    for unit in units:
        wrong = [code for code in unit.successors if code not in by_code or by_code[code].valid_to]
        if wrong or bool(unit.successors) != bool(unit.valid_to):
            raise ValueError(f"{unit.name}: a former unit, and only a former unit, leads to units of today {wrong}")
    county = data["county"]
    return Pack(
        county["code"],
        county["name"],
        county["short"],
        county["prefecture"],
        county["province"],
        data["title"],
        data["edition"],
        units,
        digest,
        by_code,
    )


def _unit(row: dict[str, Any]) -> TownUnit:
    suffix = _SUFFIX.search(row["name"])
    if suffix is None:
        raise ValueError(f"{row['name']} ends in none of 街道, 镇, 乡")
    return TownUnit(
        row["code"],
        row["name"],
        _KINDS[suffix[1]],
        row.get("valid_from"),
        row.get("valid_to"),
        tuple(row.get("successors", ())),
        row.get("note", ""),
    )


class Gazetteer:
    """Finds towns of one pack in free text."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._by_name = {unit.name: unit for unit in pack.units}
        stems: dict[str, list[TownUnit]] = {}
        for unit in pack.units:
            stems.setdefault(_SUFFIX.sub("", unit.name), []).append(unit)
        self._stems = stems
        self._full = re.compile("|".join(map(re.escape, sorted(self._by_name, key=len, reverse=True))))
        words = "|".join(map(re.escape, sorted(stems, key=len, reverse=True)))
        self._short = re.compile(rf"({words})(?!{_NOT_A_PLACE})")

    def is_here(self, address: str, name: str, code: str) -> bool:
        """Whether a firm sits in this county: the address says so, or says no other county and name or code do."""
        if self.pack.short in address:
            return True
        if self._elsewhere(address):
            return False
        return self.pack.short in name or code[2:8] == self.pack.code

    def _elsewhere(self, address: str) -> bool:
        rest = address
        for own in (self.pack.province + "省", self.pack.province, self.pack.prefecture + "市"):
            rest = rest.replace(own, "", 1)
        return bool(_COUNTY_FIRST.match(rest.strip()))

    def find(self, address: str, name: str) -> Found | NotFound:
        """The town by address, then by name; or why there is none."""
        text = _FORMER_IN_BRACKETS.sub("", half_width(address))
        # the county's own name goes first: 诸暨 must not be read as a part of a town's name
        text = text.replace(self.pack.name, " ").replace(self.pack.short, " ")
        found = self._look(text, "address")
        if found is not None:
            return found
        in_name = self._look(half_width(name).replace(self.pack.name, " ").replace(self.pack.short, " "), "name")
        if isinstance(in_name, Found):
            return in_name
        other = _OTHER_TOWN.search(re.sub(r"^.*[省市县]", "", text))
        if other:
            return NotFound(
                _("“%(town)s”不在%(county)s的镇街表(含原镇)中") % {"town": other[0].strip(), "county": self.pack.name}
            )
        return NotFound(_("地址和名称中都没有镇街名"))

    def _look(self, text: str, where: Where) -> Found | NotFound | None:
        full = list(dict.fromkeys(self._full.findall(text)))
        if full:
            return self._decide([self._by_name[word] for word in full], where, short=False)
        stems = list(dict.fromkeys(self._short.findall(text)))
        # 大唐 names the town of 2016 and the subdistrict of today: the same place today
        return (
            self._decide([unit for stem in stems for unit in self._stems[stem]], where, short=True) if stems else None
        )

    def _decide(self, units: list[TownUnit], where: Where, *, short: bool) -> Found | NotFound:
        today: dict[str, str] = {}
        for unit in units:
            codes = unit.successors or (unit.code,)
            if unit.valid_to is not None and len(unit.successors) != 1:
                return NotFound(_("原%(town)s分属数个镇街,不能由镇名推定") % {"town": unit.name})
            today.setdefault(codes[0], unit.name if unit.successors else "")
            if not unit.successors:
                today[codes[0]] = ""
        if len(today) > 1:
            names = "、".join(self.pack.by_code[code].name for code in today)
            return NotFound(_("同时出现%(names)s,不能确定") % {"names": names})
        code, via = next(iter(today.items()))
        return Found(code, self.pack.by_code[code].name, where, via, short)
