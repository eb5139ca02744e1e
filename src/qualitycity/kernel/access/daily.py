"""Each morning: whose personal data may no longer be kept (the retention term is a rule)."""

from __future__ import annotations

from datetime import date

from qualitycity.kernel.jobs import daily

from .retention import due_for_erasure, remind_of_erasure


@daily
def retention(day: date) -> None:
    """Tell the security administrator of people whose retention term ended today."""
    for account in due_for_erasure(day):
        remind_of_erasure(account)
