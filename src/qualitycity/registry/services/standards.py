"""Acts on standards."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from .. import standards
from ..models import Standard
from ..workflow import STANDARD


@act(STANDARD, "record")
def record_standard(
    *, number: str, title: str, issued_on: date | None = None, effective_on: date | None = None
) -> Standard:
    """Record a standard; its number is brought to normal form, level and force follow from it."""
    try:
        found = standards.parse(number)
    except standards.BadNumber as bad:
        raise Refused(str(bad), field="number") from bad
    if Standard.objects.filter(number=found.text).exists():
        raise Refused(_("%(number)s 已登记。") % {"number": found.text}, field="number")
    if issued_on and effective_on and effective_on < issued_on:
        raise Refused(_("实施日期早于发布日期。"), field="effective_on")
    return Standard.objects.create(
        number=found.text,
        title=title,
        level=found.level,
        mandatory=found.mandatory,
        issued_on=issued_on,
        effective_on=effective_on,
    )


@act(STANDARD, "edit")
def edit_standard(standard: Standard, **fields: Any) -> None:
    """Change title, issued_on or effective_on."""
    for name, value in fields.items():
        if name not in {"title", "issued_on", "effective_on"}:
            raise Refused(_("这一项不能这样修改。"), field=name)
        setattr(standard, name, value)
    if standard.issued_on and standard.effective_on and standard.effective_on < standard.issued_on:
        raise Refused(_("实施日期早于发布日期。"), field="effective_on")
    note(**fields)


@act(STANDARD, "enter_force")
def enter_standard_in_force(standard: Standard) -> None:
    """The standard is in force; not before its day."""
    if standard.effective_on and standard.effective_on > clock.today():
        raise Refused(_("%(day)s 起实施,还没到。") % {"day": standard.effective_on}, field="effective_on")


@act(STANDARD, "supersede")
def supersede_standard(standard: Standard, *, replaced_by: Standard, ended_on: date) -> None:
    """Another standard takes its place from a day on."""
    standard.replaced_by, standard.ended_on = replaced_by, ended_on
    note(replaced_by=replaced_by.number, ended_on=ended_on)


@act(STANDARD, "abolish")
def abolish_standard(standard: Standard, *, ended_on: date) -> None:
    """Abolished without a successor."""
    standard.ended_on = ended_on
    note(ended_on=ended_on)
