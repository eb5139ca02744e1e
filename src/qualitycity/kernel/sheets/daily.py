"""Jobs of every day."""

from datetime import date

from qualitycity.kernel.jobs import daily

from .services import clear_old


@daily
def clear_uploads(day: date) -> None:
    """Drop the rows of uploads past their term."""
    clear_old()
