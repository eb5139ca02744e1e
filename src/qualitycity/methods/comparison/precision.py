"""Precision of a measurement method, ISO 5725-2:2019: the door to outlier tests, Mandel's statistics and s_r, s_R."""

from .components import Cells, Precision, precision
from .outliers import (
    Grubbs,
    Mandel,
    OutlierTest,
    cochran,
    cochran_critical,
    grubbs,
    grubbs_critical,
    h_critical,
    k_critical,
    mandel,
)
from .pair import pair_critical, pair_probability
from .screening import Entry, Screening, screen

__all__ = [
    "Cells",
    "Entry",
    "Grubbs",
    "Mandel",
    "OutlierTest",
    "Precision",
    "Screening",
    "cochran",
    "cochran_critical",
    "grubbs",
    "grubbs_critical",
    "h_critical",
    "k_critical",
    "mandel",
    "pair_critical",
    "pair_probability",
    "precision",
    "screen",
]
