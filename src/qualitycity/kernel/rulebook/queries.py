"""Reads of the rulebook for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qualitycity.kernel import clock

from .lookup import pick, snapshot, versions
from .models import RuleVersion
from .usage import running
from .values import CONFIDENCES, NATURES, REGIMES, ROLLS, STANDINGS, UNITS, RuleValue

LONGEST = 32


@dataclass(frozen=True)
class Line:
    """One line of the rule list: the version in force today, or the last one."""

    value: RuleValue
    today: date

    @property
    def pk(self) -> str:
        """What names the line."""
        return self.value.rule_id

    @property
    def unit(self) -> Any:
        """The unit in words."""
        return UNITS[self.value.unit]

    @property
    def confidence(self) -> Any:
        """How sure the source is, in words."""
        return CONFIDENCES[self.value.confidence]

    @property
    def standing(self) -> Any:
        """Whether it is in force today, in words."""
        return STANDINGS[self.value.standing(self.today)]

    @property
    def says(self) -> str:
        """The value and the event it runs from, short enough for a line."""
        text = self.value.text if len(self.value.text) <= LONGEST else self.value.text[:LONGEST] + "…"
        start = _("自%(event)s") % {"event": self.value.event} if self.value.event else ""
        return _("%(text)s,%(start)s") % {"text": text, "start": start} if start else text

    @property
    def remark(self) -> str:
        """What must be said of it in the list: that it is not in force, that it is ours, that its article is unsure."""
        standing = "" if self.value.standing(self.today) == "in_force" else str(self.standing)
        ours = _("[MODEL] 本系统默认") if self.value.is_model else self.value.mark
        return " · ".join(part for part in (standing, ours) if part)

    def get_absolute_url(self) -> str:
        """The record of the rule."""
        return reverse("rulebook:rule", args=[self.value.rule_id])


def rule_lines() -> list[Line]:
    """Every rule once, by id: its version in force today, else the last recorded."""
    today = clock.today()
    return [Line(pick(rows, today) or rows[-1], today) for _id, rows in sorted(snapshot.get().items())]


def sources() -> list[tuple[str, str]]:
    """The sources that rules name, for a filter."""
    return [(name, name) for name in sorted({line.value.source for line in rule_lines()})]


def compared(rule_id: str) -> list[tuple[Any, list[Any]]]:
    """The versions side by side: (label, what each version says), newest first; lines no version fills are left out."""
    today, rows = clock.today(), list(reversed(versions(rule_id)))
    counts = running(rule_id)
    lines: list[tuple[Any, list[Any]]] = [
        (_("值"), [row.text for row in rows]),
        (_("起算"), [row.event for row in rows]),
        (_("性质"), [NATURES[row.nature] if row.is_period else "" for row in rows]),
        (_("末日顺延"), [ROLLS[row.roll] if row.is_period else "" for row in rows]),
        (_("延长"), [str(row.extension or "") for row in rows]),
        (_("适用规章"), [REGIMES[row.regime] if row.regime else "" for row in rows]),
        (_("施行期间"), [_term(row) for row in rows]),
        (_("对何时起的案件适用"), [row.binds_from.isoformat() for row in rows]),
        (_("现状"), [STANDINGS[row.standing(today)] for row in rows]),
        (_("依据"), [row.source for row in rows]),
        (_("条款"), [row.article for row in rows]),
        (_("可信度"), [CONFIDENCES[row.confidence] for row in rows]),
        (_("标注"), [row.mark for row in rows]),
        (_("说明"), [row.note for row in rows]),
        (_("正在适用"), [_running(counts.get(row.version)) for row in rows]),
    ]
    return [(label, cells) for label, cells in lines if any(str(cell) for cell in cells)]


def _term(row: RuleValue) -> str:
    end = row.in_force_to.isoformat() if row.in_force_to else ""
    return _("%(start)s 起") % {"start": row.in_force_from} + (_("至 %(end)s") % {"end": end} if end else "")


def _running(item: Any) -> str:
    return _("%(cases)s 个案件、%(clocks)s 个时限") % {"cases": item.cases, "clocks": item.clocks} if item else ""


def newest(rule_id: str, regime: str | None = None) -> RuleVersion | None:
    """The last recorded version of a rule (in one regime, where given): the one a revision starts from."""
    rows = RuleVersion.objects.filter(rule_id=rule_id)
    return (rows if regime is None else rows.filter(regime=regime)).order_by("-version").first()
