"""Arrays in: float64 with errors that name the argument and the value."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Allowed = Literal["finite", "not negative", "positive", "positive or infinite", "not NaN"]


def floats(name: str, value: ArrayLike, allowed: Allowed = "finite") -> Floats:
    """Return the argument as float64; ValueError names the first value that is not allowed."""
    array = np.asarray(value, dtype=np.float64)
    if allowed == "not NaN":
        wrong = np.isnan(array)
    elif allowed == "positive or infinite":
        wrong = ~(array > 0)
    else:
        wrong = ~np.isfinite(array)
        if allowed == "positive":
            wrong |= ~(array > 0)
        elif allowed == "not negative":
            wrong |= ~(array >= 0)
    refuse(
        name, array, wrong, f"is not {allowed.removeprefix('not ')}" if allowed == "finite" else f"must be {allowed}"
    )
    return array


def refuse(name: str, array: NDArray[Any], wrong: NDArray[np.bool_], why: str) -> None:
    """Raise ValueError naming the first value of the argument where `wrong` holds."""
    if wrong.any():
        at = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
        place = f"[{', '.join(map(str, at))}]" if at else ""
        raise ValueError(f"{name}{place}: {float(np.broadcast_to(array, wrong.shape)[at])} {why}")


def tolerance(lower: ArrayLike | None, upper: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return the limits of a tolerance interval, -inf and inf where there is none; ValueError unless lower < upper."""
    low = floats("lower", -np.inf if lower is None else lower, "not NaN")
    high = floats("upper", np.inf if upper is None else upper, "not NaN")
    refuse("lower", low, ~(low < high), "is not below upper")
    refuse("lower", low, np.isinf(low) & np.isinf(high), "and upper: at least one limit is needed")
    return low, high
