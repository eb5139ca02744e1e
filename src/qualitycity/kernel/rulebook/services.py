"""The verbs of the rulebook: load the packages' rules, revise one rule at the desk."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Fault, Faults, Refused, act, note

from . import files
from .files import Entry
from .lookup import snapshot
from .models import Edition, RuleVersion
from .workflow import RULEBOOK

FIELDS = [item.name for item in fields(Entry)]


@dataclass
class Loaded:
    """What a load did: versions added, entries kept because the city had revised the rule itself."""

    added: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: int = 0


def load_rules() -> Loaded:
    """Bring the database up to the installed packages' rules; running it again changes nothing.

    A changed entry makes a new version that binds new cases only. A rule the city itself revised stays as the city
    set it. RuleFaults with every fault of every file; then nothing is loaded.
    """
    entries = files.read_all()
    newest = _newest_package_digests()
    changed = [entry for entry in entries if newest.get(_key(entry)) != entry.digest]
    revised = set(RuleVersion.objects.filter(origin=RuleVersion.Origin.DESK).values_list("rule_id", "regime"))
    loaded = Loaded(unchanged=len(entries) - len(changed))
    fresh = []
    for entry in changed:
        own = (entry.rule_id, entry.regime) in revised
        (loaded.kept if own else loaded.added).append(entry.rule_id)
        if not own:
            fresh.append(entry)
    if fresh:
        _load(entries=fresh)
    return loaded


def _key(row: Entry | RuleVersion) -> tuple[str, str, date]:
    return row.rule_id, row.regime, row.in_force_from


def _newest_package_digests() -> dict[tuple[str, str, date], str]:
    rows = RuleVersion.objects.filter(origin=RuleVersion.Origin.PACKAGE).order_by("version")
    return {_key(row): row.digest for row in rows}


@act(RULEBOOK, "load")
def _load(*, entries: list[Entry]) -> Edition:
    """One edition with all new entries; the line names them."""
    edition = Edition.objects.create(state="recorded")
    for entry in entries:
        _add(edition, entry, RuleVersion.Origin.PACKAGE)
    snapshot.forget()
    note(rules=[f"{entry.rule_id} {entry.digest[:12]}" for entry in entries])
    return edition


def _add(edition: Edition, entry: Entry, origin: str) -> RuleVersion:
    known = list(RuleVersion.objects.filter(rule_id=entry.rule_id).order_by("version"))
    return RuleVersion.objects.create(
        edition=edition,
        origin=origin,
        version=known[-1].version + 1 if known else 1,
        binds_from=_binds_from(entry, [row for row in known if row.edition_id != edition.pk]),
        digest=entry.digest,
        **{name: getattr(entry, name) for name in FIELDS},
    )


def _binds_from(entry: Entry, known: list[RuleVersion]) -> date:
    """No case may find its rule changed: where an earlier edition already bound those days, from tomorrow on."""
    for row in known:
        same = not entry.regime or not row.regime or entry.regime == row.regime
        apart = (row.in_force_to or date.max) < entry.in_force_from or (entry.in_force_to or date.max) < row.binds_from
        if same and not apart:
            return max(entry.in_force_from, clock.today() + timedelta(days=1))
    return entry.in_force_from


def drafted(base: RuleVersion, changes: dict[str, Any]) -> Entry:
    """A version with some fields changed, checked like an entry of a file; Faults with everything wrong."""
    raw = {name: getattr(base, name) for name in FIELDS if name not in ("rule_id", "room", "is_model")}
    raw |= {"model": base.is_model, **changes}
    raw = {key: item for key, item in raw.items() if item not in (None, "") or key in ("title", "source")}
    entry, wrong = files.check(base.rule_id, raw, base.room)
    faults = [Fault(fault.message, field=fault.field, value=fault.value) for fault in wrong]
    if entry is not None and entry.in_force_from <= clock.today():
        message = _("新版本最早自明日起施行,不得溯及已经开始的案件")
        faults.append(Fault(message, field="in_force_from", value=str(entry.in_force_from)))
    if entry is not None and entry.digest == replace(_entry_of(base), in_force_from=entry.in_force_from).digest:
        faults.append(Fault(_("与现行版本完全相同,没有可修订的内容"), field="value"))
    if faults or entry is None:
        raise Faults(faults)
    return entry


def _entry_of(row: RuleVersion) -> Entry:
    return Entry(**{name: getattr(row, name) for name in FIELDS})


@act(RULEBOOK, "revise")
def revise_rule(*, base: RuleVersion, changes: dict[str, Any]) -> Edition:
    """Add a version of the rule of `base`; cases under way keep theirs.

    `changes` are fields of an entry (value, unit, roll, source, article, confidence, model, note, in_force_from,
    in_force_to, extension). Refused where a newer version than `base` exists already (somebody was quicker).
    """
    newest = RuleVersion.objects.filter(rule_id=base.rule_id, regime=base.regime).order_by("-version").first()
    if newest is None or newest.pk != base.pk:
        raise Refused(_("这条规则刚刚有了新版本,请重新打开再改。"), link=base.get_absolute_url())
    entry = drafted(base, changes)
    edition = Edition.objects.create(state="recorded", reason=_("修订 %(rule)s") % {"rule": base.rule_id})
    version = _add(edition, entry, RuleVersion.Origin.DESK)
    snapshot.forget()
    note(
        rule=base.rule_id,
        version=version.version,
        before={"value": base.value, "unit": base.unit},
        after={"value": version.value, "unit": version.unit},
        binds_from=version.binds_from.isoformat(),
    )
    return edition
