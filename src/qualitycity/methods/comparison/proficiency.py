"""Proficiency testing by interlaboratory comparison, ISO 13528:2022 with Amd 1:2026, in batch over rounds.

This is the door: robust estimates, the assigned value, sigma_pt, scores, homogeneity and stability, from one name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .factors import STANDARD, algorithm_s_factors
from .items import Homogeneity, Stability, expanded_factors, homogeneity, stability
from .pairwise import hampel, q_hampel, q_method, qn
from .robust import Robust, algorithm_a, algorithm_s, made, mean_sd, median, median_spread, niqr
from .rounds import Floats, padded
from .scores import Scores, grade, grade_en, scores
from .sigma import horwitz, sigma_from_precision, sigma_from_results

__all__ = [
    "AssignedValue",
    "Homogeneity",
    "Robust",
    "Scores",
    "Stability",
    "algorithm_a",
    "algorithm_s",
    "algorithm_s_factors",
    "assigned_value",
    "expanded_factors",
    "grade",
    "grade_en",
    "hampel",
    "homogeneity",
    "horwitz",
    "made",
    "median",
    "niqr",
    "padded",
    "q_hampel",
    "q_method",
    "qn",
    "scores",
    "sigma_from_precision",
    "sigma_from_results",
    "stability",
]

_METHODS = ("algorithm_a", "q_hampel", "niqr", "made", "mean")


@dataclass(frozen=True)
class AssignedValue:
    """A consensus value x_pt of each round, its standard uncertainty, and the estimate it rests on."""

    x_pt: Floats
    u_x_pt: Floats
    estimate: Robust
    method: str
    standard: str = STANDARD

    @property
    def degenerate(self) -> NDArray[np.bool_]:
        """Rounds whose results give no scale: u_x_pt is 0 there and says nothing."""
        return self.estimate.degenerate


def assigned_value(
    X: ArrayLike,  # noqa: N803
    method: str = "algorithm_a",
    *,
    tol: float | str = 1e-10,
    factor: float = 1.25,
) -> AssignedValue:
    """Return the consensus of the participants as assigned value, u(x_pt) = 1.25 s*/sqrt(p) (7.7, formula (6)).

    X: [p] or [R, p], NaN missing; for "q_hampel" also [R, p, n]. method: "algorithm_a", "q_hampel", "niqr" or "made"
    (the median with that scale), or "mean" (s/sqrt(p), no factor). tol goes to Algorithm A. factor: 1.25, or another
    as note 2 to 7.7.7 allows. Raises ValueError for an unknown method and for rounds without results.

    >>> found = assigned_value([0.1, 0.2, 0.2, 0.3, 9.0])
    >>> round(float(found.x_pt), 4), round(float(found.u_x_pt), 4), found.method
    (0.2971, 0.1448, 'algorithm_a')
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {_METHODS}, not {method!r}")
    if method == "algorithm_a":
        found = algorithm_a(X, tol=tol)
    elif method == "q_hampel":
        found = q_hampel(X)
    elif method == "mean":
        found, factor = mean_sd(X), 1.0
    else:
        found = median_spread(X, method)
    return AssignedValue(found.location, factor * found.scale / np.sqrt(found.p), found, method)
