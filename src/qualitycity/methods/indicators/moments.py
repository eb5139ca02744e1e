"""Moments and agreement of columns: skewness and kurtosis as treatment uses them, Cronbach's alpha, correlation."""
# ruff: noqa: N803, N806 (matrices bear capital letters, as in the literature)

from __future__ import annotations

import numpy as np

from .table import Floats

__all__ = ["correlation", "cronbach", "kurtosis", "skewness", "sums"]


def sums(X: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Count and sums of the second, third and fourth powers of the deviations, column by column, without NaN."""
    present = ~np.isnan(X)
    count = present.sum(axis=0).astype(float)
    with np.errstate(invalid="ignore"):
        mean = np.where(present, X, 0.0).sum(axis=0) / count
    deviation = np.where(present, X - mean, 0.0)
    square = deviation * deviation
    return count, square.sum(axis=0), (square * deviation).sum(axis=0), (square * square).sum(axis=0)


def skewness(X: Floats) -> Floats:
    """Sample-corrected skewness G1 of each column (type 2 of Joanes and Gill 1998, the one of SAS, SPSS and Excel).

    ``X`` (n, m) or (n,), NaN left out. Returns (m,); NaN for fewer than 3 values or no spread.

    >>> round(float(skewness(np.array([1.0, 2.0, 3.0, 10.0]))), 6)
    1.763633
    """
    return _skewness(*sums(X)[:3])


def kurtosis(X: Floats) -> Floats:
    """Sample-corrected excess kurtosis G2 of each column (type 2 of Joanes and Gill 1998).

    ``X`` (n, m) or (n,), NaN left out. Returns (m,); NaN for fewer than 4 values or no spread.

    >>> round(float(kurtosis(np.array([1.0, 2.0, 3.0, 10.0]))), 6)
    3.228
    """
    count, second, _third, fourth = sums(X)
    return _kurtosis(count, second, fourth)


def _skewness(count: Floats, second: Floats, third: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.sqrt(count) * third / second**1.5
        return np.where(count > 2, plain * np.sqrt(count * (count - 1)) / (count - 2), np.nan)


def _kurtosis(count: Floats, second: Floats, fourth: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = count * fourth / second**2 - 3
        found = ((count + 1) * plain + 6) * (count - 1) / ((count - 2) * (count - 3))
        return np.where(count > 3, found, np.nan)


def correlation(X: Floats) -> Floats:
    """Pearson correlation of the columns over the units that have both, (m, m); ValueError for a constant column.

    >>> correlation(np.array([[1.0, 2.0], [2.0, 4.5], [3.0, 6.0]])).round(3).tolist()
    [[1.0, 0.99], [0.99, 1.0]]
    """
    present = ~np.isnan(X)
    if present.all():
        deviation = X - X.mean(axis=0)
        covariance = deviation.T @ deviation
        spread = np.sqrt(covariance.diagonal())
        _need_spread(spread)
        return covariance / np.outer(spread, spread)
    p, Z = present.astype(float), np.where(present, X, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        Z = np.where(present, Z - Z.sum(axis=0) / p.sum(axis=0), 0.0)  # near the mean: keeps the digits
        count, total, square = p.T @ p, Z.T @ p, (Z * Z).T @ p
        covariance = Z.T @ Z - total * total.T / count
        variance = square - total * total / count
        _need_spread(variance.diagonal())
        return covariance / np.sqrt(variance * variance.T)


def _need_spread(spread: Floats) -> None:
    if not (spread > 0).all():
        raise ValueError(f"X: column {int((~(spread > 0)).argmax())} is constant")


def cronbach(X: Floats) -> float:
    """Cronbach's alpha of k columns over the units that have all of them: k/(k-1) (1 - Σ variances / variance of sum).

    Handbook on Constructing Composite Indicators (OECD/JRC 2008), step 4. Values below about 0.7 say that the columns
    measure different things; negative values that directions disagree.

    >>> round(cronbach(np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]])), 6)
    0.666667
    """
    whole = X[~np.isnan(X).any(axis=1)]
    count = X.shape[1]
    if count < 2 or len(whole) < 2:
        raise ValueError(f"X: alpha needs two columns and two complete units, not {count} and {len(whole)}")
    return float(count / (count - 1) * (1 - whole.var(axis=0, ddof=1).sum() / whole.sum(axis=1).var(ddof=1)))
