"""Which version of a rule holds: the one in force on a day, and for a case the one of its start."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from qualitycity.kernel import clock
from qualitycity.kernel.clock.snapshot import Snapshot

from .values import RuleNotInForce, RuleValue, UnknownRule


def _stamp() -> object:
    from .models import Edition

    return Edition.objects.order_by("-pk").values_list("pk", "recorded_at").first()


def _load() -> dict[str, tuple[RuleValue, ...]]:
    from .models import RuleVersion

    table: dict[str, list[RuleValue]] = {}
    for row in RuleVersion.objects.order_by("rule_id", "binds_from", "version"):
        table.setdefault(row.rule_id, []).append(row.as_value())
    return {rule_id: tuple(rows) for rule_id, rows in table.items()}


snapshot = Snapshot(_stamp, _load)


def versions(rule_id: str) -> tuple[RuleValue, ...]:
    """All versions of a rule, by the day from which they bind; UnknownRule names an id nobody loaded."""
    found = snapshot.get().get(rule_id)
    if found is None:
        raise UnknownRule(rule_id)
    return found


def pick(rows: tuple[RuleValue, ...], day: date, regime: str | None = None) -> RuleValue | None:
    """The version that binds on `day`: the last that had begun to bind, if it is still in force.

    With a regime, rows of other regimes fall away, and the last word of that regime goes on holding for its cases
    after the regime itself has ended (a case keeps the regime of its sampling date).
    """
    begun = [row for row in rows if row.binds_from <= day and (regime is None or row.regime in (regime, ""))]
    if not begun:
        return None
    last = begun[-1]
    if last.in_force_to is None or day <= last.in_force_to:
        return last
    return last if regime and last.regime == regime else None


def rule(rule_id: str, at: date | datetime | None = None, regime: str | None = None) -> RuleValue:
    """The rule as it binds on a day (today by default); for a case give `at=case.started_at` and its regime.

    Later versions never reach back: one recorded after a case began binds from a later day. UnknownRule where the id
    is unknown; RuleNotInForce where no version binds on that day. Inside an act its line records the version used.
    """
    from qualitycity.kernel.acts.engine import used_rule

    day = _day(at)
    found = pick(versions(rule_id), day, regime)
    if found is None:
        raise RuleNotInForce(rule_id, day, regime)
    used_rule(found.rule_id, found.version)
    return found


def _day(at: date | datetime | None) -> date:
    if at is None:
        return clock.today()
    if isinstance(at, datetime):
        return timezone.localtime(at).date() if timezone.is_aware(at) else at.date()
    return at


def regime_of(sampling_date: date) -> str:
    """The regime of a case by its sampling date: SAMR18 from the day Order 18 came into force, else AQSIQ133."""
    changed_on = date.fromisoformat(rule("regime.changed_on").value)
    return "SAMR18" if sampling_date >= changed_on else "AQSIQ133"
