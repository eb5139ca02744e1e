"""Performance scores of ISO 13528:2022, clause 9: D, D%, PA, z, z', zeta, En, and what they signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .factors import STANDARD
from .rounds import Floats, numbers, places, positive

_NEGLIGIBLE = 0.3  # 9.2.1: u(x_pt) below this share of sigma_pt may be left out
_WARNING, _ACTION = 2.0, 3.0  # 9.4.2
_EN_RULES = {STANDARD: np.greater_equal, "ISO/IEC 17043:2010": np.greater}


@dataclass(frozen=True)
class Scores:
    """Scores in the shape of the results; None where what a score needs was not given, NaN for a missing result.

    `use_prime` says for each round whether u(x_pt) >= 0.3 sigma_pt, so that z' must take the place of z (9.2.1).
    """

    D: Floats
    D_percent: Floats
    PA: Floats | None
    z: Floats | None
    z_prime: Floats | None
    zeta: Floats | None
    En: Floats | None
    use_prime: NDArray[np.bool_] | None
    method: str = "scores of clause 9"
    standard: str = STANDARD


def scores(
    x: ArrayLike,
    x_pt: ArrayLike,
    sigma_pt: ArrayLike | None = None,
    u_x_pt: ArrayLike | None = None,
    u_x: ArrayLike | None = None,
    *,
    k_x: ArrayLike = 2.0,
    k_x_pt: ArrayLike = 2.0,
    delta_e: ArrayLike | None = None,
) -> Scores:
    """Return all scores that the given quantities allow.

    x: results [p] or [R, p], NaN missing. x_pt, sigma_pt, u_x_pt, k_x_pt, delta_e: one number, or one a round [R].
    u_x, k_x: standard uncertainties of the results and their coverage factors, one number or in the shape of x. All
    in the unit of x. delta_e is the greatest permitted deviation for PA, 3 sigma_pt where not given (8.2). D% is NaN
    where x_pt = 0. zeta takes standard, En expanded uncertainties k·u. Raises ValueError naming what is not positive,
    infinite or of the wrong shape.

    >>> found = scores([10.2, 11.0], x_pt=10.0, sigma_pt=0.4, u_x_pt=0.1, u_x=0.2)
    >>> found.z, found.En.round(3), bool(found.use_prime)
    (array([0.5, 2.5]), array([0.447, 2.236]), False)
    """
    results = numbers(x, "x")
    centre = _of_round(numbers(x_pt, "x_pt"), results, "x_pt")
    away = results - centre
    sigma = None if sigma_pt is None else _of_round(positive(sigma_pt, "sigma_pt"), results, "sigma_pt")
    u_pt = None if u_x_pt is None else _of_round(positive(u_x_pt, "u_x_pt", zero=True), results, "u_x_pt")
    limit = _of_round(positive(delta_e, "delta_e"), results, "delta_e") if delta_e is not None else None
    if limit is None and sigma is not None:
        limit = 3 * sigma
    zeta = expanded = use_prime = None
    if u_x is not None and u_pt is not None:
        u = _of_result(positive(u_x, "u_x", zero=True), results, "u_x")
        k, k_pt = _of_result(positive(k_x, "k_x"), results, "k_x"), _of_round(positive(k_x_pt, "k"), results, "k_x_pt")
        zeta = away / _not_zero(np.hypot(u, u_pt))
        expanded = away / _not_zero(np.hypot(k * u, k_pt * u_pt))
    if sigma is not None and u_pt is not None:
        use_prime = (u_pt >= _NEGLIGIBLE * sigma)[..., 0] if results.ndim else u_pt >= _NEGLIGIBLE * sigma
    return Scores(
        D=away,
        D_percent=100 * np.divide(away, centre, out=np.full_like(away, np.nan), where=centre != 0),
        PA=None if limit is None else 100 * away / limit,
        z=None if sigma is None else away / sigma,
        z_prime=None if sigma is None or u_pt is None else away / np.hypot(sigma, u_pt),
        zeta=zeta,
        En=expanded,
        use_prime=use_prime,
    )


def grade(z: ArrayLike) -> NDArray[np.str_]:
    """Return "acceptable" (|z| <= 2), "warning" (2 < |z| < 3) or "action" (>= 3); "" for NaN (9.4.2).

    The same limits hold for z' and zeta (9.5, 9.6).

    >>> grade([0.5, -2.0, 2.5, 3.0]).tolist()
    ['acceptable', 'acceptable', 'warning', 'action']
    """
    size = np.abs(numbers(z, "z"))
    names = np.select([size <= _WARNING, size < _ACTION, size >= _ACTION], ["acceptable", "warning", "action"], "")
    return names[()]


def grade_en(en: ArrayLike, *, standard: str = STANDARD) -> NDArray[np.str_]:
    """Return "acceptable" or "action" for En scores; "" for NaN.

    Where |En| = 1 exactly, ISO 13528 (9.7.2) signals and ISO/IEC 17043:2010 (B.4.1.1) still accepts; `standard` names
    which of the two.

    >>> grade_en([0.99, 1.0]).tolist(), grade_en(1.0, standard="ISO/IEC 17043:2010").tolist()
    (['acceptable', 'action'], 'acceptable')
    """
    if standard not in _EN_RULES:
        raise ValueError(f"standard must be one of {list(_EN_RULES)}, not {standard!r}")
    size = np.abs(numbers(en, "en"))
    names = np.where(_EN_RULES[standard](size, 1.0), "action", "acceptable")
    return np.where(np.isnan(size), "", names)[()]


def _of_round(value: Floats, results: Floats, name: str) -> Floats:
    """One number, or one a round set against the laboratories of that round."""
    if value.ndim == 0:
        return value.reshape((1,) * results.ndim)
    if value.shape != results.shape[:-1]:
        raise ValueError(f"{name} must be one number or one a round {results.shape[:-1]}, not {value.shape}")
    return value[..., None]


def _of_result(value: Floats, results: Floats, name: str) -> Floats:
    if value.ndim and value.shape != results.shape:
        raise ValueError(f"{name} must be one number or have the shape of x {results.shape}, not {value.shape}")
    return value


def _not_zero(u: Floats) -> Floats:
    if (u == 0).any():
        raise ValueError(f"u_x and u_x_pt are both 0 at {places(np.argwhere(u == 0))}: zeta and En are undefined")
    return u
