"""Fail rates of many units with few tests each, by empirical Bayes, and classes A to D that do not flutter.

Two of three tests failed does not make a unit's rate 67 %. Units of one kind are taken as drawn from Beta(alpha, beta),
which is estimated from all of them; each unit's rate is then Beta(alpha + y, beta + n - y): few tests stay near the
average of the kind, many tests speak for themselves.

Source: Gelman et al., *Bayesian Data Analysis* (3rd ed.), chapter 5; Griffiths, Biometrics 29 (1973) 637-648 for the
likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ._betabinomial import Counts, count, log_likelihood, maximise, spread_gains
from ._labels import Floats, blame, codes, numbers, read_labels, settle

FitMethod = Literal["mle", "moments"]
_NOISE = 1e-9  # of a log-likelihood, above its rounding error
CLASSES = np.array(["A", "B", "C", "D"])


@dataclass(frozen=True)
class BetaBinomial:
    """Distribution of the fail rate among the units of each group; arrays (G,) in the order of ``group``.

    ``mu`` mean = alpha / (alpha + beta); ``rho`` correlation within a unit = 1 / (alpha + beta + 1); ``loglik``
    log-likelihood with binomial coefficients; ``failed``, ``tested`` sums. ``boundary``: no spread between units beyond
    chance; alpha and beta are inf, mu is the pooled rate. ``method`` how the parameters came about:

    mle, moments       as asked for; moments with ``converged`` False: fallback of a search that did not end
    pooled             boundary
    unit_information   every unit failed all or none of its tests (or moments do not exist): the likelihood has no
                       maximum; alpha + beta is set to 1 at the pooled mean, ``converged`` is False
    """

    group: NDArray[Any]
    alpha: Floats
    beta: Floats
    mu: Floats
    rho: Floats
    loglik: Floats
    boundary: NDArray[np.bool_]
    converged: NDArray[np.bool_]
    method: NDArray[np.str_]
    failed: Floats
    tested: Floats
    standard: str = "Griffiths 1973; Gelman et al. 2013, 5.3"


@dataclass(frozen=True)
class Posterior:
    """Distribution of each unit's fail rate, Beta(alpha, beta), arrays (K,); ``quantile`` (K, Q) at levels ``q``.

    In a group at the boundary all units share the pooled rate: ``mean`` is that rate, and alpha, beta are those of its
    Jeffreys posterior, so that limits exist even if nothing failed.
    """

    alpha: Floats
    beta: Floats
    mean: Floats
    q: tuple[float, ...]
    quantile: Floats
    boundary: NDArray[np.bool_]

    def exceed(self, limit: ArrayLike) -> Floats:
        """Return P(rate > limit), (K,) for one limit, (K, L) for L of them; limits in [0, 1]."""
        at = np.asarray(limit, np.float64)
        bad = ~((at >= 0) & (at <= 1))
        if bad.any() or at.ndim > 1:
            raise ValueError(f"limit = {limit!r}: a rate, or a list of rates, in [0, 1]")
        one = _on_unique(lambda a, b: special.betaincc(a, b, at.ravel()), self.alpha, self.beta)
        return one if at.ndim else one[:, 0]


@dataclass(frozen=True)
class Classes:
    """Class of each unit: ``label`` "A" (lowest rate) to "D", ``level`` 0 to 3, ``exceed`` (K, 3) P(rate > cut).

    ``changed``: the unit had a class and it is another one now.
    """

    label: NDArray[np.str_]
    level: NDArray[np.intp]
    exceed: Floats
    changed: NDArray[np.bool_]


def fit_beta_binomial(
    y: ArrayLike, n: ArrayLike, group: ArrayLike | None = None, method: FitMethod = "mle", max_iter: int = 100
) -> BetaBinomial:
    """Return the distribution of fail rates among units, for each group by itself.

    y, n      (K,) failures and tests of each unit, counts, y <= n; units with n = 0 say nothing here
    group     (K,) labels, None = one group "all"
    method    "mle" exact maximum of the likelihood; "moments" from mean and variance of y/n, each unit alike: rougher,
              counts the noise of small n as spread
    max_iter  Newton steps; a search that does not end within falls back on moments, ``converged`` False

    Raises ValueError with all faults of the table; a group without a test is one.

    >>> fit = fit_beta_binomial([0, 1, 2, 5, 0, 9], [10, 10, 12, 11, 14, 12])
    >>> fit.alpha.round(4).tolist(), fit.beta.round(4).tolist(), fit.boundary.tolist()
    ([0.4762], [1.5153], [False])
    >>> even = fit_beta_binomial([2, 2, 2, 2], [20, 20, 20, 20])
    >>> even.boundary.tolist(), even.mu.tolist(), even.alpha.tolist()
    ([True], [0.1], [inf])
    """
    if method not in get_args(FitMethod):
        raise ValueError(f"method = {method!r} is not one of {', '.join(get_args(FitMethod))}")
    if max_iter < 0:
        raise ValueError(f"max_iter = {max_iter!r} is negative")
    failed, tested, labels = _read(y, n, group)
    of_row, names = codes(labels)
    order = np.argsort(of_row, kind="stable")
    parts = np.split(order, np.searchsorted(of_row[order], np.arange(1, len(names))))
    empty = [repr(name) for name, part in zip(names.tolist(), parts, strict=True) if not tested[part].any()]
    if empty:
        raise ValueError(f"n: no test at all in group {', '.join(empty)}")
    found = [_fit(failed[part], tested[part], method, max_iter) for part in parts]
    mu, theta, loglik, converged, how, sums = (list(one) for one in zip(*found, strict=True))
    mus, thetas = np.array(mu), np.array(theta)
    boundary = thetas == 0
    scale = np.divide(1.0, thetas, out=np.full(len(thetas), np.inf), where=~boundary)
    safe = np.where(boundary, 1.0, scale)
    return BetaBinomial(
        names,
        np.where(boundary, np.inf, mus * safe),
        np.where(boundary, np.inf, (1 - mus) * safe),
        mus,
        1 / (scale + 1),
        np.array(loglik),
        boundary,
        np.array(converged),
        np.array(how),
        np.array([one.failed for one in sums]),
        np.array([one.tested for one in sums]),
    )


def posterior(
    fit: BetaBinomial,
    y: ArrayLike,
    n: ArrayLike,
    group: ArrayLike | None = None,
    q: Sequence[float] = (0.05, 0.5, 0.95),
) -> Posterior:
    """Return the distribution of each unit's rate given its own tests; units need not be those of the fit.

    y, n, group   as in ``fit_beta_binomial``; a unit with n = 0 has the distribution of its group
    q             probabilities of the quantiles, in (0, 1)

    Raises ValueError with all faults of the table, or for a group that was not fitted.

    >>> fit = fit_beta_binomial([0, 1, 2, 5, 0, 9], [10, 10, 12, 11, 14, 12])
    >>> known = posterior(fit, [2, 20], [3, 30])
    >>> known.mean.round(3).tolist(), known.exceed(0.5).round(3).tolist()
    ([0.496, 0.64], [0.492, 0.947])
    """
    failed, tested, labels = _read(y, n, group)
    levels = tuple(float(one) for one in q)
    outside = [one for one in levels if not 0 < one < 1]
    if outside:
        raise ValueError(f"q = {outside[0]!r} is not between 0 and 1")
    at = _places(fit, labels)
    boundary = fit.boundary[at]
    all_failed, all_tested = fit.failed[at], fit.tested[at]
    alpha = np.where(boundary, all_failed + 0.5, fit.alpha[at] + failed)
    beta = np.where(boundary, all_tested - all_failed + 0.5, fit.beta[at] + tested - failed)
    mean = np.where(boundary, fit.mu[at], alpha / (alpha + beta))
    quantile = _on_unique(lambda a, b: special.betaincinv(a, b, np.array(levels)), alpha, beta)
    return Posterior(alpha, beta, mean, levels, quantile, boundary)


def classify(
    posterior: Posterior, cuts: Sequence[float], *, rise: float, fall: float, previous: ArrayLike | None = None
) -> Classes:
    """Return a class A to D for each unit, with hysteresis: it takes more to change a class than to keep it.

    cuts        the three rates that part A|B, B|C, C|D, increasing, in (0, 1)
    rise, fall  0 < fall <= rise < 1. A unit climbs over a cut when P(rate > cut) >= rise, and comes down below it when
                P(rate > cut) <= fall; in between it stays. Equal values: no hysteresis
    previous    (K,) "A" to "D", or "" for a unit without a class; it is placed by its median, P(rate > cut) >= 1/2

    >>> fit = fit_beta_binomial([0, 1, 2, 5, 0, 9], [10, 10, 12, 11, 14, 12])
    >>> known = posterior(fit, [1, 1, 30], [10, 10, 40])
    >>> found = classify(known, [0.05, 0.1, 0.5], rise=0.7, fall=0.3, previous=["B", "C", ""])
    >>> found.label.tolist(), found.exceed[0].round(2).tolist()
    (['B', 'C', 'D'], [0.77, 0.51, 0.0])
    """
    limits = np.asarray(cuts, np.float64)
    if limits.shape != (3,) or not (0 < limits[0] < limits[1] < limits[2] < 1):
        raise ValueError(f"cuts = {cuts!r}: three increasing rates in (0, 1)")
    if not 0 < fall <= rise < 1:
        raise ValueError(f"rise = {rise!r}, fall = {fall!r}: 0 < fall <= rise < 1")
    exceed = posterior.exceed(limits)
    before = _levels(previous, len(exceed))[:, None]
    steps = np.arange(3)
    old = (exceed >= rise) | ((before > steps) & (exceed > fall))
    new = exceed >= 0.5
    level = np.where(before < 0, new, old).sum(axis=1)
    return Classes(CLASSES[level], level, exceed, (before[:, 0] >= 0) & (before[:, 0] != level))


def _read(y: ArrayLike, n: ArrayLike, group: ArrayLike | None) -> tuple[Floats, Floats, NDArray[Any]]:
    rows = np.size(n)
    if not rows:
        raise ValueError("n: no units")
    faults: list[str] = []
    failed, tested = numbers("y", y, rows, faults), numbers("n", n, rows, faults)
    for name, values in (("y", failed), ("n", tested)):
        whole = (values >= 0) & (values == np.floor(values)) & np.isfinite(values)
        blame(name, values, ~whole, "is no count", faults)
    blame("y", failed, failed > tested, "exceeds n", faults)
    labels = np.full(rows, "all") if group is None else read_labels("group", group, rows, faults)
    settle(faults)
    return failed, tested, labels


def _fit(y: Floats, n: Floats, method: FitMethod, max_iter: int) -> tuple[float, float, float, bool, str, Counts]:
    """Return (mu, theta, loglik, converged, method, counts) of one group."""
    counts = count(y, n)
    mu = counts.pooled
    flat = log_likelihood(counts, mu, 0.0)
    rough = _moments(y, n)
    if mu in (0.0, 1.0) or n.max() == 1:  # the spread is not in the data
        return mu, 0.0, flat, True, "pooled", counts
    if method == "mle":
        if counts.all_or_none:
            return mu, 1.0, log_likelihood(counts, mu, 1.0), False, "unit_information", counts
        gains = spread_gains(counts)
        value, found_mu, theta, converged = _search(counts, rough, gains, max_iter)
        if converged and value > flat + (0.0 if gains else _NOISE):
            return found_mu, theta, value, True, "mle", counts
        if not gains and (converged or value > flat - _NOISE):
            return mu, 0.0, flat, True, "pooled", counts
    if rough is None:
        return mu, 1.0, log_likelihood(counts, mu, 1.0), False, "unit_information", counts
    if rough[1] == 0:
        return mu, 0.0, flat, method == "moments", "pooled", counts
    return *rough, log_likelihood(counts, *rough), method == "moments", "moments", counts


def _search(
    counts: Counts, rough: tuple[float, float] | None, gains: bool, max_iter: int
) -> tuple[float, float, float, bool]:
    """Return (loglik, mu, theta, converged) of the best maximum found from the moments and from next to no spread.

    Few units of very unequal n can have two maxima; where the likelihood rises from the boundary, one is near it.
    """
    starts = [rough if rough and rough[1] > 0 else (counts.pooled, 0.1)]
    if gains:
        starts.append((counts.pooled, 1e-3 / counts.over.shape[1]))
    ends = [maximise(counts, *start, max_iter) for start in starts]
    return max((log_likelihood(counts, *end[:2]), *end) for end in ends)


def _moments(y: Floats, n: Floats) -> tuple[float, float] | None:
    """Return (mu, theta) with the mean and variance of y/n, theta 0 without variance, None where no beta has them."""
    rate = y[n > 0] / n[n > 0]
    mu = float(rate.mean())
    variance = float(rate.var(ddof=1)) if len(rate) > 1 else 0.0
    most = mu * (1 - mu)
    if variance >= most * (1 - 1e-12):  # rounding would make theta as large as it likes
        return None
    return mu, 1 / (most / variance - 1) if variance > 0 else 0.0


def _places(fit: BetaBinomial, labels: NDArray[Any]) -> NDArray[np.intp]:
    """Row of the fit for every unit."""
    of_row, names = codes(labels)
    place = {name: at for at, name in enumerate(fit.group.tolist())}
    missing = [repr(name) for name in names.tolist() if name not in place]
    if missing:
        raise ValueError(f"group: {', '.join(missing[:5])} not in the fit")
    return np.array([place[name] for name in names.tolist()], np.intp)[of_row]


def _levels(previous: ArrayLike | None, units: int) -> NDArray[np.intp]:
    """0 to 3 for A to D, -1 for none."""
    if previous is None:
        return np.full(units, -1)
    labels = np.asarray(previous)
    if labels.shape != (units,):
        raise ValueError(f"previous: shape {labels.shape}, expected ({units},)")
    level = np.full(units, -1)
    for at, name in enumerate(CLASSES):
        level[labels == name] = at
    unknown = (level < 0) & (labels != "")
    if unknown.any():
        raise ValueError(f"previous[{int(unknown.argmax())}] = {labels[unknown][0].item()!r} is not A, B, C, D or ''")
    return level


def _on_unique(function: Callable[[Floats, Floats], Floats], alpha: Floats, beta: Floats) -> Floats:
    """Values of a function of (alpha, beta), each distinct pair computed once: many units share their counts."""
    pairs, place = np.unique(alpha + 1j * beta, return_inverse=True)
    return function(pairs.real[:, None], pairs.imag[:, None])[place]
