"""Rounding of numbers and comparison with limiting values, GB/T 8170-2008.

Numbers come as decimal text (or int, or Decimal); floats raise TypeError, because the number that was written cannot
be had back from them. For a column of many texts see `columns`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from .limits import EXACT, LONGEST, Judgement, Limits, Method, Number, Sign, Verdict, exact

_REPORTED = re.compile(r"(.*?)(?:\(([+-])\))?")


def round_to(x: Number, interval: Number, *, reported_sign: Sign | None = None) -> Decimal:
    """Round to the nearest multiple of the interval (修约间隔), a half to the even multiple, in one step.

    The 0.5-unit and 0.2-unit roundings are the intervals 0.5 and 0.2 (times a power of ten): the rule of the
    standard, round 2x and halve it, gives the same. Negative numbers are rounded by their absolute value; a zero has
    no sign. `reported_sign` is the mark of a value that was rounded once already (see `report`): it breaks the tie.

    The result has the decimals of the interval. Raises TypeError for floats, ValueError for text that is no number, an
    interval that is not positive, or a mark on a value that can carry none. GB/T 8170-2008, 3.2 to 3.4.

    >>> round_to("15.4546", "1"), round_to("60.25", "0.5"), round_to("-930", 20), round_to("0.35", "0.1")
    (Decimal('15'), Decimal('60.0'), Decimal('-920'), Decimal('0.4'))
    """
    number, step = exact("x", x), _interval(interval)
    _check_sign(number, reported_sign)
    return _nearest(number, step, reported_sign)


def round_digits(x: Number, *, decimals: int | None = None, significant: int | None = None) -> Decimal:
    """Round to a number of decimals, or of significant digits (有效位数); exactly one of the two is given.

    `decimals` may be negative (-2: to hundreds). Zero stays as it is written under `significant`. Raises like
    `round_to`, and ValueError where none or both are given, `significant` < 1, or more digits than can be held.
    GB/T 8170-2008, 3.1.

    >>> round_digits("10.5002", decimals=0), round_digits("1268", significant=2), round_digits("9.996", significant=3)
    (Decimal('11'), Decimal('1300'), Decimal('10.0'))
    """
    number = exact("x", x)
    if (decimals is None) == (significant is None):
        raise ValueError(f"decimals, significant: give one of them, not {decimals!r} and {significant!r}")
    if decimals is not None:
        if abs(decimals) > LONGEST:
            raise ValueError(f"decimals: {decimals} is beyond ±{LONGEST}")
        return _nearest(number, Decimal((0, (1,), -decimals)), None)
    if significant is None or not 1 <= significant <= LONGEST:
        raise ValueError(f"significant: {significant} is not between 1 and {LONGEST}")
    if not number:
        return number
    place = number.adjusted() - significant + 1
    rounded = _nearest(number, Decimal((0, (1,), place)), None)
    if rounded.adjusted() > number.adjusted():  # 9.996 became 10.00: one digit more than asked for
        place += 1
    return EXACT.quantize(rounded, Decimal((0, (1,), min(place, 0))))


@dataclass(frozen=True)
class Reported:
    """A value reported with more digits than the standard asks, to be rounded by whoever judges.

    If its last non-zero digit is 5, `sign` says how it came about: "+" it was rounded down (the true value is larger
    in size), "-" rounded up, None not rounded. GB/T 8170-2008, 3.3.2.

    >>> Reported.read("-15.5(-)")
    Reported(value=Decimal('-15.5'), sign='-')
    """

    value: Decimal
    sign: Sign | None = None

    def __post_init__(self) -> None:
        _check_sign(self.value, self.sign)

    def __str__(self) -> str:
        return f"{self.value}({self.sign})" if self.sign else str(self.value)

    @classmethod
    def read(cls, text: str) -> Reported:
        """Return the reported value of a text such as 16.5(+)."""
        found = _REPORTED.fullmatch(text)
        if found is None:
            raise ValueError(f"text: {text!r} is no reported value")
        sign: Sign | None = "+" if found[2] == "+" else "-" if found[2] == "-" else None
        return cls(exact("text", found[1]), sign)


def report(x: Number, interval: Number) -> Reported:
    """Round for a report that others will round again, with the mark that keeps them from rounding twice.

    Errors as `round_to`. GB/T 8170-2008, 3.3.2.

    >>> [str(report(x, "0.1")) for x in ("15.4546", "-15.4546", "16.5203", "17.5000", "12.34")]
    ['15.5(-)', '-15.5(-)', '16.5(+)', '17.5', '12.3']
    """
    number, step = exact("x", x), _interval(interval)
    value = _nearest(number, step, None)
    if value == number or not _ends_in_five(value):
        return Reported(value)
    return Reported(value, "+" if number.copy_abs() > value.copy_abs() else "-")


def compare_limit(
    measured: Number,
    lower: Number | None = None,
    upper: Number | None = None,
    *,
    lower_inclusive: bool = True,
    upper_inclusive: bool = True,
    method: Method = "full",
    interval: Number | None = None,
    reported_sign: Sign | None = None,
) -> Judgement:
    """Judge a measured or computed value against limiting values (极限数值).

    `method` "full" (全数值比较法) compares the value as it is, and is what holds where a standard says nothing;
    "rounded" (修约值比较法) first rounds it, once, to `interval`, by default the last digit of the limits (for a
    limit of 14×100 write "14E+2", or "1400" and `interval="100"`). The two give opposite verdicts near a limit, so the
    judgement stores which one was used. `reported_sign` is the mark of `report`; it counts under both methods.

    Raises TypeError for floats; ValueError for no limit at all, limits nothing can meet, limits of different digits
    without an interval, an unknown method. GB/T 8170-2008, 4.3.

    >>> compare_limit("0.0504", upper="0.05").verdict.value
    'does not conform'
    >>> compare_limit("0.0504", upper="0.05", method="rounded").verdict.value
    'conforms'
    """
    if method not in get_args(Method):
        raise ValueError(f'method: {method!r} is neither "full" nor "rounded"')
    value = exact("measured", measured)
    _check_sign(value, reported_sign)
    limits = Limits.of(lower, upper, lower_inclusive=lower_inclusive, upper_inclusive=upper_inclusive)
    if method == "full":
        sense = 0 if reported_sign is None else 1 if (reported_sign == "+") == (value > 0) else -1
        verdict = Verdict.CONFORMS if limits.admit(value, sense) else Verdict.FAILS
        return Judgement(verdict, limits, method, value, value, None, reported_sign)
    step = limits.interval if interval is None else _interval(interval)
    compared = _nearest(value, step, reported_sign)
    verdict = Verdict.CONFORMS if limits.admit(compared) else Verdict.FAILS
    return Judgement(verdict, limits, method, value, compared, step, reported_sign)


def _interval(interval: Number) -> Decimal:
    step = exact("interval", interval)
    if step <= 0:
        raise ValueError(f"interval: {interval!r} is not positive")
    return step


def _nearest(number: Decimal, step: Decimal, sign: Sign | None) -> Decimal:
    count, rest = EXACT.divmod(number.copy_abs(), step)
    over = EXACT.compare(EXACT.multiply(rest, Decimal(2)), step)
    if over > 0 or (over == 0 and (sign == "+" or (sign is None and int(count) % 2))):
        count = EXACT.add(count, Decimal(1))
    size = EXACT.multiply(count, step)
    size = EXACT.quantize(size, Decimal((0, (1,), min(0, int(step.as_tuple().exponent)))))
    return size.copy_negate() if number < 0 and size else size


def _ends_in_five(value: Decimal) -> bool:
    return "".join(map(str, value.as_tuple().digits)).rstrip("0").endswith("5")


def _check_sign(value: Decimal, sign: Sign | None) -> None:
    if sign is None:
        return
    if sign not in get_args(Sign):
        raise ValueError(f'reported_sign: {sign!r} is neither "+" nor "-"')
    if not _ends_in_five(value):
        raise ValueError(f"reported_sign: only a value whose last non-zero digit is 5 carries a mark, not {value}")
