"""Audit of a declared quality level (DQL): GB/T 2828.4-2008, and GB/T 2828.11-2008 for small populations.

This is not acceptance sampling. A sample of n with more than L nonconforming contradicts the declaration, wrongly with
at most 5 %; any other outcome leaves it uncontradicted, which proves nothing: a population several times worse passes
often (see `lqr`). Results carry wording of their own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from scipy import special

from .kernels import HYPERGEOMETRIC, POISSON, largest_samples, law_of, limiting_counts
from .oc import single_oc

_ENDLESS = 2**60
_LEAST = 1e-12  # of a quality: smaller ones would need more items than 64 bits count


@dataclass(frozen=True)
class DeclaredPlans:
    """Plans (n; L), one a row.

    n, L          sample size and limit number: more than L found contradicts the declaration
    risk          exact probability to contradict a true declaration; NaN where all are inspected
    limit         quality not contradicted with probability 0.10 (of a small population: the smallest count for which
                  that probability is at most 0.10)
    lqr           limit / DQL, the limiting quality ratio
    inspect_all   the sample is the whole population

    >>> declared_quality(0.0065, 2).lqr.round(1)
    array([6.4])
    """

    n: np.ndarray
    L: np.ndarray
    dql: np.ndarray
    risk: np.ndarray
    limit: np.ndarray
    lqr: np.ndarray
    inspect_all: np.ndarray
    dist: str
    standard: str
    method: str = "largest sample whose exact risk is at most alpha"


@dataclass(frozen=True)
class Judgement:
    """Outcome of an audit: code and the words a report uses. It is neither acceptance nor proof of conformity.

    >>> judge(0, 0, small=True).standard
    'GB/T 2828.11-2008'
    """

    contradicted: bool
    code: str
    wording: str
    wording_en: str
    standard: str


@cache
def data() -> dict[str, Any]:
    """Return the content of declared.toml.

    >>> data()["risk"], data()["missed"]
    (0.05, 0.1)
    """
    return tomllib.loads(files(__package__).joinpath("declared.toml").read_text(encoding="utf-8"))


def preferred_sizes() -> tuple[int, ...]:
    """Return the preferred sample sizes.

    >>> preferred_sizes()[:5]
    (1, 2, 3, 5, 8)
    """
    return tuple(data()["preferred"]["n"])


def limit_number(level: str) -> int:
    """Return the limit number L of an LQR level 0, I, II or III.

    >>> limit_number("II")
    2
    """
    levels = data()["levels"]
    if level not in levels:
        raise ValueError(f"level: {level!r} is not one of {', '.join(levels)}")
    return int(levels[level])


def declared_quality(
    dql: Any,
    L: Any,  # noqa: N803
    alpha: float | None = None,
    n_series: Sequence[int] | None = None,
    N: Any = None,  # noqa: N803
    dist: str = "binomial",
) -> DeclaredPlans:
    """Return the largest samples in which more than L are found, while the declaration is true, at most with alpha.

    dql    declared fractions, or nonconformities per item with dist "poisson"; with N, integer counts of nonconforming
           items in populations of N (then the law is hypergeometric and the standard GB/T 2828.11)
    alpha  default 0.05, the standard's; n_series: sizes to choose from, default any
    dql, L and N broadcast to [R]. ValueError lists every fault, also a DQL too bad for any sample of more than L.

    >>> made = declared_quality(0.0065, [1, 2, 3], n_series=preferred_sizes())
    >>> made.n, made.risk.round(4)
    (array([ 50, 125, 200]), array([0.0421, 0.0487, 0.0425]))
    >>> declared_quality(4, 1, N=100).n
    array([10])
    """
    law = HYPERGEOMETRIC if N is not None else law_of(dist)
    if law == HYPERGEOMETRIC and N is None:
        raise ValueError("N: the hypergeometric law needs the population size")
    most = data()["risk"] if alpha is None else alpha
    if not 0 < most < 1:
        raise ValueError(f"alpha: inside (0, 1), got {alpha}")
    quality, limits, lot = _checked(law, dql, L, _ENDLESS if N is None else N)
    n = np.empty(quality.size, dtype=np.int64)
    largest_samples(law, quality, limits, lot, most, n)
    if n_series is not None:
        n = np.where(n >= lot, n, _from_series(n, n_series))
    poor = np.flatnonzero((n < 1) if law == POISSON else (n <= limits))
    if poor.size:
        rows = "; ".join(f"dql {quality[i]:g} with L {limits[i]} in row {i}" for i in poor)
        raise ValueError(f"dql: no sample of more than L items keeps the risk at {most:g}: {rows}")
    return _result(law, n, limits, quality, lot)


def judge(d: int, L: int, small: bool = False) -> Judgement:  # noqa: N803
    """Return the judgement on d found with limit number L; `small` for GB/T 2828.11.

    >>> judge(2, 2).wording, judge(3, 2).code
    ('未否定声明质量水平', 'contradicted')
    """
    if d < 0 or L < 0:
        raise ValueError(f"d, L: counts of at least 0, got {d} and {L}")
    code = "contradicted" if d > L else "not_contradicted"
    words = data()["wording"]
    standard = data()["standard_small" if small else "standard"]
    return Judgement(d > L, code, words["zh"][code], words["en"][code], standard)


def _result(law: int, n: np.ndarray, limits: np.ndarray, quality: np.ndarray, lot: np.ndarray) -> DeclaredPlans:
    missed = data()["missed"]
    limit = np.empty(n.size)
    if law == HYPERGEOMETRIC:
        limiting_counts(n, limits, lot, missed, limit)
    elif law == POISSON:
        limit = special.gammainccinv(limits + 1, missed) / n
    else:
        limit = special.betaincinv(limits + 1, n - limits, 1 - missed)
    whole = n >= lot
    risk = np.where(whole, np.nan, 1 - single_oc(n, limits, quality, law, lot))
    standard = data()["standard_small" if law == HYPERGEOMETRIC else "standard"]
    dist = ("binomial", "hypergeometric", "poisson")[law]
    return DeclaredPlans(n, limits, quality, risk, limit, limit / quality, whole, dist, standard)


def _from_series(n: np.ndarray, series: Sequence[int]) -> np.ndarray:
    sizes = np.unique(np.asarray(series))
    if sizes.dtype.kind not in "iu" or not sizes.size or sizes[0] < 1:
        raise ValueError(f"n_series: positive integers, got {list(series)}")
    return np.concatenate([[0], sizes])[np.searchsorted(sizes, n, side="right")]


def _checked(law: int, dql: Any, L: Any, lot: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: N803
    given, limits, lots = np.broadcast_arrays(*(np.atleast_1d(x) for x in (dql, L, lot)))
    for name, column in (("L", limits), ("N", lots), *((("dql", given),) if law == HYPERGEOMETRIC else ())):
        if column.dtype.kind not in "iu":
            raise ValueError(f"{name}: integers, got {column.tolist()}")
    quality = given.astype(float)
    most = lots if law == HYPERGEOMETRIC else np.inf if law == POISSON else 1
    tests = [
        ("dql", (quality >= _LEAST) & (quality < most) & np.isfinite(quality), quality),
        ("L", limits >= 0, limits),
        ("N", lots >= 2, lots),
    ]
    faults = [f"{name}: {column[row]:g} in row {row}" for name, ok, column in tests for row in np.flatnonzero(~ok)]
    if faults:
        raise ValueError("out of range: " + "; ".join(faults))
    return quality, limits.astype(np.int64), lots.astype(np.int64)
