"""Jobs of every day."""

from datetime import date

from qualitycity.kernel.jobs import daily

from .services import sweep


@daily
def sweep_files(day: date) -> None:
    """Remove files that nobody refers to; goes by real time, so that a demonstration clock sweeps nothing early."""
    sweep()
