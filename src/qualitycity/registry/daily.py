"""Jobs of every day."""

from datetime import date

from qualitycity.kernel.jobs import daily

from .services import sweep_imports


@daily
def sweep(day: date) -> None:
    """Clear failure lists whose term has passed, by real time: a demonstration clock clears nothing early."""
    sweep_imports()
