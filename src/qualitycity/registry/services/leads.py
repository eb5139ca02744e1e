"""Acts on leads."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from ..models import Enterprise, Lead, ProductCategory
from ..workflow import LEAD


@act(LEAD, "report")
def report_lead(
    *,
    source: str,
    text: str,
    region: Region,
    category: ProductCategory | None = None,
    enterprise: Enterprise | None = None,
    received_on: date | None = None,
) -> Lead:
    """Put a clue into the pool."""
    if not text.strip():
        raise Refused(_("请写明线索内容。"), field="text")
    return Lead.objects.create(
        source=source,
        text=text.strip(),
        region=region,
        region_path=region.path,
        category=category,
        enterprise=enterprise,
        received_on=received_on or clock.today(),
    )


@act(LEAD, "keep")
def keep_lead(lead: Lead, *, category: ProductCategory | None = None) -> None:
    """Worth following up; say for which product where it was open."""
    lead.category = category or lead.category


@act(LEAD, "drop")
def drop_lead(lead: Lead) -> None:
    """Not followed up, with the reason."""


@act(LEAD, "use")
def use_lead(lead: Lead, *, plan_number: str) -> None:
    """Went into a plan."""
    note(plan=plan_number)
