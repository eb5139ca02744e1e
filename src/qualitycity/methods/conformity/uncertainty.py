"""Measurement uncertainty (测量不确定度): first-order propagation in batch, coverage, Monte Carlo.

JCGM 100:2008 (GUM) = GB/T 27418-2017 / JJF 1059.1; several outputs by JCGM 102:2011; simulation by JCGM 101:2008.
The first axis holds independent measurements, the last the input quantities.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from ._arrays import Floats, floats, refuse

GUM = "JCGM 100:2008"
Model = Callable[[Any], Any]
Jacobian = Callable[[Any], Any] | Literal["complex step"] | None
# Central differences of sixth order at ±h, ±2h, ±3h, with h an eighth of the standard uncertainty: the truncation
# error is (u/8L)^6/140 for a model that bends over L, the rounding error about 10 eps |y| in the unit of y.
_STENCIL = np.array([45.0, -9.0, 1.0]) / 60.0
_STEP = 0.125


@dataclass(frozen=True)
class Measurand:
    """An output quantity: estimate `y`, standard uncertainty `u`, sensitivities `c` (last axis: inputs), effective
    degrees of freedom `dof` (None where the inputs came without)."""

    y: Floats
    u: Floats
    c: Floats
    dof: Floats | None
    method: str
    standard: str = GUM


@dataclass(frozen=True)
class Measurands:
    """Several outputs of one model (last axis m): `y`, `u`, their correlations `corr` (m × m), sensitivities `c`
    (m × n)."""

    y: Floats
    u: Floats
    corr: Floats
    c: Floats
    method: str
    standard: str = "JCGM 102:2011"


def propagate(
    f: Model,
    x: ArrayLike,
    u: ArrayLike,
    corr: ArrayLike | None = None,
    dof: ArrayLike | None = None,
    jac: Jacobian = None,
) -> Measurand:
    """Propagate standard uncertainties through y = f(x) to first order.

    `f` takes an array whose last axis holds the n inputs (`x[..., 0]` is the first) and returns the rest of the shape.
    `x` and `u` have shape (n,) or (N, n); `corr` (n, n) or (N, n, n); `dof` as `u`, infinite for type B. `jac` gives
    the derivatives: a function of shape (..., n); "complex step", exact to rounding for models of analytic functions
    (no abs, no comparison); by default central differences, good to about 1e-12 for smooth models.

    Raises ValueError for a negative u, a dof that is not positive, a matrix that is no correlation matrix, and for
    degrees of freedom beside correlated inputs (see `welch_satterthwaite`). JCGM 100:2008, 5.1, 5.2, G.4.

    >>> m = propagate(lambda x: x[..., 0] * x[..., 1], [4.0, 5.0], [0.1, 0.2])
    >>> float(m.y), round(float(m.u), 4), m.c.round(6).tolist()
    (20.0, 0.9434, [5.0, 4.0])
    """
    at, spread = _inputs(x, u)
    y = floats("f(x)", f(at))
    if y.shape != at.shape[:-1]:
        raise ValueError(f"f: of inputs {at.shape} it returns {y.shape}, not {at.shape[:-1]}; see propagate_many")
    c, method = _sensitivities(f, at, spread, jac, at.shape)
    parts = c * spread
    if corr is None:
        variance = np.einsum("...i,...i", parts, parts)
    else:
        variance = np.einsum("...i,...ij,...j", parts, _correlations(corr, at.shape[-1]), parts)
    found = _root(variance, np.einsum("...i,...i", parts, parts))
    effective = None if dof is None else welch_satterthwaite(np.abs(parts), dof, corr=corr)
    return Measurand(y, found, c, effective, method)


def propagate_many(
    f: Model, x: ArrayLike, u: ArrayLike, corr: ArrayLike | None = None, jac: Jacobian = None
) -> Measurands:
    """Propagate through a model with several outputs: `f` returns the shape of x with its last axis replaced by m.

    Arguments and errors as `propagate`; a function `jac` returns (..., m, n). A correlation with an output of zero
    uncertainty is NaN. JCGM 102:2011, 6.2.

    >>> both = propagate_many(lambda x: np.stack([x[..., 0] + x[..., 1], x[..., 0]], axis=-1), [1.0, 2.0], [3.0, 4.0])
    >>> both.u.round(6).tolist(), round(float(both.corr[0, 1]), 6)
    ([5.0, 3.0], 0.6)
    """
    at, spread = _inputs(x, u)
    y = floats("f(x)", f(at))
    if y.shape[:-1] != at.shape[:-1]:
        raise ValueError(f"f: of inputs {at.shape} it returns {y.shape}; the outputs belong on the last axis")
    c, method = _sensitivities(f, at, spread, jac, (*y.shape, at.shape[-1]))
    parts = c * spread[..., None, :]
    matrix = np.eye(at.shape[-1]) if corr is None else _correlations(corr, at.shape[-1])
    covariance = parts @ matrix @ np.swapaxes(parts, -1, -2)
    found = _root(np.diagonal(covariance, axis1=-2, axis2=-1), np.einsum("...i,...i", parts, parts))
    scale = found[..., :, None] * found[..., None, :]
    correlation = np.divide(covariance, scale, out=np.full(covariance.shape, np.nan), where=scale > 0)
    return Measurands(y, found, correlation, c, method)


def _inputs(x: ArrayLike, u: ArrayLike) -> tuple[Floats, Floats]:
    at, spread = floats("x", x), floats("u", u, "not negative")
    if at.ndim not in (1, 2) or at.shape[-1] == 0:
        raise ValueError(f"x: shape {at.shape} is neither (n,) nor (N, n)")
    if np.broadcast_shapes(at.shape, spread.shape) != at.shape:
        raise ValueError(f"u: shape {spread.shape} does not fit the inputs {at.shape}")
    return at, np.broadcast_to(spread, at.shape)


def _root(variance: Floats, size: Floats) -> Floats:
    """Root of a variance; a full cancellation leaves a rounding error of either sign, which is zero."""
    negligible = np.abs(variance) <= 1e-14 * size
    refuse("corr", variance, (variance < 0) & ~negligible, "would be a variance; there are no such correlations")
    return np.sqrt(np.where(negligible, 0.0, variance))


def _sensitivities(f: Model, x: Floats, u: Floats, jac: Jacobian, shape: tuple[int, ...]) -> tuple[Floats, str]:
    """Derivatives with the inputs on the last axis, and the name of how they were had."""
    if callable(jac):
        given = floats("jac(x)", jac(x))
        if np.broadcast_shapes(given.shape, shape) != shape:
            raise ValueError(f"jac: it returns {given.shape}, not {shape}")
        return np.broadcast_to(given, shape), "first order, given derivatives"
    if jac == "complex step":
        columns = []
        for i in range(x.shape[-1]):
            moved = x.astype(np.complex128)
            moved[..., i] += 1e-200j
            y = np.asarray(f(moved))
            if not np.iscomplexobj(y):
                raise ValueError(
                    "jac: the model returns real numbers for complex inputs; a complex step needs the other"
                )
            columns.append(y.imag / 1e-200)
        return floats("f'(x)", np.stack(columns, axis=-1)), "first order, complex step"
    if jac is not None:
        raise ValueError(f'jac: {jac!r} is neither a function nor "complex step"')
    columns = []
    for i in range(x.shape[-1]):
        size = np.where(u[..., i] > 0, u[..., i], np.maximum(np.abs(x[..., i]), 1.0) * 1e-3) * _STEP
        change: Any = 0.0
        for k, weight in enumerate(_STENCIL, start=1):
            ahead, behind = x.copy(), x.copy()
            ahead[..., i] += k * size
            behind[..., i] -= k * size
            change = change + weight * (np.asarray(f(ahead)) - np.asarray(f(behind)))
        columns.append(change / (size if np.ndim(change) == size.ndim else size[..., None]))
    return floats("f'(x)", np.stack(columns, axis=-1)), "first order, central differences of order 6"


def _correlations(corr: ArrayLike, n: int) -> Floats:
    matrix = floats("corr", corr)
    if matrix.shape[-2:] != (n, n):
        raise ValueError(f"corr: shape {matrix.shape} does not fit {n} inputs")
    refuse("corr", matrix, np.abs(matrix - np.swapaxes(matrix, -1, -2)) > 1e-12, "differs across the diagonal")
    refuse("corr", matrix, (np.abs(matrix - 1) > 1e-12) & np.eye(n, dtype=bool), "on the diagonal is not 1")
    smallest = np.linalg.eigvalsh(matrix)[..., 0]
    # published matrices are rounded; a third decimal can push an eigenvalue a little below zero
    refuse("corr", smallest, smallest < -1e-2, "is the least eigenvalue; there are no such correlations")
    return matrix


def welch_satterthwaite(
    u_i: ArrayLike, nu_i: ArrayLike, *, corr: ArrayLike | None = None, truncate: bool = False
) -> Floats:
    """Return effective degrees of freedom of u² = Σ u_i²; `u_i` = |c_i| u(x_i) on the last axis, `nu_i` likewise.

    Infinite where only inputs of infinite degrees of freedom contribute. `truncate` cuts to the next lower integer, as
    JCGM 100 does for tables (it makes the coverage factor larger). The formula holds for independent inputs only:
    with `corr` anything but the identity it raises ValueError. JCGM 100:2008, G.4.1.

    >>> welch_satterthwaite([25.0, 9.7, 2.9, 16.6], [18, 25.6, 50, 2], truncate=True).item()
    16.0
    """
    parts = floats("u_i", u_i, "not negative")
    nu = floats("nu_i", nu_i, "positive or infinite")
    if corr is not None and np.any(floats("corr", corr) != np.eye(parts.shape[-1])):
        raise ValueError("corr: the Welch-Satterthwaite formula does not hold for correlated inputs")
    square = parts**2
    share = square / np.maximum(square.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    inverse = (share**2 / nu).sum(axis=-1)
    found = np.divide(1.0, inverse, out=np.full(np.shape(inverse), np.inf), where=inverse > 0)
    # a single contribution must give its own dof back, not one less for a rounding error
    return np.floor(found * (1 + 1e-12)) if truncate else found


@dataclass(frozen=True)
class Expanded:
    """Expanded uncertainty `U` = `k` u for a coverage probability `level`."""

    U: Floats
    k: Floats
    level: float
    dof: Floats
    method: str = "Student's t"
    standard: str = GUM


def expanded(u: ArrayLike, dof: ArrayLike, level: float) -> Expanded:
    """Return the expanded uncertainty for a two-sided coverage probability, by Student's t (normal for infinite dof).

    Shapes of `u` and `dof` broadcast. Raises ValueError unless u >= 0, dof > 0, 0 < level < 1. JCGM 100:2008, G.3, G.6.

    >>> found = expanded(32.0, 16, 0.99)
    >>> round(float(found.k), 2), round(float(found.U))
    (2.92, 93)
    """
    if not 0 < level < 1:
        raise ValueError(f"level: {level} is not between 0 and 1")
    spread, nu = floats("u", u, "not negative"), floats("dof", dof, "positive or infinite")
    k = stdtrit(nu, (1 + level) / 2)
    return Expanded(spread * k, k, level, nu)


class Distribution(Protocol):
    """What `monte_carlo` draws from: any frozen distribution of scipy.stats, or an object with this method."""

    def rvs(self, size: int, random_state: np.random.Generator) -> NDArray[np.float64]:
        """Return `size` draws."""


@dataclass(frozen=True)
class MonteCarlo:
    """Result of a simulation: mean `y`, standard deviation `u`, coverage interval `low`, `high` at `level`; the `m`
    sorted draws of the output are kept in `draws`."""

    y: float
    u: float
    low: float
    high: float
    level: float
    interval: str
    m: int
    draws: Floats
    method: str = "Monte Carlo"
    standard: str = "JCGM 101:2008"


def monte_carlo(
    f: Model,
    dists: Sequence[Distribution],
    m: int,
    rng: np.random.Generator,
    interval: Literal["probabilistic", "shortest"] = "probabilistic",
    *,
    level: float = 0.95,
) -> MonteCarlo:
    """Propagate distributions through y = f(x) by m draws of independent inputs.

    `f` as in `propagate`, called once on (m, n). The interval is the probabilistically symmetric one or the shortest.
    Raises ValueError for another interval, a level outside (0, 1), m below 100/(1 - level) (the ends would rest on
    too few draws). JCGM 101:2008, 7.

    >>> from scipy.stats import uniform
    >>> found = monte_carlo(lambda x: x[..., 0] + x[..., 1], [uniform(-1, 2)] * 2, 100_000, np.random.default_rng(1))
    >>> round(found.u, 2), round(found.high, 2)
    (0.81, 1.55)
    """
    if interval not in ("probabilistic", "shortest"):
        raise ValueError(f'interval: {interval!r} is neither "probabilistic" nor "shortest"')
    if not 0 < level < 1:
        raise ValueError(f"level: {level} is not between 0 and 1")
    if m < 100 / (1 - level):
        raise ValueError(f"m: {m} draws are too few for a level of {level}")
    inputs = np.stack([np.asarray(dist.rvs(size=m, random_state=rng), dtype=np.float64) for dist in dists], axis=-1)
    y = np.sort(floats("f(x)", f(inputs)))
    inside = math.floor(level * m + 0.5)
    widths = y[inside:] - y[: m - inside]
    start = int(np.argmin(widths)) if interval == "shortest" else (m - inside) // 2
    return MonteCarlo(
        float(y.mean()), float(y.std(ddof=1)), float(y[start]), float(y[start + inside]), level, interval, m, y
    )
