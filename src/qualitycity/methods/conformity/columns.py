"""Rounding and limit comparison over a column of decimal texts, GB/T 8170-2008, in integers.

The texts are read into integers at one common number of decimals, so nothing is lost and nothing is binary. Results
equal `rounding.round_to` and `rounding.compare_limit`, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .limits import EXACT, STANDARD, Limits, Method, Number
from .rounding import _interval

_LARGEST = 2**62  # twice a remainder still fits into 64 bits
_READ, _BAD, _LONG = 0, 1, 2
_SHOWN = 5  # rows named in an error

Texts = Sequence[str] | NDArray[np.str_]


@dataclass(frozen=True)
class Judgements:
    """Verdicts over a column: `conforms` bool[n], `compared` the texts held against the limits, and the method."""

    conforms: NDArray[np.bool_]
    compared: NDArray[np.str_]
    limits: Limits
    method: Method
    interval: Decimal | None
    standard: str = STANDARD


def round_column(x: Texts, interval: Number) -> NDArray[np.str_]:
    """Round n decimal texts to multiples of the interval, a half to the even multiple; texts out, `<U[n]`.

    The texts have no exponent, and at the finest number of decimals in the column each number stays below 2**62.
    Raises TypeError for floats and ValueError naming the rows that are no decimal number or too long. GB/T 8170-2008,
    3.2 to 3.4.

    >>> round_column(["15.4546", "-60.75", "2.5"], "1")
    array(['15', '-61', '2'], dtype='<U3')
    """
    step = _interval(interval)
    values, decimals = _scaled("x", x, _decimals(step))
    size = _integer("interval", step, decimals)
    return _write(_multiples(values, size) * _unit(step), _decimals(step))


def compare_column(
    measured: Texts,
    lower: Number | None = None,
    upper: Number | None = None,
    *,
    lower_inclusive: bool = True,
    upper_inclusive: bool = True,
    method: Method = "full",
    interval: Number | None = None,
) -> Judgements:
    """Judge n values against one requirement; arguments as `rounding.compare_limit`, errors also as `round_column`.

    GB/T 8170-2008, 4.3.

    >>> compare_column(["0.500", "0.549", "0.551"], upper="0.5", method="rounded").conforms
    array([ True,  True, False])
    """
    if method not in get_args(Method):
        raise ValueError(f'method: {method!r} is neither "full" nor "rounded"')
    limits = Limits.of(lower, upper, lower_inclusive=lower_inclusive, upper_inclusive=upper_inclusive)
    step = None if method == "full" else limits.interval if interval is None else _interval(interval)
    known = [number for number in (limits.lower, limits.upper, step) if number is not None]
    values, decimals = _scaled("measured", measured, max(map(_decimals, known)))
    if step is None:
        compared = np.asarray(measured, dtype=np.str_)
    else:
        count = _multiples(values, _integer("interval", step, decimals))
        compared = _write(count * _unit(step), _decimals(step))
        values = count * _integer("interval", step, decimals)
    conforms = np.ones(values.shape, dtype=np.bool_)
    if limits.lower is not None:
        low = _integer("lower", limits.lower, decimals)
        conforms &= values >= low if lower_inclusive else values > low
    if limits.upper is not None:
        high = _integer("upper", limits.upper, decimals)
        conforms &= values <= high if upper_inclusive else values < high
    return Judgements(conforms, compared, limits, method, step)


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _unit(step: Decimal) -> int:
    return int(EXACT.scaleb(step, _decimals(step)))


def _integer(name: str, number: Decimal, decimals: int) -> int:
    value = int(EXACT.scaleb(number, decimals))
    if abs(value) > _LARGEST:
        raise ValueError(f"{name}: {number} at {decimals} decimals is beyond 2**62")
    return value


def _multiples(values: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Nearest multiple counts, half to even; floor division serves both signs, because evenness is symmetric."""
    count, rest = np.divmod(values, step)
    over = rest - (step - rest)
    return count + ((over > 0) | ((over == 0) & (count % 2 == 1)))


