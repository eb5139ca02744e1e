"""The standard deviation for proficiency assessment, sigma_pt (ISO 13528:2022, clause 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .robust import Robust
from .rounds import Floats, places, positive


def horwitz(c: ArrayLike) -> Floats:
    """Return sigma_R as a mass fraction by Thompson's form of the Horwitz curve (8.4, formula (8)).

    c: mass fractions, 0 < c <= 1, any shape. 0.22 c below 1.2e-7, 0.02 c^0.8495 up to 0.138, 0.01 c^0.5 above.

    >>> round(float(horwitz(1.195e-6) * 1e6), 4)  # mg/kg
    0.1861
    """
    found = positive(c, "c")
    if (found > 1).any():
        raise ValueError(f"c must be a mass fraction of at most 1, not {found[found > 1].flat[0]}")
    middle = 0.02 * found**0.8495
    return np.where(found < 1.2e-7, 0.22 * found, np.where(found <= 0.138, middle, 0.01 * np.sqrt(found)))


def sigma_from_precision(sigma_R: ArrayLike, sigma_r: ArrayLike, m: int) -> Floats:  # noqa: N803
    """Return sigma_pt for results that are means of m replicates (8.5, formula (9)).

    sqrt(sigma_R² - sigma_r² (1 - 1/m)), from reproducibility and repeatability standard deviations that broadcast.
    Raises ValueError where sigma_r contradicts sigma_R.

    >>> round(float(sigma_from_precision(5.0, 4.0, 2)), 4)
    4.1231
    """
    if m != int(m) or m < 1:
        raise ValueError(f"m must be a positive integer, not {m}")
    total, within = np.broadcast_arrays(positive(sigma_R, "sigma_R"), positive(sigma_r, "sigma_r", zero=True))
    if (within > total).any():
        raise ValueError(f"sigma_r exceeds sigma_R at {places(np.argwhere(within > total))}")
    return np.sqrt(total**2 - within**2 * (1 - 1 / m))[()]


def sigma_from_results(found: Robust) -> Floats:
    """Return the robust scale of the participants' results as sigma_pt (8.6).

    Raises ValueError naming the rounds whose scale is degenerate or did not converge: no score can stand on them.

    >>> from qualitycity.methods.comparison.robust import algorithm_a
    >>> sigma_from_results(algorithm_a([5.0, 5.0, 5.0, 5.0, 5.1]))
    Traceback (most recent call last):
    ValueError: found gives no sigma_pt: the scale is degenerate in round (0,)
    """
    for name, wrong in (("is degenerate", found.degenerate), ("did not converge", ~np.asarray(found.converged))):
        at = np.argwhere(np.atleast_1d(wrong))
        if len(at):
            raise ValueError(f"found gives no sigma_pt: the scale {name} in round {places(at)}")
    return found.scale
