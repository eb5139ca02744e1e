"""Reading of golden files: columns of a CSV as arrays, "NA" and nothing as NaN."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WORDS = {"NA": "nan", "": "nan", "True": "1", "TRUE": "1", "False": "0", "FALSE": "0", "Inf": "inf"}


def columns(path: Path) -> dict[str, NDArray[np.float64]]:
    """Every column that holds numbers."""
    found = {}
    for name, values in texts(path).items():
        try:
            found[name] = np.array([float(WORDS.get(value, value)) for value in values])
        except ValueError:
            continue
    return found


def texts(path: Path) -> dict[str, list[str]]:
    """Every column as it stands."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}
