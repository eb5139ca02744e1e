"""Signals in reports of injuries and complaints: every name a user of the field looks for, in one place.

``counts`` makes pairs out of reports; ``prr``, ``ror``, ``ic``, ``chi2_yates``, ``fisher`` judge each pair by itself;
``gps_fit`` and ``gps_score`` borrow strength from all pairs (EBGM with bounds).
"""

from qualitycity.methods.monitoring.disproportionality import Measure, chi2_yates, fisher, ic, prr, ror
from qualitycity.methods.monitoring.gps import GpsScore, Theta, gps_fit, gps_score
from qualitycity.methods.monitoring.reports import Counts, counts

__all__ = [
    "Counts",
    "GpsScore",
    "Measure",
    "Theta",
    "chi2_yates",
    "counts",
    "fisher",
    "gps_fit",
    "gps_score",
    "ic",
    "prr",
    "ror",
]