def _scaled(name: str, texts: Texts, decimals: int) -> tuple[NDArray[np.int64], int]:
    """Return the numbers as integers at a common number of decimals, at least `decimals`."""
    rows = _listed(name, texts)
    # one buffer of bytes is read five times faster than as many texts in an array; "?" is no digit either
    buffer = np.frombuffer("\n".join(rows).encode("ascii", "replace"), dtype=np.uint8)
    mantissa, places, state = _parse(buffer, len(rows))
    _refuse(name, rows, state == _BAD, "no decimal number")
    _refuse(name, rows, state == _LONG, "too many digits")
    common = max(decimals, int(places.max(initial=0)))
    factors = [10**k if k < 19 else 0 for k in range(common, -1, -1)]
    rooms = np.array([_LARGEST // factor if factor else 0 for factor in factors], dtype=np.int64)
    _refuse(name, rows, np.abs(mantissa) > rooms[places], f"too many digits beside others with {common} decimals")
    return mantissa * np.array(factors, dtype=np.int64)[places], common


def _listed(name: str, texts: Texts) -> list[str]:
    if isinstance(texts, np.ndarray):
        if texts.dtype.kind != "U":
            raise TypeError(f"{name}: an array of {texts.dtype}; give decimal texts")
        if texts.ndim != 1:
            raise ValueError(f"{name}: a column has one axis, not {texts.ndim}")
        return list(texts.tolist())
    rows = list(texts)
    other = set(map(type, rows)) - {str, np.str_}
    if other:
        raise TypeError(f"{name}: holds {', '.join(sorted(kind.__name__ for kind in other))}; give decimal texts")
    broken = np.array(["\n" in text for text in rows]) if "\n" in "".join(rows) else np.zeros(0, dtype=np.bool_)
    _refuse(name, rows, broken, "no decimal number")
    return rows


def _refuse(name: str, texts: list[str], wrong: NDArray[np.bool_], why: str) -> None:
    rows = np.flatnonzero(wrong)
    if rows.size:
        shown = "; ".join(f"row {row}: {texts[row]!r}" for row in rows[:_SHOWN])
        more = f" and {rows.size - _SHOWN} more" if rows.size > _SHOWN else ""
        raise ValueError(f"{name}: {why}: {shown}{more}")


@njit(cache=True)
def _parse(buffer: NDArray[np.uint8], rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Read sign, digits and point of each line; state 1 where it is no number, 2 where it has more than 18 digits."""
    mantissa = np.zeros(rows, dtype=np.int64)
    places = np.zeros(rows, dtype=np.int64)
    state = np.zeros(rows, dtype=np.int8)
    at = 0
    for row in range(rows):
        number, decimals, digits, size = np.int64(0), 0, 0, 0
        point, wrong, minus = False, False, False
        start = at
        while at < buffer.size and buffer[at] != 10:
            code = np.int64(buffer[at])
            if 48 <= code <= 57:
                digits += 1
                decimals += point
                if size > 0 or code > 48:
                    size += 1
                if size <= 18:
                    number = number * 10 + code - 48
            elif code == 46 and not point:
                point = True
            elif at == start and (code == 43 or code == 45):
                minus = code == 45
            else:
                wrong = True
            at += 1
        at += 1
        if wrong or digits == 0:
            state[row] = _BAD
        elif size > 18:
            state[row] = _LONG
        mantissa[row] = -number if minus else number
        places[row] = decimals
    return mantissa, places, state


def _write(values: NDArray[np.int64], decimals: int) -> NDArray[np.str_]:
    """Write integers as texts with so many decimals."""
    width = max(len(str(int(np.abs(values).max(initial=0)))), decimals + 1) + (decimals > 0)
    width += bool((values < 0).any())
    codes = np.zeros((values.size, width), dtype=np.uint32)
    _fill(values, decimals, codes)
    return codes.view(f"<U{width}").reshape(values.size)


@njit(cache=True)
def _fill(values: NDArray[np.int64], decimals: int, codes: NDArray[np.uint32]) -> None:
    """Write each number from its last digit to its first, then move it to the left."""
    width = codes.shape[1]
    line = np.empty(width, dtype=np.uint32)
    for row in range(values.size):
        rest = abs(values[row])
        at, written = width, 0
        while rest > 0 or written <= decimals:
            if written == decimals and decimals > 0:
                at -= 1
                line[at] = 46
            higher = rest // 10
            at -= 1
            line[at] = 48 + rest - 10 * higher
            rest = higher
            written += 1
        if values[row] < 0:
            at -= 1
            line[at] = 45
        for to in range(width - at):
            codes[row, to] = line[at + to]
